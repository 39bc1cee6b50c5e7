"""What the trail tells of a record: each event as it was sealed, in words, and with the proof of its seal."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text

from foodorder.audit import words
from foodorder.audit.events import COLUMNS, JOINS, Event, event_of
from foodorder.audit.names import named, names_of
from foodorder.db import db
from foodorder.language import formats, gettext
from foodorder.trail.blocks import sealed_blocks
from foodorder.trail.export import FORMAT, block_lines, line
from foodorder.trail.service import FIRST_HASH

_EVENTS = text(
    "WITH wanted AS (SELECT kind, number FROM"  # noqa: S608 - only constants are put together
    " unnest(CAST(:kinds AS text[]), CAST(:numbers AS bigint[])) AS o (kind, number))"
    + COLUMNS
    + " FROM wanted o JOIN trail_event e ON e.object_type = o.kind AND e.object_id = o.number"
    + JOINS
    + " WHERE e.municipality_id = :municipality OR e.municipality_id IS NULL ORDER BY e.at, e.id"
)


@dataclass(frozen=True, slots=True)
class Told:
    """Events of a record: as rows with their sealed text, and as they are read."""

    rows: Sequence[Row[Any]]
    events: list[Event]


def told(things: list[tuple[str, int]], municipality_id: int) -> Told:
    """All that happened to these things, oldest first, as far as a municipality's auditors may read it."""
    rows = db.session.execute(
        _EVENTS,
        {
            "kinds": [kind for kind, _ in things],
            "numbers": [number for _, number in things],
            "municipality": municipality_id,
        },
    ).all()
    return Told(rows, [event_of(row._asdict()) for row in rows])


def as_json(of: Told) -> list[dict[str, Any]]:
    """Each event with its number, block, fingerprint, and its text exactly as it was sealed."""
    return [
        {
            "event": row.id,
            "block": row.block_id,
            "hash": bytes(row.hash).hex() if row.hash else None,
            "text": row.body,
            "read": json.loads(row.body),
        }
        for row in of.rows
    ]


def as_text(of: Told) -> str:
    """The same for people, in their language."""
    names = names_of(of.events)
    paragraphs = []
    for event in of.events:
        name = event.object_name or str(event.object_id)
        who = words.who(event.person, event.source)
        role = f" ({words.role(event.role)})" if event.role else ""
        lines = [
            f"{words.action(event.action)}: {words.thing(event.object_type)} {name}",
            f"  {formats.long_moment(event.at)}, {who}{role}",
        ]
        if event.reason:
            lines.append("  " + gettext("Reason: %(reason)s", reason=event.reason))
        for change in event.changes:
            after = words.value(change.key, named(change.key, change.after, names), event.object_type)
            if change.before is not None:
                before = words.value(change.key, named(change.key, change.before, names), event.object_type)
                after = f"{before} → {after}"
            lines.append(f"  {words.name_of(change.key)}: {after}")
        paragraphs.append("\n".join(lines))
    return "\n\n".join(paragraphs) + "\n"


def proof(of: Told) -> Iterator[str]:
    """The blocks that hold these events, as docs/verify_chain.py reads them: texts of these events alone."""
    mine = {row.id for row in of.rows}
    wanted = sorted({row.block_id for row in of.rows if row.block_id is not None})
    yield line({"format": FORMAT, "blocks": len(wanted), "partial": True})
    events = texts = 0
    head = FIRST_HASH
    for number in wanted:
        for block, rows in sealed_blocks(number, after=number - 1):
            yield from block_lines(block, rows, lambda row: row.event_id in mine)
            events, head = events + len(rows), bytes(block.hash)
            texts += sum(row.event_id in mine for row in rows)
    yield line({"end": True, "blocks": len(wanted), "events": events, "texts": texts, "head": head.hex()})
