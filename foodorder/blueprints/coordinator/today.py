"""The coordinator's first page: decisions, the cycle, who has not ordered, jobs."""

from flask import render_template

from foodorder.audit.flags.queries import waiting_count
from foodorder.billing.match_queries import held_in
from foodorder.blueprints.coordinator import reading
from foodorder.blueprints.coordinator.counter import bp, municipality
from foodorder.blueprints.coordinator.cycle_words import state_sentence, steps, week_words
from foodorder.blueprints.coordinator.decisions import decisions
from foodorder.blueprints.shared.access import needs
from foodorder.blueprints.shared.health import job_health
from foodorder.db import clock
from foodorder.ordering.queries import cycles, kitchens_of, next_cycle, open_cycles
from foodorder.outbox.queries import message_counts
from foodorder.rules.cycle import State
from foodorder.rules.permissions import Permission


@bp.get("/")
@needs(Permission.CYCLES_MANAGE)
def today() -> str:
    """One page that says what needs a decision today."""
    own, now = municipality(), clock()
    shown = list(open_cycles(own.id)) or [cycle for cycle in (next_cycle(own.id),) if cycle]
    last = cycles(own.id, (State.RECORDED, State.SETTLED), limit=1)
    figures = reading.ordered_in([cycle.id for cycle in (*shown, *last)])
    return render_template(
        "coordinator/today.html",
        now=now,
        decisions=decisions(own, now, shown[0] if shown else None),
        cycles=[
            {
                "cycle": cycle,
                "week": week_words(cycle),
                "sentence": state_sentence(cycle, now),
                "steps": steps(cycle, now, figures[cycle.id].orders, figures[cycle.id].records),
                "kitchens": kitchens_of(cycle.id) if cycle.state == State.OPEN else (),
                "net_cents": figures[cycle.id].net_cents,
            }
            for cycle in shown
        ],
        last=[{"cycle": cycle, "week": week_words(cycle), "figures": figures[cycle.id]} for cycle in last],
        messages=message_counts(own.id),
        jobs=job_health(),
        invoices=held_in(own.id),
        questions=waiting_count(own.id),
    )
