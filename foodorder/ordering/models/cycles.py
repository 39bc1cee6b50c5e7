"""Schedules, cycles, and what a cycle sells."""

from datetime import date, datetime, time

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

from foodorder.accounts.models import Municipality
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


class CycleLotOffer(Model):
    """An offer of the cycle that falls under a lot, with rank and agreed price as the cycle opened.

    One row where all is the same on every day of the week; else one for each way in which it is.
    """

    __tablename__ = "cycle_lot_offer"
    __table_args__ = (
        CheckConstraint("days BETWEEN 1 AND 127", name="days"),
        Index("ix_cycle_lot_offer_lot", "cycle_id", "lot_id", "food_type_id"),
    )

    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"), primary_key=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"), primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("agreement_lot.id"), primary_key=True)
    #: Weekdays on which it holds so, bit 0 = Monday.
    days: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"))
    food_type_id: Mapped[int] = mapped_column(ForeignKey("food_type.id"))
    rank: Mapped[int | None] = mapped_column(SmallInteger)
    #: Net cents of one unit; NULL where the offer's own price holds (exempted lots).
    price_cents: Mapped[int | None] = mapped_column(BigInteger)
    agreed_price_id: Mapped[int | None] = mapped_column(ForeignKey("agreed_price.id"))


class ReminderSent(Model):
    """That a cycle's reminder was written, so that no second run writes it again."""

    __tablename__ = "reminder_sent"

    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"), primary_key=True)
    hours_before: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    at: Mapped[datetime]
