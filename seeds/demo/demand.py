"""The demo's weeks: what kitchens want, what farms offer, what is ordered. Pure and deterministic.

world = load_world()
week = ordering_week(world, date(2026, 11, 30), "052")
week.offers                     # what producers publish
week.orders["OSS"]              # the lines the kitchen types, in the order kitchens come
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from seeds.demo.appetite import Wanted, cooking_days, meals_per_day, weekly_demand
from seeds.demo.choice import Ordered, choose
from seeds.demo.supply import Offered, weekly_offers
from seeds.demo.world import World, load_world

__all__ = [
    "Offered",
    "Ordered",
    "OrderingWeek",
    "Wanted",
    "choose",
    "cooking_days",
    "load_world",
    "meals_per_day",
    "ordering_week",
    "weekly_demand",
    "weekly_offers",
]


@dataclass(frozen=True, slots=True)
class OrderingWeek:
    """One municipality's week: all offers, and each institution's lines in the order kitchens come."""

    monday: date
    offers: list[Offered]
    orders: dict[str, list[Ordered]]


def ordering_week(
    world: World, monday: date, municipality: str, taken: Mapping[str, int] | None = None
) -> OrderingWeek:
    """Offers and orders of all kitchens of a municipality; kitchens that want nothing have no entry.

    `taken` is what other municipalities have already ordered of the week's offers, by product, in thousandths
    of the unit: an offer is one row that all of them count on.
    """
    offers = weekly_offers(world, monday)
    so_far = defaultdict(int, taken or {})
    orders: dict[str, list[Ordered]] = {}
    for buyer in world.kitchens(municipality):
        lines = choose(world, weekly_demand(world, monday, buyer.code), offers, so_far)
        if lines:
            orders[buyer.code] = lines
        for line in lines:
            so_far[line.product] += line.quantity
    return OrderingWeek(monday, offers, orders)
