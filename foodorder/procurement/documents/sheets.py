"""Workbooks and CSV of the same tables: figures stay figures, in a spreadsheet with a format, in CSV plain.

CSV (RFC 4180): commas, decimal points, ISO dates, English column names, UTF-8 with a byte order mark, without
which spreadsheet programs garble č, š and ž. A quantity has its unit in a column of its own.
"""

import csv
import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from foodorder.language import formats
from foodorder.procurement.documents.paper import MADE, Paper
from foodorder.procurement.documents.tables import LEFT, Column, Figure, Row, Table, Value
from foodorder.rules.errors import Amount

#: A cell that begins so would be run as a formula by spreadsheet programs.
DANGEROUS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")

#: How many decimals stand behind the integers of a figure.
DECIMALS = {Figure.MONEY: 2, Figure.WEIGHT: 3, Figure.RATE: 4}
PATTERNS = {
    Figure.MONEY: '#,##0.00 "€"',
    Figure.WEIGHT: '#,##0.000 "kg"',
    Figure.RATE: "0.0##%",
    Figure.COUNT: "#,##0",
    Figure.PACKS: "#,##0",
    Figure.DAY: "d. m. yyyy",
}


def csv_file(paper: Paper) -> bytes:
    """The table of the paper that is meant for machines, without its sums: they add up by themselves."""
    table = paper.sheets[paper.machine]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(name for column in table.columns for name in _names(column))
    for row in table.rows:
        writer.writerow(
            text for value, column in zip(row, table.columns, strict=True) for text in _plain(value, column)
        )
    return out.getvalue().encode("utf-8-sig")


def _names(column: Column) -> tuple[str, ...]:
    return {
        Figure.QUANTITY: (column.key, f"{column.key}_unit"),
        Figure.MONEY: (f"{column.key}_eur",),
        Figure.WEIGHT: (f"{column.key}_kg",),
        Figure.RATE: (f"{column.key}_percent",),
    }.get(column.figure, (column.key,))


def _plain(value: Value, column: Column) -> Iterator[str]:
    match value:
        case Amount(milli, unit):
            yield f"{Decimal(milli).scaleb(-3):f}"
            yield unit
        case None:
            yield from ("" for _ in _names(column))
        case date():
            yield value.isoformat()
        case int() if column.figure is Figure.RATE:
            yield f"{Decimal(value).scaleb(-2):f}"
        case int():
            yield f"{Decimal(value).scaleb(-DECIMALS.get(column.figure, 0)):f}"
        case str():
            yield f"'{value}" if value.startswith(DANGEROUS) else value


def workbook(paper: Paper) -> bytes:
    """Every table of the paper on a sheet of its own, sums as formulas."""
    out = io.BytesIO()
    # Texts are written by write_string, which never takes them for formulas or links.
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"title": paper.content["title"], "created": MADE})
    styles = _Styles(book)
    for table in paper.sheets:
        _sheet(book.add_worksheet(table.name[:31]), table, styles, paper.content["title"])
    book.close()
    return out.getvalue()


class _Styles:
    """The formats of one workbook, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, object], ...], Format] = {}

    def __call__(self, **properties: object) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(properties)
        return self._made[key]


HEAD = 2


def _sheet(sheet: Worksheet, table: Table, styles: _Styles, title: str) -> None:
    sheet.write_string(0, 0, title, styles(bold=True, font_size=13))
    for place, column in enumerate(table.columns):
        side = "left" if column.figure in LEFT else "right"
        head = styles(bold=True, bg_color="#E8F1EB", bottom=1, text_wrap=True, valign="top", align=side)
        sheet.write_string(HEAD, place, column.label, head)
        sheet.set_column(place, place, _width(table, place))
    for number, row in enumerate(table.rows, HEAD + 1):
        _write(sheet, number, row, table, styles, sums=False)
    for number, row in enumerate(table.sums, HEAD + 1 + len(table.rows)):
        _write(sheet, number, row, table, styles, sums=True)
    sheet.freeze_panes(HEAD + 1, 1)
    sheet.repeat_rows(HEAD)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _width(table: Table, place: int) -> int:
    longest = max((len(str(row[place])) for row in table.rows if isinstance(row[place], str)), default=0)
    return min(max(longest, len(table.columns[place].label), 11) + 2, 48)


def _write(sheet: Worksheet, number: int, row: Row, table: Table, styles: _Styles, *, sums: bool) -> None:
    edge = {"bold": True, "top": 1} if sums else {}
    for place, (value, column) in enumerate(zip(row, table.columns, strict=True)):
        match value:
            case None:
                sheet.write_blank(number, place, None, styles(**edge))
            case str():
                sheet.write_string(number, place, value, styles(text_wrap=True, valign="top", **edge))
            case date():
                sheet.write_datetime(
                    number, place, value, styles(num_format=PATTERNS[Figure.DAY], align="left")
                )
            case Amount() | int():
                style = styles(num_format=_pattern(value, column), **edge)
                figure = _figure(value, column)
                formula = _sum(value, place, table) if sums else ""
                if formula:
                    sheet.write_formula(number, place, formula, style, figure)
                else:
                    sheet.write_number(number, place, figure, style)


def _sum(value: Amount | int, place: int, table: Table) -> str:
    """The formula of a sum: over the whole column, or over the cells of its unit; none for very many.

    None either for what is no sum: a mean or a share of everything stands in that row too.
    """
    alike = [line for line, row in enumerate(table.rows, HEAD + 1) if _adds_up(row[place], value)]
    if sum(_whole(table.rows[line - HEAD - 1][place]) for line in alike) != _whole(value):
        return ""
    if len(alike) == len(table.rows) > 0:
        first, last = (xl_rowcol_to_cell(line, place) for line in (alike[0], alike[-1]))
        return f"=SUM({first}:{last})"
    # A function takes at most 255 arguments.
    cells = ",".join(xl_rowcol_to_cell(line, place) for line in alike)
    return f"=SUM({cells})" if 0 < len(alike) <= 255 else ""


def _adds_up(value: Value, sum_: Amount | int) -> bool:
    if isinstance(sum_, Amount):
        return isinstance(value, Amount) and value.unit == sum_.unit
    return isinstance(value, int)


def _whole(value: Value) -> int:
    if isinstance(value, Amount):
        return value.milli
    return value if isinstance(value, int) else 0


def _figure(value: Amount | int, column: Column) -> Decimal:
    if isinstance(value, Amount):
        return Decimal(value.milli).scaleb(-3)
    return Decimal(value).scaleb(-DECIMALS.get(column.figure, 0))


def _pattern(value: Amount | int, column: Column) -> str:
    if isinstance(value, Amount):
        # "0.###" would leave a lone decimal mark behind whole numbers.
        digits = "#,##0.0##" if value.milli % 1000 else "#,##0"
        return f'{digits} "{formats.unit_label(value.unit)}"'
    return PATTERNS[column.figure]
