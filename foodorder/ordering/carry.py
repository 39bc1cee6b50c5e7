"""Carry what was typed and never submitted to the next cycle: nothing typed is lost with a deadline."""

import json
from datetime import datetime

from sqlalchemy import text

from foodorder.db import db
from foodorder.ordering.leftover import not_lawful
from foodorder.ordering.queries import draft_of
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

# The next open cycle of the same municipality; only orders nobody has touched yet take a draft over.
_ORDERS = text("""
INSERT INTO weekly_order (cycle_id, institution_id, draft_version, has_draft, draft_saved_at,
                          draft_saved_by_id)
SELECT next.id, w.institution_id, 1, true, w.draft_saved_at, w.draft_saved_by_id
  FROM cycle c
  JOIN LATERAL (SELECT n.id FROM cycle n
                 WHERE n.municipality_id = c.municipality_id AND n.state = 'open' AND n.week > c.week
                 ORDER BY n.week, n.sequence LIMIT 1) next ON true
  JOIN weekly_order w ON w.cycle_id = c.id AND w.has_draft AND w.current_submission_id IS NULL
  JOIN institution i ON i.id = w.institution_id AND i.active
 WHERE c.id = :cycle AND c.state IN ('closed', 'recorded', 'settled', 'cancelled')
   AND EXISTS (SELECT FROM draft_line WHERE order_id = w.id)
 ORDER BY w.institution_id
ON CONFLICT (cycle_id, institution_id)
DO UPDATE SET has_draft = true, draft_version = 1, draft_saved_at = excluded.draft_saved_at,
              draft_saved_by_id = excluded.draft_saved_by_id
 WHERE weekly_order.draft_version = 0 AND weekly_order.current_submission_id IS NULL
RETURNING id, cycle_id
""")

_LINES = text("""
INSERT INTO draft_line (order_id, offer_id, delivery_point_id, delivery_date, typed)
SELECT mine.id, offer.id, l.delivery_point_id, l.delivery_date + (here.week - there.week), l.typed
  FROM weekly_order mine
  JOIN cycle here ON here.id = mine.cycle_id
  JOIN cycle there ON there.id = :cycle
  JOIN weekly_order theirs ON theirs.cycle_id = there.id AND theirs.institution_id = mine.institution_id
  JOIN draft_line l ON l.order_id = theirs.id
  JOIN offer old ON old.id = l.offer_id
  JOIN offer ON offer.product_id = old.product_id AND offer.week = here.week
  JOIN cycle_offer co ON co.cycle_id = here.id AND co.offer_id = offer.id
 WHERE mine.id = ANY(CAST(:orders AS bigint[]))
ON CONFLICT DO NOTHING
""")

_TAKE_OUT = text("""
DELETE FROM draft_line l
 USING json_to_recordset(CAST(:cells AS json)) AS t(offer integer, point integer, day date)
 WHERE l.order_id = :order AND l.offer_id = t.offer AND l.delivery_point_id = t.point
   AND l.delivery_date = t.day
""")


def carry_drafts(cycle_id: int, *, actor: Actor, now: datetime) -> int:
    """Copy the unsubmitted drafts of a cycle that is over to the next open one; returns how many orders.

    By product and weekday, as typed; what is not offered any more, or cannot be bought lawfully, stays behind
    in the old draft, and the page of the order says so (`leftover.stayed_behind`). A second run changes
    nothing, nor does one that comes after a kitchen has begun its next order.
    """
    rows = db.session.execute(_ORDERS, {"cycle": cycle_id}).all()
    if not rows:
        return 0
    orders = [row.id for row in rows]
    db.session.execute(_LINES, {"cycle": cycle_id, "orders": orders})
    for order in orders:
        _take_out_unlawful(order)
    trail.record(
        actor, "drafts.carried", "cycle", cycle_id, now=now, after={"to": rows[0].cycle_id, "orders": orders}
    )
    return len(orders)


def _take_out_unlawful(order_id: int) -> None:
    cells = [
        {"offer": cell.offer, "point": cell.delivery_point, "day": cell.day.isoformat()}
        for cell in not_lawful(order_id, draft_of(order_id))
    ]
    if cells:
        db.session.execute(_TAKE_OUT, {"order": order_id, "cells": json.dumps(cells)})
