"""Orders that passed an approval limit and that nobody approved."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from foodorder.db import db

_UNAPPROVED = text("""
SELECT s.id AS submission_id, s.number, s.net_cents, i.id AS institution_id, i.short_name AS institution,
       c.id AS cycle_id, c.week, c.days, submitter.name AS submitter,
       coalesce((SELECT sum(r.net_cents) FROM procurement_record r
                  WHERE r.cycle_id = c.id AND r.institution_id = i.id
                    AND r.superseded_by_id IS NULL), 0)::bigint AS recorded_cents,
       EXISTS (SELECT FROM difference d JOIN order_line l ON l.id = d.order_line_id
                WHERE l.submission_id = s.id AND d.reason = 'not_approved') AS dropped
  FROM order_approval a
  JOIN order_submission s ON s.id = a.submission_id
  JOIN weekly_order w ON w.id = s.order_id AND w.current_submission_id = s.id
  JOIN cycle c ON c.id = s.cycle_id AND c.state IN ('recorded', 'settled')
  JOIN institution i ON i.id = s.institution_id
  LEFT JOIN person submitter ON submitter.id = s.submitted_by_id
 WHERE a.state = 'waiting' AND c.municipality_id = :municipality
 ORDER BY c.week DESC, i.sort_key, s.id
 LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Unapproved:
    """An order that waited for approval in vain, net cents; `dropped`: so nothing of it was recorded."""

    submission_id: int
    number: str
    net_cents: int
    institution_id: int
    institution: str
    cycle_id: int
    week: date
    days: int
    submitter: str | None
    recorded_cents: int
    dropped: bool


def unapproved(municipality_id: int, limit: int = 200) -> list[Unapproved]:
    """The orders of recorded cycles that nobody approved although their limit asked for it, newest first."""
    rows = db.session.execute(_UNAPPROVED, {"municipality": municipality_id, "limit": limit})
    return [Unapproved(**row._asdict()) for row in rows]
