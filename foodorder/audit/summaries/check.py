"""Compare summaries with raw rows, part by part; name the first difference.

Each comparison is one statement, so that it sees raw rows and summaries as of one moment, whoever writes.
A row that is missing counts as one of zeros: a cell that came to nothing may stay.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import TextClause, text

from foodorder.audit.models import SpendCell
from foodorder.audit.summaries.rebuild import FEW_OF_MANY, Kind, Part
from foodorder.db import db


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a summary is not what raw rows say. `key`: the cell's columns."""

    table: str
    key: Mapping[str, Any]
    column: str
    kept: Any
    raw: Any

    def __str__(self) -> str:
        cell = ", ".join(f"{name} {value}" for name, value in self.key.items())
        return f"{self.table} ({cell}): {self.column} is {self.kept}, and {self.raw} by the raw rows"


@dataclass(frozen=True, slots=True)
class _Compared:
    table: str
    key: tuple[str, ...]
    statement: TextClause


def _compared(table: str, key: tuple[str, ...], of: str, raw: str) -> _Compared:
    """`of`: the condition on the kept rows; `raw`: the same rows by raw rows, columns of the same names."""
    keys = ", ".join(key)
    statement = f"""
SELECT to_jsonb(k) AS kept, to_jsonb(r) AS raw
  FROM (SELECT * FROM {table} WHERE {of}) k FULL JOIN ({raw}) r USING ({keys})
 WHERE to_jsonb(k) IS DISTINCT FROM to_jsonb(r) ORDER BY {keys}
"""  # noqa: S608 - only names from here are put together
    return _Compared(table, key, text(statement))


_MEASURES = tuple(
    name for name, column in SpendCell.__table__.columns.items() if column.server_default is not None
)
_SUMS = ", ".join(f"sum({name})::bigint AS {name}" for name in _MEASURES)
_RAW_CELLS = "SELECT * FROM foodorder_spend_raw(:id, NULL, '-infinity', 'infinity')"

_COMPARED: Mapping[Kind, tuple[_Compared, ...]] = {
    Kind.PROOFS: (_compared("product_proof", ("product_id",), "true", "SELECT * FROM product_proof_raw"),),
    Kind.INSTITUTION: (
        _compared(
            "spend_cell",
            ("institution_id", "month", "producer_id", "food_type_id", "basis", "certificate"),
            "institution_id = :id",
            _RAW_CELLS,
        ),
        _compared(
            "spend_pair",
            ("institution_id", "month", "producer_id"),
            "institution_id = :id",
            f"SELECT c.*, coalesce(n.records, 0) AS records"  # noqa: S608 - as above
            f" FROM (SELECT institution_id, month, producer_id, {_SUMS} FROM ({_RAW_CELLS}) x"
            f" GROUP BY 1, 2, 3) c LEFT JOIN foodorder_records_raw(:id, NULL, '-infinity', 'infinity') n"
            f" USING (institution_id, month, producer_id)",
        ),
    ),
    Kind.MUNICIPALITY: (
        _compared(
            "price_cell",
            ("municipality_id", "food_type_id", "unit", "month", "price_cents"),
            "municipality_id = :id",
            "SELECT * FROM foodorder_prices_raw(:id)",
        ),
        _compared(
            "offer_cell",
            ("municipality_id", "week", "food_type_id"),
            "municipality_id = :id",
            "SELECT * FROM foodorder_offers_raw(:id, NULL)",
        ),
    ),
}


def first_difference(part: Part) -> Difference | None:
    """The first cell of a part that is not what raw rows say, and in what; None: all are."""
    db.session.execute(FEW_OF_MANY)
    for compared in _COMPARED[part.kind]:
        for row in db.session.execute(compared.statement, {"id": part.id} if part.id else {}):
            found = _difference(compared, row.kept or {}, row.raw or {})
            if found is not None:
                return found
    return None


def _difference(compared: _Compared, kept: Mapping[str, Any], raw: Mapping[str, Any]) -> Difference | None:
    there = kept or raw
    key = {name: there[name] for name in compared.key}
    for column in there:
        if column in key:
            continue
        one, other = kept.get(column) or 0, raw.get(column) or 0
        if one != other:
            return Difference(compared.table, key, column, one, other)
    return None
