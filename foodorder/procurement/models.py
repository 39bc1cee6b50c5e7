"""In: the submitted lines of a cycle whose deadline has passed.
Out: one record per institution, producer and lawful basis; every difference from the orders, with its reason.
Frozen when: at once. A correction is a new version of the record that names the old one.
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
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foodorder.accounts.models import DeliveryPoint, Institution, Producer
from foodorder.db import Model, one_of
from foodorder.ordering.models import Cycle, OrderLine
from foodorder.rules.aggregation import DifferenceKind
from foodorder.rules.practices import CostBearer, Ground, Initiative


class ChangeKind(StrEnum):
    """What an institution may ask for after the close."""

    REDUCTION = "reduction"
    ADDITION = "addition"


class ChangeState(StrEnum):
    """The producer's answer; `withdrawn` by the kitchen before there was one."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class RecordCounter(Model):
    """Last number given per institution and local year; one upsert a close, taken in key order."""

    __tablename__ = "record_counter"

    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    last: Mapped[int]


class ProcurementRecord(Model):
    """A purchase order in law (naročilnica). Only `superseded_by_id` is ever set, once."""

    __tablename__ = "procurement_record"
    __table_args__ = (
        UniqueConstraint("institution_id", "year", "sequence", "version"),
        Index(
            "uq_procurement_record_cycle",
            "cycle_id",
            "institution_id",
            "producer_id",
            "basis",
            "lot_id",
            "version",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_procurement_record_producer", "producer_id", "cycle_id"),
        CheckConstraint("gross_cents = net_cents + vat_cents", name="gross"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"))
    basis: Mapped[str] = mapped_column(Text)
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("agreement_lot.id"))
    #: What the basis rests on, as it was at the close: portal number, lot, limits (rules/sourcing.py).
    basis_facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    year: Mapped[int] = mapped_column(SmallInteger)
    #: Gap-free per institution and local year; `version` 1, a correction /2.
    sequence: Mapped[int]
    version: Mapped[int] = mapped_column(SmallInteger, default=1)
    #: KV-2026-0042, with /2 for a correction.
    number: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime]
    net_cents: Mapped[int] = mapped_column(BigInteger)
    vat_cents: Mapped[int] = mapped_column(BigInteger)
    gross_cents: Mapped[int] = mapped_column(BigInteger)
    grams: Mapped[int] = mapped_column(BigInteger)
    lines: Mapped[int]
    #: The producer's minimum that this order did not reach and that was waived; NULL: reached, or none.
    waived_minimum_cents: Mapped[int | None] = mapped_column(BigInteger)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("procurement_record.id"))
    superseded_by_id: Mapped[int | None] = mapped_column(ForeignKey("procurement_record.id"))
    #: Request after the close that led to this version.
    change_id: Mapped[int | None] = mapped_column(ForeignKey("record_change.id", use_alter=True))

    cycle: Mapped[Cycle] = relationship()
    institution: Mapped[Institution] = relationship()
    producer: Mapped[Producer] = relationship()
    record_lines: Mapped[list["RecordLine"]] = relationship(
        back_populates="record",
        order_by="RecordLine.delivery_date, RecordLine.delivery_point_id, RecordLine.id",
    )
    vat_rows: Mapped[list["RecordVat"]] = relationship(order_by="RecordVat.vat_treatment, RecordVat.vat_bp")


