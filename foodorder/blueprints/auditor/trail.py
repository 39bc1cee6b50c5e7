"""The trail: who did what, when, to which thing; and the reader's own marks of what was seen."""

from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from foodorder.audit import tables
from foodorder.audit.desk import seen
from foodorder.audit.events import Event, chain
from foodorder.audit.exports import render
from foodorder.audit.trail_list import events
from foodorder.blueprints.auditor.counter import bp, download, municipality
from foodorder.blueprints.auditor.telling import told_all
from foodorder.blueprints.auditor.trail_filters import TrailFilters, read_filters
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.forms import EmptyForm
from foodorder.db import clock, transaction
from foodorder.language import gettext
from foodorder.rules.permissions import Permission
from foodorder.trail import checks

#: Events on one page.
PAGE = 50
#: Events in one file, newest first.
MOST = 50_000


@bp.get("/trail")
@needs(Permission.TRAIL_SEE)
def trail() -> str:
    """Events, newest first, by who, whose, what, thing, days, and whether they were seen."""
    filters = read_filters()
    before = request.args.get("before", type=int)
    rows = events(filters.asked, before=before, limit=PAGE + 1)
    return render_template(
        "auditor/trail.html",
        filters=filters,
        events=told_all(rows[:PAGE]),
        seen=_seen(filters, rows[:PAGE]) if present().may(Permission.AUDIT_WORK) else None,
        seen_until=filters.asked.seen_until,
        older=rows[PAGE - 1].id if len(rows) > PAGE else None,
        before=before,
        chain=chain(clock()),
        check=next(iter(checks.results(1)), None),
    )


def _seen(filters: TrailFilters, rows: list[Event]) -> set[int]:
    until = filters.asked.seen_until
    found = seen.seen_of(present().person.id, [row.id for row in rows])
    return found | {row.id for row in rows if until and (row.at, row.id) <= (until.at, until.event_id)}


@bp.get("/trail.<any(csv, xlsx):ending>")
@needs(Permission.TRAIL_SEE)
def trail_file(ending: str) -> Response:
    """The chosen events with their fingerprints, as a file."""
    filters = read_filters()
    table = tables.trail(events(filters.asked, limit=MOST))
    title = gettext("Trail of %(municipality)s", municipality=municipality().name)
    return download(render(table, ending, title, f"{table.name}-{municipality().code}"))


@bp.post("/trail/seen")
@needs(Permission.AUDIT_WORK)
def mark_seen() -> Response:
    """Mark the events of a page, or everything up to one, as seen; or take all marks back."""
    if EmptyForm().validate_on_submit():
        me, of, now = present().person.id, municipality().id, clock()
        with transaction():
            match request.form.get("what"):
                case "page":
                    seen.mark(me, of, request.form.getlist("event", type=int), now=now)
                case "until":
                    seen.mark_until(me, of, request.form.get("until", 0, type=int), now=now)
                    seen.mark(me, of, request.form.getlist("event", type=int), now=now)
                case "forget":
                    seen.forget(me, of)
    return redirect(url_for("auditor.trail", **_back()), 303)


def _back() -> dict[str, Any]:
    """The filters of the page that the mark was made on."""
    names = ("person", "institution", "producer", "action", "object", "id", "since", "last", "seen", "before")
    return {name: value for name in names if (value := request.form.get(name))}
