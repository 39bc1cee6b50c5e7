"""The tables of the auditor's own papers and of who read offers, each defined once."""

from collections.abc import Iterable

from foodorder.audit import words
from foodorder.language import gettext
from foodorder.language.times import local
from foodorder.ordering.readings import Reading
from foodorder.procurement.documents.tables import Column, Figure, Table


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
