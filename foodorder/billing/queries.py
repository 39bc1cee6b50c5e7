"""Read invoices and credit notes: lists of a producer or an institution, and one with its neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text

from foodorder.billing.models import Invoice
from foodorder.db import db
from foodorder.rules.payments import Expected, Waiting, expected
from foodorder.rules.settlement import InvoiceKind, InvoiceState

_INVOICES = """
SELECT i.id, i.kind, i.number, i.state, i.origin, i.issue_date, i.due_date, i.gross_cents, i.paid_cents,
       i.credited_cents, i.approved_at, i.parties -> 'seller' ->> 'name' AS producer,
       n.short_name AS institution, corrected.id AS corrects_id, corrected.number AS corrects,
       (SELECT max(x.value_date) FROM payment x WHERE x.invoice_id = i.id) AS paid_on,
       (SELECT max(b.execute_on) FROM payment_batch_line l JOIN payment_batch b ON b.id = l.batch_id
         WHERE l.invoice_id = i.id AND b.cancelled_at IS NULL) AS execute_on
  FROM invoice i
  JOIN institution n ON n.id = i.institution_id
  LEFT JOIN invoice corrected ON corrected.id = i.corrects_id
 WHERE /* scope */
 ORDER BY i.issue_date DESC, i.id DESC
 LIMIT :limit OFFSET :offset
"""

_COUNT = "SELECT count(*) FROM invoice i WHERE /* scope */"

_NEIGHBOURS = text("""
SELECT DISTINCT n.id AS note_id, n.number AS note, n.delivery_date, k.id AS record_id, k.number AS record,
       c.id AS cycle_id, c.week
  FROM invoice_line x
  JOIN record_line r ON r.id = x.record_line_id
  JOIN procurement_record k ON k.id = r.record_id
  JOIN cycle c ON c.id = k.cycle_id
  LEFT JOIN delivery_line l ON l.id = x.delivery_line_id
  LEFT JOIN delivery_note n ON n.id = l.note_id
 WHERE x.invoice_id = :invoice
 ORDER BY n.delivery_date, n.id, k.id
""")

_OF_NOTE = text("""
SELECT DISTINCT i.id, i.number FROM invoice i JOIN invoice_line x ON x.invoice_id = i.id
  JOIN delivery_line l ON l.id = x.delivery_line_id
 WHERE l.note_id = :note AND i.kind = 'invoice' ORDER BY i.id
""")


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice or a credit note in a list; money in cents."""

    id: int
    kind: str
    number: str
    state: str
    origin: str
    issue_date: date
    due_date: date
    gross_cents: int
    paid_cents: int
    credited_cents: int
    approved_at: datetime | None
    producer: str
    institution: str
    corrects_id: int | None
    corrects: str | None
    paid_on: date | None
    execute_on: date | None

    @property
    def is_note(self) -> bool:
        """Whether it is a credit note."""
        return self.kind == InvoiceKind.CREDIT_NOTE

    @property
    def open_cents(self) -> int:
        """What is still to be paid; below zero: to be paid back. Nothing of a credit note."""
        return 0 if self.is_note else self.gross_cents - self.credited_cents - self.paid_cents

    def expected(self, today: date) -> Expected:
        """When the money comes, as far as can be known."""
        return expected(
            Waiting(
                self.due_date,
                self.open_cents,
                paid_on=self.paid_on if self.paid_cents else None,
                execute_on=self.execute_on,
                approved=self.state == InvoiceState.APPROVED,
                held=self.state == InvoiceState.HELD,
            ),
            today,
        )


def of_producer(producer_id: int, *, limit: int = 100, offset: int = 0) -> list[InvoiceRow]:
    """What a producer issued or had entered, newest first."""
    return _rows("i.producer_id = :owner", producer_id, limit, offset)


def of_institution(institution_id: int, *, limit: int = 100, offset: int = 0) -> list[InvoiceRow]:
    """What an institution received, newest first."""
    return _rows("i.institution_id = :owner", institution_id, limit, offset)


def row_of(invoice: Invoice) -> InvoiceRow:
    """One of the list."""
    return _rows("i.id = :owner", invoice.id, 1, 0)[0]


def credits_of(invoice: Invoice) -> list[InvoiceRow]:
    """The credit notes that correct an invoice, newest first."""
    return _rows("i.corrects_id = :owner", invoice.id, 100, 0)


def count(*, producer_id: int | None = None, institution_id: int | None = None) -> int:
    """How many a producer or an institution has."""
    scope = "i.producer_id = :owner" if producer_id is not None else "i.institution_id = :owner"
    found: int = db.session.execute(
        text(_COUNT.replace("/* scope */", scope)), {"owner": producer_id or institution_id}
    ).scalar_one()
    return found


def find(
    invoice_id: int,
    *,
    producer_id: int | None = None,
    institution_id: int | None = None,
    municipality_id: int | None = None,
) -> Invoice | None:
    """An invoice or credit note, if it is the producer's, the institution's or of one of a municipality."""
    invoice = db.session.get(Invoice, invoice_id)
    if invoice is None:
        return None
    is_theirs = (
        invoice.producer_id == producer_id
        or invoice.institution_id == institution_id
        or invoice.institution.municipality_id == municipality_id
    )
    return invoice if is_theirs else None


def neighbours(invoice_id: int) -> Sequence[Row[Any]]:
    """The notes and records behind an invoice: `note_id`, `note`, `record_id`, `record`, `week`, …."""
    return db.session.execute(_NEIGHBOURS, {"invoice": invoice_id}).all()


def of_note(note_id: int) -> Sequence[Row[Any]]:
    """The invoices on which goods of a delivery note stand: `id`, `number`."""
    return db.session.execute(_OF_NOTE, {"note": note_id}).all()


def _rows(scope: str, owner: int, limit: int, offset: int) -> list[InvoiceRow]:
    found = db.session.execute(
        text(_INVOICES.replace("/* scope */", scope)), {"owner": owner, "limit": limit, "offset": offset}
    )
    return [InvoiceRow(**row._asdict()) for row in found]
