"""A year of public kitchens: sums, foods, suppliers, and who reaches the targets of the law.

All of it is added up from the summaries of spend. The shares of an institution are those of the auditor's
report (audit/green.py): with what it entered of purchases elsewhere, where it entered every month.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text

from foodorder.audit.green import ORGANIC_TARGET, QUALITY_TARGET
from foodorder.audit.window.scope import Kitchen, Scope
from foodorder.catalogue.law import value_on
from foodorder.db import db
from foodorder.rules.certificates import SCHEMES, CountsAs
from foodorder.rules.green import Base, Bought, Distance, Origin, Share, base_of, law_day, shares
from foodorder.rules.publicity import Shown

_MEASURES = """
       coalesce(sum(lines), 0)::bigint AS lines, coalesce(sum(net_cents), 0)::bigint AS net_cents,
       coalesce(sum(grams), 0)::bigint AS grams, coalesce(sum(organic_grams), 0)::bigint AS organic_grams,
       coalesce(sum(quality_grams), 0)::bigint AS quality_grams,
       coalesce(sum(local_grams), 0)::bigint AS local_grams,
       coalesce(sum(placed_grams), 0)::bigint AS placed_grams,
       coalesce(sum(gram_metres), 0)::bigint AS gram_metres
"""
_CHOSEN = """
 WHERE institution_id = ANY(CAST(:institutions AS integer[])) AND month BETWEEN :first AND :last
"""

_MONTHS = text(
    f"SELECT institution_id, month, {_MEASURES} FROM spend_month {_CHOSEN} GROUP BY 1, 2 ORDER BY 2, 1"  # noqa: S608 - only constants are put together
)

_FOODS = text(
    f"""
WITH cell AS (
  SELECT food_type_id, {_MEASURES} FROM spend_cell {_CHOSEN} GROUP BY food_type_id
)
SELECT cell.*, t.code, t.name_sl, t.name_en, t.cpv, g.code AS food_group
  FROM cell JOIN food_type t ON t.id = cell.food_type_id JOIN food_group g ON g.id = t.food_group_id
 ORDER BY cell.net_cents DESC, t.sort_key
"""  # noqa: S608 - only constants are put together
)

_SELLERS = text(
    f"""
WITH cell AS (
  SELECT producer_id, {_MEASURES} FROM spend_pair {_CHOSEN} GROUP BY producer_id
)
SELECT cell.*, s.name AS seller_name, s.kind AS seller_kind, s.tax_type, s.village, s.town, s.latitude,
       s.longitude
  FROM cell JOIN producer s ON s.id = cell.producer_id
"""  # noqa: S608 - only constants are put together
)

_ELSEWHERE = text("""
SELECT institution_id, month, food_type_id, net_cents, grams, scheme FROM purchase_elsewhere
 WHERE institution_id = ANY(CAST(:institutions AS integer[])) AND month BETWEEN :first AND :last
   AND voided_at IS NULL
""")


@dataclass(slots=True)
class Sums:
    """Recorded purchases added up: net cents, grams, and grams times metres of air."""

    lines: int = 0
    net_cents: int = 0
    grams: int = 0
    organic_grams: int = 0
    quality_grams: int = 0
    local_grams: int = 0
    placed_grams: int = 0
    gram_metres: int = 0

    def add(self, row: Any) -> None:
        """Count a row of a summary in."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(row, name))

    @property
    def metres(self) -> int | None:
        """How far a gram came on average, by air."""
        return self.gram_metres // self.placed_grams if self.placed_grams else None


