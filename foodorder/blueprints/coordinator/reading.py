"""What the coordinator's pages read across the stages, a statement each."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, text

from foodorder.db import db

_MISSING = text("""
SELECT p.id, p.name, p.email, count(*) AS offers
  FROM admission a
  JOIN producer p ON p.id = a.producer_id AND p.active
  JOIN offer o ON o.producer_id = p.id AND o.week = CAST(:week AS date) - 7 AND o.state = 'published'
 WHERE a.municipality_id = :municipality AND a.state = 'admitted'
   AND NOT EXISTS (SELECT FROM offer n WHERE n.producer_id = p.id AND n.week = :week)
 GROUP BY p.id ORDER BY p.sort_key, p.id
""")

_UNANSWERED = text("""
SELECT h.id, h.kind, h.reason, h.asked_at, r.id AS record_id, r.number, i.short_name AS institution,
       p.id AS producer_id, p.name AS producer,
       (SELECT value FROM personal_detail d WHERE d.producer_id = p.id AND d.kind = 'phone') AS phone
  FROM record_change h
  LEFT JOIN procurement_record r ON r.id = h.record_id
  JOIN institution i ON i.id = h.institution_id AND i.municipality_id = :municipality
  JOIN producer p ON p.id = h.producer_id
 WHERE h.state = 'asked'
 ORDER BY h.asked_at, h.id
""")

_LAST_OFFERS = text("""
SELECT o.producer_id, o.week, count(*) AS offers
  FROM offer o
  JOIN (SELECT o.producer_id, max(o.week) AS week
          FROM offer o JOIN admission a ON a.producer_id = o.producer_id AND a.municipality_id = :municipality
         WHERE o.state = 'published' GROUP BY o.producer_id) newest
    ON newest.producer_id = o.producer_id AND newest.week = o.week
 WHERE o.state = 'published'
 GROUP BY o.producer_id, o.week
""")

_SOLD = text("""
SELECT co.days, p.id AS producer_id, p.name AS producer, f.name AS farm, v.name, v.unit, v.price_cents,
       v.pack, v.order_step, o.state, o.stock_kind, o.available, o.taken, o.withdrawn_reason,
       t.name_sl, t.name_en, g.name_sl AS group_sl, g.name_en AS group_en
  FROM cycle_offer co
  JOIN offer o ON o.id = co.offer_id
  JOIN offer_version v ON v.id = co.offer_version_id
  JOIN farm f ON f.id = v.farm_id
  JOIN producer p ON p.id = o.producer_id
  JOIN product q ON q.id = o.product_id
  JOIN food_type t ON t.id = q.food_type_id
  JOIN food_group g ON g.id = t.food_group_id
 WHERE co.cycle_id = :cycle
 ORDER BY g.position, t.sort_key, p.sort_key, v.name, o.id
""")

_SUPPLIERS = text("""
SELECT p.id, p.name, p.email, count(*) AS records, sum(r.net_cents)::bigint AS net_cents
  FROM procurement_record r JOIN producer p ON p.id = r.producer_id
 WHERE r.cycle_id = :cycle AND r.superseded_by_id IS NULL
 GROUP BY p.id ORDER BY p.sort_key, p.id
""")

_ORDERED = text("""
SELECT c.id, count(w.current_submission_id) AS orders, coalesce(sum(s.net_cents), 0)::bigint AS net_cents,
       coalesce(max(recorded.records), 0) AS records,
       coalesce(max(recorded.net_cents), 0)::bigint AS recorded_cents
  FROM cycle c
  LEFT JOIN (SELECT r.cycle_id, count(*) AS records, sum(r.net_cents)::bigint AS net_cents
               FROM procurement_record r
              WHERE r.cycle_id = ANY(CAST(:cycles AS integer[])) AND r.superseded_by_id IS NULL
              GROUP BY r.cycle_id) recorded ON recorded.cycle_id = c.id
  LEFT JOIN weekly_order w ON w.cycle_id = c.id
  LEFT JOIN order_submission s ON s.id = w.current_submission_id
 WHERE c.id = ANY(CAST(:cycles AS integer[]))
 GROUP BY c.id
""")


def missing_offers(municipality_id: int, week: date) -> Sequence[Row[Any]]:
    """Admitted producers who offered something for the week before, and nothing yet for this one."""
    return db.session.execute(_MISSING, {"municipality": municipality_id, "week": week}).all()


def unanswered_changes(municipality_id: int) -> Sequence[Row[Any]]:
    """Requests after the close that wait for the producer's answer, longest waiting first."""
    return db.session.execute(_UNANSWERED, {"municipality": municipality_id}).all()


def last_offers(municipality_id: int) -> dict[int, Row[Any]]:
    """Producer → the newest week they offered something for, and how many offers that were."""
    rows = db.session.execute(_LAST_OFFERS, {"municipality": municipality_id})
    return {row.producer_id: row for row in rows}


def offers_sold(cycle_id: int) -> Sequence[Row[Any]]:
    """What a cycle sells, by food group and food: cents, thousandths, `days` bit 0 = Monday."""
    return db.session.execute(_SOLD, {"cycle": cycle_id}).all()


def suppliers_of(cycle_id: int) -> Sequence[Row[Any]]:
    """The producers with records in a cycle, and what these come to (net cents)."""
    return db.session.execute(_SUPPLIERS, {"cycle": cycle_id}).all()


def ordered_in(cycle_ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Cycle → how many orders stand and what was ordered (net cents), the records in force and their net."""
    rows = db.session.execute(_ORDERED, {"cycles": list(cycle_ids)})
    return {row.id: row for row in rows}


_PRODUCER_NAMES = text("""
SELECT DISTINCT p.id, p.name FROM order_line l JOIN producer p ON p.id = l.producer_id
 WHERE l.submission_id = :submission
""")


def producer_names(submission_id: int) -> dict[int, str]:
    """The names of the producers in a submission."""
    rows = db.session.execute(_PRODUCER_NAMES, {"submission": submission_id})
    return {row.id: row.name for row in rows}
