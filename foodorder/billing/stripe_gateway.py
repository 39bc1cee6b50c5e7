"""The only door to Stripe: a few calls with short time limits, and the proof that a message is Stripe's.

Every call is made on the producer's own account (direct charges, header Stripe-Account): the money never
passes through the platform's. Nothing here touches the database, and nobody calls it while a transaction is
open. Amounts are integer cents of a euro.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import structlog

from foodorder.config import Stripe
from foodorder.rules.cards import BackState, IntentState, Method
from foodorder.rules.errors import N_, Refusal

if TYPE_CHECKING:
    from stripe import StripeClient

log = structlog.get_logger()

#: Seconds to connect, and to wait for an answer: whoever pays waits this long at most for each call.
PATIENCE = (2, 6)
#: Seconds after which a signed message is stale: Stripe signs anew for each attempt to deliver it.
FRESH = 300
#: Name under which our own key travels with everything we make at Stripe, so that it is found again.
MARK = "foodorder_key"
EURO = "eur"


@cache
def _stripe() -> Any:
    """Stripe's library, read when it is first needed: it is large, and most installations need it never."""
    return import_module("stripe")


class StripeSilent(Refusal):
    """No answer, or one that nobody can read."""

    message = N_(
        "The payment service does not answer now. Nothing is paid twice: look again in a few minutes, or pay"
        " by bank transfer."
    )


class StripeRefused(Refusal):
    """Stripe said no to what we asked, and a card was not the reason."""

    message = N_("The payment service refused this (%(code)s). Pay by bank transfer.")


class PaymentDeclined(Refusal):
    """The card or the account was declined."""

    message = N_(
        "The bank declined this payment (%(code)s). Try another card or account, or a bank transfer."
    )


class ForgedMessage(Exception):
    """A message without Stripe's signature, with another's, or one that is stale."""


@dataclass(frozen=True, slots=True)
class IntentWord:
    """What Stripe says of an intent. `mark`: our key; `secret`: lets a browser go on with it."""

    intent: str
    state: IntentState
    amount: int
    said_at: datetime
    mark: str | None = None
    account: str | None = None
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class BackWord:
    """What Stripe says of money that goes back of an intent."""

    stripe_id: str
    intent: str | None
    amount: int
    state: BackState
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class AccountWord:
    """What Stripe says of a producer's account."""

    account: str
    charges_enabled: bool
    said_at: datetime


@dataclass(frozen=True, slots=True)
class Mandate:
    """That somebody agreed to a SEPA debit on our page: when, from where, with which browser."""

    accepted_at: datetime
    address: str
    browser: str


class Gateway:
    """Calls to one Stripe server with one key."""

    def __init__(self, settings: Stripe) -> None:
        self.settings = settings
        base = settings.api_base
        client: StripeClient = _stripe().StripeClient(
            settings.api_key,
            base_addresses={"api": base, "connect": base, "files": base, "meter_events": base},
            max_network_retries=0,
            http_client=_stripe().RequestsClient(timeout=PATIENCE),
        )
        self._v1 = client.v1

    def make_intent(self, account: str, amount: int, method: Method, key: str, number: str) -> IntentWord:
        """A PaymentIntent on a producer's account; asked again with the same key it is the same one."""
        params: Any = {
            "amount": amount,
            "currency": EURO,
            "payment_method_types": [method.value],
            "metadata": {MARK: key, "invoice": number},
        }
        with _our_words():
            made = self._v1.payment_intents.create(params, _on(account, key))
            return intent_word(made.to_dict(), _now(), account)

    def confirm(self, account: str, intent: str, source: str, mandate: Mandate | None) -> IntentWord:
        """Pay an intent from a card or an account (`source`, a payment method)."""
        # Servers that stand in for Stripe know no mandates.
        agreed: Any = {"mandate_data": _mandate(mandate)} if mandate and self.settings.genuine else {}
        with _our_words():
            self._v1.payment_intents.update(intent, {"payment_method": source}, _on(account))
            done = self._v1.payment_intents.confirm(intent, agreed, _on(account))
            return intent_word(done.to_dict(), _now(), account)

    def make_debit_source(self, account: str, iban: str, name: str, email: str) -> str:
        """A bank account to debit, as a payment method of the producer's Stripe account."""
        params: Any = {
            "type": Method.SEPA_DEBIT.value,
            "sepa_debit": {"iban": iban},
            "billing_details": {"name": name, "email": email},
        }
        with _our_words():
            return str(self._v1.payment_methods.create(params, _on(account)).id)

    def look_at(self, account: str, intent: str) -> IntentWord:
        """How an intent stands now, with the secret by which a browser may go on with it."""
        with _our_words():
            found = self._v1.payment_intents.retrieve(intent, {}, _on(account))
            return intent_word(found.to_dict(), _now(), account)

    def cancel(self, account: str, intent: str) -> IntentWord:
        """Give an intent up, so that nothing can be paid by it any more."""
        with _our_words():
            done = self._v1.payment_intents.cancel(intent, {}, _on(account))
            return intent_word(done.to_dict(), _now(), account)

    def refund(self, account: str, intent: str, amount: int, key: str) -> BackWord:
        """Give money of an intent back; asked again with the same key it is the same refund."""
        params: Any = {"payment_intent": intent, "amount": amount, "metadata": {MARK: key}}
        with _our_words():
            made = self._v1.refunds.create(params, _on(account, key))
            return back_word(made.to_dict(), intent)

    def refunds_of(self, account: str, intent: str) -> list[BackWord]:
        """What was given back of an intent, the latest hundred."""
        params: Any = {"payment_intent": intent, "limit": 100}
        with _our_words():
            found = self._v1.refunds.list(params, _on(account))
            return [back_word(one.to_dict(), intent) for one in found.data]

    def open_account(self, email: str | None, key: str) -> AccountWord:
        """A new account of a producer's own, with their own contract and balance at Stripe."""
        params: Any = {"type": "standard", "country": "SI", "metadata": {MARK: key}}
        if email:
            params["email"] = email
        with _our_words():
            made = self._v1.accounts.create(params, {"idempotency_key": key})
            return account_word(made.to_dict(), _now())

    def account_page(self, account: str, back: str) -> str:
        """Address of Stripe's page on which a producer finishes their account; it leads `back` here."""
        params: Any = {
            "account": account,
            "type": "account_onboarding",
            "refresh_url": back,
            "return_url": back,
        }
        with _our_words():
            return str(self._v1.account_links.create(params).url)

    def look_at_account(self, account: str) -> AccountWord:
        """Whether an account can be paid to."""
        with _our_words():
            return account_word(self._v1.accounts.retrieve(account).to_dict(), _now())


