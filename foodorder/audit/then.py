"""What was known on a past day: the moment a report looks back from, and rows as they stood at it.

Records and purchases elsewhere are never changed, so their own times tell what there was. Certificates, farms
and the like are corrected in place; what they said before stands in the trail, from which it is put back.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import text

from foodorder.db import db

#: Versions of records in force at `:moment`; `r` is the record. Most have no successor: where that is
#: said, the planner knows how many rows to expect.
IN_FORCE = """
   r.recorded_at <= :moment
   AND (r.superseded_by_id IS NULL
        OR NOT EXISTS (SELECT FROM procurement_record n
                        WHERE n.id = r.superseded_by_id AND n.recorded_at <= :moment))
"""

_SINCE = text("""
SELECT action, object_type, object_id, body FROM trail_event
 WHERE object_type = ANY(CAST(:things AS text[])) AND at > :moment
   AND (CAST(:actions AS text[]) IS NULL OR action = ANY(CAST(:actions AS text[])))
 ORDER BY id DESC
""")

#: Actions by which a thing comes to be.
BEGINNINGS = ("added", "created", "entered", "registered")


@dataclass(frozen=True, slots=True)
class AsOf:
    """The last moment that counts (UTC), and its day in the municipality."""

    moment: datetime
    day: date


def as_of(day: date | None, zone: tzinfo, *, now: datetime) -> AsOf:
    """The end of a day in the municipality's zone; now, for None and for days that are not over."""
    today = now.astimezone(zone).date()
    if day is None or day >= today:
        return AsOf(now, today)
    midnight = datetime.combine(day + timedelta(days=1), time(), zone)
    return AsOf(midnight.astimezone(now.tzinfo) - timedelta(microseconds=1), day)


@dataclass(frozen=True, slots=True)
class Since:
    """What happened to some kinds of things after a moment."""

    #: (kind, id) → values as they were at the moment, of those that were changed since.
    before: dict[tuple[str, int], dict[str, Any]]
    #: Things that came to be later.
    later: frozenset[tuple[str, int]]

    def put_back(self, kind: str, values: dict[str, Any]) -> dict[str, Any] | None:
        """A row (with its `id`) as it was at the moment; None if it was not there yet."""
        key = kind, values["id"]
        if key in self.later:
            return None
        changed = self.before.get(key, {})
        return {name: _as_was(old, changed.get(name, old)) for name, old in values.items()}


def since(things: Iterable[str], at: AsOf, actions: Iterable[str] | None = None) -> Since:
    """Read the trail backwards to a moment: what happened to some kinds of things, or of it some actions."""
    before: dict[tuple[str, int], dict[str, Any]] = {}
    later: set[tuple[str, int]] = set()
    of = {"things": list(things), "moment": at.moment, "actions": list(actions) if actions else None}
    for row in db.session.execute(_SINCE, of):
        key = row.object_type, row.object_id
        if row.action.rpartition(".")[2] in BEGINNINGS:
            later.add(key)
        before.setdefault(key, {}).update(json.loads(row.body).get("before") or {})
    return Since(before, frozenset(later))


def _as_was(now: Any, then: Any) -> Any:
    """A value out of the trail, where days are texts, as the sort of value it has today."""
    return date.fromisoformat(then) if isinstance(now, date) and isinstance(then, str) else then
