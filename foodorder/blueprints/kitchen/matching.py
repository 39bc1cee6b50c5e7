"""Invoices beside orders and acceptances: what waits for a decision, one of them line by line, decisions."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import SelectField, TextAreaField
from wtforms.validators import Length

from foodorder.billing import approve
from foodorder.billing.decide import decide_finding
from foodorder.billing.goods import delivered
from foodorder.billing.match import match_invoice
from foodorder.billing.match_queries import Match, match_of, waiting
from foodorder.billing.models import Invoice, InvoiceFile
from foodorder.billing.take_in import choose_goods
from foodorder.blueprints.kitchen import bp
from foodorder.blueprints.kitchen.ours import our_institution
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.files import download
from foodorder.blueprints.shared.forms import BaseForm, EmptyForm, options
from foodorder.db import clock, db, transaction
from foodorder.language import formats, gettext
from foodorder.language import lazy_gettext as _l
from foodorder.rules.errors import N_, Amount, Refusal
from foodorder.rules.findings import FindingAction, Hand
from foodorder.rules.matching import FINDING_STATES
from foodorder.rules.permissions import Permission, Role
from foodorder.rules.settlement import INVOICE_ORIGINS, INVOICE_STATES, InvoiceOrigin, InvoiceState

LONGEST_WORDS = 1000

DONE = {
    "approve": N_("The invoice is approved for payment."),
    "take-back": N_("The approval is taken back."),
    "reject": N_("The invoice is given back. The producer was told."),
    "reopen": N_("The invoice is taken up again."),
    "compare": N_("Compared again."),
}


class WordsForm(BaseForm):
    """Why it is decided so."""

    words = TextAreaField(_l("Why"), [Length(max=LONGEST_WORDS)])

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        # Whether it is needed depends on the button.
        self.words.flags.silent = True


class GoodsForm(BaseForm):
    """Which delivered goods a line means."""

    goods = SelectField(_l("Which delivery is it?"), coerce=int)

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.goods.flags.required = True


def our_invoice(matched_id: int) -> Invoice:
    """An invoice for our institution; 404 for others', and for credit notes: they have nothing to compare."""
    found = db.session.get(Invoice, matched_id)
    if found is None or found.institution_id != our_institution().id or found.corrects_id is not None:
        abort(404)
    return found


@bp.get("/matching")
@needs(Permission.INVOICES_SEE)
def matching() -> Any:
    """What waits: held first, then what agrees and waits for approval, then what waits for the producer."""
    rows = waiting(our_institution().id)
    groups = [
        (gettext("Decide"), [one for one in rows if one.urgency <= 1]),
        (gettext("Agrees, waits for approval"), [one for one in rows if one.urgency == 2]),
        (gettext("Waits for the producer"), [one for one in rows if one.urgency >= 3]),
    ]
    return render_template(
        "kitchen/matching.html",
        groups=[(name, found) for name, found in groups if found],
        states={state.value: gettext(words) for state, words in INVOICE_STATES.items()},
        today=formats.local(clock()).date(),
    )


@bp.get("/matching/<int:matched_id>")
@needs(Permission.INVOICES_SEE)
def match(matched_id: int) -> Any:
    """Order, acceptance and invoice side by side."""
    return page_of(our_invoice(matched_id))


@bp.post("/matching/<int:matched_id>/<int:finding_id>/<any(explain, dispute, withdraw, release):action>")
@needs(Permission.INVOICES_DECIDE)
def decide(matched_id: int, finding_id: int, action: str) -> Any:
    """Decide what becomes of a difference."""
    invoice = our_invoice(matched_id)
    if finding_id not in {one.id for one in differences(match_of(invoice))}:
        abort(404)
    form = WordsForm(prefix=f"f{finding_id}-")
    hand = Hand.ACCOUNTANT if present().role is Role.ACCOUNTANT else Hand.KITCHEN
    try:
        if not form.validate_on_submit():
            return page_of(our_invoice(matched_id), form, finding_id)
        with transaction():
            decide_finding(
                finding_id,
                FindingAction(action),
                form.words.data or "",
                hand=hand,
                actor=present().actor,
                now=clock(),
            )
    except Refusal as reason:
        form.refuse(reason)
        return page_of(our_invoice(matched_id), form, finding_id)
    flash(gettext("Decided."), "success")
    return redirect(url_for(".match", matched_id=matched_id, _anchor=f"f{finding_id}"), code=303)


