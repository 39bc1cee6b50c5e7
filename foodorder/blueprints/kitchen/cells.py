"""The names of the fields of the weekly order: q-<offer>-<delivery point>-<yyyymmdd>."""

import re
from collections.abc import Iterable
from datetime import date

from foodorder.rules.ordering import Cell

_NAME = re.compile(r"q-([0-9]{1,9})-([0-9]{1,9})-([0-9]{4})([0-9]{2})([0-9]{2})")


def field_name(cell: Cell) -> str:
    """The name of a cell's field."""
    return f"q-{cell.offer}-{cell.delivery_point}-{cell.day:%Y%m%d}"


def read_cells(fields: Iterable[tuple[str, str]]) -> dict[Cell, str]:
    """What a form holds of the order, as it was typed. Raises ValueError for a name that is none of ours."""
    cells = {}
    for name, typed in fields:
        if not name.startswith("q-"):
            continue
        match = _NAME.fullmatch(name)
        if match is None:
            raise ValueError(name)
        offer, point, year, month, day = map(int, match.groups())
        cells[Cell(offer, point, date(year, month, day))] = typed.strip()
    return cells
