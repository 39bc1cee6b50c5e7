"""Read what arrives at a kitchen on a day: its stops, their lines, and what was written of them so far.

Quantities are thousandths of the unit, weights grams, temperatures tenths of a degree Celsius.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Row, text

from foodorder.db import db
from foodorder.delivery.photos import photos_of
from foodorder.procurement.supply import Window
from foodorder.rules.acceptance import ACCEPT_REASONS, AcceptReason, Outcome
from foodorder.rules.delivery import NoteState
from foodorder.rules.temperature import Judged, TemperatureLimit, judge


@dataclass(frozen=True, slots=True)
class ArrivingLine:
    """One delivered line and what was accepted of it; `version` 0: nobody has written yet."""

    id: int
    note_id: int
    name: str
    unit: str
    quantity: int
    grams: int
    lot: str | None
    use_by: date | None
    origin: str
    limit: TemperatureLimit | None
    version: int
    accepted: int | None
    reason: str | None
    words: str | None
    measured: int | None
    noted_lot: str | None
    outcome: str | None
    person: str | None
    noted_at: datetime | None
    #: The latest claim about it.
    claim_id: int | None
    photos: tuple[int, ...] = ()

    @property
    def why(self) -> str | None:
        """Why not all of it was accepted, marked for translation."""
        return ACCEPT_REASONS[AcceptReason(self.reason)] if self.reason else None

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to say what came of it."""
        return self.version == 0 and self.quantity > 0

    @property
    def refused(self) -> int:
        """What was delivered and not accepted."""
        return 0 if self.accepted is None else self.quantity - self.accepted

    @property
    def judged(self) -> Judged:
        """What the temperature that was measured means."""
        return judge(self.measured, self.limit)

    @property
    def went_well(self) -> bool:
        """Whether all of it was accepted."""
        return self.outcome == Outcome.ACCEPTED


@dataclass(frozen=True, slots=True)
class Stop:
    """What one producer brings to one door on one day: a delivery note."""

    id: int
    number: str
    state: str
    producer_id: int
    producer: str
    delivery_point: str
    delivery_date: date
    remark: str | None
    windows: tuple[Window, ...]
    lines: tuple[ArrivingLine, ...]

    @property
    def comes(self) -> bool:
        """Whether it was not called off."""
        return self.state != NoteState.CANCELLED

    @property
    def waiting(self) -> list[ArrivingLine]:
        """The lines of which nobody has written yet."""
        return [line for line in self.lines if line.is_open] if self.comes else []

    @property
    def troubled(self) -> list[ArrivingLine]:
        """The lines that were not accepted as announced."""
        return [line for line in self.lines if line.version and not line.went_well]


_STOPS = """
SELECT n.id, n.number, n.state, n.producer_id, p.name AS producer, d.name AS delivery_point,
       n.delivery_date, n.remark,
       coalesce((SELECT jsonb_agg(jsonb_build_array(w.starts, w.ends) ORDER BY w.starts)
                 FROM delivery_window w
                 WHERE w.delivery_point_id = d.id
                   AND w.days & (1 << (extract(isodow FROM n.delivery_date)::integer - 1)) <> 0),
                '[]') AS windows
FROM delivery_note n
JOIN producer p ON p.id = n.producer_id
JOIN delivery_point d ON d.id = n.delivery_point_id
WHERE n.institution_id = :institution AND /* scope */
ORDER BY n.delivery_date, d.position, d.id, p.sort_key, p.id, n.part, n.id
"""

_LINES = text("""
SELECT l.id, l.note_id, l.name, l.unit, l.quantity, l.grams, l.lot, l.use_by, l.origin,
       l.temperature, t.lowest, t.highest, t.tolerance,
       coalesce(a.version, 0) AS version, a.quantity AS accepted, a.reason, a.words,
       a.temperature AS measured, a.lot AS noted_lot, a.outcome, w.name AS person, a.noted_at,
       (SELECT max(c.id) FROM claim c WHERE c.delivery_line_id = l.id) AS claim_id
FROM delivery_line l
LEFT JOIN acceptance_line a ON a.id = l.acceptance_id
LEFT JOIN person w ON w.id = a.person_id
LEFT JOIN temperature_limit t ON t.code = l.temperature
WHERE l.note_id = ANY(CAST(:notes AS bigint[]))
ORDER BY l.note_id, l.position, l.root_line_id, l.part
""")

_NEXT = text("""
SELECT min(delivery_date) FROM delivery_note
WHERE institution_id = :institution AND delivery_date >= :day AND state <> 'cancelled'
""")


def stops_of(institution_id: int, first: date, last: date) -> list[Stop]:
    """What arrives at a kitchen between two days, by day, door and farm."""
    return _stops("n.delivery_date BETWEEN :first AND :last", institution_id, first=first, last=last)


def find_stop(institution_id: int, note_id: int) -> Stop | None:
    """One stop, if it comes to the institution."""
    return next(iter(_stops("n.id = :note", institution_id, note=note_id)), None)


def next_day(institution_id: int, day: date) -> date | None:
    """The first day from `day` on, on which something arrives."""
    found: date | None = db.session.execute(_NEXT, {"institution": institution_id, "day": day}).scalar_one()
    return found


def _stops(scope: str, institution_id: int, **parameters: Any) -> list[Stop]:
    keys = {"institution": institution_id, **parameters}
    rows = db.session.execute(text(_STOPS.replace("/* scope */", scope)), keys).all()
    lines = db.session.execute(_LINES, {"notes": [row.id for row in rows]}).all()
    pictures = photos_of([line.id for line in lines])
    by_note: dict[int, list[ArrivingLine]] = {}
    for line in lines:
        by_note.setdefault(line.note_id, []).append(_line(line, pictures.get(line.id, ())))
    return [_stop(row, by_note.get(row.id, ())) for row in rows]


def _stop(row: Row[Any], lines: Sequence[ArrivingLine]) -> Stop:
    values = row._asdict()
    values["windows"] = tuple(
        Window(time.fromisoformat(starts), time.fromisoformat(ends)) for starts, ends in row.windows
    )
    return Stop(**values, lines=tuple(lines))


def _line(row: Row[Any], photos: tuple[int, ...]) -> ArrivingLine:
    values = row._asdict()
    code, lowest, highest, tolerance = (
        values.pop(name) for name in ("temperature", "lowest", "highest", "tolerance")
    )
    limit = TemperatureLimit(lowest, highest, tolerance) if code else None
    return ArrivingLine(**values, limit=limit, photos=photos)
