"""Issue an invoice: number, lines, VAT and term in one transaction, so that nothing is invoiced twice.

The producer issues with one click, or the platform on the producer's behalf by their written consent.
"""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import text

from foodorder.accounts.models import Institution, Producer
from foodorder.accounts.recipients import recipients_of_institution
from foodorder.billing import parties
from foodorder.billing.consents import consent_of
from foodorder.billing.due import Due, due, terms_of
from foodorder.billing.models import Invoice, InvoiceLine, InvoiceVat
from foodorder.catalogue.law import value_on
from foodorder.db import db
from foodorder.outbox import service as outbox
from foodorder.rules.invoicing import (
    ConsentMissing,
    due_date,
    due_date_of_perishables,
    number_of,
    payment_reference,
)
from foodorder.rules.matching import MICROS
from foodorder.rules.permissions import Role
from foodorder.rules.settlement import (
    Group,
    InvoicedLine,
    InvoiceKind,
    InvoiceOrigin,
    InvoiceState,
    NothingToInvoice,
    totals,
)
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

# In key order, so that two who invoice never wait for each other; a correction of an acceptance, and a claim,
# hold the note as well.
_HOLD_NOTES = text("""
SELECT id FROM delivery_note
 WHERE id IN (SELECT note_id FROM delivery_line WHERE id = ANY(CAST(:lines AS bigint[])))
 ORDER BY id FOR SHARE
""")

_OPEN_COUNTS = text("""
INSERT INTO invoiced_quantity (delivery_line_id, sent, quantity, net_cents)
SELECT id, quantity, 0, 0 FROM delivery_line WHERE id = ANY(CAST(:lines AS bigint[])) ORDER BY id
ON CONFLICT DO NOTHING
""")

_HOLD_COUNTS = text("""
SELECT delivery_line_id FROM invoiced_quantity WHERE delivery_line_id = ANY(CAST(:lines AS bigint[]))
 ORDER BY delivery_line_id FOR UPDATE
""")

_COUNT = text("""
UPDATE invoiced_quantity q SET quantity = q.quantity + x.quantity, net_cents = q.net_cents + x.net
  FROM unnest(CAST(:lines AS bigint[]), CAST(:quantities AS bigint[]), CAST(:nets AS bigint[]))
       AS x (line, quantity, net)
 WHERE q.delivery_line_id = x.line
""")

_NUMBER = text("""
INSERT INTO invoice_counter AS c (producer_id, kind, year, last) VALUES (:producer, :kind, :year, 1)
ON CONFLICT (producer_id, kind, year) DO UPDATE SET last = c.last + 1
RETURNING last
""")


def issue_invoice(
    group: Group, *, origin: InvoiceOrigin = InvoiceOrigin.ISSUED, actor: Actor, now: datetime
) -> Invoice:
    """Issue the invoice of a group of delivered lines (see `due`): all that may be invoiced of it now.

    Raises NothingToInvoice when it is invoiced already, ConsentMissing, TermTooLong.
    """
    producer = db.session.get_one(Producer, group.seller_id)
    institution = db.session.get_one(Institution, group.buyer_id)
    consent = consent_of(producer.id) if origin is InvoiceOrigin.ON_BEHALF else None
    if origin is InvoiceOrigin.ON_BEHALF and consent is None:
        raise ConsentMissing
    held = _held(group)
    lines = held.groups[group]
    today = now.astimezone(ZoneInfo(institution.municipality.zone)).date()
    sequence = take_number(producer.id, InvoiceKind.INVOICE, today.year)
    sums = totals((line.treatment, line.net) for line in lines)
    days = [held.goods[line.key].delivery_date for line in lines]
    seller = parties.seller(producer)
    invoice = Invoice(
        kind=InvoiceKind.INVOICE.value,
        origin=origin.value,
        state=InvoiceState.RECEIVED.value,
        producer_id=producer.id,
        institution_id=institution.id,
        year=today.year,
        sequence=sequence,
        number=str(number_of(InvoiceKind.INVOICE, today.year, sequence)),
        issue_date=today,
        supplied_from=min(days),
        supplied_to=max(days),
        received_on=today,
        due_date=_due_date(producer.id, institution.id, today, max(days)),
        tax_type=producer.tax_type,
        parties={"seller": seller, "buyer": parties.buyer(institution)},
        iban=seller["iban"],
        reference=payment_reference(today.year, sequence),
        net_cents=sums.total.net,
        vat_cents=sums.total.vat,
        gross_cents=sums.total.gross,
        consent_id=consent.id if consent else None,
        issued_at=now,
        issued_by_id=actor.person_id,
        lines=_lines(held, lines),
        vat_rows=[
            InvoiceVat(
                vat_treatment=row.treatment.code.value,
                vat_bp=row.treatment.bp,
                net_cents=row.sum.net,
                vat_cents=row.sum.vat,
            )
            for row in sums.rows
        ],
    )
    db.session.add(invoice)
    db.session.flush()
    count(lines)
    _tell(invoice, institution, actor, now)
    return invoice


