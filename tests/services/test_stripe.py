"""Cards and debits through Stripe: one payment for one click, every word in any order, no cent lost."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from foodorder.billing import stripe_gateway, webhooks
from foodorder.billing.booking import Money, book
from foodorder.billing.card import DebitUnderWay, NotByCard, can_pay, debit, intents_of, look_again, pay
from foodorder.billing.models import Payment, StripeAccount, StripeBack, StripeIntent
from foodorder.billing.pay import make_batch
from foodorder.billing.stripe_gateway import (
    Gateway,
    Mandate,
    PaymentDeclined,
    StripeSilent,
)
from foodorder.config import STRIPE_API, Stripe
from foodorder.rules.cards import IntentState, Method
from foodorder.rules.payments import PaymentKind
from tests.services.test_payments import OWN, TODAY, WHO, owed
from tests.stripe_server import (
    ASKS,
    BAD_IBAN,
    DECLINED,
    IBAN,
    SECRET,
    call,
    card,
    event,
    localstripe,
    remembering,
    settings_for,
)

__all__ = ["owed"]

ACCOUNT = "acct_farm"
MANDATE = Mandate(datetime(2026, 12, 1, tzinfo=UTC), "127.0.0.1", "a browser")


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """localstripe for this file."""
    with localstripe() as address:
        yield address


@pytest.fixture
def gateway(base: str) -> Gateway:
    return Gateway(settings_for(base))


@pytest.fixture
def shop(owed: Any, session: Session) -> Any:
    """An approved invoice whose farm takes cards."""
    connect(owed, session)
    return owed


def connect(owed: Any, session: Session) -> None:
    row = StripeAccount(
        producer_id=owed.farm.id, account=ACCOUNT, charges_enabled=True, connected_at=WHO["now"]
    )
    session.add(row)
    session.flush()


def pay_by(gateway: Gateway, shop: Any, source: str, **more: Any) -> IntentState:
    return pay(gateway, shop.invoice.id, shop.kitchen.id, Method.CARD, source, **{**WHO, **more})


def booked(session: Session) -> list[tuple[str, int]]:
    session.expire_all()
    return [(one.kind, one.amount_cents) for one in session.scalars(select(Payment).order_by(Payment.id))]


def conserved(session: Session, shop: Any) -> None:
    """What is booked is what Stripe took less what went back, and what the invoice says was paid."""
    session.expire_all()
    total = sum(amount for _kind, amount in booked(session))
    intents = session.scalars(select(StripeIntent)).all()
    backs = session.scalars(select(StripeBack)).all()
    by_stripe = sum(one.booked_cents or 0 for one in intents) - sum(one.booked_cents or 0 for one in backs)
    others = sum(
        one.amount_cents for one in session.scalars(select(Payment).where(Payment.stripe_id.is_(None)))
    )
    assert total == by_stripe + others == shop.invoice.paid_cents
    assert 0 <= shop.invoice.paid_cents <= shop.invoice.gross_cents


def only_intent(shop: Any) -> StripeIntent:
    [intent] = intents_of(shop.invoice.id)
    return intent


def tell(kind: str, thing: dict[str, Any], **more: Any) -> str | None:
    """A message comes, is kept and done."""
    return webhooks.do(webhooks.keep(event(kind, thing, **more), now=WHO["now"]), now=WHO["now"])


def said(shop: Any, **more: Any) -> dict[str, Any]:
    """The intent as Stripe would show it in a message."""
    intent = only_intent(shop)
    return {
        "id": intent.intent or "pi_1", "amount": intent.amount_cents, "status": "processing",
        "metadata": {stripe_gateway.MARK: intent.idempotency_key}, **more,
    }  # fmt: skip


def waiting_intent(shop: Any, session: Session, number: str | None = "pi_1") -> StripeIntent:
    """An intent that was asked for and has no end yet."""
    row = StripeIntent(
        invoice_id=shop.invoice.id, account=ACCOUNT, method="card", idempotency_key="ours", intent=number,
        amount_cents=shop.invoice.gross_cents, state="asked", created_at=WHO["now"],
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def test_a_card_pays_all_that_is_open(gateway: Gateway, base: str, shop: Any, session: Session) -> None:
    gross = shop.invoice.gross_cents
    assert can_pay(shop.invoice.id, shop.kitchen.id) == gross
    assert pay_by(gateway, shop, card(base)) is IntentState.SUCCEEDED
    assert booked(session) == [("card", gross)]
    assert (shop.invoice.state, shop.invoice.paid_cents) == ("paid", gross)
    at_stripe = call(base, "GET", f"/v1/payment_intents/{only_intent(shop).intent}")
    assert (at_stripe["amount"], at_stripe["status"]) == (gross, "succeeded")
    conserved(session, shop)


def test_a_part_paid_by_transfer_leaves_the_rest_to_the_card(
    gateway: Gateway, base: str, shop: Any, session: Session
) -> None:
    book(shop.invoice.id, Money(PaymentKind.TRANSFER, 500, TODAY), **WHO)
    pay_by(gateway, shop, card(base))
    assert booked(session) == [("transfer", 500), ("card", shop.invoice.gross_cents - 500)]
    conserved(session, shop)


def test_the_second_click_pays_nothing(gateway: Gateway, base: str, shop: Any, session: Session) -> None:
    pay_by(gateway, shop, card(base))
    with pytest.raises(NotByCard):
        pay_by(gateway, shop, card(base))
    assert len(booked(session)) == 1


def test_a_click_that_heard_nothing_is_taken_up_and_pays_once(
    gateway: Gateway, base: str, shop: Any, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stripe took the money, and the answer was lost on its way."""
    confirm = Gateway.confirm

    def lost(*args: Any) -> Any:
        confirm(*args)
        raise StripeSilent

    monkeypatch.setattr(Gateway, "confirm", lost)
    with pytest.raises(StripeSilent):
        pay_by(gateway, shop, card(base))
    assert booked(session) == []
    monkeypatch.setattr(Gateway, "confirm", confirm)
    assert pay_by(gateway, shop, card(base)) is IntentState.SUCCEEDED
    assert booked(session) == [("card", shop.invoice.gross_cents)]
    assert only_intent(shop).state == "succeeded"


