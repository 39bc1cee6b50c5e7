"""Delivery notes by standard, with what must travel with food of animal origin (Regulation 931/2011)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, text

from foodorder.billing.papers.goods import Parties, code, door, line_name
from foodorder.billing.papers.orders import reason
from foodorder.db import db
from foodorder.delivery.models import DeliveryLine, DeliveryNote
from foodorder.exchange.model import DespatchAdvice, DespatchLine, Outstanding
from foodorder.language import gettext, speaking

#: Why something is missing: by note and the identity of the line, the last that was told.
Told = Mapping[tuple[int, int], Row[Any]]

_TOLD = text("""
SELECT DISTINCT ON (note_id, root_line_id) note_id, root_line_id, reason, words FROM shortfall
 WHERE note_id = ANY(CAST(:notes AS bigint[]))
 ORDER BY note_id, root_line_id, id DESC
""")


def told_of(notes: Iterable[DeliveryNote]) -> Told:
    """What was told of notes that does not come with them."""
    rows = db.session.execute(_TOLD, {"notes": [note.id for note in notes]})
    return {(row.note_id, row.root_line_id): row for row in rows}


def advice(note: DeliveryNote, parties: Parties, told: Told | None = None) -> DespatchAdvice | None:
    """A note that left; None for one on which nothing stands, neither goods nor what is missing.

    `told`: what `told_of` gives of this note, and perhaps of others.
    """
    told = told_of([note]) if told is None else told
    zone = ZoneInfo(note.institution.municipality.zone)
    records = sorted({line.record_line.record.number for line in note.lines})
    with speaking("sl", zone.key):
        lines = _lines(note, told, is_single=len(records) == 1)
    if not lines:
        return None
    left = _left(note).astimezone(zone)
    return DespatchAdvice(
        number=note.number,
        issued=left,
        sender=parties.seller(note.producer),
        receiver=parties.buyer(note.institution),
        lines=lines,
        # Goods that came without a word left on the day they came.
        despatched=left.date(),
        deliver_to=door(note.delivery_point),
        order=records[0] if len(records) == 1 else None,
        note=note.remark,
    )


def _left(note: DeliveryNote) -> datetime:
    return note.left_at or note.received_at or note.created_at


def _lines(note: DeliveryNote, told: Told, *, is_single: bool) -> tuple[DespatchLine, ...]:
    missing: defaultdict[int, int] = defaultdict(int)
    for line in note.lines:
        missing[line.root_line_id] += line.ordered - line.quantity
    found: list[DespatchLine] = []
    for line in note.lines:
        gap = missing.pop(line.root_line_id, 0) if line.part == 1 else 0
        if line.quantity or gap > 0:
            outstanding = _outstanding(gap, told.get((note.id, line.root_line_id))) if gap > 0 else None
            found.append(_line(line, len(found) + 1, outstanding, is_single=is_single))
    return tuple(found)


def _outstanding(gap: int, told: Row[Any] | None) -> Outstanding:
    if told is None:
        return Outstanding(gap, gettext("Weighed less than was ordered."))
    return Outstanding(gap, reason(told.reason, told.words))


def _line(
    line: DeliveryLine, position: int, outstanding: Outstanding | None, *, is_single: bool
) -> DespatchLine:
    record_line = line.record_line
    return DespatchLine(
        id=str(position),
        name=line.name,
        code=code(record_line.product_id),
        quantity=line.quantity,
        unit=line.unit,
        order=None if is_single else record_line.record.number,
        order_line=line_name(record_line),
        outstanding=outstanding,
        lot=line.lot,
        use_by=line.use_by,
        origin_farm=line.origin,
        net_weight=line.grams if line.quantity else None,
        # A note without a lot is a fault that the papers show; that it cannot be written hides it.
        animal_origin=line.animal and line.lot is not None,
    )
