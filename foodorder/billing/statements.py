"""Read statements of account in (camt.053): each entry settles what it names, or waits for a person.

An institution's statement shows payments leaving, a producer's shows them arriving. Where both are read in,
the second only confirms what the first booked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.exc import IntegrityError

from foodorder.accounts.models import Institution
from foodorder.accounts.personal import Detail, details_of
from foodorder.bank import camt053
from foodorder.bank.statement import Statement, Transaction, as_entry, check_own
from foodorder.billing.booking import Money, book, hold_invoices
from foodorder.billing.models import BankEntry, BankStatement
from foodorder.db import db
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.payments import (
    Allocation,
    Entry,
    EntryState,
    Payable,
    PaymentKind,
    allocate,
    find_invoice,
)
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


class StatementKnown(Refusal):
    """A statement that was read in before."""

    message = N_("The statement %(statement)s was read in already.")
    default_field = "document"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose account a statement is of; exactly one of the two."""

    institution_id: int | None = None
    producer_id: int | None = None


# Those that an entry may mean: open ones, paid ones whose money may come back, and all that it names.
_PAYABLES = text("""
SELECT i.id, i.reference, i.gross_cents AS gross, i.credited_cents AS credited, i.paid_cents AS paid, i.iban,
       (SELECT array_agg(l.end_to_end) FROM payment_batch_line l WHERE l.invoice_id = i.id) AS marks
  FROM invoice i
 WHERE i.kind = 'invoice'
   AND (CAST(:institution AS integer) IS NULL OR i.institution_id = :institution)
   AND (CAST(:producer AS integer) IS NULL OR i.producer_id = :producer)
   AND i.issued_at > CAST(:since AS date) - interval '2 years'
 ORDER BY i.id
""")

#: What the other side's statements showed of a statement's days and nobody confirmed yet.
_MIRRORS = text("""
SELECT p.id, p.invoice_id, p.amount_cents AS amount, p.value_date
  FROM payment p JOIN bank_entry e ON e.id = p.bank_entry_id JOIN bank_statement s ON s.id = e.statement_id
  JOIN invoice i ON i.id = p.invoice_id
 WHERE (s.institution_id IS NULL) <> (CAST(:institution AS integer) IS NULL)
   AND (CAST(:institution AS integer) IS NULL OR i.institution_id = :institution)
   AND (CAST(:producer AS integer) IS NULL OR i.producer_id = :producer)
   AND p.value_date BETWEEN CAST(:first AS date) - 7 AND CAST(:last AS date) + 7
   AND NOT EXISTS (SELECT FROM bank_entry m WHERE m.decision = 'payment ' || p.id)
 ORDER BY p.id
""")
#: So far the two banks may be apart about the day of one transfer.
APART = timedelta(days=7)


def read_in(
    owner: Owner, filename: str, content: bytes, *, actor: Actor, now: datetime
) -> list[BankStatement]:
    """Take in a file's statements and book what their entries say; all of them, or none.

    Raises StatementKnown, OtherAccount, and what bank.camt053.read raises.
    """
    statements = camt053.read(content)
    own = _own_ibans(owner)
    taken = []
    for statement in statements:
        check_own(statement, own)
        _check_new(statement)
        taken.append(_take(owner, statement, filename, content, actor, now))
    return taken


def _own_ibans(owner: Owner) -> set[str]:
    if owner.institution_id is not None:
        iban = db.session.get_one(Institution, owner.institution_id).iban
    else:
        iban = details_of(producer_id=owner.producer_id).get(Detail.IBAN)
    return {iban.replace(" ", "")} if iban else set()


def _check_new(statement: Statement) -> None:
    known = select(BankStatement.id).where(
        BankStatement.iban == statement.iban, BankStatement.statement == statement.number
    )
    if db.session.scalar(known) is not None:
        raise StatementKnown(statement=statement.number)


def _take(
    owner: Owner, statement: Statement, filename: str, content: bytes, actor: Actor, now: datetime
) -> BankStatement:
    row = BankStatement(
        institution_id=owner.institution_id,
        producer_id=owner.producer_id,
        iban=statement.iban,
        statement=statement.number,
        from_date=statement.from_date,
        to_date=statement.to_date,
        opening_cents=statement.opening,
        closing_cents=statement.closing,
        filename=filename,
        content=content,
        imported_at=now,
        imported_by_id=actor.person_id,
    )
    # Two people may read the same file in at once: the second waits for the first and then finds it known.
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError as error:
        raise StatementKnown(statement=statement.number) from error
    known = _payables(owner, statement)
    # In key order: whoever reads the other side's statement meanwhile is waited for, and seen.
    hold_invoices(_named(owner, statement, known))
    mirrors = _mirrors(owner, statement)
    for position, transaction in enumerate(statement.transactions, 1):
        _settle(owner, row.id, position, transaction, known, mirrors, actor, now)
    trail.record(
        actor,
        "bank_statement.read",
        "bank_statement",
        row.id,
        now=now,
        municipality_id=_municipality(owner),
        after={"statement": statement.number, "entries": len(statement.transactions)},
    )
    return row


