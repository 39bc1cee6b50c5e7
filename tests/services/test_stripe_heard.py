"""What Stripe says, in every order and twice; money that goes back."""

import json
import time
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from foodorder.billing import card as cards
from foodorder.billing import stripe_gateway, webhooks
from foodorder.billing.booking import Money, book
from foodorder.billing.models import StripeAccount, StripeEvent
from foodorder.billing.refunds import (
    NothingToGiveBack,
    ReasonForRefundMissing,
    give_back,
    send_back,
)
from foodorder.billing.stripe_due import silent_intents, unanswered_refunds
from foodorder.billing.stripe_gateway import (
    ForgedMessage,
    Gateway,
    StripeRefused,
    StripeSilent,
    verified,
)
from foodorder.rules.cards import BackState, RefundTooMuch
from foodorder.rules.payments import PaymentKind
from tests.services.test_payments import TODAY, WHO, owed
from tests.services.test_stripe import (
    ACCOUNT,
    base,
    booked,
    conserved,
    gateway,
    only_intent,
    pay_by,
    said,
    shop,
    tell,
    waiting_intent,
)
from tests.stripe_server import (
    SECRET,
    call,
    card,
    event,
    signed,
)

__all__ = ["base", "gateway", "owed", "shop"]


def test_webhooks_in_every_order_and_twice_come_to_the_same(shop: Any, session: Session) -> None:
    gross = shop.invoice.gross_cents
    waiting_intent(shop, session)
    refund = {
        "id": "re_1",
        "object": "refund",
        "amount": 300,
        "status": "succeeded",
        "payment_intent": "pi_1",
    }
    charge = {
        "id": "ch_1", "payment_intent": "pi_1", "amount": gross, "amount_refunded": 300,
        "refunds": {"data": [refund]},
    }  # fmt: skip
    said_of = said(shop)
    messages = [
        event("payment_intent.processing", said_of, created=1_000),
        event(
            "payment_intent.payment_failed", {**said_of, "status": "requires_payment_method"}, created=1_001
        ),
        event("payment_intent.succeeded", {**said_of, "status": "succeeded"}, created=1_002),
        event("charge.refunded", charge, created=1_003),
        event("refund.created", refund, created=1_003),
    ]
    seen = set()
    # Thirty of the hundred and twenty orders.
    for order in list(permutations(messages))[::4]:
        with session.begin_nested() as attempt:
            for message in (*order, *order):
                webhooks.do(webhooks.keep(message, now=WHO["now"]), now=WHO["now"])
            conserved(session, shop)
            seen.add((tuple(booked(session)), only_intent(shop).state, shop.invoice.state))
            assert all(one.outcome == "done" for one in session.scalars(select(StripeEvent)))
            attempt.rollback()
        session.expire_all()
    assert seen == {((("card", gross), ("refund", -300)), "succeeded", "approved")}


def test_a_message_of_an_unknown_intent_is_kept_and_done_when_it_is_known(
    shop: Any, session: Session
) -> None:
    thing = {"id": "pi_9", "amount": 500, "status": "succeeded", "metadata": {}}
    message = event("payment_intent.succeeded", thing)
    number = webhooks.keep(message, now=WHO["now"])
    assert webhooks.do(number, now=WHO["now"]) is None
    assert webhooks.undone() == [number]
    waiting_intent(shop, session, "pi_9")
    assert webhooks.do(number, now=WHO["now"]) == "done"
    assert booked(session) == [("card", 500)]
    assert webhooks.undone() == []


def test_nobody_waits_for_an_unknown_intent_for_ever(session: Session) -> None:
    message = event("payment_intent.succeeded", {"id": "pi_x", "amount": 5, "status": "succeeded"})
    number = webhooks.keep(message, now=WHO["now"])
    assert webhooks.do(number, now=WHO["now"] + webhooks.PATIENCE + timedelta(seconds=1)) == "unknown"


def test_an_answer_that_was_lost_comes_by_the_webhook(shop: Any, session: Session) -> None:
    """Stripe made the intent; only our key in it says whose it is."""
    waiting_intent(shop, session, None)
    assert tell("payment_intent.succeeded", said(shop, id="pi_2", status="succeeded")) == "done"
    assert only_intent(shop).intent == "pi_2"
    conserved(session, shop)


def test_another_account_says_nothing_about_our_intent(shop: Any, session: Session) -> None:
    waiting_intent(shop, session)
    assert tell("payment_intent.succeeded", said(shop), account="acct_other") is None
    assert booked(session) == []
    assert tell("payment_intent.succeeded", said(shop), account=ACCOUNT) == "done"


