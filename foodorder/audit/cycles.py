"""Cycles as an auditor sees them: what was ordered, what was recorded, and every difference between."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from foodorder.db import db
from foodorder.ordering.models import cycle_name

_CYCLES = text("""
SELECT c.id, c.week, c.sequence, c.state, c.closes_at, c.recorded_at, c.failure IS NOT NULL AS failed,
       coalesce(ordered.orders, 0) AS orders, coalesce(ordered.grams, 0)::bigint AS ordered_grams,
       coalesce(recorded.records, 0) AS records, coalesce(recorded.net_cents, 0)::bigint AS net_cents,
       coalesce(recorded.grams, 0)::bigint AS recorded_grams,
       coalesce(differing.lines, 0) AS differences, coalesce(differing.grams, 0)::bigint AS difference_grams,
       (SELECT count(*) FROM allocation a WHERE a.cycle_id = c.id) AS allocations
  FROM (SELECT * FROM cycle
         WHERE municipality_id = :municipality AND state <> 'draft'
           AND (CAST(:cycle AS integer) IS NULL OR id = :cycle)
         ORDER BY week DESC, sequence DESC LIMIT :limit) c
 CROSS JOIN LATERAL (
       SELECT count(*) AS orders, sum(s.grams) AS grams
         FROM weekly_order w JOIN order_submission s ON s.id = w.current_submission_id
        WHERE w.cycle_id = c.id OFFSET 0) ordered
 CROSS JOIN LATERAL (
       SELECT count(*) AS records, sum(r.net_cents) AS net_cents, sum(r.grams) AS grams
         FROM procurement_record r WHERE r.cycle_id = c.id AND r.superseded_by_id IS NULL OFFSET 0) recorded
 CROSS JOIN LATERAL (
       SELECT count(DISTINCT x.order_line_id) AS lines, sum(x.grams) AS grams
         FROM difference x WHERE x.cycle_id = c.id OFFSET 0) differing
 ORDER BY c.week DESC, c.sequence DESC
""")


@dataclass(frozen=True, slots=True)
class CycleRow:
    """A cycle in figures: grams and net cents; `differences` counts the order lines that were changed."""

    id: int
    week: date
    name: str
    state: str
    closes_at: datetime
    recorded_at: datetime | None
    failed: bool
    orders: int
    ordered_grams: int
    records: int
    net_cents: int
    recorded_grams: int
    differences: int
    difference_grams: int
    allocations: int

    @property
    def changed_grams(self) -> int:
        """What requests after the close added or took: recorded − (ordered + differences of the close)."""
        return self.recorded_grams - self.ordered_grams - self.difference_grams if self.records else 0


def cycles(municipality_id: int, *, cycle_id: int | None = None, limit: int = 500) -> list[CycleRow]:
    """The cycles of a municipality, newest delivery week first; with `cycle_id` that one alone."""
    rows = db.session.execute(_CYCLES, {"municipality": municipality_id, "cycle": cycle_id, "limit": limit})
    found = []
    for row in rows:
        values = row._asdict()
        found.append(CycleRow(name=cycle_name(values["week"], values.pop("sequence")), **values))
    return found
