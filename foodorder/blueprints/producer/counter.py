"""What the pages of the farmer's counter share: whose they are, and which week they speak of."""

from datetime import date, timedelta

from flask import Blueprint, abort

from foodorder.accounts.models import Producer
from foodorder.blueprints.shared.access import present
from foodorder.catalogue.queries import weeks_published
from foodorder.db import clock
from foodorder.ordering.for_producer import ProducerWeek, producer_weeks
from foodorder.rules.calendar import monday_of

bp = Blueprint("producer", __name__, url_prefix="/producer")

#: How far a farmer looks back and ahead, in weeks.
BACK, FORWARD = 12, 6


def producer() -> Producer:
    """The producer whose counter this is: one's own, or the one a coordinator acts for; 404 without one."""
    own = present().producer
    if own is None:
        abort(404)
    return own


def weeks() -> list[ProducerWeek]:
    """The weeks around today of the municipalities that admitted the producer."""
    monday = monday_of(clock().date())
    return producer_weeks(producer().id, monday - timedelta(weeks=BACK), monday + timedelta(weeks=FORWARD))


def chosen_week(text: str | None, known: list[ProducerWeek]) -> ProducerWeek:
    """The week named in the address; without one the first that takes offers and has none of ours yet.

    If all have some it is the first that takes offers, and if none does, the coming one.

    404 for what is no Monday.
    """
    if text is None:
        monday = monday_of(clock().date()) + timedelta(weeks=1)
        ahead = [week for week in known if week.ahead]
        published = weeks_published(producer().id, [week.week for week in ahead])
        empty = (week for week in ahead if week.week not in published)
        return next(empty, None) or next(iter(ahead), None) or named(monday, known)
    try:
        monday = date.fromisoformat(text)
    except ValueError:
        abort(404)
    if monday.weekday():
        abort(404)
    return named(monday, known)


def named(monday: date, known: list[ProducerWeek]) -> ProducerWeek:
    """The week of a Monday, without cycles if nobody plans one."""
    return next((week for week in known if week.week == monday), None) or ProducerWeek(monday, ())


def tabs(chosen: ProducerWeek, known: list[ProducerWeek]) -> list[ProducerWeek]:
    """The weeks to choose from: last week if anything was ordered, this one, four ahead, the chosen one."""
    monday = monday_of(clock().date())
    mondays = {monday + timedelta(weeks=number) for number in range(5)} | {chosen.week}
    mondays |= {week.week for week in known if week.recorded and week.week == monday - timedelta(weeks=1)}
    return [named(day, known) for day in sorted(mondays)]
