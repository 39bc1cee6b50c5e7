"""A week of the demo, and when in it something happens."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from foodorder.rules.calendar import local_instant
from seeds.demo.appetite import chance
from seeds.demo.clock import ZONE


@dataclass(frozen=True, slots=True)
class Week:
    """A delivery week with a cycle in each municipality: municipality code → cycle."""

    monday: date
    opens_at: datetime
    closes_at: datetime
    cycles: dict[str, int]


def mornings(earliest: datetime, until: datetime) -> Iterator[date]:
    """The working days whose eight o'clock lies between two moments."""
    day = earliest.astimezone(ZoneInfo(ZONE)).date()
    while local_instant(day, time(8), ZONE) <= until:
        if day.weekday() < 5 and local_instant(day, time(8), ZONE) >= earliest:
            yield day
        day += timedelta(days=1)


def changes_its_mind(code: str, week: Week) -> bool:
    """Whether a kitchen takes its order back in a week and submits another one."""
    return chance(8, "changes its mind", code, week.monday) == 0


def office_hour(week: Week, *words: object) -> datetime:
    """A time between the second day of ordering and the deadline's morning when somebody is in the office."""
    first = week.opens_at.astimezone(UTC).date() + timedelta(days=1)
    days = [first + timedelta(days=number) for number in range(7)]
    days = [day for day in days if day.weekday() < 5 and day <= week.closes_at.date()]
    day = days[min(chance(len(days) * 2, "day", *words), len(days) - 1)] if days else week.closes_at.date()
    minutes = chance(4 * 60 if day == week.closes_at.date() else 8 * 60, "minute", *words)
    at = local_instant(day, time(7), ZONE) + timedelta(minutes=minutes)
    return min(at, week.closes_at - timedelta(minutes=30))
