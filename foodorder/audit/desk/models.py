"""In: events of the trail; lines of procurement records.
Out: nothing: an auditor's papers change nothing of the business they look at.
Frozen when: a sample and its lines at once; marks and findings are the auditor's own and may be changed.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from foodorder.db import Model, one_of
from foodorder.rules.sampling import Method


class Verdict(StrEnum):
    """What an auditor found of one line of a sample."""

    GOOD = "good"
    REMARK = "remark"


class TrailSeen(Model):
    """One event that an auditor has seen."""

    __tablename__ = "trail_seen"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("trail_event.id"), primary_key=True)
    seen_at: Mapped[datetime]


class TrailSeenUntil(Model):
    """Up to which event of a municipality an auditor has seen all; events are ordered by time and number."""

    __tablename__ = "trail_seen_until"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), primary_key=True)
    at: Mapped[datetime]
    event_id: Mapped[int] = mapped_column(BigInteger)
    marked_at: Mapped[datetime]


class Sample(Model):
    """Lines drawn at random from a population: who drew it, from what, how, by which seed."""

    __tablename__ = "sample"
    __table_args__ = (
        one_of("method", Method),
        CheckConstraint("size > 0 AND first <= last", name="size"),
        Index("ix_sample_municipality_id", "municipality_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"))
    title: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text)
    seed: Mapped[str] = mapped_column(Text)
    #: Typed by the auditor; otherwise the machine drew it.
    seed_given: Mapped[bool]
    #: How many draws were asked for.
    size: Mapped[int]
    #: The population: lines of records in force when it was drawn, delivered on these days, and further
    #: filters as in audit/selection.Selection (name → value; those that do not limit are left out).
    first: Mapped[date]
    last: Mapped[date]
    selection: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: Its lines, their net value, and the SHA-256 of them all (rules/sampling.fingerprint).
    population: Mapped[int]
    population_cents: Mapped[int] = mapped_column(BigInteger)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    drawn_at: Mapped[datetime]
    drawn_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class SampleLine(Model):
    """One drawn line, in the order of drawing; `hits`: how often a draw by money fell on it."""

    __tablename__ = "sample_line"
    __table_args__ = (UniqueConstraint("sample_id", "record_line_id"),)

    sample_id: Mapped[int] = mapped_column(ForeignKey("sample.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    record_line_id: Mapped[int] = mapped_column(ForeignKey("record_line.id"))
    hits: Mapped[int]


class SampleCheck(Model):
    """What the auditor found of a drawn line."""

    __tablename__ = "sample_check"
    __table_args__ = (
        one_of("verdict", Verdict),
        CheckConstraint("verdict = 'good' OR coalesce(remark, '') <> ''", name="remark"),
        ForeignKeyConstraint(["sample_id", "position"], ["sample_line.sample_id", "sample_line.position"]),
    )

    sample_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    verdict: Mapped[str] = mapped_column(Text)
    remark: Mapped[str | None] = mapped_column(Text)
    checked_at: Mapped[datetime]
    checked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
