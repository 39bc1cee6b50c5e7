"""In: what the rules of red flags find in a month, and what people say of it.
Out: reasons to look, with their evidence; nothing in the system depends on them.
Frozen when: a note at once; a flag keeps the evidence that somebody decided about.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foodorder.accounts.models import Institution, Person, Producer
from foodorder.db import Model, one_of
from foodorder.rules.red_flags.states import FlagAction, FlagState


class FlagRun(Model):
    """One look at some months of a municipality: asked for, taken up, finished; with which parameters."""

    __tablename__ = "flag_run"
    __table_args__ = (
        CheckConstraint("first <= last", name="period"),
        CheckConstraint("found >= new AND new >= 0", name="counts"),
        Index("ix_flag_run_municipality", "municipality_id", "id"),
        Index("ix_flag_run_asked", "asked_at", postgresql_where=text("finished_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"))
    #: First day of the first month, last day of the last.
    first: Mapped[date]
    last: Mapped[date]
    asked_at: Mapped[datetime]
    #: NULL: the clock.
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: When it was last taken up; whoever took it up may have died since.
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    #: Month → rule → name → value, and rule → how many flags it found.
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    found: Mapped[int] = mapped_column(default=0)
    new: Mapped[int] = mapped_column(default=0)

    asked_by: Mapped[Person | None] = relationship()


class Flag(Model):
    """A reason to look. The same rule finds the same thing under the same key, however often it looks."""

    __tablename__ = "flag"
    __table_args__ = (
        one_of("state", FlagState),
        CheckConstraint("severity BETWEEN 1 AND 3", name="severity"),
        CheckConstraint("first <= last", name="period"),
        CheckConstraint("answered_at IS NULL OR asked_at IS NOT NULL", name="answered"),
        UniqueConstraint("municipality_id", "rule", "key"),
        Index("ix_flag_listed", "municipality_id", "severity", "last", "id"),
        Index(
            "ix_flag_waiting",
            "municipality_id",
            postgresql_where=text("asked_at IS NOT NULL AND answered_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"))
    rule: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(SmallInteger)
    #: 3 high, 2 medium, 1 low.
    severity: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(Text, default=FlagState.OPEN)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    producer_id: Mapped[int | None] = mapped_column(ForeignKey("producer.id"))
    food_group_id: Mapped[int | None] = mapped_column(ForeignKey("food_group.id"))
    #: The one thing it stands for (rules/red_flags/model.py, Item.kind).
    object_type: Mapped[str] = mapped_column(Text)
    object_id: Mapped[int] = mapped_column(BigInteger)
    #: Days of what is behind it.
    first: Mapped[date]
    last: Mapped[date]
    #: Facts of its sentence, the things behind them, the parameters that held (model.Raised.evidence).
    evidence: Mapped[dict[str, Any]] = mapped_column(JSONB)
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    first_run_id: Mapped[int] = mapped_column(ForeignKey("flag_run.id"))
    last_run_id: Mapped[int] = mapped_column(ForeignKey("flag_run.id"))
    #: When the coordinator was asked, and answered the last question.
    asked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]

    institution: Mapped[Institution | None] = relationship()
    producer: Mapped[Producer | None] = relationship()
    notes: Mapped[list["FlagNote"]] = relationship(order_by="FlagNote.id")

    @property
    def waits(self) -> bool:
        """Whether the coordinator was asked and has not answered yet."""
        return self.asked_at is not None and self.answered_at is None


class FlagNote(Model):
    """What a person did with a flag, and their words. Never changed."""

    __tablename__ = "flag_note"
    __table_args__ = (
        one_of("action", FlagAction),
        one_of("state_from", FlagState),
        one_of("state_to", FlagState),
        CheckConstraint("words <> ''", name="words"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    flag_id: Mapped[int] = mapped_column(ForeignKey("flag.id"), index=True)
    action: Mapped[str] = mapped_column(Text)
    state_from: Mapped[str] = mapped_column(Text)
    state_to: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    written_by: Mapped[Person | None] = relationship()
