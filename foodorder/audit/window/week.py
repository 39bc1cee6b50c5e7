"""The food of one delivery week: what comes when, and from which village. Read from the records in force."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text

from foodorder.audit.selection import ORGANIC_SCHEMES
from foodorder.audit.window.scope import Kitchen, Scope
from foodorder.db import db
from foodorder.rules.geography import air_metres
from foodorder.rules.publicity import Shown

#: Weeks that one can go back to.
WEEKS = 60
SATURDAY = 5

_WEEKS = text("""
SELECT DISTINCT week FROM cycle
 WHERE municipality_id = :municipality AND state IN ('recorded', 'settled')
 ORDER BY week DESC LIMIT :limit
""")

_FOOD = text("""
WITH organic AS (
  SELECT pc.product_id, range_agg(daterange(c.valid_from, c.valid_to, '[]')) AS days
    FROM product_certificate pc JOIN certificate c ON c.id = pc.certificate_id
   WHERE c.scheme = ANY(CAST(:organic AS text[])) GROUP BY pc.product_id
)
SELECT l.delivery_date AS day, t.id AS food_type_id, t.name_sl, t.name_en, g.code AS food_group,
       g.position, t.sort_key, f.id AS farm_id, f.village, f.town, f.country, f.latitude, f.longitude,
       s.id AS seller_id, s.name AS seller_name, s.kind AS seller_kind, s.tax_type,
       coalesce(l.delivery_date <@ o.days, false) AS organic,
       sum(l.grams)::bigint AS grams, sum(l.net_cents)::bigint AS net_cents
  FROM cycle c
  JOIN procurement_record r ON r.cycle_id = c.id AND r.superseded_by_id IS NULL
  JOIN record_line l ON l.record_id = r.id
  JOIN product p ON p.id = l.product_id
  JOIN food_type t ON t.id = p.food_type_id
  JOIN food_group g ON g.id = t.food_group_id
  JOIN offer_version v ON v.id = l.offer_version_id
  JOIN farm f ON f.id = v.farm_id
  JOIN producer s ON s.id = r.producer_id
  LEFT JOIN organic o ON o.product_id = l.product_id
 WHERE c.municipality_id = :municipality AND c.week = :week
   AND (CAST(:institution AS integer) IS NULL OR r.institution_id = :institution)
 GROUP BY l.delivery_date, t.id, g.id, f.id, s.id, organic
 ORDER BY l.delivery_date, g.position, t.sort_key, f.village, f.id
""")


@dataclass(frozen=True, slots=True)
class Weeks:
    """A delivery week (its Monday) with those before and after it that are recorded."""

    week: date
    before: date | None
    after: date | None


@dataclass(frozen=True, slots=True)
class Food:
    """One food from one farm on one day; `metres` by air from the farm to the kitchen, if known."""

    day: date
    name_sl: str
    name_en: str
    group: str
    seller: Shown
    country: str
    organic: bool
    grams: int
    net_cents: int
    metres: int | None


@dataclass(slots=True)
class FoodOfAll:
    """One food of the week over all kitchens, with the villages it comes from, heaviest first."""

    name_sl: str
    name_en: str
    group: str
    grams: int
    organic_grams: int
    villages: list[str]


@dataclass(slots=True)
class Village:
    """A village that food of the week comes from: place in degrees, sellers as they may be shown, foods."""

    name: str
    town: str
    country: str
    place: tuple[float, float]
    grams: int
    sellers: list[Shown]
    foods_sl: list[str]
    foods_en: list[str]
    metres: int | None


def weeks(municipality_id: int, today: date, asked: date | None = None) -> Weeks | None:
    """The recorded week that is asked for, else this one (from Saturday the next); None without any."""
    of = {"municipality": municipality_id, "limit": WEEKS}
    known: list[date] = list(db.session.scalars(_WEEKS, of))
    monday = today - timedelta(days=today.weekday())
    if today.weekday() >= SATURDAY:
        monday += timedelta(days=7)
    begun = [one for one in known if one <= monday] or known[-1:]
    if not begun:
        return None
    chosen = asked if asked is not None and asked in known else begun[0]
    place = known.index(chosen)
    after = known[place - 1] if place else None
    return Weeks(chosen, known[place + 1] if place + 1 < len(known) else None, after)


def food_of(scope: Scope, kitchen: Kitchen, week: date) -> list[Food]:
    """What one kitchen gets in a week, by day."""
    return [
        Food(
            row.day, row.name_sl, row.name_en, row.food_group, scope.seller(row), row.country, row.organic,
            row.grams, row.net_cents, _metres(row, kitchen.place),
        )
        for row in _rows(scope, week, kitchen.id)
    ]  # fmt: skip


def food_of_all(scope: Scope, week: date) -> tuple[list[FoodOfAll], list[Village]]:
    """A municipality's week: foods and villages, heaviest first."""
    rows = _rows(scope, week, None)
    return _foods(rows), _villages(scope, rows)


def _rows(scope: Scope, week: date, institution_id: int | None) -> list[Any]:
    [municipality] = scope.municipality_ids
    of = {
        "municipality": municipality,
        "week": week,
        "institution": institution_id,
        "organic": ORGANIC_SCHEMES,
    }
    return list(db.session.execute(_FOOD, of))


def _metres(row: Any, place: tuple[float, float] | None) -> int | None:
    return air_metres(row.latitude, row.longitude, *place) if place else None


def _foods(rows: Iterable[Any]) -> list[FoodOfAll]:
    found: dict[int, FoodOfAll] = {}
    villages: dict[int, dict[str, int]] = {}
    for row in rows:
        food = found.setdefault(
            row.food_type_id, FoodOfAll(row.name_sl, row.name_en, row.food_group, 0, 0, [])
        )
        food.grams += row.grams
        food.organic_grams += row.grams if row.organic else 0
        from_there = villages.setdefault(row.food_type_id, {})
        from_there[row.village] = from_there.get(row.village, 0) + row.grams
    for food_type_id, food in found.items():
        of = villages[food_type_id]
        food.villages = sorted(of, key=lambda name: (-of[name], name))
    return sorted(found.values(), key=lambda food: (-food.grams, food.name_sl))


def _villages(scope: Scope, rows: Iterable[Any]) -> list[Village]:
    found: dict[tuple[str, str, str], Village] = {}
    for row in rows:
        village = found.setdefault(
            (row.village, row.town, row.country),
            Village(
                row.village, row.town, row.country, (row.latitude, row.longitude), 0, [], [], [],
                _metres(row, scope.middle),
            ),
        )  # fmt: skip
        village.grams += row.grams
        seller = scope.seller(row)
        if seller not in village.sellers:
            village.sellers.append(seller)
        if row.name_sl not in village.foods_sl:
            village.foods_sl.append(row.name_sl)
            village.foods_en.append(row.name_en)
    return sorted(found.values(), key=lambda village: (-village.grams, village.name))
