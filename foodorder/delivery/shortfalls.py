"""“I cannot deliver”: written with its reason, told to the kitchens at once with what may come instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from foodorder.accounts.recipients import recipients_of_institutions
from foodorder.db import db
from foodorder.delivery.held import hold, lots_by_line, shift, terms_of
from foodorder.delivery.models import DeliveryLine, DeliveryNote, Shortfall
from foodorder.ordering.substitutes import substitutes_for
from foodorder.outbox import service as outbox
from foodorder.rules.delivery import (
    CameAlready,
    NoteAction,
    NoteFrozen,
    NoteState,
    ShortReason,
    check_shortfall,
)
from foodorder.rules.errors import N_, Amount, Refusal
from foodorder.rules.quantity import UNITS, NotWhole, grams
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor
from foodorder.trail.service import Event

#: How many substitutes a message names; the page shows all.
NAMED = 3


class NotLessThanNow(Refusal):
    """A shortfall that is none."""

    message = N_("Write less than the %(now)s that stand on the delivery note.")
    default_field = "quantity"


class NothingShort(Refusal):
    """A message that nothing is missing."""

    message = N_("Write how much you can bring where it is less than was ordered.")
    default_field = "quantity"


@dataclass(frozen=True, slots=True)
class Less:
    """What comes (thousandths) of a recorded line on a note, instead of what stands there."""

    note_id: int
    root_line_id: int
    quantity: int
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Short:
    """A line of which `missing` will not come and `left` will, thousandths."""

    note: DeliveryNote
    line: DeliveryLine
    missing: int
    left: int


def tell_short(
    producer_id: int,
    wanted: Sequence[Less],
    reason: ShortReason,
    words: str = "",
    *,
    actor: Actor,
    now: datetime,
) -> list[Shortfall]:
    """Say that less comes of some lines, and why. Packed notes are opened again; kitchens are told at once.

    Raises NoteNotFound, NoteFrozen for what has left, CameAlready, NotLessThanNow, NotWhole, NothingShort or
    ShortWordsMissing.
    """
    if not wanted:
        raise NothingShort
    notes = {note.id: note for note in hold(producer_id, [less.note_id for less in wanted])}
    shorts = [_reduce(notes[less.note_id], less) for less in wanted]
    db.session.flush()
    return write_shorts(shorts, reason, words, actor=actor, now=now)


def _reduce(note: DeliveryNote, less: Less) -> Short:
    lots = next((lots for lots in lots_by_line(note) if lots[0].root_line_id == less.root_line_id), None)
    if lots is None or NoteState(note.state) not in (NoteState.DRAFT, NoteState.PREPARED):
        raise NoteFrozen
    if any(line.acceptance_id is not None for line in lots):
        raise CameAlready
    now = sum(line.quantity for line in lots)
    if not 0 <= less.quantity < now:
        raise NotLessThanNow(field=less.field, now=Amount(now, lots[0].unit))
    if not UNITS[lots[0].unit].divisible and less.quantity % 1000:
        raise NotWhole(field=less.field)
    if note.state == NoteState.PREPARED:
        shift(note, NoteAction.REOPEN)
        note.prepared_at = None
        db.session.flush()
    take_down(note, lots, less.quantity)
    return Short(note, lots[0], now - less.quantity, less.quantity)


def take_down(note: DeliveryNote, lots: list[DeliveryLine], quantity: int) -> None:
    """Leave so much of a line, taken from its last lots first; lots of which nothing is left go."""
    left = quantity
    for line in lots:
        kept = min(line.quantity, left)
        left -= kept
        if kept != line.quantity:
            line.quantity, line.grams = kept, grams(kept, line.grams_per_unit)
        if not kept and line.part > 1:
            note.lines.remove(line)
            db.session.delete(line)


def write_shorts(
    shorts: Sequence[Short], reason: ShortReason, words: str, *, actor: Actor, now: datetime
) -> list[Shortfall]:
    """Write what will not come, leave its trail and tell the kitchens. Raises ShortWordsMissing."""
    for short in shorts:
        terms = terms_of(short.note, [short.line], packed=False)
        check_shortfall(0, terms, reason, words)
    rows = [
        Shortfall(
            note_id=short.note.id,
            root_line_id=short.line.root_line_id,
            missing=short.missing,
            reason=reason.value,
            words=words.strip() or None,
            told_at=now,
            told_by_id=actor.person_id,
        )
        for short in shorts
    ]
    db.session.add_all(rows)
    db.session.flush()
    trail.record_all(
        actor,
        [
            Event(
                "shortfall.told", "delivery_note", short.note.id, short.note.institution.municipality_id,
                after={"number": short.note.number, "product": short.line.name, "missing": short.missing,
                       "quantity": short.left},
                reason=words.strip() or reason.value,
            )
            for short in shorts
        ],
        now=now,
    )  # fmt: skip
    _tell(shorts, rows, reason, words)
    return rows


def _tell(shorts: Sequence[Short], rows: Sequence[Shortfall], reason: ShortReason, words: str) -> None:
    """One message for each kitchen, with what may come instead."""
    pairs = sorted(zip(shorts, rows, strict=True), key=lambda pair: (pair[0].note.institution_id, pair[1].id))
    readers = recipients_of_institutions({short.note.institution_id for short in shorts})
    for institution_id, group in groupby(pairs, lambda pair: pair[0].note.institution_id):
        ours = list(group)
        note = ours[0][0].note
        outbox.queue(
            "cannot_deliver",
            readers[institution_id],
            key=f"shortfall {ours[0][1].id}",
            data={
                "producer": note.producer.name,
                "institution": note.institution.name,
                "reason": reason.value,
                "words": words.strip(),
                "lines": [_line(short) for short, _ in ours],
            },
            municipality_id=note.institution.municipality_id,
            object_type="delivery_note",
            object_id=note.id,
        )


def _line(short: Short) -> dict[str, Any]:
    order_line = short.line.record_line.order_line_id
    instead = substitutes_for(order_line, short.missing).substitutes if order_line else ()
    return {
        "note_id": short.note.id,
        "name": short.line.name,
        "unit": short.line.unit,
        "date": short.note.delivery_date.isoformat(),
        "delivery_point": short.note.delivery_point.name,
        "missing": short.missing,
        "quantity": short.left,
        "instead": [f"{one.name}, {one.producer}" for one in instead[:NAMED]],
    }
