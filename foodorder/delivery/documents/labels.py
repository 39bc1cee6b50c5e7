"""Labels for crates: product, lot, use-by, origin, and a QR code that opens the note at this very lot.

They print on a sheet of three by eight (70 × 37 mm, the usual A4 sheet of labels) or one on a page.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from foodorder.accounts.models import Producer
from foodorder.delivery.queries import LotRow, NoteRow
from foodorder.language import formats, gettext, speaking
from foodorder.procurement.documents.paper import Paper, file_name, head, qr

#: More than so many labels of one lot nobody sticks: then one says how much there is in all.
MOST = 48


def paper(
    producer: Producer, notes: Sequence[NoteRow], language: str, base_url: str = "", *, single: bool = False
) -> Paper:
    """The labels of several notes, door by door."""
    with speaking(language):
        days = sorted({note.delivery_date for note in notes})
        return _paper(producer.id, producer.name, days[0].isoformat(), notes, language, base_url, single)


def of_note(found: NoteRow, language: str, base_url: str = "", *, single: bool = False) -> Paper:
    """The labels of one note."""
    with speaking(language):
        return _paper(found.id, found.producer, found.number, [found], language, base_url, single)


def address(base_url: str, note: NoteRow, lot: LotRow) -> str:
    """What the QR code says: the note's address, with the line, its lot and use-by date."""
    told = {"line": lot.id, "lot": lot.lot, "use_by": lot.use_by.isoformat() if lot.use_by else None}
    return f"{base_url}/notes/{note.id}?{urlencode({key: value for key, value in told.items() if value})}"


def _paper(
    object_id: int,
    producer: str,
    name: str,
    notes: Sequence[NoteRow],
    language: str,
    base_url: str,
    single: bool,
) -> Paper:
    title = gettext("Labels, %(name)s", name=name)
    content = {
        **head(title),
        "author": producer,
        "single": single,
        "labels": [label for note in notes for label in _labels(note, base_url)],
    }
    file = file_name([gettext("labels"), name])
    return Paper("labels", object_id, file, language, "labels", content, (), kept=False)


def _labels(note: NoteRow, base_url: str) -> Iterator[dict[str, Any]]:
    for line in note.lines:
        for lot in line.lots:
            if lot.quantity:
                yield from _lot_labels(note, lot, base_url)


def _lot_labels(note: NoteRow, lot: LotRow, base_url: str) -> Iterator[dict[str, Any]]:
    """One label for each pack; one for all of it where it is not whole packs."""
    packs = lot.quantity // lot.pack if lot.pack and lot.quantity % lot.pack == 0 else 1
    count = packs if 0 < packs <= MOST else 1
    each = lot.quantity // count
    for number in range(1, count + 1):
        yield {
            "product": lot.name,
            "amount": formats.amount(each, lot.unit) + (f" · {number}/{count}" if count > 1 else ""),
            "lot": gettext("Batch %(lot)s", lot=lot.lot) if lot.lot else "",
            "use_by": gettext("Use by %(day)s", day=_day(lot.use_by)) if lot.use_by else "",
            "origin": lot.origin,
            "to": f"{note.institution}, {note.delivery_point}",
            "note": f"{note.number} · {_day(note.delivery_date)}",
            "producer": note.producer,
            "code": qr(address(base_url, note, lot)) if base_url else None,
        }


def _day(day: date) -> str:
    return formats.day(day, year=True)
