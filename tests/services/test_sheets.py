"""Files for machines: nothing that people typed is run as a formula, and figures stay figures."""

import csv
import io
from datetime import date

import pytest

from foodorder.procurement.documents.paper import Paper
from foodorder.procurement.documents.sheets import csv_file
from foodorder.procurement.documents.tables import Column, Figure, Table
from foodorder.rules.errors import Amount


def read(*rows: tuple[object, ...], columns: tuple[Column, ...]) -> list[list[str]]:
    table = Table("Sheet", columns, rows)  # type: ignore[arg-type]
    content = csv_file(Paper("audit", 0, "name", "en", "list", {"title": "T"}, (table,)))
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))[1:]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_a_text_that_a_spreadsheet_would_run_is_disarmed(sign: str) -> None:
    typed = f"{sign}1+1"
    assert read((typed,), columns=(Column("name", "Name"),)) == [[f"'{typed}"]]


def test_a_sign_inside_a_text_stays_and_figures_below_zero_are_figures() -> None:
    columns = (
        Column("name", "Name"),
        Column("quantity", "Quantity", Figure.QUANTITY),
        Column("net", "Net", Figure.MONEY),
        Column("day", "Day", Figure.DAY),
    )
    row = ('A=b, "c" - d\n@e', Amount(-1500, "KGM"), -12, date(2026, 12, 1))
    assert read(row, columns=columns) == [['A=b, "c" - d\n@e', "-1.500", "KGM", "-0.12", "2026-12-01"]]
