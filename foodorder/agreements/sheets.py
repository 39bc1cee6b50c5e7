"""Spreadsheets that people hand in, CSV or XLSX, read into lines of text under the columns that are wanted.

Nothing is understood here but the form: which row holds the headings, which column is which, where a line
stands in the file. What the texts mean is said by whoever asked for them, so that errors can name their line.
"""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from foodorder.rules.errors import N_, Refusal

#: Bytes of a file, bytes it may unfold to, and lines; more is no list that a person checks by eye.
LARGEST = 2_000_000
LARGEST_UNFOLDED = 50_000_000
MOST_LINES = 2_000
MOST_COLUMNS = 200
#: The headings stand in one of the first rows; titles may stand above them.
HEADINGS_WITHIN = 20

#: Tried in this order: UTF-8 with or without its mark, the old Windows page of the region.
ENCODINGS = ("utf-8-sig", "cp1250")
DELIMITERS = (";", ",", "\t")


class NotASpreadsheet(Refusal):
    """A file that is neither CSV nor XLSX."""

    message = N_("This file cannot be read as a table. Save it as XLSX or CSV.")
    default_field = "file"


class FileTooLarge(Refusal):
    """More bytes or lines than anybody checks by eye."""

    message = N_("The file is too large. Divide it into files of at most %(lines)s lines.")
    default_field = "file"


class ColumnsMissing(Refusal):
    """No row of headings, or one without a column that is needed."""

    message = N_("The table has no column %(columns)s. The first row must hold the names of the columns.")
    default_field = "file"


class NoLines(Refusal):
    """Headings with nothing under them."""

    message = N_("There are no lines under the headings of this table.")
    default_field = "file"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its number as the spreadsheet program shows it, and the texts by column; "" where empty."""

    number: int
    texts: Mapping[str, str]


def read_lines(
    content: bytes, columns: Mapping[str, Sequence[str]], needed: Iterable[str] = ()
) -> list[Line]:
    """The lines of a file under its headings, empty ones left out.

    `columns`: key → headings by which it may be named, in any language; capitals, accents and signs do not
    matter. `needed`: keys without which the file is refused. Decimal numbers and dates of workbooks come as
    "12.5" and "2026-11-30". Raises NotASpreadsheet, FileTooLarge, ColumnsMissing or NoLines.
    """
    if len(content) > LARGEST:
        raise FileTooLarge(lines=MOST_LINES)
    names = {plain(name): key for key, named in columns.items() for name in (key, *named)}
    missing: list[str] = list(needed)
    for rows in _tables(content):
        for place, row in enumerate(rows[:HEADINGS_WITHIN]):
            found = _headings(row, names)
            lacking = [key for key in needed if key not in found]
            if found and not lacking:
                return _lines(rows, place, found)
            if found and len(lacking) < len(missing):
                missing = lacking
    raise ColumnsMissing(columns=", ".join(columns[key][0] if columns[key] else key for key in missing))


def plain(text: str) -> str:
    """A heading or name as it is compared: small letters and figures alone, without accents."""
    bare = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", " ", bare).strip()


def _headings(row: Sequence[str], names: Mapping[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, text in enumerate(row):
        key = names.get(plain(text))
        if key is not None:
            found.setdefault(key, place)
    return found


def _lines(rows: list[list[str]], place: int, found: Mapping[str, int]) -> list[Line]:
    lines = []
    for number, row in enumerate(rows[place + 1 :], place + 2):
        texts = {key: row[at].strip() if at < len(row) else "" for key, at in found.items()}
        if any(texts.values()):
            lines.append(Line(number, texts))
    if not lines:
        raise NoLines
    if len(lines) > MOST_LINES:
        raise FileTooLarge(lines=MOST_LINES)
    return lines


def _tables(content: bytes) -> Iterable[list[list[str]]]:
    """The ways to read a file as rows of texts: a workbook's sheets, a text parted by one sign or other."""
    if content.startswith(b"PK"):
        return _sheets(content)
    text = _decoded(content)
    try:
        return [list(csv.reader(io.StringIO(text, newline=""), delimiter=sign)) for sign in DELIMITERS]
    except csv.Error as error:
        raise NotASpreadsheet from error


def _decoded(content: bytes) -> str:
    if b"\0" in content:
        raise NotASpreadsheet
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotASpreadsheet


def _sheets(content: bytes) -> list[list[list[str]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unfolded = sum(part.file_size for part in archive.infolist())
        if unfolded > LARGEST_UNFOLDED:
            raise FileTooLarge(lines=MOST_LINES)
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [book.get_sheet_by_index(place) for place in range(len(book.sheet_names))]
        return [_cells(sheet) for sheet in sheets if sheet.total_width <= MOST_COLUMNS]
    except (zipfile.BadZipFile, CalamineError) as error:
        raise NotASpreadsheet from error


def _cells(sheet: CalamineSheet) -> list[list[str]]:
    rows = sheet.to_python(skip_empty_area=False, nrows=HEADINGS_WITHIN + MOST_LINES + 1)
    return [[_text(value) for value in row] for row in rows]


def _text(value: object) -> str:
    match value:
        case bool():
            return "1" if value else "0"
        case float():
            return f"{value:.6f}".rstrip("0").rstrip(".")
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat()
        case date() | time() | timedelta() | int():
            return str(value)
        case _:
            return str(value)
