"""Read the requests after the close (reductions, urgent additions) and their answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text

from foodorder.db import db


@dataclass(frozen=True, slots=True)
class ChangeLineRow:
    """What a request asks of one line, in thousandths: before (None: a new line), wanted, and the pack."""

    name: str
    unit: str
    delivery_date: date
    delivery_point: str
    before: int | None
    quantity: int
    pack: int | None

    @property
    def breaks_a_pack(self) -> bool:
        """Whether what is left is no whole number of packs, and more than nothing."""
        return bool(self.pack and self.quantity % self.pack)


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A request after the close and its answer."""

    id: int
    #: None: an addition of its own, which makes a record where it is accepted.
    record_id: int | None
    cycle_id: int
    institution_id: int
    institution: str
    producer_id: int
    producer: str
    kind: str
    state: str
    reason: str
    asked_at: datetime
    asked_by: str | None
    answered_at: datetime | None
    answered_by: str | None
    answer: str | None
    cost_bearer: str | None
    initiative: str
    ground: str | None
    lines: tuple[ChangeLineRow, ...] = ()


_CHANGES = """
SELECT h.id, h.record_id, h.cycle_id, h.institution_id, i.short_name AS institution, h.producer_id,
       p.name AS producer, h.kind, h.state, h.reason, h.asked_at, a.name AS asked_by, h.answered_at,
       b.name AS answered_by, h.answer, h.cost_bearer,
       h.initiative, h.ground
FROM record_change h
JOIN institution i ON i.id = h.institution_id
JOIN producer p ON p.id = h.producer_id
LEFT JOIN person a ON a.id = h.asked_by_id
LEFT JOIN person b ON b.id = h.answered_by_id
WHERE {which}
ORDER BY h.id
"""
# Of records, and of those that an addition of its own made.
_OF_RECORDS = text(
    _CHANGES.format(
        which="""h.record_id = ANY(CAST(:records AS bigint[]))
   OR h.id IN (SELECT change_id FROM procurement_record WHERE id = ANY(CAST(:records AS bigint[])))"""
    )
)
_ONE = text(_CHANGES.format(which="h.id = :change"))
_APART = text(
    _CHANGES.format(
        which="""h.record_id IS NULL AND h.state = 'asked'
   AND (CAST(:institution AS integer) IS NULL OR h.institution_id = :institution)
   AND (CAST(:producer AS integer) IS NULL OR h.producer_id = :producer)"""
    )
)

_MADE = text("SELECT id, number FROM procurement_record WHERE change_id = :change ORDER BY id")

_CHANGE_LINES = text("""
SELECT x.change_id, coalesce(l.name, v.name) AS name, coalesce(l.unit, v.unit) AS unit,
       coalesce(l.delivery_date, x.delivery_date) AS delivery_date, d.name AS delivery_point,
       l.quantity AS before, x.quantity, v.pack
FROM record_change_line x
LEFT JOIN record_line l ON l.id = x.record_line_id
LEFT JOIN offer_version v ON v.id = coalesce(x.offer_version_id, l.offer_version_id)
JOIN delivery_point d ON d.id = coalesce(l.delivery_point_id, x.delivery_point_id)
WHERE x.change_id = ANY(CAST(:changes AS bigint[]))
ORDER BY x.change_id, x.id
""")


def changes(record_ids: Sequence[int]) -> tuple[ChangeRow, ...]:
    """The requests after the close for these records (all versions), oldest first, with their lines."""
    return _with_lines(db.session.execute(_OF_RECORDS, {"records": list(record_ids)}).all())


def change_row(change_id: int) -> ChangeRow:
    """One request with its lines. Raises ValueError when there is no such request."""
    (row,) = _with_lines(db.session.execute(_ONE, {"change": change_id}).all())
    return row


def find_addition(
    change_id: int, *, institution_id: int | None = None, producer_id: int | None = None
) -> ChangeRow | None:
    """An addition of its own, if it is this kitchen's or producer's."""
    rows = _with_lines(db.session.execute(_ONE, {"change": change_id}).all())
    for row in rows:
        ours = institution_id in (None, row.institution_id) and producer_id in (None, row.producer_id)
        if row.record_id is None and ours:
            return row
    return None


def open_additions(
    *, institution_id: int | None = None, producer_id: int | None = None
) -> tuple[ChangeRow, ...]:
    """Additions of their own that wait for the producer's answer, oldest first."""
    return _with_lines(
        db.session.execute(_APART, {"institution": institution_id, "producer": producer_id}).all()
    )


def records_made(change_id: int) -> Sequence[Row[Any]]:
    """Number and name of the records that an accepted request made."""
    return db.session.execute(_MADE, {"change": change_id}).all()


def _with_lines(rows: Sequence[Row[Any]]) -> tuple[ChangeRow, ...]:
    lines: dict[int, list[ChangeLineRow]] = {}
    for line in db.session.execute(_CHANGE_LINES, {"changes": [row.id for row in rows]}):
        values = line._asdict()
        lines.setdefault(values.pop("change_id"), []).append(ChangeLineRow(**values))
    return tuple(ChangeRow(**row._asdict(), lines=tuple(lines.get(row.id, ()))) for row in rows)
