"""Which suppliers owe a statement of who owns them (ZIntPK, art. 14(6)), by the value of their deals.

The value of deals with one institution, net: what was recorded in the last twelve months, and for a lot of an
agreement in force the least ceiling that binds the supplier, if that is more than what was recorded of it.
Recorded deliveries count though their day has not come. A ceiling that several institutions share is one deal
with each of them.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from foodorder.catalogue import law
from foodorder.db import db
from foodorder.rules.integrity import needs_statement


@dataclass(frozen=True, slots=True)
class Owing:
    """A supplier whose deals pass the limit: with whom most, how much (net cents), and the last statement."""

    producer_id: int
    producer: str
    institution_id: int
    institution: str
    deal_cents: int
    #: None: none was handed in.
    statement_id: int | None
    signed_on: date | None
    document_name: str | None


_DEALS = text("""
WITH recorded AS (
  SELECT r.producer_id, r.institution_id, r.lot_id, sum(l.net_cents)::bigint AS cents
    FROM procurement_record r
    JOIN institution i ON i.id = r.institution_id
    JOIN record_line l ON l.record_id = r.id
   WHERE i.municipality_id = :municipality AND r.superseded_by_id IS NULL
     AND l.delivery_date > CAST(:day AS date) - interval '12 months'
   GROUP BY 1, 2, 3
), awarded AS (
  SELECT s.producer_id, e.institution_id, t.id AS lot_id, min(c.limit_cents) AS cents
    FROM agreement a
    JOIN agreement_lot t ON t.agreement_id = a.id
    JOIN lot_supplier s ON s.lot_id = t.id AND s.valid_from <= :day AND coalesce(s.valid_to, :day) >= :day
    JOIN agreement_institution e ON e.agreement_id = a.id
    JOIN ceiling c ON c.lot_id = t.id AND c.limit_cents IS NOT NULL
                  AND coalesce(c.producer_id, s.producer_id) = s.producer_id
                  AND coalesce(c.institution_id, e.institution_id) = e.institution_id
   WHERE a.municipality_id = :municipality AND a.state = 'in_force'
     AND :day BETWEEN a.valid_from AND a.valid_to
   GROUP BY 1, 2, 3
), deal AS (
  SELECT coalesce(r.producer_id, w.producer_id) AS producer_id,
         coalesce(r.institution_id, w.institution_id) AS institution_id,
         sum(greatest(r.cents, w.cents))::bigint AS cents
    FROM recorded r FULL JOIN awarded w
      ON w.producer_id = r.producer_id AND w.institution_id = r.institution_id AND w.lot_id = r.lot_id
   GROUP BY 1, 2
), largest AS (
  SELECT DISTINCT ON (producer_id) producer_id, institution_id, cents
    FROM deal ORDER BY producer_id, cents DESC, institution_id
)
SELECT d.producer_id, p.name AS producer, d.institution_id, i.short_name AS institution,
       d.cents AS deal_cents, o.id AS statement_id, o.signed_on, o.document_name
  FROM largest d
  JOIN producer p ON p.id = d.producer_id
  JOIN institution i ON i.id = d.institution_id
  LEFT JOIN LATERAL (
    SELECT id, signed_on, document_name FROM ownership_statement
     WHERE producer_id = d.producer_id AND municipality_id = :municipality
     ORDER BY signed_on DESC, id DESC LIMIT 1
  ) o ON true
 ORDER BY o.signed_on IS NOT NULL, d.cents DESC, p.sort_key
""")


def asked_for_statements(municipality_id: int, day: date) -> list[Owing]:
    """The suppliers whose deals with one institution pass the law's limit: those without a statement first.

    Raises ParameterUnknown.
    """
    limit = law.value_on("integrity.ownership_statement_from", day)
    rows = db.session.execute(_DEALS, {"municipality": municipality_id, "day": day})
    return [Owing(**row._asdict()) for row in rows if needs_statement(row.deal_cents, limit)]


def missing_statements(municipality_id: int, day: date) -> list[Owing]:
    """Of those, the ones who handed none in. Raises ParameterUnknown."""
    return [one for one in asked_for_statements(municipality_id, day) if one.statement_id is None]
