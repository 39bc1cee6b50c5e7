"""Money through Stripe: which word about an intent counts, and what of its money belongs on the invoice.

Words come late, twice and in any order. An end (paid, cancelled) is never taken back by a word that was said
before it or after it; of two words about what is under way, the one that was said later counts. Refunds and
disputes have numbers of their own (`re_…`, `dp_…`): money that goes back is booked by them, not by sums.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from foodorder.rules.errors import N_, Money, Refusal


class Method(StrEnum):
    """How an invoice is paid through Stripe (Stripe's own words)."""

    CARD = "card"
    SEPA_DEBIT = "sepa_debit"


class IntentState(StrEnum):
    """Stripe's states of a PaymentIntent; `asked` until it answered."""

    ASKED = "asked"
    REQUIRES_PAYMENT_METHOD = "requires_payment_method"
    REQUIRES_CONFIRMATION = "requires_confirmation"
    REQUIRES_ACTION = "requires_action"
    REQUIRES_CAPTURE = "requires_capture"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


class BackKind(StrEnum):
    """Why money of an intent does not stay on its invoice: it goes back, or another invoice keeps it."""

    REFUND = "refund"
    DISPUTE = "dispute"
    #: An excess that pays another invoice.
    KEPT = "kept"


class BackState(StrEnum):
    """What became of money that goes back; a lost dispute has succeeded, a won one failed."""

    ASKED = "asked"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


INTENT_STATES: Mapping[IntentState, str] = MappingProxyType(
    {
        IntentState.ASKED: N_("Asked of the payment service, without an answer yet"),
        IntentState.REQUIRES_PAYMENT_METHOD: N_("Not paid: give a card or an account"),
        IntentState.REQUIRES_CONFIRMATION: N_("Not confirmed yet"),
        IntentState.REQUIRES_ACTION: N_("Your bank wants to hear from you"),
        IntentState.REQUIRES_CAPTURE: N_("Reserved, not taken yet"),
        IntentState.PROCESSING: N_("On its way: your bank takes a few days"),
        IntentState.SUCCEEDED: N_("Paid"),
        IntentState.CANCELED: N_("Cancelled"),
    }
)
METHODS: Mapping[Method, str] = MappingProxyType(
    {Method.CARD: N_("Card"), Method.SEPA_DEBIT: N_("SEPA direct debit")}
)
BACK_STATES: Mapping[BackState, str] = MappingProxyType(
    {
        BackState.ASKED: N_("Asked of the payment service, without an answer yet"),
        BackState.PENDING: N_("On its way back"),
        BackState.SUCCEEDED: N_("Given back"),
        BackState.FAILED: N_("Did not go back"),
    }
)

ENDS = frozenset({IntentState.SUCCEEDED, IntentState.CANCELED})
#: Of words said in the same second: what comes later on the way stands further on.
_RANK = {
    state: rank
    for rank, state in enumerate(
        (
            IntentState.ASKED,
            IntentState.REQUIRES_CONFIRMATION,
            IntentState.REQUIRES_ACTION,
            IntentState.PROCESSING,
            IntentState.REQUIRES_CAPTURE,
            # After an attempt that failed; before the first one it is news of nothing.
            IntentState.REQUIRES_PAYMENT_METHOD,
            IntentState.CANCELED,
            IntentState.SUCCEEDED,
        )
    )
}


class RefundTooMuch(Refusal):
    """More to be given back than is left of what was paid."""

    message = N_("Only %(left)s of this payment is left to give back.")
    default_field = "amount"


@dataclass(frozen=True, slots=True)
class Word:
    """A state of an intent and when Stripe said so (None: it never spoke)."""

    state: IntentState
    said_at: datetime | None


def later(known: Word, heard: Word) -> Word:
    """The one of two words about an intent that counts, whichever of them came first."""
    if known.state in ENDS or heard.state in ENDS:
        return max(known, heard, key=lambda word: _RANK[word.state])
    if known.said_at is None or heard.said_at is None:
        return heard if known.said_at is None else known
    return max(known, heard, key=lambda word: (word.said_at, _RANK[word.state]))


#: A dispute that was won, or a refund that failed, is the end of it: nothing went back for good.
_BACK_RANK = {state: rank for rank, state in enumerate(BackState)}


def later_back(known: BackState, heard: BackState) -> BackState:
    """The one of two words about money going back that counts: the one further on its way."""
    return max(known, heard, key=_BACK_RANK.__getitem__)


def belongs(taken: int, given_back: int, ceiling: int) -> int:
    """Cents of an intent that belong on its invoice.

    `taken`: what Stripe took, `given_back`: what went back of it, `ceiling`: what the invoice can still hold
    of it. What is above waits for a refund, and a refund takes that off first.
    """
    return max(min(taken - given_back, ceiling), 0)


def check_refund(amount: int, taken: int, given_back: int) -> None:
    """Refuse to give back nothing, or more than is left. Raises RefundTooMuch."""
    if not 0 < amount <= taken - given_back:
        raise RefundTooMuch(left=Money(taken - given_back))