def test_what_nobody_asked_for_is_kept_and_does_nothing(shop: Any, session: Session) -> None:
    assert tell("customer.created", {"id": "cus_1"}) == "ignored"
    assert tell("payment_intent.succeeded", {"no": "number"}) == "unreadable: KeyError"
    with pytest.raises(webhooks.UnreadableMessage):
        webhooks.keep({"type": "x"}, now=WHO["now"])


def test_only_a_good_and_fresh_signature_counts() -> None:
    payload = json.dumps(event("x", {})).encode()
    assert verified(payload, signed(payload), SECRET)["type"] == "x"
    stale = signed(payload, at=int(time.time()) - stripe_gateway.FRESH - 5)
    for bad in ("", "t=1", signed(payload, secret="whsec_theirs"), signed(payload + b" "), stale, "t=x,v1=y"):
        with pytest.raises(ForgedMessage):
            verified(payload, bad, SECRET)
    for hostile in (b"\xff\xfe", b"[]", b"{", b"[" * 100_000):
        with pytest.raises(ForgedMessage):
            verified(hostile, signed(hostile), SECRET)


def test_a_refund_in_parts_and_no_more_than_was_paid(
    gateway: Gateway, base: str, shop: Any, session: Session
) -> None:
    gross = shop.invoice.gross_cents
    pay_by(gateway, shop, card(base))
    intent = only_intent(shop).id
    with pytest.raises(ReasonForRefundMissing):
        give_back(gateway, intent, 300, "  ", **WHO)
    assert give_back(gateway, intent, 300, "Gnilo.", **WHO) is BackState.SUCCEEDED
    assert booked(session) == [("card", gross), ("refund", -300)]
    assert (shop.invoice.state, shop.invoice.paid_cents) == ("approved", gross - 300)
    with pytest.raises(RefundTooMuch):
        give_back(gateway, intent, gross - 299, "Še.", **WHO)
    assert give_back(gateway, intent, gross - 300, "Vse.", **WHO) is BackState.SUCCEEDED
    assert shop.invoice.paid_cents == 0
    conserved(session, shop)
    number = only_intent(shop).intent
    at_stripe = call(base, "GET", f"/v1/refunds?payment_intent={number}")["data"]
    assert sum(one["amount"] for one in at_stripe) == gross