def test_a_declined_card_is_told_and_another_pays(
    gateway: Gateway, base: str, shop: Any, session: Session
) -> None:
    with pytest.raises(PaymentDeclined) as refused:
        pay_by(gateway, shop, card(base, DECLINED))
    assert refused.value.facts == {"code": "card_declined"}
    assert booked(session) == []
    assert only_intent(shop).state == "requires_payment_method"


def test_a_card_that_asks_for_its_owner_waits(
    gateway: Gateway, base: str, shop: Any, session: Session
) -> None:
    assert pay_by(gateway, shop, card(base, ASKS)) is IntentState.REQUIRES_ACTION
    intent = only_intent(shop)
    word = look_again(gateway, intent.id, **WHO)
    assert word is not None
    assert word.secret
    session.expire_all()
    assert booked(session) == []
    path = f"/v1/payment_intents/{intent.intent}/_authenticate"
    call(base, "POST", path, {"client_secret": word.secret, "success": True})
    look_again(gateway, intent.id, **WHO)
    assert booked(session) == [("card", shop.invoice.gross_cents)]


def test_a_debit_takes_its_time_and_nothing_else_is_paid_meanwhile(
    gateway: Gateway, base: str, shop: Any, session: Session
) -> None:
    args = (gateway, shop.invoice.id, shop.kitchen.id, IBAN, "Vrtec", "v@example.org", MANDATE)
    first = debit(*args, **WHO)
    assert first in (IntentState.PROCESSING, IntentState.SUCCEEDED)
    deadline = time.monotonic() + 5
    while not booked(session) and time.monotonic() < deadline:
        time.sleep(0.1)
        look_again(gateway, only_intent(shop).id, **WHO)
    assert booked(session) == [("debit", shop.invoice.gross_cents)]


def test_while_a_debit_is_on_its_way_nothing_else_pays(
    gateway: Gateway, base: str, shop: Any, session: Session
) -> None:
    waiting_intent(shop, session).state = "processing"
    session.flush()
    with pytest.raises(DebitUnderWay):
        pay_by(gateway, shop, card(base))


