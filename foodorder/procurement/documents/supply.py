"""The producer's package after the close: harvest, stops, products × kitchens, records."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from foodorder.accounts.models import Farm, Producer
from foodorder.catalogue.models import Product
from foodorder.db import db
from foodorder.language import formats, gettext, speaking
from foodorder.ordering.models import Cycle
from foodorder.procurement import queries, supply
from foodorder.procurement.documents.matrix import matrix_table, printed_parts
from foodorder.procurement.documents.paper import Paper, facts, file_name, head, section
from foodorder.procurement.documents.stops import in_driving_order, printed_days, stops_table
from foodorder.procurement.documents.tables import Column, Figure, Table, amount_of
from foodorder.rules.errors import Amount


def paper(language: str, base_url: str = "", *, cycle_id: int, producer_id: int) -> Paper:
    """All that a producer needs for one cycle. Raises NoResultFound for a cycle or producer there is not."""
    cycle = db.session.get_one(Cycle, cycle_id)
    producer = db.session.get_one(Producer, producer_id)
    matrix = supply.matrix(cycle_id, producer_id)
    stops = in_driving_order(producer, supply.stops(cycle_id, producer_id))
    records = queries.records(queries.Scope(producer_id=producer_id, cycle_id=cycle_id))
    with speaking(language, cycle.municipality.zone):
        harvest = harvest_table(matrix)
        sheets = harvest, stops_table(stops), matrix_table(matrix), records_table(records)
        title = gettext("What to bring in cycle %(cycle)s", cycle=cycle.name)
        link = f"{base_url}/cycles/{cycle.id}" if base_url else ""
        content = {
            **head(title, producer.name, link=link),
            "author": producer.name,
            "footer": f"{producer.name} · {cycle.name} · {cycle.municipality.name}",
            "facts": _facts(cycle, stops, records),
            "harvest": section(
                gettext("What to harvest"),
                harvest.without("net").without_known(farm=producer.name, packs=None),
            ),
            "stops_title": gettext("Where to bring it"),
            "days": printed_days(stops),
            "matrix": printed_parts(matrix),
            "records": section(gettext("Records"), sheets[3]),
        }
        name = file_name([gettext("supply"), cycle.municipality.code, cycle.name, producer.name])
        return Paper("supply", cycle.id, name, language, "supply", content, sheets, machine=1)


def _facts(cycle: Cycle, stops: Sequence[supply.SupplyStop], records: Sequence[queries.RecordRow]) -> Any:
    doors = len({stop.delivery_point_id for stop in stops})
    kitchens = len({record.institution_id for record in records})
    return facts(
        (gettext("Municipality"), cycle.municipality.name),
        (gettext("Week"), formats.delivery_week(cycle.week, cycle.days)),
        (gettext("Delivery days"), _listed_days(stops)),
        (gettext("Kitchens"), formats.number(kitchens)),
        (gettext("Delivery points"), formats.number(doors)),
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
            *(amount_of(product.by_day.get(day), product.unit) for day in days),
            Amount(product.quantity, product.unit),
            _packs(product),
            product.grams,
            product.net_cents,
        )
        for product in matrix.products
    )
    grams = sum(product.grams for product in matrix.products)
    net = sum(product.net_cents for product in matrix.products)
    last = (gettext("Together"), None, *(None for _ in days), None, None, grams, net)
    return Table(gettext("Harvest"), columns, rows, (last,))


def _packs(product: supply.HarvestRow) -> int | str | None:
    """How many packs; where a part is left, that too in words."""
    if product.packs is not None or not product.full_packs or not product.pack:
        return product.packs
    return gettext(
        "%(count)s × %(pack)s + %(rest)s",
        count=formats.number(product.full_packs),
        pack=formats.amount(product.pack, product.unit),
        rest=formats.amount(product.rest, product.unit),
    )


def _farms(product_ids: Sequence[int]) -> dict[int, str]:
    """Farm of origin of each product: a cooperative sees which of its farms brings what."""
    rows = db.session.execute(
        select(Product.id, Farm.name)
        .join(Farm, Farm.id == Product.farm_id)
        .where(Product.id.in_(product_ids))
    )
    return {row.id: row.name for row in rows}


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
