"""The papers of a delivery: pick list, route sheet, labels, and the delivery note itself (dobavnica)."""

from collections.abc import Sequence
from datetime import date

from foodorder.accounts.models import Producer
from foodorder.delivery.documents import labels, note, picking, route
from foodorder.delivery.queries import NoteRow
from foodorder.procurement.documents.store import File, kept


def of_day(
    name: str,
    producer: Producer,
    day: date,
    notes: Sequence[NoteRow],
    language: str,
    base_url: str = "",
    *,
    single: bool = False,
) -> File:
    """A paper of a producer's day as PDF: picking, route, labels or notes; `notes` in driving order."""
    match name:
        case "picking":
            paper = picking.paper(producer, day, notes, language, base_url)
        case "route":
            paper = route.paper(producer, day, notes, language, base_url)
        case "labels":
            paper = labels.paper(producer, notes, language, base_url, single=single)
        case _:
            paper = note.paper(notes, language, base_url)
    return kept(paper, "pdf")


def of_note(name: str, found: NoteRow, language: str, base_url: str = "", *, single: bool = False) -> File:
    """The note as it travels, or the labels of its goods, as PDF."""
    if name == "labels":
        return kept(labels.of_note(found, language, base_url, single=single), "pdf")
    return kept(note.paper([found], language, base_url), "pdf")
