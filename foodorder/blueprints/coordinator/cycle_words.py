"""A cycle in words: its week, where it stands, and what happens when."""

from datetime import date, datetime, timedelta

from foodorder.language import gettext as _
from foodorder.language import ngettext
from foodorder.language.times import delivery_week, long_moment, moment, until
from foodorder.ordering.models import Cycle
from foodorder.rules.calendar import dates_of
from foodorder.rules.cycle import REMINDER_HOURS, State

#: (label, when, state of the step, detail) for the component `timeline`.
Step = tuple[str, str, str, str | None]

#: State of a cycle → kind of the badge.
BADGES = {
    State.DRAFT: "off",
    State.PLANNED: "wait",
    State.OPEN: "ok",
    State.CLOSED: "bad",
    State.RECORDED: "info",
    State.SETTLED: "info",
    State.CANCELLED: "off",
}


def delivery_days(cycle: Cycle) -> tuple[date, ...]:
    """The dates on which goods come."""
    return dates_of(cycle.week, cycle.days)


def week_words(cycle: Cycle) -> str:
    """The delivery days as people say them: "30. 11.–4. 12."; a second cycle of the week says so."""
    words = delivery_week(cycle.week, cycle.days)
    return _("%(week)s (%(number)s)", week=words, number=cycle.sequence) if cycle.sequence > 1 else words


def state_sentence(cycle: Cycle, now: datetime) -> str:
    """Where the cycle stands, in one sentence."""
    words = {"week": week_words(cycle)}
    if cycle.state == State.OPEN and now >= cycle.closes_at:
        return _(
            "The deadline of the week of %(week)s has passed %(ago)s; it is not closed yet.",
            ago=until(cycle.closes_at, now), **words,
        )  # fmt: skip
    if cycle.state == State.OPEN:
        return _(
            "The week of %(week)s is open. It closes on %(closes)s, %(until)s.",
            closes=long_moment(cycle.closes_at), until=until(cycle.closes_at, now), **words,
        )  # fmt: skip
    if cycle.state in (State.PLANNED, State.DRAFT):
        return _(
            "The week of %(week)s is planned. It opens on %(opens)s, %(until)s.",
            opens=long_moment(cycle.opens_at), until=until(cycle.opens_at, now), **words,
        )  # fmt: skip
    if cycle.state == State.CANCELLED:
        return _(
            "The week of %(week)s was cancelled on %(when)s: %(reason)s",
            when=long_moment(cycle.cancelled_at), reason=cycle.reason or "", **words,
        )  # fmt: skip
    if cycle.state == State.CLOSED:
        return _("The week of %(week)s takes no more orders, but its close failed.", **words)
    return _(
        "The week of %(week)s was closed and recorded on %(when)s.",
        when=long_moment(cycle.recorded_at), **words,
    )  # fmt: skip


def steps(cycle: Cycle, now: datetime, orders: int = 0, records: int = 0) -> list[Step]:
    """What happens when, for the line of time."""
    if cycle.state == State.CANCELLED:
        return [
            (_("Opens"), moment(cycle.opens_at), "done" if cycle.opened_at else "stopped", None),
            (_("Cancelled"), moment(cycle.cancelled_at), "stopped", cycle.reason),
        ]
    opened = cycle.state not in (State.DRAFT, State.PLANNED)
    recorded = cycle.recorded_at is not None
    found: list[Step] = [
        (
            _("Opens"), moment(cycle.opened_at or cycle.opens_at),
            "done" if opened else "current",
            None if opened else until(cycle.opens_at, now),
        )
    ]  # fmt: skip
    found += [_reminder(cycle, hours, now) for hours in REMINDER_HOURS]
    taking = cycle.state == State.OPEN
    count = ngettext("%(count)s order", "%(count)s orders", orders, count=orders) if opened else None
    closed = "current" if taking else ("done" if opened else "future")
    found.append(
        (
            _("Closes"), moment(cycle.closes_at), closed,
            f"{until(cycle.closes_at, now)} · {count}" if taking else count,
        )
    )  # fmt: skip
    failed = cycle.state == State.CLOSED
    found.append(
        (
            _("Records"),
            moment(cycle.recorded_at or cycle.failed_at) if recorded or failed else _("at once"),
            "done" if recorded else ("stopped" if failed else "future"),
            ngettext("%(count)s record", "%(count)s records", records, count=records) if recorded else None,
        )
    )  # fmt: skip
    return [*found, _delivery(cycle, now, recorded)]


def _reminder(cycle: Cycle, hours: int, now: datetime) -> Step:
    at = cycle.closes_at - timedelta(hours=hours)
    past = cycle.state != State.PLANNED and now >= at
    label = ngettext("Reminder %(count)s h before", "Reminder %(count)s h before", hours, count=hours)
    return (label, moment(at), "done" if past else "future", None)


def _delivery(cycle: Cycle, now: datetime, recorded: bool) -> Step:
    days = delivery_days(cycle)
    today = now.date()
    state = "future"
    if recorded and days[0] <= today:
        state = "done" if days[-1] < today else "current"
    count = len(days)
    detail = ngettext("%(count)s delivery day", "%(count)s delivery days", count, count=count)
    return (_("Deliveries"), delivery_week(cycle.week, cycle.days), state, detail)
