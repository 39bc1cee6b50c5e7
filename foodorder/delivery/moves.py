"""A delivery note on its way: packed, opened again, gone, called off. What has left stays as it was."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from foodorder.db import db
from foodorder.delivery.held import (
    Told,
    check_current,
    hold,
    leave_events,
    lots_by_line,
    sent_lots,
    shift,
    terms_of,
    told,
)
from foodorder.delivery.models import DeliveryNote
from foodorder.delivery.shortfalls import Short, write_shorts
from foodorder.rules.delivery import (
    CameAlready,
    NoteAction,
    NoteState,
    ShortReason,
    check_lots,
    check_shortfall,
    sent_total,
)
from foodorder.rules.errors import N_, Refusal
from foodorder.trail.actor import Actor


@dataclass(frozen=True, slots=True)
class Problem:
    """What is missing before a line may travel."""

    note_id: int
    number: str
    root_line_id: int
    name: str
    refusal: Refusal


class NotReady(Refusal):
    """Notes of which something must be written before they travel; `problems` say what, line by line."""

    message = N_("Something must be written before this can travel.")

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__()


_SENT = text("""
INSERT INTO record_line_sent (root_line_id, sent_at)
SELECT DISTINCT root_line_id, CAST(:now AS timestamptz) FROM delivery_line
WHERE note_id = ANY(CAST(:notes AS bigint[])) AND quantity > 0
ON CONFLICT DO NOTHING
""")


def prepare(
    producer_id: int, note_ids: Collection[int], *, actor: Actor, now: datetime
) -> list[DeliveryNote]:
    """Say that notes are packed. Raises NoteNotFound, IllegalNoteMove, NoteOutdated, NotReady."""
    notes = hold(producer_id, note_ids)
    check_current(notes)
    _prepare(notes, now)
    db.session.flush()
    leave_events(notes, "note.prepared", actor, now)
    return notes


def reopen(producer_id: int, note_id: int, *, actor: Actor, now: datetime) -> DeliveryNote:
    """Open a packed note again. Raises NoteNotFound, IllegalNoteMove."""
    [note] = hold(producer_id, [note_id])
    shift(note, NoteAction.REOPEN)
    note.prepared_at = None
    db.session.flush()
    leave_events([note], "note.reopened", actor, now)
    return note


def leave(producer_id: int, note_ids: Collection[int], *, actor: Actor, now: datetime) -> list[DeliveryNote]:
    """On the way; drafts are packed and gone in one act. The lines are frozen, and so is the record of them.

    Raises NoteNotFound, IllegalNoteMove, NoteOutdated, NotReady.
    """
    notes = hold(producer_id, note_ids)
    check_current(notes)
    _prepare([note for note in notes if note.state == NoteState.DRAFT], now)
    db.session.flush()
    for note in notes:
        shift(note, NoteAction.LEAVE)
        note.left_at = now
    db.session.flush()
    db.session.execute(_SENT, {"notes": [note.id for note in notes], "now": now})
    leave_events(notes, "note.left", actor, now)
    return notes


def cancel(
    producer_id: int, note_id: int, reason: ShortReason, words: str = "", *, actor: Actor, now: datetime
) -> DeliveryNote:
    """Nothing of a note comes, and why; the kitchen is told at once.

    Raises NoteNotFound, IllegalNoteMove, ShortWordsMissing, CameAlready once some of it was accepted.
    """
    [note] = hold(producer_id, [note_id])
    if any(line.acceptance_id is not None for line in note.lines):
        raise CameAlready
    shift(note, NoteAction.CANCEL)
    note.cancelled_at = now
    before = told([note])
    shorts = [
        Short(note, lots[0], recorded - before.of(note.id, lots[0].root_line_id), 0)
        for lots in lots_by_line(note)
        if (recorded := sum(line.ordered for line in lots)) > before.of(note.id, lots[0].root_line_id)
    ]
    db.session.flush()
    write_shorts(shorts, reason, words, actor=actor, now=now)
    leave_events([note], "note.cancelled", actor, now, reason=words.strip() or reason.value)
    return note


def _prepare(notes: list[DeliveryNote], now: datetime) -> None:
    before = told(notes)
    problems = [problem for note in notes for problem in _problems(note, before)]
    if problems:
        raise NotReady(problems)
    for note in notes:
        shift(note, NoteAction.PREPARE)
        note.prepared_at = now


def _problems(note: DeliveryNote, before: Told) -> list[Problem]:
    """What must be written before a note may travel."""
    found = []
    for lots in lots_by_line(note):
        terms, sent = terms_of(note, lots, packed=True), sent_lots(lots)
        first = lots[0]
        try:
            check_lots(sent, terms)
            check_shortfall(sent_total(sent) + before.of(note.id, first.root_line_id), terms, None)
        except Refusal as refusal:
            found.append(Problem(note.id, note.number, first.root_line_id, first.name, refusal))
    return found
