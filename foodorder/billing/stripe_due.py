"""What waits for Stripe until the clock takes it up: payments without an answer, refunds that broke off."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from foodorder.billing.models import StripeBack, StripeIntent
from foodorder.db import db
from foodorder.rules.cards import ENDS, BackState

#: A webhook that is lost makes a payment late by this much, and no more.
ASK_EVERY = timedelta(minutes=10)
#: Nobody comes back to a card form after a month.
ASK_FOR = timedelta(days=30)
#: The click that asked for a refund may still be waiting for its answer.
LEAVE_ALONE = timedelta(minutes=1)


def silent_intents(now: datetime) -> list[int]:
    """Intents that have come to no end and were not heard of for a while, by Stripe's clock."""
    chosen = select(StripeIntent.id).where(
        StripeIntent.state.not_in([state.value for state in ENDS]),
        StripeIntent.intent.is_not(None),
        StripeIntent.heard_at < datetime.now(UTC) - ASK_EVERY,
        StripeIntent.created_at > now - ASK_FOR,
    )
    return list(db.session.scalars(chosen.order_by(StripeIntent.heard_at).limit(100)))


def unanswered_refunds(now: datetime) -> list[int]:
    """Refunds that were written down, and of which Stripe has said nothing."""
    chosen = select(StripeBack.id).where(
        StripeBack.state == BackState.ASKED.value,
        StripeBack.idempotency_key.is_not(None),
        StripeBack.created_at < now - LEAVE_ALONE,
    )
    return list(db.session.scalars(chosen.order_by(StripeBack.id)))
