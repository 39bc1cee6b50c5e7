"""The pick list: what is packed on a day, product by product, with room for the lot."""

from collections.abc import Sequence
from datetime import date

from foodorder.accounts.models import Producer
from foodorder.delivery.picking import PickRow, picked
from foodorder.delivery.queries import NoteRow
from foodorder.language import formats, gettext, speaking
from foodorder.procurement.documents import words
from foodorder.procurement.documents.paper import Paper, file_name, head, section
from foodorder.procurement.documents.tables import Column, Figure, Table
from foodorder.rules.errors import Amount


def paper(
    producer: Producer, day: date, notes: Sequence[NoteRow], language: str, base_url: str = ""
) -> Paper:
    """The sums of a day, and below what goes into the crates of each door."""
    with speaking(language):
        title = gettext("Pick list for %(day)s", day=formats.long_day(day))
        link = f"{base_url}/deliveries/{day.isoformat()}" if base_url else ""
        table = picks_table(picked(notes))
        sections = [section(gettext("What to pick"), table)]
        sections += [section(f"{note.institution}, {note.delivery_point}", _crates(note)) for note in notes]
        content = {
            **head(title, producer.name, link=link),
            "author": producer.name,
            "flipped": False,
            "sections": sections,
        }
        name = file_name([gettext("pick-list"), day.isoformat()])
        return Paper("picking", producer.id, name, language, "list", content, (table,), kept=False)


def picks_table(rows: Sequence[PickRow]) -> Table:
    """Each product with its sum, packs, lot and a box to tick."""
    columns = (
        Column("product", gettext("Product"), share=4),
        Column("quantity", gettext("Quantity"), Figure.QUANTITY),
        Column("packs", gettext("Packs"), Figure.PACKS),
        Column("lot", gettext("Batch"), share=2),
        Column("use_by", gettext("Use by"), Figure.DAY),
        Column("done", gettext("Done")),
    )
    return Table(
        gettext("What to pick"),
        columns,
        tuple(
            (row.name, Amount(row.quantity, row.unit), row.packs, row.lot or "", row.use_by, words.BOX)
            for row in rows
        ),
    )


def _crates(note: NoteRow) -> Table:
    columns = (
        Column("product", gettext("Product"), share=4),
        Column("quantity", gettext("Quantity"), Figure.QUANTITY),
        Column("packs", gettext("Packs"), Figure.PACKS),
        Column("lot", gettext("Batch"), share=2),
        Column("done", gettext("Done")),
    )
    rows = tuple(
        (
            lot.name,
            Amount(lot.quantity, lot.unit),
            words.packs(lot.quantity, lot.pack),
            lot.lot or "",
            words.BOX,
        )
        for line in note.lines
        for lot in line.lots
        if lot.quantity
    )
    return Table(note.delivery_point, columns, rows).without_known(packs=None)
