"""Facts about thresholds and limits."""

from collections import defaultdict
from typing import Any

from sqlalchemy import text

from foodorder.audit.flags.scope import Scope, rows
from foodorder.rules.red_flags.limits import EvidenceOrder, LimitedOrder
from foodorder.rules.red_flags.model import Party

_EVIDENCE = text("""
SELECT r.institution_id, i.short_name AS institution, k.id AS kind_id, k.name AS kind, p.name AS producer,
       r.id AS record, r.number AS name, min(l.delivery_date) AS day, sum(l.net_cents)::bigint AS cents
  FROM cycle c
  JOIN procurement_record r ON r.cycle_id = c.id AND r.superseded_by_id IS NULL AND r.basis = 'evidence'
  JOIN institution i ON i.id = r.institution_id
  JOIN producer p ON p.id = r.producer_id
  JOIN record_line l ON l.record_id = r.id
  JOIN product x ON x.id = l.product_id
  JOIN subject_kind_food f ON f.municipality_id = i.municipality_id AND f.food_type_id = x.food_type_id
  JOIN subject_kind k ON k.id = f.kind_id
 WHERE c.municipality_id = :municipality AND c.week BETWEEN CAST(:since AS date) - 6 AND :last
   AND l.delivery_date BETWEEN :since AND :last
 GROUP BY r.institution_id, i.short_name, k.id, k.name, p.name, r.id, r.number
UNION ALL
SELECT e.institution_id, i.short_name, k.id, k.name, coalesce(e.supplier, ''), 0, '', e.month,
       sum(e.net_cents)::bigint
  FROM purchase_elsewhere e
  JOIN institution i ON i.id = e.institution_id
  JOIN subject_kind_food f ON f.municipality_id = i.municipality_id AND f.food_type_id = e.food_type_id
  JOIN subject_kind k ON k.id = f.kind_id
 WHERE i.municipality_id = :municipality AND e.voided_at IS NULL AND e.basis = 'evidence'
   AND e.month BETWEEN :since AND :last
 GROUP BY e.institution_id, i.short_name, k.id, k.name, e.supplier, e.month
 ORDER BY institution_id, kind_id, day, record
 LIMIT :most
""")

#: Whether orders gather near a limit is seen over so many days.
WEEKS = 91
_LIMITED = text("""
SELECT w.id, s.number, c.week, s.net_cents, i.id AS institution_id, i.short_name AS institution,
       i.approval_limit_cents AS limit_cents, s.submitted_at
  FROM cycle c
  JOIN weekly_order w ON w.cycle_id = c.id
  JOIN order_submission s ON s.id = w.current_submission_id
  JOIN institution i ON i.id = w.institution_id
 WHERE c.municipality_id = :municipality AND c.recorded_at IS NOT NULL
   AND c.week > CAST(:last AS date) - :weeks AND c.week <= :last
 ORDER BY i.id, c.week, w.id
 LIMIT :most
""")
# What the limit was until each of its changes; orders are placed weeks before their food comes.
_CHANGES = text("""
SELECT object_id AS institution_id, at,
       CAST(CAST(body AS jsonb) -> 'before' ->> 'approval_limit_cents' AS bigint) AS before_cents
  FROM trail_event
 WHERE municipality_id = :municipality AND object_type = 'institution'
   AND at > CAST(:last AS date) - :weeks - 91
   AND jsonb_exists(CAST(body AS jsonb) -> 'before', 'approval_limit_cents')
 ORDER BY at, id
""")


def evidence_orders(scope: Scope) -> list[EvidenceOrder]:
    """Evidence orders of twelve months, records of ours and purchases elsewhere."""
    return [
        EvidenceOrder(
            Party(row.institution_id, row.institution), Party(row.kind_id, row.kind), row.producer,
            row.record, row.name, row.day, row.cents, row.day >= scope.first,
        )
        for row in rows(_EVIDENCE, scope)
    ]  # fmt: skip


def limited_orders(scope: Scope) -> list[LimitedOrder]:
    """The orders of three months that a limit for approval held for when they were submitted, beside it."""
    changes: dict[int, list[Any]] = defaultdict(list)
    for change in rows(_CHANGES, scope, weeks=WEEKS):
        changes[change.institution_id].append(change)
    found = []
    for row in rows(_LIMITED, scope, weeks=WEEKS):
        # The first change since says what it was until then; without one it is that of today.
        later = (one for one in changes[row.institution_id] if one.at > row.submitted_at)
        change = next(later, None)
        limit = row.limit_cents if change is None else change.before_cents
        if limit is None:
            continue
        found.append(
            LimitedOrder(
                Party(row.institution_id, row.institution), row.id, row.number, row.week, row.net_cents,
                limit, row.week >= scope.first,
            )
        )  # fmt: skip
    return found
