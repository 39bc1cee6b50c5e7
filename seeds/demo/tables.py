"""Reading the tab-separated tables under `seeds/`.

The files are UTF-8, one header line, no quoting; an empty cell means "none".
"""

import csv
from pathlib import Path

SEEDS = Path(__file__).resolve().parent.parent
REFERENCE = SEEDS / "reference"
DATA = SEEDS / "demo" / "data"

Row = dict[str, str]


def rows(path: Path) -> list[Row]:
    """All rows of a table, cells as text, in the order of the file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def numbers(cell: str) -> tuple[int, ...]:
    """A cell like "1,3,7" as integers; an empty cell as none."""
    return tuple(int(part) for part in cell.split(",") if part)


def words(cell: str) -> tuple[str, ...]:
    """A cell like "a,b" as texts; an empty cell as none."""
    return tuple(part for part in cell.split(",") if part)


def months(cell: str) -> frozenset[int]:
    """A cell like "7-12,1-5" as the months 1 to 12 it names."""
    found: set[int] = set()
    for part in words(cell):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)