@dataclass(slots=True)
class Supplier:
    """Who supplies, as the public may know it; those that cannot be told apart are one, `count` of them."""

    seller: Shown
    town: str
    kind: str
    #: Of the village, degrees.
    place: tuple[float, float]
    sums: Sums
    count: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How one kitchen stands to the targets of the law."""

    kitchen: Kitchen
    sums: Sums
    organic: Share
    quality: Share
    local: Share


@dataclass(frozen=True, slots=True)
class Year:
    """A year: sums together, by month and by kitchen; the targets in basis points."""

    year: int
    total: Sums
    months: Mapping[date, Sums]
    standings: tuple[Standing, ...]
    organic_bp: int
    quality_bp: int


def year_of(scope: Scope, year: int, today: date) -> Year:
    """The year of a scope. Raises ParameterUnknown."""
    total, months, kitchens = Sums(), dict[date, Sums](), dict[int, Sums]()
    for row in db.session.execute(_MONTHS, _of(scope, year)):
        for sums in (
            total, months.setdefault(row.month, Sums()), kitchens.setdefault(row.institution_id, Sums()),
        ):  # fmt: skip
            sums.add(row)
    elsewhere, entered = _elsewhere(scope, year)
    standings = tuple(
        _standing(
            kitchen, kitchens.get(kitchen.id, Sums()), elsewhere.get(kitchen.id, []),
            base_of(year, entered.get(kitchen.id, set()), today),
        )
        for kitchen in scope.kitchens
        if kitchen.active or kitchen.id in kitchens
    )  # fmt: skip
    day = law_day(year, today)
    targets = value_on(ORGANIC_TARGET, day), value_on(QUALITY_TARGET, day)
    return Year(year, total, months, standings, *targets)


def foods_of(scope: Scope, year: int) -> list[Any]:
    """What was bought in a year, by food type, dearest first: rows with the measures and the names."""
    return list(db.session.execute(_FOODS, _of(scope, year)))


def suppliers_of(scope: Scope, year: int) -> list[Supplier]:
    """Who supplied in a year, dearest first."""
    found: dict[tuple[Shown, str, str], Supplier] = {}
    for row in db.session.execute(_SELLERS, _of(scope, year)):
        key = scope.seller(row), row.town, row.seller_kind
        one = found.setdefault(key, Supplier(*key, (row.latitude, row.longitude), Sums()))
        one.sums.add(row)
        one.count += 1
    return sorted(found.values(), key=lambda one: (-one.sums.net_cents, one.seller.name or "", one.town))


def _of(scope: Scope, year: int) -> dict[str, Any]:
    return {"institutions": scope.ids, "first": date(year, 1, 1), "last": date(year, 12, 31)}


def _elsewhere(scope: Scope, year: int) -> tuple[dict[int, list[Bought]], dict[int, set[date]]]:
    """Purchases elsewhere by kitchen, and the months that are entered."""
    bought: dict[int, list[Bought]] = {}
    months: dict[int, set[date]] = {}
    for row in db.session.execute(_ELSEWHERE, _of(scope, year)):
        months.setdefault(row.institution_id, set()).add(row.month)
        if row.food_type_id is not None:
            share = SCHEMES[row.scheme].counts_as if row.scheme else None
            one = Bought(1, row.net_cents, row.grams, share, Origin.UNKNOWN, Distance.UNKNOWN)
            bought.setdefault(row.institution_id, []).append(one)
    return bought, months


def _standing(kitchen: Kitchen, sums: Sums, elsewhere: Iterable[Bought], base: Base) -> Standing:
    recorded = _bought(sums)
    told = shares([*recorded, *elsewhere] if base is Base.ALL_FOOD else recorded, base)
    local = Share(sums.local_grams, sums.grams, Base.THROUGH_SYSTEM)
    return Standing(kitchen, sums, told.organic, told.quality, local)


def _bought(sums: Sums) -> list[Bought]:
    """The recorded kilograms by what they count for; distances are told apart from these."""
    other = sums.grams - sums.organic_grams - sums.quality_grams
    parts = ((sums.organic_grams, CountsAs.ORGANIC), (sums.quality_grams, CountsAs.QUALITY), (other, None))
    return [Bought(0, 0, grams, kind, Origin.UNKNOWN, Distance.UNKNOWN) for grams, kind in parts]
