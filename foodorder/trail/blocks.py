"""Read the sealed chain block by block, in few questions and little memory however long it has grown."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, text

from foodorder.db import db

#: So many blocks, or so many events, are read at once: small blocks many together, a big one alone.
BLOCKS, EVENTS = 1_000, 20_000

_BLOCKS = text("""
SELECT * FROM trail_block WHERE id > :after AND id <= :last ORDER BY id LIMIT :limit
""")

_EVENTS = text("""
SELECT s.block_id, s.event_id, s.position, s.hash, e.*
  FROM trail_sealed s LEFT JOIN trail_event e ON e.id = s.event_id
 WHERE s.block_id BETWEEN :first AND :last ORDER BY s.block_id, s.position
""")


def newest_block() -> int:
    """The number of the newest block; 0 before the first."""
    return db.session.scalar(text("SELECT coalesce(max(id), 0) FROM trail_block")) or 0


def sealed_blocks(last: int, after: int = 0) -> Iterator[tuple[Row[Any], Sequence[Row[Any]]]]:
    """Each block after `after` up to `last` with its events by position; a missing event has id None.

    Between two blocks the caller may commit: nothing of them ever changes.
    """
    while True:
        blocks = db.session.execute(_BLOCKS, {"after": after, "last": last, "limit": BLOCKS}).all()
        if not blocks:
            return
        for together in _together(blocks):
            yield from _with_events(together)
        after = blocks[-1].id


def _together(blocks: Sequence[Row[Any]]) -> Iterator[Sequence[Row[Any]]]:
    start, events = 0, 0
    for place, block in enumerate(blocks):
        if events and events + block.events > EVENTS:
            yield blocks[start:place]
            start, events = place, 0
        events += block.events
    yield blocks[start:]


def _with_events(blocks: Sequence[Row[Any]]) -> Iterator[tuple[Row[Any], Sequence[Row[Any]]]]:
    rows = db.session.execute(_EVENTS, {"first": blocks[0].id, "last": blocks[-1].id}).all()
    place = 0
    for block in blocks:
        start = place
        while place < len(rows) and rows[place].block_id <= block.id:
            place += 1
        yield block, [row for row in rows[start:place] if row.block_id == block.id]
