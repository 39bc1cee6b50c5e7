"""The tables of the auditor's own papers and of who read offers, each defined once."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row

from foodorder.audit import words
from foodorder.language import gettext
from foodorder.language.times import local
from foodorder.ordering.readings import Reading
from foodorder.procurement.documents.tables import Column, Figure, Table
from foodorder.rules.errors import Amount


def readings(rows: Iterable[Reading]) -> Table:
    """Who read the offers of a cycle before its close; times to the second, in the municipality's zone."""
    columns = (
        Column("day", gettext("Day"), Figure.DAY),
        Column("first_at", gettext("First time that day")),
        Column("person", gettext("Who")),
        Column("role", gettext("Role")),
        Column("institution", gettext("Institution"), share=1),
        Column("before_opening", gettext("Before the opening")),
    )
    found = tuple(
        (
            row.day, local(row.first_at).isoformat(timespec="seconds"), row.person, words.role(row.role),
            row.institution or "", gettext("yes") if row.before_opening else gettext("no"),
        )
        for row in rows
    )  # fmt: skip
    return Table(gettext("Readings"), columns, found)


def sample_lines(rows: Iterable[Row[Any]]) -> Table:
    """The drawn lines of a sample with what was found of each."""
    columns = (
        Column("position", gettext("No."), Figure.COUNT),
        Column("line_id", gettext("Line")),
        Column("hits", gettext("Draws"), Figure.COUNT),
        Column("record", gettext("Record")),
        Column("delivery_date", gettext("Day"), Figure.DAY),
        Column("institution", gettext("Institution"), share=1),
        Column("producer", gettext("Producer"), share=1),
        Column("product", gettext("Food"), share=1),
        Column("quantity", gettext("Quantity"), Figure.QUANTITY),
        Column("price", gettext("Net price"), Figure.MONEY),
        Column("net", gettext("Net"), Figure.MONEY),
        Column("verdict", gettext("Finding")),
        Column("remark", gettext("Remark"), share=2),
    )
    found = tuple(
        (
            row.position, str(row.record_line_id), row.hits, row.number, row.delivery_date, row.institution,
            row.producer, row.name, Amount(row.quantity, row.unit), row.price_cents, row.net_cents,
            verdict(row.verdict), row.remark or "",
        )
        for row in rows
    )  # fmt: skip
    return Table(gettext("Sample"), columns, found)


def verdict(code: str | None) -> str:
    """What was found of a line, in a word; nothing where nobody looked yet."""
    return {"good": gettext("in order"), "remark": gettext("remark")}.get(code or "", "")