def test_a_refund_that_broke_off_is_made_once(
    gateway: Gateway, base: str, shop: Any, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    pay_by(gateway, shop, card(base))
    intent, refund = only_intent(shop), Gateway.refund

    def lost(*args: Any) -> Any:
        refund(*args)
        raise StripeSilent

    monkeypatch.setattr(Gateway, "refund", lost)
    with pytest.raises(StripeSilent):
        give_back(gateway, intent.id, 300, "Gnilo.", **WHO)
    later = WHO["now"] + timedelta(minutes=5)
    [waiting] = unanswered_refunds(later)
    send_back(gateway, waiting, actor=WHO["actor"], now=later)
    assert booked(session)[1:] == [("refund", -300)]
    assert len(call(base, "GET", f"/v1/refunds?payment_intent={intent.intent}")["data"]) == 1
    assert unanswered_refunds(later) == []


def test_a_refund_that_stripe_has_forgotten_is_not_asked_for_again(
    gateway: Gateway, base: str, shop: Any, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    pay_by(gateway, shop, card(base))

    def silent(*_args: Any) -> Any:
        raise StripeSilent

    monkeypatch.setattr(Gateway, "refund", silent)
    with pytest.raises(StripeSilent):
        give_back(gateway, only_intent(shop).id, 300, "Gnilo.", **WHO)
    later = WHO["now"] + cards.REMEMBERED
    [waiting] = unanswered_refunds(later)
    assert send_back(gateway, waiting, actor=WHO["actor"], now=later) is BackState.FAILED
    assert len(booked(session)) == 1


def test_nothing_goes_back_of_what_never_came(gateway: Gateway, shop: Any, session: Session) -> None:
    with pytest.raises(NothingToGiveBack):
        give_back(gateway, waiting_intent(shop, session).id, 300, "Gnilo.", **WHO)


def test_what_the_invoice_cannot_hold_waits_and_goes_back_first(shop: Any, session: Session) -> None:
    """A transfer came while the debit was on its way."""
    gross = shop.invoice.gross_cents
    waiting_intent(shop, session)
    book(shop.invoice.id, Money(PaymentKind.TRANSFER, 400, TODAY), **WHO)
    assert tell("payment_intent.succeeded", said(shop, status="succeeded")) == "done"
    assert booked(session) == [("transfer", 400), ("card", gross - 400)]
    back = {"id": "re_5", "amount": 500, "status": "succeeded", "payment_intent": "pi_1"}
    assert tell("refund.created", back) == "done"
    assert booked(session)[2:] == [("refund", -100)]
    conserved(session, shop)


def test_a_refund_that_failed_stays_paid(shop: Any, session: Session) -> None:
    gross = shop.invoice.gross_cents
    waiting_intent(shop, session)
    tell("payment_intent.succeeded", said(shop, status="succeeded"))
    back = {"id": "re_7", "amount": 500, "status": "pending", "payment_intent": "pi_1"}
    tell("refund.created", back)
    assert shop.invoice.paid_cents == gross - 500
    tell("refund.failed", {**back, "status": "failed"})
    tell("refund.updated", {**back, "status": "succeeded"})
    assert booked(session) == [("card", gross), ("refund", -500), ("refund", 500)]
    assert shop.invoice.state == "paid"
    conserved(session, shop)


@pytest.mark.parametrize("won", [True, False])
def test_a_dispute_takes_the_money_until_it_is_decided(won: bool, shop: Any, session: Session) -> None:
    gross = shop.invoice.gross_cents
    waiting_intent(shop, session)
    tell("payment_intent.succeeded", said(shop, status="succeeded"))
    dispute = {"id": "dp_1", "amount": gross, "payment_intent": "pi_1"}
    tell("charge.dispute.created", {**dispute, "status": "warning_needs_response"})
    assert shop.invoice.paid_cents == gross
    tell("charge.dispute.created", {**dispute, "status": "needs_response"})
    tell("charge.dispute.funds_withdrawn", {**dispute, "status": "needs_response"})
    session.expire_all()
    assert shop.invoice.paid_cents == 0
    tell("charge.dispute.closed", {**dispute, "status": "won" if won else "lost"})
    session.expire_all()
    assert shop.invoice.paid_cents == (gross if won else 0)
    conserved(session, shop)


def test_a_charge_without_its_refunds_is_asked_about(
    gateway: Gateway, base: str, shop: Any, session: Session
) -> None:
    pay_by(gateway, shop, card(base))
    number = only_intent(shop).intent
    call(base, "POST", "/v1/refunds", {"payment_intent": number, "amount": 200})
    charge = {"id": "ch_1", "payment_intent": number, "amount_refunded": 200}
    message = webhooks.keep(event("charge.refunded", charge), now=WHO["now"])
    assert webhooks.do(message, now=WHO["now"]) is None
    assert webhooks.needed(message) == (ACCOUNT, number)
    refunds = gateway.refunds_of(ACCOUNT, str(number))
    assert webhooks.do_refunds(message, refunds, now=WHO["now"]) == "done"
    assert booked(session)[1:] == [("refund", -200)]


def test_an_account_is_able_by_the_latest_word(shop: Any, session: Session) -> None:
    account = session.get_one(StripeAccount, shop.farm.id)
    thing = {"id": ACCOUNT, "charges_enabled": False}
    assert tell("account.updated", thing, created=2_000) == "done"
    assert tell("account.updated", {**thing, "charges_enabled": True}, created=1_000) == "done"
    session.expire_all()
    assert not account.charges_enabled
    tell("account.updated", {**thing, "charges_enabled": True}, created=3_000)
    session.expire_all()
    assert account.charges_enabled
    tell("account.application.deauthorized", {"id": "ca_1"}, created=4_000, account=ACCOUNT)
    session.expire_all()
    assert not account.charges_enabled
    assert tell("account.updated", {"id": "acct_nobody", "charges_enabled": True}) == "unknown"


def test_what_was_not_heard_of_for_a_while_is_asked_about(shop: Any, session: Session) -> None:
    intent = waiting_intent(shop, session)
    assert silent_intents(WHO["now"]) == []
    intent.heard_at = datetime.now(UTC) - timedelta(minutes=11)
    session.flush()
    assert silent_intents(WHO["now"]) == [intent.id]
    intent.state = "succeeded"
    session.flush()
    assert silent_intents(WHO["now"]) == []


def test_stripe_refuses_what_it_does_not_know(gateway: Gateway) -> None:
    with pytest.raises(StripeRefused):
        gateway.look_at(ACCOUNT, "pi_none")
