"""Delivery notes: what a producer brings to one door on one day."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foodorder.accounts.models import DeliveryPoint, Institution, Producer
from foodorder.db import Model, one_of
from foodorder.ordering.models import Cycle
from foodorder.procurement.models import RecordLine
from foodorder.rules.delivery import NoteState, ShortReason


class DeliveryCounter(Model):
    """Last number given to a producer's delivery notes in a local year."""

    __tablename__ = "delivery_counter"

    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"), primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    last: Mapped[int]


class DeliveryDue(Model):
    """A producer's records of a cycle have news: notes are to be made or renewed. Written by a trigger."""

    __tablename__ = "delivery_due"

    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"), primary_key=True)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"), primary_key=True)


class DeliveryNote(Model):
    """A delivery note (dobavnica): one for each producer, door and day; `part` 2 for what follows later."""

    __tablename__ = "delivery_note"
    __table_args__ = (
        one_of("state", NoteState),
        UniqueConstraint(
            "cycle_id",
            "producer_id",
            "delivery_point_id",
            "delivery_date",
            "part",
            name="uq_delivery_note_stop",
        ),
        UniqueConstraint("producer_id", "year", "sequence"),
        ForeignKeyConstraint(
            ["delivery_point_id", "institution_id"], ["delivery_point.id", "delivery_point.institution_id"]
        ),
        Index("ix_delivery_note_institution", "institution_id", "delivery_date"),
        Index("ix_delivery_note_producer", "producer_id", "delivery_date"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    delivery_point_id: Mapped[int]
    delivery_date: Mapped[date]
    part: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
    year: Mapped[int] = mapped_column(SmallInteger)
    sequence: Mapped[int]
    #: D-2026-0042: unique with the producer.
    number: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default=NoteState.DRAFT)
    created_at: Mapped[datetime]
    prepared_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    #: What the producer tells the kitchen with it.
    remark: Mapped[str | None] = mapped_column(Text)

    cycle: Mapped[Cycle] = relationship()
    producer: Mapped[Producer] = relationship()
    institution: Mapped[Institution] = relationship(overlaps="delivery_point")
    delivery_point: Mapped[DeliveryPoint] = relationship(overlaps="institution")
    lines: Mapped[list["DeliveryLine"]] = relationship(
        back_populates="note", order_by="DeliveryLine.position, DeliveryLine.part"
    )


class DeliveryLine(Model):
    """One lot of one recorded line on the van. May change until the note leaves, never after."""

    __tablename__ = "delivery_line"
    __table_args__ = (
        UniqueConstraint("note_id", "root_line_id", "part"),
        CheckConstraint("quantity >= 0 AND ordered >= 0 AND grams >= 0", name="positive"),
        Index("ix_delivery_line_root", "root_line_id"),
        Index("ix_delivery_line_record_line", "record_line_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    note_id: Mapped[int] = mapped_column(ForeignKey("delivery_note.id"))
    #: The recorded line in the version in force, and its first version (record_line.root_id): the line's
    #: identity over all versions of the record.
    record_line_id: Mapped[int] = mapped_column(ForeignKey("record_line.id"))
    root_line_id: Mapped[int] = mapped_column(ForeignKey("record_line.id"))
    position: Mapped[int] = mapped_column(SmallInteger)
    #: 1, and more where one line comes in several lots or is replaced after a claim.
    part: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
    name: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    #: Thousandths of the unit: recorded (0 on further parts) and sent; net grams sent.
    ordered: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[int] = mapped_column(BigInteger)
    grams: Mapped[int] = mapped_column(BigInteger)
    #: Grams of one unit, for what is accepted of it.
    grams_per_unit: Mapped[int]
    #: Batch or consignment (serija), as Regulation (EU) 931/2011 asks of food of animal origin.
    lot: Mapped[str | None] = mapped_column(Text)
    use_by: Mapped[date | None]
    #: Farm of origin in words, with its holding number where there is one.
    origin: Mapped[str] = mapped_column(Text)
    animal: Mapped[bool] = mapped_column(default=False, server_default="false")
    #: Code of the temperature limit that holds for it (reference data); NULL: none.
    temperature: Mapped[str | None] = mapped_column(Text)
    #: The acceptance in force; NULL: not received yet.
    acceptance_id: Mapped[int | None] = mapped_column(ForeignKey("acceptance_line.id", use_alter=True))

    note: Mapped[DeliveryNote] = relationship(back_populates="lines")
    record_line: Mapped[RecordLine] = relationship(foreign_keys=[record_line_id])


class Shortfall(Model):
    """What a producer cannot bring, told before the van leaves, with the reason."""

    __tablename__ = "shortfall"
    __table_args__ = (
        one_of("reason", ShortReason),
        CheckConstraint("missing > 0", name="missing"),
        Index("ix_shortfall_root", "root_line_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    note_id: Mapped[int] = mapped_column(ForeignKey("delivery_note.id"), index=True)
    root_line_id: Mapped[int] = mapped_column(ForeignKey("record_line.id"))
    #: Thousandths of the unit that will not come.
    missing: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    words: Mapped[str | None] = mapped_column(Text)
    told_at: Mapped[datetime]
    told_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class InvoicedQuantity(Model):
    """What invoices, less credit notes, hold of a delivered line: nothing is invoiced twice.

    Billing writes it, in key order; acceptance reads it before a correction. Never more than was sent.
    """

    __tablename__ = "invoiced_quantity"
    __table_args__ = (CheckConstraint("quantity BETWEEN 0 AND sent", name="quantity"),)

    delivery_line_id: Mapped[int] = mapped_column(ForeignKey("delivery_line.id"), primary_key=True)
    #: Thousandths of the unit: sent, and invoiced of it; net cents invoiced.
    sent: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[int] = mapped_column(BigInteger)
    net_cents: Mapped[int] = mapped_column(BigInteger)
