"""All documents of a kind as files: what `foodorder export` writes, one after the other.

Names are safe in every file system and each is one document's: its number and that of its row.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.interfaces import ORMOption

from foodorder.accounts.models import Institution
from foodorder.billing.models import Invoice, InvoiceLine
from foodorder.billing.papers import despatch, invoices, orders
from foodorder.billing.papers.goods import Parties
from foodorder.catalogue.models import Product
from foodorder.db import db
from foodorder.delivery.models import DeliveryLine, DeliveryNote
from foodorder.exchange import eslog, ubl_despatch, ubl_invoice, ubl_order, ubl_response
from foodorder.language import DEFAULT_ZONE
from foodorder.procurement.documents.paper import file_name
from foodorder.procurement.models import ProcurementRecord, RecordLine
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
    """A kind of documents: which rows they are made of, how many of them are read at once with all that they
    lead to (`paths`), what else is found of them, and how one is written (None: nothing to say).
    """

    model: type[Any]
    chosen: Choose
    paths: tuple[ORMOption, ...]
    found: Callable[[Sequence[Any]], Any]
    write: Callable[[Any, Parties, Any], bytes | None]


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
        chosen = select(of.model).where(of.model.id.in_(ids[start : start + AT_ONCE]))
        rows = db.session.scalars(chosen.options(*of.paths).order_by(of.model.id)).all()
        found = of.found(rows)
        for place, row in enumerate(rows, start + 1):
            content = of.write(row, parties, found)
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


@dataclass(frozen=True, slots=True)
class _Orders:
    """Beside records: what was told since; their goods and former versions, kept in memory to be found."""

    told: orders.Told
    kept: tuple[Sequence[Any], ...]


def _of_records(records: Sequence[ProcurementRecord]) -> _Orders:
    before = select(ProcurementRecord).where(
        ProcurementRecord.id.in_({record.replaces_id for record in records if record.replaces_id})
    )
    goods = _goods(line.product_id for record in records for line in record.record_lines)
    return _Orders(orders.told_of(records), (goods, db.session.scalars(before).all()))


@dataclass(frozen=True, slots=True)
class _Invoices:
    """Beside invoices: what stands behind each, and their goods."""

    about: dict[int, invoices.About]
    kept: Sequence[Any]


def _of_invoices(rows: Sequence[Invoice]) -> _Invoices:
    lines = [line.record_line for row in rows for line in row.lines if line.record_line]
    return _Invoices(invoices.about(rows), _goods(line.product_id for line in lines))


def _goods(products: Iterable[int]) -> Sequence[Product]:
    chosen = select(Product).where(Product.id.in_(set(products))).options(selectinload(Product.food_type))
    return db.session.scalars(chosen).all()


def _despatch(note: DeliveryNote, parties: Parties, told: despatch.Told) -> bytes | None:
    advice = despatch.advice(note, parties, told)
    return ubl_despatch.write(advice) if advice else None


_RECORD_PATHS = (
    selectinload(ProcurementRecord.record_lines).selectinload(RecordLine.delivery_point),
    selectinload(ProcurementRecord.institution).selectinload(Institution.municipality),
    selectinload(ProcurementRecord.producer),
    selectinload(ProcurementRecord.cycle),
)
_INVOICE_PATHS = (
    selectinload(Invoice.lines).selectinload(InvoiceLine.record_line),
    selectinload(Invoice.vat_rows),
    selectinload(Invoice.corrects),
)
_NOTE_PATHS = (
    selectinload(DeliveryNote.lines).selectinload(DeliveryLine.record_line).selectinload(RecordLine.record),
    selectinload(DeliveryNote.institution).selectinload(Institution.municipality),
    selectinload(DeliveryNote.producer),
    selectinload(DeliveryNote.delivery_point),
)


def _invoices_as(write: Callable[[Any], bytes]) -> Kind:
    return Kind(
        Invoice,
        _invoices,
        _INVOICE_PATHS,
        _of_invoices,
        lambda row, _, found: write(invoices.document(row, found.about[row.id])),
    )


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "eslog": _invoices_as(eslog.write),
        "ubl": _invoices_as(ubl_invoice.write),
        "order": Kind(
            ProcurementRecord,
            _records,
            _RECORD_PATHS,
            _of_records,
            lambda row, parties, _: ubl_order.write(orders.order(row, parties)),
        ),
        "response": Kind(
            ProcurementRecord,
            _answered,
            _RECORD_PATHS,
            _of_records,
            lambda row, parties, found: ubl_response.write(orders.response(row, parties, found.told)),
        ),
        "despatch": Kind(DeliveryNote, _notes, _NOTE_PATHS, despatch.told_of, _despatch),
    }
)
