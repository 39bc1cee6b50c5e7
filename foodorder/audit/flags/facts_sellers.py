"""Facts about producers: their shares, their ties, what they sell."""

from sqlalchemy import text

from foodorder.audit.flags.scope import Scope, rows
from foodorder.catalogue import law
from foodorder.rules.integrity import Declared, Relation, bars_orders
from foodorder.rules.red_flags.farms import Sold, WeekSold
from foodorder.rules.red_flags.model import Party
from foodorder.rules.red_flags.ties import Bought, Tied

_BOUGHT = text("""
SELECT s.institution_id, i.short_name AS institution, s.producer_id, p.name AS producer, g.id AS group_id,
       g.name_sl, g.name_en, sum(s.net_cents)::bigint AS cents, min(s.month) AS first,
       (max(s.month) + interval '1 month - 1 day')::date AS last
  FROM institution i
  JOIN spend_cell s ON s.institution_id = i.id AND s.month BETWEEN :since AND :last
  JOIN food_type t ON t.id = s.food_type_id
  JOIN food_group g ON g.id = t.food_group_id
  JOIN producer p ON p.id = s.producer_id
 WHERE i.municipality_id = :municipality
 GROUP BY s.institution_id, i.short_name, s.producer_id, p.name, g.id, g.name_sl, g.name_en
HAVING sum(s.net_cents) > 0
 ORDER BY s.institution_id, g.id, s.producer_id
 LIMIT :most
""")

_TIED = text("""
SELECT d.id, d.name, d.office, d.producer_id, d.institution_id AS serves, d.person_id, d.relation, d.share_bp,
       d.valid_from, d.valid_to, p.name AS producer, r.institution_id, i.short_name AS institution,
       r.id AS record, r.number, min(l.delivery_date) AS day, sum(l.net_cents)::bigint AS cents
  FROM interest_declaration d
  JOIN producer p ON p.id = d.producer_id
  JOIN cycle c ON c.municipality_id = d.municipality_id AND c.week BETWEEN CAST(:first AS date) - 6 AND :last
  JOIN procurement_record r ON r.producer_id = d.producer_id AND r.cycle_id = c.id
   AND r.superseded_by_id IS NULL
  JOIN institution i ON i.id = r.institution_id
  JOIN record_line l ON l.record_id = r.id AND l.delivery_date BETWEEN :first AND :last
   AND l.delivery_date >= d.valid_from AND (d.valid_to IS NULL OR l.delivery_date <= d.valid_to)
 WHERE d.municipality_id = :municipality
 GROUP BY d.id, p.name, r.institution_id, i.short_name, r.id, r.number
 ORDER BY d.id, r.institution_id, r.id
 LIMIT :most
""")

_SOLD = text("""
SELECT r.producer_id, p.name AS producer, p.kind, t.id AS food_type, t.name_sl, t.name_en, t.food_group_id,
       t.months, f.country, (array_agg(l.id ORDER BY l.net_cents DESC, l.id))[1] AS line,
       max(l.delivery_date) AS day, sum(l.net_cents)::bigint AS cents
  FROM cycle c
  JOIN procurement_record r ON r.cycle_id = c.id AND r.superseded_by_id IS NULL
  JOIN producer p ON p.id = r.producer_id
  JOIN record_line l ON l.record_id = r.id AND l.delivery_date BETWEEN :first AND :last
  JOIN offer_version v ON v.id = l.offer_version_id
  JOIN farm f ON f.id = v.farm_id
  JOIN product x ON x.id = l.product_id
  JOIN food_type t ON t.id = x.food_type_id
 WHERE c.municipality_id = :municipality AND c.week BETWEEN CAST(:first AS date) - 6 AND :last
 GROUP BY r.producer_id, p.name, p.kind, t.id, f.country
 ORDER BY r.producer_id, t.id, f.country
 LIMIT :most
""")

