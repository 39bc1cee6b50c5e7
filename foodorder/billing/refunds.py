"""Give back what was paid through Stripe, all or a part of it, to the card or account it came from.

A refund is written down and committed before Stripe is asked; one that broke off is looked for by its key,
and asked for again only while Stripe remembers the key.
"""

import secrets
from collections.abc import Collection
from datetime import datetime

from foodorder.billing.booking import hold_invoices
from foodorder.billing.card import REMEMBERED
from foodorder.billing.heard import hear_back
from foodorder.billing.models import StripeBack, StripeIntent
from foodorder.billing.stripe_gateway import Gateway, PaymentDeclined, StripeRefused
from foodorder.db import db, transaction
from foodorder.rules.cards import BackKind, BackState, check_refund
from foodorder.rules.errors import N_, Refusal
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


class NothingToGiveBack(Refusal):
    """A refund of an intent that was not paid."""

    message = N_("This payment has not come, so it cannot be given back.")


class ReasonForRefundMissing(Refusal):
    """A refund without words."""

    message = N_("Write why the money goes back.")
    default_field = "words"


def give_back(
    gateway: Gateway,
    intent_id: int,
    amount: int,
    words: str,
    *,
    actor: Actor,
    now: datetime,
) -> BackState:
    """Give all or a part of a payment back to the card or account it came from.

    Raises NothingToGiveBack, ReasonForRefundMissing, RefundTooMuch, StripeRefused, StripeSilent.
    """
    with transaction():
        back_id = _note_refund(intent_id, amount, words, actor, now)
    return send_back(gateway, back_id, actor=actor, now=now)


def send_back(gateway: Gateway, back_id: int, *, actor: Actor, now: datetime) -> BackState:
    """Ask Stripe for a refund that was written down, or find that it was made already."""
    with transaction():
        back = db.session.get_one(StripeBack, back_id)
        intent, amount, key = back.intent, back.amount_cents, str(back.idempotency_key)
        account, number, fresh = intent.account, str(intent.intent), now - back.created_at < REMEMBERED
    made = next((one for one in gateway.refunds_of(account, number) if one.mark == key), None)
    if made is None and not fresh:
        with transaction():
            db.session.get_one(StripeBack, back_id).state = BackState.FAILED.value
        return BackState.FAILED
    try:
        word = made or gateway.refund(account, number, amount, key)
    except (PaymentDeclined, StripeRefused):
        with transaction():
            db.session.get_one(StripeBack, back_id).state = BackState.FAILED.value
        raise
    with transaction():
        hear_back(word, BackKind.REFUND, account, actor=actor, now=now)
    return word.state


def left_of(intent: StripeIntent) -> int:
    """Cents of a payment that are not given back."""
    return (intent.taken_cents or 0) - _given(intent.backs)


def _note_refund(intent_id: int, amount: int, words: str, actor: Actor, now: datetime) -> int:
    if not words.strip():
        raise ReasonForRefundMissing
    found = db.session.get_one(StripeIntent, intent_id)
    hold_invoices([found.invoice_id])
    intent = db.session.get_one(StripeIntent, intent_id, with_for_update=True, populate_existing=True)
    if intent.taken_cents is None:
        raise NothingToGiveBack
    check_refund(amount, intent.taken_cents, _given(intent.backs))
    back = StripeBack(
        intent_id=intent.id,
        kind=BackKind.REFUND.value,
        idempotency_key=secrets.token_hex(16),
        amount_cents=amount,
        state=BackState.ASKED.value,
        words=words.strip(),
        created_at=now,
        created_by_id=actor.person_id,
    )
    db.session.add(back)
    db.session.flush()
    trail.record(
        actor,
        "payment.refund_asked",
        "invoice",
        intent.invoice_id,
        now=now,
        municipality_id=intent.invoice.institution.municipality_id,
        after={"amount_cents": amount, "refund": back.id},
        reason=words.strip(),
    )
    return back.id


def _given(backs: Collection[StripeBack]) -> int:
    return sum(back.amount_cents for back in backs if back.state != BackState.FAILED)
