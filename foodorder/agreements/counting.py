"""Count what is bought against ceilings and needs: one piece of SQL for orders, the close and later changes.

`CHANGE` describes rows of what changes: institution, producer, lot, food, week, basis, cents, grams (signed).
Whoever orders puts `COUNTED` into the statement that writes the order, so that rows which kitchens share are
locked for no longer than the writing takes; they are taken in key order, so that two orders never wait for
each other. The close and corrections use `count`: what they take away always fits.
"""

import json
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import text

from foodorder.db import db

#: Rows of a JSON text.
CHANGE = """change AS (
    SELECT * FROM json_to_recordset(CAST(:counts AS json)) AS x(institution integer, producer integer,
           lot integer, food integer, week date, basis text, cents bigint, grams bigint)
)"""

#: `asked_ceiling` and `under_ceiling` hold the ceilings concerned and those that are not passed.
COUNTED = """asked_ceiling AS (
    SELECT c.id, sum(x.cents)::bigint AS cents, sum(x.grams)::bigint AS grams
      FROM change x
      JOIN agreement_lot l ON l.id = x.lot
      JOIN ceiling c ON c.agreement_id = l.agreement_id
                    AND (c.lot_id IS NULL OR c.lot_id = l.id)
                    AND (c.producer_id IS NULL OR c.producer_id = x.producer)
                    AND (c.institution_id IS NULL OR c.institution_id = x.institution)
                    AND (NOT c.exempted OR l.kind = 'exempted')
     GROUP BY c.id
    HAVING sum(x.cents) <> 0 OR sum(x.grams) <> 0
), held_ceiling AS (
    SELECT c.id, a.cents, a.grams
      FROM ceiling c JOIN asked_ceiling a ON a.id = c.id ORDER BY c.id FOR NO KEY UPDATE OF c
), under_ceiling AS (
    UPDATE ceiling c SET used_cents = c.used_cents + h.cents, used_grams = c.used_grams + h.grams
      FROM held_ceiling h
     WHERE h.id = c.id
       AND ({always} OR h.cents <= 0 OR c.limit_cents IS NULL OR c.used_cents + h.cents <= c.limit_cents)
       AND ({always} OR h.grams <= 0 OR c.limit_grams IS NULL OR c.used_grams + h.grams <= c.limit_grams)
    RETURNING c.id
), needed AS (
    INSERT INTO weekly_need AS n (institution_id, food_type_id, week, basis, net_cents, grams)
    SELECT institution, food, week, basis, sum(cents), sum(grams) FROM change
     GROUP BY institution, food, week, basis HAVING sum(cents) <> 0 OR sum(grams) <> 0
     ORDER BY institution, food, week, basis
    ON CONFLICT (institution_id, food_type_id, week, basis)
    DO UPDATE SET net_cents = n.net_cents + excluded.net_cents, grams = n.grams + excluded.grams
)"""

#: For orders: what would pass a ceiling is not counted, and the order must not be written.
CHECKED = COUNTED.format(always="false")
#: For whatever only follows from what was ordered.
ALWAYS = COUNTED.format(always="true")

_COUNT = text(f"WITH {CHANGE}, {ALWAYS} SELECT count(*) FROM under_ceiling")  # noqa: S608 - constants


class Count(NamedTuple):
    """What is bought more (or less) by one line: net cents and grams, signed."""

    institution: int
    producer: int
    lot: int | None
    food: int
    week: date
    basis: str
    cents: int
    grams: int


def as_json(counts: Iterable[Count]) -> str:
    """The rows of `CHANGE`."""
    return json.dumps([{**count._asdict(), "week": count.week.isoformat()} for count in counts])


def count(counts: Iterable[Count]) -> None:
    """Count what follows from orders that stand: cuts, cancellations, corrections that both sides agreed."""
    db.session.execute(_COUNT, {"counts": as_json(counts)})
