"""An event of the trail in words and with its links, as pages show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from flask import url_for

from foodorder.audit import words
from foodorder.audit.events import Event, events_of
from foodorder.audit.names import Names, named, names_of
from foodorder.blueprints.auditor.counter import municipality
from foodorder.blueprints.shared.access import present
from foodorder.rules.permissions import Permission

NO_NAMES: Names = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Told:
    """An event as a page tells it: `changes` are (name, before, after); no `before` where nothing was."""

    event: Event
    who: str
    role: str
    action: str
    thing: str
    #: Whom somebody acted for, by name; empty when for nobody.
    behalf: str
    #: Its own page, or else the trail of this thing alone.
    url: str
    trail_url: str
    changes: list[tuple[str, str | None, str]]


#: Things that have a page of their own here.
PAGES = {
    "procurement_record": ("auditor.record", "record_id"),
    "cycle": ("auditor.cycle", "cycle_id"),
    "offer": ("auditor.offer", "offer_id"),
    "delivery_note": ("auditor.note", "note_id"),
    "claim": ("auditor.claim", "claim_id"),
    "invoice": ("auditor.invoice", "invoice_id"),
}


def happened(things: list[tuple[str, int]]) -> list[Told]:
    """What happened to these things, for those who may read the trail; nothing for others."""
    if not present().may(Permission.TRAIL_SEE):
        return []
    return told_all(events_of(things, municipality().id))


def told_all(events: Sequence[Event]) -> list[Told]:
    """Events in the reader's language, their numbers told by name."""
    names = names_of(events)
    return [told(event, names) for event in events]


def told(event: Event, names: Names = NO_NAMES) -> Told:
    """An event in the reader's language."""
    trail = url_for("auditor.trail", object=event.object_type, id=event.object_id)
    url = trail
    if event.object_type in PAGES and event.object_id:
        endpoint, key = PAGES[event.object_type]
        values: dict[str, Any] = {key: event.object_id}
        url = url_for(endpoint, **values)
    name = event.object_name or str(event.object_id)
    return Told(
        event,
        words.who(event.person, event.source),
        words.role(event.role),
        words.action(event.action),
        f"{words.thing(event.object_type)} {name}",
        _behalf(event, names),
        url,
        trail,
        [
            (
                words.name_of(change.key),
                None
                if change.before is None
                else words.value(change.key, named(change.key, change.before, names), event.object_type),
                words.value(change.key, named(change.key, change.after, names), event.object_type),
            )
            for change in event.changes
        ],
    )


def _behalf(event: Event, names: Names) -> str:
    """ "producer 12" by name."""
    kind, _, number = (event.on_behalf_of or "").partition(" ")
    if not number.isdigit():
        return event.on_behalf_of or ""
    return names.get((kind, int(number)), f"{words.thing(kind)} {number}")