# What was published is told to every municipality; what was sold is counted in this one only. What was before
# each week is found by going through a food once, not once a week.
_WEEKS = text("""
WITH sold AS (
  SELECT r.producer_id, x.food_type_id, l.unit, c.week, sum(l.quantity)::bigint AS quantity,
         sum(l.net_cents)::bigint AS cents, (array_agg(l.id ORDER BY l.net_cents DESC, l.id))[1] AS line
    FROM cycle c
    JOIN procurement_record r ON r.cycle_id = c.id AND r.superseded_by_id IS NULL
    JOIN record_line l ON l.record_id = r.id
    JOIN product x ON x.id = l.product_id
   WHERE c.municipality_id = :municipality AND c.week BETWEEN :since AND :last
   GROUP BY r.producer_id, x.food_type_id, l.unit, c.week
), weekly AS (
  SELECT sold.*, max(quantity) OVER past AS most, (count(*) OVER past)::int AS weeks
    FROM sold WINDOW past AS (PARTITION BY producer_id, food_type_id, unit ORDER BY week
                              ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), month AS (
  SELECT * FROM weekly WHERE week BETWEEN :first AND :last
), offered AS (
  SELECT o.producer_id, x.food_type_id, o.week, sum(o.available)::bigint AS available
    FROM offer o JOIN product x ON x.id = o.product_id
   WHERE o.available IS NOT NULL AND o.week BETWEEN :since AND :last
     AND o.producer_id IN (SELECT producer_id FROM month)
   GROUP BY o.producer_id, x.food_type_id, o.week
), before AS (
  SELECT m.producer_id, m.food_type_id, m.week, max(o.available) AS available
    FROM (SELECT DISTINCT producer_id, food_type_id, week FROM month) m
    JOIN offered o ON o.producer_id = m.producer_id AND o.food_type_id = m.food_type_id AND o.week < m.week
   GROUP BY m.producer_id, m.food_type_id, m.week
)
SELECT s.producer_id, p.name AS producer, s.food_type_id, t.name_sl, t.name_en, s.unit, s.week, s.quantity,
       s.cents, s.line, s.weeks, greatest(s.most, b.available) AS before
  FROM month s
  LEFT JOIN before b USING (producer_id, food_type_id, week)
  JOIN producer p ON p.id = s.producer_id
  JOIN food_type t ON t.id = s.food_type_id
 ORDER BY s.producer_id, s.food_type_id, s.week
 LIMIT :most
""")


def bought(scope: Scope) -> list[Bought]:
    """What institutions bought of each group from each producer in twelve months, from the summaries."""
    return [
        Bought(
            Party(row.institution_id, row.institution), Party(row.producer_id, row.producer), row.group_id,
            row.name_sl, row.name_en, row.cents, row.first, row.last,
        )
        for row in rows(_BOUGHT, scope)
    ]  # fmt: skip


def tied(scope: Scope) -> list[Tied]:
    """The month's records with producers in which somebody declared an interest. Raises ParameterUnknown."""
    found = []
    for row in rows(_TIED, scope):
        declared = Declared(
            row.producer_id, row.serves, row.person_id, Relation(row.relation), row.share_bp, row.valid_from,
            row.valid_to,
        )  # fmt: skip
        limit = law.value_on("integrity.functionary_share", row.day)
        found.append(
            Tied(
                row.id, row.name, row.office, Party(row.institution_id, row.institution),
                Party(row.producer_id, row.producer),
                bars_orders(declared, row.institution_id, row.day, limit), row.record, row.number, row.day,
                row.cents,
            )
        )  # fmt: skip
    return found


def sold(scope: Scope) -> list[Sold]:
    """What producers sold in the month, by food and by where its farm of origin lies."""
    return [
        Sold(
            Party(row.producer_id, row.producer), row.kind == "farm", row.food_type, row.name_sl, row.name_en,
            row.food_group_id, tuple(row.months), row.country, row.line, row.day, row.cents,
        )
        for row in rows(_SOLD, scope)
    ]  # fmt: skip


def weeks_sold(scope: Scope) -> list[WeekSold]:
    """What producers sold of each food in the weeks of the month, and the most before."""
    return [
        WeekSold(
            Party(row.producer_id, row.producer), row.food_type_id, row.name_sl, row.name_en, row.unit,
            row.week, row.quantity, row.cents, row.weeks, row.before, row.line,
        )
        for row in rows(_WEEKS, scope)
    ]  # fmt: skip
