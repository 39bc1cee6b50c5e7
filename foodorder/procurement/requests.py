"""Read the requests after the close (reductions, urgent additions) and their answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

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
    record_id: int
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


_CHANGES = text("""
SELECT h.id, h.record_id, h.kind, h.state, h.reason, h.asked_at, a.name AS asked_by, h.answered_at,
       b.name AS answered_by, h.answer, h.cost_bearer,
       h.initiative, h.ground
FROM record_change h
LEFT JOIN person a ON a.id = h.asked_by_id
LEFT JOIN person b ON b.id = h.answered_by_id
WHERE h.record_id = ANY(CAST(:records AS bigint[]))
ORDER BY h.id
""")

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
    rows = db.session.execute(_CHANGES, {"records": list(record_ids)}).all()
    lines: dict[int, list[ChangeLineRow]] = {}
    for line in db.session.execute(_CHANGE_LINES, {"changes": [row.id for row in rows]}):
        values = line._asdict()
        lines.setdefault(values.pop("change_id"), []).append(ChangeLineRow(**values))
    return tuple(ChangeRow(**row._asdict(), lines=tuple(lines.get(row.id, ()))) for row in rows)
