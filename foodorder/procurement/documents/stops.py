"""Where to bring it: the doors of each day in the order they are driven."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from foodorder.accounts.models import Producer
from foodorder.language import formats, gettext
from foodorder.procurement import supply
from foodorder.procurement.documents import words
from foodorder.procurement.documents.tables import Column, Figure, Table
from foodorder.rules.errors import Amount
from foodorder.rules.route import driving_order


def in_driving_order(producer: Producer, stops: Sequence[supply.SupplyStop]) -> list[supply.SupplyStop]:
    """Each day's doors as they are driven from the farm (rules.route)."""
    return [
        stop
        for _, day in groupby(stops, lambda stop: stop.delivery_date)
        for stop in driving_order(
            (producer.latitude, producer.longitude),
            list(day),
            lambda stop: (stop.latitude, stop.longitude),
            lambda stop: stop.windows[-1].ends if stop.windows else None,
        )
    ]


def stops_table(stops: Sequence[supply.SupplyStop]) -> Table:
    """Every line for every door, one under the other: what a machine or a route planner takes."""
    columns = (
        Column("delivery_date", gettext("Day"), Figure.DAY),
        Column("institution", gettext("Kitchen")),
        Column("delivery_point", gettext("Delivery point")),
        Column("address", gettext("Address")),
        Column("window", gettext("Open")),
        Column("product", gettext("Product")),
        Column("quantity", gettext("Quantity"), Figure.QUANTITY),
        Column("packs", gettext("Packs"), Figure.PACKS),
        Column("weight", gettext("Weight"), Figure.WEIGHT),
        Column("record", gettext("Record")),
    )
    rows = tuple(
        (
            stop.delivery_date,
            stop.institution,
            stop.delivery_point,
            f"{stop.address}, {stop.postcode} {stop.town}",
            words.windows(stop.windows),
            line.name,
            Amount(line.quantity, line.unit),
            words.packs(line.quantity, line.pack),
            line.grams,
            line.number,
        )
        for stop in stops
        for line in stop.lines
    )
    return Table(gettext("Stops"), columns, rows)


def printed_days(stops: Sequence[supply.SupplyStop]) -> list[dict[str, Any]]:
    """The stops as printed: day by day, each door with what comes off the van there."""
    return [
        {
            "title": formats.long_day(day),
            "stops": [_stop(number, stop) for number, stop in enumerate(group, 1)],
        }
        for day, group in groupby(stops, lambda stop: stop.delivery_date)
    ]


def _stop(number: int, stop: supply.SupplyStop) -> dict[str, Any]:
    columns = (
        Column("product", gettext("Product"), share=4),
        Column("quantity", gettext("Quantity"), Figure.QUANTITY),
        Column("packs", gettext("Packs"), Figure.PACKS),
        Column("record", gettext("Record"), share=2),
        Column("done", gettext("Done")),
    )
    rows = tuple(
        (
            line.name,
            Amount(line.quantity, line.unit),
            words.packs(line.quantity, line.pack),
            line.number,
            words.BOX,
        )
        for line in stop.lines
    )
    # Nearly always one record: then it stands beside the address and needs no column.
    numbers = {line.number for line in stop.lines}
    record = numbers.pop() if len(numbers) == 1 else None
    where = [
        f"{stop.address}, {stop.postcode} {stop.town}",
        words.windows(stop.windows),
        stop.phone or "",
        stop.instructions or "",
        record or "",
    ]
    table = Table(stop.delivery_point, columns, rows).without_known(packs=None, record=record)
    return {
        "title": f"{number}. {stop.institution}, {stop.delivery_point}",
        "where": [text for text in where if text],
        "table": table.printed(),
    }
