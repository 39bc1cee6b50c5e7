"""What is looked at at once: a month of a municipality, and the year before it for what needs a past."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import TextClause

from foodorder.db import db
from foodorder.rules.calendar import months_before

#: Rows of one kind of facts in a month; what is beyond is not looked at, and a job would show it by its time.
MOST = 200_000


@dataclass(frozen=True, slots=True)
class Scope:
    """A calendar month of a municipality."""

    municipality_id: int
    first: date
    last: date

    @classmethod
    def of(cls, municipality_id: int, day: date) -> "Scope":
        """The month of a day."""
        last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
        return cls(municipality_id, day.replace(day=1), last)

    @property
    def year_before(self) -> date:
        """The first day of the twelve months that end with this one."""
        return months_before(self.last + timedelta(days=1), 12)

    def parameters(self) -> dict[str, Any]:
        """As the statements take it."""
        return {
            "municipality": self.municipality_id,
            "first": self.first,
            "last": self.last,
            "since": self.year_before,
            "most": MOST,
        }


def months(municipality_id: int, first: date, last: date) -> Iterator[Scope]:
    """The calendar months that a period touches, oldest first."""
    scope = Scope.of(municipality_id, first)
    while scope.first <= last:
        yield scope
        scope = Scope.of(municipality_id, scope.last + timedelta(days=1))


def rows(statement: TextClause, scope: Scope, **more: Any) -> Iterator[Any]:
    """The rows of a statement about a month."""
    yield from db.session.execute(statement, scope.parameters() | more)
