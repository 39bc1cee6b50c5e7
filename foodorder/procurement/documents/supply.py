"""The producer's package after the close: harvest, stops, products × kitchens, records."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import select

from foodorder.accounts.models import Farm, Producer
from foodorder.catalogue.models import Product
from foodorder.db import db
from foodorder.language import formats, gettext, ngettext, speaking
from foodorder.ordering.models import Cycle
from foodorder.procurement import queries, supply
from foodorder.procurement.documents import words
from foodorder.procurement.documents.paper import Paper, facts, file_name, head, section
from foodorder.procurement.documents.tables import Column, Figure, Row, Table, only_used, total
from foodorder.rules.errors import Amount

#: Kitchens side by side on one page of the matrix.
ACROSS = 9


def paper(language: str, base_url: str = "", *, cycle_id: int, producer_id: int) -> Paper:
    """All that a producer needs for one cycle. Raises NoResultFound for a cycle or producer there is not."""
    cycle = db.session.get_one(Cycle, cycle_id)
    producer = db.session.get_one(Producer, producer_id)
    matrix = supply.matrix(cycle_id, producer_id)
    stops = supply.stops(cycle_id, producer_id)
    records = queries.records(queries.Scope(producer_id=producer_id, cycle_id=cycle_id))
    with speaking(language, cycle.municipality.zone):
        harvest = harvest_table(matrix)
        sheets = harvest, stops_table(stops), matrix_table(matrix), records_table(records)
        title = gettext("What to bring in cycle %(cycle)s", cycle=cycle.name)
        link = f"{base_url}/cycles/{cycle.id}/supply" if base_url else ""
        content = {
            **head(title, producer.name, link=link),
            "author": producer.name,
            "footer": f"{producer.name} · {cycle.name} · {cycle.municipality.name}",
            "facts": _facts(cycle, stops, records),
            "harvest": section(
                gettext("What to harvest"), only_used(harvest.without("net"), ("farm", "packs"))
            ),
            "stops_title": gettext("Where to bring it"),
            "days": _days(stops),
            "matrix": _matrix_parts(matrix),
            "records": section(gettext("Records"), sheets[3]),
        }
        name = file_name([gettext("supply"), cycle.municipality.code, cycle.name, producer.name])
        return Paper("supply", cycle.id, name, language, "supply", content, sheets, machine=1)


def _facts(cycle: Cycle, stops: Sequence[supply.SupplyStop], records: Sequence[queries.RecordRow]) -> Any:
    last = cycle.week + timedelta(days=6)
    doors = len({stop.delivery_point_id for stop in stops})
    kitchens = len({record.institution_id for record in records})
    return facts(
        (gettext("Municipality"), cycle.municipality.name),
        (gettext("Week"), formats.days_between(cycle.week, last)),
        (gettext("Delivery days"), _listed_days(stops)),
        (
            gettext("Kitchens"),
            ngettext(
                "%(count)s, with %(doors)s to bring to",
                "%(count)s, with %(doors)s to bring to",
                kitchens,
                count=formats.number(kitchens),
                doors=ngettext("%(count)s door", "%(count)s doors", doors, count=formats.number(doors)),
            ),
        ),
    )


def _listed_days(stops: Sequence[supply.SupplyStop]) -> str:
    return formats.listed([formats.day(day) for day in sorted({stop.delivery_date for stop in stops})])


def harvest_table(matrix: supply.Matrix) -> Table:
    """The sum of each product, by delivery day and together."""
    days = sorted({day for product in matrix.products for day in product.by_day})
    farms = _farms([product.product_id for product in matrix.products])
    columns = (
        Column("product", gettext("Product"), share=3),
        Column("farm", gettext("Farm"), share=2),
        *(Column(day.isoformat(), formats.day(day), Figure.QUANTITY) for day in days),
        Column("quantity", gettext("Together"), Figure.QUANTITY),
        Column("packs", gettext("Packs"), Figure.PACKS),
        Column("weight", gettext("Weight"), Figure.WEIGHT),
        Column("net", gettext("Net"), Figure.MONEY),
    )
    rows = tuple(
        (
            product.name,
            farms.get(product.product_id, ""),
            *(_amount(product.by_day.get(day), product.unit) for day in days),
            Amount(product.quantity, product.unit),
            product.packs,
            product.grams,
            product.net_cents,
        )
        for product in matrix.products
    )
    grams = sum(product.grams for product in matrix.products)
    net = sum(product.net_cents for product in matrix.products)
    last = (gettext("Together"), None, *(None for _ in days), None, None, grams, net)
    return Table(gettext("Harvest"), columns, rows, (last,))


def _amount(milli: int | None, unit: str) -> Amount | None:
    return Amount(milli, unit) if milli else None


def _farms(product_ids: Sequence[int]) -> dict[int, str]:
    """Farm of origin of each product: a cooperative sees which of its farms brings what."""
    rows = db.session.execute(
        select(Product.id, Farm.name)
        .join(Farm, Farm.id == Product.farm_id)
        .where(Product.id.in_(product_ids))
    )
    return {row.id: row.name for row in rows}


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


def _days(stops: Sequence[supply.SupplyStop]) -> list[dict[str, Any]]:
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
    where = [
        f"{stop.address}, {stop.postcode} {stop.town}",
        words.windows(stop.windows),
        stop.phone or "",
        stop.instructions or "",
    ]
    return {
        "title": f"{number}. {stop.institution}, {stop.delivery_point}",
        "where": [text for text in where if text],
        "table": Table(stop.delivery_point, columns, rows).printed(),
    }


def matrix_table(matrix: supply.Matrix, shown: slice = slice(None)) -> Table:
    """Products × kitchens with the sum of each product; a column's sum only where all units are alike."""
    kitchens = matrix.institutions[shown]
    columns = (
        Column("product", gettext("Product"), share=2),
        *(Column(f"institution_{key}", name, Figure.QUANTITY, share=1) for key, name in kitchens),
        Column("quantity", gettext("Together"), Figure.QUANTITY),
    )
    rows: list[Row] = [
        (
            product.name,
            *(_amount(matrix.cells.get((product.product_id, key)), product.unit) for key, _ in kitchens),
            Amount(product.quantity, product.unit),
        )
        for product in matrix.products
    ]
    return Table(gettext("Kitchens"), columns, tuple(rows), tuple(_unit_sums(rows)))


