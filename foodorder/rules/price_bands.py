"""What is paid around a municipality: median and quartiles of its region, nobody's prices to be read off.

A month is told of the region only when at least ENOUGH municipalities bought the food in it. If there is no
such month, it is told of the own municipality alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from foodorder.rules.quantiles import Quartiles, quartiles

#: Municipalities that must have bought a food in a month before their prices are told together.
ENOUGH = 3


@dataclass(frozen=True, slots=True)
class Sold:
    """So many grams that a municipality bought in a month (its first day) at one price, cents of a unit."""

    month: date
    municipality_id: int
    price: int
    grams: int


@dataclass(frozen=True, slots=True)
class Band:
    """Quartiles by month and of all these months together; `region` False: of the own municipality."""

    region: bool
    months: dict[date, Quartiles]
    together: Quartiles | None


def band(sold: Iterable[Sold], own: int) -> Band:
    """The band of what was sold in a region, or of the municipality `own` where too few bought."""
    by_month: dict[date, list[Sold]] = {}
    for one in sold:
        by_month.setdefault(one.month, []).append(one)
    many = {month: of for month, of in by_month.items() if len({one.municipality_id for one in of}) >= ENOUGH}
    chosen = many or {
        month: [one for one in of if one.municipality_id == own] for month, of in by_month.items()
    }
    found = {month: _quartiles(of) for month, of in chosen.items()}
    together = _quartiles([one for of in chosen.values() for one in of])
    return Band(bool(many), {month: of for month, of in found.items() if of}, together)


def _quartiles(sold: Iterable[Sold]) -> Quartiles | None:
    return quartiles([(one.price, one.grams) for one in sold])
