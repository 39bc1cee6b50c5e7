"""What a page of shares or reports is asked: the year, and the day as of which it is told."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import request

from foodorder.accounts.models import Municipality
from foodorder.audit.selection import recorded_span
from foodorder.audit.then import AsOf, as_of
from foodorder.db import clock


@dataclass(frozen=True, slots=True)
class Asked:
    """A year as known at a moment. `args` are the parameters of every link that keeps the question."""

    year: int
    at: AsOf
    #: The day that was asked for; None: now.
    day: date | None
    years: list[int]
    args: dict[str, Any] = field(default_factory=dict)


def asked(municipality: Municipality, now: datetime | None = None) -> Asked:
    """The question of this request; what is not understood is left out."""
    now = now or clock()
    zone = ZoneInfo(municipality.zone)
    today = now.astimezone(zone).date()
    span = recorded_span(municipality.id)
    first, last = (span[0].year, span[1].year) if span else (today.year, today.year)
    years = list(range(max(today.year, last), min(today.year, first) - 1, -1))
    year = request.args.get("year", type=int)
    year = year if year in years else today.year
    try:
        day: date | None = date.fromisoformat(request.args.get("as_of", ""))
    except ValueError:
        day = None
    if day is not None and day >= today:
        day = None
    args: dict[str, Any] = {"year": year}
    if day is not None:
        args["as_of"] = day.isoformat()
    return Asked(year, as_of(day, zone, now=now), day, years, args)
