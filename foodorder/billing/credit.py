"""Credit notes (dobropisi): what claims take off what is invoiced, and corrections that a person writes.

Never more is credited than was invoiced (rules/credits.py). The goods that a credit note takes off may be
invoiced again where they are still accepted, but only by a person.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, text

from foodorder.accounts.recipients import recipients_of_institution
from foodorder.billing.consents import consent_of
from foodorder.billing.held import count, hold, hold_issuer, take_number
from foodorder.billing.issue import vat_rows
from foodorder.billing.match import match_invoice
from foodorder.billing.models import Invoice, InvoiceLine
from foodorder.db import db
from foodorder.outbox import service as outbox
from foodorder.rules.credits import Creditable, credit
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.invoicing import ConsentMissing, credit_reference, number_of
from foodorder.rules.matching import MICROS
from foodorder.rules.permissions import Role
from foodorder.rules.settlement import (
    InvoiceAction,
    InvoicedLine,
    InvoiceKind,
    InvoiceOrigin,
    InvoiceState,
    InvoiceTotals,
    move,
    totals,
)
from foodorder.rules.vat import Treatment, TreatmentCode
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

#: Invoices that were issued here; whoever issued elsewhere credits there.
OURS = (InvoiceOrigin.ISSUED, InvoiceOrigin.ON_BEHALF)


class NotIssuedHere(Refusal):
    """A credit note for an invoice that was written elsewhere, or for a credit note."""

    message = N_("Only an invoice that was issued here can be corrected here.")


class ReasonMissing(Refusal):
    """A credit note without a word why."""

    message = N_("Write in a few words why it is credited: it stands on the credit note.")
    default_field = "reason"


_HOLD_INVOICE = text("SELECT 1 FROM invoice WHERE id = :invoice FOR UPDATE")

_LINES = text("""
SELECT l.id, l.delivery_line_id, l.acceptance_id, l.record_line_id, l.delivery_date, l.name, l.unit,
       l.quantity, l.price_micros, l.net_cents, l.vat_treatment, l.vat_bp, l.order_number,
       coalesce(sum(c.quantity), 0)::bigint AS credited, coalesce(sum(c.net_cents), 0)::bigint AS net_credited
  FROM invoice_line l LEFT JOIN invoice_line c ON c.credits_line_id = l.id
 WHERE l.invoice_id = :invoice
 GROUP BY l.id
 ORDER BY l.position
