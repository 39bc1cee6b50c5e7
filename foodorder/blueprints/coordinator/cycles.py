"""The list of cycles, and one cycle's page: orders, records, differences, how scarce offers were shared."""

from datetime import timedelta

from flask import render_template

from foodorder.accounts.calendar import periods
from foodorder.blueprints.coordinator import reading
from foodorder.blueprints.coordinator.counter import bp, local_day, municipality, own_cycle
from foodorder.blueprints.coordinator.cycle_words import (
    BADGES,
    delivery_days,
    state_sentence,
    steps,
    week_words,
)
from foodorder.blueprints.shared.access import needs
from foodorder.db import clock
from foodorder.ordering import queries
from foodorder.ordering.models import Cycle
from foodorder.procurement.differences import allocations, differences
from foodorder.procurement.queries import Scope, records, sums
from foodorder.rules.cycle import STATE_LABELS, State
from foodorder.rules.permissions import Permission

#: How far ahead the calendar is shown beside the cycles.
AHEAD = timedelta(weeks=26)

#: Where the thread of a cycle stands.
THREAD = {State.OPEN: "order", State.CLOSED: "closed", State.RECORDED: "record", State.SETTLED: "paid"}


@bp.get("/cycles")
@needs(Permission.CYCLES_MANAGE)
def cycles() -> str:
    """Every cycle, newest week first; the schedules that make them; the calendar they follow."""
    own, now = municipality(), clock()
    shown = queries.cycles(own.id)
    today = local_day(now)
    return render_template(
        "coordinator/cycles.html",
        cycles=[(cycle, week_words(cycle)) for cycle in shown],
        figures=reading.ordered_in([cycle.id for cycle in shown]),
        schedules=queries.schedules_of(own.id),
        periods=periods(own.id, today, today + AHEAD),
        badges=BADGES,
        labels=STATE_LABELS,
    )


@bp.get("/cycles/<int:cycle_id>")
@needs(Permission.CYCLES_MANAGE)
def cycle(cycle_id: int) -> str:
    """One cycle: where it stands, who ordered, what came of it and why."""
    own, now = own_cycle(cycle_id), clock()
    figures = reading.ordered_in([own.id])[own.id]
    recorded = own.state in (State.RECORDED, State.SETTLED)
    scope = Scope(municipality_id=own.municipality_id, cycle_id=own.id)
    return render_template(
        "coordinator/cycle.html",
        cycle=own,
        week=week_words(own),
        days=delivery_days(own),
        sentence=state_sentence(own, now),
        steps=steps(own, now, figures.orders, figures.records),
        thread_here=_thread_here(own),
        overdue=own.state == State.OPEN and now >= own.closes_at,
        kitchens=queries.kitchens_of(own.id),
        figures=figures,
        records=records(scope) if recorded else [],
        sums=sums(scope) if recorded else None,
        differences=differences(own.id) if recorded else [],
        allocations=allocations(own.id) if recorded else [],
        suppliers=reading.suppliers_of(own.id) if recorded else [],
        badges=BADGES,
        labels=STATE_LABELS,
    )


def _thread_here(cycle: Cycle) -> str:
    return THREAD.get(State(cycle.state), "offer")
