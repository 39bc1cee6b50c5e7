"""Writes invoices and credit notes as UBL 2.1 in the Peppol BIS Billing 3.0."""

from dataclasses import replace

from foodorder.exchange.model import Incomplete, Invoice, Kind, Line, Party, VatCategory
from foodorder.exchange.tree import Node
from foodorder.exchange.ubl import (
    address,
    amount,
    cac,
    cbc,
    classification,
    contact,
    document,
    endpoint,
    identification,
    legal,
    monetary_total,
    period,
    place,
    quantity,
    reference,
    sellers_item,
    standard_item,
    tax_category,
    tax_scheme,
    trading,
    unit_price,
)

CUSTOMIZATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
#: Means of payment (UN/CEFACT 4461): by credit transfer, or, without an account to pay to, set off.
TRANSFER, SET_OFF = "30", "97"


def carried(invoice: Invoice) -> Invoice:
    """The invoice as this syntax carries it: it has no place for the buyer's account."""
    return replace(invoice, buyer=replace(invoice.buyer, iban=None))


def write(invoice: Invoice) -> bytes:
    """An invoice or a credit note. Raises Incomplete: Peppol wants electronic addresses, and something by
    which the buyer knows what it is for (PEPPOL-EN16931-R003, R010, R020).
    """
    if invoice.buyer_reference is None and invoice.order is None:
        raise Incomplete(what="order or reference of the buyer")
    credit = invoice.kind is Kind.CREDIT_NOTE
    name = "CreditNote" if credit else "Invoice"
    where, who = place(invoice.deliver_to)
    delivered = invoice.delivered.isoformat() if invoice.delivered else None
    return document(
        name,
        CUSTOMIZATION,
        PROFILE,
        cbc("ID", invoice.number),
        cbc("IssueDate", invoice.issued.isoformat()),
        cbc("DueDate", invoice.due.isoformat()) if invoice.due and not credit else None,
        cbc(f"{name}TypeCode", invoice.kind.value),
        cbc("Note", invoice.note),
        cbc("DocumentCurrencyCode", "EUR"),
        cbc("BuyerReference", invoice.buyer_reference),
        period("InvoicePeriod", invoice.period),
        reference("OrderReference", invoice.order),
        _corrected(invoice),
        reference("DespatchDocumentReference", invoice.despatch),
        reference("ContractDocumentReference", invoice.contract),
        cac("AccountingSupplierParty", _party(invoice.seller, seller=True)),
        cac("AccountingCustomerParty", _party(invoice.buyer, seller=False)),
        cac("Delivery", cbc("ActualDeliveryDate", delivered), where, who),
        _means(invoice),
        cac("PaymentTerms", cbc("Note", invoice.terms)),
        _tax(invoice),
        monetary_total("LegalMonetaryTotal", invoice.totals),
        (_line(line, credit=credit) for line in invoice.all_lines),
    )


def _corrected(invoice: Invoice) -> Node | None:
    if invoice.corrects is None:
        return None
    issued = invoice.corrects.issued
    day = cbc("IssueDate", issued.isoformat()) if issued else None
    return cac("BillingReference", reference("InvoiceDocumentReference", invoice.corrects.number, day))


def _party(party: Party, *, seller: bool) -> Node | None:
    """A seller without VAT states its tax number (BT-32), for which a buyer has no other place than BT-46."""
    scheme = None
    if party.vat_id:
        scheme = cac("PartyTaxScheme", cbc("CompanyID", party.vat_id), tax_scheme())
    elif seller and party.tax_number:
        scheme = cac("PartyTaxScheme", cbc("CompanyID", party.tax_number), tax_scheme("TAX"))
    return cac(
        "Party",
        endpoint(party),
        identification(party) if party.vat_id is None else None,
        trading(party.trading_name),
        address("PostalAddress", party.address),
        scheme,
        legal(party),
        contact(party.contact),
    )


def _means(invoice: Invoice) -> Node | None:
    credit_due = invoice.due.isoformat() if invoice.due and invoice.kind is Kind.CREDIT_NOTE else None
    return cac(
        "PaymentMeans",
        cbc("PaymentMeansCode", TRANSFER if invoice.seller.iban else SET_OFF),
        cbc("PaymentDueDate", credit_due),
        cbc("PaymentID", invoice.payment_reference),
        cac("PayeeFinancialAccount", cbc("ID", invoice.seller.iban)),
    )


def _tax(invoice: Invoice) -> Node | None:
    return cac(
        "TaxTotal",
        amount("TaxAmount", invoice.totals.vat),
        (
            cac(
                "TaxSubtotal",
                amount("TaxableAmount", row.base),
                amount("TaxAmount", row.amount),
                tax_category(
                    "TaxCategory",
                    row.vat,
                    invoice.exemption if row.vat.category is VatCategory.EXEMPT else None,
                ),
            )
            for row in invoice.totals.rows
        ),
    )


def _line(line: Line, *, credit: bool) -> Node | None:
    return cac(
        "CreditNoteLine" if credit else "InvoiceLine",
        cbc("ID", line.id),
        cbc("Note", line.note),
        quantity("CreditedQuantity" if credit else "InvoicedQuantity", line.quantity, line.unit),
        amount("LineExtensionAmount", line.net),
        cac("OrderLineReference", cbc("LineID", line.order_line)),
        cac(
            "Item",
            cbc("Name", line.name),
            sellers_item(line.code),
            standard_item(line.gtin),
            cac("OriginCountry", cbc("IdentificationCode", line.origin)),
            classification(line.cpv),
            tax_category("ClassifiedTaxCategory", line.vat),
        ),
        unit_price(line),
    )
