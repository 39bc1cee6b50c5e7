"""The trail of a municipality page by page, newest first, however many events there are.

Every question walks along one index and stops when the page is full: events are ordered by time and number, a
page begins behind the last event of the one before, and nothing is counted.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import text

from foodorder.audit.events import COLUMNS, JOINS, Event, event_of
from foodorder.db import db

#: Things of a producer who may serve several municipalities: their events belong to none of these.
SHARED = ("certificate", "farm", "offer", "permit", "producer", "product")


class Seen(StrEnum):
    """Which events by the reader's own marks."""

    NO = "no"
    YES = "yes"


@dataclass(frozen=True, slots=True)
class Until:
    """A place in the trail: an event's time and number."""

    at: datetime
    event_id: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What events are looked for; what is None does not limit. `until` is excluded.

    `seen`, by the marks of `reader_id`, who has seen everything up to `seen_until`.
    """

    municipality_id: int
    person_id: int | None = None
    institution_id: int | None = None
    producer_id: int | None = None
    action: str | None = None
    object_type: str | None = None
    object_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    seen: Seen | None = None
    reader_id: int | None = None
    seen_until: Until | None = None


#: Of a producer's own things everything may be read that concerns one who is admitted here.
_SHARED = """(e.municipality_id = :municipality OR e.municipality_id IS NULL AND e.object_type = ANY(:shared)
  AND EXISTS (SELECT FROM admission a
                JOIN trail_concern s ON s.kind = 'producer' AND s.organisation_id = a.producer_id
                 AND s.at = e.at AND s.event_id = e.id
               WHERE a.municipality_id = :municipality))"""

_MARKED = "EXISTS (SELECT FROM trail_seen m WHERE m.person_id = :reader AND m.event_id = e.id)"
#: The reader's marks first, and their events after: a walk along all events would look for a mark on each.
_FROM_MARKS = """(SELECT t.* FROM trail_seen m JOIN trail_event t ON t.id = m.event_id
                   WHERE m.person_id = :reader OFFSET 0) e"""
_UNTIL, _AFTER = "(e.at, e.id) <= (:seen_at, :seen_event)", "(e.at, e.id) > (:seen_at, :seen_event)"

_CONDITIONS = {
    "person_id": "e.actor_id = :person_id",
    "action": "e.action = :action",
    "object_type": "e.object_type = :object_type",
    "object_id": "e.object_id = :object_id",
    "since": "e.at >= :since",
    "until": "e.at < :until",
}

# Loose walks along an index: one step for each word, and not for each event.
_ACTIONS = text("""
WITH RECURSIVE found AS (
  (SELECT action FROM trail_event WHERE municipality_id = :municipality ORDER BY action LIMIT 1)
  UNION ALL
  SELECT (SELECT e.action FROM trail_event e
           WHERE e.municipality_id = :municipality AND e.action > f.action ORDER BY e.action LIMIT 1)
    FROM found f WHERE f.action IS NOT NULL)
SELECT action FROM found WHERE action IS NOT NULL
""")

_PEOPLE = text("""
WITH RECURSIVE found AS (
  (SELECT actor_id FROM trail_event WHERE municipality_id = :municipality AND actor_id IS NOT NULL
    ORDER BY actor_id LIMIT 1)
  UNION ALL
  SELECT (SELECT e.actor_id FROM trail_event e
           WHERE e.municipality_id = :municipality AND e.actor_id > f.actor_id ORDER BY e.actor_id LIMIT 1)
    FROM found f WHERE f.actor_id IS NOT NULL)
SELECT p.id, p.name FROM found f JOIN person p ON p.id = f.actor_id ORDER BY p.name, p.id
""")


def events(asked: Asked, *, before: int | None = None, limit: int = 50) -> list[Event]:
    """Events of a municipality, newest first; `before`: only those before this event (the next page)."""
    if asked.seen is Seen.YES:
        # What was marked one by one is all newer than the place up to which everything is seen.
        after = [_AFTER] if asked.seen_until else []
        found = _page(asked, after, before, limit, marked=True)
        if asked.seen_until and len(found) < limit:
            found += _page(asked, [_UNTIL], before, limit - len(found))
        return found
    unseen = [*([_AFTER] if asked.seen_until else []), f"NOT {_MARKED}"] if asked.seen is Seen.NO else []
    return _page(asked, unseen, before, limit)


def _page(
    asked: Asked, seen: list[str], before: int | None, limit: int, *, marked: bool = False
) -> list[Event]:
    source, conditions, more = _source(asked)
    conditions += seen
    conditions += [condition for name, condition in _CONDITIONS.items() if getattr(asked, name) is not None]
    if before is not None:
        conditions.append("(e.at, e.id) < ((SELECT at FROM trail_event WHERE id = :before), :before)")
    parameters: dict[str, Any] = {
        "municipality": asked.municipality_id,
        "reader": asked.reader_id,
        "before": before,
        "limit": limit,
        "seen_at": asked.seen_until.at if asked.seen_until else None,
        "seen_event": asked.seen_until.event_id if asked.seen_until else None,
        **{name: getattr(asked, name) for name in _CONDITIONS},
        **more,
    }
    # Only constants are put together: each question in its own words, so that each has its own plan.
    table = source.replace("trail_event e", _FROM_MARKS) if marked else source
    words = f"{COLUMNS} FROM {table} {JOINS} WHERE {' AND '.join(conditions)} {_ORDER[source]} LIMIT :limit"
    rows = db.session.execute(text(words), {key: parameters[key] for key in parameters if f":{key}" in words})
    return [event_of(row._asdict()) for row in rows]


_ALL = "trail_event e"
_OF_ONE = "trail_concern c JOIN trail_event e ON e.id = c.event_id"
#: In the order of the index that is walked.
_ORDER = {_ALL: "ORDER BY e.at DESC, e.id DESC", _OF_ONE: "ORDER BY c.at DESC, c.event_id DESC"}
_OF_BOTH = """EXISTS (SELECT FROM trail_concern b WHERE b.kind = 'producer' AND b.organisation_id = :producer
  AND b.at = c.at AND b.event_id = c.event_id)"""


def _source(asked: Asked) -> tuple[str, list[str], dict[str, Any]]:
    """What is walked along, who may read it, and the parameters of both."""
    shared = asked.producer_id is not None or (asked.object_type in SHARED and asked.object_id is not None)
    conditions = [_SHARED if shared else "e.municipality_id = :municipality"]
    more: dict[str, Any] = {"shared": list(SHARED)}
    if asked.institution_id is None and asked.producer_id is None:
        return _ALL, conditions, more
    kind = "producer" if asked.institution_id is None else "institution"
    more |= {"kind": kind, "organisation": asked.institution_id or asked.producer_id}
    conditions = ["c.kind = :kind AND c.organisation_id = :organisation", *conditions]
    if asked.institution_id is not None and asked.producer_id is not None:
        more["producer"] = asked.producer_id
        conditions.append(_OF_BOTH)
    if asked.since is not None:
        conditions.append("c.at >= :since")
    if asked.until is not None:
        conditions.append("c.at < :until")
    return _OF_ONE, conditions, more


def actions(municipality_id: int) -> list[str]:
    """The actions that ever happened in a municipality."""
    return list(db.session.scalars(_ACTIONS, {"municipality": municipality_id}))


def people(municipality_id: int) -> list[tuple[int, str]]:
    """The people who ever acted in a municipality: (id, name), by name."""
    return [(row.id, row.name) for row in db.session.execute(_PEOPLE, {"municipality": municipality_id})]
