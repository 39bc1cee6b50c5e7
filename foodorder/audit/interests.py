"""What was bought from producers in which a functionary declared an interest (ZIntPK, art. 35)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from foodorder.accounts.interests import as_declared
from foodorder.accounts.models import InterestDeclaration
from foodorder.catalogue import law
from foodorder.db import db
from foodorder.rules.integrity import bars_orders


@dataclass(frozen=True, slots=True)
class Concerned:
    """Purchases of one institution from the producer of one declaration, on days on which the tie stands.

    Net cents of records in force, and of submitted orders of open cycles that are not recorded yet.
    """

    interest_id: int
    institution_id: int
    institution: str
    producer_id: int
    records: int
    net_cents: int
    ordered_cents: int
    #: Days of the first and the last delivery.
    first: date
    last: date
    #: The law forbids the institution to buy there: such a purchase should not exist.
    forbidden: bool


_CONCERNED = text("""
WITH bought AS (
  SELECT d.id AS interest_id, r.institution_id, r.id AS record_id, l.net_cents AS recorded, 0 AS ordered,
         l.delivery_date
    FROM interest_declaration d
    JOIN procurement_record r ON r.producer_id = d.producer_id AND r.superseded_by_id IS NULL
    JOIN record_line l ON l.record_id = r.id
   WHERE d.municipality_id = :municipality
     AND l.delivery_date >= d.valid_from AND (d.valid_to IS NULL OR l.delivery_date <= d.valid_to)
  UNION ALL
  SELECT d.id, o.institution_id, NULL, 0, l.net_cents, l.delivery_date
    FROM cycle c
    JOIN weekly_order o ON o.cycle_id = c.id
    JOIN order_line l ON l.submission_id = o.current_submission_id
    JOIN interest_declaration d ON d.producer_id = l.producer_id AND d.municipality_id = c.municipality_id
   WHERE c.municipality_id = :municipality AND c.state = 'open'
     AND l.delivery_date >= d.valid_from AND (d.valid_to IS NULL OR l.delivery_date <= d.valid_to)
)
SELECT b.interest_id, b.institution_id, i.short_name AS institution,
       count(DISTINCT b.record_id) AS records, sum(b.recorded)::bigint AS net_cents,
       sum(b.ordered)::bigint AS ordered_cents, min(b.delivery_date) AS first, max(b.delivery_date) AS last
  FROM bought b
  JOIN institution i ON i.id = b.institution_id AND i.municipality_id = :municipality
 GROUP BY b.interest_id, b.institution_id, i.short_name, i.sort_key
 ORDER BY i.sort_key
""")


def purchases_concerned(
    municipality_id: int, declared: list[InterestDeclaration]
) -> dict[int, list[Concerned]]:
    """Purchases by declaration, those of the functionary's own institution first. Raises ParameterUnknown."""
    by_id = {row.id: row for row in declared}
    found: dict[int, list[Concerned]] = {}
    for row in db.session.execute(_CONCERNED, {"municipality": municipality_id}):
        declaration = by_id[row.interest_id]
        limit = law.value_on("integrity.functionary_share", row.last)
        forbidden = bars_orders(as_declared(declaration), row.institution_id, row.last, limit)
        one = Concerned(**row._asdict(), producer_id=declaration.producer_id, forbidden=forbidden)
        found.setdefault(row.interest_id, []).append(one)
    for interest_id, rows in found.items():
        own = by_id[interest_id].institution_id
        rows.sort(key=lambda one: one.institution_id != own)
    return found