def _unit_sums(rows: Sequence[Row]) -> Iterator[Row]:
    """One row of sums per unit, for kilograms and pieces do not add up."""
    units = sorted({row[-1].unit for row in rows if isinstance(row[-1], Amount)})
    for unit in units:
        of_unit = [row for row in rows if isinstance(row[-1], Amount) and row[-1].unit == unit]
        yield (
            gettext("Together (%(unit)s)", unit=formats.unit_label(unit)),
            *(total(cells) for cells in list(zip(*of_unit, strict=True))[1:]),
        )


def _matrix_parts(matrix: supply.Matrix) -> list[dict[str, Any]]:
    """The matrix in parts that fit across a page, each with the products and their whole sums."""
    kitchens = len(matrix.institutions)
    parts = -(-kitchens // ACROSS)
    title = gettext("Products and kitchens")
    if parts < 2:
        return [section(title, matrix_table(matrix))]
    # Parts of the same width: twelve kitchens are six and six.
    width = -(-kitchens // parts)
    return [
        section(
            f"{title} ({part + 1}/{parts})", matrix_table(matrix, slice(part * width, (part + 1) * width))
        )
        for part in range(parts)
    ]


def records_table(records: Sequence[queries.RecordRow]) -> Table:
    """The records behind it: whom to send a delivery note and an invoice, and for how much."""
    columns = (
        Column("number", gettext("Number")),
        Column("institution", gettext("Kitchen"), share=1),
        Column("weight", gettext("Weight"), Figure.WEIGHT),
        Column("net", gettext("Net"), Figure.MONEY),
        Column("vat", gettext("VAT"), Figure.MONEY),
        Column("gross", gettext("Gross"), Figure.MONEY),
    )
    rows = tuple(
        (row.number, row.institution, row.grams, row.net_cents, row.vat_cents, row.gross_cents)
        for row in records
    )
    last = (
        gettext("Together"),
        None,
        sum(row.grams for row in records),
        sum(row.net_cents for row in records),
        sum(row.vat_cents for row in records),
        sum(row.gross_cents for row in records),
    )
    return Table(gettext("Records"), columns, rows, (last,))
