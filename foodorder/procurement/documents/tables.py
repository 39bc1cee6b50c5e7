"""One table for every form: printed in a PDF, calculated with in a spreadsheet, read by a machine.

A table is made once, in the reader's language, from plain values; what a value is (`Figure`) decides how each
form writes it. Values: text; a date; integers for counts, cents, grams and basis points; `Amount` for a
quantity (thousandths of a unit); None for a cell without a value.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from foodorder.language import formats
from foodorder.rules.errors import Amount

Value = str | int | date | Amount | None
Row = Sequence[Value]


class Figure(StrEnum):
    """What stands in a column."""

    TEXT = "text"
    DAY = "day"
    COUNT = "count"
    QUANTITY = "quantity"
    PACKS = "packs"
    MONEY = "money"
    WEIGHT = "weight"
    RATE = "rate"


#: Columns of text and days begin at the left; figures end at the right.
LEFT = frozenset({Figure.TEXT, Figure.DAY})


@dataclass(frozen=True, slots=True)
class Column:
    """`key` is the stable English name for machines, `label` the heading for people.

    `share` of the width that is left when every figure has what it needs; 0: no wider than its content.
    """

    key: str
    label: str
    figure: Figure = Figure.TEXT
    share: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings, with rows of sums at the end. `name` is the sheet in a workbook."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    sums: tuple[Row, ...] = ()

    def printed(self) -> dict[str, Any]:
        """As the templates of documents take it: everything written out, figures at the right."""
        return {
            "columns": [
                {"label": column.label, "left": column.figure in LEFT, "share": column.share}
                for column in self.columns
            ],
            "rows": [self._written(row) for row in self.rows],
            "sums": [self._written(row) for row in self.sums],
        }

    def without(self, *keys: str) -> "Table":
        """The same table without the columns of these keys."""
        kept = [index for index, column in enumerate(self.columns) if column.key not in keys]

        def shorter(rows: tuple[Row, ...]) -> tuple[Row, ...]:
            return tuple(tuple(row[index] for index in kept) for row in rows)

        columns = tuple(self.columns[index] for index in kept)
        return Table(self.name, columns, shorter(self.rows), shorter(self.sums))

    def without_known(self, **known: Value) -> "Table":
        """The same table without those named columns that hold nothing but what the reader knows already.

        `without_known(farm="Kmetija Pod lipo", packs=None)` keeps `farm` as soon as one row says another.
        """
        idle = [
            column.key
            for place, column in enumerate(self.columns)
            if column.key in known and {row[place] for row in self.rows} <= {known[column.key], None, ""}
        ]
        return self.without(*idle)

    def _written(self, row: Row) -> list[str]:
        return [written(value, column.figure) for value, column in zip(row, self.columns, strict=True)]


def written(value: Value, figure: Figure) -> str:
    """One value as a person reads it in the language spoken now; nothing for None."""
    match value:
        case None:
            return ""
        case Amount(milli, unit):
            return formats.amount(milli, unit)
        case str():
            return value
        case date():
            return formats.day(value)
        case int():
            return WRITTEN[figure](value)


WRITTEN = {
    Figure.MONEY: formats.money,
    Figure.WEIGHT: formats.weight,
    Figure.RATE: formats.rate,
    Figure.COUNT: formats.number,
    Figure.PACKS: formats.number,
}


def amount_of(milli: int | None, unit: str) -> Amount | None:
    """A quantity for a cell; None where there is none."""
    return Amount(milli, unit) if milli else None


def total(amounts: Iterable[Value]) -> Amount | None:
    """Sum of quantities; None when there are none or their units differ, for then there is no sum."""
    found = [value for value in amounts if isinstance(value, Amount)]
    if len({amount.unit for amount in found}) != 1:
        return None
    return Amount(sum(amount.milli for amount in found), found[0].unit)
