"""How far the goods of a selection came, and how often somebody brought them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text

from foodorder.audit.cells import CELLS, COLUMNS, rows
from foodorder.audit.selection import Selection
from foodorder.catalogue.law import ParameterUnknown, value_on
from foodorder.db import db
from foodorder.rules.transport import Factors, Haul

DETOUR, CO2 = "transport.detour", "transport.co2_per_tonne_km"

_SUMS = """
       coalesce(sum(placed_grams), 0)::bigint AS placed, coalesce(sum(gram_metres), 0)::bigint AS gram_metres,
       coalesce(sum(grams), 0)::bigint AS grams, coalesce(sum(delivered_grams), 0)::bigint AS delivered
  FROM cell
"""

_ALL = text(f"{CELLS} SELECT {_SUMS}")

_STOPS = text("""
SELECT date_trunc('month', delivery_date::timestamp)::date AS month, producer_id, institution_id,
       count(DISTINCT (delivery_point_id, delivery_date))::integer AS stops
  FROM delivery_note
 WHERE institution_id = ANY(CAST(:institutions AS integer[])) AND delivery_date BETWEEN :first AND :last
   AND state IN ('on_the_way', 'received') AND (CAST(:producer AS integer) IS NULL OR producer_id = :producer)
 GROUP BY 1, 2, 3
""")


#: (month, producer, institution) → stops: a producer at a door on a day.
Stops = Mapping[tuple[date, int, int], int]


@dataclass(frozen=True, slots=True)
class Way:
    """What of a selection came how far: the haul, its whole weight, what was delivered at how many stops.

    `stops`: a producer at a door on a day; None where the selection asks for certain goods.
    """

    haul: Haul
    grams: int
    delivered_grams: int
    stops: int | None = None

    @property
    def grams_per_stop(self) -> int | None:
        """Weight brought at a stop, half up."""
        return (2 * self.delivered_grams + self.stops) // (2 * self.stops) if self.stops else None


def factors(day: date) -> Factors | None:
    """The numbers of an estimate on a day; None where they are not known."""
    try:
        return Factors(value_on(DETOUR, day), value_on(CO2, day))
    except ParameterUnknown:
        return None


def haul(selection: Selection) -> Haul:
    """How far the whole selection came."""
    return _way(next(iter(rows(_ALL, selection))), None).haul


def whole(selection: Selection, stops: Stops | None) -> Way:
    """The whole selection, with its stops."""
    return _way(next(iter(rows(_ALL, selection))), None if stops is None else sum(stops.values()))


def by(selection: Selection, column: str, stops: Stops | None) -> dict[Any, Way]:
    """By month, institution_id or producer_id, in their order. Raises KeyError for what is no column."""
    name = COLUMNS[column]
    place = ("month", "producer_id", "institution_id").index(name)
    found = rows(text(f"{CELLS} SELECT {name} AS key, {_SUMS} GROUP BY {name} ORDER BY {name}"), selection)
    return {
        row.key: _way(
            row, None if stops is None else sum(of for key, of in stops.items() if key[place] == row.key)
        )
        for row in found
    }


def stops_of(selection: Selection) -> Stops | None:
    """How often somebody came; None for a selection of certain goods."""
    goods = (selection.food_group_id, selection.food_type_id, selection.cpv, selection.basis)
    if any(one is not None for one in (*goods, selection.certificate)):
        return None
    found = db.session.execute(_STOPS, selection.parameters())
    return {(row.month, row.producer_id, row.institution_id): row.stops for row in found}


def _way(row: Any, stops: int | None) -> Way:
    return Way(Haul(row.placed, row.gram_metres), row.grams, row.delivered, stops)
