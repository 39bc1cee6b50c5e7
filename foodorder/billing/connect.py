"""A producer's own account at Stripe: opened there, noted here, never another producer's."""

import re
from datetime import datetime

from sqlalchemy import select

from foodorder.billing.heard import hear_account
from foodorder.billing.models import StripeAccount
from foodorder.billing.stripe_gateway import Gateway
from foodorder.db import db, transaction
from foodorder.rules.errors import N_, Refusal
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

_ACCOUNT = re.compile(r"acct_\w{1,60}", re.ASCII)


class AccountUnreadable(Refusal):
    """What was typed is no number of a Stripe account."""

    message = N_("The number of a Stripe account begins with acct_.")
    default_field = "account"


class AccountOfAnother(Refusal):
    """An account that another producer is paid to."""

    message = N_("Another producer is paid to this account already.")
    default_field = "account"


class OnlyByStripe(Refusal):
    """A number typed where Stripe itself tells it."""

    message = N_("Connect the account at Stripe, so that it is surely yours.")


def account_of_producer(producer_id: int) -> StripeAccount | None:
    """The producer's account, connected or on its way."""
    return db.session.get(StripeAccount, producer_id)


def begin_at_stripe(
    gateway: Gateway, producer_id: int, email: str | None, back: str, *, actor: Actor, now: datetime
) -> str:
    """Open an account, or go on with the one begun; returns the address of Stripe's page for it.

    Owns its transactions, for Stripe is asked between them. Raises StripeRefused, StripeSilent.
    """
    with transaction():
        known = account_of_producer(producer_id)
        account = known.account if known else None
    if account is None:
        # The same key for a quarter of an hour: a second click opens no second account.
        key = f"account-{producer_id}-{int(now.timestamp()) // 900}"
        account = gateway.open_account(email, key).account
        with transaction():
            _note(producer_id, account, False, actor, now)
    return gateway.account_page(account, back)


def come_back(gateway: Gateway, producer_id: int) -> bool:
    """Ask Stripe whether the account can be paid to. Raises StripeRefused, StripeSilent."""
    with transaction():
        known = account_of_producer(producer_id)
        account = known.account if known else None
    if account is None:
        return False
    word = gateway.look_at_account(account)
    with transaction():
        hear_account(word)
    return word.charges_enabled


def type_in(gateway: Gateway, producer_id: int, account: str, *, actor: Actor, now: datetime) -> None:
    """Note an account by its number, where a server that stands in for Stripe opens none.

    Raises OnlyByStripe, AccountUnreadable, AccountOfAnother.
    """
    if gateway.settings.genuine:
        raise OnlyByStripe
    if not _ACCOUNT.fullmatch(account.strip()):
        raise AccountUnreadable
    _note(producer_id, account.strip(), True, actor, now)


def _note(producer_id: int, account: str, able: bool, actor: Actor, now: datetime) -> None:
    owner = db.session.scalar(select(StripeAccount.producer_id).where(StripeAccount.account == account))
    if owner not in (None, producer_id):
        raise AccountOfAnother
    row = account_of_producer(producer_id)
    before = {"account": row.account} if row else None
    if row is None:
        row = StripeAccount(producer_id=producer_id, account=account, connected_at=now)
        db.session.add(row)
    row.account, row.charges_enabled, row.heard_at = account, able, None
    row.connected_at, row.connected_by_id = now, actor.person_id
    db.session.flush()
    trail.record(
        actor,
        "producer.stripe_connected",
        "producer",
        producer_id,
        now=now,
        before=before,
        after={"account": account},
    )
