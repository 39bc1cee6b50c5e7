"""Invoices and credit notes by standard, from the rows: parties as they were when it was issued."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from foodorder.billing.models import Invoice, InvoiceLine
from foodorder.billing.papers.goods import code, contract, cpv, line_name
from foodorder.billing.parties import party
from foodorder.catalogue.models import Product
from foodorder.db import db
from foodorder.exchange import model
from foodorder.exchange.model import Corrected, Kind, Line, Period, vat_of_treatment
from foodorder.rules.settlement import InvoiceKind
from foodorder.rules.vat import Treatment, TreatmentCode

KINDS = {InvoiceKind.INVOICE: Kind.INVOICE, InvoiceKind.CREDIT_NOTE: Kind.CREDIT_NOTE}


@dataclass(frozen=True, slots=True)
class About:
    """What stands behind an invoice: numbers of its delivery notes, facts of its records' lawful basis."""

    notes: tuple[str, ...] = ()
    facts: tuple[Mapping[str, Any], ...] = ()


_ABOUT = text("""
SELECT x.invoice_id AS id, array_agg(DISTINCT n.number) FILTER (WHERE n.number IS NOT NULL) AS notes,
       json_agg(r.basis_facts ORDER BY r.id) FILTER (WHERE r.id IS NOT NULL) AS facts
  FROM invoice_line x
  LEFT JOIN delivery_line l ON l.id = x.delivery_line_id
  LEFT JOIN delivery_note n ON n.id = l.note_id
  LEFT JOIN record_line y ON y.id = x.record_line_id
  LEFT JOIN procurement_record r ON r.id = y.record_id
 WHERE x.invoice_id = ANY(CAST(:invoices AS bigint[]))
 GROUP BY x.invoice_id
""")


def document(invoice: Invoice, behind: About | None = None) -> model.Invoice:
    """An invoice or credit note that was issued here. Its sums are computed anew and are those of the row.

    `behind`: what `about` gives of it. Raises what the model raises (exchange/model/faults.py): none of it
    for what was issued here.
    """
    treatments = [Treatment(TreatmentCode(row.vat_treatment), row.vat_bp) for row in invoice.vat_rows]
    taxes = [vat_of_treatment(treatment) for treatment in treatments]
    behind = behind or about([invoice])[invoice.id]
    orders = sorted({line.order_number for line in invoice.lines if line.order_number})
    single = len(orders) == 1
    days = {line.delivery_date for line in invoice.lines}
    one_day = invoice.supplied_from if len(days) == 1 else None
    corrected = invoice.corrects
    return model.Invoice(
        kind=KINDS[InvoiceKind(invoice.kind)],
        number=invoice.number,
        issued=invoice.issue_date,
        seller=party(invoice.parties["seller"]),
        buyer=party(invoice.parties["buyer"]),
        lines=tuple(_line(line, is_single=single) for line in invoice.lines),
        corrects=Corrected(corrected.number, corrected.issue_date) if corrected else None,
        due=invoice.due_date,
        delivered=one_day,
        period=None if one_day else Period(invoice.supplied_from, invoice.supplied_to),
        order=orders[0] if single else None,
        despatch=behind.notes[0] if len(behind.notes) == 1 else None,
        contract=contract(behind.facts[0]) if single and behind.facts else None,
        buyer_reference=invoice.parties["buyer"].get("reference"),
        payment_reference=invoice.reference,
        note=invoice.reason or invoice.note,
        exemption=next((words for _, _, words in taxes if words), None),
        compensation_bp=max((bp for _, bp, _ in taxes), default=0),
    )


def _line(line: InvoiceLine, *, is_single: bool) -> Line:
    vat, _bp, _words = vat_of_treatment(Treatment(TreatmentCode(line.vat_treatment), line.vat_bp))
    record_line = line.record_line
    product = db.session.get(Product, record_line.product_id) if record_line else None
    when = f"{line.delivery_date:%d. %m. %Y}" if line.delivery_date else None
    return Line(
        id=str(line.position),
        name=line.name,
        quantity=line.quantity,
        unit=line.unit,
        price=line.price_micros,
        net=line.net_cents,
        vat=vat,
        code=code(product.id) if product else None,
        gtin=product.gtin if product else None,
        cpv=cpv(product),
        order_line=line_name(record_line) if record_line and is_single else None,
        # One document names one order; of several each line says its own, in words.
        note=None if is_single else ", ".join(word for word in (line.order_number, when) if word),
    )


def about(invoices: Iterable[Invoice]) -> dict[int, About]:
    """What stands behind invoices, of many at once."""
    rows = db.session.execute(_ABOUT, {"invoices": [invoice.id for invoice in invoices]})
    return {row.id: About(tuple(row.notes or ()), tuple(row.facts or ())) for row in rows}
