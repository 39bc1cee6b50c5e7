"""One door for every table of the auditor: the same definition is the page's table, a CSV and a workbook.

CSV is UTF-8 with a byte order mark, as everywhere here: without it spreadsheet programs garble č, š and ž,
and readers for machines ("utf-8-sig") skip it. Texts that a spreadsheet would run as formulas are disarmed
(procurement/documents/sheets.py, which writes both forms).
"""

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType

from foodorder.language import formats, get_locale
from foodorder.procurement.documents.paper import Paper, file_name, head
from foodorder.procurement.documents.store import FORMATS, File
from foodorder.procurement.documents.tables import LEFT, Column, Figure, Table, Value, written

#: The forms a table is offered in.
ENDINGS = ("csv", "xlsx")

#: Columns whose figure is told otherwise on a page than in a file.
SHOWN: Mapping[str, Callable[..., str]] = MappingProxyType({"month": formats.month})


def shown(value: Value, column: Column) -> str:
    """A cell as the page writes it: months by name, days with their year, shares with one decimal."""
    if value is None:
        return "–"
    if column.key in SHOWN and not isinstance(value, str):
        return SHOWN[column.key](value)
    if column.figure is Figure.RATE and isinstance(value, int):
        return formats.share(value)
    if isinstance(value, date):
        return formats.day(value, year=True)
    return written(value, column.figure)


def is_number(column: Column) -> bool:
    """Whether a column ends at the right."""
    return column.figure not in LEFT


def render(table: Table, ending: str, title: str, name: str) -> File:
    """A table as a file to keep. Raises KeyError for an ending that is not offered."""
    language = get_locale().language
    paper = Paper("audit", 0, file_name([name]), language, "list", head(title), (table,), kept=False)
    form = FORMATS[ending]
    return File(f"{paper.name}.{ending}", form.media_type, form.render(paper))
