"""The calendar of a market: weekly schedules, school holidays, and both clock changes of the year.

A schedule is defined in local words ("opens Friday 8:00, closes Thursday 12:00, delivers Monday to Friday")
in the municipality's IANA zone, and is turned into instants in UTC, week by week. An instant that is stored
never moves, whatever happens to the zone's rules later.

When the clocks change: a local time that does not exist (spring, 2:30) moves forward by the hour that is
skipped (3:30); one that happens twice (autumn, 2:30) means the first time. So a deadline never comes later
than a careful reader would expect.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from foodorder.rules.cycle import ClosesBeforeItOpens

#: Monday to Friday, and every day, as bitmasks (bit 0 = Monday).
WORKDAYS = 0b0011111
EVERY_DAY = 0b1111111


def days_mask(weekdays: Iterable[int]) -> int:
    """The bitmask of weekdays (0 = Monday … 6 = Sunday).

    Raises ValueError for a number that is no weekday.
    """
    mask = 0
    for weekday in weekdays:
        if not 0 <= weekday <= 6:
            raise ValueError(f"no weekday: {weekday}")
        mask |= 1 << weekday
    return mask


def weekdays_of(mask: int) -> tuple[int, ...]:
    """The weekdays (0 = Monday … 6 = Sunday) of a bitmask, in order."""
    return tuple(weekday for weekday in range(7) if mask >> weekday & 1)


def falls_on(mask: int, day: date) -> bool:
    """Whether a date's weekday is in the bitmask."""
    return bool(mask >> day.weekday() & 1)


def monday_of(day: date) -> date:
    """The Monday of a date's week."""
    return day - timedelta(days=day.weekday())


def months_before(day: date, months: int) -> date:
    """The same day of the month so many months earlier, or that month's last day where it has no such day."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def dates_of(monday: date, mask: int) -> tuple[date, ...]:
    """The dates of a week's days, given the week's Monday and the bitmask."""
    return tuple(monday + timedelta(days=weekday) for weekday in weekdays_of(mask))


def days_within(monday: date, first: date | None, last: date | None) -> int:
    """The bitmask of a week's days from `first` to `last`, both included; None: without such an end."""
    return days_mask(
        day.weekday()
        for day in dates_of(monday, EVERY_DAY)
        if (first is None or first <= day) and (last is None or day <= last)
    )


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included: a school holiday, or a public holiday of one day."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class ScheduleRule:
    """A weekly schedule in local words.

    `*_weekday` 0 = Monday; `*_weeks_before` counts weeks before the week of delivery (1 = the week before
    it); `days` is the bitmask of delivery days; `zone` an IANA name, as Europe/Ljubljana.
    """

    opens_weeks_before: int
    opens_weekday: int
    opens_time: time
    closes_weeks_before: int
    closes_weekday: int
    closes_time: time
    days: int
    zone: str


@dataclass(frozen=True, slots=True)
class PlannedWeek:
    """A week that a schedule makes: its Monday, the delivery days left, and the instants in UTC."""

    monday: date
    days: int
    opens_at: datetime
    closes_at: datetime


def local_instant(day: date, at: time, zone: str) -> datetime:
    """The instant (UTC) of a local date and time; see the module's text for the days when clocks change."""
    # fold=0 is exactly the rule above: the earlier of two, and the old offset (so a later time) in the gap.
    return datetime.combine(day, at.replace(fold=0), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def window(rule: ScheduleRule, monday: date) -> tuple[datetime, datetime]:
    """When ordering for the week of deliveries that begins on `monday` opens and closes, in UTC.

    Raises ClosesBeforeItOpens, and ValueError when `monday` is none.
    """
    if monday.weekday() != 0:
        raise ValueError(f"{monday} is not a Monday")
    opens_day = monday + timedelta(weeks=-rule.opens_weeks_before, days=rule.opens_weekday)
    closes_day = monday + timedelta(weeks=-rule.closes_weeks_before, days=rule.closes_weekday)
    opens_at = local_instant(opens_day, rule.opens_time, rule.zone)
    closes_at = local_instant(closes_day, rule.closes_time, rule.zone)
    if closes_at <= opens_at:
        raise ClosesBeforeItOpens
    return opens_at, closes_at


def open_days(days: int, monday: date, closed: Iterable[Period]) -> int:
    """The bitmask of a week's delivery days that are in no closed period; 0: the week is skipped."""
    periods = tuple(closed)
    return days_mask(
        day.weekday() for day in dates_of(monday, days) if not any(day in period for period in periods)
    )


def plan_weeks(
    rule: ScheduleRule, first: date, weeks: int, closed: Iterable[Period] = ()
) -> Iterator[PlannedWeek]:
    """The weeks of deliveries that a schedule makes, from the week of `first` on, `weeks` calendar weeks
    ahead.

    Weeks with no delivery day left are skipped. Raises ClosesBeforeItOpens.
    """
    periods = tuple(closed)
    for number in range(weeks):
        monday = monday_of(first) + timedelta(weeks=number)
        if days := open_days(rule.days, monday, periods):
            yield PlannedWeek(monday, days, *window(rule, monday))
