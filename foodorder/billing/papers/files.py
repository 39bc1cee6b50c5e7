"""All documents of a kind as files: what `foodorder export` writes, one after the other.

Names are safe in every file system and each is one document's: its number and that of its row.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select

from foodorder.billing.models import Invoice
from foodorder.billing.papers import despatch, invoices, orders
from foodorder.billing.papers.goods import Parties
from foodorder.db import db
from foodorder.delivery.models import DeliveryNote
from foodorder.exchange import eslog, ubl_despatch, ubl_invoice, ubl_order, ubl_response
from foodorder.language import DEFAULT_ZONE
from foodorder.procurement.documents.paper import file_name
from foodorder.procurement.models import ProcurementRecord
from foodorder.rules.delivery import NoteState
from foodorder.rules.settlement import InvoiceOrigin

#: Rows read at a time, so that years of documents never stand in memory together.
AT_ONCE = 200

Choose = Callable[[date | None], Select[int]]


@dataclass(frozen=True, slots=True)
class File:
    """A document by standard: its name with ending, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of documents: which rows they are made of, and how a row is written (None: nothing to say)."""

    model: type[Any]
    chosen: Choose
    write: Callable[[Any, Parties], bytes | None]


def of_invoice(invoice: Invoice, standard: str) -> File:
    """An invoice or credit note that was issued here, as `eslog` or `ubl`."""
    write = eslog.write if standard == "eslog" else ubl_invoice.write
    return File(_name(invoice), write(invoices.document(invoice)))


def files(kind: str, since: date | None = None) -> Iterator[tuple[File | None, int, int]]:
    """Each document of a kind from a day on, with how many are done, of how many.

    Raises KeyError for a kind that does not exist.
    """
    of, parties = KINDS[kind], Parties()
    ids = list(db.session.scalars(of.chosen(since)))
    for start in range(0, len(ids), AT_ONCE):
        rows = db.session.scalars(
            select(of.model).where(of.model.id.in_(ids[start : start + AT_ONCE])).order_by(of.model.id)
        ).all()
        for place, row in enumerate(rows, start + 1):
            content = of.write(row, parties)
            yield (File(_name(row), content) if content else None), place, len(ids)
        db.session.expunge_all()


def _name(row: Any) -> str:
    return file_name([row.number, f"{row.id}.xml"])


def _midnight(since: date) -> datetime:
    return datetime.combine(since, time(), ZoneInfo(DEFAULT_ZONE))


def _invoices(since: date | None) -> Select[int]:
    ours = Invoice.origin.in_([InvoiceOrigin.ISSUED, InvoiceOrigin.ON_BEHALF])
    chosen = select(Invoice.id).where(ours).order_by(Invoice.id)
    return chosen.where(Invoice.issue_date >= since) if since else chosen


def _records(since: date | None) -> Select[int]:
    chosen = select(ProcurementRecord.id).order_by(ProcurementRecord.id)
    return chosen.where(ProcurementRecord.recorded_at >= _midnight(since)) if since else chosen


def _answered(since: date | None) -> Select[int]:
    return _records(since).where(ProcurementRecord.superseded_by_id.is_(None))


def _notes(since: date | None) -> Select[int]:
    gone = DeliveryNote.state.in_([NoteState.ON_THE_WAY, NoteState.RECEIVED])
    chosen = select(DeliveryNote.id).where(gone).order_by(DeliveryNote.id)
    left = func.coalesce(DeliveryNote.left_at, DeliveryNote.received_at)
    return chosen.where(left >= _midnight(since)) if since else chosen


def _despatch(note: DeliveryNote, parties: Parties) -> bytes | None:
    found = despatch.advice(note, parties)
    return ubl_despatch.write(found) if found else None


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "eslog": Kind(Invoice, _invoices, lambda row, _: eslog.write(invoices.document(row))),
        "ubl": Kind(Invoice, _invoices, lambda row, _: ubl_invoice.write(invoices.document(row))),
        "order": Kind(
            ProcurementRecord, _records, lambda row, parties: ubl_order.write(orders.order(row, parties))
        ),
        "response": Kind(
            ProcurementRecord,
            _answered,
            lambda row, parties: ubl_response.write(orders.response(row, parties)),
        ),
        "despatch": Kind(DeliveryNote, _notes, _despatch),
    }
)
