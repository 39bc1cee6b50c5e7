"""The auditor's tables, each defined once: columns with their kind, rows, sums."""

from collections.abc import Iterable
from datetime import datetime

from foodorder.audit import words
from foodorder.audit.cells import Part
from foodorder.audit.cycles import CycleRow
from foodorder.audit.events import Event
from foodorder.audit.lines import RecordRow, lines
from foodorder.audit.selection import Selection
from foodorder.language import formats, get_locale, gettext
from foodorder.language.times import local
from foodorder.procurement.differences import DifferenceRow
from foodorder.procurement.documents.tables import Column, Figure, Table
from foodorder.rules.cycle import STATE_LABELS, State
from foodorder.rules.errors import Amount


def name_of(part: Part) -> str:
    """The name of a part in the reader's language."""
    return part.name if get_locale().language == "sl" else part.name_en


def records(rows: Iterable[RecordRow]) -> Table:
    """Records with what of them lies in the selection."""
    columns = (
        Column("record", gettext("Record")),
        Column("week", gettext("Week of"), Figure.DAY),
        Column("institution", gettext("Institution"), share=2),
        Column("producer", gettext("Producer"), share=2),
        Column("basis", gettext("Lawful basis")),
        Column("lines", gettext("Lines"), Figure.COUNT),
        Column("weight", gettext("Weight"), Figure.WEIGHT),
        Column("net", gettext("Net"), Figure.MONEY),
    )
    found = tuple(
        (
            row.number, row.week, row.institution, row.producer, words.basis(row.basis),
            row.lines, row.grams, row.net_cents,
        )
        for row in rows
    )  # fmt: skip
    return Table(gettext("Records"), columns, found)


def all_lines(selection: Selection) -> Table:
    """Every line of a selection with the keys of what it came from: for machines."""
    columns = (
        Column("line_id", gettext("Line")),
        Column("record", gettext("Record")),
        Column("order_line_id", gettext("Order line")),
        Column("offer_version_id", gettext("Offer version")),
        Column("delivery_date", gettext("Day"), Figure.DAY),
        Column("institution_code", gettext("Code")),
        Column("institution", gettext("Institution")),
        Column("producer_tax_number", gettext("Tax number")),
        Column("producer", gettext("Producer")),
        Column("food_type", gettext("Food type")),
        Column("product", gettext("Food")),
        Column("quantity", gettext("Quantity"), Figure.QUANTITY),
        Column("weight", gettext("Weight"), Figure.WEIGHT),
        Column("price", gettext("Net price"), Figure.MONEY),
        Column("net", gettext("Net"), Figure.MONEY),
        Column("vat_treatment", gettext("VAT treatment")),
        Column("vat", gettext("VAT rate"), Figure.RATE),
        Column("basis", gettext("Lawful basis")),
    )
    found = tuple(
        (
            str(row.id), row.number, str(row.order_line_id or ""), str(row.offer_version_id),
            row.delivery_date, row.institution_code, row.institution, row.tax_number, row.producer,
            row.food_code, row.name, Amount(row.quantity, row.unit), row.grams, row.price_cents,
            row.net_cents, row.vat_treatment, row.vat_bp, row.basis,
        )
        for row in lines(selection)
    )  # fmt: skip
    return Table(gettext("Lines"), columns, found)


def cycles(rows: Iterable[CycleRow]) -> Table:
    """Cycles with what was ordered, recorded, and the difference of the two."""
    columns = (
        Column("week", gettext("Week of"), Figure.DAY),
        Column("cycle", gettext("Cycle")),
        Column("state", gettext("State")),
        Column("orders", gettext("Orders"), Figure.COUNT),
        Column("records", gettext("Records"), Figure.COUNT),
        Column("ordered_weight", gettext("Ordered"), Figure.WEIGHT),
        Column("difference_weight", gettext("Difference"), Figure.WEIGHT),
        Column("lines_changed", gettext("Lines changed"), Figure.COUNT),
        Column("net", gettext("Net"), Figure.MONEY),
    )
    found = tuple(
        (
            row.week, row.name, gettext(STATE_LABELS[State(row.state)]), row.orders, row.records,
            row.ordered_grams, row.difference_grams, row.differences, row.net_cents,
        )
        for row in rows
    )  # fmt: skip
    return Table(gettext("Cycles"), columns, found)


def differences(rows: Iterable[DifferenceRow]) -> Table:
    """Why recorded is not ordered, line by line."""
    columns = (
        Column("product", gettext("Food"), share=2),
        Column("producer", gettext("Producer")),
        Column("institution", gettext("Institution")),
        Column("delivery_point", gettext("Delivery point")),
        Column("delivery_date", gettext("Day"), Figure.DAY),
        Column("ordered", gettext("Ordered"), Figure.QUANTITY),
        Column("difference", gettext("Difference"), Figure.QUANTITY),
        Column("weight", gettext("Weight"), Figure.WEIGHT),
        Column("why", gettext("Why"), share=4),
    )
    found = tuple(
        (
            row.name, row.producer, row.institution, row.delivery_point, row.delivery_date,
            Amount(row.ordered, row.unit), Amount(row.quantity, row.unit), row.grams, _sentence(row),
        )
        for row in rows
    )  # fmt: skip
    return Table(gettext("Differences"), columns, found)


def _sentence(row: DifferenceRow) -> str:
    return formats.sentence(row.why.message, row.why.facts)


def trail(rows: Iterable[Event]) -> Table:
    """Events of the trail with their seals; times to the second, in the municipality's zone."""
    columns = (
        Column("event", gettext("Event")),
        Column("at", gettext("When")),
        Column("person", gettext("Who")),
        Column("role", gettext("Role")),
        Column("on_behalf_of", gettext("On behalf of")),
        Column("action", gettext("Action")),
        Column("object_type", gettext("Kind")),
        Column("object_id", gettext("Number")),
        Column("object", gettext("Thing")),
        Column("changes", gettext("Before → after"), share=4),
        Column("reason", gettext("Reason"), share=2),
        Column("block", gettext("Block")),
        Column("hash", gettext("Fingerprint")),
    )
    found = tuple(
        (
            str(event.id), _second(event.at), words.who(event.person, event.source), event.role or "",
            event.on_behalf_of or "", event.action, event.object_type, str(event.object_id),
            event.object_name or "", _changes(event), event.reason or "",
            str(event.block or ""), event.hash or "",
        )
        for event in rows
    )  # fmt: skip
    return Table(gettext("Trail"), columns, found)


def _second(at: datetime) -> str:
    return local(at).isoformat(timespec="seconds")


def _changes(event: Event) -> str:
    return "; ".join(
        f"{words.name_of(one.key)}: {words.value(one.key, one.before, event.object_type)}"
        f" → {words.value(one.key, one.after, event.object_type)}"
        if one.before is not None
        else f"{words.name_of(one.key)}: {words.value(one.key, one.after, event.object_type)}"
        for one in event.changes
    )
