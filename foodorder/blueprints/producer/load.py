"""A week's load over all municipalities: one harvest list, one route for each day, one sum."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from foodorder.accounts.models import Producer
from foodorder.accounts.sorting import sort_key
from foodorder.ordering.models import Cycle
from foodorder.procurement.queries import RecordRow, Scope, records
from foodorder.procurement.supply import HarvestRow, Matrix, SupplyStop, matrix, stops
from foodorder.rules.route import driving_order


@dataclass(frozen=True, slots=True)
class Load:
    """What a producer harvests, brings and earns in a week; sums in cents, weight in grams."""

    matrix: Matrix
    days: tuple[tuple[date, tuple[SupplyStop, ...]], ...]
    records: tuple[RecordRow, ...]

    @property
    def harvest(self) -> tuple[HarvestRow, ...]:
        """The sum of each product."""
        return self.matrix.products

    @property
    def delivery_days(self) -> list[date]:
        """The days on which anything is brought."""
        return [day for day, _stops in self.days]

    @property
    def net_cents(self) -> int:
        """What it earns without VAT."""
        return sum(record.net_cents for record in self.records)

    @property
    def gross_cents(self) -> int:
        """What is paid for it."""
        return sum(record.gross_cents for record in self.records)

    @property
    def grams(self) -> int:
        """What goes onto the van in all."""
        return sum(record.grams for record in self.records)

    @property
    def stop_count(self) -> int:
        """How often the van stops."""
        return sum(len(stops) for _day, stops in self.days)


def load_of(farm: Producer, cycles: Sequence[Cycle]) -> Load:
    """The load of the closed cycles of one week."""
    drives = [stop for cycle in cycles for stop in stops(cycle.id, farm.id)]
    drives.sort(key=lambda stop: stop.delivery_date)
    return Load(
        together([matrix(cycle.id, farm.id) for cycle in cycles]),
        tuple(
            (day, tuple(driven(farm, list(group))))
            for day, group in groupby(drives, lambda s: s.delivery_date)
        ),
        tuple(
            record for cycle in cycles for record in records(Scope(producer_id=farm.id, cycle_id=cycle.id))
        ),
    )


def driven(farm: Producer, day: Sequence[SupplyStop]) -> list[SupplyStop]:
    """One day's doors in the order they are driven from the farm."""
    return driving_order(
        (farm.latitude, farm.longitude),
        day,
        lambda stop: (stop.latitude, stop.longitude),
        lambda stop: stop.windows[-1].ends if stop.windows else None,
    )


def together(parts: Sequence[Matrix]) -> Matrix:
    """The sums of several cycles as one."""
    products: dict[int, HarvestRow] = {}
    cells: dict[tuple[int, int], int] = {}
    for part in parts:
        cells |= part.cells
        for row in part.products:
            before = products.get(row.product_id)
            products[row.product_id] = added(before, row) if before else row
    institutions = tuple(institution for part in parts for institution in part.institutions)
    return Matrix(tuple(sorted(products.values(), key=lambda row: sort_key(row.name))), institutions, cells)


def added(one: HarvestRow, other: HarvestRow) -> HarvestRow:
    """One product's sums of two cycles."""
    days = {
        day: one.by_day.get(day, 0) + other.by_day.get(day, 0) for day in sorted({*one.by_day, *other.by_day})
    }
    return HarvestRow(
        one.product_id,
        one.name,
        one.unit,
        one.pack if one.pack == other.pack else None,
        one.quantity + other.quantity,
        one.grams + other.grams,
        one.net_cents + other.net_cents,
        days,
    )
