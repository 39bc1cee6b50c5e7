"""What is to be brought: a producer's harvest list, stops and matrix; a kitchen's deliveries.

All read the records in force, so a change after the close shows at once. Quantities are thousandths of the
unit, weights grams, sums net cents.
"""

from dataclasses import dataclass
from datetime import date, time
from itertools import groupby
from typing import Any

from sqlalchemy import text

from foodorder.accounts.sorting import sort_key
from foodorder.db import db


@dataclass(frozen=True, slots=True)
class HarvestRow:
    """Sum of one product over all kitchens, and by delivery day."""

    product_id: int
    name: str
    unit: str
    pack: int | None
    quantity: int
    grams: int
    net_cents: int
    by_day: dict[date, int]

    @property
    def packs(self) -> int | None:
        """How many whole packs that is; None when it is sold without packs or the sum is not whole."""
        return self.quantity // self.pack if self.pack and self.quantity % self.pack == 0 else None

    @property
    def full_packs(self) -> int:
        """How many packs are full, with or without a rest; 0 when it is sold without packs."""
        return self.quantity // self.pack if self.pack else 0

    @property
    def rest(self) -> int:
        """What is left beside the full packs, thousandths."""
        return self.quantity % self.pack if self.pack else 0


@dataclass(frozen=True, slots=True)
class Window:
    """When a door is open, local time."""

    starts: time
    ends: time


@dataclass(frozen=True, slots=True)
class StopLine:
    """One product for one door."""

    record_id: int
    number: str
    product_id: int
    name: str
    unit: str
    quantity: int
    grams: int
    pack: int | None


