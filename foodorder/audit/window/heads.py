"""The trail's head of each day: the hash of the day's last sealed block, for anybody to keep.

Whoever wrote one down can tell years later whether anything before it was changed: the chain that is
exported then must come through the same hash.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from foodorder.db import db

#: Walks back from day to day by the index of seals: as many steps as days, however many blocks there are.
_HEADS = text("""
WITH RECURSIVE head AS (
  (SELECT id, sealed_at, hash, date_trunc('day', sealed_at, :zone) AS begun
     FROM trail_block ORDER BY sealed_at DESC, id DESC LIMIT 1)
  UNION ALL
  SELECT b.* FROM head CROSS JOIN LATERAL (
    SELECT id, sealed_at, hash, date_trunc('day', sealed_at, :zone) AS begun
      FROM trail_block WHERE sealed_at < head.begun ORDER BY sealed_at DESC, id DESC LIMIT 1) b
)
SELECT id, sealed_at, encode(hash, 'hex') AS hash, (begun AT TIME ZONE :zone)::date AS day
  FROM head LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Head:
    """The last block that was sealed on a day."""

    day: date
    block: int
    sealed_at: datetime
    hash: str


def heads(zone: str, limit: int) -> list[Head]:
    """The heads of the newest days on which anything was sealed, newest first; days begin in the zone."""
    rows = db.session.execute(_HEADS, {"zone": zone, "limit": limit})
    return [Head(row.day, row.id, row.sealed_at, row.hash) for row in rows]


def heads_file(found: list[Head]) -> str:
    """Plain text, a line a day, oldest first: day, block, hash."""
    lines = [f"{one.day.isoformat()} {one.block} {one.hash}" for one in reversed(found)]
    return "".join(f"{line}\n" for line in lines)
