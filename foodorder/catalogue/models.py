"""In: reference data; producers (or coordinators on their behalf) who publish offers.
Out: offers with a price and a quantity, which cycles take up.
Frozen when: an offer version at once; a cycle keeps the version it opened with.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foodorder.accounts.models import Certificate, Farm, Producer
from foodorder.db import Model, db, one_of


class StockKind(StrEnum):
    """How a limited offer behaves when more is asked than there is (design.md §4.6)."""

    UNLIMITED = "unlimited"
    #: Counted at submission, refused beyond.
    RESERVE = "reserve"
    #: May be over-asked; cut fairly at the close.
    SHARE = "share"


class OfferState(StrEnum):
    """`withdrawn` with a reason (hail, frost, sold elsewhere) is final for its week."""

    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class LegalParameter(Model):
    """A number of the law with its dates and source. Key 'vat.food': basis points; see seeds/reference."""

    __tablename__ = "legal_parameter"
    __table_args__ = (UniqueConstraint("country", "key", "valid_from"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    country: Mapped[str] = mapped_column(Text, default="SI")
    key: Mapped[str] = mapped_column(Text)
    value: Mapped[int] = mapped_column(BigInteger)
    #: 'bp', 'cents', 'days', 'percent', …
    unit: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    source: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)


class FoodGroup(Model):
    """Vegetables, fruit, dairy, …: the headings of the weekly order."""

    __tablename__ = "food_group"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    name_sl: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    position: Mapped[int]


class TemperatureLimit(Model):
    """How warm food may be when it is accepted, tenths of a degree Celsius; NULL: no limit on that side."""

    __tablename__ = "temperature_limit"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name_sl: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    lowest: Mapped[int | None] = mapped_column(SmallInteger)
    highest: Mapped[int | None] = mapped_column(SmallInteger)
    #: Beyond a limit by so much is tolerated for a short time.
    tolerance: Mapped[int] = mapped_column(SmallInteger, default=0)
    certainty: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)


class FoodType(Model):
    """A kind of food that kitchens ask for, whoever sells it."""

    __tablename__ = "food_type"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    food_group_id: Mapped[int] = mapped_column(ForeignKey("food_group.id"), index=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    name_sl: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    sort_key: Mapped[str] = mapped_column(Text)
    #: UN/ECE Recommendation 20: KGM, LTR, H87 (piece).
    unit: Mapped[str] = mapped_column(Text)
    #: Weight of one unit for the shares counted in kilograms.
    grams_per_unit: Mapped[int]
    #: Usual net price range of one unit, cents; a hint, never a limit.
    price_low_cents: Mapped[int]
    price_high_cents: Mapped[int]
    #: Months (1–12) in which it is available locally, storage included.
    months: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    #: Key of legal_parameter without 'vat.'.
    vat_class: Mapped[str] = mapped_column(Text, default="food")
    cpv: Mapped[str] = mapped_column(Text)
    cpv_name_sl: Mapped[str] = mapped_column(Text)
    #: Annex II numbers always contained, and those that depend on the recipe.
    allergens: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    possible_allergens: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    #: Days after harvest or production within which it may become unfit for sale; NULL: it keeps.
    shelf_life_days: Mapped[int | None] = mapped_column(SmallInteger)
    #: The limit at acceptance; NULL: none.
    temperature: Mapped[str | None] = mapped_column(ForeignKey("temperature_limit.code"))
    #: Travels with its lot (Regulation (EU) 931/2011).
    animal_origin: Mapped[bool] = mapped_column(default=False, server_default="false")
    source: Mapped[str] = mapped_column(Text)

    group: Mapped[FoodGroup] = relationship()


product_certificate = Table(
    "product_certificate",
    db.metadata,
    Column("product_id", ForeignKey("product.id"), primary_key=True),
    Column("certificate_id", ForeignKey("certificate.id"), primary_key=True),
)


class Product(Model):
    """What one producer sells of one food type: variety, pack, step, origin, allergens."""

    __tablename__ = "product"
    __table_args__ = (
        ForeignKeyConstraint(["farm_id", "producer_id"], ["farm.id", "farm.producer_id"]),
        CheckConstraint("order_step > 0", name="step"),
        CheckConstraint("pack IS NULL OR (pack > 0 AND pack % order_step = 0)", name="pack"),
        CheckConstraint("minimum_quantity >= 0", name="minimum"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"), index=True)
    #: Farm of origin (cooperatives sell goods of named farms).
    farm_id: Mapped[int]
    food_type_id: Mapped[int] = mapped_column(ForeignKey("food_type.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    sort_key: Mapped[str] = mapped_column(Text)
    gtin: Mapped[str | None] = mapped_column(Text)
    #: Thousandths of the unit. A line is a multiple of `order_step`; the sum per delivery point of `pack`.
    order_step: Mapped[int] = mapped_column(BigInteger)
    pack: Mapped[int | None] = mapped_column(BigInteger)
    minimum_quantity: Mapped[int] = mapped_column(BigInteger, default=0)
    allergens: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    traces: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    #: Hours from harvest to delivery that the producer promises with its next offers; NULL: says nothing.
    harvest_hours: Mapped[int | None] = mapped_column(SmallInteger)
    active: Mapped[bool] = mapped_column(default=True)

    producer: Mapped[Producer] = relationship(overlaps="farm")
    farm: Mapped[Farm] = relationship(overlaps="producer")
    food_type: Mapped[FoodType] = relationship()
    certificates: Mapped[list[Certificate]] = relationship(secondary=product_certificate)


class Offer(Model):
    """A product offered for one delivery week, to every municipality that admitted the producer."""

    __tablename__ = "offer"
    __table_args__ = (
        one_of("state", OfferState),
        one_of("stock_kind", StockKind),
        UniqueConstraint("product_id", "week"),
        CheckConstraint("extract(isodow from week) = 1", name="monday"),
        CheckConstraint("(stock_kind = 'unlimited') = (available IS NULL)", name="available"),
        CheckConstraint("available >= 0", name="available_positive"),
        CheckConstraint("taken >= 0", name="taken"),
        Index("ix_offer_week", "week"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"), index=True)
    #: Monday of the delivery week.
    week: Mapped[date]
    state: Mapped[str] = mapped_column(Text, default=OfferState.PUBLISHED)
    stock_kind: Mapped[str] = mapped_column(Text, default=StockKind.UNLIMITED)
    #: Thousandths of the unit for the whole week; NULL when unlimited.
    available: Mapped[int | None] = mapped_column(BigInteger)
    #: Sum of submitted (and, after a close, recorded) quantities over all cycles.
    taken: Mapped[int] = mapped_column(BigInteger, default=0)
    withdrawn_reason: Mapped[str | None] = mapped_column(Text)

    product: Mapped[Product] = relationship()
    versions: Mapped[list["OfferVersion"]] = relationship(
        back_populates="offer", order_by="OfferVersion.version"
    )


class OfferVersion(Model):
    """What was promised when: price, days, pack. Never changed; a change is the next version."""

    __tablename__ = "offer_version"
    __table_args__ = (
        UniqueConstraint("offer_id", "version"),
        CheckConstraint("price_cents > 0", name="price"),
        CheckConstraint("days BETWEEN 1 AND 127", name="days"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"))
    version: Mapped[int]
    #: Net cents of one unit.
    price_cents: Mapped[int] = mapped_column(BigInteger)
    #: Weekdays it can be delivered, bit 0 = Monday.
    days: Mapped[int] = mapped_column(SmallInteger)
    stock_kind: Mapped[str] = mapped_column(Text)
    available: Mapped[int | None] = mapped_column(BigInteger)
    farm_id: Mapped[int] = mapped_column(ForeignKey("farm.id"))
    name: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    grams_per_unit: Mapped[int]
    order_step: Mapped[int] = mapped_column(BigInteger)
    pack: Mapped[int | None] = mapped_column(BigInteger)
    minimum_quantity: Mapped[int] = mapped_column(BigInteger)
    allergens: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    traces: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    #: Hours from harvest to delivery that the producer promised with this version; NULL: said nothing of it.
    harvest_hours: Mapped[int | None] = mapped_column(SmallInteger)
    reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    offer: Mapped[Offer] = relationship(back_populates="versions")
    farm: Mapped[Farm] = relationship()
