"""Before a note leaves: quantities, lots, use-by dates and weights as they are; lots once for all doors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from foodorder.db import db
from foodorder.delivery.held import Told, hold, lots_by_line, terms_of, told
from foodorder.delivery.models import DeliveryLine, DeliveryNote
from foodorder.delivery.shortfalls import Short, write_shorts
from foodorder.rules.delivery import (
    CameAlready,
    NoteState,
    SentLot,
    ShortReason,
    UseByPassed,
    check_editable,
    check_lots,
    check_shortfall,
    missing,
    sent_total,
    tolerance,
)
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.quantity import grams
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

#: The longest name of a lot.
LONGEST_LOT = 60


class LotTooLong(Refusal):
    """A lot that no label has room for."""

    message = N_("Write the lot with at most %(most)s characters.")
    default_field = "lot"


@dataclass(frozen=True, slots=True)
class Packed:
    """One lot of a line; `grams`: its net weight as weighed, of goods that are not sold by weight."""

    lot: SentLot
    grams: int | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """What travels of a recorded line, lot by lot; `reason` where it is less than was recorded."""

    root_line_id: int
    lots: tuple[Packed, ...]
    reason: ShortReason | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class LotOf:
    """Lot and use-by date of a product, for all doors."""

    lot: str
    use_by: date | None = None


class LinesRefused(Refusal):
    """Lines of a note that cannot be so: `problems` by the line's root."""

    message = N_("Some lines cannot be so.")

    def __init__(self, problems: dict[int, Refusal]) -> None:
        self.problems = problems
        super().__init__()


def correct_note(
    producer_id: int,
    note_id: int,
    corrections: Sequence[Correction],
    remark: str = "",
    *,
    actor: Actor,
    now: datetime,
) -> DeliveryNote:
    """Write what travels on a draft. What is newly missing of a line is told to the kitchen with its reason.

    Raises NoteNotFound, NoteFrozen, CameAlready, or LinesRefused with what `rules.delivery`
    refuses of each line.
    """
    [note] = hold(producer_id, [note_id])
    check_editable(NoteState(note.state))
    lines = {lots[0].root_line_id: lots for lots in lots_by_line(note)}
    if any(line.acceptance_id is not None for lots in lines.values() for line in lots):
        raise CameAlready
    before, shorts, problems = told([note]), list[tuple[Short, Correction]](), dict[int, Refusal]()
    for correction in corrections:
        lots = lines.get(correction.root_line_id)
        if lots is None:
            continue
        try:
            short = _correct(note, lots, correction, before)
        except Refusal as refusal:
            problems[correction.root_line_id] = refusal
        else:
            shorts += [(short, correction)] if short else []
    if problems:
        raise LinesRefused(problems)
    note.remark = remark.strip() or None
    db.session.flush()
    db.session.expire(note, ["lines"])
    trail.record(
        actor, "note.corrected", "delivery_note", note.id, now=now,
        municipality_id=note.institution.municipality_id,
        after={"number": note.number, "lines": len(corrections)},
    )  # fmt: skip
    for (reason, words), group in _by_reason(shorts).items():
        write_shorts(group, reason, words, actor=actor, now=now)
    return note


def _by_reason(shorts: Sequence[tuple[Short, Correction]]) -> dict[tuple[ShortReason, str], list[Short]]:
    groups: dict[tuple[ShortReason, str], list[Short]] = {}
    for short, correction in shorts:
        reason = correction.reason or ShortReason.OTHER
        groups.setdefault((reason, correction.words), []).append(short)
    return groups


def _correct(
    note: DeliveryNote, lots: list[DeliveryLine], correction: Correction, before: Told
) -> Short | None:
    """Write the lots of one line; returns what is newly missing of it, beyond the tolerance."""
    terms = terms_of(note, lots, packed=False)
    wanted = [packed.lot for packed in correction.lots]
    for lot in wanted:
        _check_length(lot.lot)
    check_lots(wanted, terms)
    sent, known = sent_total(wanted), before.of(note.id, correction.root_line_id)
    check_shortfall(sent + known, terms, correction.reason, correction.words)
    _write(note, lots, correction.lots)
    gap = missing(sent + known, terms.recorded)
    if gap <= tolerance(terms.recorded, terms.unit, terms.tolerance_bp) and correction.reason is None:
        return None
    return Short(note, lots[0], gap, sent) if gap else None