@bp.post("/matching/<int:matched_id>/<any(approve, 'take-back', reject, reopen, compare):step>")
@needs(Permission.INVOICES_APPROVE)
def step_invoice(matched_id: int, step: str) -> Any:
    """Approve for payment, take that back, give back to the issuer, take up again, compare again."""
    invoice, form = our_invoice(matched_id), WordsForm(prefix="invoice-")
    try:
        if not form.validate_on_submit():
            return page_of(invoice, form)
        with transaction():
            _step(invoice.id, step, form.words.data or "")
    except Refusal as reason:
        form.refuse(reason)
        return page_of(our_invoice(matched_id), form)
    flash(gettext(DONE[step]), "success")
    return redirect(url_for(".match", matched_id=matched_id), code=303)


@bp.post("/matching/<int:matched_id>/lines/<int:invoice_line_id>")
@needs(Permission.INVOICES_TAKE_IN)
def choose(matched_id: int, invoice_line_id: int) -> Any:
    """Say which delivered goods a line means."""
    invoice = our_invoice(matched_id)
    if invoice_line_id not in {line.id for line in invoice.lines}:
        abort(404)
    form = _goods_form(invoice, invoice_line_id)
    try:
        if not form.validate_on_submit():
            return page_of(invoice, form)
        with transaction():
            choose_goods(invoice_line_id, form.goods.data or None, actor=present().actor, now=clock())
    except Refusal as reason:
        form.refuse(reason)
        return page_of(our_invoice(matched_id), form)
    flash(gettext("Compared again."), "success")
    return redirect(url_for(".match", matched_id=matched_id), code=303)


@bp.get("/matching/<int:matched_id>/files/<int:file_id>")
@needs(Permission.INVOICES_SEE)
def invoice_original(matched_id: int, file_id: int) -> Response:
    """The file that the invoice came as."""
    file = db.session.get(InvoiceFile, file_id)
    if file is None or file.invoice_id != our_invoice(matched_id).id:
        abort(404)
    return download(file.name, file.media_type, file.content)


def page_of(invoice: Invoice, form: Any = None, finding_id: int | None = None) -> Any:
    """The page of an invoice; with the form that was refused in its place."""
    found = match_of(invoice)
    forms = {one.id: WordsForm(formdata=None, prefix=f"f{one.id}-") for one in differences(found) if one.open}
    steps = WordsForm(formdata=None, prefix="invoice-")
    goods = {
        line.id: _goods_form(invoice, line.id, formdata=None, chosen=line.goods)
        for line in found.lines
        if line.taken_in and (line.goods is None or not line.agrees)
    }
    if finding_id is not None and form is not None:
        forms[finding_id] = form
    elif isinstance(form, WordsForm):
        steps = form
    wrong = bool(form is not None and (form.errors or form.form_errors))
    page = render_template(
        "kitchen/match.html",
        match=found,
        invoice=invoice,
        forms=forms,
        steps=steps,
        goods=goods,
        form=form,
        empty=EmptyForm(),
        state=gettext(INVOICE_STATES[InvoiceState(invoice.state)]),
        origin=gettext(INVOICE_ORIGINS[InvoiceOrigin(invoice.origin)]),
        finding_states={state.value: gettext(words) for state, words in FINDING_STATES.items()},
        other_account=_other_account(invoice),
        person_id=present().found.person_id,
        today=formats.local(clock()).date(),
    )
    return page, 422 if wrong else 200


def differences(found: Match) -> list[Any]:
    """All differences of an invoice, those of the whole first."""
    return [*found.whole, *(one for line in found.lines for one in line.differences)]


def _step(invoice_id: int, step: str, words: str) -> None:
    actor, now = present().actor, clock()
    match step:
        case "approve":
            approve.approve_invoice(invoice_id, actor=actor, now=now)
        case "take-back":
            approve.take_back(invoice_id, words, actor=actor, now=now)
        case "reject":
            approve.reject_invoice(invoice_id, words, actor=actor, now=now)
        case "reopen":
            approve.reopen_invoice(invoice_id, actor=actor, now=now)
        case _:
            match_invoice(invoice_id, actor=actor, now=now)


def _goods_form(invoice: Invoice, line_id: int, *, chosen: int | None = None, **more: Any) -> GoodsForm:
    form = GoodsForm(prefix=f"l{line_id}-", data={"goods": chosen or 0}, **more)
    known = delivered(invoice.producer_id, invoice.institution_id, invoice.issue_date)
    form.goods.choices = options(
        [
            (0, gettext("none of them: nobody ordered it")),
            *(
                (one.id, f"{formats.day(one.delivery_date)} · {one.name} · "
                 f"{formats.fact(Amount(one.quantity, one.unit))} · {one.note}")
                for one in known
            ),
        ]
    )  # fmt: skip
    return form


def _other_account(invoice: Invoice) -> bool:
    """Whether it asks to be paid to another account than the producer told us: the commonest fraud."""
    known = invoice.parties["seller"].get("iban")
    return bool(known and invoice.iban and known.replace(" ", "") != invoice.iban.replace(" ", ""))