def test_a_debit_that_fails_opens_the_way_again(
    gateway: Gateway, base: str, shop: Any, session: Session
) -> None:
    args = (gateway, shop.invoice.id, shop.kitchen.id, BAD_IBAN, "Vrtec", "v@example.org", MANDATE)
    debit(*args, **WHO)
    deadline = time.monotonic() + 5
    while only_intent(shop).state != "requires_payment_method" and time.monotonic() < deadline:
        time.sleep(0.1)
        look_again(gateway, only_intent(shop).id, **WHO)
        session.expire_all()
    assert only_intent(shop).state == "requires_payment_method"
    # The card wants another intent; the one for the debit is given up at Stripe too.
    pay_by(gateway, shop, card(base))
    assert [one.state for one in intents_of(shop.invoice.id)] == ["succeeded", "canceled"]
    assert booked(session) == [("card", shop.invoice.gross_cents)]


@pytest.mark.parametrize(
    "why", ["not approved", "no account", "not able", "another kitchen", "with the bank"]
)
def test_what_cannot_be_paid_by_card(why: str, gateway: Gateway, shop: Any, session: Session) -> None:
    kitchen = shop.kitchen
    account = session.get_one(StripeAccount, shop.farm.id)
    if why == "not approved":
        shop.invoice.state = "matched"
    elif why == "no account":
        account.producer_id = shop.baker.id
    elif why == "not able":
        account.charges_enabled = False
    elif why == "another kitchen":
        kitchen = shop.school
    else:
        make_batch(kitchen.id, [shop.invoice.id], TODAY, today=TODAY, **WHO)
    session.flush()
    assert can_pay(shop.invoice.id, kitchen.id) == 0
    with pytest.raises(NotByCard):
        pay(gateway, shop.invoice.id, kitchen.id, Method.CARD, "pm_card_visa", **WHO)
    assert shop.kitchen.iban == OWN


def test_a_dead_stripe_is_told_at_once(shop: Any, session: Session) -> None:
    with remembering() as gone:
        pass
    began = time.monotonic()
    with pytest.raises(StripeSilent):
        pay_by(Gateway(settings_for(gone.base)), shop, "pm_card_visa")
    assert time.monotonic() - began < 2
    # What was asked is written down, so that the next click asks for the same.
    assert only_intent(shop).state == "asked"


def test_a_stripe_that_hangs_holds_no_lock(
    shop: Any, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe_gateway, "PATIENCE", (0.5, 0.5))
    commits: list[bool] = []
    make = Gateway.make_intent

    def watched(*args: Any) -> Any:
        commits.append(session.in_transaction())
        return make(*args)

    monkeypatch.setattr(Gateway, "make_intent", watched)
    with remembering(delay=30) as slow, pytest.raises(StripeSilent):
        pay_by(Gateway(settings_for(slow.base)), shop, "pm_card_visa")
    assert commits == [False]


def test_asked_again_it_is_the_same_key_on_the_producers_own_account(shop: Any, session: Session) -> None:
    with remembering() as stripe:
        for _click in range(2):
            with pytest.raises(StripeSilent):
                pay_by(Gateway(settings_for(stripe.base)), shop, "pm_1")
        asked = [
            (headers["Idempotency-Key"], headers["Stripe-Account"], form["amount"])
            for _m, _p, headers, form in stripe.asked
        ]
    assert len(asked) == 2
    assert asked[0] == asked[1] == (
        only_intent(shop).idempotency_key, ACCOUNT, [str(shop.invoice.gross_cents)]
    )  # fmt: skip


def test_the_mandate_of_a_debit_goes_to_stripe_itself(shop: Any, session: Session) -> None:
    """Servers that stand in for it know none."""
    waiting_intent(shop, session)
    with remembering() as stripe:
        gateway = Gateway(settings_for(stripe.base))
        stripe.answers["/v1/payment_intents/pi_1"] = {"id": "pi_1", "object": "payment_intent"}
        stripe.answers["/v1/payment_intents/pi_1/confirm"] = {
            "id": "pi_1", "object": "payment_intent", "status": "processing", "amount": 1,
        }  # fmt: skip
        gateway.confirm(ACCOUNT, "pi_1", "pm_1", MANDATE)
        assert not any("mandate" in name for name in stripe.asked[-1][3])
        gateway.settings = Stripe("sk_test_x", "", SECRET, STRIPE_API)
        gateway.confirm(ACCOUNT, "pi_1", "pm_1", MANDATE)
        form = stripe.asked[-1][3]
    assert form["mandate_data[customer_acceptance][online][ip_address]"] == ["127.0.0.1"]
