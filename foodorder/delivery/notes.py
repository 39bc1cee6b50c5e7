"""Make delivery notes of the records in force, and renew them when a record has a newer version.

One note for each door and day. A draft is brought up to date; a packed note with news is opened again and
the producer told; what left the farm stays as it was, and what is added later travels on a further note.
Making them twice, or from two processes at once, gives the same rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from foodorder.accounts.recipients import recipients_of_producers
from foodorder.db import db, lock_cycle
from foodorder.delivery import note_rows
from foodorder.outbox import service as outbox
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor
from foodorder.trail.service import Event


@dataclass(frozen=True, slots=True)
class Made:
    """What making notes did: numbers of the notes (rows of delivery_note)."""

    new: tuple[int, ...]
    #: Packed notes that were opened again, because the record behind them changed.
    reopened: tuple[int, ...]
    renewed: tuple[int, ...]
    cancelled: tuple[int, ...]

    @property
    def any(self) -> bool:
        """Whether anything was there to do."""
        return bool(self.new or self.reopened or self.renewed or self.cancelled)


_CYCLE = text("""
SELECT c.id, c.municipality_id, CAST(extract(year FROM :now AT TIME ZONE m.zone) AS integer) AS year
FROM cycle c JOIN municipality m ON m.id = c.municipality_id
WHERE c.id = :cycle
""")

_TOLD = text("""
SELECT n.id, n.number, n.state, n.producer_id, n.institution_id, n.delivery_date, i.name AS institution,
       d.name AS delivery_point,
       (SELECT count(*) FROM delivery_line l WHERE l.note_id = n.id AND l.part = 1) AS lines
FROM delivery_note n
JOIN institution i ON i.id = n.institution_id
JOIN delivery_point d ON d.id = n.delivery_point_id
WHERE n.id = ANY(CAST(:notes AS bigint[]))
ORDER BY n.id
""")


def make_notes(cycle_id: int, producer_id: int, *, actor: Actor, now: datetime) -> Made:
    """One note per door and day from a producer's records in force of a cycle; renews what did not leave."""
    return _make(cycle_id, producer_id, actor, now)


def make_cycle_notes(cycle_id: int, *, actor: Actor, now: datetime) -> Made:
    """The notes of all producers of a cycle at once, as `make_notes` makes them for one."""
    return _make(cycle_id, None, actor, now)


def due_cycles() -> Sequence[int]:
    """Cycles with records whose notes are still to be made or renewed."""
    return db.session.scalars(text("SELECT DISTINCT cycle_id FROM delivery_due ORDER BY cycle_id")).all()


def _make(cycle_id: int, producer_id: int | None, actor: Actor, now: datetime) -> Made:
    keys = {"cycle": cycle_id, "producer": producer_id}
    # Taken off first: who is just writing a record is waited for, and its lines are seen.
    note_rows.take_due(keys)
    lock_cycle(cycle_id, exclusive=True)
    cycle = db.session.execute(_CYCLE, {"cycle": cycle_id, "now": now}).one()
    note_rows.hold(keys)
    changed = note_rows.with_news(keys)
    reopened = note_rows.reopen(changed)
    new = note_rows.create(keys, cycle.year, now)
    touched = note_rows.bring_up_to_date(keys)
    cancelled = note_rows.cancel_empty(keys, now)
    db.session.expire_all()
    renewed = (touched & set(changed)) - {*reopened, *cancelled}
    made = Made(tuple(new), tuple(reopened), tuple(sorted(renewed)), tuple(cancelled))
    _tell(cycle, made, actor, now)
    return made


def _tell(cycle: Row[Any], made: Made, actor: Actor, now: datetime) -> None:
    """Leave the trail of what was made, and tell producers which packed notes are open again."""
    if not made.any:
        return
    acts = {
        **dict.fromkeys(made.new, "note.made"),
        **dict.fromkeys(made.renewed, "note.renewed"),
        **dict.fromkeys(made.reopened, "note.reopened"),
        **dict.fromkeys(made.cancelled, "note.cancelled"),
    }
    notes = db.session.execute(_TOLD, {"notes": sorted(acts)}).all()
    trail.record_all(
        actor,
        [
            Event(
                acts[note.id], "delivery_note", note.id, cycle.municipality_id,
                after={"number": note.number, "cycle": cycle.id, "producer": note.producer_id,
                       "institution": note.institution_id, "lines": note.lines, "state": note.state},
            )
            for note in notes
        ],
        now=now,
    )  # fmt: skip
    again = [note for note in notes if note.id in made.reopened]
    readers = recipients_of_producers({note.producer_id for note in again}) if again else {}
    for note in again:
        outbox.queue(
            "note_reopened",
            readers[note.producer_id],
            key=f"note {note.id} reopened {now.isoformat()}",
            data={
                "note_id": note.id,
                "number": note.number,
                "institution": note.institution,
                "delivery_point": note.delivery_point,
                "date": note.delivery_date.isoformat(),
                "cancelled": note.state == "cancelled",
            },
            municipality_id=cycle.municipality_id,
            object_type="delivery_note",
            object_id=note.id,
        )
