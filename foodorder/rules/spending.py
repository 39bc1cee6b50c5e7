"""Spending against a budget: what the year will come to at the present pace."""

from collections.abc import Mapping
from datetime import date, timedelta

from foodorder.rules.money import divide

#: The present pace is the mean of so many latest weeks with deliveries.
PACE_WEEKS = 8


def forecast(weeks: Mapping[date, int], year: int) -> int | None:
    """Net cents that a year comes to if every week left is like the latest ones.

    `weeks`: Monday → net cents of what was recorded or ordered for it in the year. The weeks left are those
    after the latest one, until the end of the year; holidays are not taken out. None: nothing to go by.
    """
    latest = sorted(monday for monday, cents in weeks.items() if cents)[-PACE_WEEKS:]
    if not latest:
        return None
    pace = divide(sum(weeks[monday] for monday in latest), len(latest))
    left = max((date(year, 12, 31) - latest[-1]) // timedelta(weeks=1), 0)
    return sum(weeks.values()) + pace * left
