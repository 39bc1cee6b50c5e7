"""Notes that somebody is about to change: held in one order by everybody, with what binds their lines."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import select, text
from sqlalchemy.orm import joinedload, selectinload

from foodorder.catalogue import law
from foodorder.db import db
from foodorder.delivery.models import DeliveryLine, DeliveryNote
from foodorder.rules.delivery import LineTerms, NoteAction, NoteState, SentLot, move
from foodorder.rules.errors import N_, Refusal
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor
from foodorder.trail.service import Event

#: Goods that are weighed may differ from the record by so much (basis points; seeds/reference).
TOLERANCE = "delivery.tolerance"


class NoteOutdated(Refusal):
    """A note whose record has a newer version that it does not carry yet."""

    message = N_(
        "The order has just changed. The delivery note is being renewed: reload it in a few seconds."
    )


class NoteNotFound(Refusal):
    """A note that is not there, or another producer's."""

    message = N_("There is no such delivery note.")


@dataclass(frozen=True, slots=True)
class Told:
    """What was told before of a line that cannot come, thousandths, by note and root."""

    missing: dict[tuple[int, int], int]

    def of(self, note_id: int, root_line_id: int) -> int:
        """Told of one line of one note."""
        return self.missing.get((note_id, root_line_id), 0)


# The kitchens first: answers to requests after the close hold them too, and then see what has left.
_INSTITUTIONS = text("""
SELECT i.id FROM institution i
WHERE i.id IN (SELECT institution_id FROM delivery_note WHERE id = ANY(CAST(:notes AS bigint[])))
ORDER BY i.id
FOR NO KEY UPDATE
""")

_TOLD = text("""
SELECT note_id, root_line_id, sum(missing)::bigint AS missing FROM shortfall
WHERE note_id = ANY(CAST(:notes AS bigint[])) GROUP BY note_id, root_line_id
""")

_OUTDATED = text("""
SELECT 1 FROM delivery_due d
JOIN delivery_note n ON n.cycle_id = d.cycle_id AND n.producer_id = d.producer_id
WHERE n.id = ANY(CAST(:notes AS bigint[])) LIMIT 1
""")


def hold(producer_id: int, note_ids: Collection[int]) -> list[DeliveryNote]:
    """A producer's notes with their lines, by number, held until the commit. Raises NoteNotFound."""
    wanted = sorted(set(note_ids))
    db.session.flush()
    db.session.execute(_INSTITUTIONS, {"notes": wanted})
    notes = db.session.scalars(
        select(DeliveryNote)
        .where(DeliveryNote.id.in_(wanted), DeliveryNote.producer_id == producer_id)
        .options(selectinload(DeliveryNote.lines), joinedload(DeliveryNote.institution))
        .order_by(DeliveryNote.id)
        .with_for_update(of=DeliveryNote)
        .execution_options(populate_existing=True)
    ).all()
    if len(notes) != len(wanted):
        raise NoteNotFound
    return list(notes)


def check_current(notes: Iterable[DeliveryNote]) -> None:
    """Refuse notes whose records have news that they do not carry yet. Raises NoteOutdated."""
    if db.session.execute(_OUTDATED, {"notes": [note.id for note in notes]}).first() is not None:
        raise NoteOutdated


def shift(note: DeliveryNote, action: NoteAction) -> None:
    """Move a note to its next state. Raises IllegalNoteMove."""
    note.state = move(NoteState(note.state), action).value


def told(notes: Iterable[DeliveryNote]) -> Told:
    """What was told before of these notes' lines."""
    rows = db.session.execute(_TOLD, {"notes": [note.id for note in notes]})
    return Told({(row.note_id, row.root_line_id): row.missing for row in rows})


def lots_by_line(note: DeliveryNote) -> list[list[DeliveryLine]]:
    """The lots of each recorded line of a note, in their order."""
    return [list(lots) for _, lots in groupby(note.lines, lambda line: (line.position, line.root_line_id))]


def terms_of(note: DeliveryNote, lots: list[DeliveryLine], *, packed: bool) -> LineTerms:
    """What a line is held to; the lot of animal food is asked for only when it is `packed`."""
    first = lots[0]
    return LineTerms(
        sum(line.ordered for line in lots),
        first.unit,
        note.delivery_date,
        first.animal and packed,
        law.value_on(TOLERANCE, note.delivery_date),
    )


def sent_lots(lots: Iterable[DeliveryLine]) -> list[SentLot]:
    """What travels of a line, lot by lot."""
    return [SentLot(line.quantity, line.lot or "", line.use_by) for line in lots if line.quantity]


def leave_events(
    notes: Iterable[DeliveryNote], action: str, actor: Actor, now: datetime, reason: str | None = None
) -> None:
    """One event for each note."""
    trail.record_all(
        actor,
        [
            Event(
                action, "delivery_note", note.id, note.institution.municipality_id,
                after={"number": note.number, "state": note.state}, reason=reason,
            )
            for note in notes
        ],
        now=now,
    )  # fmt: skip
