"""The figures of the window as rows of open data, every name of a seller as the public may know it."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import text

from foodorder.audit.window.prices import Price
from foodorder.audit.window.scope import Scope
from foodorder.audit.window.year import Standing, Year
from foodorder.db import db
from foodorder.exchange.open_data.spend import SpendRow

_CELLS = text("""
SELECT c.month, c.institution_id, c.basis, t.code AS food_type, t.name_sl, t.name_en, t.cpv,
       g.code AS food_group, s.name AS seller_name, s.kind AS seller_kind, s.tax_type, s.village,
       sum(c.lines)::bigint AS lines, sum(c.net_cents)::bigint AS net_cents, sum(c.grams)::bigint AS grams,
       sum(c.organic_grams)::bigint AS organic_grams, sum(c.quality_grams)::bigint AS quality_grams,
       sum(c.local_grams)::bigint AS local_grams
  FROM spend_cell c
  JOIN food_type t ON t.id = c.food_type_id
  JOIN food_group g ON g.id = t.food_group_id
  JOIN producer s ON s.id = c.producer_id
 WHERE c.institution_id = ANY(CAST(:institutions AS integer[])) AND c.month BETWEEN :first AND :last
 GROUP BY c.month, c.institution_id, c.basis, t.id, g.id, s.id
HAVING sum(c.lines) > 0
 ORDER BY c.month, c.institution_id, g.position, t.sort_key, s.village, s.id
""")

MEASURES = ("lines", "net_cents", "grams", "organic_grams", "quality_grams", "local_grams")

SHARES = (
    "year", "municipality_code", "institution_code", "institution", "institution_kind", "weight_kg",
    "organic_kg", "quality_kg", "local_kg", "organic_share", "organic_target_share", "organic_verdict",
    "quality_share", "quality_target_share", "quality_verdict", "local_share", "base",
)  # fmt: skip
PRICES = (
    "year", "municipality_code", "food_type", "food_name_sl", "food_name_en", "unit", "lines", "low_eur",
    "middle_eur", "high_eur",
)  # fmt: skip


def spend_rows(scope: Scope, year: int) -> list[SpendRow]:
    """The year's spend; suppliers that the public cannot tell apart are one."""
    found: dict[tuple[Any, ...], list[int]] = {}
    of = {"institutions": scope.ids, "first": date(year, 1, 1), "last": date(year, 12, 31)}
    for row in db.session.execute(_CELLS, of):
        seller = scope.seller(row)
        key = (
            row.month, row.institution_id, seller.name or "", seller.village, row.seller_kind, row.food_group,
            row.food_type, row.name_sl, row.name_en, row.cpv, row.basis,
        )  # fmt: skip
        sums = found.setdefault(key, [0] * len(MEASURES))
        for place, name in enumerate(MEASURES):
            sums[place] += getattr(row, name)
    kitchens = {one.id: one for one in scope.kitchens}
    towns = {one.id: one for one in scope.municipalities}
    rows = []
    for (month, institution_id, *words), sums in found.items():
        kitchen = kitchens[institution_id]
        town = towns[kitchen.municipality_id]
        rows.append(
            SpendRow(month.year, month, town.code, town.name, kitchen.code, kitchen.name, *words, *sums)
        )
    return rows


def share_rows(scope: Scope, year: Year) -> Iterator[tuple[Any, ...]]:
    """The year's shares of each kitchen, and how they stand to the targets: the columns SHARES."""
    codes = {one.id: one.code for one in scope.municipalities}
    for one in year.standings:
        yield (
            year.year, codes[one.kitchen.municipality_id], one.kitchen.code, one.kitchen.name,
            one.kitchen.kind, *_weights(one), one.organic.bp, year.organic_bp,
            one.organic.verdict(year.organic_bp).value, one.quality.bp, year.quality_bp,
            one.quality.verdict(year.quality_bp).value, one.local.bp, one.organic.base.value,
        )  # fmt: skip


def _weights(one: Standing) -> tuple[int, int, int, int]:
    return one.sums.grams, one.sums.organic_grams, one.sums.quality_grams, one.sums.local_grams


def price_rows(scope: Scope, year: int, prices: list[Price]) -> Iterator[tuple[Any, ...]]:
    """The year's prices of a municipality: the columns PRICES."""
    code = scope.municipalities[0].code
    for one in prices:
        yield (
            year, code, one.code, one.name_sl, one.name_en, one.unit, one.lines, one.low_cents,
            one.middle_cents, one.high_cents,
        )  # fmt: skip
