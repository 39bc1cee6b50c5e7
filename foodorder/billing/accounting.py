"""Exports for accounting: the invoices of a stretch of days, and what was paid on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, text

from foodorder.db import db
from foodorder.language import get_locale, gettext
from foodorder.procurement.documents.paper import Paper, file_name, head
from foodorder.procurement.documents.store import FORMATS, File
from foodorder.procurement.documents.tables import Column, Figure, Table
from foodorder.rules.payments import PAYMENT_KINDS, PaymentKind
from foodorder.rules.settlement import INVOICE_KINDS, INVOICE_STATES, InvoiceKind, InvoiceState

#: Whose and of which days; institution or producer, never neither.
_SIDES = """
   AND (CAST(:institution AS integer) IS NULL OR i.institution_id = :institution)
   AND (CAST(:producer AS integer) IS NULL OR i.producer_id = :producer)
"""

# One row for each rate of VAT of an invoice: what an accountant books. A credit note has signs turned.
_INVOICES = text(f"""
SELECT i.number, i.kind, i.state, i.issue_date, i.received_on, i.due_date, i.supplied_from, i.supplied_to,
       i.parties -> 'seller' ->> 'name' AS seller, i.parties -> 'seller' ->> 'tax_number' AS seller_tax,
       i.parties -> 'buyer' ->> 'name' AS buyer, i.reference, i.iban, c.number AS corrects,
       v.vat_treatment, v.vat_bp, v.net_cents, v.vat_cents
  FROM invoice i JOIN invoice_vat v ON v.invoice_id = i.id LEFT JOIN invoice c ON c.id = i.corrects_id
 WHERE i.issue_date BETWEEN :first AND :last {_SIDES}
 ORDER BY i.issue_date, i.id, v.vat_treatment, v.vat_bp
""")  # noqa: S608 - the parts are written here

_PAYMENTS = text(f"""
SELECT p.value_date, p.kind, p.amount_cents, p.words, i.number, i.reference, i.due_date,
       i.parties -> 'seller' ->> 'name' AS seller, i.parties -> 'buyer' ->> 'name' AS buyer,
       s.statement, e.counterparty_iban
  FROM payment p JOIN invoice i ON i.id = p.invoice_id
  LEFT JOIN bank_entry e ON e.id = p.bank_entry_id LEFT JOIN bank_statement s ON s.id = e.statement_id
 WHERE p.value_date BETWEEN :first AND :last {_SIDES}
 ORDER BY p.value_date, p.id
""")  # noqa: S608 - the parts are written here


@dataclass(frozen=True, slots=True)
class Books:
    """Whose books, and from which day to which, both counted."""

    first: date
    last: date
    institution_id: int | None = None
    producer_id: int | None = None

    def ask(self, question: Any) -> Sequence[Row[Any]]:
        """The rows of one of the questions above. Raises ValueError where it is nobody's."""
        if (self.institution_id is None) == (self.producer_id is None):
            raise ValueError(self)
        return db.session.execute(
            question,
            {
                "first": self.first,
                "last": self.last,
                "institution": self.institution_id,
                "producer": self.producer_id,
            },
        ).all()


def invoice_journal(books: Books) -> Table:
    """Invoices and credit notes, one row for each rate of VAT; a credit note's sums are below zero."""
    rows = [_invoice(row) for row in books.ask(_INVOICES)]
    return Table(gettext("Invoices"), _invoice_columns(), tuple(rows))


def payment_journal(books: Books) -> Table:
    """What was paid on invoices, day by day; below zero what came back."""
    rows = [
        (
            row.value_date, row.number, row.seller, row.buyer, gettext(PAYMENT_KINDS[PaymentKind(row.kind)]),
            row.amount_cents, row.reference, row.due_date, row.statement, row.counterparty_iban, row.words,
        )
        for row in books.ask(_PAYMENTS)
    ]  # fmt: skip
    return Table(gettext("Payments"), _payment_columns(), tuple(rows))


JOURNALS = {"invoices": invoice_journal, "payments": payment_journal}


def journal_file(name: str, books: Books, ending: str) -> File:
    """A journal as CSV or workbook. Raises KeyError for a name or an ending that is not offered."""
    table = JOURNALS[name](books)
    days = f"{books.first:%Y-%m-%d}-{books.last:%Y-%m-%d}"
    form = FORMATS[ending]
    paper = Paper(
        "journal", 0, file_name([table.name.lower(), days]), get_locale().language, "list",
        head(table.name), (table,), kept=False,
    )  # fmt: skip
    return File(f"{paper.name}.{ending}", form.media_type, form.render(paper))


def _invoice(row: Row[Any]) -> tuple[Any, ...]:
    sign = -1 if row.kind == InvoiceKind.CREDIT_NOTE else 1
    return (
        row.number, gettext(INVOICE_KINDS[InvoiceKind(row.kind)]), row.issue_date, row.received_on,
        row.supplied_from, row.supplied_to, row.due_date, row.seller, row.seller_tax, row.buyer,
        row.vat_bp, sign * row.net_cents, sign * row.vat_cents, sign * (row.net_cents + row.vat_cents),
        row.reference, row.iban, row.corrects, gettext(INVOICE_STATES[InvoiceState(row.state)]),
    )  # fmt: skip


def _invoice_columns() -> tuple[Column, ...]:
    return (
        Column("number", gettext("Number"), share=1),
        Column("kind", gettext("Kind")),
        Column("issued", gettext("Issued"), Figure.DAY),
        Column("received", gettext("Received"), Figure.DAY),
        Column("supplied_from", gettext("Supplied from"), Figure.DAY),
        Column("supplied_to", gettext("Supplied to"), Figure.DAY),
        Column("due", gettext("Due"), Figure.DAY),
        Column("seller", gettext("Seller"), share=2),
        Column("seller_tax_number", gettext("Seller’s tax number")),
        Column("buyer", gettext("Buyer"), share=2),
        Column("vat_rate", gettext("VAT rate"), Figure.RATE),
        Column("net", gettext("Net"), Figure.MONEY),
        Column("vat", gettext("VAT"), Figure.MONEY),
        Column("gross", gettext("With VAT"), Figure.MONEY),
        Column("reference", gettext("Reference")),
        Column("iban", gettext("To the account")),
        Column("corrects", gettext("Corrects the invoice")),
        Column("state", gettext("State")),
    )


def _payment_columns() -> tuple[Column, ...]:
    return (
        Column("day", gettext("Day"), Figure.DAY),
        Column("invoice", gettext("Invoice"), share=1),
        Column("seller", gettext("Seller"), share=2),
        Column("buyer", gettext("Buyer"), share=2),
        Column("kind", gettext("Kind")),
        Column("amount", gettext("Amount"), Figure.MONEY),
        Column("reference", gettext("Reference")),
        Column("due", gettext("Due"), Figure.DAY),
        Column("statement", gettext("Statement")),
        Column("counterparty_account", gettext("Other account")),
        Column("words", gettext("In words")),
    )
