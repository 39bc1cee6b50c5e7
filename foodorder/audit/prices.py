"""What a food type cost by month: ours, and what was paid around us.

Prices are cents of the food type's usual unit. What is sold in another unit or weighs otherwise is told by
its weight: net cents by grams, times the grams of the usual unit. Around us are the municipalities of the
same region, in months when enough of them bought the food (foodorder/rules/price_bands.py).
"""

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import text

from foodorder.audit.cells import crossed
from foodorder.audit.selection import Selection
from foodorder.db import db
from foodorder.rules.price_bands import Band, Sold, band
from foodorder.rules.quantiles import Quartiles

_FOOD = text("SELECT id, name_sl, name_en, unit, grams_per_unit FROM food_type WHERE id = :food")

_REGION = text("""
SELECT m.region, array_agg(o.id) AS municipalities FROM municipality m
  JOIN municipality o ON o.id = m.id OR o.region = m.region
 WHERE m.id = :municipality GROUP BY m.region
""")

_AROUND = text("""
SELECT month, municipality_id, grams, net_cents FROM price_cell
 WHERE municipality_id = ANY(CAST(:municipalities AS integer[])) AND food_type_id = :food
   AND month BETWEEN :first AND :last AND grams > 0
""")


@dataclass(frozen=True, slots=True)
class Month:
    """A month's weight and net cents of the selection, its price in cents, and what is paid around."""

    month: date
    grams: int
    net_cents: int
    price: int | None
    around: Quartiles | None


@dataclass(frozen=True, slots=True)
class Prices:
    """A food type in its usual unit, its months, and all of them together.

    `region` names whose quartiles they are; None: those of the own municipality.
    """

    food_id: int
    name_sl: str
    name_en: str
    unit: str
    grams_per_unit: int
    region: str | None
    months: tuple[Month, ...]
    price: int | None
    around: Quartiles | None

    def by_weight(self, net_cents: int, grams: int) -> int | None:
        """Cents of a unit for what so many grams cost."""
        return price_of(net_cents, grams, self.grams_per_unit)


def price_of(net_cents: int, grams: int, grams_per_unit: int) -> int | None:
    """Cents of a unit of so many grams, half up; None of nothing."""
    return (2 * net_cents * grams_per_unit + grams) // (2 * grams) if grams > 0 else None


def dearest_food(selection: Selection) -> int | None:
    """The chosen food type, else that on which most was spent; None of nothing."""
    if selection.food_type_id is not None:
        return selection.food_type_id
    found = crossed(selection, "food_type_id")
    return max(found, key=lambda one: (found[one].net_cents, -one[0]))[0] if found else None


def prices(selection: Selection) -> Prices | None:
    """The prices of the selection's food type, or of its dearest; None when nothing was bought."""
    food_id = dearest_food(selection)
    if food_id is None:
        return None
    food = db.session.execute(_FOOD, {"food": food_id}).one()
    bought = crossed(replace(selection, food_type_id=food_id), "month")
    if not bought:
        return None
    region, around = _around(selection, food_id, food.grams_per_unit)
    months = tuple(
        Month(
            month, sums.grams, sums.net_cents, price_of(sums.net_cents, sums.grams, food.grams_per_unit),
            around.months.get(month),
        )
        for (month,), sums in bought.items()
    )  # fmt: skip
    net, grams = sum(one.net_cents for one in months), sum(one.grams for one in months)
    price = price_of(net, grams, food.grams_per_unit)
    return Prices(
        food.id,
        food.name_sl,
        food.name_en,
        food.unit,
        food.grams_per_unit,
        region,
        months,
        price,
        around.together,
    )


def _around(selection: Selection, food_id: int, grams_per_unit: int) -> tuple[str | None, Band]:
    """The region whose band it is (None: it is the own municipality's), and the band."""
    own = selection.municipality_id
    place = db.session.execute(_REGION, {"municipality": own}).one()
    rows = db.session.execute(
        _AROUND,
        {
            "municipalities": place.municipalities, "food": food_id, "first": selection.first,
            "last": selection.last,
        },
    )  # fmt: skip
    found = band(
        (
            Sold(
                row.month, row.municipality_id,
                price_of(row.net_cents, row.grams, grams_per_unit) or 0, row.grams,
            )
            for row in rows
        ),
        own,
    )  # fmt: skip
    return (place.region if found.region else None), found
