"""Facts about orders and deliveries."""

from sqlalchemy import text

from foodorder.audit.flags.scope import Scope, rows
from foodorder.rules.red_flags.goods import Added, Brought, Taken, Unproved
from foodorder.rules.red_flags.model import Party

# What came instead after a claim was accepted, too, where the first goods had not been.
_BROUGHT = text("""
SELECT r.institution_id, i.short_name AS institution, r.producer_id, p.name AS producer, l.id AS line, l.name,
       l.delivery_date AS day, l.unit, l.quantity AS recorded, came.sent, came.accepted, v.grams_per_unit
  FROM cycle c
  JOIN procurement_record r ON r.cycle_id = c.id AND r.superseded_by_id IS NULL
  JOIN institution i ON i.id = r.institution_id
  JOIN record_line l ON l.record_id = r.id AND l.delivery_date BETWEEN :first AND :last
  JOIN producer p ON p.id = r.producer_id
  JOIN offer_version v ON v.id = l.offer_version_id
  JOIN LATERAL (
    SELECT sum(d.quantity)::bigint AS sent,
           sum(coalesce(a.quantity, 0) + coalesce((
             SELECT sum(m.replaced) FROM claim m WHERE m.delivery_line_id = d.id AND NOT m.was_accepted), 0)
           )::bigint AS accepted, bool_and(n.state = 'received') AS received
      FROM delivery_line d
      JOIN delivery_note n ON n.id = d.note_id AND n.state <> 'cancelled'
      LEFT JOIN acceptance_line a ON a.id = d.acceptance_id
     WHERE d.record_line_id = l.id) came ON came.received
 WHERE c.municipality_id = :municipality AND c.week BETWEEN CAST(:first AS date) - 6 AND :last
 ORDER BY r.institution_id, r.producer_id, l.delivery_date, l.id
 LIMIT :most
""")

# The certificate that ended last of those the product rests on; a newer one of its scheme makes it good.
_UNPROVED = text("""
SELECT r.institution_id, i.short_name AS institution, r.producer_id, p.name AS producer, x.id AS certificate,
       x.number, x.scheme, x.valid_to AS ended, l.id AS line, l.name, l.delivery_date AS day, l.net_cents
  FROM cycle c
  JOIN procurement_record r ON r.cycle_id = c.id AND r.superseded_by_id IS NULL
  JOIN institution i ON i.id = r.institution_id
  JOIN record_line l ON l.record_id = r.id AND l.delivery_date BETWEEN :first AND :last
  JOIN producer p ON p.id = r.producer_id
  JOIN LATERAL (SELECT ce.* FROM product_certificate pc JOIN certificate ce ON ce.id = pc.certificate_id
                 WHERE pc.product_id = l.product_id AND ce.valid_to < l.delivery_date
                 ORDER BY ce.valid_to DESC, ce.id LIMIT 1) x ON true
 WHERE c.municipality_id = :municipality AND c.week BETWEEN CAST(:first AS date) - 6 AND :last
   AND NOT EXISTS (SELECT FROM product_certificate pc JOIN certificate ce ON ce.id = pc.certificate_id
                    WHERE pc.product_id = l.product_id AND ce.scheme = x.scheme
                      AND l.delivery_date BETWEEN ce.valid_from AND ce.valid_to)
 ORDER BY x.id, l.delivery_date, l.id
 LIMIT :most
""")

_TAKEN = text("""
SELECT n.id, n.number, n.institution_id, i.short_name AS institution, n.producer_id, p.name AS producer,
       n.delivery_date AS day, extract(epoch FROM max(a.noted_at) - n.left_at)::bigint AS seconds,
       bool_and(a.outcome = 'accepted' AND a.quantity = d.quantity) AS whole,
       string_agg(DISTINCT who.name, ', ') AS person
  FROM institution i
  JOIN delivery_note n ON n.institution_id = i.id AND n.state = 'received'
   AND n.delivery_date BETWEEN :first AND :last
  JOIN producer p ON p.id = n.producer_id
  JOIN delivery_line d ON d.note_id = n.id AND d.quantity > 0
  JOIN acceptance_line a ON a.id = d.acceptance_id
  LEFT JOIN person who ON who.id = a.person_id
 WHERE i.municipality_id = :municipality
 GROUP BY n.id, i.short_name, p.name
 ORDER BY n.institution_id, n.producer_id, n.delivery_date, n.id
 LIMIT :most
""")

# Goods that another farm brings for one that cannot are asked for in an emergency: they are no habit.
_ADDED = text("""
SELECT r.institution_id, i.short_name AS institution, r.producer_id, p.name AS producer, r.id AS record,
       r.number, min(l.delivery_date) AS day, sum(l.net_cents)::bigint AS cents,
       (l.order_line_id IS NULL AND h.instead_of_id IS NULL) AS outside
  FROM cycle c
  JOIN procurement_record r ON r.cycle_id = c.id AND r.superseded_by_id IS NULL
  JOIN institution i ON i.id = r.institution_id
  JOIN record_line l ON l.record_id = r.id AND l.delivery_date BETWEEN :first AND :last
  JOIN producer p ON p.id = r.producer_id
  LEFT JOIN record_change h ON h.id = l.change_id
 WHERE c.municipality_id = :municipality AND c.week BETWEEN CAST(:first AS date) - 6 AND :last
 GROUP BY r.institution_id, i.short_name, r.producer_id, p.name, r.id, r.number, outside, l.product_id
 ORDER BY r.institution_id, r.producer_id, r.id
 LIMIT :most
""")


def brought(scope: Scope) -> list[Brought]:
    """The month's recorded lines whose goods were received."""
    return [
        Brought(
            Party(row.institution_id, row.institution), Party(row.producer_id, row.producer), row.line,
            row.name, row.day, row.unit, row.recorded, row.sent, row.accepted, row.grams_per_unit,
        )
        for row in rows(_BROUGHT, scope)
    ]  # fmt: skip


def unproved(scope: Scope) -> list[Unproved]:
    """The month's lines of products whose certificate had ended when they came."""
    return [
        Unproved(
            Party(row.institution_id, row.institution), Party(row.producer_id, row.producer), row.certificate,
            row.number, row.scheme, row.ended, row.line, row.name, row.day, row.net_cents,
        )
        for row in rows(_UNPROVED, scope)
    ]  # fmt: skip


def taken(scope: Scope) -> list[Taken]:
    """The month's received delivery notes, and how soon after they left they were accepted."""
    return [
        Taken(
            Party(row.institution_id, row.institution), Party(row.producer_id, row.producer), row.id,
            row.number, row.day, row.seconds, row.whole, row.person or "",
        )
        for row in rows(_TAKEN, scope)
    ]  # fmt: skip


def added(scope: Scope) -> list[Added]:
    """What came in the month, ordered in a cycle or agreed after its close, product by product."""
    return [
        Added(
            Party(row.institution_id, row.institution), Party(row.producer_id, row.producer), row.record,
            row.number, row.day, row.cents, row.outside,
        )
        for row in rows(_ADDED, scope)
    ]  # fmt: skip
