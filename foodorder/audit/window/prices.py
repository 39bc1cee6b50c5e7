"""What public kitchens pay: the middle of the net prices of each food and unit, and the band around it.

The middle is the price of a line that was really bought (percentile_disc): half of the lines cost no more.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text

from foodorder.audit.window.scope import Scope
from foodorder.db import db

_PRICES = text("""
WITH price AS (
  SELECT food_type_id, unit, price_cents, sum(lines) AS lines, sum(quantity) AS quantity
    FROM price_cell
   WHERE municipality_id = ANY(CAST(:municipalities AS integer[])) AND month BETWEEN :first AND :last
   GROUP BY 1, 2, 3 HAVING sum(lines) > 0
), ranked AS (
  SELECT *, sum(lines) OVER (PARTITION BY food_type_id, unit ORDER BY price_cents) AS upto,
         sum(lines) OVER (PARTITION BY food_type_id, unit) AS whole
    FROM price
), told AS (
  SELECT food_type_id, unit, max(whole)::bigint AS lines, sum(quantity)::bigint AS quantity,
         min(price_cents) FILTER (WHERE upto * 4 >= whole) AS low_cents,
         min(price_cents) FILTER (WHERE upto * 2 >= whole) AS middle_cents,
         min(price_cents) FILTER (WHERE upto * 4 >= whole * 3) AS high_cents
    FROM ranked GROUP BY 1, 2
)
SELECT told.*, t.code, t.name_sl, t.name_en, g.code AS food_group, g.name_sl AS group_sl,
       g.name_en AS group_en
  FROM told JOIN food_type t ON t.id = told.food_type_id JOIN food_group g ON g.id = t.food_group_id
 ORDER BY g.position, t.sort_key, told.unit
""")


@dataclass(frozen=True, slots=True)
class Price:
    """Net cents of one unit of a food: the lower quarter, the middle, the upper quarter; how many lines."""

    code: str
    name_sl: str
    name_en: str
    group_sl: str
    group_en: str
    unit: str
    lines: int
    quantity: int
    low_cents: int
    middle_cents: int
    high_cents: int


def prices_of(scope: Scope, year: int) -> list[Price]:
    """The prices of a year, by food group and food."""
    of = {"municipalities": scope.municipality_ids, "first": date(year, 1, 1), "last": date(year, 12, 31)}
    return [_price(row) for row in db.session.execute(_PRICES, of)]


def _price(row: Any) -> Price:
    return Price(**{name: getattr(row, name) for name in Price.__slots__})
