"""What pages read of the bank: batches, statements, entries and what became of them, of one side alone."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload, selectinload

from foodorder.billing.models import BankEntry, BankStatement, Invoice, Payment, PaymentBatch
from foodorder.billing.models.bank import PaymentBatchLine
from foodorder.billing.statements import Owner
from foodorder.db import db
from foodorder.rules.payments import EntryState

WAITING = (EntryState.UNMATCHED.value, EntryState.EXCESS.value)


@dataclass(frozen=True, slots=True)
class Settled:
    """What an entry put on an invoice, cents; below zero: taken back."""

    invoice_id: int
    number: str
    cents: int


def batches_of(institution_id: int, most: int = 20) -> Sequence[PaymentBatch]:
    """The newest batches of an institution."""
    chosen = select(PaymentBatch).where(PaymentBatch.institution_id == institution_id)
    return db.session.scalars(chosen.order_by(PaymentBatch.id.desc()).limit(most)).all()


def find_batch(batch_id: int, institution_id: int) -> PaymentBatch | None:
    """A batch of this institution with its lines and their invoices."""
    return db.session.scalar(
        select(PaymentBatch)
        .where(PaymentBatch.id == batch_id, PaymentBatch.institution_id == institution_id)
        .options(selectinload(PaymentBatch.lines).joinedload(PaymentBatchLine.invoice))
    )


def paid_marks(batch: PaymentBatch) -> set[str]:
    """The transfers of a batch that a statement has shown."""
    marks = [line.end_to_end for line in batch.lines]
    return set(db.session.scalars(select(BankEntry.end_to_end).where(BankEntry.end_to_end.in_(marks))))


def statements_of(owner: Owner, most: int = 30) -> Sequence[BankStatement]:
    """The newest statements of an account's owner, with their entries."""
    chosen = select(BankStatement).where(_of(owner)).options(selectinload(BankStatement.entries))
    return db.session.scalars(
        chosen.order_by(BankStatement.to_date.desc(), BankStatement.id.desc()).limit(most)
    ).all()


def find_statement(statement_id: int, owner: Owner) -> BankStatement | None:
    """A statement of this owner."""
    return db.session.scalar(
        select(BankStatement)
        .where(BankStatement.id == statement_id, _of(owner))
        .options(selectinload(BankStatement.entries))
    )


def waiting_entries(owner: Owner, most: int) -> Sequence[BankEntry]:
    """Entries of which something waits for a person, the oldest first."""
    return db.session.scalars(
        select(BankEntry)
        .join(BankEntry.statement)
        .where(_of(owner), BankEntry.state.in_(WAITING))
        .options(joinedload(BankEntry.statement))
        .order_by(BankEntry.booked_on, BankEntry.id)
        .limit(most)
    ).all()


def count_waiting(owner: Owner) -> int:
    """How many entries wait for a person."""
    chosen = select(func.count()).select_from(BankEntry).join(BankEntry.statement)
    return db.session.scalar(chosen.where(_of(owner), BankEntry.state.in_(WAITING))) or 0


def find_entry(entry_id: int, owner: Owner) -> BankEntry | None:
    """An entry of one of this owner's statements, settled or not."""
    return db.session.scalar(
        select(BankEntry).join(BankEntry.statement).where(BankEntry.id == entry_id, _of(owner))
    )


def settled_by(entries: Collection[BankEntry]) -> dict[int, list[Settled]]:
    """What each entry put on which invoices; what confirms the other side's statement shows its payment."""
    mirrors = {payment: one.id for one in entries if (payment := _confirmed(one))}
    rows = db.session.execute(
        select(Payment.id, Payment.bank_entry_id, Payment.invoice_id, Invoice.number, Payment.amount_cents)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(Payment.bank_entry_id.in_([one.id for one in entries]) | Payment.id.in_(mirrors))
        .order_by(Payment.id)
    )
    found = defaultdict[int, list[Settled]](list)
    own = {one.id for one in entries}
    for payment_id, entry_id, invoice_id, number, cents in rows:
        settled = Settled(invoice_id, number, cents)
        if entry_id in own:
            found[entry_id].append(settled)
        if payment_id in mirrors:
            found[mirrors[payment_id]].append(settled)
    return dict(found)


def payments_of(invoice_id: int) -> Sequence[Any]:
    """What was booked on an invoice: value_date, kind, amount_cents, words, number of the statement."""
    return db.session.execute(
        select(Payment.value_date, Payment.kind, Payment.amount_cents, Payment.words, BankStatement.statement)
        .outerjoin(BankEntry, BankEntry.id == Payment.bank_entry_id)
        .outerjoin(BankStatement, BankStatement.id == BankEntry.statement_id)
        .where(Payment.invoice_id == invoice_id)
        .order_by(Payment.id)
    ).all()


def _confirmed(entry: BankEntry) -> int | None:
    """The payment of the same transfer that the other side's statement booked (statements._mirror)."""
    words = (entry.decision or "").split()
    confirms = entry.decided_at is None and len(words) == 2 and words[0] == "payment"
    return int(words[1]) if confirms else None


def _of(owner: Owner) -> ColumnElement[bool]:
    if owner.institution_id is not None:
        return BankStatement.institution_id == owner.institution_id
    return BankStatement.producer_id == owner.producer_id
