"""Read the trail: who did what to which thing, what it was before and after, and whether it is sealed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from foodorder.db import db


@dataclass(frozen=True, slots=True)
class Change:
    """One value of a thing before and after; None where there was none."""

    key: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Event:
    """One business act as it was written. `person` is None for the clock, for commands, and once erased."""

    id: int
    at: datetime
    person_id: int | None
    person: str | None
    role: str | None
    source: str
    on_behalf_of: str | None
    action: str
    object_type: str
    object_id: int
    #: Number or name of the thing where the event tells it.
    object_name: str | None
    changes: tuple[Change, ...]
    reason: str | None
    request: str | None
    #: The sealed block that holds it; None while it waits.
    block: int | None
    #: SHA-256 of number and text, as it went into the block.
    hash: str | None


@dataclass(frozen=True, slots=True)
class Chain:
    """The state of the seals over the whole installation."""

    events: int
    blocks: int
    sealed_at: datetime | None
    head: str
    unsealed: int
    #: Of the thousand that wait longest.
    overdue: int


#: Of `e`, an event, with `p`, who acted, and `s`, its seal.
COLUMNS = """
SELECT e.id, e.at, e.actor_id, p.name AS person, e.role, e.action, e.object_type, e.object_id, e.body,
       s.block_id, s.hash
"""
JOINS = """
  LEFT JOIN person p ON p.id = e.actor_id
  LEFT JOIN trail_sealed s ON s.event_id = e.id
"""

# A thing that several municipalities share has an event for each; one of them is enough to read.
_OF_OBJECTS = text(
    """
WITH wanted AS (
  SELECT kind, number FROM unnest(CAST(:kinds AS text[]), CAST(:numbers AS bigint[])) AS o (kind, number)
)
"""  # noqa: S608 - only constants are put together
    + COLUMNS
    + """
  FROM wanted o
  JOIN trail_event e ON e.object_type = o.kind AND e.object_id = o.number
"""
    + JOINS
    + """
 WHERE e.municipality_id = :municipality OR e.municipality_id IS NULL
 ORDER BY e.at, e.id LIMIT 500
"""
)

# Blocks grow many: those that a check has gone through need not be added up again.
_CHAIN = text("""
SELECT coalesce(checked.events, 0)
       + (SELECT coalesce(sum(events), 0) FROM trail_block WHERE id > coalesce(checked.blocks, 0))::bigint
       AS events,
       coalesce(b.id, 0) AS blocks, b.sealed_at, b.hash,
       (SELECT count(*) FROM trail_unsealed) AS unsealed,
       (SELECT count(*) FROM (SELECT event_id FROM trail_unsealed ORDER BY event_id LIMIT 1000) u
          JOIN trail_event e ON e.id = u.event_id
         WHERE e.at < CAST(:now AS timestamptz) - interval '1 minute') AS overdue
  FROM (SELECT 1) one
  LEFT JOIN LATERAL (SELECT * FROM trail_block ORDER BY id DESC LIMIT 1) b ON true
  LEFT JOIN LATERAL (SELECT * FROM trail_check WHERE ok ORDER BY id DESC LIMIT 1) checked ON true
""")


def events_of(things: Sequence[tuple[str, int]], municipality_id: int) -> list[Event]:
    """All that happened to these things (type, number), oldest first.

    Whether the reader may see the things is the caller's matter.
    """
    rows = db.session.execute(
        _OF_OBJECTS,
        {
            "kinds": [kind for kind, _ in things],
            "numbers": [number for _, number in things],
            "municipality": municipality_id,
        },
    )
    return [event_of(row._asdict()) for row in rows]


def chain(now: datetime) -> Chain:
    """How far the trail is sealed. It counts only; `foodorder.trail.service.verify` recomputes."""
    row = db.session.execute(_CHAIN, {"now": now}).one()._asdict()
    head = row.pop("hash")
    return Chain(head=bytes(head).hex() if head else "", **row)


def event_of(row: dict[str, Any]) -> Event:
    """An event from a row of COLUMNS."""
    body: dict[str, Any] = json.loads(row["body"])
    before, after = body.get("before") or {}, body.get("after") or {}
    return Event(
        id=row["id"],
        at=row["at"],
        person_id=row["actor_id"],
        person=row["person"],
        role=row["role"],
        source=body["source"],
        on_behalf_of=body.get("behalf"),
        action=row["action"],
        object_type=row["object_type"],
        object_id=row["object_id"],
        object_name=_name(before, after),
        changes=_changes(before, after),
        reason=body.get("reason"),
        request=body.get("request"),
        block=row["block_id"],
        hash=bytes(row["hash"]).hex() if row["hash"] else None,
    )


def _name(before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
    told = (values.get(key) for key in ("number", "short_name", "name") for values in (after, before))
    return next((str(value) for value in told if value), None)


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    # The key to sort names by is ours, not the world's.
    keys = [key for key in {**before, **after} if key != "sort_key"]
    return tuple(Change(key, before.get(key), after.get(key)) for key in keys)
