"""Spend as open data: one row for each month, institution, supplier, food and lawful basis.

CSV (RFC 4180) in UTF-8 without a byte order mark, decimal points, euros and kilograms; the columns are those
that the Fiscal Data Package beside it describes.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

#: A text that begins so would be run as a formula by spreadsheet programs.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class SpendRow:
    """One row; sums in net cents, weights in grams. `supplier` is empty where the name is not public."""

    year: int
    month: date
    municipality_code: str
    municipality: str
    institution_code: str
    institution: str
    supplier: str
    supplier_village: str
    supplier_kind: str
    food_group: str
    food_type: str
    food_name_sl: str
    food_name_en: str
    cpv: str
    basis: str
    lines: int
    net_eur: int
    weight_kg: int
    organic_kg: int
    quality_kg: int
    local_kg: int


def spend_csv(rows: Iterable[SpendRow]) -> bytes:
    """The rows as CSV."""
    return table_csv([field.name for field in fields(SpendRow)], (astuple(row) for row in rows))


def table_csv(columns: list[str], rows: Iterable[Iterable[Any]]) -> bytes:
    """A table as CSV; columns that end in _eur hold cents, those in _kg grams, in _share basis points."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(plain(value, column) for value, column in zip(row, columns, strict=True))
    return out.getvalue().encode()


def plain(value: Any, column: str) -> str:
    """A cell: figures with a decimal point, days as ISO 8601, nothing for what is not known."""
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        for ending, decimals in (("_eur", 2), ("_kg", 3), ("_share", 4)):
            if column.endswith(ending):
                return f"{Decimal(value).scaleb(-decimals):f}"
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
