"""How many producers offered each food, week by week: where there was no choice, and what it cost.

From the summary of recorded cycles: what of a food type was offered in a municipality in a delivery week.
Offers are made to all kitchens alike, so a selection is narrowed here by days and food alone. Net cents.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from foodorder.audit.selection import Selection
from foodorder.db import db

#: So many producers and more count alike: there is a choice.
ENOUGH = 3

_FOUND = text("""
SELECT date_trunc('month', o.week::timestamp)::date AS month, o.food_type_id, t.name_sl, t.name_en,
       least(o.producers, :enough)::integer AS producers, count(*)::integer AS weeks,
       count(*) FILTER (WHERE o.net_cents > 0)::integer AS bought, sum(o.offers)::integer AS offers,
       sum(o.net_cents)::bigint AS net_cents
  FROM offer_cell o JOIN food_type t ON t.id = o.food_type_id
 WHERE o.municipality_id = :municipality AND o.week BETWEEN :first AND :last
   AND (CAST(:food_group AS integer) IS NULL OR t.food_group_id = :food_group)
   AND (CAST(:food_type AS integer) IS NULL OR t.id = :food_type)
   AND (CAST(:cpv AS text) IS NULL OR starts_with(t.cpv, :cpv))
 GROUP BY 1, 2, 3, 4, 5, t.sort_key
 ORDER BY 1, t.sort_key, 2, 5
""")


_WHOLE = text("""
SELECT coalesce(sum(o.net_cents), 0)::bigint AS net_cents,
       coalesce(sum(o.net_cents) FILTER (WHERE o.producers = 1), 0)::bigint AS single_cents,
       count(*)::integer AS weeks, count(*) FILTER (WHERE o.producers = 1)::integer AS single_weeks,
       coalesce(sum(o.offers), 0)::integer AS offers
  FROM offer_cell o JOIN food_type t ON t.id = o.food_type_id
 WHERE o.municipality_id = :municipality AND o.week BETWEEN :first AND :last
   AND (CAST(:food_group AS integer) IS NULL OR t.food_group_id = :food_group)
   AND (CAST(:food_type AS integer) IS NULL OR t.id = :food_type)
   AND (CAST(:cpv AS text) IS NULL OR starts_with(t.cpv, :cpv))
""")


@dataclass(frozen=True, slots=True)
class Offered:
    """What a food was in a month with so many producers (ENOUGH: or more).

    `weeks`: weeks of it with this many producers, `bought` of them with purchases.
    """

    month: date
    food_type_id: int
    name_sl: str
    name_en: str
    producers: int
    weeks: int
    bought: int
    offers: int
    net_cents: int


@dataclass(frozen=True, slots=True)
class Choice:
    """Weeks of foods added up, and of them those with a single producer; what was bought in them."""

    weeks: int = 0
    single_weeks: int = 0
    net_cents: int = 0
    single_cents: int = 0
    offers: int = 0


def offered(selection: Selection) -> list[Offered]:
    """What was offered in the weeks that begin in the days of a selection, by month and food."""
    found = db.session.execute(_FOUND, {**keys_of(selection), "enough": ENOUGH})
    return [Offered(*row) for row in found]


def whole(selection: Selection) -> Choice:
    """All of a selection together, in one sum."""
    return Choice(**db.session.execute(_WHOLE, keys_of(selection)).one()._asdict())


def keys_of(selection: Selection) -> dict[str, object]:
    """What of a selection narrows offers, as parameters of a statement."""
    return {
        "municipality": selection.municipality_id, "first": selection.first, "last": selection.last,
        "food_group": selection.food_group_id, "food_type": selection.food_type_id, "cpv": selection.cpv,
    }  # fmt: skip


def choice(found: Iterable[Offered]) -> Choice:
    """All of it together."""
    rows = list(found)
    single = [row for row in rows if row.producers == 1]
    return Choice(
        sum(row.weeks for row in rows),
        sum(row.weeks for row in single),
        sum(row.net_cents for row in rows),
        sum(row.net_cents for row in single),
        sum(row.offers for row in rows),
    )


def by_food(found: Sequence[Offered]) -> list[tuple[Offered, Choice]]:
    """Each food (one of its rows tells its name), the dearest under single offers first."""
    foods: dict[int, list[Offered]] = {}
    for row in found:
        foods.setdefault(row.food_type_id, []).append(row)
    told = [(rows[0], choice(rows)) for rows in foods.values()]
    return sorted(told, key=lambda one: (-one[1].single_cents, -one[1].single_weeks, one[0].food_type_id))


def by_month(found: Sequence[Offered]) -> list[tuple[date, Choice]]:
    """Month by month."""
    months: dict[date, list[Offered]] = {}
    for row in found:
        months.setdefault(row.month, []).append(row)
    return [(month, choice(rows)) for month, rows in sorted(months.items())]


def by_producers(found: Sequence[Offered]) -> list[tuple[int, Choice]]:
    """By how many producers offered: none, one, two, ENOUGH or more."""
    counts = sorted({row.producers for row in found})
    return [(count, choice(row for row in found if row.producers == count)) for count in counts]
