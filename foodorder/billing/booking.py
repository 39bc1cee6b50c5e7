"""Book money on an invoice: the row, the sum and the state in one transaction; never more than is open."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Row, text
from sqlalchemy.orm.util import identity_key

from foodorder.billing.models import Invoice, Payment
from foodorder.db import db
from foodorder.rules.payments import Payable, PaymentKind, check_payment
from foodorder.rules.settlement import InvoiceAction, InvoiceState, move
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

# In key order where there are many, so that two who book never wait for each other.
_HOLD = text("""
SELECT i.id, i.kind, i.state, i.reference, i.gross_cents, i.credited_cents, i.paid_cents, n.municipality_id
  FROM invoice i JOIN institution n ON n.id = i.institution_id
 WHERE i.id = ANY(CAST(:invoices AS bigint[])) ORDER BY i.id FOR UPDATE OF i
""")

_SET = text("UPDATE invoice SET paid_cents = :paid, state = :state WHERE id = :invoice")


@dataclass(frozen=True, slots=True)
class Money:
    """What moved: cents above zero to the supplier, below zero back; by what, and on which day."""

    kind: PaymentKind
    amount: int
    value_date: date
    bank_entry_id: int | None = None
    stripe_id: str | None = None
    words: str | None = None


def hold_invoices(invoice_ids: list[int]) -> dict[int, Row[tuple[int, str, str, str, int, int, int, int]]]:
    """Invoices held against everybody else who would book, credit or pay them, by number."""
    return {row.id: row for row in db.session.execute(_HOLD, {"invoices": sorted(invoice_ids)})}


def book(invoice_id: int, money: Money, *, actor: Actor, now: datetime) -> Payment:
    """Book money on an invoice. Raises PaidTooMuch, NothingPaid."""
    invoice = hold_invoices([invoice_id])[invoice_id]
    payable = Payable(
        invoice.id, invoice.reference, invoice.gross_cents, invoice.credited_cents, invoice.paid_cents
    )
    check_payment(money.amount, payable)
    payment = Payment(
        invoice_id=invoice_id,
        kind=money.kind.value,
        amount_cents=money.amount,
        value_date=money.value_date,
        bank_entry_id=money.bank_entry_id,
        stripe_id=money.stripe_id,
        words=money.words,
        noted_at=now,
        noted_by_id=actor.person_id,
    )
    db.session.add(payment)
    db.session.flush()
    paid = invoice.paid_cents + money.amount
    state = _state(InvoiceState(invoice.state), payable.outstanding - money.amount)
    db.session.execute(_SET, {"invoice": invoice_id, "paid": paid, "state": state.value})
    trail.record(
        actor,
        "payment.booked" if money.amount > 0 else "payment.returned",
        "invoice",
        invoice_id,
        now=now,
        municipality_id=invoice.municipality_id,
        before={"paid_cents": invoice.paid_cents, "state": invoice.state},
        after={"paid_cents": paid, "state": state.value, "payment": payment.id, "kind": money.kind.value},
        reason=money.words,
    )
    _forget(invoice_id)
    return payment


def _forget(invoice_id: int) -> None:
    """An invoice that was loaded before reads its sums and its state anew."""
    loaded = db.session.identity_map.get(identity_key(Invoice, invoice_id))
    if loaded is not None:
        db.session.expire(loaded, ["paid_cents", "state"])


def _state(state: InvoiceState, open_cents: int) -> InvoiceState:
    """Paid when nothing is open any more, and not paid again when money came back."""
    if open_cents <= 0 and state not in (InvoiceState.PAID, InvoiceState.CREDITED, InvoiceState.REJECTED):
        return move(state, InvoiceAction.PAY)
    if open_cents > 0 and state is InvoiceState.PAID:
        return move(state, InvoiceAction.RETURN)
    return state
