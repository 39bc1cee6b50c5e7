"""Facts about prices and choices."""

from typing import Any

from sqlalchemy import text

from foodorder.audit.flags.scope import Scope, rows
from foodorder.audit.selection import ORGANIC_SCHEMES
from foodorder.rules.money import line_net
from foodorder.rules.red_flags.model import Party
from foodorder.rules.red_flags.prices import Dearer, Priced

# Where criteria compare offers, another than the first is a choice that is kept with its scores.
_CHOSEN = text("""
SELECT w.id AS order_id, s.number, cy.week, i.id AS institution_id, i.short_name AS institution,
       p.id AS producer_id, p.name AS producer, f.name_sl, f.name_en, fv.name AS cheaper, fp.name AS whose,
       c.first_offer_id, c.chosen_offer_id, c.code, c.words, c.scores, bought.quantity
  FROM cycle cy
  JOIN weekly_order w ON w.cycle_id = cy.id
  JOIN order_submission s ON s.id = w.current_submission_id
  JOIN offer_choice c ON c.submission_id = s.id
  JOIN institution i ON i.id = s.institution_id
  JOIN food_type f ON f.id = c.food_type_id
  JOIN offer o ON o.id = c.chosen_offer_id
  JOIN producer p ON p.id = o.producer_id
  JOIN cycle_offer fo ON fo.cycle_id = cy.id AND fo.offer_id = c.first_offer_id
  JOIN offer_version fv ON fv.id = fo.offer_version_id
  JOIN offer first ON first.id = c.first_offer_id
  JOIN producer fp ON fp.id = first.producer_id
  JOIN LATERAL (SELECT coalesce(sum(l.quantity), 0)::bigint AS quantity FROM order_line l
                 WHERE l.submission_id = s.id AND l.offer_id = c.chosen_offer_id) bought ON true
 WHERE cy.municipality_id = :municipality AND cy.recorded_at IS NOT NULL AND cy.week BETWEEN :first AND :last
 ORDER BY cy.week, i.id, c.food_type_id, c.chosen_offer_id
 LIMIT :most
""")

# Where nothing compares them, the cheapest other offer of the cycle that was organic if this one was, came on
# the same day and was not sold out.
_UNCOMPARED = text("""
WITH offered AS (
  SELECT co.cycle_id, co.offer_id, co.days, v.price_cents, v.name, p.name AS whose, x.food_type_id,
         EXISTS (SELECT FROM product_certificate pc JOIN certificate ce ON ce.id = pc.certificate_id
                  WHERE pc.product_id = x.id AND ce.scheme = ANY(:organic)
                    AND c.week BETWEEN ce.valid_from AND ce.valid_to) AS organic,
         o.available IS NULL OR o.taken < o.available AS left_over
    FROM cycle c
    JOIN cycle_offer co ON co.cycle_id = c.id
    JOIN offer_version v ON v.id = co.offer_version_id
    JOIN offer o ON o.id = co.offer_id
    JOIN product x ON x.id = o.product_id
    JOIN producer p ON p.id = o.producer_id
   WHERE c.municipality_id = :municipality AND c.recorded_at IS NOT NULL AND c.week BETWEEN :first AND :last
), bought AS (
  SELECT w.id AS order_id, s.number, c.week, l.cycle_id, l.institution_id, l.producer_id, l.offer_id,
         l.delivery_date, l.price_cents, sum(l.quantity)::bigint AS quantity
    FROM cycle c
    JOIN weekly_order w ON w.cycle_id = c.id
    JOIN order_submission s ON s.id = w.current_submission_id
    JOIN order_line l ON l.submission_id = s.id AND l.basis = 'unclassified'
   WHERE c.municipality_id = :municipality AND c.recorded_at IS NOT NULL AND c.week BETWEEN :first AND :last
   GROUP BY w.id, s.number, c.week, l.cycle_id, l.institution_id, l.producer_id, l.offer_id, l.delivery_date,
            l.price_cents
)
SELECT b.order_id, b.number, b.week, b.institution_id, i.short_name AS institution, b.producer_id,
       p.name AS producer, f.name_sl, f.name_en, cheap.name AS cheaper, cheap.whose, b.price_cents,
       b.quantity, cheap.price_cents AS cheaper_cents
  FROM bought b
  JOIN offered own ON own.cycle_id = b.cycle_id AND own.offer_id = b.offer_id
  JOIN LATERAL (SELECT o.price_cents, o.name, o.whose FROM offered o
                 WHERE o.cycle_id = b.cycle_id AND o.food_type_id = own.food_type_id
                   AND o.organic = own.organic AND o.left_over AND o.price_cents < b.price_cents
                   AND o.days >> (extract(isodow FROM b.delivery_date)::int - 1) & 1 = 1
                 ORDER BY o.price_cents, o.offer_id LIMIT 1) cheap ON true
  JOIN institution i ON i.id = b.institution_id
  JOIN producer p ON p.id = b.producer_id
  JOIN food_type f ON f.id = own.food_type_id
 ORDER BY b.week, b.institution_id, b.order_id, b.offer_id, b.delivery_date
 LIMIT :most
""")

