"""Cycles: where each stands, every difference between orders and records, how scarce food was shared."""

from flask import render_template, url_for
from werkzeug.wrappers import Response

from foodorder.audit import tables
from foodorder.audit.cycles import cycles as cycles_of
from foodorder.audit.desk import tables as desk_tables
from foodorder.audit.events import events_of
from foodorder.audit.exports import render
from foodorder.blueprints.auditor.counter import bp, download, found, show, whole_municipality
from foodorder.blueprints.auditor.telling import told
from foodorder.blueprints.coordinator.cycle_words import BADGES, state_sentence, steps, week_words
from foodorder.blueprints.shared.access import needs, present
from foodorder.db import clock
from foodorder.language import gettext
from foodorder.ordering.models import Cycle
from foodorder.ordering.queries import cycle_of
from foodorder.ordering.readings import readings as readings_of
from foodorder.procurement.differences import allocations, differences
from foodorder.rules.cycle import STATE_LABELS, State
from foodorder.rules.permissions import ROLE_LABELS, Permission

#: Where the thread of a cycle stands.
THREAD = {State.OPEN: "order", State.CLOSED: "closed", State.RECORDED: "record", State.SETTLED: "paid"}


@bp.get("/cycles")
@needs(Permission.SPEND_SEE)
def cycles() -> str:
    """All cycles of the municipality, newest week first."""
    rows = cycles_of(whole_municipality().id)
    links = [
        {
            "week": url_for("auditor.cycle", cycle_id=row.id),
            "cycle": url_for("auditor.cycle", cycle_id=row.id),
        }
        for row in rows
    ]
    return render_template(
        "auditor/cycles.html",
        cycles=list(zip(rows, show(tables.cycles(rows), links).rows, strict=True)),
        heads=show(tables.cycles(())).heads,
        badges=BADGES,
    )


@bp.get("/cycles.<any(csv, xlsx):ending>")
@needs(Permission.SPEND_EXPORT)
def cycles_file(ending: str) -> Response:
    """All cycles, as a file."""
    of = whole_municipality()
    title = gettext("Cycles of %(municipality)s", municipality=of.name)
    return download(render(tables.cycles(cycles_of(of.id)), ending, title, f"cycles-{of.code}"))


def own_cycle(cycle_id: int) -> Cycle:
    """A cycle of this municipality that was planned; 404 for another's and for drafts."""
    cycle = found(cycle_of(whole_municipality().id, cycle_id))
    return found(cycle if cycle.state != State.DRAFT else None)


@bp.get("/cycles/<int:cycle_id>")
@needs(Permission.SPEND_SEE)
def cycle(cycle_id: int) -> str:
    """One cycle: figures, differences with their reasons, shared supply with its explanation, trail."""
    one, now = own_cycle(cycle_id), clock()
    row = cycles_of(one.municipality_id, cycle_id=one.id)[0]
    may = present().may(Permission.TRAIL_SEE)
    events = events_of([("cycle", one.id)], one.municipality_id) if may else []
    return render_template(
        "auditor/cycle.html",
        cycle=one,
        row=row,
        week=week_words(one),
        sentence=state_sentence(one, now),
        steps=steps(one, now, row.orders, row.records),
        thread_here=THREAD.get(State(one.state), "offer"),
        labels=STATE_LABELS,
        differences=differences(one.id),
        allocations=allocations(one.id),
        events=[told(event) for event in events],
    )


@bp.get("/cycles/<int:cycle_id>/readings")
@needs(Permission.TRAIL_SEE)
def readings(cycle_id: int) -> str:
    """Who read the offers of a cycle before its close, in which role, when."""
    one = own_cycle(cycle_id)
    return render_template(
        "auditor/readings.html",
        cycle=one,
        week=week_words(one),
        rows=readings_of(one.id),
        labels=ROLE_LABELS,
    )


@bp.get("/cycles/<int:cycle_id>/readings.<any(csv, xlsx):ending>")
@needs(Permission.TRAIL_SEE)
def readings_file(cycle_id: int, ending: str) -> Response:
    """The same, as a file."""
    one = own_cycle(cycle_id)
    title = gettext("Who read the offers of the cycle %(cycle)s", cycle=one.name)
    table = desk_tables.readings(readings_of(one.id))
    return download(render(table, ending, title, f"readings-{one.name}"))


@bp.get("/cycles/<int:cycle_id>/differences.<any(csv, xlsx):ending>")
@needs(Permission.SPEND_EXPORT)
def differences_file(cycle_id: int, ending: str) -> Response:
    """The differences of a cycle, as a file."""
    one = own_cycle(cycle_id)
    title = gettext("Differences of the cycle %(cycle)s", cycle=one.name)
    return download(render(tables.differences(differences(one.id)), ending, title, f"differences-{one.name}"))