def _check_length(lot: str) -> None:
    if len(lot.strip()) > LONGEST_LOT:
        raise LotTooLong(most=LONGEST_LOT)


def _write(note: DeliveryNote, lots: list[DeliveryLine], wanted: Sequence[Packed]) -> None:
    """The first lot on the first row, others on rows after it; rows too many go."""
    first = lots[0]
    ordered = sum(line.ordered for line in lots)
    for line in lots[1:]:
        note.lines.remove(line)
        db.session.delete(line)
    db.session.flush()
    rows = [first, *(_copy(first, part) for part in range(2, len(wanted) + 1))]
    for line, packed in zip(rows, wanted or [Packed(SentLot(0))], strict=True):
        line.ordered = ordered if line is first else 0
        line.quantity = packed.lot.quantity
        weighed = packed.grams if first.unit != "KGM" else None
        line.grams = grams(line.quantity, line.grams_per_unit) if weighed is None else weighed
        line.lot = packed.lot.lot.strip() or None
        line.use_by = packed.lot.use_by
    note.lines.extend(rows[1:])


def _copy(line: DeliveryLine, part: int) -> DeliveryLine:
    """Another lot of the same line."""
    return DeliveryLine(
        record_line_id=line.record_line_id,
        root_line_id=line.root_line_id,
        position=line.position,
        part=part,
        name=line.name,
        unit=line.unit,
        grams_per_unit=line.grams_per_unit,
        origin=line.origin,
        animal=line.animal,
        temperature=line.temperature,
    )


_WRITE_LOT = text("""
UPDATE delivery_line l
SET lot = nullif(:lot, ''), use_by = CAST(:use_by AS date)
FROM delivery_note n, record_line r
WHERE n.id = l.note_id AND n.producer_id = :producer AND n.delivery_date = :day AND n.state = 'draft'
  AND r.id = l.record_line_id AND r.product_id = :product AND l.acceptance_id IS NULL
  AND NOT EXISTS (SELECT FROM delivery_line x
                  WHERE x.note_id = l.note_id AND x.root_line_id = l.root_line_id AND x.part > 1)
  AND (l.lot, l.use_by) IS DISTINCT FROM (nullif(:lot, ''), CAST(:use_by AS date))
RETURNING l.note_id
""")

_HOLD_DAY = text("""
SELECT id FROM delivery_note WHERE producer_id = :producer AND delivery_date = :day AND state = 'draft'
ORDER BY id FOR UPDATE
""")

_MUNICIPALITIES = text("""
SELECT n.id, i.municipality_id FROM delivery_note n JOIN institution i ON i.id = n.institution_id
WHERE n.id = ANY(CAST(:notes AS bigint[])) ORDER BY n.id
""")


def write_lots(producer_id: int, day: date, lots: Mapping[int, LotOf], *, actor: Actor, now: datetime) -> int:
    """Write the lot and use-by date of products (by number) on all drafts of a day; returns how many notes.

    Lines that travel in several lots keep theirs. Raises LotTooLong or UseByPassed, whose field names it.
    """
    db.session.flush()
    db.session.execute(_HOLD_DAY, {"producer": producer_id, "day": day})
    touched: set[int] = set()
    for product_id, one in sorted(lots.items()):
        if len(one.lot.strip()) > LONGEST_LOT:
            raise LotTooLong(field=f"lot-{product_id}", most=LONGEST_LOT)
        if one.use_by is not None and one.use_by < day:
            raise UseByPassed(field=f"use_by-{product_id}", use_by=one.use_by, delivery=day)
        values = {"producer": producer_id, "day": day, "product": product_id, "lot": one.lot.strip()}
        touched |= set(db.session.scalars(_WRITE_LOT, {**values, "use_by": one.use_by}))
    db.session.expire_all()
    trail.record_all(
        actor,
        [
            trail.Event("note.lots_written", "delivery_note", note, municipality)
            for note, municipality in db.session.execute(_MUNICIPALITIES, {"notes": sorted(touched)})
        ],
        now=now,
    )
    return len(touched)
