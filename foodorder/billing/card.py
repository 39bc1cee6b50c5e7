"""Pay an invoice by card or SEPA debit on the producer's own Stripe account.

Calls to Stripe stand between transactions, never inside one: what will be asked is written down and committed
first, so that whatever breaks off is taken up again with the same key and moves no money twice. That is why
`pay`, `debit` and `look_again` own their transactions, as jobs do.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from foodorder.billing.booking import hold_invoices
from foodorder.billing.heard import hear_intent
from foodorder.billing.models import Invoice, StripeAccount, StripeIntent
from foodorder.billing.pay import waiting
from foodorder.billing.stripe_gateway import (
    Gateway,
    IntentWord,
    Mandate,
    PaymentDeclined,
    StripeRefused,
)
from foodorder.db import db, transaction
from foodorder.rules.cards import ENDS, IntentState, Method
from foodorder.rules.errors import N_, Refusal
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

#: Under way without our doing: the same invoice is not paid a second time meanwhile.
UNDER_WAY = frozenset({IntentState.PROCESSING, IntentState.REQUIRES_CAPTURE})
#: How long Stripe remembers a key; after that what was not answered is looked for, not asked again.
REMEMBERED = timedelta(hours=23)

#: So long a payment that was begun may still be on its way to Stripe, by another click.
AT_ONCE = timedelta(minutes=1)


class NotByCard(Refusal):
    """An invoice that is not approved, with the bank, paid, or whose producer takes no cards."""

    message = N_(
        "This invoice cannot be paid by card or debit now: it is not approved, paid or with the bank, or"
        " its producer takes no cards."
    )


class DebitUnderWay(Refusal):
    """A payment of the same invoice that the bank has not answered yet."""

    message = N_("A payment of this invoice is on its way already. Wait until the bank has answered.")


@dataclass(frozen=True, slots=True)
class Asked:
    """An intent as it was written down: `intent` None until Stripe answered."""

    id: int
    account: str
    amount: int
    method: Method
    key: str
    intent: str | None
    number: str


def can_pay(invoice_id: int, institution_id: int) -> int:
    """Cents of an approved invoice that its institution may pay by card or debit now; 0: none."""
    ready = [one for one in waiting(institution_id, [invoice_id]) if one.batch_id is None]
    chosen = (
        select(StripeAccount.account)
        .join(Invoice, Invoice.producer_id == StripeAccount.producer_id)
        .where(Invoice.id == invoice_id, StripeAccount.charges_enabled)
    )
    return ready[0].open_cents if ready and db.session.scalar(chosen) else 0


def account_of(invoice_id: int) -> str | None:
    """The Stripe account that an invoice is paid to, if its producer has one."""
    chosen = (
        select(StripeAccount.account)
        .join(Invoice, Invoice.producer_id == StripeAccount.producer_id)
        .where(Invoice.id == invoice_id)
    )
    return db.session.scalar(chosen)


def intents_of(invoice_id: int) -> list[StripeIntent]:
    """The intents of an invoice, the latest first."""
    chosen = select(StripeIntent).where(StripeIntent.invoice_id == invoice_id)
    return list(db.session.scalars(chosen.order_by(StripeIntent.id.desc())))


def pay(
    gateway: Gateway,
    invoice_id: int,
    institution_id: int,
    method: Method,
    source: str,
    *,
    mandate: Mandate | None = None,
    actor: Actor,
    now: datetime,
) -> IntentState:
    """Pay all that is open of an invoice from a card or account. Asked twice, it pays once.

    Raises NotByCard, DebitUnderWay, PaymentDeclined, StripeRefused, StripeSilent.
    """
    with transaction():
        asked, stale = _begin(invoice_id, institution_id, method, actor, now)
    for old in stale:
        _give_up(gateway, old, actor, now)
    intent = asked.intent or _make(gateway, asked, actor, now)
    try:
        word = gateway.confirm(asked.account, intent, source, mandate)
    except (PaymentDeclined, StripeRefused):
        # It may have been paid by the click before: what Stripe says now is what counts.
        word = gateway.look_at(asked.account, intent)
        if _hear(word, actor, now) not in (IntentState.SUCCEEDED, *UNDER_WAY):
            raise
    return _hear(word, actor, now)


def debit(
    gateway: Gateway,
    invoice_id: int,
    institution_id: int,
    iban: str,
    name: str,
    email: str,
    mandate: Mandate,
    *,
    actor: Actor,
    now: datetime,
) -> IntentState:
    """Pay an invoice by SEPA debit of an account. Raises what `pay` raises."""
    with transaction():
        account = account_of(invoice_id) if can_pay(invoice_id, institution_id) else None
    if account is None:
        raise NotByCard
    source = gateway.make_debit_source(account, iban, name, email)
    return pay(
        gateway, invoice_id, institution_id, Method.SEPA_DEBIT, source, mandate=mandate, actor=actor, now=now
    )


def look_again(gateway: Gateway, intent_id: int, *, actor: Actor, now: datetime) -> IntentWord | None:
    """Ask how an intent stands, and note it; None: Stripe has never made it."""
    with transaction():
        row = db.session.get_one(StripeIntent, intent_id)
        account, number = row.account, row.intent
    if number is None:
        return None
    word = gateway.look_at(account, number)
    _hear(word, actor, now)
    return word


def _begin(
    invoice_id: int, institution_id: int, method: Method, actor: Actor, now: datetime
) -> tuple[Asked, list[Asked]]:
    """Write down what will be asked: one intent for what is open; others that are not paid are given up."""
    held = hold_invoices([invoice_id]).get(invoice_id)
    amount = can_pay(invoice_id, institution_id)
    if held is None or not amount:
        raise NotByCard
    invoice = db.session.get_one(Invoice, invoice_id)
    account = db.session.get_one(StripeAccount, invoice.producer_id).account
    live = [one for one in intents_of(invoice_id) if IntentState(one.state) not in ENDS]
    if any(IntentState(one.state) in UNDER_WAY for one in live):
        raise DebitUnderWay
    same = [
        one
        for one in live
        if (one.account, one.amount_cents, one.method) == (account, amount, method.value)
        and (one.intent is not None or now - one.created_at < REMEMBERED)
    ]
    if any(one.intent is None and one not in same[:1] and now - one.created_at < AT_ONCE for one in live):
        raise DebitUnderWay
    row = same[0] if same else _write(invoice, account, amount, method, actor, now)
    return _asked(row, invoice), [_asked(one, invoice) for one in live if one is not row]


def _write(
    invoice: Invoice, account: str, amount: int, method: Method, actor: Actor, now: datetime
) -> StripeIntent:
    row = StripeIntent(
        invoice_id=invoice.id,
        account=account,
        method=method.value,
        idempotency_key=secrets.token_hex(16),
        amount_cents=amount,
        state=IntentState.ASKED.value,
        created_at=now,
        created_by_id=actor.person_id,
    )
    db.session.add(row)
    db.session.flush()
    trail.record(
        actor,
        "payment.asked",
        "invoice",
        invoice.id,
        now=now,
        municipality_id=invoice.institution.municipality_id,
        after={"amount_cents": amount, "method": method.value, "intent": row.id},
    )
    return row


def _asked(row: StripeIntent, invoice: Invoice) -> Asked:
    return Asked(
        row.id,
        row.account,
        row.amount_cents,
        Method(row.method),
        row.idempotency_key,
        row.intent,
        invoice.number,
    )


def _make(gateway: Gateway, asked: Asked, actor: Actor, now: datetime) -> str:
    word = gateway.make_intent(asked.account, asked.amount, asked.method, asked.key, asked.number)
    _hear(word, actor, now)
    return word.intent


def _give_up(gateway: Gateway, old: Asked, actor: Actor, now: datetime) -> None:
    """Cancel an intent that is not paid; if it is by now, nothing else is. Raises DebitUnderWay."""
    if old.intent is None:
        # It cannot be paid: nobody was ever given its number.
        with transaction():
            db.session.get_one(StripeIntent, old.id).state = IntentState.CANCELED.value
        return
    try:
        word = gateway.cancel(old.account, old.intent)
    except StripeRefused:
        word = gateway.look_at(old.account, old.intent)
    if _hear(word, actor, now) is not IntentState.CANCELED:
        raise DebitUnderWay


def _hear(word: IntentWord, actor: Actor, now: datetime) -> IntentState:
    with transaction():
        row = hear_intent(word, actor=actor, now=now)
        return IntentState(row.state) if row else word.state
