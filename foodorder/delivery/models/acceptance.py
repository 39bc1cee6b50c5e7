"""What a kitchen accepted of each line, who, when, and how warm it was."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foodorder.db import Model, one_of
from foodorder.delivery.models.notes import DeliveryLine
from foodorder.rules.acceptance import AcceptReason, Outcome


class AcceptanceLine(Model):
    """The acceptance (prevzem) of one delivered line. Never changed: a correction is the next version."""

    __tablename__ = "acceptance_line"
    __table_args__ = (
        one_of("outcome", Outcome),
        one_of("reason", AcceptReason),
        UniqueConstraint("delivery_line_id", "version"),
        CheckConstraint("quantity >= 0 AND grams >= 0", name="positive"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    delivery_line_id: Mapped[int] = mapped_column(ForeignKey("delivery_line.id"))
    version: Mapped[int] = mapped_column(SmallInteger)
    #: Made by the device that noted it: the same note sent twice is one acceptance.
    key: Mapped[UUID] = mapped_column(unique=True)
    outcome: Mapped[str] = mapped_column(Text)
    #: Accepted, thousandths of the unit, and net grams.
    quantity: Mapped[int] = mapped_column(BigInteger)
    grams: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str | None] = mapped_column(Text)
    words: Mapped[str | None] = mapped_column(Text)
    #: Core temperature in tenths of a degree Celsius, with the limit that held and what the rule said.
    temperature: Mapped[int | None] = mapped_column(SmallInteger)
    temperature_facts: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    #: The batch as read from the goods, where it is not the one announced.
    lot: Mapped[str | None] = mapped_column(Text)
    #: When it was noted (the device's clock, at most now) and when it arrived here.
    noted_at: Mapped[datetime]
    received_at: Mapped[datetime]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    delivery_line: Mapped[DeliveryLine] = relationship(foreign_keys=[delivery_line_id])
    photos: Mapped[list["AcceptancePhoto"]] = relationship(order_by="AcceptancePhoto.id")


class AcceptancePhoto(Model):
    """A picture of what was wrong."""

    __tablename__ = "acceptance_photo"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    acceptance_line_id: Mapped[int] = mapped_column(ForeignKey("acceptance_line.id"), index=True)
    key: Mapped[UUID] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes]
    received_at: Mapped[datetime]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
