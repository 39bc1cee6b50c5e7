"""Approve an invoice for payment, take the approval back, give an invoice back to its issuer.

Who approves neither ordered nor accepted what is on it (rules/duties.py, the Court of Audit's finding), and
nothing on it is held. It is compared once more at the moment of the approval.
"""

from datetime import datetime

from sqlalchemy import text

from foodorder.accounts.recipients import recipients_of_producer
from foodorder.billing.match import compared, hold_invoice, match_invoice
from foodorder.billing.models import Invoice
from foodorder.db import db
from foodorder.outbox import service as outbox
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.findings import check_approval, check_cleared
from foodorder.rules.matching import FindingState
from foodorder.rules.settlement import (
    IllegalInvoiceMove,
    InvoiceAction,
    InvoiceKind,
    InvoiceState,
    move,
)
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


class ReasonMissing(Refusal):
    """An invoice given back without a word why."""

    message = N_("Write why it is given back: whoever gets it must know what to do.")
    default_field = "words"


class WithTheBank(Refusal):
    """An approval taken back while the bank has the transfer."""

    message = N_("The transfer is with the bank already. Cancel its batch first.")


class NotTakenIn(Refusal):
    """An invoice that was issued here, given back as if it came from elsewhere."""

    message = N_("It was issued here, so dispute what is wrong: the producer corrects it by a credit note.")


# Who asked for an order, and for a change of its record after the close; of all versions of the record.
_ORDERED_BY = text("""
SELECT s.submitted_by_id
  FROM invoice_line x
  JOIN delivery_line l ON l.id = x.delivery_line_id
  JOIN record_line r ON r.id IN (l.record_line_id, l.root_line_id)
  JOIN order_line o ON o.id = r.order_line_id
  JOIN order_submission s ON s.id = o.submission_id
 WHERE x.invoice_id = :invoice AND s.submitted_by_id IS NOT NULL
UNION
SELECT c.asked_by_id
  FROM invoice_line x
  JOIN delivery_line l ON l.id = x.delivery_line_id
  JOIN record_line r ON r.id IN (l.record_line_id, l.root_line_id)
  JOIN record_change c ON c.id = r.change_id
 WHERE x.invoice_id = :invoice AND c.asked_by_id IS NOT NULL
""")

_ACCEPTED_BY = text("""
SELECT DISTINCT a.person_id
  FROM invoice_line x JOIN acceptance_line a ON a.delivery_line_id = x.delivery_line_id
 WHERE x.invoice_id = :invoice AND a.person_id IS NOT NULL
""")

_WITH_THE_BANK = text("""
SELECT EXISTS (SELECT FROM payment_batch_line l JOIN payment_batch b ON b.id = l.batch_id
                WHERE l.invoice_id = :invoice AND b.cancelled_at IS NULL)
""")


def ordered_by(invoice_id: int) -> set[int]:
    """Who ordered what is on an invoice."""
    return set(db.session.scalars(_ORDERED_BY, {"invoice": invoice_id}))


def accepted_by(invoice_id: int) -> set[int]:
    """Who said what came of it."""
    return set(db.session.scalars(_ACCEPTED_BY, {"invoice": invoice_id}))


def approve_invoice(invoice_id: int, *, actor: Actor, now: datetime) -> Invoice:
    """Approve an invoice for payment.

    Raises StillHeld, OrderedThemselves, AcceptedThemselves, IllegalInvoiceMove.
    """
    invoice, findings = compared(invoice_id, actor=actor, now=now)
    if invoice.kind == InvoiceKind.CREDIT_NOTE:
        raise IllegalInvoiceMove(state=invoice.state, action=InvoiceAction.APPROVE.value)
    check_cleared([FindingState(one.state) for one in findings])
    check_approval(actor.person_id or 0, ordered_by(invoice_id), accepted_by(invoice_id))
    before = invoice.state
    invoice.state = move(InvoiceState(before), InvoiceAction.APPROVE).value
    invoice.approved_at, invoice.approved_by_id = now, actor.person_id
    _leave(invoice, "invoice.approved", before, None, actor, now)
    return invoice


def take_back(invoice_id: int, words: str, *, actor: Actor, now: datetime) -> Invoice:
    """Take an approval back: the invoice waits again.

    Raises ReasonMissing, WithTheBank, IllegalInvoiceMove.
    """
    invoice = hold_invoice(invoice_id)
    if not words.strip():
        raise ReasonMissing
    if db.session.execute(_WITH_THE_BANK, {"invoice": invoice_id}).scalar_one():
        raise WithTheBank
    before = invoice.state
    invoice.state = move(InvoiceState(before), InvoiceAction.GIVE_BACK).value
    invoice.approved_at = invoice.approved_by_id = None
    _leave(invoice, "invoice.approval_taken_back", before, words.strip(), actor, now)
    return match_invoice(invoice_id, actor=actor, now=now)


def reject_invoice(invoice_id: int, words: str, *, actor: Actor, now: datetime) -> Invoice:
    """Give an invoice that was written elsewhere back to its issuer: what it counted is free again.

    Raises ReasonMissing, NotTakenIn, IllegalInvoiceMove.
    """
    invoice = hold_invoice(invoice_id)
    if not words.strip():
        raise ReasonMissing
    if invoice.sequence is not None:
        raise NotTakenIn
    before = invoice.state
    invoice.state = move(InvoiceState(before), InvoiceAction.REJECT).value
    _leave(invoice, "invoice.rejected", before, words.strip(), actor, now)
    outbox.queue(
        "invoice_rejected",
        recipients_of_producer(invoice.producer_id),
        key=f"invoice {invoice.id} rejected {now.isoformat()}",
        data={
            "invoice": invoice.id,
            "number": invoice.number,
            "institution": invoice.institution.short_name,
            "words": words.strip(),
        },
        municipality_id=invoice.institution.municipality_id,
        object_type="invoice",
        object_id=invoice.id,
    )
    return match_invoice(invoice_id, actor=actor, now=now)


def reopen_invoice(invoice_id: int, *, actor: Actor, now: datetime) -> Invoice:
    """Take up again an invoice that was given back by mistake. Raises IllegalInvoiceMove."""
    invoice = hold_invoice(invoice_id)
    before = invoice.state
    invoice.state = move(InvoiceState(before), InvoiceAction.REOPEN).value
    _leave(invoice, "invoice.reopened", before, None, actor, now)
    return match_invoice(invoice_id, actor=actor, now=now)


def _leave(
    invoice: Invoice, action: str, before: str, reason: str | None, actor: Actor, now: datetime
) -> None:
    db.session.flush()
    trail.record(
        actor,
        action,
        "invoice",
        invoice.id,
        now=now,
        municipality_id=invoice.institution.municipality_id,
        before={"state": before},
        after={"state": invoice.state},
        reason=reason,
    )
