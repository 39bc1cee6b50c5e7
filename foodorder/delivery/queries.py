"""Read delivery notes: a producer's days, one day's notes, one note with its door, lots and outcome.

Quantities are thousandths of the unit, weights grams.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import groupby
from typing import Any

from sqlalchemy import Row, text

from foodorder.db import db
from foodorder.procurement.supply import Window
from foodorder.rules.delivery import SHORT_REASONS, NoteState, ShortReason


@dataclass(frozen=True, slots=True)
class LotRow:
    """One lot of a recorded line; `accepted` None: nobody has decided on it yet."""

    id: int
    root_line_id: int
    part: int
    product_id: int
    record_id: int
    record: str
    order_line_id: int | None
    name: str
    unit: str
    pack: int | None
    ordered: int
    quantity: int
    grams: int
    lot: str | None
    use_by: date | None
    origin: str
    animal: bool
    temperature: str | None
    accepted: int | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class LineRow:
    """A recorded line with its lots; `told`: how much was told that it will not come."""

    lots: tuple[LotRow, ...]
    told: int

    @property
    def first(self) -> LotRow:
        """The lot that carries what was recorded."""
        return self.lots[0]

    @property
    def ordered(self) -> int:
        """Recorded."""
        return sum(lot.ordered for lot in self.lots)

    @property
    def quantity(self) -> int:
        """What travels, of all lots."""
        return sum(lot.quantity for lot in self.lots)


@dataclass(frozen=True, slots=True)
class ShortRow:
    """What was told that it will not come."""

    root_line_id: int
    name: str
    unit: str
    missing: int
    reason: str
    words: str | None
    told_at: datetime

    @property
    def why(self) -> str:
        """The reason in words, marked for translation."""
        return SHORT_REASONS[ShortReason(self.reason)]


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A delivery note with its door."""

    id: int
    number: str
    part: int
    state: str
    cycle_id: int
    week: date
    producer_id: int
    producer: str
    institution_id: int
    institution: str
    delivery_point_id: int
    delivery_point: str
    delivery_date: date
    address: str
    postcode: str
    town: str
    latitude: float
    longitude: float
    instructions: str | None
    phone: str | None
    windows: tuple[Window, ...]
    prepared_at: datetime | None
    left_at: datetime | None
    received_at: datetime | None
    cancelled_at: datetime | None
    remark: str | None
    lines: tuple[LineRow, ...]
    shorts: tuple[ShortRow, ...]

    @property
    def grams(self) -> int:
        """Net weight of what travels."""
        return sum(lot.grams for line in self.lines for lot in line.lots)

    @property
    def is_open(self) -> bool:
        """Whether it has not left yet."""
        return self.state in (NoteState.DRAFT, NoteState.PREPARED)

    @property
    def records(self) -> list[tuple[int, str]]:
        """The records behind it: number of the row and its own number."""
        return sorted({(line.first.record_id, line.first.record) for line in self.lines})


_NOTES = """
SELECT n.id, n.number, n.part, n.state, n.cycle_id, c.week, n.producer_id, p.name AS producer,
       n.institution_id, i.short_name AS institution, n.delivery_point_id, d.name AS delivery_point,
       n.delivery_date, d.address, d.postcode, d.town, d.latitude, d.longitude, d.instructions, d.phone,
       coalesce((SELECT jsonb_agg(jsonb_build_array(w.starts, w.ends) ORDER BY w.starts)
                 FROM delivery_window w
                 WHERE w.delivery_point_id = d.id
                   AND w.days & (1 << (extract(isodow FROM n.delivery_date)::integer - 1)) <> 0),
                '[]') AS windows,
       n.prepared_at, n.left_at, n.received_at, n.cancelled_at, n.remark
FROM delivery_note n
JOIN cycle c ON c.id = n.cycle_id
JOIN producer p ON p.id = n.producer_id
JOIN institution i ON i.id = n.institution_id
JOIN delivery_point d ON d.id = n.delivery_point_id
WHERE /* scope */
ORDER BY n.delivery_date, i.sort_key, i.id, d.position, d.id, n.part, n.producer_id, n.id
"""

_LINES = text("""
SELECT l.note_id, l.id, l.root_line_id, l.part, r.product_id, r.record_id, k.number AS record,
       r.order_line_id, l.name, l.unit, v.pack, l.ordered, l.quantity, l.grams, l.lot, l.use_by, l.origin,
       l.animal, l.temperature, a.quantity AS accepted, a.outcome
FROM delivery_line l
JOIN record_line r ON r.id = l.record_line_id
JOIN procurement_record k ON k.id = r.record_id
JOIN offer_version v ON v.id = r.offer_version_id
LEFT JOIN acceptance_line a ON a.id = l.acceptance_id
WHERE l.note_id = ANY(CAST(:notes AS bigint[]))
ORDER BY l.note_id, l.position, l.root_line_id, l.part
""")

