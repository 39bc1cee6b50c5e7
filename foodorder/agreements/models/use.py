"""What is used of limits: ceilings, kinds of purchases, needs, purchases elsewhere; and criteria."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foodorder.agreements.models.agreements import Agreement, AgreementLot
from foodorder.catalogue.models import FoodType
from foodorder.db import Model, db, one_of
from foodorder.rules.agreements import Basis


class Ceiling(Model):
    """An upper limit and what is committed against it: submitted orders of open cycles and records.

    A line counts on every ceiling of its agreement whose lot, producer and institution are NULL or its own;
    one with `exempted` counts the agreement's exempted lots only. Ordering writes `used_*` in the
    transaction of the order; limits change by amendments.
    """

    __tablename__ = "ceiling"
    __table_args__ = (
        UniqueConstraint(
            "agreement_id",
            "lot_id",
            "producer_id",
            "institution_id",
            "exempted",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("limit_cents >= 0 AND limit_grams >= 0", name="limits"),
        CheckConstraint("lot_id IS NULL OR NOT exempted", name="exempted"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"))
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("agreement_lot.id"))
    producer_id: Mapped[int | None] = mapped_column(ForeignKey("producer.id"))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    exempted: Mapped[bool] = mapped_column(default=False)
    #: Net cents and grams over the whole term; NULL: no limit of this sort, the use is counted all the same.
    limit_cents: Mapped[int | None] = mapped_column(BigInteger)
    limit_grams: Mapped[int | None] = mapped_column(BigInteger)
    used_cents: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    used_grams: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    #: The last warning that was sent: share of the limit in basis points.
    warned_bp: Mapped[int] = mapped_column(default=0, server_default="0")

    agreement: Mapped[Agreement] = relationship()
    lot: Mapped[AgreementLot | None] = relationship()


#: Which food types make up a kind; a food type is of one kind in a municipality.
subject_kind_food = Table(
    "subject_kind_food",
    db.metadata,
    Column("municipality_id", ForeignKey("municipality.id"), primary_key=True),
    Column("food_type_id", ForeignKey("food_type.id"), primary_key=True),
    Column("kind_id", Integer, ForeignKey("subject_kind.id"), nullable=False, index=True),
)


class SubjectKind(Model):
    """A kind of purchase (istovrstna nabava): CPV codes whose needs are added up (ZJN-3, art. 24)."""

    __tablename__ = "subject_kind"
    __table_args__ = (UniqueConstraint("municipality_id", "name"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"))
    name: Mapped[str] = mapped_column(Text)
    #: Beginnings of CPV codes; the longest that fits a food type decides its kind.
    cpv: Mapped[list[str]] = mapped_column(ARRAY(Text))


class SubjectKindPast(Model):
    """Which kind a food type was of, and when: reports of a past day follow the kinds of that day."""

    __tablename__ = "subject_kind_past"
    __table_args__ = (
        Index(
            "uq_subject_kind_past_now",
            "municipality_id",
            "food_type_id",
            unique=True,
            postgresql_where=text("until IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"))
    food_type_id: Mapped[int] = mapped_column(ForeignKey("food_type.id"))
    #: Number and name of the kind then; it may be gone since.
    kind_id: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime]
    #: The first moment at which it no longer was; NULL: it is so now.
    until: Mapped[datetime | None]


class WeeklyNeed(Model):
    """What an institution has committed to buy here of a food type in a delivery week, by lawful basis."""

    __tablename__ = "weekly_need"
    __table_args__ = (one_of("basis", Basis),)

    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), primary_key=True)
    food_type_id: Mapped[int] = mapped_column(ForeignKey("food_type.id"), primary_key=True)
    #: Monday of the delivery week.
    week: Mapped[date] = mapped_column(primary_key=True)
    basis: Mapped[str] = mapped_column(Text, primary_key=True)
    net_cents: Mapped[int] = mapped_column(BigInteger)
    grams: Mapped[int] = mapped_column(BigInteger)


class PurchaseElsewhere(Model):
    """What an institution bought outside this system in a month: the wholesaler sells most of the food."""

    __tablename__ = "purchase_elsewhere"
    __table_args__ = (
        CheckConstraint("extract(day from month) = 1", name="month"),
        CheckConstraint("net_cents >= 0 AND grams >= 0", name="positive"),
        CheckConstraint("food_type_id IS NOT NULL OR (net_cents = 0 AND grams = 0)", name="nothing"),
        Index("ix_purchase_elsewhere_institution", "institution_id", "month"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    #: First day of the month.
    month: Mapped[date]
    #: NULL: nothing was bought elsewhere in this month.
    food_type_id: Mapped[int | None] = mapped_column(ForeignKey("food_type.id"))
    #: NULL: not known; shares by weight then say that they cannot be computed.
    grams: Mapped[int | None] = mapped_column(BigInteger)
    net_cents: Mapped[int] = mapped_column(BigInteger)
    #: Certificate scheme ('organic', 'integrated', …); NULL: conventional.
    scheme: Mapped[str | None] = mapped_column(Text)
    #: Lawful basis there: 'contract', 'exempted', 'evidence'; 'none' where nothing was bought.
    basis: Mapped[str] = mapped_column(Text)
    #: Country of origin, ISO 3166 alpha-2; NULL: not known.
    origin: Mapped[str | None] = mapped_column(Text)
    supplier: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    entered_at: Mapped[datetime]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: A corrected row is voided and entered anew, so that a report of a past date can be made again.
    voided_at: Mapped[datetime | None]
    voided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    void_reason: Mapped[str | None] = mapped_column(Text)

    food_type: Mapped[FoodType | None] = relationship()


class Criteria(Model):
    """Published weights by which offers of one food type are compared (merila); the newest in force holds.

    Rows are never changed and never deleted.
    """

    __tablename__ = "criteria"
    __table_args__ = (
        UniqueConstraint("municipality_id", "agreement_id", "valid_from", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"))
    #: Of this procurement's exempted lots; NULL: of evidence orders and of all that have none of their own.
    agreement_id: Mapped[int | None] = mapped_column(ForeignKey("agreement.id"))
    valid_from: Mapped[date]
    #: Criterion → points of 100: price, freshness, quality, co2, direct (rules/scoring.py).
    weights: Mapped[dict[str, int]] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
