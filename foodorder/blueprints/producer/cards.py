"""The farm's own account at Stripe, and giving back what was paid through it."""

from typing import Any

from flask import abort, current_app, flash, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from foodorder.billing import card, connect, refunds
from foodorder.billing.models import StripeIntent
from foodorder.blueprints.producer.counter import bp, producer
from foodorder.blueprints.producer.invoices import own_invoice
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.forms import BaseForm, EmptyForm, MoneyField
from foodorder.blueprints.shared.stripe import connects_at, gateway, stripe_settings
from foodorder.db import clock, transaction
from foodorder.language import gettext as _
from foodorder.language import lazy_gettext as _l
from foodorder.rules.cards import BACK_STATES, METHODS, BackState, IntentState
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission


class AccountForm(BaseForm):
    """An account by its number, where nobody opens one."""

    account = StringField(_l("Number of the Stripe account"), [InputRequired(), Length(max=70)])


class RefundForm(BaseForm):
    """How much goes back, and why."""

    amount = MoneyField(_l("Give back"), [InputRequired()])
    words = StringField(_l("Why"), [InputRequired(), Length(max=300)])


@bp.get("/cards")
@needs(Permission.PRODUCER_EDIT)
def cards() -> Any:
    """Whether kitchens can pay us by card, and how they could."""
    stripe_settings()
    return _page(AccountForm(formdata=None))


@bp.post("/cards")
@needs(Permission.PRODUCER_EDIT)
def note_account() -> Any:
    """Note the number of our account (trials only; Stripe itself tells it)."""
    door, form = gateway(), AccountForm()
    if form.validate_on_submit():
        try:
            with transaction():
                connect.type_in(
                    door, producer().id, str(form.account.data), actor=present().actor, now=clock()
                )
        except Refusal as reason:
            form.refuse(reason)
        else:
            flash(_("Saved."), "success")
            return redirect(url_for(".cards"), code=303)
    return _page(form), 422


@bp.post("/cards/connect")
@needs(Permission.PRODUCER_EDIT)
def connect_account() -> Any:
    """On to Stripe, which opens the account or asks what it still lacks."""
    door, farm = gateway(), producer()
    if not EmptyForm().validate_on_submit():
        abort(400)
    base = current_app.config["SETTINGS"].base_url
    back = base + url_for(".back_from_stripe") if base else url_for(".back_from_stripe", _external=True)
    try:
        page = connect.begin_at_stripe(door, farm.id, farm.email, back, actor=present().actor, now=clock())
    except Refusal as reason:
        return _page(AccountForm(formdata=None), [reason]), 422
    return redirect(page, code=303)


@bp.get("/cards/back")
@needs(Permission.PRODUCER_EDIT)
def back_from_stripe() -> Any:
    """Stripe leads here when it is done."""
    door = gateway()
    try:
        connect.come_back(door, producer().id)
    except Refusal as reason:
        return _page(AccountForm(formdata=None), [reason])
    return redirect(url_for(".cards"), code=303)


@bp.route("/invoices/<int:invoice_id>/refund", methods=["GET", "POST"])
@needs(Permission.PAYMENTS_REFUND)
def refund(invoice_id: int) -> Any:
    """Give all or a part of what was paid by card or debit back."""
    door, invoice, form = gateway(), own_invoice(invoice_id), RefundForm()
    paid = _paid(invoice.id)
    refusals: list[Refusal] = []
    if form.validate_on_submit():
        if paid is None:
            abort(404)
        typed = (paid.id, int(form.amount.data or 0), str(form.words.data))
        try:
            state = refunds.give_back(door, *typed, actor=present().actor, now=clock())
        except Refusal as reason:
            refusals = [reason]
        else:
            flash(_(BACK_STATES[state]), "warning" if state is BackState.FAILED else "success")
            return redirect(url_for(".refund", invoice_id=invoice_id), code=303)
    page = render_template(
        "producer/refund.html",
        invoice=own_invoice(invoice_id),
        form=form,
        refusals=refusals,
        paid=_paid(invoice_id),
        backs=[back for one in card.intents_of(invoice_id) for back in one.backs],
        methods=METHODS,
        states=BACK_STATES,
    )
    return page, 422 if form.errors or refusals else 200


def _paid(invoice_id: int) -> StripeIntent | None:
    """The latest payment of which something is left."""
    return next(
        (
            one
            for one in card.intents_of(invoice_id)
            if one.state == IntentState.SUCCEEDED and refunds.left_of(one) > 0
        ),
        None,
    )


def _page(form: AccountForm, refusals: Any = ()) -> Response:
    settings = stripe_settings()
    page = make_response(
        render_template(
            "producer/cards.html",
            form=form,
            refusals=refusals,
            account=connect.account_of_producer(producer().id),
            genuine=settings.genuine,
        )
    )
    page.headers["Content-Security-Policy"] = connects_at(settings)
    return page
