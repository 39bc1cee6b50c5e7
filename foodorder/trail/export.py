"""The chain as a text for a verifier outside: one JSON object a line, read by docs/verify_chain.py.

A line about the whole; then each block, followed by its events in order; a line at the end. Each event has
its number and fingerprint; its text only where the reader may have it. Fingerprints alone are enough to
recompute every block, and tell nothing of what they were made of.

Event fingerprint = SHA-256 of number, newline, text; block = SHA-256 of the block before and its events.
"""

import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from foodorder.trail.blocks import newest_block, sealed_blocks
from foodorder.trail.service import FIRST_HASH

FORMAT = "foodorder trail 1"
#: Text is packed and handed on in pieces of about so many bytes.
PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Extent:
    """Whose texts are in an export. `everything` for the server's owner; else one municipality's, or, where
    `municipality_id` is None, those of the installation itself."""

    everything: bool = False
    municipality_id: int | None = None

    def holds(self, row: Any) -> bool:
        """Whether the text of an event is in it."""
        return self.everything or row.municipality_id == self.municipality_id


def export(
    extent: Extent,
    *,
    now: datetime,
    between: Callable[[], None] = lambda: None,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Iterator[str]:
    """The lines of the whole chain as it is sealed now.

    `between` is called after each block that was read, for whoever streams for long to end the transaction.
    """
    last = newest_block()
    yield line({"format": FORMAT, "made": now.isoformat(), "blocks": last, "partial": False})
    blocks = events = texts = 0
    head = FIRST_HASH
    for block, rows in sealed_blocks(last):
        yield from block_lines(block, rows, extent.holds)
        blocks, events, head = blocks + 1, events + len(rows), bytes(block.hash)
        texts += sum(map(extent.holds, rows))
        progress(blocks, last)
        between()
    yield line({"end": True, "blocks": blocks, "events": events, "texts": texts, "head": head.hex()})


def block_lines(block: Any, rows: Iterable[Any], holds: Callable[[Any], bool]) -> Iterator[str]:
    """A block and its events; the text of those that `holds` names."""
    yield line(
        {
            "block": block.id,
            "sealed": block.sealed_at.isoformat(),
            "previous": bytes(block.previous_hash).hex(),
            "hash": bytes(block.hash).hex(),
            "events": block.events,
        }
    )
    for row in rows:
        told = {"event": row.event_id, "hash": bytes(row.hash).hex()}
        yield line(told | {"text": row.body} if holds(row) else told)


def line(values: dict[str, Any]) -> str:
    """One line of the export."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")) + "\n"


def packed(lines: Iterable[str]) -> Iterator[bytes]:
    """The lines as a gzip file, piece by piece."""
    pack = zlib.compressobj(level=6, wbits=31)
    waiting: list[str] = []
    length = 0
    for one in lines:
        waiting.append(one)
        length += len(one)
        if length >= PIECE:
            yield pack.compress("".join(waiting).encode())
            waiting, length = [], 0
    yield pack.compress("".join(waiting).encode()) + pack.flush()
