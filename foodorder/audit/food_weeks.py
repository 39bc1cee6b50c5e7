"""The weeks of foods behind a figure about choice: who offered what, to how many, and what was bought."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from foodorder.audit.selection import Selection
from foodorder.audit.single_offers import ENOUGH, keys_of
from foodorder.db import db
from foodorder.language import get_locale, gettext
from foodorder.procurement.documents.tables import Column, Figure, Table

#: Rows of a file.
MOST = 20_000

# Names are looked up for the weeks of one page alone.
_WEEKS = text("""
SELECT w.week, w.food_type_id, w.name_sl, w.name_en, w.producers, w.offers, w.ordering_institutions,
       w.net_cents, coalesce(who.names, '') AS names, who.version_id, who.cycle_id
  FROM (SELECT o.*, t.name_sl, t.name_en, t.sort_key
          FROM offer_cell o JOIN food_type t ON t.id = o.food_type_id
         WHERE o.municipality_id = :municipality AND o.week BETWEEN :first AND :last
           AND (CAST(:food_group AS integer) IS NULL OR t.food_group_id = :food_group)
           AND (CAST(:food_type AS integer) IS NULL OR t.id = :food_type)
           AND (CAST(:cpv AS text) IS NULL OR starts_with(t.cpv, :cpv))
           AND (CAST(:producers AS integer) IS NULL OR least(o.producers, :enough) = :producers)
         ORDER BY o.week DESC, o.net_cents DESC, t.sort_key, o.food_type_id LIMIT :limit OFFSET :offset) w
  LEFT JOIN LATERAL (
       SELECT string_agg(DISTINCT s.name, ', ' ORDER BY s.name) AS names,
              min(x.offer_version_id) AS version_id, max(k.id) AS cycle_id
         FROM cycle k JOIN cycle_offer x ON x.cycle_id = k.id JOIN offer f ON f.id = x.offer_id
         JOIN product p ON p.id = f.product_id JOIN producer s ON s.id = f.producer_id
        WHERE k.municipality_id = w.municipality_id AND k.week = w.week AND k.recorded_at IS NOT NULL
          AND p.food_type_id = w.food_type_id) who ON true
 ORDER BY w.week DESC, w.net_cents DESC, w.sort_key, w.food_type_id
""")


@dataclass(frozen=True, slots=True)
class FoodWeek:
    """A food in a delivery week (its Monday): its offers, who made them, who ordered, net cents.

    `version_id`: the first of the offers' versions; `cycle_id`: the newest cycle that sold them; both None
    where nobody offered it.
    """

    week: date
    food_type_id: int
    name_sl: str
    name_en: str
    producers: int
    offers: int
    kitchens: int
    net_cents: int
    names: str
    version_id: int | None
    cycle_id: int | None


def food_weeks(
    selection: Selection, producers: int | None = None, *, limit: int = MOST, offset: int = 0
) -> list[FoodWeek]:
    """Weeks of foods, the newest first, in each the dearest food first.

    `producers`: only those that so many offered (ENOUGH: or more).
    """
    keys = {**keys_of(selection), "producers": producers, "enough": ENOUGH, "limit": limit, "offset": offset}
    return [FoodWeek(*row) for row in db.session.execute(_WEEKS, keys)]


def table(found: Sequence[FoodWeek]) -> Table:
    """As a table, for the page and as a file."""
    slovene = get_locale().language == "sl"
    columns = (
        Column("week", gettext("Week of"), Figure.DAY),
        Column("food", gettext("Food"), share=2),
        Column("producers", gettext("Producers"), Figure.COUNT),
        Column("who", gettext("Who offered it"), share=3),
        Column("offers", gettext("Offers"), Figure.COUNT),
        Column("kitchens", gettext("Kitchens that ordered"), Figure.COUNT),
        Column("net", gettext("Net"), Figure.MONEY),
    )
    rows = tuple(
        (
            one.week, one.name_sl if slovene else one.name_en, one.producers, one.names, one.offers,
            one.kitchens, one.net_cents,
        )
        for one in found
    )  # fmt: skip
    return Table(gettext("Weeks of foods"), columns, rows)