def take_number(producer_id: int, kind: InvoiceKind, year: int) -> int:
    """The next number of an issuer: whoever else asks waits for this transaction, so no gap is left."""
    number: int = db.session.execute(
        _NUMBER, {"producer": producer_id, "kind": kind.value, "year": year}
    ).scalar_one()
    return number


def count(lines: Sequence[InvoicedLine], sign: int = 1) -> None:
    """Count lines as invoiced, or with `sign` -1 as credited."""
    db.session.execute(
        _COUNT,
        {
            "lines": [line.key for line in lines],
            "quantities": [sign * line.quantity for line in lines],
            "nets": [sign * line.net for line in lines],
        },
    )


def hold(lines: Sequence[int]) -> None:
    """Hold delivered lines against everybody who would accept, claim, invoice or credit them meanwhile."""
    for statement in (_HOLD_NOTES, _OPEN_COUNTS, _HOLD_COUNTS):
        db.session.execute(statement, {"lines": sorted(lines)})


def _held(group: Group) -> Due:
    """What may be invoiced of a group, read again with its lines held. Raises NothingToInvoice."""
    seen = due(group.seller_id, group.buyer_id)
    if group not in seen.groups:
        raise NothingToInvoice
    keys = [line.key for line in seen.groups[group]]
    hold(keys)
    held = due(group.seller_id, group.buyer_id, keys)
    if group not in held.groups:
        raise NothingToInvoice
    return held


def _lines(held: Due, lines: Sequence[InvoicedLine]) -> list[InvoiceLine]:
    ordered = sorted(lines, key=lambda line: (held.goods[line.key].delivery_date, line.key))
    return [_line(held, line, position) for position, line in enumerate(ordered, 1)]


def _line(held: Due, line: InvoicedLine, position: int) -> InvoiceLine:
    goods = held.goods[line.key]
    return InvoiceLine(
        position=position,
        delivery_line_id=line.key,
        acceptance_id=goods.acceptance_id,
        record_line_id=goods.record_line_id,
        delivery_date=goods.delivery_date,
        name=goods.name,
        unit=goods.unit,
        quantity=line.quantity,
        price_micros=line.price_cents * MICROS,
        net_cents=line.net,
        vat_treatment=line.treatment.code.value,
        vat_bp=line.treatment.bp,
        order_number=goods.record_number,
    )


def _due_date(producer_id: int, institution_id: int, received_on: date, delivered_to: date) -> date:
    """The agreed day, at most the law's: for budget users, and for perishables."""
    agreed = terms_of(producer_id).payment_days(producer_id, institution_id)
    latest = due_date_of_perishables(
        delivered_to, received_on, value_on("utp.payment_perishable", received_on)
    )
    return min(due_date(received_on, agreed, value_on("payment.days_max", received_on)), latest)


def _tell(invoice: Invoice, institution: Institution, actor: Actor, now: datetime) -> None:
    trail.record(
        actor,
        "invoice.issued",
        "invoice",
        invoice.id,
        now=now,
        municipality_id=institution.municipality_id,
        after={"number": invoice.number, "gross_cents": invoice.gross_cents, "origin": invoice.origin},
    )
    outbox.queue(
        "invoice_issued",
        recipients_of_institution(institution.id, (Role.ACCOUNTANT,)),
        key=f"invoice {invoice.id} issued",
        data={
            "invoice": invoice.id,
            "number": invoice.number,
            "producer": invoice.parties["seller"]["name"],
            "gross_cents": invoice.gross_cents,
            "due_date": invoice.due_date.isoformat(),
        },
        municipality_id=institution.municipality_id,
        object_type="invoice",
        object_id=invoice.id,
    )
