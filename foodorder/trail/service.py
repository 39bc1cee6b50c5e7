"""Write the trail, seal it in blocks, and prove that it was not changed.

An event is written in the transaction of the act itself, without any lock. Sealing comes after, in a
transaction of its own: whatever is committed and not yet sealed gets its place in the next block.
Event hash = SHA-256 of "id\\nbody"; block hash = SHA-256 of the block hash before it and of its event hashes
in order.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from foodorder.db import LOCK_SEAL, db
from foodorder.trail.actor import Actor
from foodorder.trail.blocks import newest_block, sealed_blocks

FIRST_HASH = bytes(32)
#: After so many blocks whoever waits hears how far a check is.
PROGRESS_EVERY = 500

_RECORD = text(
    "INSERT INTO trail_event"
    " (at, actor_id, role, municipality_id, action, object_type, object_id, body)"
    " VALUES (:at, :actor_id, :role, :municipality_id, :action, :object_type, :object_id, :body)"
)


@dataclass(frozen=True, slots=True)
class Event:
    """One business act; `before` and `after` hold only what changed."""

    action: str
    object_type: str
    object_id: int
    municipality_id: int | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    reason: str | None = None


def record(
    actor: Actor,
    action: str,
    object_type: str,
    object_id: int,
    *,
    now: datetime,
    municipality_id: int | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Leave an event of a business write in its transaction. `before` and `after` hold only what changed."""
    event = Event(action, object_type, object_id, municipality_id, before, after, reason)
    record_all(actor, [event], now=now)


def record_all(actor: Actor, events: Sequence[Event], *, now: datetime) -> None:
    """Leave many events at once, where one act touches many things."""
    rows = [
        {
            "at": now,
            "actor_id": actor.person_id,
            "role": actor.role,
            "municipality_id": event.municipality_id,
            "action": event.action,
            "object_type": event.object_type,
            "object_id": event.object_id,
            "body": canonical(
                actor, event.action, event.object_type, event.object_id, now=now,
                municipality_id=event.municipality_id, before=event.before, after=event.after,
                reason=event.reason,
            ),
        }
        for event in events
    ]  # fmt: skip
    if rows:
        db.session.execute(
            _RECORD,
            rows if len(rows) > 1 else rows[0],
        )


def canonical(
    actor: Actor,
    action: str,
    object_type: str,
    object_id: int,
    *,
    now: datetime,
    municipality_id: int | None,
    **details: Any,
) -> str:
    """The event's text as it is hashed: JSON with sorted keys and no spaces; what is absent is left out."""
    event = {
        "action": action,
        "actor": actor.person_id,
        "at": now.isoformat(timespec="microseconds"),
        "behalf": actor.on_behalf_of,
        "municipality": municipality_id,
        "object": [object_type, object_id],
        "request": actor.request_id,
        "role": actor.role,
        "source": actor.source.value,
        **details,
    }
    present = {key: value for key, value in event.items() if value is not None}
    return json.dumps(present, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)


def event_hash(event_id: int, body: str) -> bytes:
    """SHA-256 of one event's number and canonical text."""
    return hashlib.sha256(f"{event_id}\n{body}".encode()).digest()


def block_hash(previous: bytes, events: list[bytes]) -> bytes:
    """SHA-256 of the block before and this block's event hashes, in order."""
    return hashlib.sha256(previous + b"".join(events)).digest()


