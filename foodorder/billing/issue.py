"""Issue an invoice: number, lines, VAT and term in one transaction, so that nothing is invoiced twice.

The producer issues with one click, or the platform on the producer's behalf by their written consent.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from foodorder.accounts.models import Institution, Producer
from foodorder.accounts.recipients import Recipients, recipients_of_institutions
from foodorder.billing import parties
from foodorder.billing.consents import consent_of
from foodorder.billing.due import Due, due
from foodorder.billing.held import count, hold, hold_issuer, take_number
from foodorder.billing.models import Invoice, InvoiceLine, InvoiceVat, IssuingConsent
from foodorder.catalogue.law import value_on
from foodorder.db import db
from foodorder.outbox import service as outbox
from foodorder.outbox.service import Recipient
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
    InvoiceTotals,
    NothingToInvoice,
    totals,
)
from foodorder.rules.vat import TreatmentCode
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


def issue_invoice(
    group: Group,
    *,
    lines: Collection[int] | None = None,
    origin: InvoiceOrigin = InvoiceOrigin.ISSUED,
    actor: Actor,
    now: datetime,
) -> Invoice:
    """Issue the invoice of a group of delivered lines (see `due`), or of some of them by their keys: all that
    may be invoiced of them now.

    Raises NothingToInvoice when it is invoiced already, ConsentMissing, TermTooLong.
    """
    hold_issuer(group.seller_id)
    held = _held(group, lines)
    return _desk([group], origin, actor, now).issue(group, held)


def issue_all(
    producer_id: int, *, origin: InvoiceOrigin = InvoiceOrigin.ISSUED, actor: Actor, now: datetime
) -> list[Invoice]:
    """Issue whatever of a producer lacks nothing: what was received, and months that are over.

    Raises NothingToInvoice, ConsentMissing, TermTooLong.
    """
    hold_issuer(producer_id)
    seen = due(producer_id).whole(now)
    if not seen:
        raise NothingToInvoice
    keys = [line.key for lines in seen.values() for line in lines]
    hold(keys)
    held = due(producer_id, lines=keys)
    groups = [group for group in held.groups if group in seen]
    desk = _desk(groups, origin, actor, now)
    return [desk.issue(group, held) for group in groups]


@dataclass(frozen=True, slots=True)
class _Desk:
    """What invoices have in common that a producer issues at once; `sellers` by whether they charge VAT."""

    producer: Producer
    consent: IssuingConsent | None
    sellers: Mapping[bool, dict[str, Any]]
    institutions: Mapping[int, Institution]
    accountants: Recipients
    origin: InvoiceOrigin
    actor: Actor
    now: datetime

    def issue(self, group: Group, held: Due) -> Invoice:
        """Write the invoice of a group whose lines are held.

        It agrees with order and acceptance, for it is made of them: it need not be compared.
        """
        producer, institution = self.producer, self.institutions[group.buyer_id]
        drafted = held.groups[group]
        today = self.now.astimezone(ZoneInfo(institution.municipality.zone)).date()
        sequence = take_number(producer.id, InvoiceKind.INVOICE, today.year)
        sums = totals((line.treatment, line.net) for line in drafted)
        days = [held.goods[line.key].delivery_date for line in drafted]
        seller = self.sellers[_charges_vat(group)]
        invoice = Invoice(
            kind=InvoiceKind.INVOICE.value,
            origin=self.origin.value,
            state=InvoiceState.MATCHED.value,
            producer_id=producer.id,
            institution_id=institution.id,
            year=today.year,
            sequence=sequence,
            number=str(number_of(InvoiceKind.INVOICE, today.year, sequence)),
            issue_date=today,
            supplied_from=min(days),
            supplied_to=max(days),
            received_on=today,
            due_date=_due_date(held.terms.payment_days(producer.id, institution.id), today, max(days)),
            tax_type=producer.tax_type,
            parties={
                "seller": seller,
                "buyer": parties.buyer(institution, charges_vat=group.code is TreatmentCode.FLAT_RATE),
            },
            iban=seller["iban"],
            reference=payment_reference(today.year, sequence),
            net_cents=sums.total.net,
            vat_cents=sums.total.vat,
            gross_cents=sums.total.gross,
            consent_id=self.consent.id if self.consent else None,
            issued_at=self.now,
            issued_by_id=self.actor.person_id,
            lines=_lines(held, drafted),
            vat_rows=vat_rows(sums),
        )
        db.session.add(invoice)
        db.session.flush()
        count((line.key, line.quantity, line.net) for line in drafted)
        _tell(invoice, institution, self.accountants[institution.id], self.actor, self.now)
        return invoice


def _desk(groups: Sequence[Group], origin: InvoiceOrigin, actor: Actor, now: datetime) -> _Desk:
    """The desk of the one producer of these groups. Raises ConsentMissing."""
    producer = db.session.get_one(Producer, groups[0].seller_id)
    consent = consent_of(producer.id) if origin is InvoiceOrigin.ON_BEHALF else None
    if origin is InvoiceOrigin.ON_BEHALF and consent is None:
        raise ConsentMissing
    buyers = {group.buyer_id for group in groups}
    institutions = db.session.scalars(select(Institution).where(Institution.id.in_(buyers))).all()
    return _Desk(
        producer=producer,
        consent=consent,
        sellers={
            charges: parties.seller(producer, charges_vat=charges)
            for charges in set(map(_charges_vat, groups))
        },
        institutions={institution.id: institution for institution in institutions},
        accountants=recipients_of_institutions(buyers, (Role.ACCOUNTANT,)),
        origin=origin,
        actor=actor,
        now=now,
    )


def _charges_vat(group: Group) -> bool:
    return group.code is TreatmentCode.VAT


def vat_rows(sums: InvoiceTotals) -> list[InvoiceVat]:
    """The recapitulation as rows."""
    return [
        InvoiceVat(
            vat_treatment=row.treatment.code.value,
            vat_bp=row.treatment.bp,
            net_cents=row.sum.net,
            vat_cents=row.sum.vat,
        )
        for row in sums.rows
    ]


def _held(group: Group, lines: Collection[int] | None) -> Due:
    """What may be invoiced of a group, read again with its lines held. Raises NothingToInvoice."""
    seen = due(group.seller_id, group.buyer_id, lines)
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


def _due_date(agreed: int | None, received_on: date, delivered_to: date) -> date:
    """The agreed day, at most the law's: for budget users, and for perishables."""
    latest = due_date_of_perishables(
        delivered_to, received_on, value_on("utp.payment_perishable", received_on)
    )
    return min(due_date(received_on, agreed, value_on("payment.days_max", received_on)), latest)


def _tell(
    invoice: Invoice, institution: Institution, accountants: list[Recipient], actor: Actor, now: datetime
) -> None:
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
        accountants,
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
