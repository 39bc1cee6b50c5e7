"""What Stripe says, written down: by an answer, a webhook or when it was asked again, in whatever order.

Each word is heard under the invoice's lock and then the intent's, so that two that come at once wait for each
other. Heard twice it changes nothing; a refund that is heard of before its payment brings the payment along.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select, update

from foodorder.billing.booking import Money, book, hold_invoices
from foodorder.billing.models import StripeAccount, StripeBack, StripeIntent
from foodorder.billing.stripe_gateway import AccountWord, BackWord, IntentWord
from foodorder.db import db
from foodorder.rules.cards import (
    BackKind,
    BackState,
    IntentState,
    Method,
    Word,
    belongs,
    later,
    later_back,
)
from foodorder.rules.payments import PaymentKind
from foodorder.trail.actor import Actor

KINDS = {Method.CARD: PaymentKind.CARD, Method.SEPA_DEBIT: PaymentKind.DEBIT}


def hear_intent(word: IntentWord, *, actor: Actor, now: datetime) -> StripeIntent | None:
    """Note how an intent stands, and book what it paid. None: it is none of ours."""
    intent = _hold(word.intent, word.mark, word.account)
    if intent is None:
        return None
    known = Word(IntentState(intent.state), intent.heard_at)
    counts = later(known, Word(word.state, word.said_at))
    intent.intent, intent.state, intent.heard_at = word.intent, counts.state.value, counts.said_at
    if counts.state is IntentState.SUCCEEDED:
        if intent.taken_cents is None:
            intent.taken_cents = word.amount
        _settle(intent, actor, now)
    db.session.flush()
    return intent


def hear_back(
    word: BackWord, kind: BackKind, account: str | None, *, actor: Actor, now: datetime
) -> StripeIntent | None:
    """Note that money of an intent goes back, and take it off the invoice. None: it is none of ours."""
    intent = _hold(word.intent, None, account) if word.intent else None
    if intent is None:
        return None
    back = _back(intent, word, kind, now)
    back.stripe_id = word.stripe_id
    back.amount_cents = word.amount if back.booked_cents is None else back.amount_cents
    back.state = later_back(BackState(back.state), word.state).value
    # Nothing goes back of what was never paid: the word about the payment is only late.
    intent.state = IntentState.SUCCEEDED.value
    if intent.taken_cents is None:
        intent.taken_cents = intent.amount_cents
    db.session.flush()
    _settle(intent, actor, now)
    db.session.flush()
    return intent


def hear_account(word: AccountWord) -> bool:
    """Note whether an account can be paid to; an older word does not count. False: it is none of ours."""
    known = db.session.scalar(select(StripeAccount.producer_id).where(StripeAccount.account == word.account))
    db.session.execute(
        update(StripeAccount)
        .where(
            StripeAccount.account == word.account,
            or_(StripeAccount.heard_at.is_(None), StripeAccount.heard_at <= word.said_at),
        )
        .values(charges_enabled=word.charges_enabled, heard_at=word.said_at)
    )
    return known is not None


def _hold(number: str, mark: str | None, account: str | None) -> StripeIntent | None:
    """The intent with Stripe's number or ours, held with its invoice; of another's account it is not ours."""
    which = StripeIntent.intent == number
    if mark:
        ours = (StripeIntent.idempotency_key == mark) & StripeIntent.intent.is_(None)
        which = or_(which, ours)
    found = db.session.execute(
        select(StripeIntent.id, StripeIntent.invoice_id, StripeIntent.account).where(which)
    ).first()
    if found is None or (account is not None and account != found.account):
        return None
    hold_invoices([found.invoice_id])
    return db.session.get_one(StripeIntent, found.id, with_for_update=True, populate_existing=True)


def _back(intent: StripeIntent, word: BackWord, kind: BackKind, now: datetime) -> StripeBack:
    """The row of a refund or dispute: known by Stripe's number, by ours, or new."""
    rows = db.session.scalars(
        select(StripeBack).where(StripeBack.intent_id == intent.id).execution_options(populate_existing=True)
    ).all()
    for known in rows:
        if known.stripe_id == word.stripe_id or (word.mark and known.idempotency_key == word.mark):
            return known
    new = StripeBack(
        intent_id=intent.id,
        kind=kind.value,
        amount_cents=word.amount,
        state=BackState.ASKED.value,
        created_at=now,
    )
    db.session.add(new)
    return new


def _settle(intent: StripeIntent, actor: Actor, now: datetime) -> None:
    """Book what is not booked yet: the payment, each that went back, those that did not after all."""
    taken = intent.taken_cents or 0
    if intent.booked_cents is None:
        share = belongs(taken, 0, _outstanding(intent))
        _move(intent, share, KINDS[Method(intent.method)], str(intent.intent), None, actor, now)
        intent.booked_cents = share
    backs = db.session.scalars(
        select(StripeBack).where(StripeBack.intent_id == intent.id).order_by(StripeBack.id)
    ).all()
    for back in backs:
        booked = intent.booked_cents - sum(one.booked_cents or 0 for one in backs)
        given = sum(one.amount_cents for one in backs if one is not back and _counted(one))
        if back.booked_cents is None and BackState(back.state) in (BackState.PENDING, BackState.SUCCEEDED):
            # What the invoice could not hold goes back first; what went back by another way cannot again.
            share = belongs(taken, given + back.amount_cents, booked)
            gone = min(booked - share, _paid(intent))
            _move(intent, -gone, PaymentKind.REFUND, str(back.stripe_id), back.words, actor, now)
            back.booked_cents = gone
        elif back.booked_cents and back.state == BackState.FAILED:
            share = belongs(taken, given, booked + _outstanding(intent))
            again = max(min(share - booked, back.booked_cents), 0)
            number = f"{back.stripe_id}:failed:{back.booked_cents}"
            _move(intent, again, PaymentKind.REFUND, number, back.words, actor, now)
            back.booked_cents -= again
        db.session.flush()


def _counted(back: StripeBack) -> bool:
    return back.booked_cents is not None and back.state != BackState.FAILED


def _outstanding(intent: StripeIntent) -> int:
    """Cents that the invoice can still hold."""
    held = hold_invoices([intent.invoice_id])[intent.invoice_id]
    open_cents: int = held.gross_cents - held.credited_cents - held.paid_cents
    return max(open_cents, 0)


def _paid(intent: StripeIntent) -> int:
    paid: int = hold_invoices([intent.invoice_id])[intent.invoice_id].paid_cents
    return paid


def _move(
    intent: StripeIntent,
    cents: int,
    kind: PaymentKind,
    number: str,
    words: str | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Book cents on the intent's invoice, if there are any."""
    if cents:
        zone = ZoneInfo(intent.invoice.institution.municipality.zone)
        money = Money(kind, cents, now.astimezone(zone).date(), stripe_id=number, words=words)
        book(intent.invoice_id, money, actor=actor, now=now)
