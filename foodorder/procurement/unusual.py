"""What is unusual about an order, beside what the same kitchen bought before (rules/approval.py)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text

from foodorder.db import db
from foodorder.rules.approval import is_large, off_season, price_rise_bp, usual

#: Latest recorded weeks among which the usual one is sought.
WEEKS = 8

_LINES = text("""
SELECT l.product_id, l.producer_id, p.name AS producer, l.name, l.unit, max(l.price_cents) AS price_cents,
       sum(l.grams)::bigint AS grams, array_agg(DISTINCT l.delivery_date) AS days, f.id AS food_type_id,
       f.name_sl, f.name_en, f.months
  FROM order_line l
  JOIN producer p ON p.id = l.producer_id
  JOIN product pr ON pr.id = l.product_id
  JOIN food_type f ON f.id = pr.food_type_id
 WHERE l.submission_id = :submission
 GROUP BY l.product_id, l.producer_id, p.name, p.sort_key, l.name, l.unit, f.id
 ORDER BY p.sort_key, l.name, l.product_id
""")

_KNOWN_FARMS = text("""
SELECT DISTINCT producer_id FROM procurement_record
 WHERE institution_id = :institution AND producer_id = ANY(CAST(:producers AS integer[]))
""")

_LAST_PRICES = text("""
SELECT DISTINCT ON (l.product_id) l.product_id, l.price_cents, l.delivery_date
  FROM record_line l JOIN procurement_record r ON r.id = l.record_id AND r.superseded_by_id IS NULL
 WHERE r.institution_id = :institution AND l.product_id = ANY(CAST(:products AS integer[]))
 ORDER BY l.product_id, l.delivery_date DESC, l.id DESC
""")

_WEEKS = text("""
WITH latest AS (
    SELECT DISTINCT c.week FROM procurement_record r JOIN cycle c ON c.id = r.cycle_id
     WHERE r.institution_id = :institution ORDER BY c.week DESC LIMIT :weeks
)
SELECT p.food_type_id, c.week, sum(l.grams)::bigint AS grams
  FROM procurement_record r
  JOIN cycle c ON c.id = r.cycle_id
  JOIN latest ON latest.week = c.week
  JOIN record_line l ON l.record_id = r.id
  JOIN product p ON p.id = l.product_id AND p.food_type_id = ANY(CAST(:foods AS integer[]))
 WHERE r.institution_id = :institution AND r.superseded_by_id IS NULL
 GROUP BY 1, 2
""")


@dataclass(frozen=True, slots=True)
class Dearer:
    """A product whose price rose: net cents of a unit then and now, and the rise in basis points."""

    name: str
    producer: str
    unit: str
    last_cents: int
    now_cents: int
    rise_bp: int
    last_day: date


@dataclass(frozen=True, slots=True)
class Large:
    """A food of which much more is ordered than in the usual week, grams."""

    name_sl: str
    name_en: str
    grams: int
    usual: int


@dataclass(frozen=True, slots=True)
class Unusual:
    """Everything that an approver should look at; all empty: nothing is unusual."""

    farms: tuple[str, ...]
    dearer: tuple[Dearer, ...]
    large: tuple[Large, ...]
    off_season: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.farms or self.dearer or self.large or self.off_season)


def unusual(institution_id: int, submission_id: int) -> Unusual:
    """What is unusual about a submission: new farms, dearer products, large quantities, food off season."""
    lines = db.session.execute(_LINES, {"submission": submission_id}).all()
    return Unusual(
        farms=_new_farms(institution_id, lines),
        dearer=_dearer(institution_id, lines),
        large=_large(institution_id, lines),
        off_season=tuple(line.name for line in lines if off_season(line.months, line.days)),
    )


def _new_farms(institution_id: int, lines: Sequence[Any]) -> tuple[str, ...]:
    farms = {line.producer_id: line.producer for line in lines}
    known = db.session.scalars(_KNOWN_FARMS, {"institution": institution_id, "producers": list(farms)}).all()
    return tuple(name for producer, name in farms.items() if producer not in known)


def _dearer(institution_id: int, lines: Sequence[Any]) -> tuple[Dearer, ...]:
    products = {"institution": institution_id, "products": [line.product_id for line in lines]}
    last = {row.product_id: row for row in db.session.execute(_LAST_PRICES, products)}
    found = []
    for line in lines:
        before = last.get(line.product_id)
        rise = price_rise_bp(before.price_cents, line.price_cents) if before else None
        if before and rise is not None:
            found.append(
                Dearer(
                    line.name, line.producer, line.unit, before.price_cents, line.price_cents, rise,
                    before.delivery_date,
                )
            )  # fmt: skip
    return tuple(found)


def _large(institution_id: int, lines: Sequence[Any]) -> tuple[Large, ...]:
    asked: dict[int, list[Any]] = {}
    for line in lines:
        asked.setdefault(line.food_type_id, []).append(line)
    weeks: dict[int, list[int]] = {}
    for row in db.session.execute(
        _WEEKS, {"institution": institution_id, "weeks": WEEKS, "foods": list(asked)}
    ):
        weeks.setdefault(row.food_type_id, []).append(row.grams)
    found = []
    for food, group in asked.items():
        grams, mean = sum(line.grams for line in group), usual(weeks.get(food, []))
        if mean is not None and is_large(grams, mean):
            found.append(Large(group[0].name_sl, group[0].name_en, grams, mean))
    return tuple(found)
