"""Municipalities and the institutions that cook: schools, kindergartens, homes."""

from datetime import date, datetime, time
from enum import StrEnum

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
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foodorder.db import Model, one_of
from foodorder.rules.aggregation import MinimumRule, PackRounding
from foodorder.rules.agreements import Enforcement, Funding
from foodorder.rules.publicity import SmallProducers


class InstitutionKind(StrEnum):
    """Kinds of public kitchens; school holidays stop only schools."""

    KINDERGARTEN = "kindergarten"
    SCHOOL = "school"
    SECONDARY_SCHOOL = "secondary_school"
    HOME = "home"


class Unapproved(StrEnum):
    """What becomes at the deadline of an order that waits for approval; shown to the kitchen in advance."""

    #: It counts all the same, and the auditor sees that nobody approved it.
    COUNT = "count"
    #: Nothing of it is recorded.
    DROP = "drop"


class Municipality(Model):
    """A municipality (občina) with its own kitchens, cycles, coordinators and auditors."""

    __tablename__ = "municipality"
    __table_args__ = (
        one_of("pack_rounding", PackRounding),
        one_of("minimum_rule", MinimumRule),
        one_of("lawful_basis", Enforcement),
        one_of("public_small_producers", SmallProducers),
        CheckConstraint("code ~ '^[0-9]{3}$'", name="code"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    #: Official three-digit code; Kranj is 052.
    code: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    sort_key: Mapped[str] = mapped_column(Text)
    region: Mapped[str | None] = mapped_column(Text)
    #: Whether it takes part: all 212 are known, few use the system.
    active: Mapped[bool] = mapped_column(default=False)
    zone: Mapped[str] = mapped_column(Text, default="Europe/Ljubljana")
    language: Mapped[str] = mapped_column(Text, default="sl")
    contact_email: Mapped[str | None] = mapped_column(Text)
    #: What happens at the close to sums that are not whole packs.
    pack_rounding: Mapped[str] = mapped_column(Text, default=PackRounding.ASK)
    #: What happens at the close to orders below a producer's minimum.
    minimum_rule: Mapped[str] = mapped_column(Text, default=MinimumRule.CANCEL)
    #: Whether a line without a lawful basis can be ordered.
    lawful_basis: Mapped[str] = mapped_column(Text, default=Enforcement.OFF, server_default=Enforcement.OFF)
    #: Within so many minutes of a claim the supplier replaces goods; then the kitchen may buy elsewhere.
    claim_minutes: Mapped[int] = mapped_column(SmallInteger, default=60, server_default="60")
    #: Whether anybody may see what its kitchens buy.
    public_window: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    #: How farmers who are natural persons are told there.
    public_small_producers: Mapped[str] = mapped_column(
        Text, default=SmallProducers.MASKED, server_default=SmallProducers.MASKED
    )


class Institution(Model):
    """A contracting authority (naročnik) with a kitchen."""

    __tablename__ = "institution"
    __table_args__ = (
        one_of("kind", InstitutionKind),
        one_of("unapproved", Unapproved),
        UniqueConstraint("municipality_id", "code"),
        UniqueConstraint("id", "municipality_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    #: Short, stands in record numbers: KV-2026-0042.
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    short_name: Mapped[str] = mapped_column(Text)
    sort_key: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    postcode: Mapped[str] = mapped_column(Text)
    town: Mapped[str] = mapped_column(Text)
    tax_number: Mapped[str] = mapped_column(Text)
    registration_number: Mapped[str | None] = mapped_column(Text)
    #: Charges VAT and deducts it; most schools do not.
    vat_payer: Mapped[bool] = mapped_column(default=False)
    email: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    #: The account it pays from.
    iban: Mapped[str | None] = mapped_column(Text)
    #: Net cents a week; NULL: no budget set, nothing is checked.
    weekly_budget_cents: Mapped[int | None] = mapped_column(BigInteger)
    #: 'up' or 'down': the answer when the municipality's pack rounding is 'ask'.
    pack_choice: Mapped[str] = mapped_column(Text, default="down")
    #: Net cents of a weekly order above which a second person approves; NULL: never.
    approval_limit_cents: Mapped[int | None] = mapped_column(BigInteger)
    #: What becomes at the deadline of an order that waits for approval.
    unapproved: Mapped[str] = mapped_column(Text, default=Unapproved.DROP, server_default=Unapproved.DROP)
    active: Mapped[bool] = mapped_column(default=True)

    municipality: Mapped[Municipality] = relationship()
    delivery_points: Mapped[list["DeliveryPoint"]] = relationship(
        back_populates="institution", order_by="DeliveryPoint.position"
    )


class DeliveryPoint(Model):
    """A door where goods are brought, with its own head-count."""

    __tablename__ = "delivery_point"
    __table_args__ = (UniqueConstraint("id", "institution_id"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    postcode: Mapped[str] = mapped_column(Text)
    town: Mapped[str] = mapped_column(Text)
    latitude: Mapped[float]
    longitude: Mapped[float]
    #: "back door, ring twice": printed on route sheets.
    instructions: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(default=True)

    institution: Mapped[Institution] = relationship(back_populates="delivery_points")
    windows: Mapped[list["DeliveryWindow"]] = relationship(
        order_by="DeliveryWindow.starts", cascade="all, delete-orphan"
    )
    head_counts: Mapped[list["HeadCount"]] = relationship(
        order_by="HeadCount.age_group", cascade="all, delete-orphan"
    )


class DeliveryWindow(Model):
    """When a door is open for deliveries, local time; `days` bit 0 = Monday."""

    __tablename__ = "delivery_window"
    __table_args__ = (CheckConstraint("starts < ends", name="order"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_point.id"), index=True)
    days: Mapped[int] = mapped_column(SmallInteger, default=31)
    starts: Mapped[time]
    ends: Mapped[time]


class HeadCount(Model):
    """How many eat at a delivery point, by age group ('1-3', '3-6', '6-11', '11-15', '15-19', 'staff')."""

    __tablename__ = "head_count"

    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_point.id"), primary_key=True)
    age_group: Mapped[str] = mapped_column(Text, primary_key=True)
    persons: Mapped[int]


class Budget(Model):
    """Net cents that an institution may spend of one funding source: in a year, or in each week of it."""

    __tablename__ = "budget"
    __table_args__ = (
        one_of("funding", Funding),
        CheckConstraint("period IN ('year', 'week')", name="period"),
        CheckConstraint("cents >= 0", name="cents"),
    )

    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), primary_key=True)
    funding: Mapped[str] = mapped_column(Text, primary_key=True)
    period: Mapped[str] = mapped_column(Text, primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    cents: Mapped[int] = mapped_column(BigInteger)


class CalendarPeriod(Model):
    """Days without deliveries: school holidays and public holidays of a municipality."""

    __tablename__ = "calendar_period"
    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="order"),
        Index("ix_calendar_period_municipality", "municipality_id", "starts_on"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"))
    name: Mapped[str] = mapped_column(Text)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    #: Whether everybody is closed (public holiday) or only the schools (kindergartens order on).
    closes_all: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime | None]
