"""Invoices as the auditor reads them: one with what stands behind it and what was paid, and lists of them."""

from typing import Any

from flask import current_app, render_template, request, url_for
from werkzeug.wrappers import Response

from foodorder.audit import invoices as listed
from foodorder.audit.deviations import of_invoice
from foodorder.audit.exports import render
from foodorder.audit.invoices import MONEY, Money
from foodorder.billing import queries
from foodorder.billing.models import Invoice
from foodorder.blueprints.auditor.counter import bp, download, found, institution_id, municipality, show
from foodorder.blueprints.auditor.filters import Filters, chosen
from foodorder.blueprints.auditor.telling import happened
from foodorder.blueprints.shared.access import needs
from foodorder.blueprints.shared.invoice_page import file_of, page_context
from foodorder.db import clock
from foodorder.language import formats, gettext
from foodorder.procurement.documents.tables import Table
from foodorder.rules.permissions import Permission
from foodorder.rules.settlement import INVOICE_ORIGINS, InvoiceOrigin

#: Invoices on one page of the list.
PAGE = 50


def seen_invoice(invoice_id: int) -> Invoice:
    """An invoice or credit note within the reader's reach; 404 for others."""
    only = institution_id()
    if only is not None:
        return found(queries.find(invoice_id, institution_id=only))
    return found(queries.find(invoice_id, municipality_id=municipality().id))


@bp.get("/invoices/<int:invoice_id>")
@needs(Permission.SPEND_SEE)
def invoice(invoice_id: int) -> str:
    """One invoice or credit note, what differed, what was paid, and its trail."""
    own = seen_invoice(invoice_id)
    corrected = own.corrects_id or own.id
    return render_template(
        "auditor/invoice.html",
        origin=gettext(INVOICE_ORIGINS[InvoiceOrigin(own.origin)]),
        differences=of_invoice(corrected),
        events=happened([("invoice", own.id)]),
        **page_context(own),
    )


@bp.get("/invoices/<int:invoice_id>/<any(pdf, eslog, ubl):form>")
@needs(Permission.SPEND_SEE)
def invoice_file(invoice_id: int, form: str) -> Any:
    """An invoice that was issued here as a paper, or by standard."""
    return found(file_of(seen_invoice(invoice_id), form, current_app.config["SETTINGS"].base_url))


@bp.get("/payments")
@needs(Permission.SPEND_SEE)
def payments() -> str:
    """Invoices of the selection with their money: paid, late, open, given back."""
    filters, money = asked()
    number = max(1, min(request.args.get("page", 1, type=int), 10_000))
    sums = listed.invoices(filters.selection, _today(), money, limit=PAGE, offset=(number - 1) * PAGE)
    return render_template(
        "auditor/payments.html",
        filters=filters,
        sums=sums,
        shown=show(_told(listed.table(sums)), [_links(filters, one) for one in sums.rows]),
        number=number,
        pages=(sums.invoices + PAGE - 1) // PAGE,
    )


@bp.get("/payments.<any(csv, xlsx):ending>")
@needs(Permission.SPEND_EXPORT)
def payments_file(ending: str) -> Response:
    """The same as a file, whole."""
    filters, money = asked()
    table = listed.table(listed.invoices(filters.selection, _today(), money))
    title = gettext("%(table)s, %(municipality)s, %(period)s", table=table.name,
                    municipality=municipality().name, period=filters.period)  # fmt: skip
    return download(render(table, ending, title, f"{table.name}-{municipality().code}"))


def asked() -> tuple[Filters, Money | None]:
    """The filters of this request, and how the invoices are to stand with their money."""
    filters = chosen()
    options = [(one.value, gettext(label)) for one, label in MONEY.items()]
    value = filters.also("money", gettext("Money"), options)
    return filters, Money(value) if value else None


def _told(table: Table) -> Table:
    """The table without columns that say nothing; the file has them all."""
    idle = [
        column.key
        for place, column in enumerate(table.columns)
        if not any(row[place] for row in (*table.rows, *table.sums))
    ]
    return table.without(*idle)


def _links(filters: Filters, one: listed.InvoiceRow) -> dict[str, str]:
    page = url_for("auditor.invoice", invoice_id=one.id)
    paid = url_for("auditor.invoice", invoice_id=one.id, _anchor="payments")
    kitchen = {**filters.args, "institution": str(one.institution_id)}
    farm = {**filters.args, "producer": str(one.producer_id)}
    return {
        "invoice": page,
        "gross": page,
        "institution": url_for("auditor.payments", **kitchen),
        "producer": url_for("auditor.payments", **farm),
        **(dict.fromkeys(("paid", "paid_on"), paid) if one.paid_cents else {}),
    }


def _today() -> Any:
    return formats.local(clock()).date()
