"""In: offers of a delivery week; what kitchens type and submit.
Out: submitted order lines, which procurement turns into records at the close.
Frozen when: a submission and its lines at once; changing an order is a new submission.
"""

from datetime import date, datetime, time

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
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foodorder.accounts.models import DeliveryPoint, Institution, Municipality
from foodorder.catalogue.models import Offer, OfferVersion
from foodorder.db import Model, one_of
from foodorder.rules.aggregation import MinimumRule, PackRounding
from foodorder.rules.cycle import State


def cycle_name(week: date, sequence: int) -> str:
    """Name of a cycle for people and file names: 2026-W49, with /2 for a second cycle of the week."""
    year, number, _ = week.isocalendar()
    return f"{year}-W{number:02}" + (f"/{sequence}" if sequence > 1 else "")


class Schedule(Model):
    """A weekly rhythm that makes cycles ahead. Weekdays 0 = Monday, times local to the municipality."""

    __tablename__ = "schedule"
    __table_args__ = (
        CheckConstraint("opens_weekday BETWEEN 0 AND 6 AND closes_weekday BETWEEN 0 AND 6", name="weekdays"),
        CheckConstraint("weeks_ahead BETWEEN 1 AND 26", name="weeks_ahead"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    #: How many weeks before the delivery week it opens and closes: 1 = the week before.
    opens_weeks_before: Mapped[int] = mapped_column(SmallInteger, default=2)
    opens_weekday: Mapped[int] = mapped_column(SmallInteger)
    opens_time: Mapped[time]
    closes_weeks_before: Mapped[int] = mapped_column(SmallInteger, default=1)
    closes_weekday: Mapped[int] = mapped_column(SmallInteger)
    closes_time: Mapped[time]
    #: Weekdays of delivery, bit 0 = Monday.
    days: Mapped[int] = mapped_column(SmallInteger, default=31)
    weeks_ahead: Mapped[int] = mapped_column(SmallInteger, default=6)
    #: First delivery week (Monday) it makes a cycle for.
    starts_on: Mapped[date]
    active: Mapped[bool] = mapped_column(default=True)

    municipality: Mapped[Municipality] = relationship()


class Cycle(Model):
    """One ordering round of one municipality for one delivery week."""

    __tablename__ = "cycle"
    __table_args__ = (
        one_of("state", State),
        one_of("pack_rounding", PackRounding),
        one_of("minimum_rule", MinimumRule),
        CheckConstraint("opens_at < closes_at", name="order"),
        CheckConstraint("extract(isodow from week) = 1", name="monday"),
        UniqueConstraint("municipality_id", "week", "sequence"),
        UniqueConstraint("id", "municipality_id"),
        Index("ix_cycle_due_open", "opens_at", postgresql_where=text("state = 'planned'")),
        Index("ix_cycle_due_close", "closes_at", postgresql_where=text("state IN ('open', 'closed')")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"))
    schedule_id: Mapped[int | None] = mapped_column(ForeignKey("schedule.id"))
    #: Monday of the delivery week; `sequence` tells apart several cycles of one week.
    week: Mapped[date]
    sequence: Mapped[int] = mapped_column(SmallInteger, default=1)
    #: Delivery days, bit 0 = Monday, holidays taken out; `school_days` those on which schools cook.
    days: Mapped[int] = mapped_column(SmallInteger)
    school_days: Mapped[int] = mapped_column(SmallInteger)
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(Text, default=State.DRAFT)
    pack_rounding: Mapped[str] = mapped_column(Text)
    minimum_rule: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    recorded_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)
    #: A close that failed: its cause in words, and how often it was tried. Shown in red to the coordinator.
    failed_at: Mapped[datetime | None]
    failure: Mapped[str | None] = mapped_column(Text)
    failures: Mapped[int] = mapped_column(default=0)

    municipality: Mapped[Municipality] = relationship()

    @property
    def name(self) -> str:
        """Short name for people and file names."""
        return cycle_name(self.week, self.sequence)


class CycleOffer(Model):
    """The version of an offer that a cycle sells: frozen when it opens, changed only with notice."""

    __tablename__ = "cycle_offer"

    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"), primary_key=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"), primary_key=True, index=True)
    offer_version_id: Mapped[int] = mapped_column(ForeignKey("offer_version.id"))
    #: Weekdays it can be had here, bit 0 = Monday: days of the offer, the producer's tour and the cycle.
    days: Mapped[int] = mapped_column(SmallInteger)

    offer: Mapped[Offer] = relationship()
    offer_version: Mapped[OfferVersion] = relationship()


class WeeklyOrder(Model):
    """A kitchen's order in a cycle: the newest submission counts, the draft beside it does not."""

    __tablename__ = "weekly_order"
    __table_args__ = (
        UniqueConstraint("cycle_id", "institution_id"),
        UniqueConstraint("id", "cycle_id", "institution_id"),
        ForeignKeyConstraint(["current_submission_id"], ["order_submission.id"], use_alter=True),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    #: NULL: never submitted, or withdrawn.
    current_submission_id: Mapped[int | None] = mapped_column(BigInteger)
    withdrawn_at: Mapped[datetime | None]
    #: Grows with every saved draft; a stale page is told so.
    draft_version: Mapped[int] = mapped_column(default=0)
    draft_saved_at: Mapped[datetime | None]
    draft_saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: Whether the draft differs from what is submitted.
    has_draft: Mapped[bool] = mapped_column(default=False)

    cycle: Mapped[Cycle] = relationship()
    institution: Mapped[Institution] = relationship()


class DraftLine(Model):
    """A cell of the order form, exactly as typed, wrong or not: nothing typed is ever lost."""

    __tablename__ = "draft_line"

    order_id: Mapped[int] = mapped_column(ForeignKey("weekly_order.id"), primary_key=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"), primary_key=True)
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_point.id"), primary_key=True)
    delivery_date: Mapped[date] = mapped_column(primary_key=True)
    typed: Mapped[str] = mapped_column(Text)


class OrderSubmission(Model):
    """One submitted version of an order: the receipt (potrdilo o oddaji)."""

    __tablename__ = "order_submission"
    __table_args__ = (
        UniqueConstraint("order_id", "version"),
        UniqueConstraint("id", "cycle_id", "institution_id"),
        ForeignKeyConstraint(
            ["order_id", "cycle_id", "institution_id"],
            ["weekly_order.id", "weekly_order.cycle_id", "weekly_order.institution_id"],
        ),
        CheckConstraint("pack_choice IN ('up', 'down')", name="pack_choice"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger)
    cycle_id: Mapped[int]
    institution_id: Mapped[int]
    version: Mapped[int]
    #: Shown to people: KV-2026-W49/2.
    number: Mapped[str] = mapped_column(Text)
    #: The database's clock after the cycle's lock was taken.
    submitted_at: Mapped[datetime]
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: What the kitchen wants at the close where a sum is not whole packs.
    pack_choice: Mapped[str] = mapped_column(Text)
    lines: Mapped[int]
    net_cents: Mapped[int] = mapped_column(BigInteger)
    vat_cents: Mapped[int] = mapped_column(BigInteger)
    grams: Mapped[int] = mapped_column(BigInteger)


class OrderLine(Model):
    """One quantity of one offer for one door on one day, with everything that was agreed copied in."""

    __tablename__ = "order_line"
    __table_args__ = (
        ForeignKeyConstraint(
            ["submission_id", "cycle_id", "institution_id"],
            ["order_submission.id", "order_submission.cycle_id", "order_submission.institution_id"],
        ),
        ForeignKeyConstraint(
            ["delivery_point_id", "institution_id"], ["delivery_point.id", "delivery_point.institution_id"]
        ),
        UniqueConstraint("submission_id", "offer_id", "delivery_point_id", "delivery_date"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("net_cents = (price_cents * quantity + 500) / 1000", name="net"),
        Index("ix_order_line_cycle", "cycle_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    submission_id: Mapped[int] = mapped_column(BigInteger)
    cycle_id: Mapped[int]
    institution_id: Mapped[int]
    delivery_point_id: Mapped[int]
    delivery_date: Mapped[date]
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"))
    offer_version_id: Mapped[int] = mapped_column(ForeignKey("offer_version.id"))
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    name: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    #: Thousandths of the unit.
    quantity: Mapped[int] = mapped_column(BigInteger)
    grams: Mapped[int] = mapped_column(BigInteger)
    grams_per_unit: Mapped[int]
    order_step: Mapped[int] = mapped_column(BigInteger)
    pack: Mapped[int | None] = mapped_column(BigInteger)
    price_cents: Mapped[int] = mapped_column(BigInteger)
    net_cents: Mapped[int] = mapped_column(BigInteger)
    #: 'vat', 'flat_rate' or 'exempt' (rules/vat.py), and the rate that applies, basis points.
    vat_treatment: Mapped[str] = mapped_column(Text)
    vat_bp: Mapped[int]
    #: Lawful basis of the purchase; 'unclassified' until a rule says more.
    basis: Mapped[str] = mapped_column(Text, server_default=text("'unclassified'"))

    delivery_point: Mapped[DeliveryPoint] = relationship(overlaps="institution")
    offer_version: Mapped[OfferVersion] = relationship()


class ReminderSent(Model):
    """That a cycle's reminder was written, so that no second run writes it again."""

    __tablename__ = "reminder_sent"

    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"), primary_key=True)
    hours_before: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    at: Mapped[datetime]
