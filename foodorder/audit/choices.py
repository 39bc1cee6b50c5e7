"""Where a kitchen chose another offer than the first by the published criteria, and what it cost."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text

from foodorder.db import db
from foodorder.ordering.models import cycle_name

# Of the submissions that count: choices that were overtaken by a later version bought nothing.
_CHOICES = text("""
SELECT c.submission_id, c.food_type_id, f.name_sl, f.name_en, f.unit, i.id AS institution_id,
       i.short_name AS institution, cy.id AS cycle_id, cy.week, cy.sequence, s.number, s.submitted_at,
       c.first_offer_id, c.chosen_offer_id, fv.name AS first_name, fp.name AS first_producer,
       cv.name AS chosen_name, cp.name AS chosen_producer, c.code, c.words, c.scores,
       (SELECT sum(l.quantity)::bigint FROM order_line l
         WHERE l.submission_id = s.id AND l.offer_id = c.chosen_offer_id) AS quantity
  FROM offer_choice c
  JOIN order_submission s ON s.id = c.submission_id
  JOIN weekly_order w ON w.current_submission_id = s.id
  JOIN cycle cy ON cy.id = s.cycle_id
  JOIN institution i ON i.id = s.institution_id
  JOIN food_type f ON f.id = c.food_type_id
  JOIN cycle_offer fo ON fo.cycle_id = cy.id AND fo.offer_id = c.first_offer_id
  JOIN offer_version fv ON fv.id = fo.offer_version_id
  JOIN offer fof ON fof.id = c.first_offer_id
  JOIN producer fp ON fp.id = fof.producer_id
  JOIN cycle_offer co ON co.cycle_id = cy.id AND co.offer_id = c.chosen_offer_id
  JOIN offer_version cv ON cv.id = co.offer_version_id
  JOIN offer cof ON cof.id = c.chosen_offer_id
  JOIN producer cp ON cp.id = cof.producer_id
 WHERE cy.municipality_id = :municipality AND cy.state <> 'cancelled'
   AND (CAST(:institution AS integer) IS NULL OR i.id = :institution)
   AND (CAST(:week AS date) IS NULL OR cy.week = :week)
 ORDER BY cy.week DESC, cy.sequence DESC, i.sort_key, f.sort_key, f.id
 LIMIT :limit
""")

_WEEKS = text("""
SELECT DISTINCT cy.week
  FROM offer_choice c JOIN order_submission s ON s.id = c.submission_id JOIN cycle cy ON cy.id = s.cycle_id
 WHERE cy.municipality_id = :municipality
 ORDER BY cy.week DESC
""")


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """One choice.

    `points`: hundredths that the first was ahead; `cents`: by how much the chosen one's price of one unit, as
    paid, is above the first's; `sum_cents`: the same for the quantity ordered (thousandths).
    """

    submission_id: int
    cycle_id: int
    cycle: str
    week: date
    institution: str
    order: str
    food_sl: str
    food_en: str
    unit: str
    first_offer_id: int
    first: str
    chosen_offer_id: int
    chosen: str
    quantity: int
    points: int
    cents: int
    sum_cents: int
    code: str
    words: str | None


def choices(
    municipality_id: int, *, institution_id: int | None = None, week: date | None = None, limit: int = 5_000
) -> list[ChoiceRow]:
    """The choices of a municipality's kitchens, newest week first."""
    keys = {"municipality": municipality_id, "institution": institution_id, "week": week, "limit": limit}
    return [_row(row) for row in db.session.execute(_CHOICES, keys)]


def _row(row: Any) -> ChoiceRow:
    scores = {score["offer"]: score for score in row.scores}
    first, chosen = scores[row.first_offer_id], scores[row.chosen_offer_id]
    cents = chosen["parts"]["price"]["value"] - first["parts"]["price"]["value"]
    quantity = row.quantity or 0
    # Half away from zero, as line values are rounded.
    total = (2 * abs(cents) * quantity + 1000) // 2000
    return ChoiceRow(
        row.submission_id,
        row.cycle_id,
        cycle_name(row.week, row.sequence),
        row.week,
        row.institution,
        row.number,
        row.name_sl,
        row.name_en,
        row.unit,
        row.first_offer_id,
        f"{row.first_producer}, {row.first_name}",
        row.chosen_offer_id,
        f"{row.chosen_producer}, {row.chosen_name}",
        quantity,
        first["points"] - chosen["points"],
        cents,
        total if cents >= 0 else -total,
        row.code,
        row.words,
    )


def weeks_with_choices(municipality_id: int) -> list[date]:
    """The delivery weeks (Mondays) in which something was chosen, newest first."""
    return list(db.session.scalars(_WEEKS, {"municipality": municipality_id}))