def _settle(
    owner: Owner,
    statement_id: int,
    position: int,
    transaction: Transaction,
    known: Sequence[tuple[str | None, Payable]],
    mirrors: list[Row[Any]],
    actor: Actor,
    now: datetime,
) -> None:
    """Keep an entry and book what it says: on the one invoice it names, as far as that is open."""
    entry = as_entry(transaction, of_payer=owner.institution_id is not None)
    found = _allocation(entry, _meant(owner, transaction, known))
    mirror = _mirror(mirrors, found.invoice_id, entry.amount, transaction)
    row = BankEntry(
        statement_id=statement_id,
        position=position,
        amount_cents=transaction.amount,
        booked_on=transaction.booked_on,
        value_date=transaction.value_date,
        reference=transaction.reference or None,
        end_to_end=transaction.mark or None,
        counterparty=transaction.counterparty or None,
        counterparty_iban=transaction.counterparty_iban or None,
        words=transaction.words or None,
        return_reason=transaction.return_reason or None,
        state=EntryState.EXACT.value if mirror else found.state.value,
        settled_cents=transaction.amount if mirror else _signed(transaction.amount, found.booked),
        decision=f"payment {mirror}" if mirror else None,
    )
    db.session.add(row)
    db.session.flush()
    if mirror is None and found.booked and found.invoice_id is not None:
        money = Money(kind_of(found.booked), found.booked, transaction.value_date, bank_entry_id=row.id)
        book(found.invoice_id, money, actor=actor, now=now)


def _allocation(entry: Entry, meant: Sequence[Payable]) -> Allocation:
    """Where the money goes, by the invoice as it is once nobody else can book on it."""
    named = find_invoice(entry, meant)
    if named is None:
        return allocate(entry, ())
    held = hold_invoices([named.id])[named.id]
    return allocate(entry, (replace(named, credited=held.credited_cents, paid=held.paid_cents),))


def _payables(owner: Owner, statement: Statement) -> list[tuple[str | None, Payable]]:
    """The invoices that a statement's entries may mean, each with the account it is to be paid to."""
    rows = db.session.execute(
        _PAYABLES,
        {
            "institution": owner.institution_id,
            "producer": owner.producer_id,
            "since": statement.from_date,
        },
    )
    return [
        (
            row.iban,
            Payable(row.id, row.reference, row.gross, row.credited, row.paid, tuple(row.marks or ())),
        )
        for row in rows
    ]


def _named(owner: Owner, statement: Statement, known: Sequence[tuple[str | None, Payable]]) -> list[int]:
    """The invoices that the entries of a statement name."""
    of_payer = owner.institution_id is not None
    found = (
        find_invoice(as_entry(transaction, of_payer=of_payer), _meant(owner, transaction, known))
        for transaction in statement.transactions
    )
    return sorted({one.id for one in found if one})


def _meant(
    owner: Owner, transaction: Transaction, known: Sequence[tuple[str | None, Payable]]
) -> list[Payable]:
    """Several issuers may use one reference: then the one whose account the money went to."""
    to = transaction.counterparty_iban
    own = [payable for iban, payable in known if iban == to]
    if owner.institution_id is not None and to and own:
        return own
    return [payable for _iban, payable in known]


def _mirrors(owner: Owner, statement: Statement) -> list[Row[Any]]:
    """The payments that the other sides' statements booked about the days of this one."""
    days = [transaction.value_date for transaction in statement.transactions]
    if not days:
        return []
    keys = {"institution": owner.institution_id, "producer": owner.producer_id}
    return list(db.session.execute(_MIRRORS, {**keys, "first": min(days), "last": max(days)}))


def _mirror(
    mirrors: list[Row[Any]], invoice_id: int | None, amount: int, transaction: Transaction
) -> int | None:
    """The payment that the other side's statement booked for the same transfer, taken off the list of those;
    None: it is news.
    """
    for one in mirrors:
        same = (one.invoice_id, one.amount) == (invoice_id, amount)
        if same and abs(one.value_date - transaction.value_date) <= APART:
            mirrors.remove(one)
            number: int = one.id
            return number
    return None


def _signed(amount: int, booked: int) -> int:
    """What was booked, with the sign that the entry has on its own account."""
    return abs(booked) if amount > 0 else -abs(booked)


def kind_of(amount: int) -> PaymentKind:
    """What moved it: a transfer, or one that came back."""
    return PaymentKind.TRANSFER if amount > 0 else PaymentKind.RETURNED


def _municipality(owner: Owner) -> int | None:
    if owner.institution_id is None:
        return None
    return db.session.get_one(Institution, owner.institution_id).municipality_id
