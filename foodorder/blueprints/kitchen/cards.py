"""Pay an invoice by card or SEPA debit, where a key is set; without one there is no page."""

from typing import Any

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import BooleanField, EmailField, HiddenField, StringField
from wtforms.validators import InputRequired, Length, Regexp, ValidationError

from foodorder.billing import card
from foodorder.billing.models import Invoice, StripeIntent
from foodorder.billing.stripe_gateway import Mandate
from foodorder.blueprints.kitchen import bp
from foodorder.blueprints.kitchen.invoices import our_invoice
from foodorder.blueprints.kitchen.ours import our_institution, our_institution_id
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.forms import BaseForm, EmptyForm
from foodorder.blueprints.shared.stripe import gateway, let_stripe_in, stripe_settings
from foodorder.db import clock
from foodorder.language import formats
from foodorder.language import gettext as _
from foodorder.language import lazy_gettext as _l
from foodorder.rules.cards import ENDS, INTENT_STATES, METHODS, IntentState, Method
from foodorder.rules.checkdigits import check_iban
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission


class CardForm(BaseForm):
    """A card, as Stripe named it to the browser: its number never comes here."""

    source = HiddenField(validators=[InputRequired(), Regexp(r"^(pm|card)_\w{1,100}$")])


class DebitForm(BaseForm):
    """The account to debit, and that its owner agrees."""

    iban = StringField(_l("Account (IBAN)"), [InputRequired(), Length(max=42)])
    name = StringField(_l("Name of the account’s owner"), [InputRequired(), Length(max=100)])
    email = EmailField(_l("E-mail for the notice of the debit"), [InputRequired(), Length(max=200)])
    agree = BooleanField(
        _l(
            "We agree that the producer and Stripe, its payment service, debit this account once for this sum"
        ),
        [InputRequired()],
        description=_l("You can ask your bank to return the debit within eight weeks."),
    )

    def validate_iban(self, field: StringField) -> None:
        """An IBAN with right check digits."""
        try:
            field.data = check_iban(field.data or "")
        except Refusal as reason:
            raise ValidationError(formats.refusal(reason)) from None


@bp.get("/invoices/<int:invoice_id>/card")
@needs(Permission.PAYMENTS_MAKE)
def pay_by_card(invoice_id: int) -> Any:
    """What is open, how it can be paid here, and what became of earlier attempts."""
    stripe_settings()
    ours = our_institution()
    debit = DebitForm(formdata=None, data={"iban": ours.iban, "name": ours.name})
    return _page(our_invoice(invoice_id), debit)


@bp.post("/invoices/<int:invoice_id>/card")
@needs(Permission.PAYMENTS_MAKE)
def pay_with_card(invoice_id: int) -> Any:
    """Pay by the card that the browser gave to Stripe."""
    door, form, invoice = gateway(), CardForm(), our_invoice(invoice_id)
    if not form.validate_on_submit():
        return _page(invoice, DebitForm(formdata=None), [_("Enter the card again.")]), 422
    number, source, now = invoice.id, str(form.source.data), clock()
    try:
        state = card.pay(
            door, number, our_institution_id(), Method.CARD, source, actor=present().actor, now=now
        )
    except Refusal as reason:
        return _page(our_invoice(invoice_id), DebitForm(formdata=None), [reason]), 422
    return _told(invoice_id, state)


@bp.post("/invoices/<int:invoice_id>/debit")
@needs(Permission.PAYMENTS_MAKE)
def pay_by_debit(invoice_id: int) -> Any:
    """Let Stripe debit an account."""
    door, form, invoice = gateway(), DebitForm(), our_invoice(invoice_id)
    if not form.validate_on_submit():
        return _page(invoice, form), 422
    now = clock()
    mandate = Mandate(now, request.remote_addr or "", request.user_agent.string[:300])
    typed = (str(form.iban.data), str(form.name.data), str(form.email.data))
    try:
        state = card.debit(
            door, invoice.id, our_institution_id(), *typed, mandate, actor=present().actor, now=now
        )
    except Refusal as reason:
        return _page(our_invoice(invoice_id), form, [reason]), 422
    return _told(invoice_id, state)


@bp.post("/invoices/<int:invoice_id>/card/look")
@needs(Permission.PAYMENTS_MAKE)
def look_at_payment(invoice_id: int) -> Any:
    """Ask Stripe how the latest attempt stands: after the bank's question, or when nobody heard."""
    door, invoice = gateway(), our_invoice(invoice_id)
    if not EmptyForm().validate_on_submit():
        abort(400)
    live = _live(card.intents_of(invoice.id))
    if live is None:
        return redirect(url_for(".pay_by_card", invoice_id=invoice_id), code=303)
    try:
        word = card.look_again(door, live.id, actor=present().actor, now=clock())
    except Refusal as reason:
        return _page(our_invoice(invoice_id), DebitForm(formdata=None), [reason]), 422
    return _told(invoice_id, word.state if word else IntentState.ASKED)


def _told(invoice_id: int, state: IntentState) -> Response:
    """On with what became of it."""
    flash(_(INTENT_STATES[state]), "success" if state is IntentState.SUCCEEDED else "info")
    endpoint = ".invoice" if state is IntentState.SUCCEEDED else ".pay_by_card"
    return redirect(url_for(endpoint, invoice_id=invoice_id), code=303)


def _live(intents: list[StripeIntent]) -> StripeIntent | None:
    return next((one for one in intents if IntentState(one.state) not in ENDS), None)


def _page(invoice: Invoice, debit: DebitForm, refusals: Any = ()) -> Response:
    """The page of one invoice; the only one on which Stripe's script may run."""
    settings, intents = stripe_settings(), card.intents_of(invoice.id)
    live, amount = _live(intents), card.can_pay(invoice.id, our_institution_id())
    secret = None
    if live is not None and live.state == IntentState.REQUIRES_ACTION and not refusals:
        try:
            word = card.look_again(gateway(), live.id, actor=present().actor, now=clock())
            secret = word.secret if word and word.state is IntentState.REQUIRES_ACTION else None
        except Refusal as reason:
            refusals = [reason]
    page = render_template(
        "kitchen/card.html",
        invoice=invoice,
        amount=amount,
        intents=card.intents_of(invoice.id),
        states=INTENT_STATES,
        methods=METHODS,
        live=live,
        secret=secret,
        card=CardForm(formdata=None),
        form=debit,
        refusals=refusals,
        key=settings.publishable_key,
        script=settings.script,
        on_account=live.account if live else card.account_of(invoice.id),
    )
    return let_stripe_in(make_response(page))