def seal(limit: int = 50_000) -> int:
    """Seal what is committed and unsealed into one block; returns how many events.

    Must be alone in its transaction.
    """
    db.session.execute(text("SELECT pg_advisory_xact_lock(:lock, 0)"), {"lock": LOCK_SEAL})
    events = db.session.execute(
        text(
            "SELECT e.id, e.body FROM trail_unsealed u JOIN trail_event e ON e.id = u.event_id"
            " ORDER BY e.id LIMIT :limit"
        ),
        {"limit": limit},
    ).all()
    if not events:
        return 0
    last = db.session.execute(text("SELECT id, hash FROM trail_block ORDER BY id DESC LIMIT 1")).one_or_none()
    block, previous = (last.id + 1, bytes(last.hash)) if last else (1, FIRST_HASH)
    hashes = [event_hash(event.id, event.body) for event in events]
    db.session.execute(
        text(
            "INSERT INTO trail_block (id, events, previous_hash, hash)"
            " VALUES (:id, :events, :previous, :hash)"
        ),
        {"id": block, "events": len(events), "previous": previous, "hash": block_hash(previous, hashes)},
    )
    ids = [event.id for event in events]
    db.session.execute(
        text(
            "INSERT INTO trail_sealed (event_id, block_id, position, hash)"
            " SELECT id, :block, position - 1, hash"
            " FROM unnest(CAST(:ids AS bigint[]), CAST(:hashes AS bytea[]))"
            " WITH ORDINALITY AS e (id, hash, position)"
        ),
        {"block": block, "ids": ids, "hashes": hashes},
    )
    db.session.execute(text("SELECT foodorder_concern(CAST(:ids AS bigint[]))"), {"ids": ids})
    db.session.execute(
        text("DELETE FROM trail_unsealed WHERE event_id = ANY(CAST(:ids AS bigint[]))"), {"ids": ids}
    )
    return len(events)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying found. `problem` is one sentence naming the first row that does not fit, or None."""

    events: int
    blocks: int
    unsealed: int
    #: Unsealed for more than a minute: the sealing job does not run.
    overdue: int
    head: str
    problem: str | None


def verify(now: datetime, progress: Callable[[int, int], None] | None = None) -> Verdict:
    """Recompute the whole chain from the stored texts and name the first row that does not fit.

    `progress` hears from time to time how many blocks are done, of how many; it may commit.
    """
    waiting = db.session.execute(
        text(
            "SELECT count(*) AS unsealed, count(*) FILTER (WHERE at < :now - interval '1 minute') AS overdue"
            " FROM trail_event e WHERE NOT EXISTS (SELECT FROM trail_sealed s WHERE s.event_id = e.id)"
        ),
        {"now": now},
    ).one()
    events = blocks = 0
    previous = FIRST_HASH
    problem: str | None = None
    last = newest_block()
    for block, rows in sealed_blocks(last):
        if progress and not blocks % PROGRESS_EVERY:
            progress(blocks, last)
        blocks += 1
        events += len(rows)
        problem = _misfit(block, rows, previous, blocks)
        if problem:
            break
        previous = bytes(block.hash)
    problem = problem or _orphan()
    return Verdict(events, blocks, waiting.unsealed, waiting.overdue, previous.hex(), problem)


def _misfit(block: Any, rows: Sequence[Any], previous: bytes, expected: int) -> str | None:
    if block.id != expected:
        return f"block {expected} is missing"
    if bytes(block.previous_hash) != previous:
        return f"block {block.id} does not follow the block before it"
    for position, row in enumerate(rows):
        if row.id is None:
            return f"event {row.event_id} in block {block.id} is missing"
        if row.position != position:
            return f"block {block.id} has no event at position {position}"
        if event_hash(row.event_id, row.body) != bytes(row.hash):
            return f"event {row.event_id} in block {block.id} was changed"
        if not _columns_fit(row):
            return f"event {row.event_id} in block {block.id}: its columns differ from its sealed text"
    if len(rows) != block.events:
        return f"block {block.id} holds {len(rows)} events instead of {block.events}"
    if block_hash(previous, [bytes(row.hash) for row in rows]) != bytes(block.hash):
        return f"block {block.id} does not fit its events"
    return None


def _orphan() -> str | None:
    """Events that say they are sealed, in a block that nobody has: the last blocks were taken away."""
    missing = db.session.scalar(
        text(
            "SELECT min(block_id) FROM trail_sealed s"
            " WHERE NOT EXISTS (SELECT FROM trail_block b WHERE b.id = s.block_id)"
        )
    )
    return None if missing is None else f"block {missing} is missing"


def astray() -> str | None:
    """An event that is neither sealed nor waits for its seal, in a sentence: written past the sealing."""
    event = db.session.scalar(
        text(
            "SELECT min(e.id) FROM trail_event e"
            " WHERE NOT EXISTS (SELECT FROM trail_sealed s WHERE s.event_id = e.id)"
            "   AND NOT EXISTS (SELECT FROM trail_unsealed u WHERE u.event_id = e.id)"
        )
    )
    return None if event is None else f"event {event} is neither sealed nor waits for its seal"


def _columns_fit(row: Any) -> bool:
    body = json.loads(row.body)
    return bool(
        body["action"] == row.action
        and body["object"] == [row.object_type, row.object_id]
        and body.get("actor") == row.actor_id
        and body.get("role") == row.role
        and body.get("municipality") == row.municipality_id
        and datetime.fromisoformat(body["at"]) == row.at
    )
