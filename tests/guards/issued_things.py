"""For the town: an invoice that our farm issued to our kitchen, and its consent on paper."""

from datetime import date, datetime
from typing import Any

from foodorder.billing import parties
from foodorder.billing.models import Invoice, InvoiceLine, InvoiceVat, IssuingConsent
from foodorder.db import db

DAY = date(2026, 11, 20)


def issued_things(kitchen: Any, farm: Any, mark: str, now: datetime) -> dict[str, Any]:
    """Parameters of routes: ours, with the mark that strangers must not see."""
    line = InvoiceLine(
        position=1, name=mark, unit="KGM", quantity=1_000, price_micros=1_000_000, net_cents=100,
        vat_treatment="vat", vat_bp=950, delivery_date=DAY,
    )  # fmt: skip
    invoice = Invoice(
        kind="invoice", origin="issued", state="matched", producer_id=farm.id, institution_id=kitchen.id,
        year=2026, sequence=1, number="R-2026-0001", issue_date=DAY, supplied_from=DAY, supplied_to=DAY,
        received_on=DAY, due_date=date(2026, 12, 20), tax_type="vat_payer",
        parties={"seller": parties.seller(farm, charges_vat=True), "buyer": parties.buyer(kitchen)},
        reference="SI002026-1", net_cents=100, vat_cents=10, gross_cents=110, issued_at=now, lines=[line],
        vat_rows=[InvoiceVat(vat_treatment="vat", vat_bp=950, net_cents=100, vat_cents=10)],
    )  # fmt: skip
    consent = IssuingConsent(
        producer_id=farm.id, words=mark, document_name=f"{mark}.pdf", document_type="application/pdf",
        document=b"%PDF-1.7 of ours", given_at=now,
    )  # fmt: skip
    db.session.add_all([invoice, consent])
    db.session.flush()
    return {"invoice_id": invoice.id}
