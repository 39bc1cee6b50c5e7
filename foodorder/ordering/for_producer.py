"""What a producer may know of cycles: the weeks of those who admitted them, never what others offer."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from foodorder.accounts.models import Admission, AdmissionState
from foodorder.db import db
from foodorder.ordering.models import Cycle
from foodorder.rules.calendar import WORKDAYS
from foodorder.rules.cycle import State

#: States of a cycle whose week can still be filled with offers.
AHEAD = frozenset({State.PLANNED, State.OPEN})


@dataclass(frozen=True, slots=True)
class ProducerWeek:
    """A delivery week (its Monday) and the cycles of all municipalities that the producer delivers to."""

    week: date
    cycles: tuple[Cycle, ...]

    @property
    def open_cycles(self) -> tuple[Cycle, ...]:
        """Those that kitchens order in now: prices are frozen."""
        return tuple(cycle for cycle in self.cycles if cycle.state == State.OPEN)

    @property
    def ahead(self) -> tuple[Cycle, ...]:
        """Those that still take offers."""
        return tuple(cycle for cycle in self.cycles if cycle.state in AHEAD)

    @property
    def recorded(self) -> tuple[Cycle, ...]:
        """Those that are closed: what to harvest is known."""
        return tuple(cycle for cycle in self.cycles if cycle.state in (State.RECORDED, State.SETTLED))

    @property
    def days(self) -> int:
        """The delivery days of its cycles (bit 0 = Monday); without cycles the workdays."""
        days = 0
        for cycle in self.cycles:
            days |= cycle.days
        return days or WORKDAYS

    def takes_offers(self, now: datetime) -> bool:
        """Whether anything can be published for it: not over, and not closed everywhere."""
        return now.date() < self.week + timedelta(days=7) and bool(self.ahead or not self.cycles)

    @property
    def closes_at(self) -> datetime | None:
        """The next deadline of the week."""
        return min((cycle.closes_at for cycle in self.ahead), default=None)


def producer_weeks(producer_id: int, first: date, last: date) -> list[ProducerWeek]:
    """The weeks with cycles, in order, whose Mondays lie between `first` and `last`."""
    rows = db.session.scalars(
        select(Cycle)
        .join(Admission, Admission.municipality_id == Cycle.municipality_id)
        .where(
            Admission.producer_id == producer_id,
            Admission.state == AdmissionState.ADMITTED,
            Cycle.week.between(first, last),
            Cycle.state.not_in((State.DRAFT, State.CANCELLED)),
        )
        .options(joinedload(Cycle.municipality))
        .order_by(Cycle.week, Cycle.closes_at, Cycle.id)
    ).all()
    return [ProducerWeek(week, tuple(cycles)) for week, cycles in groupby(rows, key=lambda cycle: cycle.week)]
