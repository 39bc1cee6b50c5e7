"""The trail: who did what, when, to which thing, and whether the chain of seals holds."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from foodorder.audit import tables, words
from foodorder.audit.codes import THINGS
from foodorder.audit.events import Asked, actions, chain, events, people
from foodorder.audit.exports import render
from foodorder.blueprints.auditor.counter import bp, download, municipality
from foodorder.blueprints.auditor.telling import told
from foodorder.blueprints.shared.access import needs, present
from foodorder.db import clock, transaction
from foodorder.language import formats, gettext
from foodorder.rules.permissions import Permission
from foodorder.trail import checks

#: Events on one page.
PAGE = 50
#: Events in one file, newest first.
MOST = 50_000
#: Results of checks on one page.
RESULTS = 14


@dataclass(frozen=True, slots=True)
class TrailFilters:
    """What is asked of the trail: the question, its address, and the values of the boxes."""

    asked: Asked
    args: dict[str, Any]

    def chips(self, labels: dict[str, str]) -> list[tuple[str, str]]:
        """(label, address without it) of each filter in use."""
        return [
            (
                labels[name],
                url_for("auditor.trail", **{key: one for key, one in self.args.items() if key != name}),
            )
            for name in self.args
            if name in labels
        ]


def read_filters() -> TrailFilters:
    """The filters of this request; what is not understood is left out."""
    args: dict[str, Any] = {}
    person = request.args.get("person", type=int)
    thing, number = request.args.get("object", ""), request.args.get("id", type=int)
    since, last = _day("since"), _day("last")
    found = {
        "person": str(person) if person else "",
        "action": request.args.get("action", "")[:60],
        "object": thing[:40],
        "id": str(number) if number is not None and thing else "",
        "since": since.isoformat() if since else "",
        "last": last.isoformat() if last else "",
    }
    args = {name: value for name, value in found.items() if value}
    asked = Asked(
        municipality_id=_reach(),
        person_id=person,
        action=args.get("action"),
        object_type=args.get("object"),
        object_id=number if "id" in args else None,
        since=_start(since),
        until=_start(last + timedelta(days=1)) if last else None,
    )
    return TrailFilters(asked, args)


def _reach() -> int:
    return municipality().id


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _start(day: date | None) -> datetime | None:
    """Midnight of a day in the municipality's zone."""
    return datetime.combine(day, time(), formats.zone()) if day else None


@bp.get("/trail")
@needs(Permission.TRAIL_SEE)
def trail() -> str:
    """Events, newest first, by person, action, thing and days."""
    filters = read_filters()
    before = request.args.get("before", type=int)
    rows = events(filters.asked, before=before, limit=PAGE + 1)
    older = rows[PAGE - 1].id if len(rows) > PAGE else None
    acted = [(code, words.action(code)) for code in actions(filters.asked.municipality_id)]
    persons = [(str(one), name) for one, name in people(filters.asked.municipality_id)]
    things = sorted(((code, words.thing(code)) for code in THINGS), key=lambda one: one[1])
    return render_template(
        "auditor/trail.html",
        filters=filters,
        events=[told(event) for event in rows[:PAGE]],
        older=older,
        before=before,
        chain=chain(clock()),
        persons=persons,
        actions=sorted(acted, key=lambda one: one[1]),
        things=things,
        chips=filters.chips(_labels(filters, dict(persons), dict(acted))),
    )


def _labels(filters: TrailFilters, persons: dict[str, str], acted: dict[str, str]) -> dict[str, str]:
    args, labels = filters.args, {}
    if "person" in args:
        labels["person"] = persons.get(args["person"], args["person"])
    if "action" in args:
        labels["action"] = acted.get(args["action"], args["action"])
    if "object" in args:
        labels["object"] = f"{words.thing(args['object'])} {args.get('id', '')}".strip()
    if filters.asked.since:
        labels["since"] = gettext("from %(day)s", day=formats.day(filters.asked.since, year=True))
    if "last" in args:
        labels["last"] = gettext("to %(day)s", day=formats.day(date.fromisoformat(args["last"]), year=True))
    return labels


@bp.get("/trail.<any(csv, xlsx):ending>")
@needs(Permission.TRAIL_SEE)
def trail_file(ending: str) -> Response:
    """The chosen events with their fingerprints, as a file."""
    filters = read_filters()
    table = tables.trail(events(filters.asked, limit=MOST))
    title = gettext("Trail of %(municipality)s", municipality=municipality().name)
    return download(render(table, ending, title, f"{table.name}-{municipality().code}"))


@bp.get("/trail/chain")
@needs(Permission.TRAIL_SEE)
def trail_chain() -> str:
    """Whether the chain holds: the last checks of all of it, and the one that waits."""
    return render_template(
        "auditor/chain.html",
        results=checks.results(RESULTS),
        waiting=checks.waiting(),
        chain=chain(clock()),
    )


@bp.post("/trail/chain")
@needs(Permission.TRAIL_SEE)
def ask_check() -> Response:
    """Ask for a check of the whole chain; the scheduler takes it up in a few seconds."""
    with transaction():
        checks.ask(present().actor, now=clock(), municipality_id=municipality().id)
    return redirect(url_for("auditor.trail_chain"), 303)
