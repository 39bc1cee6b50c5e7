"""The route sheet: the doors of a day in the order they are driven, with what comes off the van at each."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from foodorder.accounts.models import Producer
from foodorder.delivery.queries import NoteRow
from foodorder.language import formats, gettext, ngettext, speaking
from foodorder.procurement.documents import words
from foodorder.procurement.documents.paper import Paper, facts, file_name, head
from foodorder.procurement.documents.tables import Column, Figure, Table
from foodorder.rules.errors import Amount


def paper(
    producer: Producer, day: date, notes: Sequence[NoteRow], language: str, base_url: str = ""
) -> Paper:
    """The stops of a day; `notes` come in the order they are driven."""
    with speaking(language):
        title = gettext("Route sheet for %(day)s", day=formats.long_day(day))
        link = f"{base_url}/deliveries/{day.isoformat()}" if base_url else ""
        stops = ngettext("%(count)s stop", "%(count)s stops", len(notes), count=len(notes))
        content = {
            **head(title, producer.name, link=link),
            "author": producer.name,
            "facts": facts(
                (gettext("Stops"), stops),
                (gettext("Weight"), formats.weight(sum(note.grams for note in notes))),
            ),
            "stops": [_stop(number, note) for number, note in enumerate(notes, 1)],
        }
        name = file_name([gettext("route"), day.isoformat()])
        return Paper("route", producer.id, name, language, "route", content, (), kept=False)


def _stop(number: int, note: NoteRow) -> dict[str, Any]:
    columns = (
        Column("product", gettext("Product"), share=4),
        Column("lot", gettext("Batch"), share=2),
        Column("quantity", gettext("Quantity"), Figure.QUANTITY),
        Column("packs", gettext("Packs"), Figure.PACKS),
        Column("done", gettext("Done")),
    )
    rows = tuple(
        (
            lot.name,
            lot.lot or "",
            Amount(lot.quantity, lot.unit),
            words.packs(lot.quantity, lot.pack),
            words.BOX,
        )
        for line in note.lines
        for lot in line.lots
        if lot.quantity
    )
    where = [
        f"{note.address}, {note.postcode} {note.town}",
        words.windows(note.windows),
        note.phone or "",
        note.instructions or "",
        note.number,
        formats.weight(note.grams),
        note.remark or "",
    ]
    table = Table(note.delivery_point, columns, rows).without_known(packs=None, lot="")
    return {
        "title": f"{number}. {note.institution}, {note.delivery_point}",
        "where": [text for text in where if text],
        "table": table.printed(),
    }
