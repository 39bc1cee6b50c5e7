"""Pay approved invoices: a batch of transfers for the institution's bank, or a word that it was paid."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from foodorder.accounts.models import Institution
from foodorder.bank.pain001 import Account, Batch, Transfer, write
from foodorder.billing.booking import Money, book, hold_invoices
from foodorder.billing.models import Payment, PaymentBatch, PaymentBatchLine
from foodorder.db import db
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.payments import PaymentKind
from foodorder.rules.settlement import InvoiceState
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


class NoOwnAccount(Refusal):
    """An institution without an account to pay from."""

    message = N_("Enter your institution's account (IBAN) first: the transfers leave from it.")


class NotForPayment(Refusal):
    """An invoice that is not approved, is in another batch, or of which nothing is open."""

    message = N_(
        "The invoice %(number)s cannot be paid now: it is not approved, paid, or with the bank already."
    )


class OnItsWay(Refusal):
    """An invoice that a card or a debit pays just now."""

    message = N_(
        "A payment of the invoice %(number)s by card or debit is on its way. Wait until it has come, or"
        " failed."
    )


class ExecutionPassed(Refusal):
    """A day on which the bank cannot pay any more."""

    message = N_("Choose today or a later day.")
    default_field = "execute_on"


class BatchUnderWay(Refusal):
    """A batch that the bank has begun to pay."""

    message = N_("The bank has paid transfers of this batch already, so it cannot be cancelled.")


class NoteMissing(Refusal):
    """A payment noted by hand without words."""

    message = N_("Write how it was paid, so that others find it.")
    default_field = "words"


@dataclass(frozen=True, slots=True)
class Waiting:
    """An approved invoice of which something is open, in cents; `iban` None: the supplier gave none."""

    id: int
    number: str
    producer: str
    due_date: date
    open_cents: int
    iban: str | None
    reference: str
    #: In a batch that the bank has not paid yet.
    batch_id: int | None
    #: A card or a debit pays it just now, and nobody knows yet whether the money comes.
    on_its_way: bool

    @property
    def is_free(self) -> bool:
        """Whether it may go into a batch."""
        return self.batch_id is None and not self.on_its_way and self.iban is not None


# A transfer that came back may be paid again: then an entry of a statement names the old one. Whoever is at
# the card's form has an hour for it; what the bank has in hand keeps the invoice until it has answered.
_WAITING = text("""
SELECT i.id, i.number, i.parties -> 'seller' ->> 'name' AS producer, i.due_date,
       i.gross_cents - i.credited_cents - i.paid_cents AS open_cents, i.iban, i.reference,
       (SELECT max(l.batch_id) FROM payment_batch_line l JOIN payment_batch b ON b.id = l.batch_id
         WHERE l.invoice_id = i.id AND b.cancelled_at IS NULL
           AND NOT EXISTS (SELECT FROM bank_entry e JOIN bank_statement s ON s.id = e.statement_id
                            WHERE e.end_to_end = l.end_to_end AND s.institution_id = i.institution_id)
       ) AS batch_id,
       EXISTS (SELECT FROM stripe_intent t
                WHERE t.invoice_id = i.id
                  AND (t.state IN ('processing', 'requires_capture')
                       OR (t.state IN ('asked', 'requires_confirmation', 'requires_action')
                           AND t.created_at > foodorder_clock() - interval '1 hour'))) AS on_its_way
  FROM invoice i
 WHERE i.institution_id = :institution AND i.kind = 'invoice' AND i.state = 'approved'
   AND i.gross_cents > i.credited_cents + i.paid_cents
   AND (CAST(:invoices AS bigint[]) IS NULL OR i.id = ANY(CAST(:invoices AS bigint[])))
 ORDER BY i.due_date, i.id
""")

_SENT_BEFORE = text("""
SELECT invoice_id, count(*) AS times FROM payment_batch_line
 WHERE invoice_id = ANY(CAST(:invoices AS bigint[])) GROUP BY invoice_id
""")

_BEGUN = text("""
SELECT EXISTS (SELECT FROM payment_batch_line l JOIN bank_entry e ON e.end_to_end = l.end_to_end
                WHERE l.batch_id = :batch)
