"""What has been sold of a producer's offers: recorded where the cycle is closed, ordered where it is open."""

from collections.abc import Collection

from sqlalchemy import text

from foodorder.db import db

_SOLD = text("""
SELECT offer_id, sum(quantity)::bigint AS quantity
FROM (
    SELECT l.offer_id, l.quantity
    FROM cycle c
    JOIN weekly_order w ON w.cycle_id = c.id
    JOIN order_line l ON l.submission_id = w.current_submission_id
    WHERE c.state IN ('open', 'closed') AND l.offer_id = ANY(CAST(:offers AS integer[]))
    UNION ALL
    SELECT v.offer_id, l.quantity
    FROM procurement_record r
    JOIN record_line l ON l.record_id = r.id
    JOIN offer_version v ON v.id = l.offer_version_id
    WHERE r.producer_id = :producer AND r.superseded_by_id IS NULL
      AND r.cycle_id IN (SELECT id FROM cycle WHERE week IN
          (SELECT week FROM offer WHERE id = ANY(CAST(:offers AS integer[]))))
      AND v.offer_id = ANY(CAST(:offers AS integer[]))
) AS sold
GROUP BY offer_id
""")


def sold_of(producer_id: int, offer_ids: Collection[int]) -> dict[int, int]:
    """Thousandths ordered (open cycles) or recorded (closed ones) by offer; what nobody wants is absent."""
    if not offer_ids:
        return {}
    rows = db.session.execute(_SOLD, {"producer": producer_id, "offers": sorted(offer_ids)})
    return {row.offer_id: row.quantity for row in rows}
