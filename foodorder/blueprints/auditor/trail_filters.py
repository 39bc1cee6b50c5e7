"""What is asked of the trail: who, whose, what, to which thing, when; and whether the reader has seen it."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import request, url_for

from foodorder.audit import words
from foodorder.audit.codes import THINGS
from foodorder.audit.desk import seen
from foodorder.audit.selection import choices
from foodorder.audit.trail_list import Asked, Seen, actions, people
from foodorder.blueprints.auditor.counter import municipality
from foodorder.blueprints.shared.access import present
from foodorder.language import formats, gettext
from foodorder.rules.permissions import Permission

Option = tuple[str, str]


@dataclass(frozen=True, slots=True)
class TrailFilters:
    """What is asked of the trail: the question, its address, the boxes to choose from, what is in use."""

    asked: Asked
    #: Parameters of every link of the page.
    args: dict[str, str]
    #: (name, label, options) of each box.
    boxes: list[tuple[str, str, list[Option]]] = field(default_factory=list)
    #: (label, address without it) of each filter in use.
    chips: list[Option] = field(default_factory=list)


def read_filters() -> TrailFilters:
    """The filters of this request; what is not understood is left out."""
    options = _options()
    number = request.args.get("id", type=int)
    since, last = _day("since"), _day("last")
    args = {name: value for name in options if (value := request.args.get(name, ""))}
    args = {name: value for name, value in args.items() if value in dict(options[name])}
    if number is not None and "object" in args and abs(number) < 2**63:
        args["id"] = str(number)
    args |= {name: day.isoformat() for name, day in (("since", since), ("last", last)) if day}
    asked = Asked(
        municipality_id=municipality().id,
        person_id=_number(args.get("person")),
        institution_id=_number(args.get("institution")),
        producer_id=_number(args.get("producer")),
        action=args.get("action"),
        object_type=args.get("object"),
        object_id=_number(args.get("id")),
        since=_start(since),
        until=_start(last + timedelta(days=1)) if last else None,
        seen=Seen(args["seen"]) if "seen" in args else None,
        reader_id=present().person.id,
        seen_until=seen.seen_until(present().person.id, municipality().id),
    )
    return TrailFilters(asked, args, _boxes(options), _chips(args, options))


def _options() -> dict[str, list[Option]]:
    of = municipality().id
    there = choices(of)
    found = {
        "person": [(str(one), name) for one, name in people(of)],
        "institution": [(str(one), name) for one, name in there.institutions],
        "producer": [(str(one), name) for one, name in there.producers],
        "action": sorted(((code, words.action(code)) for code in actions(of)), key=lambda one: one[1]),
        "object": sorted(((code, words.thing(code)) for code in THINGS), key=lambda one: one[1]),
    }
    if present().may(Permission.AUDIT_WORK):
        found["seen"] = [("no", gettext("not seen yet")), ("yes", gettext("seen"))]
    return found


def _boxes(options: dict[str, list[Option]]) -> list[tuple[str, str, list[Option]]]:
    labels = {
        "person": gettext("Person"),
        "institution": gettext("Institution"),
        "producer": gettext("Producer"),
        "action": gettext("Action"),
        "object": gettext("Thing"),
        "seen": gettext("Seen by me"),
    }
    return [(name, labels[name], [("", gettext("all")), *options[name]]) for name in options]


def _chips(args: dict[str, str], options: dict[str, list[Option]]) -> list[Option]:
    labels = {name: dict(options[name])[value] for name, value in args.items() if name in options}
    if "id" in args:
        labels["id"] = f"{labels['object']} {args['id']}"
        del labels["object"]
    if "since" in args:
        day = formats.day(date.fromisoformat(args["since"]), year=True)
        labels["since"] = gettext("from %(day)s", day=day)
    if "last" in args:
        day = formats.day(date.fromisoformat(args["last"]), year=True)
        labels["last"] = gettext("to %(day)s", day=day)
    return [(label, url_for("auditor.trail", **_without(args, name))) for name, label in labels.items()]


def _without(args: dict[str, str], name: str) -> dict[str, Any]:
    gone = {name, "object"} if name == "id" else {name}
    return {key: value for key, value in args.items() if key not in gone}


def _number(value: str | None) -> int | None:
    return int(value) if value else None


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _start(day: date | None) -> datetime | None:
    """Midnight of a day in the municipality's zone."""
    return datetime.combine(day, time(), formats.zone()) if day else None
