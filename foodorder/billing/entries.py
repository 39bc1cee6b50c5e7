"""Entries of statements that wait: a person says which invoices they concern, or sets them aside."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from foodorder.billing.booking import Money, book
from foodorder.billing.models import BankEntry, Invoice
from foodorder.billing.statements import kind_of
from foodorder.db import db
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.errors import Money as Sum
from foodorder.rules.payments import EntryState
from foodorder.rules.settlement import InvoiceKind
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


class EntryDecided(Refusal):
    """An entry of which nothing waits any more."""

    message = N_("This entry is settled already. Reload the page.")


class MoreThanTheEntry(Refusal):
    """More assigned than an entry has left."""

    message = N_("Only %(left)s of this entry is left to assign.")
    default_field = "amount"


class NotYourInvoice(Refusal):
    """An entry assigned to an invoice that is not its side's."""

    message = N_("Choose one of your own invoices.")
    default_field = "invoice"


class DecisionMissing(Refusal):
    """An entry that is set aside without words."""

    message = N_("Write what this money is for.")
    default_field = "words"


def assign(entry_id: int, parts: Sequence[tuple[int, int]], *, actor: Actor, now: datetime) -> BankEntry:
    """A person says which invoices an entry concerns: (invoice, cents above zero), of the entry's own side.

    What left a kitchen's account or came to a producer's pays; the other way round it came back.
    Raises EntryDecided, MoreThanTheEntry, NotYourInvoice, PaidTooMuch, NothingPaid.
    """
    entry = _waiting(entry_id)
    left = abs(entry.amount_cents) - abs(entry.settled_cents)
    total = sum(cents for _invoice, cents in parts)
    if total > left or not parts or any(cents <= 0 for _invoice, cents in parts):
        raise MoreThanTheEntry(left=Sum(left))
    _check_own_invoices(entry, {invoice_id for invoice_id, _cents in parts})
    pays = (entry.amount_cents < 0) == (entry.statement.institution_id is not None)
    for invoice_id, cents in parts:
        amount = cents if pays else -cents
        money = Money(kind_of(amount), amount, entry.value_date, bank_entry_id=entry.id)
        book(invoice_id, money, actor=actor, now=now)
    entry.settled_cents += total if entry.amount_cents > 0 else -total
    if entry.settled_cents == entry.amount_cents:
        _decide(entry, "assigned", actor, now)
    db.session.flush()
    return entry


def set_aside(entry_id: int, words: str, *, actor: Actor, now: datetime) -> BankEntry:
    """A person says that the rest of an entry concerns no invoice, and what it is.

    Raises EntryDecided, DecisionMissing.
    """
    if not words.strip():
        raise DecisionMissing
    entry = _waiting(entry_id)
    _decide(entry, words.strip(), actor, now)
    db.session.flush()
    trail.record(actor, "bank_entry.set_aside", "bank_entry", entry.id, now=now, reason=words.strip())
    return entry


def _check_own_invoices(entry: BankEntry, invoices: set[int]) -> None:
    statement = entry.statement
    own = db.session.scalars(
        select(Invoice.id).where(
            Invoice.id.in_(invoices),
            Invoice.kind == InvoiceKind.INVOICE,
            Invoice.institution_id == statement.institution_id
            if statement.institution_id is not None
            else Invoice.producer_id == statement.producer_id,
        )
    )
    if set(own) != invoices:
        raise NotYourInvoice


def _waiting(entry_id: int) -> BankEntry:
    entry = db.session.get_one(BankEntry, entry_id, with_for_update=True, populate_existing=True)
    if EntryState(entry.state) not in (EntryState.UNMATCHED, EntryState.EXCESS):
        raise EntryDecided
    return entry


def _decide(entry: BankEntry, words: str, actor: Actor, now: datetime) -> None:
    entry.state = EntryState.DECIDED.value
    entry.decision = words
    entry.decided_at = now
    entry.decided_by_id = actor.person_id