def verified(payload: bytes, signature: str, secret: str) -> dict[str, Any]:
    """A message whose signature is good and fresh. Raises ForgedMessage."""
    try:
        _stripe().WebhookSignature.verify_header(payload.decode("utf-8"), signature, secret, FRESH)
        event = json.loads(payload)
    except (_stripe().SignatureVerificationError, ValueError, RecursionError) as error:
        raise ForgedMessage(str(error)) from error
    if not isinstance(event, dict):
        raise ForgedMessage("not an event")
    return event


def intent_word(found: Mapping[str, Any], said_at: datetime, account: str | None) -> IntentWord:
    """What a PaymentIntent says, however it came."""
    taken = found.get("amount_received") or found["amount"]
    return IntentWord(
        str(found["id"]),
        IntentState(found["status"]),
        int(taken),
        said_at,
        mark=(found.get("metadata") or {}).get(MARK),
        account=account,
        secret=found.get("client_secret"),
    )


#: A refund that waits for an action of its receiver is on its way; a cancelled one is none.
_REFUNDS = {
    "succeeded": BackState.SUCCEEDED,
    "pending": BackState.PENDING,
    "requires_action": BackState.PENDING,
    "failed": BackState.FAILED,
    "canceled": BackState.FAILED,
}


def back_word(found: Mapping[str, Any], intent: str | None = None) -> BackWord:
    """What a refund says, however it came."""
    return BackWord(
        str(found["id"]),
        found.get("payment_intent") or intent,
        int(found["amount"]),
        _REFUNDS[found.get("status") or "pending"],
        mark=(found.get("metadata") or {}).get(MARK),
    )


def account_word(found: Mapping[str, Any], said_at: datetime) -> AccountWord:
    """What an account says, however it came."""
    return AccountWord(str(found["id"]), bool(found.get("charges_enabled")), said_at)


def _mandate(mandate: Mandate) -> dict[str, Any]:
    return {
        "customer_acceptance": {
            "type": "online",
            "accepted_at": int(mandate.accepted_at.timestamp()),
            "online": {"ip_address": mandate.address, "user_agent": mandate.browser},
        }
    }


def _now() -> datetime:
    """Stripe's clock runs with the world's, not with one that was set by hand."""
    return datetime.now(UTC)


def _on(account: str, key: str | None = None) -> Any:
    """On a producer's own account; with a key, what is asked twice is done once."""
    options = {"stripe_account": account}
    return options | {"idempotency_key": key} if key else options


@contextmanager
def _our_words() -> Iterator[None]:
    """Stripe's errors in our words. Its own go to the log."""
    try:
        yield
    except _stripe().CardError as error:
        raise PaymentDeclined(code=str(error.code or "declined")) from error
    except (_stripe().InvalidRequestError, _stripe().AuthenticationError, _stripe().PermissionError) as error:
        log.warning("stripe_refused", code=error.code, status=error.http_status, words=error.user_message)
        raise StripeRefused(code=str(error.code or error.http_status)) from error
    except (_stripe().StripeError, OSError, ValueError, KeyError) as error:
        log.warning("stripe_silent", error=type(error).__name__)
        raise StripeSilent from error