@dataclass(frozen=True, slots=True)
class SupplyStop:
    """One door on one day: where it is, when it is open, what comes off the van."""

    delivery_date: date
    delivery_point_id: int
    institution_id: int
    institution: str
    delivery_point: str
    address: str
    postcode: str
    town: str
    latitude: float
    longitude: float
    instructions: str | None
    phone: str | None
    windows: tuple[Window, ...]
    lines: tuple[StopLine, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Products × kitchens: `cells` by (product id, institution id)."""

    products: tuple[HarvestRow, ...]
    institutions: tuple[tuple[int, str], ...]
    cells: dict[tuple[int, int], int]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one producer brings to one door of a kitchen on one day."""

    delivery_date: date
    delivery_point: str
    producer_id: int
    producer: str
    lines: tuple[StopLine, ...]


_SUMS = text("""
SELECT l.product_id, l.name, l.unit, v.pack, l.delivery_date, r.institution_id,
       i.short_name AS institution, i.sort_key, sum(l.quantity)::bigint AS quantity,
       sum(l.grams)::bigint AS grams, sum(l.net_cents)::bigint AS net_cents
FROM procurement_record r
JOIN record_line l ON l.record_id = r.id
JOIN offer_version v ON v.id = l.offer_version_id
JOIN institution i ON i.id = r.institution_id
WHERE r.cycle_id = :cycle AND r.producer_id = :producer AND r.superseded_by_id IS NULL
GROUP BY l.product_id, l.name, l.unit, v.pack, l.delivery_date, r.institution_id, i.short_name, i.sort_key
ORDER BY l.product_id, l.delivery_date, r.institution_id
""")

_STOPS = text("""
SELECT l.delivery_date, l.delivery_point_id, r.institution_id, i.short_name AS institution,
       d.name AS delivery_point, d.address, d.postcode, d.town, d.latitude, d.longitude, d.instructions,
       d.phone,
       r.id AS record_id, r.number, l.product_id, l.name, l.unit, l.quantity, l.grams, v.pack,
       coalesce((SELECT jsonb_agg(jsonb_build_array(w.starts, w.ends) ORDER BY w.starts)
                 FROM delivery_window w
                 WHERE w.delivery_point_id = d.id
                   AND w.days & (1 << (extract(isodow FROM l.delivery_date)::integer - 1)) <> 0),
                '[]') AS windows
FROM procurement_record r
JOIN record_line l ON l.record_id = r.id
JOIN offer_version v ON v.id = l.offer_version_id
JOIN product s ON s.id = l.product_id
JOIN delivery_point d ON d.id = l.delivery_point_id
JOIN institution i ON i.id = r.institution_id
WHERE r.cycle_id = :cycle AND r.producer_id = :producer AND r.superseded_by_id IS NULL
ORDER BY l.delivery_date, i.sort_key, r.institution_id, d.position, d.id, s.sort_key, l.id
""")

_DELIVERIES = text("""
SELECT l.delivery_date, d.name AS delivery_point, r.producer_id, p.name AS producer,
       r.id AS record_id, r.number, l.product_id, l.name, l.unit, l.quantity, l.grams, v.pack
FROM procurement_record r
JOIN cycle c ON c.id = r.cycle_id AND c.week BETWEEN CAST(:first AS date) - 6 AND :last
JOIN record_line l ON l.record_id = r.id
JOIN offer_version v ON v.id = l.offer_version_id
JOIN product s ON s.id = l.product_id
JOIN delivery_point d ON d.id = l.delivery_point_id
JOIN producer p ON p.id = r.producer_id
WHERE r.institution_id = :institution AND r.superseded_by_id IS NULL
  AND l.delivery_date BETWEEN :first AND :last
ORDER BY l.delivery_date, d.position, d.id, p.sort_key, p.id, s.sort_key, l.id
""")


_NEXT_DELIVERY = text("""
SELECT min(l.delivery_date)
FROM procurement_record r
JOIN cycle c ON c.id = r.cycle_id AND c.week >= CAST(:today AS date) - 6
JOIN record_line l ON l.record_id = r.id
WHERE r.institution_id = :institution AND r.superseded_by_id IS NULL AND l.delivery_date >= :today
""")


def matrix(cycle_id: int, producer_id: int) -> Matrix:
    """Sums per product, and per product and kitchen: what to harvest and what to pack, in one query."""
    rows = db.session.execute(_SUMS, {"cycle": cycle_id, "producer": producer_id}).all()
    products: dict[int, HarvestRow] = {}
    cells: dict[tuple[int, int], int] = {}
    institutions = sorted({(row.sort_key, row.institution_id, row.institution) for row in rows})
    for product_id, group in groupby(rows, lambda row: row.product_id):
        lines = list(group)
        by_day: dict[date, int] = {}
        for line in lines:
            by_day[line.delivery_date] = by_day.get(line.delivery_date, 0) + line.quantity
            cell = (product_id, line.institution_id)
            cells[cell] = cells.get(cell, 0) + line.quantity
        products[product_id] = HarvestRow(
            product_id,
            lines[0].name,
            lines[0].unit,
            lines[0].pack,
            sum(line.quantity for line in lines),
            sum(line.grams for line in lines),
            sum(line.net_cents for line in lines),
            by_day,
        )
    by_name = sorted(products.values(), key=lambda row: (sort_key(row.name), row.product_id))
    return Matrix(tuple(by_name), tuple((key, name) for _, key, name in institutions), cells)


def harvest(cycle_id: int, producer_id: int) -> tuple[HarvestRow, ...]:
    """What a producer must harvest for a cycle: the sum of each product."""
    return matrix(cycle_id, producer_id).products


def stops(cycle_id: int, producer_id: int) -> list[SupplyStop]:
    """A producer's doors, day by day, with the lines for each."""
    rows = db.session.execute(_STOPS, {"cycle": cycle_id, "producer": producer_id})
    return [
        _stop(list(lines))
        for _, lines in groupby(rows, lambda row: (row.delivery_date, row.delivery_point_id))
    ]


def _stop(lines: list[Any]) -> SupplyStop:
    first = lines[0]
    return SupplyStop(
        first.delivery_date,
        first.delivery_point_id,
        first.institution_id,
        first.institution,
        first.delivery_point,
        first.address,
        first.postcode,
        first.town,
        first.latitude,
        first.longitude,
        first.instructions,
        first.phone,
        tuple(Window(time.fromisoformat(starts), time.fromisoformat(ends)) for starts, ends in first.windows),
        tuple(_stop_line(line) for line in lines),
    )


def _stop_line(row: Any) -> StopLine:
    return StopLine(
        row.record_id, row.number, row.product_id, row.name, row.unit, row.quantity, row.grams, row.pack
    )


def deliveries(institution_id: int, first: date, last: date) -> list[Delivery]:
    """What comes to a kitchen between two days, by day, door and producer."""
    rows = db.session.execute(_DELIVERIES, {"institution": institution_id, "first": first, "last": last})
    return [
        Delivery(day, point, producer_id, producer, tuple(_stop_line(line) for line in lines))
        for (day, point, producer_id, producer), lines in groupby(
            rows, lambda row: (row.delivery_date, row.delivery_point, row.producer_id, row.producer)
        )
    ]


def next_delivery(institution_id: int, today: date) -> date | None:
    """The first day, from today on, on which something comes to a kitchen; None when nothing is recorded."""
    found: date | None = db.session.scalar(_NEXT_DELIVERY, {"institution": institution_id, "today": today})
    return found