""")


def waiting(institution_id: int, invoices: Collection[int] | None = None) -> list[Waiting]:
    """Approved invoices that are not paid yet, by the day they are due."""
    chosen = None if invoices is None else sorted(invoices)
    rows = db.session.execute(_WAITING, {"institution": institution_id, "invoices": chosen})
    return [Waiting(**row._asdict()) for row in rows]


def make_batch(
    institution_id: int,
    invoices: Collection[int],
    execute_on: date,
    *,
    today: date,
    actor: Actor,
    now: datetime,
) -> PaymentBatch:
    """Make a file of transfers for approved invoices, each of all that is open of it.

    Raises NoOwnAccount, ExecutionPassed, NotForPayment, OnItsWay, and what bank.pain001.write raises.
    """
    institution = db.session.get_one(Institution, institution_id)
    if not institution.iban:
        raise NoOwnAccount
    if execute_on < today:
        raise ExecutionPassed
    held = hold_invoices(list(invoices))
    found = waiting(institution_id, held)
    ready = {one.id: one for one in found if one.is_free}
    for one in found:
        if one.on_its_way:
            raise OnItsWay(number=one.number)
    for number in sorted(held):
        if number not in ready:
            raise NotForPayment(number=_number_of(number))
    lines = _lines([ready[number] for number in sorted(ready)])
    # As unique as the marks of its transfers.
    message = f"{now:%Y%m%d}-{lines[0].end_to_end}" if lines else ""
    payer = Account(institution.name, institution.iban)
    content = write(Batch(message, now, payer, execute_on, [_transfer(line) for line in lines]))
    batch = PaymentBatch(
        institution_id=institution_id,
        message=message,
        iban=institution.iban,
        execute_on=execute_on,
        count=len(lines),
        total_cents=sum(line.amount_cents for line in lines),
        content=content,
        created_at=now,
        created_by_id=actor.person_id,
        lines=lines,
    )
    db.session.add(batch)
    db.session.flush()
    trail.record(
        actor,
        "payment_batch.made",
        "payment_batch",
        batch.id,
        now=now,
        municipality_id=institution.municipality_id,
        after={"count": batch.count, "total_cents": batch.total_cents, "invoices": sorted(ready)},
    )
    return batch


def cancel_batch(batch_id: int, institution_id: int, *, actor: Actor, now: datetime) -> PaymentBatch:
    """Give a batch up before the bank pays it: its invoices may go into another. Raises BatchUnderWay."""
    batch = db.session.get_one(PaymentBatch, batch_id, with_for_update=True)
    if batch.institution_id != institution_id or batch.cancelled_at is not None:
        return batch
    if db.session.execute(_BEGUN, {"batch": batch_id}).scalar_one():
        raise BatchUnderWay
    batch.cancelled_at = now
    batch.cancelled_by_id = actor.person_id
    institution = db.session.get_one(Institution, institution_id)
    trail.record(
        actor,
        "payment_batch.cancelled",
        "payment_batch",
        batch.id,
        now=now,
        municipality_id=institution.municipality_id,
    )
    return batch


def note_payment(
    invoice_id: int, amount: int, value_date: date, words: str, *, actor: Actor, now: datetime
) -> Payment:
    """Book what a person says was paid (cash, another account). Raises NoteMissing, PaidTooMuch, NothingPaid,
    NotForPayment for what nobody approved."""
    if not words.strip():
        raise NoteMissing
    invoice = hold_invoices([invoice_id])[invoice_id]
    if InvoiceState(invoice.state) not in (InvoiceState.APPROVED, InvoiceState.PAID):
        raise NotForPayment(number=_number_of(invoice_id))
    money = Money(PaymentKind.NOTED, amount, value_date, words=words.strip())
    return book(invoice_id, money, actor=actor, now=now)


def _lines(ready: Sequence[Waiting]) -> list[PaymentBatchLine]:
    rows = db.session.execute(_SENT_BEFORE, {"invoices": [one.id for one in ready]})
    before = {row.invoice_id: row.times for row in rows}
    return [
        PaymentBatchLine(
            invoice_id=one.id,
            end_to_end=f"FO{one.id}-{before.get(one.id, 0) + 1}",
            amount_cents=one.open_cents,
            payee=one.producer,
            iban=one.iban or "",
            reference=one.reference,
        )
        for one in ready
    ]


def _transfer(line: PaymentBatchLine) -> Transfer:
    return Transfer(
        line.end_to_end, Account(line.payee, line.iban), line.amount_cents, line.reference, line.reference
    )


def _number_of(invoice_id: int) -> str:
    return str(
        db.session.execute(
            text("SELECT number FROM invoice WHERE id = :invoice"), {"invoice": invoice_id}
        ).scalar()
    )