class RecordLine(Model):
    """What the producer is to bring: an order line after the rules, or an addition agreed after the close."""

    __tablename__ = "record_line"
    __table_args__ = (
        UniqueConstraint("record_id", "order_line_id"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("net_cents = (price_cents * quantity + 500) / 1000", name="net"),
        CheckConstraint("order_line_id IS NOT NULL OR change_id IS NOT NULL", name="origin"),
        ForeignKeyConstraint(
            ["delivery_point_id", "institution_id"], ["delivery_point.id", "delivery_point.institution_id"]
        ),
        Index("ix_record_line_order_line", "order_line_id"),
        Index("ix_record_line_root", "root_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("procurement_record.id"))
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_line.id"))
    change_id: Mapped[int | None] = mapped_column(ForeignKey("record_change.id"))
    #: The same line in the version of the record that had it first; NULL: this is that version.
    root_id: Mapped[int | None] = mapped_column(ForeignKey("record_line.id"))
    institution_id: Mapped[int]
    delivery_point_id: Mapped[int]
    delivery_date: Mapped[date]
    offer_version_id: Mapped[int] = mapped_column(ForeignKey("offer_version.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    name: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    #: Thousandths of the unit; grams computed from it once.
    quantity: Mapped[int] = mapped_column(BigInteger)
    grams: Mapped[int] = mapped_column(BigInteger)
    price_cents: Mapped[int] = mapped_column(BigInteger)
    net_cents: Mapped[int] = mapped_column(BigInteger)
    vat_treatment: Mapped[str] = mapped_column(Text)
    vat_bp: Mapped[int]

    record: Mapped[ProcurementRecord] = relationship(back_populates="record_lines")
    order_line: Mapped[OrderLine | None] = relationship()
    delivery_point: Mapped[DeliveryPoint] = relationship()


class RecordLineSent(Model):
    """A line whose goods have left the farm: written by the delivery, read before a change of the record."""

    __tablename__ = "record_line_sent"

    #: The line in the first version of its record.
    root_line_id: Mapped[int] = mapped_column(ForeignKey("record_line.id"), primary_key=True)
    sent_at: Mapped[datetime]


class RecordVat(Model):
    """VAT recapitulation: the rate's net sum and the VAT rounded once from it (EN 16931)."""

    __tablename__ = "record_vat"

    record_id: Mapped[int] = mapped_column(ForeignKey("procurement_record.id"), primary_key=True)
    vat_treatment: Mapped[str] = mapped_column(Text, primary_key=True)
    vat_bp: Mapped[int] = mapped_column(primary_key=True)
    net_cents: Mapped[int] = mapped_column(BigInteger)
    vat_cents: Mapped[int] = mapped_column(BigInteger)


class Difference(Model):
    """Why recorded is not ordered: ordered + differences of a line = recorded."""

    __tablename__ = "difference"
    __table_args__ = (
        one_of("kind", DifferenceKind),
        UniqueConstraint("order_line_id", "kind"),
        CheckConstraint("quantity <> 0", name="quantity"),
        Index("ix_difference_cycle", "cycle_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"))
    kind: Mapped[str] = mapped_column(Text)
    #: Signed thousandths and grams: negative where less is recorded than was ordered.
    quantity: Mapped[int] = mapped_column(BigInteger)
    grams: Mapped[int] = mapped_column(BigInteger)
    #: Reason code of rules/aggregation.py with the facts that explain it.
    reason: Mapped[str] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    allocation_id: Mapped[int | None] = mapped_column(ForeignKey("allocation.id"))

    order_line: Mapped[OrderLine] = relationship()


class Allocation(Model):
    """How an offer's scarce supply was shared in one cycle: input and result, for anybody to recompute."""

    __tablename__ = "allocation"
    __table_args__ = (UniqueConstraint("cycle_id", "offer_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"))
    available: Mapped[int] = mapped_column(BigInteger)
    asked: Mapped[int] = mapped_column(BigInteger)
    given: Mapped[int] = mapped_column(BigInteger)
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB)


class RecordChange(Model):
    """A reduction or an urgent addition asked for after the close, and the producer's answer."""

    __tablename__ = "record_change"
    __table_args__ = (
        one_of("kind", ChangeKind),
        one_of("state", ChangeState),
        one_of("cost_bearer", CostBearer),
        one_of("initiative", Initiative),
        one_of("ground", Ground),
        CheckConstraint(
            "(instead_of_id IS NULL) = (missing IS NULL) AND (instead_of_id IS NULL OR record_id IS NULL)",
            name="instead",
        ),
        CheckConstraint("record_id IS NOT NULL OR kind = 'addition'", name="apart"),
        Index("ix_record_change_record", "record_id"),
        Index(
            "uq_record_change_apart",
            "cycle_id",
            "institution_id",
            "producer_id",
            unique=True,
            postgresql_where=text("record_id IS NULL AND state = 'asked'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"))
    #: The version of the record that was current when it was asked; NULL: an addition of its own.
    record_id: Mapped[int | None] = mapped_column(ForeignKey("procurement_record.id"))
    #: The ordered line of another producer that does not come, and how much of it, thousandths.
    instead_of_id: Mapped[int | None] = mapped_column(ForeignKey("order_line.id"))
    missing: Mapped[int | None] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default=ChangeState.ASKED)
    reason: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answer: Mapped[str | None] = mapped_column(Text)
    #: Whose wish it is, as the kitchen says; the producer's yes confirms it.
    initiative: Mapped[str] = mapped_column(Text, default=Initiative.BUYER, server_default=Initiative.BUYER)
    #: Named by the producer's answer, and why the law allows it (rules/practices.py); NULL before it.
    cost_bearer: Mapped[str | None] = mapped_column(Text)
    ground: Mapped[str | None] = mapped_column(Text)

    cycle: Mapped[Cycle] = relationship()
    institution: Mapped[Institution] = relationship()
    producer: Mapped[Producer] = relationship()
    record: Mapped[ProcurementRecord | None] = relationship(foreign_keys=[record_id])
    lines: Mapped[list["RecordChangeLine"]] = relationship(order_by="RecordChangeLine.id")


class RecordChangeLine(Model):
    """The quantity wanted instead: of a line there is, or of another offer of the same producer and cycle."""

    __tablename__ = "record_change_line"
    __table_args__ = (
        CheckConstraint("quantity >= 0", name="quantity"),
        CheckConstraint("(record_line_id IS NULL) <> (offer_version_id IS NULL)", name="target"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    change_id: Mapped[int] = mapped_column(ForeignKey("record_change.id"), index=True)
    record_line_id: Mapped[int | None] = mapped_column(ForeignKey("record_line.id"))
    offer_version_id: Mapped[int | None] = mapped_column(ForeignKey("offer_version.id"))
    delivery_point_id: Mapped[int | None] = mapped_column(ForeignKey("delivery_point.id"))
    delivery_date: Mapped[date | None]
    #: The new quantity in thousandths; 0 cancels the line.
    quantity: Mapped[int] = mapped_column(BigInteger)


class Document(Model):
    """A PDF or XLSX made after the close, kept by what it was made from, so that it is made once."""

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("kind", "object_id", "language", "format", "fingerprint"),
        CheckConstraint("length(content) > 0", name="content"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    object_id: Mapped[int] = mapped_column(BigInteger)
    language: Mapped[str] = mapped_column(Text)
    format: Mapped[str] = mapped_column(Text)
    #: Hash of the data shown: other data, other document.
    fingerprint: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