_SHORTS = text("""
SELECT s.note_id, s.root_line_id, l.name, l.unit, s.missing, s.reason, s.words, s.told_at
FROM shortfall s JOIN record_line l ON l.id = s.root_line_id
WHERE s.note_id = ANY(CAST(:notes AS bigint[]))
ORDER BY s.note_id, s.id
""")

_DAYS = text("""
SELECT delivery_date, count(*) AS notes, count(*) FILTER (WHERE state IN ('draft', 'prepared')) AS open
FROM delivery_note
WHERE producer_id = :producer AND delivery_date BETWEEN :first AND :last AND state <> 'cancelled'
GROUP BY delivery_date
ORDER BY delivery_date
""")


_LINKS = text("""
SELECT n.id, n.number, n.state, n.delivery_date, n.producer_id, d.name AS delivery_point
FROM delivery_note n JOIN delivery_point d ON d.id = n.delivery_point_id
WHERE n.institution_id = :institution AND n.delivery_date BETWEEN :first AND :last AND n.state <> 'cancelled'
ORDER BY n.id
""")


def links_for(institution_id: int, first: date, last: date) -> dict[tuple[date, str, int], list[Row[Any]]]:
    """What comes to a kitchen between two days: (day, door, producer) → its notes (id, number, state)."""
    found: dict[tuple[date, str, int], list[Row[Any]]] = {}
    keys = {"institution": institution_id, "first": first, "last": last}
    for row in db.session.execute(_LINKS, keys):
        found.setdefault((row.delivery_date, row.delivery_point, row.producer_id), []).append(row)
    return found


def days_of(producer_id: int, first: date, last: date) -> Sequence[Row[Any]]:
    """The days between two on which a producer brings something: `delivery_date`, `notes`, `open`."""
    return db.session.execute(_DAYS, {"producer": producer_id, "first": first, "last": last}).all()


def notes_of_day(producer_id: int, day: date) -> list[NoteRow]:
    """A producer's notes of a day, by kitchen and door."""
    return _notes("n.producer_id = :producer AND n.delivery_date = :day", producer=producer_id, day=day)


def notes_of_record(record_ids: Iterable[int]) -> list[NoteRow]:
    """The notes that bring what records (all versions of one) ask for."""
    return _notes(
        "n.id IN (SELECT l.note_id FROM delivery_line l JOIN record_line r ON r.id = l.root_line_id"
        " OR r.id = l.record_line_id WHERE r.record_id = ANY(CAST(:records AS bigint[])))",
        records=list(record_ids),
    )


def notes_for(institution_id: int, first: date, last: date) -> list[NoteRow]:
    """The notes of what comes to a kitchen between two days."""
    return _notes(
        "n.institution_id = :institution AND n.delivery_date BETWEEN :first AND :last",
        institution=institution_id, first=first, last=last,
    )  # fmt: skip


def find_note(
    note_id: int,
    *,
    producer_id: int | None = None,
    institution_id: int | None = None,
    municipality_id: int | None = None,
) -> NoteRow | None:
    """One note, if it is the producer's, or comes to the institution, or to one of the municipality."""
    owners = {"n.producer_id": producer_id, "n.institution_id": institution_id,
              "i.municipality_id": municipality_id}  # fmt: skip
    scope, owner = next((one, number) for one, number in owners.items() if number is not None)
    found = _notes(f"n.id = :note AND {scope} = :owner", note=note_id, owner=owner)
    return found[0] if found else None


def _notes(scope: str, **parameters: Any) -> list[NoteRow]:
    rows = db.session.execute(text(_NOTES.replace("/* scope */", scope)), parameters).all()
    keys = {"notes": [row.id for row in rows]}
    shorts: dict[int, list[ShortRow]] = {}
    for values in (row._asdict() for row in db.session.execute(_SHORTS, keys)):
        shorts.setdefault(values.pop("note_id"), []).append(ShortRow(**values))
    lines = {
        note_id: _lines(list(group), shorts.get(note_id, ()))
        for note_id, group in groupby(db.session.execute(_LINES, keys), lambda row: row.note_id)
    }
    return [_note(row, lines.get(row.id, ()), shorts.get(row.id, ())) for row in rows]


def _note(row: Row[Any], lines: tuple[LineRow, ...], shorts: Sequence[ShortRow]) -> NoteRow:
    values = row._asdict()
    values["windows"] = tuple(
        Window(time.fromisoformat(starts), time.fromisoformat(ends)) for starts, ends in row.windows
    )
    return NoteRow(**values, lines=lines, shorts=tuple(shorts))


def _lines(rows: Sequence[Row[Any]], shorts: Sequence[ShortRow]) -> tuple[LineRow, ...]:
    found = []
    for root, group in groupby(rows, lambda row: row.root_line_id):
        lots = tuple(
            LotRow(**{key: value for key, value in row._asdict().items() if key != "note_id"})
            for row in group
        )
        found.append(LineRow(lots, sum(short.missing for short in shorts if short.root_line_id == root)))
    return tuple(found)
