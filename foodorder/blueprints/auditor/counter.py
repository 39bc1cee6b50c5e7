"""What the pages of the auditor's counter share: how far the reader reaches, files, the page's tables.

Auditors and coordinators reach over their municipality; an institution's accountant over the institution.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TypeVar

from flask import Blueprint, abort
from werkzeug.wrappers import Response

from foodorder.accounts.models import Municipality
from foodorder.audit.exports import is_number, shown
from foodorder.blueprints.shared.access import present
from foodorder.procurement.documents.store import File
from foodorder.procurement.documents.tables import Table

bp = Blueprint("auditor", __name__, url_prefix="/auditor")

Row = TypeVar("Row")


def municipality() -> Municipality:
    """The municipality of the reader, whether the role reaches over all of it or over one institution."""
    somebody = present()
    if somebody.institution is not None:
        return somebody.institution.municipality
    return found(somebody.grant.municipality)


def institution_id() -> int | None:
    """The only institution that the reader may see; None: all of the municipality."""
    institution = present().institution
    return institution.id if institution else None


def whole_municipality() -> Municipality:
    """The municipality of a reader who may see all of it; 404 for others."""
    if institution_id() is not None:
        abort(404)
    return municipality()


def found(row: Row | None) -> Row:
    """The row a scoped loader gave; 404 where it gave none."""
    if row is None:
        abort(404)
    return row


def download(file: File) -> Response:
    """A file to keep."""
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
    return Response(file.content, content_type=file.media_type, headers=headers)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a page's table: what is written, whether it ends at the right, where it leads."""

    text: str
    number: bool
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A table as the page shows it."""

    heads: list[str | tuple[str, str]]
    rows: list[list[Cell]]
    sums: list[list[Cell]]


def show(
    table: Table, links: Sequence[dict[str, str]] = (), sum_links: Sequence[dict[str, str]] = ()
) -> Shown:
    """A table for the page. `links`, `sum_links`: for each row the address behind a column's key."""
    heads: list[str | tuple[str, str]] = [
        (column.label, "num") if is_number(column) else column.label for column in table.columns
    ]

    def cells(row: Sequence[object], address: Callable[[str], str | None]) -> list[Cell]:
        return [
            Cell(shown(value, column), is_number(column), address(column.key))  # type: ignore[arg-type]
            for value, column in zip(row, table.columns, strict=True)
        ]

    def linked(rows: Sequence[Sequence[object]], links: Sequence[dict[str, str]]) -> list[list[Cell]]:
        return [cells(row, (one or {}).get) for row, one in zip_longest(rows, links[: len(rows)])]

    return Shown(heads, linked(table.rows, links), linked(table.sums, sum_links))
