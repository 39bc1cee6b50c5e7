"""Invoices that a kitchen disputes or gave back: what it says, and the farm's answer."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from foodorder.billing.decide import decide_finding
from foodorder.billing.match_queries import Match, disputed, match_of
from foodorder.billing.models import Invoice
from foodorder.blueprints.producer.counter import bp, producer
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.forms import BaseForm
from foodorder.db import clock, db, transaction
from foodorder.language import gettext
from foodorder.language import lazy_gettext as _l
from foodorder.rules.errors import Refusal
from foodorder.rules.findings import FindingAction, FindingWordsMissing, Hand
from foodorder.rules.matching import FINDING_STATES, FindingState
from foodorder.rules.permissions import Permission
from foodorder.rules.settlement import INVOICE_STATES, InvoiceState

#: What the kitchen has for itself is not shown: differences that it has not disputed.
SHOWN = frozenset({FindingState.DISPUTED.value, FindingState.RELEASED.value})


class AnswerForm(BaseForm):
    """The answer to a dispute."""

    words = TextAreaField(
        _l("Your answer"), [InputRequired(_l(FindingWordsMissing.message)), Length(max=1000)]
    )


def own_invoice(matched_id: int) -> Invoice:
    """An invoice of this producer; 404 for others'."""
    found = db.session.get(Invoice, matched_id)
    if found is None or found.producer_id != producer().id or found.corrects_id is not None:
        abort(404)
    return found


@bp.get("/disputes")
@needs(Permission.SUPPLY_SEE)
def disputes() -> Any:
    """What is disputed or given back, what waits for an answer first."""
    return render_template(
        "producer/disputes.html",
        rows=disputed(producer().id),
        states={state.value: gettext(words) for state, words in INVOICE_STATES.items()},
    )


@bp.get("/disputes/<int:matched_id>")
@needs(Permission.SUPPLY_SEE)
def dispute(matched_id: int) -> Any:
    """What a kitchen says about an invoice."""
    return _page(own_invoice(matched_id))


@bp.post("/disputes/<int:matched_id>/<int:finding_id>")
@needs(Permission.INVOICES_ANSWER)
def answer_dispute(matched_id: int, finding_id: int) -> Any:
    """Answer a dispute."""
    invoice, form = own_invoice(matched_id), AnswerForm(prefix=f"f{finding_id}-")
    if finding_id not in {one.id for _, one in _shown(match_of(invoice))}:
        abort(404)
    try:
        if not form.validate_on_submit():
            return _page(invoice, form, finding_id)
        with transaction():
            decide_finding(
                finding_id,
                FindingAction.ANSWER,
                form.words.data or "",
                hand=Hand.SUPPLIER,
                actor=present().actor,
                now=clock(),
            )
    except Refusal as reason:
        form.refuse(reason)
        return _page(own_invoice(matched_id), form, finding_id)
    flash(gettext("Answered. The kitchen was told."), "success")
    return redirect(url_for("producer.dispute", matched_id=matched_id), code=303)


def _shown(found: Match) -> list[tuple[Any, Any]]:
    """Lines with their disputes; None for the whole invoice."""
    every: list[tuple[Any, Any]] = [(None, one) for one in found.whole]
    every += [(line, one) for line in found.lines for one in line.differences]
    return [
        (line, one)
        for line, one in every
        if one.state in SHOWN and any(done.action == FindingAction.DISPUTE for done in one.decisions)
    ]


def _page(invoice: Invoice, form: Any = None, finding_id: int | None = None) -> Any:
    found = match_of(invoice)
    shown = _shown(found)
    forms = {
        one.id: AnswerForm(formdata=None, prefix=f"f{one.id}-")
        for _, one in shown
        if one.state == FindingState.DISPUTED
    }
    if form is not None and finding_id is not None:
        forms[finding_id] = form
    page = render_template(
        "producer/dispute.html",
        invoice=invoice,
        shown=shown,
        forms=forms,
        form=form,
        state=gettext(INVOICE_STATES[InvoiceState(invoice.state)]),
        finding_states={state.value: gettext(words) for state, words in FINDING_STATES.items()},
        may_answer=present().may(Permission.INVOICES_ANSWER)
        and invoice.state in (InvoiceState.RECEIVED, InvoiceState.HELD, InvoiceState.MATCHED),
    )
    return page, 422 if form is not None and (form.errors or form.form_errors) else 200
