"""The cells of the summaries that a selection takes in, added up by any of their columns.

A cell of `spend_cell` holds what one institution bought of one food type from one producer in one month of
delivery, on one lawful basis and with one kind of certificate. It is kept by the transactions that write the
records, so that a page adds up cells and never the lines of years. A selection takes whole months here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from operator import add, attrgetter
from typing import Any

from sqlalchemy import TextClause, text

from foodorder.audit.selection import Selection
from foodorder.db import db

#: The cells of a selection, with group and code of their food: `cell`.
CELLS = """
WITH cell AS (
  SELECT s.*, t.food_group_id, t.cpv, t.grams_per_unit
    FROM spend_cell s JOIN food_type t ON t.id = s.food_type_id
   WHERE s.institution_id = ANY(CAST(:institutions AS integer[])) AND s.month BETWEEN :first AND :last
     AND (CAST(:producer AS integer) IS NULL OR s.producer_id = :producer)
     AND (CAST(:food_group AS integer) IS NULL OR t.food_group_id = :food_group)
     AND (CAST(:food_type AS integer) IS NULL OR s.food_type_id = :food_type)
     AND (CAST(:cpv AS text) IS NULL OR starts_with(t.cpv, :cpv))
     AND (CAST(:basis AS text) IS NULL OR s.basis = :basis)
     AND (CAST(:certificate AS text) IS NULL OR s.certificate = :certificate)
)
"""

#: What cells can be added up by.
COLUMNS = {
    name: name for name in ("month", "institution_id", "producer_id", "food_group_id", "food_type_id", "cpv")
}

#: The sums of a statement over `cell`, and where from.
SUMS = """
       sum(lines)::bigint AS lines, sum(net_cents)::bigint AS net_cents, sum(grams)::bigint AS grams,
       sum(organic_grams)::bigint AS organic_grams, sum(quality_grams)::bigint AS quality_grams,
       sum(local_grams)::bigint AS local_grams, sum(repriced)::bigint AS repriced
  FROM cell
"""

_NAMES = {
    "institution_id": "SELECT id, short_name AS name, short_name AS name_en, sort_key FROM institution",
    "producer_id": "SELECT id, name, name AS name_en, sort_key FROM producer",
    "food_group_id": "SELECT id, name_sl AS name, name_en, position AS sort_key FROM food_group",
    "food_type_id": "SELECT id, name_sl AS name, name_en, sort_key FROM food_type",
}


@dataclass(frozen=True, slots=True)
class Sums:
    """What lines come to: net cents, grams, and the grams of them of each kind."""

    lines: int = 0
    net_cents: int = 0
    grams: int = 0
    organic_grams: int = 0
    #: Of a quality scheme, and not organic.
    quality_grams: int = 0
    local_grams: int = 0
    #: Lines whose price is not that of their offer version; there should be none.
    repriced: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*map(add, _MEASURES(self), _MEASURES(other)))

    @property
    def organic_bp(self) -> int | None:
        """Organic share by weight, basis points, half up; None of nothing."""
        return share_of(self.organic_grams, self.grams)

    @property
    def quality_bp(self) -> int | None:
        """Share of quality schemes by weight, basis points, half up; None of nothing."""
        return share_of(self.quality_grams, self.grams)

    @property
    def local_bp(self) -> int | None:
        """Local share by weight, basis points, half up; None of nothing."""
        return share_of(self.local_grams, self.grams)


_MEASURES = attrgetter(*Sums.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Part:
    """One buyer, supplier or food (`name` in Slovene and English) with what was spent on it."""

    id: int
    name: str
    name_en: str
    sums: Sums


def share_of(part: int, whole: int) -> int | None:
    """Basis points, half up; None of nothing: what cannot be computed is neither zero nor full."""
    return (2 * part * 10_000 + whole) // (2 * whole) if whole else None


def added(sums: Iterable[Sums]) -> Sums:
    """The sum of sums."""
    return sum(sums, Sums())


def crossed(selection: Selection, *columns: str) -> dict[tuple[Any, ...], Sums]:
    """A selection added up by these COLUMNS: their values → sums, in the order of the values.

    Raises KeyError for what is no column.
    """
    by = ", ".join(COLUMNS[column] for column in columns)
    statement = text(f"{CELLS} SELECT {by}, {SUMS} GROUP BY {by} ORDER BY {by}")
    return {tuple(row)[: len(columns)]: sums(row) for row in rows(statement, selection)}


def rows(statement: TextClause, selection: Selection) -> Iterable[Any]:
    """The rows of a statement that begins with CELLS."""
    return db.session.execute(statement, selection.parameters())


def sums(row: Any) -> Sums:
    """The sums of a row that has a column for each."""
    return Sums(*_MEASURES(row))


def parts(column: str, found: dict[Any, Sums]) -> tuple[Part, ...]:
    """Sums by the ids of a column with their names, dearest first."""
    named = text(f"{_NAMES[column]} WHERE id = ANY(CAST(:ids AS integer[]))")
    names = {row.id: row for row in db.session.execute(named, {"ids": list(found)})}
    told = [Part(one, names[one].name, names[one].name_en, of) for one, of in found.items()]
    return tuple(sorted(told, key=lambda part: (-part.sums.net_cents, part.id)))
