"""When an upper limit will be reached, if buying goes on as until now."""

from dataclasses import dataclass
from datetime import date, timedelta

#: What a whole is in basis points.
WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Term:
    """The days of an agreement, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def gone(self, day: date) -> int:
        """How many of its days are over at the end of a day."""
        return min(max((day - self.first).days + 1, 0), self.days)

    def gone_bp(self, day: date) -> int:
        """The same as a share, basis points, rounded down."""
        return self.gone(day) * WHOLE // self.days


def used_up(term: Term, day: date, used: int, limit: int) -> date | None:
    """The day on which a limit is reached at the pace of the days until now; None: not within the term.

    `used` and `limit` in the same unit. What is used up already is so today.
    """
    if limit <= used:
        return day
    gone = term.gone(day)
    if used <= 0 or not gone:
        return None
    # The first day at whose end so much is used: half a day more is a day more.
    needed = -(-limit * gone // used)
    return term.first + timedelta(days=needed - 1) if needed <= term.days else None
