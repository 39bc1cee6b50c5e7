"""What an order adds up to while it is typed: per farm, per day, per pack, and for the week.

Sums are made as they will stand on the records: a line's net value by itself, VAT once per producer and rate.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, TypeVar

from foodorder.rules.money import line_net, recapitulate
from foodorder.rules.ordering import Cell
from foodorder.rules.quantity import grams


class Priced(Protocol):
    """What of an offer is counted: producer, net cents and grams of one unit.

    And the weekdays on which it counts as organic, or for other quality schemes.
    """

    producer: int
    grams_per_unit: int
    organic: int
    quality: int

    def price_on(self, weekday: int) -> int:
        """Net cents of one unit delivered on a weekday."""


L = TypeVar("L", bound=Priced)


@dataclass(slots=True)
class FarmTotal:
    """What is ordered of one producer: lines, net and gross cents."""

    lines: int = 0
    net: int = 0
    gross: int = 0


@dataclass(slots=True)
class Totals:
    """An order's sums: net and gross in cents, weight in grams; `days` maps each day to its net cents."""

    lines: int = 0
    net: int = 0
    gross: int = 0
    grams: int = 0
    organic_grams: int = 0
    quality_grams: int = 0
    farms: dict[int, FarmTotal] = field(default_factory=dict)
    days: dict[date, int] = field(default_factory=dict)


def total(quantities: Mapping[Cell, int], offers: Mapping[int, L], bp_of: Callable[[L, date], int]) -> Totals:
    """Add up quantities (thousandths) of offers; cells of unknown offers are left out. Raises RateUnknown."""
    totals = Totals()
    rates: dict[int, list[tuple[int, int]]] = {}
    for cell, quantity in quantities.items():
        offer = offers.get(cell.offer)
        if offer is None:
            continue
        net = line_net(offer.price_on(cell.day.weekday()), quantity)
        weight = grams(quantity, offer.grams_per_unit)
        totals.lines += 1
        totals.net += net
        totals.grams += weight
        if offer.organic >> cell.day.weekday() & 1:
            totals.organic_grams += weight
        elif offer.quality >> cell.day.weekday() & 1:
            totals.quality_grams += weight
        totals.days[cell.day] = totals.days.get(cell.day, 0) + net
        farm = totals.farms.setdefault(offer.producer, FarmTotal())
        farm.lines += 1
        farm.net += net
        rates.setdefault(offer.producer, []).append((bp_of(offer, cell.day), net))
    for producer, farm in totals.farms.items():
        farm.gross = recapitulate(rates[producer]).total.gross
        totals.gross += farm.gross
    return totals
