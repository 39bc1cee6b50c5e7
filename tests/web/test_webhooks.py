"""Stripe's messages over HTTP: proved, kept once, done at once or later; nothing else gets in."""

import json
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from foodorder import billing_jobs
from foodorder.billing.models import Payment, StripeEvent
from foodorder.blueprints.webhooks import stripe as view
from foodorder.db import db
from foodorder.rules.limits import FORGED_PER_ADDRESS
from tests.services.test_payments import owed
from tests.services.test_stripe import only_intent, said, shop, waiting_intent
from tests.stripe_server import event, remembering, settings_for, signed

__all__ = ["owed", "shop"]


@pytest.fixture
def configured(app: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An installation with keys, and a Stripe that nobody reaches."""
    return configure(app, monkeypatch, "http://127.0.0.1:9")


def configure(app: Any, monkeypatch: pytest.MonkeyPatch, base: str) -> Any:
    settings = replace(app.config["SETTINGS"], stripe=settings_for(base))
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    return settings


def send(app: Any, message: Any, signature: str | None = None) -> Any:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    header = signed(payload) if signature is None else signature
    return app.test_client().post("/webhooks/stripe", data=payload, headers={"Stripe-Signature": header})


def paid() -> list[int]:
    return list(db.session.scalars(select(Payment.amount_cents)))


def test_without_a_key_there_is_no_such_page(app: Any) -> None:
    assert send(app, event("customer.created", {})).status_code == 404


def test_a_message_is_kept_once_and_done_once(configured: Any, app: Any, shop: Any, session: Any) -> None:
    waiting_intent(shop, session)
    message = event("payment_intent.succeeded", said(shop, status="succeeded"))
    for _time in range(3):
        assert send(app, message).status_code == 200
    assert paid() == [shop.invoice.gross_cents]
    [kept] = session.scalars(select(StripeEvent)).all()
    assert (kept.kind, kept.outcome) == ("payment_intent.succeeded", "done")


def test_what_is_not_stripes_leaves_nothing(configured: Any, app: Any, shop: Any, session: Any) -> None:
    waiting_intent(shop, session)
    message = event("payment_intent.succeeded", said(shop, status="succeeded"))
    payload = json.dumps(message).encode()
    stale = signed(payload, at=int(time.time()) - 3_600)
    for bad in ("", "t=1,v1=00", signed(payload, secret="whsec_theirs"), stale):
        assert send(app, payload, bad).status_code == 400
    changed = payload.replace(b"succeeded", b"Succeeded")
    assert send(app, changed, signed(payload)).status_code == 400
    assert send(app, b"{}").status_code == 400
    assert send(app, b"x" * (view.LARGEST + 1)).status_code == 413
    assert paid() == []
    assert session.scalars(select(StripeEvent)).all() == []


def test_who_forges_too_often_is_not_listened_to(configured: Any, app: Any) -> None:
    answers = [send(app, b"{}", "t=1,v1=00").status_code for _time in range(FORGED_PER_ADDRESS.attempts + 1)]
    assert answers[-2:] == [400, 429]
    # Stripe itself, behind the same proxy, still is.
    assert send(app, event("customer.created", {})).status_code == 200


def test_what_could_not_be_done_is_done_by_the_clock(
    configured: Any, app: Any, shop: Any, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_number: str) -> None:
        raise view.SQLAlchemyError("gone")

    waiting_intent(shop, session)
    monkeypatch.setattr(view, "_do", broken)
    assert send(app, event("payment_intent.succeeded", said(shop, status="succeeded"))).status_code == 200
    assert paid() == []
    outcome = billing_jobs.hear_stripe(configured)
    assert (outcome.done, outcome.failed) == (1, 0)
    assert paid() == [shop.invoice.gross_cents]
    assert billing_jobs.hear_stripe(configured).done == 0


def test_the_clock_does_not_wait_for_a_dead_stripe(
    configured: Any, app: Any, shop: Any, session: Any
) -> None:
    """One item fails; the others are not even tried, and nothing else of the clock's work depends on it."""
    intent = waiting_intent(shop, session)
    intent.heard_at = datetime.now().astimezone() - timedelta(hours=1)
    session.commit()
    began = time.monotonic()
    outcome = billing_jobs.hear_stripe(configured)
    assert time.monotonic() - began < 3
    assert (outcome.done, outcome.failed) == (0, 1)
    assert "StripeSilent" in outcome.errors[0]


def test_a_lost_webhook_is_made_up_for(
    app: Any, shop: Any, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent = waiting_intent(shop, session)
    intent.heard_at = datetime.now().astimezone() - timedelta(hours=1)
    session.commit()
    with remembering() as stripe:
        stripe.answers["/v1/payment_intents/pi_1"] = {
            "id": "pi_1", "object": "payment_intent", "status": "succeeded",
            "amount": shop.invoice.gross_cents,
        }  # fmt: skip
        assert billing_jobs.hear_stripe(configure(app, monkeypatch, stripe.base)).done == 1
    assert paid() == [shop.invoice.gross_cents]


def test_without_a_key_the_clock_has_nothing_to_do(app: Any) -> None:
    outcome = billing_jobs.hear_stripe(app.config["SETTINGS"])
    assert (outcome.done, outcome.failed) == (0, 0)


def test_messages_are_taken_while_stripe_hangs(
    app: Any, shop: Any, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to a message never asks Stripe anything."""
    waiting_intent(shop, session)
    charge = {"id": "ch_1", "payment_intent": "pi_1", "amount_refunded": 200}
    with remembering(delay=30) as slow:
        configure(app, monkeypatch, slow.base)
        began = time.monotonic()
        assert send(app, event("charge.refunded", charge)).status_code == 200
        assert time.monotonic() - began < 2
        assert slow.asked == []
    assert only_intent(shop).state == "asked"
