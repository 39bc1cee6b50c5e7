"""What a farm may invoice, what it invoiced, when the money comes, and how an invoice is corrected."""

from collections.abc import Callable
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from foodorder.billing import queries
from foodorder.billing.consents import consent_of
from foodorder.billing.credit import OURS, issue_credit_note, lines_left
from foodorder.billing.due import Due, due
from foodorder.billing.issue import issue_all, issue_invoice
from foodorder.billing.models import Invoice
from foodorder.billing.owed import credit_owed, owed
from foodorder.blueprints.producer.counter import bp, producer
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.forms import BaseForm, EmptyForm, QuantityField
from foodorder.blueprints.shared.invoice_page import file_of, list_context, page_context
from foodorder.blueprints.shared.stripe import takes_cards
from foodorder.db import clock, transaction
from foodorder.language import formats, ngettext
from foodorder.language import gettext as _
from foodorder.language import lazy_gettext as _l
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission
from foodorder.rules.settlement import Group, InvoiceKind, totals

#: So many stand on a page.
PAGE = 50


def own_invoice(invoice_id: int) -> Invoice:
    """An invoice or credit note of this producer; 404 for everybody else's."""
    return queries.find(invoice_id, producer_id=producer().id) or abort(404)


def key_of(group: Group) -> str:
    """A group as a button names it: whose delivery, or whose month, and how it is taxed."""
    return f"{group.buyer_id}:{group.note_id or group.first.isoformat()}:{group.code}"


@bp.get("/invoices")
@needs(Permission.SUPPLY_SEE)
def invoices() -> Any:
    """What to invoice on top, then what was invoiced, newest first."""
    return _list()


@bp.post("/invoices/issue")
@needs(Permission.INVOICES_ISSUE)
def issue() -> Any:
    """Issue one invoice, or (without `group`) all that lack nothing."""
    farm, key = producer(), request.form.get("group", "")
    if not EmptyForm().validate_on_submit():
        abort(400)
    chosen = next((group for group in due(farm.id).groups if key_of(group) == key), None)
    if key and chosen is None:
        flash(_("This is invoiced already."), "info")
        return redirect(url_for("producer.invoices"), code=303)

    def write() -> list[Invoice]:
        who: dict[str, Any] = {"actor": present().actor, "now": clock()}
        return [issue_invoice(chosen, **who)] if chosen else issue_all(farm.id, **who)

    return _issued(write)


@bp.post("/invoices/<int:invoice_id>/credit-claims")
@needs(Permission.INVOICES_ISSUE)
def credit_claims(invoice_id: int) -> Any:
    """Issue the credit note that claims made due."""
    invoice = own_invoice(invoice_id)
    if not EmptyForm().validate_on_submit():
        abort(400)
    return _issued(lambda: [credit_owed(invoice.id, actor=present().actor, now=clock())])


@bp.get("/invoices/<int:invoice_id>")
@needs(Permission.SUPPLY_SEE)
def invoice(invoice_id: int) -> str:
    """An invoice or credit note, with when it is paid."""
    found = own_invoice(invoice_id)
    may_credit = found.kind == InvoiceKind.INVOICE and found.origin in OURS
    left = may_credit and any(row.credited < row.quantity for row in lines_left(found.id))
    return render_template(
        "producer/invoice.html",
        may_refund=takes_cards() and found.paid_cents > 0 and present().may(Permission.PAYMENTS_REFUND),
        may_credit=left and present().may(Permission.INVOICES_ISSUE),
        **page_context(found),
    )


@bp.get("/invoices/<int:invoice_id>/<any(pdf, eslog, ubl):form>")
@needs(Permission.SUPPLY_SEE)
def invoice_file(invoice_id: int, form: str) -> Any:
    """An invoice as a paper, or by standard."""
    return file_of(own_invoice(invoice_id), form, current_app.config["SETTINGS"].base_url) or abort(404)


@bp.route("/invoices/<int:invoice_id>/correct", methods=["GET", "POST"])
@needs(Permission.INVOICES_ISSUE)
def correct_invoice(invoice_id: int) -> Any:
    """Take something off an invoice by a credit note."""
    found = own_invoice(invoice_id)
    if found.kind != InvoiceKind.INVOICE or found.origin not in OURS:
        abort(404)
    lines = [row for row in lines_left(found.id) if row.credited < row.quantity]
    form = credit_form(lines)
    if form.validate_on_submit():
        quantities = {row.id: form[f"line-{row.id}"].data or 0 for row in lines}
        try:
            with transaction():
                number = issue_credit_note(
                    found.id, quantities, form.reason.data or "", actor=present().actor, now=clock()
                ).id
        except Refusal as reason:
            form.refuse(reason)
        else:
            flash(_("The credit note is issued. The kitchen was told."), "success")
            return redirect(url_for("producer.invoice", invoice_id=number), code=303)
    page = render_template("producer/correct_invoice.html", form=form, lines=lines, invoice=found)
    return page, 422 if form.errors else 200


def credit_form(lines: list[Any]) -> Any:
    """How much of each line is taken off (empty: nothing), and why."""

    class CreditForm(BaseForm):
        reason = TextAreaField(
            _l("Why?"), [InputRequired(), Length(max=300)], description=_l("It stands on the credit note.")
        )

    for row in lines:
        left = formats.amount(row.quantity - row.credited, row.unit)
        field = QuantityField(row.name, description=_("at most %(left)s", left=left))
        setattr(CreditForm, f"line-{row.id}", field)
    form = CreditForm()
    for row in lines:
        form[f"line-{row.id}"].unit = row.unit
    return form


def _issued(write: Callable[[], list[Invoice]]) -> Any:
    """To what was issued, or to the list with what stood in the way."""
    try:
        with transaction():
            numbers = [one.id for one in write()]
    except Refusal as reason:
        return _list([formats.refusal(reason)]), 422
    issued = len(numbers)
    said = ngettext("%(count)s document is issued.", "%(count)s documents are issued.", issued, count=issued)
    flash(said, "success")
    if len(numbers) == 1:
        return redirect(url_for("producer.invoice", invoice_id=numbers[0]), code=303)
    return redirect(url_for("producer.invoices"), code=303)


def _list(problems: list[str] | None = None) -> str:
    farm, page = producer(), max(request.args.get("page", 1, type=int), 1)
    found = due(farm.id)
    total = queries.count(producer_id=farm.id)
    return render_template(
        "producer/invoices.html",
        problems=problems or [],
        to_issue=to_issue(found),
        whole=len(found.whole(clock())),
        owed=owed(farm.id),
        consent=consent_of(farm.id),
        number=page,
        pages=-(-total // PAGE),
        **list_context(queries.of_producer(farm.id, limit=PAGE, offset=(page - 1) * PAGE)),
    )


def to_issue(found: Due) -> list[dict[str, Any]]:
    """What may be invoiced, for the page: kitchen, days, sums, and how its button names it."""
    now = clock()
    return [
        {
            "key": key_of(group),
            "kitchen": found.goods[lines[0].key].institution,
            "first": min(found.goods[line.key].delivery_date for line in lines),
            "last": max(found.goods[line.key].delivery_date for line in lines),
            "notes": sorted({found.goods[line.key].note_number for line in lines}),
            "gross": totals((line.treatment, line.net) for line in lines).total.gross,
            "net": sum(line.net for line in lines),
            "waits_until": None if group.note_id or found.is_over(group, now) else group.last,
            "credited": any(found.goods[line.key].credited for line in lines),
        }
        for group, lines in found.groups.items()
    ]