""")


def lines_left(invoice_id: int) -> list[Row[Any]]:
    """The lines of an invoice with what credit notes took off each: `credited`, `net_credited`."""
    return list(db.session.execute(_LINES, {"invoice": invoice_id}))


def issue_credit_note(
    invoice_id: int,
    quantities: Mapping[int, int],
    reason: str,
    *,
    origin: InvoiceOrigin = InvoiceOrigin.ISSUED,
    actor: Actor,
    now: datetime,
) -> Invoice:
    """Take quantities (thousandths, by invoice line) off an invoice; the reason stands on the credit note.

    Raises NotIssuedHere, ReasonMissing, ConsentMissing, NothingToCredit or CreditedTooMuch.
    """
    invoice = db.session.get_one(Invoice, invoice_id)
    if invoice.kind != InvoiceKind.INVOICE or invoice.origin not in OURS:
        raise NotIssuedHere
    if not reason.strip():
        raise ReasonMissing
    consent = consent_of(invoice.producer_id) if origin is InvoiceOrigin.ON_BEHALF else None
    if origin is InvoiceOrigin.ON_BEHALF and consent is None:
        raise ConsentMissing
    rows = _held(invoice, quantities)
    taken = credit(
        [_creditable(row) for row in rows.values()], quantities, invoice.gross_cents - invoice.credited_cents
    )
    sums = totals((line.treatment, line.net) for line in taken)
    today = now.astimezone(ZoneInfo(invoice.institution.municipality.zone)).date()
    note = _note(invoice, sums, today, origin)
    note.reason = reason.strip()
    note.consent_id = consent.id if consent else None
    note.issued_at, note.issued_by_id = now, actor.person_id
    note.lines = [_line(rows[line.key], line, position) for position, line in enumerate(taken, 1)]
    days = [line.delivery_date for line in note.lines if line.delivery_date]
    note.supplied_from, note.supplied_to = min(days), max(days)
    db.session.add(note)
    db.session.flush()
    count(
        (rows[line.key].delivery_line_id, -line.quantity, -line.net)
        for line in taken
        if rows[line.key].delivery_line_id
    )
    _settle(invoice, note)
    match_invoice(invoice.id, actor=actor, now=now)
    _tell(note, invoice, actor, now)
    return note


def _held(invoice: Invoice, quantities: Mapping[int, int]) -> dict[int, Row[Any]]:
    """The lines of the invoice as they are once everything is held."""
    hold_issuer(invoice.producer_id)
    hold([line.delivery_line_id for line in invoice.lines if line.delivery_line_id and line.id in quantities])
    db.session.execute(_HOLD_INVOICE, {"invoice": invoice.id})
    db.session.refresh(invoice)
    return {row.id: row for row in lines_left(invoice.id)}


def _creditable(row: Row[Any]) -> Creditable:
    treatment = Treatment(TreatmentCode(row.vat_treatment), row.vat_bp)
    line = InvoicedLine(row.id, row.quantity, row.price_micros // MICROS, row.net_cents, treatment)
    return Creditable(line, row.unit, row.credited, row.net_credited)


def _note(invoice: Invoice, sums: InvoiceTotals, today: date, origin: InvoiceOrigin) -> Invoice:
    sequence = take_number(invoice.producer_id, InvoiceKind.CREDIT_NOTE, today.year)
    return Invoice(
        kind=InvoiceKind.CREDIT_NOTE.value,
        origin=origin.value,
        state=InvoiceState.RECEIVED.value,
        producer_id=invoice.producer_id,
        institution_id=invoice.institution_id,
        year=today.year,
        sequence=sequence,
        number=str(number_of(InvoiceKind.CREDIT_NOTE, today.year, sequence)),
        issue_date=today,
        received_on=today,
        due_date=max(invoice.due_date, today),
        tax_type=invoice.tax_type,
        parties=invoice.parties,
        iban=invoice.iban,
        reference=credit_reference(today.year, sequence),
        net_cents=sums.total.net,
        vat_cents=sums.total.vat,
        gross_cents=sums.total.gross,
        corrects_id=invoice.id,
        vat_rows=vat_rows(sums),
    )


def _line(row: Row[Any], line: InvoicedLine, position: int) -> InvoiceLine:
    return InvoiceLine(
        position=position,
        delivery_line_id=row.delivery_line_id,
        acceptance_id=row.acceptance_id,
        record_line_id=row.record_line_id,
        credits_line_id=row.id,
        delivery_date=row.delivery_date,
        name=row.name,
        unit=row.unit,
        quantity=line.quantity,
        price_micros=row.price_micros,
        net_cents=line.net,
        vat_treatment=row.vat_treatment,
        vat_bp=row.vat_bp,
        order_number=row.order_number,
    )


def _settle(invoice: Invoice, note: Invoice) -> None:
    """What the credit note does to its invoice: with nothing left of it, it is credited; with nothing left to
    pay, it is paid.
    """
    invoice.credited_cents += note.gross_cents
    state = InvoiceState(invoice.state)
    if all(row.credited == row.quantity for row in lines_left(invoice.id)):
        invoice.state = move(state, InvoiceAction.CREDIT).value
    elif state is not InvoiceState.PAID and 0 < invoice.paid_cents >= _to_pay(invoice):
        invoice.state = move(state, InvoiceAction.PAY).value
    db.session.flush()


def _to_pay(invoice: Invoice) -> int:
    return invoice.gross_cents - invoice.credited_cents


def _tell(note: Invoice, invoice: Invoice, actor: Actor, now: datetime) -> None:
    municipality = invoice.institution.municipality_id
    trail.record(
        actor,
        "credit_note.issued",
        "invoice",
        note.id,
        now=now,
        municipality_id=municipality,
        after={"number": note.number, "gross_cents": note.gross_cents, "corrects": invoice.number},
        reason=note.reason,
    )
    outbox.queue(
        "credit_note_issued",
        recipients_of_institution(invoice.institution_id, (Role.ACCOUNTANT,)),
        key=f"credit note {note.id} issued",
        data={
            "invoice": note.id,
            "number": note.number,
            "corrects": invoice.number,
            "producer": invoice.parties["seller"]["name"],
            "gross_cents": note.gross_cents,
            "reason": note.reason,
        },
        municipality_id=municipality,
        object_type="invoice",
        object_id=note.id,
    )
