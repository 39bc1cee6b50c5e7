"""Which cycle a kitchen orders in now."""

from dataclasses import dataclass
from datetime import datetime

from foodorder.db import clock, transaction
from foodorder.ordering.cycles import open_if_due
from foodorder.ordering.models import Cycle
from foodorder.ordering.queries import cycle_of, cycles
from foodorder.rules.cycle import State
from foodorder.trail.actor import Actor


@dataclass(frozen=True, slots=True)
class Cycles:
    """The cycle shown, the others that can be chosen, and the clock by which it was chosen (UTC)."""

    shown: Cycle | None
    others: list[Cycle]
    clock: datetime


def find_cycles(municipality_id: int, wanted: int | None, *, actor: Actor) -> Cycles:
    """The cycle that was asked for, or the one to order in now: open and closing first, then the next.

    A planned cycle whose time has come is opened here, by the same service as the scheduler's: nobody waits
    for a process that is late. `shown` is None when there is none, or when another municipality's was asked
    for.
    """
    now = clock()
    known = list(cycles(municipality_id, (State.PLANNED, State.OPEN), limit=20))
    for cycle in known:
        if cycle.state == State.PLANNED and cycle.opens_at <= now < cycle.closes_at:
            with transaction():
                open_if_due(cycle.id, actor=actor)
    ahead = sorted((cycle for cycle in known if cycle.closes_at > now), key=lambda cycle: _rank(cycle, now))
    soonest = ahead[0] if ahead else None
    shown = soonest if wanted is None else cycle_of(municipality_id, wanted)
    others = [cycle for cycle in ahead if cycle.opens_at <= now and cycle is not shown]
    return Cycles(shown, others, now)


def _rank(cycle: Cycle, now: datetime) -> tuple[bool, datetime, int]:
    waiting = cycle.opens_at > now
    return waiting, cycle.opens_at if waiting else cycle.closes_at, cycle.id
