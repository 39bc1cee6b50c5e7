"""The documents of a record: papers and files by standard, those of its notes and invoices, and pictures."""

from collections.abc import Iterator

from sqlalchemy import select

from foodorder.audit.pack.rows import Whole
from foodorder.billing.models import Invoice, InvoiceFile
from foodorder.billing.papers import despatch, invoice_paper, orders, response_paper
from foodorder.billing.papers.files import of_invoice
from foodorder.billing.papers.goods import Parties
from foodorder.db import db
from foodorder.delivery import documents
from foodorder.delivery.models import AcceptanceLine, AcceptancePhoto, DeliveryNote
from foodorder.delivery.queries import notes_of_record
from foodorder.exchange import ubl_despatch, ubl_order, ubl_response
from foodorder.procurement.documents.paper import file_name
from foodorder.procurement.documents.store import make
from foodorder.procurement.models import ProcurementRecord
from foodorder.rules.settlement import InvoiceOrigin

#: Invoices that were written here; of others there is what their writer sent.
OURS = (InvoiceOrigin.ISSUED, InvoiceOrigin.ON_BEHALF)

#: A file of the pack: its path in it, and its bytes.
File = tuple[str, bytes]


def papers(of: Whole, language: str, base_url: str) -> Iterator[File]:
    """Every document there is, one after the other; the caller may commit between them."""
    for record_id in of.records:
        yield from _record(record_id, language, base_url)
    for note_id in of.notes:
        yield from _note(note_id, of.records, language, base_url)
    for invoice_id in of.invoices:
        yield from _invoice(invoice_id, language, base_url)
    yield from _photos(of)


def _record(record_id: int, language: str, base_url: str) -> Iterator[File]:
    for ending in ("pdf", "csv"):
        file = make("record", ending, language, base_url, record_id=record_id)
        yield f"record/{file.name}", file.content
    record = db.session.get_one(ProcurementRecord, record_id)
    yield _xml("record", "order", record), ubl_order.write(orders.order(record, Parties()))
    if record.superseded_by_id is None:
        yield _xml("record", "response", record), ubl_response.write(orders.response(record, Parties()))
        paper = response_paper.pdf(record, language, base_url)
        yield f"record/{paper.name}", paper.content


def _note(note_id: int, records: list[int], language: str, base_url: str) -> Iterator[File]:
    told = next((note for note in notes_of_record(records) if note.id == note_id), None)
    if told is None:
        return
    file = documents.of_note("note", told, language, base_url)
    yield f"delivery/{file.name}", file.content
    note = db.session.get_one(DeliveryNote, note_id)
    advice = despatch.advice(note, Parties())
    if advice:
        yield _xml("delivery", "despatch", note), ubl_despatch.write(advice)


def _invoice(invoice_id: int, language: str, base_url: str) -> Iterator[File]:
    invoice = db.session.get_one(Invoice, invoice_id)
    if invoice.origin not in OURS:
        files = select(InvoiceFile).where(InvoiceFile.invoice_id == invoice_id).order_by(InvoiceFile.id)
        for one in db.session.scalars(files):
            yield f"invoices/{invoice_id}-{one.id}-{file_name([one.name])}", bytes(one.content)
        return
    paper = invoice_paper.pdf(invoice, language, base_url)
    yield f"invoices/{paper.name}", paper.content
    for standard in ("eslog", "ubl"):
        file = of_invoice(invoice, standard)
        yield f"invoices/{standard}-{file.name}", file.content


def _photos(of: Whole) -> Iterator[File]:
    photos = (
        select(AcceptancePhoto.id)
        .join(AcceptanceLine, AcceptanceLine.id == AcceptancePhoto.acceptance_line_id)
        .where(AcceptanceLine.delivery_line_id.in_(of.sent))
        .order_by(AcceptancePhoto.id)
    )
    for photo_id in db.session.scalars(photos).all():
        photo = db.session.get_one(AcceptancePhoto, photo_id)
        yield (
            f"delivery/photos/{photo.acceptance_line_id}-{photo_id}-{file_name([photo.name])}",
            bytes(photo.content),
        )
        db.session.expunge(photo)


def _xml(folder: str, kind: str, row: ProcurementRecord | DeliveryNote) -> str:
    return f"{folder}/{kind}-{file_name([row.number, f'{row.id}.xml'])}"
