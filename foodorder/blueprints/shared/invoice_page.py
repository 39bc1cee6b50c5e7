"""An invoice or a credit note as every counter shows it: lines, VAT, money, papers, what stands behind it."""

from datetime import date
from typing import Any

from werkzeug.wrappers import Response

from foodorder.bank.upn_qr import as_svg
from foodorder.billing import queries
from foodorder.billing.bank_queries import payments_of
from foodorder.billing.models import Invoice
from foodorder.billing.papers import files, invoice_paper
from foodorder.billing.queries import InvoiceRow
from foodorder.blueprints.shared.files import download
from foodorder.db import clock, transaction
from foodorder.language import formats, get_locale
from foodorder.language import gettext as _
from foodorder.rules.payments import PAYMENT_KINDS, WAITS
from foodorder.rules.references import spaced
from foodorder.rules.settlement import INVOICE_STATES, InvoiceOrigin, InvoiceState

#: How states look in a badge.
LOOKS = {
    InvoiceState.RECEIVED: "wait",
    InvoiceState.HELD: "warn",
    InvoiceState.MATCHED: "wait",
    InvoiceState.APPROVED: "ok",
    InvoiceState.PAID: "ok",
    InvoiceState.REJECTED: "bad",
    InvoiceState.CREDITED: "off",
}
#: Invoices that were issued here and so have papers by standard.
OURS = (InvoiceOrigin.ISSUED, InvoiceOrigin.ON_BEHALF)


def state_words(row: InvoiceRow) -> tuple[str, str]:
    """The state in words, and its look."""
    if row.is_note:
        return _("Credit note"), "info"
    state = InvoiceState(row.state)
    return _(INVOICE_STATES[state]), LOOKS[state]


def when_paid(row: InvoiceRow, today: date) -> str:
    """When the money comes, or came, in a sentence; nothing for a credit note."""
    if row.is_note:
        return ""
    found = row.expected(today)
    return formats.sentence(WAITS[found.why], {"day": found.day} if found.day else {})


def list_context(rows: list[InvoiceRow]) -> dict[str, Any]:
    """What a list shows."""
    today = formats.local(clock()).date()
    return {
        "invoices": rows,
        "state_words": state_words,
        "when_paid": lambda row: when_paid(row, today),
        "open_cents": sum(max(row.open_cents, 0) for row in rows),
    }


def page_context(invoice: Invoice) -> dict[str, Any]:
    """What the page of one shows."""
    row, today = queries.row_of(invoice), formats.local(clock()).date()
    form = invoice_paper.payment_form(invoice, row.open_cents)
    alt = _("UPN QR code for %(amount)s", amount=formats.money(max(row.open_cents, 0)))
    return {
        "invoice": invoice,
        "row": row,
        "state": state_words(row),
        "when": when_paid(row, today),
        "credits": queries.credits_of(invoice),
        "behind": queries.neighbours(invoice.id),
        "payments": payments_of(invoice.id),
        "payment_kinds": PAYMENT_KINDS,
        "law_text": invoice_paper.law_text(invoice),
        "reference": spaced(invoice.reference),
        "is_ours": invoice.origin in OURS,
        "upn": as_svg(form, title=alt) if form else None,
    }


def file_of(invoice: Invoice, form: str, base_url: str) -> Response | None:
    """The paper of an invoice that was issued here: `pdf`, `eslog` or `ubl`; None for others."""
    if invoice.origin not in OURS:
        return None
    if form == "pdf":
        with transaction():
            paper = invoice_paper.pdf(invoice, get_locale().language, base_url)
        return download(paper.name, paper.media_type, paper.content)
    written = files.of_invoice(invoice, form)
    return download(f"{form}-{written.name}", "application/xml", written.content)
