"""Invoices that an institution received: the list, one of them, and its papers."""

from typing import Any

from flask import abort, current_app, render_template, request

from foodorder.billing import queries
from foodorder.billing.card import can_pay as can_pay_by_card
from foodorder.billing.models import Invoice
from foodorder.blueprints.kitchen import bp
from foodorder.blueprints.kitchen.ours import our_institution_id
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.invoice_page import file_of, list_context, page_context
from foodorder.blueprints.shared.stripe import takes_cards
from foodorder.rules.permissions import Permission

#: So many stand on a page.
PAGE = 50


def our_invoice(invoice_id: int) -> Invoice:
    """An invoice or credit note to our institution; 404 for all others."""
    return queries.find(invoice_id, institution_id=our_institution_id()) or abort(404)


@bp.get("/invoices")
@needs(Permission.INVOICES_SEE)
def invoices() -> str:
    """All invoices, newest first."""
    page = max(request.args.get("page", 1, type=int), 1)
    ours = our_institution_id()
    return render_template(
        "kitchen/invoices.html",
        number=page,
        pages=-(-queries.count(institution_id=ours) // PAGE),
        **list_context(queries.of_institution(ours, limit=PAGE, offset=(page - 1) * PAGE)),
    )


@bp.get("/invoices/<int:invoice_id>")
@needs(Permission.INVOICES_SEE)
def invoice(invoice_id: int) -> str:
    """One invoice or credit note."""
    found = our_invoice(invoice_id)
    by_card = takes_cards() and present().may(Permission.PAYMENTS_MAKE)
    can_pay = by_card and can_pay_by_card(found.id, our_institution_id()) > 0
    return render_template("kitchen/invoice.html", by_card=can_pay, **page_context(found))


@bp.get("/invoices/<int:invoice_id>/<any(pdf, eslog, ubl):form>")
@needs(Permission.INVOICES_SEE)
def invoice_file(invoice_id: int, form: str) -> Any:
    """An invoice as a paper, or by standard."""
    return file_of(our_invoice(invoice_id), form, current_app.config["SETTINGS"].base_url) or abort(404)
