"""Messages from Stripe: kept once, done once, in whatever order they come.

A message is stored first and the answer given; what it says is done right after, and again by the clock until
it is done. One that speaks of an intent we do not know yet waits a while: its number may be on its way.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from foodorder.billing.heard import hear_account, hear_back, hear_intent
from foodorder.billing.models import StripeEvent, StripeIntent
from foodorder.billing.stripe_gateway import (
    AccountWord,
    BackWord,
    IntentWord,
    account_word,
    back_word,
    intent_word,
)
from foodorder.db import db
from foodorder.rules.cards import BackKind, BackState, IntentState
from foodorder.trail.actor import Actor, Source

#: Who books what a message says.
STRIPE = Actor(Source.API, role="stripe")
#: So long a message waits for an intent that nobody knows.
PATIENCE = timedelta(days=3)

#: States of a dispute in which the money is back, or was never taken.
_NOT_TAKEN = frozenset({"won", "warning_closed", "prevented"})
_ONLY_ASKED = frozenset({"warning_needs_response", "warning_under_review"})

#: What became of a message; None: not done yet.
Outcome = str | None


class UnreadableMessage(Exception):
    """A signed message without number, kind or time."""


def keep(event: Mapping[str, Any], *, now: datetime) -> str:
    """Keep a verified message; one that is known already changes nothing. Returns its number.

    Raises UnreadableMessage.
    """
    try:
        row = {
            "event": str(event["id"]),
            "account": event.get("account"),
            "kind": str(event["type"]),
            "created_at": datetime.fromtimestamp(int(event["created"]), UTC),
            "payload": {"object": event["data"]["object"]},
        }
    except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
        raise UnreadableMessage(str(error)) from error
    db.session.execute(insert(StripeEvent).values(**row, received_at=now).on_conflict_do_nothing())
    return str(row["event"])


def do(number: str, *, now: datetime) -> Outcome:
    """Do what a message says, unless it is done or somebody is at it. Returns what became of it."""
    chosen = select(StripeEvent).where(StripeEvent.event == number)
    event = db.session.scalar(
        chosen.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    )
    if event is None or event.done_at is not None:
        return event.outcome if event else None
    outcome = _apply(event, now)
    if outcome is None and now - event.received_at > PATIENCE:
        outcome = "unknown"
    if outcome is not None:
        event.done_at, event.outcome = now, outcome
        db.session.flush()
    return outcome


def undone() -> list[str]:
    """Numbers of the messages that wait, the oldest first."""
    chosen = select(StripeEvent.event).where(StripeEvent.done_at.is_(None))
    return list(db.session.scalars(chosen.order_by(StripeEvent.created_at, StripeEvent.event).limit(500)))


def needed(number: str) -> tuple[str, str] | None:
    """Account and intent whose refunds must be asked for before a message can be done; None: nothing."""
    event = db.session.get_one(StripeEvent, number)
    charge = event.payload["object"]
    if (
        event.done_at is not None
        or event.kind != "charge.refunded"
        or not charge.get("payment_intent")
        or _listed(charge)
    ):
        return None
    chosen = select(StripeIntent.account).where(StripeIntent.intent == charge["payment_intent"])
    account = db.session.scalar(chosen)
    return (account, str(charge["payment_intent"])) if account else None


def do_refunds(number: str, refunds: list[BackWord], *, now: datetime) -> Outcome:
    """Do a message about a refunded charge by the refunds that were asked for."""
    event = db.session.get_one(StripeEvent, number, with_for_update=True, populate_existing=True)
    if event.done_at is None and _backs(refunds, event, now) is not None:
        event.done_at, event.outcome = now, "done"
        db.session.flush()
    return event.outcome


def _apply(event: StripeEvent, now: datetime) -> Outcome:
    """What a message of this kind says; kinds that nobody asked for are done by being kept."""
    found = event.payload["object"]
    try:
        if event.kind.startswith("payment_intent."):
            return _intent(found, event, now)
        action = _ACTIONS.get(event.kind)
        return action(found, event, now) if action else "ignored"
    except (KeyError, TypeError, ValueError) as error:
        return f"unreadable: {type(error).__name__}"


def _intent(found: Mapping[str, Any], event: StripeEvent, now: datetime) -> Outcome:
    # The status inside is of the moment of the message, except where the message is about its end.
    word: IntentWord = intent_word(_as_said(found, event.kind), event.created_at, event.account)
    return "done" if hear_intent(word, actor=STRIPE, now=now) else None


def _as_said(found: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """A message tells a state by its kind; what stands inside may have gone on by the time it was written."""
    said = {
        "payment_intent.succeeded": IntentState.SUCCEEDED,
        "payment_intent.canceled": IntentState.CANCELED,
        "payment_intent.processing": IntentState.PROCESSING,
        "payment_intent.payment_failed": IntentState.REQUIRES_PAYMENT_METHOD,
    }.get(kind)
    return {**found, "status": said.value} if said else found


def _charge(found: Mapping[str, Any], event: StripeEvent, now: datetime) -> Outcome:
    """A charge that was refunded: by the refunds it lists, else they are asked for (`needed`)."""
    if not found.get("payment_intent"):
        return "ignored"
    listed = _listed(found)
    if not listed:
        return None
    return _backs([back_word(one, found["payment_intent"]) for one in listed], event, now)


def _listed(charge: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The refunds in a charge, where they are all there."""
    refunds = charge.get("refunds") or {}
    listed = list(refunds.get("data") or ())
    return listed if sum(one["amount"] for one in listed) >= charge["amount_refunded"] > 0 else []


def _refund(found: Mapping[str, Any], event: StripeEvent, now: datetime) -> Outcome:
    return _backs([back_word(found)], event, now)


def _backs(words: list[BackWord], event: StripeEvent, now: datetime) -> Outcome:
    known = [hear_back(one, BackKind.REFUND, event.account, actor=STRIPE, now=now) for one in words]
    return "done" if all(known) else None


def _dispute(found: Mapping[str, Any], event: StripeEvent, now: datetime) -> Outcome:
    """Money that the payer's bank takes back until it is decided who is right."""
    status = found["status"]
    if status in _ONLY_ASKED:
        return "done"
    state = BackState.SUCCEEDED if status == "lost" else BackState.PENDING
    if status in _NOT_TAKEN or event.kind == "charge.dispute.funds_reinstated":
        state = BackState.FAILED
    word = BackWord(str(found["id"]), found.get("payment_intent"), int(found["amount"]), state)
    heard = hear_back(word, BackKind.DISPUTE, event.account, actor=STRIPE, now=now)
    return "done" if heard else None


def _account(found: Mapping[str, Any], event: StripeEvent, now: datetime) -> Outcome:
    return "done" if hear_account(account_word(found, event.created_at)) else "unknown"


def _left(_found: Mapping[str, Any], event: StripeEvent, now: datetime) -> Outcome:
    """The producer cut the connection at Stripe."""
    word = AccountWord(str(event.account), charges_enabled=False, said_at=event.created_at)
    return "done" if hear_account(word) else "unknown"


_ACTIONS: dict[str, Callable[[Mapping[str, Any], StripeEvent, datetime], Outcome]] = {
    "charge.refunded": _charge,
    "refund.created": _refund,
    "refund.updated": _refund,
    "refund.failed": _refund,
    "charge.refund.updated": _refund,
    "charge.dispute.created": _dispute,
    "charge.dispute.updated": _dispute,
    "charge.dispute.closed": _dispute,
    "charge.dispute.funds_withdrawn": _dispute,
    "charge.dispute.funds_reinstated": _dispute,
    "account.updated": _account,
    "account.application.deauthorized": _left,
}