_PRICED = text("""
SELECT x.food_type_id, t.name_sl, t.name_en, l.unit, g.organic, r.producer_id, p.name AS producer,
       l.price_cents, sum(l.quantity)::bigint AS quantity, sum(l.net_cents)::bigint AS cents,
       count(*)::int AS lines, (array_agg(l.id ORDER BY l.net_cents DESC, l.id))[1] AS line,
       max(l.delivery_date) AS day
  FROM cycle c
  JOIN procurement_record r ON r.cycle_id = c.id AND r.superseded_by_id IS NULL
  JOIN institution i ON i.id = r.institution_id
  JOIN record_line l ON l.record_id = r.id AND l.delivery_date BETWEEN :first AND :last
  JOIN product x ON x.id = l.product_id
  JOIN food_type t ON t.id = x.food_type_id
  JOIN producer p ON p.id = r.producer_id
  JOIN LATERAL (SELECT EXISTS (SELECT FROM product_certificate pc
                  JOIN certificate ce ON ce.id = pc.certificate_id
                 WHERE pc.product_id = x.id AND ce.scheme = ANY(:organic)
                   AND l.delivery_date BETWEEN ce.valid_from AND ce.valid_to) AS organic) g ON true
 WHERE c.municipality_id = :municipality AND c.week BETWEEN CAST(:first AS date) - 6 AND :last
 GROUP BY x.food_type_id, t.name_sl, t.name_en, l.unit, g.organic, r.producer_id, p.name, l.price_cents
 ORDER BY x.food_type_id, l.unit, g.organic, r.producer_id, l.price_cents
 LIMIT :most
""")


def dearer(scope: Scope) -> list[Dearer]:
    """What kitchens ordered in the month's cycles although it could be had cheaper."""
    uncompared = rows(_UNCOMPARED, scope, organic=ORGANIC_SCHEMES)
    found = [*map(_chosen, rows(_CHOSEN, scope)), *map(_unchosen, uncompared)]
    return [one for one in found if one.cents > 0]


def _chosen(row: Any) -> Dearer:
    cents = {score["offer"]: score["parts"]["price"]["value"] for score in row.scores}
    chosen, first = cents[row.chosen_offer_id], cents[row.first_offer_id]
    return _dearer(row, chosen, first, row.code, row.words or "")


def _unchosen(row: Any) -> Dearer:
    return _dearer(row, row.price_cents, row.cheaper_cents, "", "")


def _dearer(row: Any, cents: int, cheaper: int, code: str, words: str) -> Dearer:
    base = line_net(cheaper, row.quantity)
    return Dearer(
        Party(row.institution_id, row.institution), Party(row.producer_id, row.producer), row.order_id,
        row.number, row.week, row.name_sl, row.name_en, f"{row.whose}, {row.cheaper}",
        line_net(cents, row.quantity) - base, base, code, words,
    )  # fmt: skip


def priced(scope: Scope) -> list[Priced]:
    """The prices of the month, by food, unit, quality and producer."""
    return [
        Priced(
            row.food_type_id, row.name_sl, row.name_en, row.unit, row.organic,
            Party(row.producer_id, row.producer), row.price_cents, row.quantity, row.cents, row.lines,
            row.line, row.day,
        )
        for row in rows(_PRICED, scope, organic=ORGANIC_SCHEMES)
    ]  # fmt: skip
