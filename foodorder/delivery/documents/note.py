"""The delivery note (dobavnica) as a paper, with all that must travel with food of animal origin.

Regulation (EU) 931/2011, art. 3(1): description, quantity, sender, receiver (owner and buyer where they are
others: here the sender owns and the receiver buys), lot, date of dispatch.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from foodorder.accounts.models import DeliveryPoint, Institution, Producer
from foodorder.catalogue.models import TemperatureLimit
from foodorder.db import db
from foodorder.delivery.queries import NoteRow
from foodorder.language import formats, gettext, speaking
from foodorder.procurement.documents import words
from foodorder.procurement.documents.paper import Paper, facts, file_name, head
from foodorder.procurement.documents.tables import Column, Figure, Table
from foodorder.rules.delivery import SHORT_REASONS, NoteState, ShortReason
from foodorder.rules.errors import Amount
from foodorder.rules.traceability import FIELDS, Consignment, Named, missing_fields


def paper(notes: Sequence[NoteRow], language: str, base_url: str = "") -> Paper:
    """Notes of one producer, each on a page of its own."""
    first = notes[0]
    with speaking(language):
        several = len(notes) > 1
        name = first.delivery_date.isoformat() if several else first.number
        title = gettext("Delivery notes, %(day)s", day=formats.long_day(first.delivery_date))
        limits = {row.code: row for row in db.session.scalars(select(TemperatureLimit))}
        producer = db.session.get_one(Producer, first.producer_id)
        content = {
            **head(title if several else gettext("Delivery note %(number)s", number=first.number)),
            "author": first.producer,
            "footer": f"{first.producer} · {name}",
            "notes": [_note(note, producer, limits, base_url) for note in notes],
        }
        return Paper(
            kind="delivery_note",
            object_id=first.id,
            name=file_name([gettext("delivery-note"), name]),
            language=language,
            template="delivery_note",
            content=content,
            sheets=(),
            # What left is frozen, and so is its paper.
            kept=not several and first.left_at is not None,
        )


def _note(
    note: NoteRow, producer: Producer, limits: dict[str, TemperatureLimit], base_url: str
) -> dict[str, Any]:
    institution = db.session.get_one(Institution, note.institution_id)
    point = db.session.get_one(DeliveryPoint, note.delivery_point_id)
    told = head(
        gettext("Delivery note %(number)s", number=note.number),
        f"{formats.long_day(note.delivery_date)} · {note.institution}, {note.delivery_point}",
        link=f"{base_url}/notes/{note.id}" if base_url else "",
    )
    return {
        **told,
        "notices": _notices(note, producer, institution),
        "parties": [words.seller(producer), words.buyer(institution)],
        "facts": facts(
            (gettext("Delivered to"), words.door(point)),
            (gettext("Delivery day"), formats.long_day(note.delivery_date)),
            (gettext("Dispatched"), formats.long_moment(note.left_at) if note.left_at else None),
            (gettext("Record"), formats.listed([number for _, number in note.records])),
            (gettext("Net weight together"), formats.weight(note.grams)),
            (gettext("Remark"), note.remark),
        ),
        "table": lines_table(note, limits).printed(),
        "shorts": [
            gettext(
                "%(name)s: %(missing)s does not come. %(reason)s. %(words)s",
                name=short.name, missing=formats.amount(short.missing, short.unit),
                reason=gettext(SHORT_REASONS[ShortReason(short.reason)]), words=short.words or "",
            ).strip()
            for short in note.shorts
        ],
        "signatures": [
            {"name": gettext("Handed over"), "rows": [gettext("Name"), gettext("Signature")]},
            {
                "name": gettext("Received"),
                "rows": [
                    gettext("Name"), gettext("Date and time"), gettext("Temperature"), gettext("Signature"),
                ],
            },
        ],
    }  # fmt: skip


def _notices(note: NoteRow, producer: Producer, institution: Institution) -> list[str]:
    """That it is only a draft, was called off, or lacks what the law asks of food of animal origin."""
    if note.state == NoteState.CANCELLED:
        return [gettext("This delivery was called off.")]
    told = [gettext("Draft: the goods have not left yet.")] if note.is_open else []
    lacking = {
        name
        for line in note.lines
        for lot in line.lots
        if lot.animal and lot.quantity
        for name in missing_fields(
            Consignment(
                lot.name, lot.quantity,
                Named(producer.name, f"{producer.village}, {producer.postcode} {producer.town}"),
                Named(institution.name, f"{institution.address}, {institution.postcode} {institution.town}"),
                lot.lot or "", note.delivery_date,
            )
        )
    }  # fmt: skip
    if lacking:
        fields = formats.listed([gettext(words) for name, words in FIELDS.items() if name in lacking])
        told.append(
            gettext(
                "Missing for food of animal origin (Regulation (EU) 931/2011): %(fields)s.", fields=fields
            )
        )
    return told


def lines_table(note: NoteRow, limits: dict[str, TemperatureLimit]) -> Table:
    """Each lot with its origin, use-by date, quantity, net weight and temperature limit."""
    columns = (
        Column("product", gettext("Product"), share=4),
        Column("origin", gettext("Origin"), share=4),
        Column("lot", gettext("Batch"), share=2),
        Column("use_by", gettext("Use by"), Figure.DAY),
        Column("temperature", gettext("Limit")),
        Column("ordered", gettext("Ordered"), Figure.QUANTITY),
        Column("quantity", gettext("Quantity"), Figure.QUANTITY),
        Column("weight", gettext("Net weight"), Figure.WEIGHT),
    )
    rows = tuple(
        (
            lot.name,
            lot.origin,
            lot.lot or "",
            lot.use_by,
            _limit(limits.get(lot.temperature or "")),
            Amount(lot.ordered, lot.unit) if lot.part == 1 else None,
            Amount(lot.quantity, lot.unit),
            lot.grams,
        )
        for line in note.lines
        for lot in line.lots
    )
    total = (None, None, None, None, None, None, gettext("Together"), note.grams)
    whole = Table(gettext("Lines"), columns, rows, (total,))
    return whole.without_known(lot="", use_by=None, temperature="")


def _limit(limit: TemperatureLimit | None) -> str:
    """A temperature limit as it stands on a paper: "≤ 8 °C", "5 °C – 18 °C"."""
    if limit is None:
        return ""
    if limit.lowest is not None and limit.highest is not None:
        return f"{formats.temperature(limit.lowest)} – {formats.temperature(limit.highest)}"
    if limit.highest is not None:
        return f"≤ {formats.temperature(limit.highest)}"
    return f"≥ {formats.temperature(limit.lowest)}"
