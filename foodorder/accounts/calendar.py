"""Days without deliveries: public holidays stop everybody, school holidays only schools."""

from datetime import date, datetime

from sqlalchemy import select

from foodorder.accounts.models import CalendarPeriod
from foodorder.db import db
from foodorder.rules.errors import N_, Refusal
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


class EndsBeforeItBegins(Refusal):
    """A period whose last day comes before its first."""

    message = N_("The last day comes before the first.")
    default_field = "ends_on"


def add_period(
    municipality_id: int,
    name: str,
    starts_on: date,
    ends_on: date,
    *,
    closes_all: bool,
    source: str | None = None,
    actor: Actor,
    now: datetime,
) -> CalendarPeriod:
    """Enter days without deliveries, both ends included; the same period twice is entered once.

    Cycles planned before keep their days. Raises EndsBeforeItBegins.
    """
    if ends_on < starts_on:
        raise EndsBeforeItBegins
    present = db.session.scalar(
        select(CalendarPeriod).where(
            CalendarPeriod.municipality_id == municipality_id,
            CalendarPeriod.name == name,
            CalendarPeriod.starts_on == starts_on,
            CalendarPeriod.ends_on == ends_on,
        )
    )
    if present is not None:
        return present
    period = CalendarPeriod(
        municipality_id=municipality_id,
        name=name,
        starts_on=starts_on,
        ends_on=ends_on,
        closes_all=closes_all,
        source=source,
        created_at=now,
    )
    db.session.add(period)
    db.session.flush()
    trail.record(
        actor, "calendar.period_added", "calendar_period", period.id,
        now=now, municipality_id=municipality_id,
        after={"name": name, "starts_on": starts_on, "ends_on": ends_on, "closes_all": closes_all},
    )  # fmt: skip
    return period


def remove_period(period: CalendarPeriod, *, actor: Actor, now: datetime) -> None:
    """Take a period out of the calendar again."""
    trail.record(
        actor, "calendar.period_removed", "calendar_period", period.id, now=now,
        municipality_id=period.municipality_id,
        before={"name": period.name, "starts_on": period.starts_on, "ends_on": period.ends_on},
    )  # fmt: skip
    db.session.delete(period)


def periods(municipality_id: int, first: date, last: date) -> list[CalendarPeriod]:
    """The periods that touch the days from `first` to `last`, in order."""
    return list(
        db.session.scalars(
            select(CalendarPeriod)
            .where(
                CalendarPeriod.municipality_id == municipality_id,
                CalendarPeriod.starts_on <= last,
                CalendarPeriod.ends_on >= first,
            )
            .order_by(CalendarPeriod.starts_on, CalendarPeriod.id)
        )
    )


def period_of(municipality_id: int, period_id: int) -> CalendarPeriod | None:
    """A period of this municipality; None for every other's."""
    return db.session.scalar(
        select(CalendarPeriod).where(
            CalendarPeriod.id == period_id, CalendarPeriod.municipality_id == municipality_id
        )
    )
