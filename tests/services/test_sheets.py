"""Files for machines: nothing that people typed is run as a formula, and figures stay figures."""

import csv
import io
import zipfile
from datetime import date

import pytest

from foodorder.procurement.documents.paper import Paper
from foodorder.procurement.documents.sheets import csv_file, workbook
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


def test_a_mean_in_the_row_of_sums_is_not_added_up() -> None:
    columns = (
        Column("name", "Name"),
        Column("net", "Net", Figure.MONEY),
        Column("share", "Share", Figure.RATE),
        Column("km", "km", Figure.QUANTITY),
    )
    rows = (("a", 100, 1_000, Amount(3_000, "")), ("b", 200, 3_000, Amount(5_000, "")))
    table = Table("Sheet", columns, rows, (("Together", 300, 2_000, Amount(4_000, "")),))
    content = workbook(Paper("audit", 0, "name", "en", "list", {"title": "T"}, (table,)))
    sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<f>") == 1
    assert "<f>SUM(B4:B5)</f><v>3.00</v>" in sheet
