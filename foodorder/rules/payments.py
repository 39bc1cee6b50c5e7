"""Payments: how money finds its invoice, what is open, how late it is, and when it will come.

An entry of a statement settles the invoice that its reference (or our own end-to-end mark) names: exactly,
in part, or with an excess that waits for a person, as does whatever names nothing known. Never is more booked
on an invoice than is open; a transfer that comes back takes off what it had paid.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from foodorder.rules.errors import N_, Money, Refusal
from foodorder.rules.references import find_references, normal


class PaymentKind(StrEnum):
    """What moved the money."""

    TRANSFER = "transfer"
    #: A transfer that the bank sent back.
    RETURNED = "returned"
    CARD = "card"
    #: A SEPA direct debit.
    DEBIT = "debit"
    REFUND = "refund"
    #: Set off against what the other side owes (the extra cost of a cover purchase).
    OFFSET = "offset"
    #: Told by a person, with their words.
    NOTED = "noted"


class EntryState(StrEnum):
    """What became of an entry of a statement."""

    EXACT = "exact"
    PART = "part"
    #: More than is open: the rest waits for a person.
    EXCESS = "excess"
    RETURNED = "returned"
    #: Waits for a person.
    UNMATCHED = "unmatched"
    #: A person said what to do with it.
    DECIDED = "decided"


class PaymentState(StrEnum):
    """How much of an invoice is paid."""

    OPEN = "open"
    PARTLY = "partly"
    PAID = "paid"
    #: A credit note came after the payment: money goes back.
    REFUND_DUE = "refund_due"


class Wait(StrEnum):
    """Why the money comes when it is said to come."""

    PAID = "paid"
    NOTHING_OPEN = "nothing_open"
    AT_THE_BANK = "at_the_bank"
    APPROVED = "approved"
    NOT_APPROVED = "not_approved"
    HELD = "held"
    LATE = "late"


PAYMENT_KINDS: Mapping[PaymentKind, str] = MappingProxyType(
    {
        PaymentKind.TRANSFER: N_("Bank transfer"),
        PaymentKind.RETURNED: N_("Transfer that came back"),
        PaymentKind.CARD: N_("Card"),
        PaymentKind.DEBIT: N_("SEPA direct debit"),
        PaymentKind.REFUND: N_("Refund"),
        PaymentKind.OFFSET: N_("Set off"),
        PaymentKind.NOTED: N_("Noted by hand"),
    }
)
ENTRY_STATES: Mapping[EntryState, str] = MappingProxyType(
    {
        EntryState.EXACT: N_("Settles the invoice"),
        EntryState.PART: N_("Settles a part of the invoice"),
        EntryState.EXCESS: N_("More than is open: decide about the rest"),
        EntryState.RETURNED: N_("Came back"),
        EntryState.UNMATCHED: N_("Names no known invoice: decide"),
        EntryState.DECIDED: N_("Decided by hand"),
    }
)
PAYMENT_STATES: Mapping[PaymentState, str] = MappingProxyType(
    {
        PaymentState.OPEN: N_("Not paid"),
        PaymentState.PARTLY: N_("Paid in part"),
        PaymentState.PAID: N_("Paid"),
        PaymentState.REFUND_DUE: N_("Paid too much: a refund is due"),
    }
)
#: Facts: `day`.
WAITS: Mapping[Wait, str] = MappingProxyType(
    {
        Wait.PAID: N_("Paid on %(day)s."),
        Wait.NOTHING_OPEN: N_("Nothing is left to pay."),
        Wait.AT_THE_BANK: N_("Given to the bank; it comes on %(day)s."),
        Wait.APPROVED: N_("Approved; it is due on %(day)s."),
        Wait.NOT_APPROVED: N_("Due on %(day)s; it is not approved yet."),
        Wait.HELD: N_("Due on %(day)s, but held until a difference is cleared."),
        Wait.LATE: N_("It was due on %(day)s and is late."),
    }
)
#: Days late → bucket, as accountants look at what is owed: not due, then by thirty days.
BUCKETS: tuple[int, ...] = (0, 30, 60, 90)
BUCKET_LABELS: tuple[str, ...] = (
    N_("Not due yet"),
    N_("1–30 days late"),
    N_("31–60 days late"),
    N_("61–90 days late"),
    N_("More than 90 days late"),
)


class PaidTooMuch(Refusal):
    """A payment above what is open of an invoice."""

    message = N_("Only %(open)s of this invoice is open: no more can be paid on it.")
    default_field = "amount"


class NothingPaid(Refusal):
    """A payment of nothing, or money going back that never came."""

    message = N_("Only %(paid)s was paid on this invoice: no more can go back.")
    default_field = "amount"


@dataclass(frozen=True, slots=True)
class Payable:
    """What an invoice says of money, in cents, and how it is named; `marks`: our own end-to-end ids."""

    id: int
    reference: str
    gross: int
    credited: int = 0
    paid: int = 0
    marks: tuple[str, ...] = ()

    @property
    def outstanding(self) -> int:
        """What is still to be paid, cents; below zero: to be refunded."""
        return self.gross - self.credited - self.paid


@dataclass(frozen=True, slots=True)
class Entry:
    """Money that moved towards invoices: cents above zero, or below where it came back.

    `reference`: as the bank gives it; `mark`: our own end-to-end id; `words`: the unstructured text.
    """

    amount: int
    reference: str = ""
    mark: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Allocation:
    """What an entry does: `invoice_id` (None: nothing is found), cents booked on it, cents that wait."""

    state: EntryState
    invoice_id: int | None
    booked: int
    rest: int


@dataclass(frozen=True, slots=True)
class Expected:
    """When money comes (None: nobody knows, or nothing comes) and why then."""

    day: date | None
    why: Wait


def find_invoice(entry: Entry, payables: Sequence[Payable]) -> Payable | None:
    """The one invoice that an entry names: by our mark, by its reference, or by a reference in its words.

    Two that fit equally are none: a person decides.
    """
    if entry.mark:
        marked = [one for one in payables if entry.mark in one.marks]
        if len(marked) == 1:
            return marked[0]
    named = normal(entry.reference)
    wanted = {named} if named else set(find_references(entry.words))
    fitting = [one for one in payables if normal(one.reference) in wanted]
    return fitting[0] if len(fitting) == 1 else None


def allocate(entry: Entry, payables: Sequence[Payable]) -> Allocation:
    """Where the money of an entry goes. What is booked and what waits always add up to the entry."""
    invoice = find_invoice(entry, payables)
    if invoice is None or entry.amount == 0:
        return Allocation(EntryState.UNMATCHED, None, 0, entry.amount)
    if entry.amount < 0:
        booked = max(entry.amount, -invoice.paid)
        state = EntryState.RETURNED if booked else EntryState.UNMATCHED
        return Allocation(state, invoice.id if booked else None, booked, entry.amount - booked)
    booked = min(entry.amount, max(invoice.outstanding, 0))
    rest = entry.amount - booked
    if rest:
        return Allocation(EntryState.EXCESS, invoice.id, booked, rest)
    return Allocation(
        EntryState.EXACT if booked == invoice.outstanding else EntryState.PART, invoice.id, booked, 0
    )


def check_payment(amount: int, payable: Payable) -> None:
    """Refuse a payment above what is open, or money going back (below zero) above what was paid.

    Raises PaidTooMuch or NothingPaid.
    """
    if amount > max(payable.outstanding, 0):
        raise PaidTooMuch(open=Money(max(payable.outstanding, 0)))
    if amount == 0 or -amount > payable.paid:
        raise NothingPaid(paid=Money(payable.paid))


def payment_state(payable: Payable) -> PaymentState:
    """How much of an invoice is paid; what was credited in full counts as paid."""
    if payable.outstanding < 0:
        return PaymentState.REFUND_DUE
    if payable.outstanding == 0:
        return PaymentState.PAID
    return PaymentState.PARTLY if payable.paid else PaymentState.OPEN


def bucket(due: date, today: date) -> int:
    """In which bucket (index of BUCKET_LABELS) an open invoice falls; on the day itself it is not late."""
    late = (today - due).days
    return sum(late > bound for bound in BUCKETS)


def aging(opens: Iterable[tuple[date, int]], today: date) -> tuple[int, ...]:
    """Sums of open cents (due day, cents) by bucket."""
    sums = [0] * len(BUCKET_LABELS)
    for due, cents in opens:
        sums[bucket(due, today)] += cents
    return tuple(sums)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is known of an invoice that waits for its money; `paid_on` and `execute_on` None: not yet."""

    due: date
    outstanding: int
    paid_on: date | None = None
    execute_on: date | None = None
    approved: bool = False
    held: bool = False


def expected(waiting: Waiting, today: date) -> Expected:
    """When a producer will be paid, as far as can be known today."""
    if waiting.outstanding <= 0:
        return Expected(waiting.paid_on, Wait.PAID if waiting.paid_on else Wait.NOTHING_OPEN)
    if waiting.execute_on is not None and waiting.execute_on >= today:
        return Expected(waiting.execute_on, Wait.AT_THE_BANK)
    if waiting.due < today:
        return Expected(waiting.due, Wait.LATE)
    if waiting.held:
        return Expected(waiting.due, Wait.HELD)
    return Expected(waiting.due, Wait.APPROVED if waiting.approved else Wait.NOT_APPROVED)
