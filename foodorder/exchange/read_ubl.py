"""Reads an invoice or a credit note in UBL 2.1 (EN 16931)."""

import re

from foodorder.exchange import figures, stated
from foodorder.exchange.model import (
    Address,
    Contact,
    Corrected,
    Endpoint,
    Incomplete,
    Invoice,
    Kind,
    Line,
    Party,
    Period,
    Place,
    Vat,
)
from foodorder.exchange.model.lines import without_compensation
from foodorder.exchange.tree import Node
from foodorder.exchange.ubl import CPV_LIST, GTIN, PREFIXES, UBL
from foodorder.exchange.walk import NotTakenOver, Unread, Walk

_TAX_NUMBER = re.compile("[0-9]{8}")
#: Values that say nothing about the invoice itself.
_FRAME = ("UBLVersionID", "CustomizationID", "ProfileID", "IssueTime", "LineCountNumeric")


def read(root: Node) -> tuple[Invoice, tuple[Unread, ...]]:
    """The invoice, and what was not understood. Raises as `read_invoice.read` says."""
    name = "CreditNote" if root.tag.endswith("}CreditNote") else "Invoice"
    walk = Walk(root, {**PREFIXES, "": f"{UBL}{name}-2"})
    for value in _FRAME:
        walk.take(root, f"cbc:{value}")
    currency = walk.need(root, "cbc:DocumentCurrencyCode", "BT-5")
    if currency != "EUR" or walk.first(root, "cbc:TaxCurrencyCode") is not None:
        raise NotTakenOver(what="another currency than the euro")
    if walk.first(root, "cac:AllowanceCharge") is not None:
        raise NotTakenOver(what="an allowance or a charge")
    lines, compensation_bp = without_compensation(
        tuple(_line(walk, node) for node in walk.each(root, f"cac:{name}Line"))
    )
    due = walk.take(root, "cbc:DueDate") or walk.take(root, "cac:PaymentMeans/cbc:PaymentDueDate")
    kind = Kind(stated.kind_of(walk.need(root, f"cbc:{name}TypeCode", "BT-3")))
    means = "cac:PaymentMeans"
    walk.take(root, f"{means}/cbc:PaymentMeansCode")
    subtotals = _subtotals(walk)
    delivered = walk.take(root, "cac:Delivery/cbc:ActualDeliveryDate")
    invoice = Invoice(
        kind=kind,
        number=walk.need(root, "cbc:ID", "BT-1"),
        issued=figures.day(walk.need(root, "cbc:IssueDate", "BT-2"), what="BT-2"),
        seller=_party(walk, "cac:AccountingSupplierParty/cac:Party", iban=True),
        buyer=_party(walk, "cac:AccountingCustomerParty/cac:Party", iban=False),
        lines=lines,
        corrects=_corrected(walk),
        due=figures.day(due, what="BT-9") if due else None,
        terms=walk.take(root, "cac:PaymentTerms/cbc:Note"),
        period=_period(walk),
        delivered=figures.day(delivered, what="BT-72") if delivered else None,
        deliver_to=_place(walk),
        order=walk.take(root, "cac:OrderReference/cbc:ID"),
        despatch=walk.take(root, "cac:DespatchDocumentReference/cbc:ID"),
        contract=walk.take(root, "cac:ContractDocumentReference/cbc:ID"),
        buyer_reference=walk.take(root, "cbc:BuyerReference"),
        payment_reference=walk.take(root, f"{means}/cbc:PaymentID"),
        note=walk.take(root, "cbc:Note"),
        exemption=next((reason for _vat, _base, _amount, reason in subtotals if reason), None),
        compensation_bp=compensation_bp,
    )
    stated.check(
        invoice,
        sums=_sums(walk),
        rows={vat: (base, amount) for vat, base, amount, _reason in subtotals},
    )
    return invoice, walk.unread()


def _party(walk: Walk, path: str, *, iban: bool) -> Party:
    root = walk.root
    node = walk.first(root, path)
    if node is None:
        raise Incomplete(what=path)
    vat_id = tax_number = None
    for scheme in walk.each(node, "cac:PartyTaxScheme"):
        number = walk.take(scheme, "cbc:CompanyID")
        if walk.take(scheme, "cac:TaxScheme/cbc:ID") == "VAT":
            vat_id = number
        else:
            tax_number = number
    known_by = walk.peek(node, "cac:PartyIdentification/cbc:ID")
    if known_by and (known_by == tax_number or (vat_id is None and _TAX_NUMBER.fullmatch(known_by))):
        tax_number = walk.take(node, "cac:PartyIdentification/cbc:ID")
    endpoint = walk.first(node, "cbc:EndpointID")
    scheme_id = endpoint.get("schemeID") if endpoint is not None else None
    address = walk.first(node, "cac:PostalAddress")
    if address is None:
        raise Incomplete(what="BG-5")
    return Party(
        name=walk.need(node, "cac:PartyLegalEntity/cbc:RegistrationName", "BT-27"),
        address=_address(walk, address),
        tax_number=tax_number,
        vat_id=vat_id,
        registration=walk.take(node, "cac:PartyLegalEntity/cbc:CompanyID"),
        trading_name=walk.take(node, "cac:PartyName/cbc:Name"),
        endpoint=Endpoint(scheme_id, walk.need(node, "cbc:EndpointID", "BT-34")) if scheme_id else None,
        contact=Contact(
            name=walk.take(node, "cac:Contact/cbc:Name"),
            phone=walk.take(node, "cac:Contact/cbc:Telephone"),
            email=walk.take(node, "cac:Contact/cbc:ElectronicMail"),
        ),
        iban=walk.take(root, "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID") if iban else None,
    )


def _address(walk: Walk, node: Node) -> Address:
    streets = ("cbc:StreetName", "cbc:AdditionalStreetName", "cac:AddressLine/cbc:Line")
    return Address(
        street=", ".join(text for path in streets if (text := walk.take(node, path))) or None,
        city=walk.take(node, "cbc:CityName"),
        post_code=walk.take(node, "cbc:PostalZone"),
        country=walk.need(node, "cac:Country/cbc:IdentificationCode", "BT-40"),
    )


def _place(walk: Walk) -> Place | None:
    """Where to; a place without a name or without an address stays unread."""
    node = walk.first(walk.root, "cac:Delivery/cac:DeliveryLocation/cac:Address")
    if node is None or walk.peek(walk.root, "cac:Delivery/cac:DeliveryParty/cac:PartyName/cbc:Name") is None:
        return None
    name = walk.need(walk.root, "cac:Delivery/cac:DeliveryParty/cac:PartyName/cbc:Name", "BT-70")
    return Place(name=name, address=_address(walk, node))


def _period(walk: Walk) -> Period | None:
    """The period; one without beginning or without end stays unread."""
    start, end = ("cac:InvoicePeriod/cbc:StartDate", "cac:InvoicePeriod/cbc:EndDate")
    if walk.peek(walk.root, start) is None or walk.peek(walk.root, end) is None:
        return None
    return Period(
        figures.day(walk.need(walk.root, start, "BT-73"), what="BT-73"),
        figures.day(walk.need(walk.root, end, "BT-74"), what="BT-74"),
    )


def _corrected(walk: Walk) -> Corrected | None:
    path = "cac:BillingReference/cac:InvoiceDocumentReference"
    number = walk.take(walk.root, f"{path}/cbc:ID")
    issued = walk.take(walk.root, f"{path}/cbc:IssueDate")
    return Corrected(number, figures.day(issued, what="BT-26") if issued else None) if number else None


def _line(walk: Walk, node: Node) -> Line:
    """A line; where it has discounts or surcharges of its own, they stay unread and the price is what is
    left.
    """
    name = "CreditedQuantity" if node.tag.endswith("}CreditNoteLine") else "InvoicedQuantity"
    quantity = figures.scaled(walk.need(node, f"cbc:{name}", "BT-129"), figures.QUANTITY, what="BT-129")
    counted = walk.first(node, f"cbc:{name}")
    cpv = walk.first(
        node, f"cac:Item/cac:CommodityClassification/cbc:ItemClassificationCode[@listID='{CPV_LIST}']"
    )
    tax = "cac:Item/cac:ClassifiedTaxCategory"
    walk.take(node, f"{tax}/cac:TaxScheme/cbc:ID")
    net = figures.scaled(walk.need(node, "cbc:LineExtensionAmount", "BT-131"), figures.MONEY, what="BT-131")
    price = figures.unit_price(
        walk.need(node, "cac:Price/cbc:PriceAmount", "BT-146"),
        walk.take(node, "cac:Price/cbc:BaseQuantity"),
        what="BT-146",
    )
    if walk.first(node, "cac:AllowanceCharge") is not None:
        price = stated.price_after(net, quantity)
    return Line(
        id=walk.need(node, "cbc:ID", "BT-126"),
        name=walk.need(node, "cac:Item/cbc:Name", "BT-153"),
        quantity=quantity,
        unit=(counted.get("unitCode") if counted is not None else None) or "",
        price=price,
        net=net,
        vat=stated.vat(walk.need(node, f"{tax}/cbc:ID", "BT-151"), walk.take(node, f"{tax}/cbc:Percent")),
        code=walk.take(node, "cac:Item/cac:SellersItemIdentification/cbc:ID"),
        gtin=walk.take(node, f"cac:Item/cac:StandardItemIdentification/cbc:ID[@schemeID='{GTIN}']"),
        cpv=walk.take_this(cpv),
        origin=walk.take(node, "cac:Item/cac:OriginCountry/cbc:IdentificationCode"),
        order_line=walk.take(node, "cac:OrderLineReference/cbc:LineID"),
        note=walk.take(node, "cbc:Note"),
    )


def _subtotals(walk: Walk) -> list[tuple[Vat, int, int, str | None]]:
    """Rows of the VAT breakdown: rate, base, VAT, and why there is none."""
    rows = []
    for node in walk.each(walk.root, "cac:TaxTotal/cac:TaxSubtotal"):
        tax = walk.first(node, "cac:TaxCategory")
        if tax is None:
            raise Incomplete(what="BT-118")
        walk.take(tax, "cac:TaxScheme/cbc:ID")
        code = walk.take(tax, "cbc:TaxExemptionReasonCode")
        rows.append(
            (
                stated.vat(walk.need(tax, "cbc:ID", "BT-118"), walk.take(tax, "cbc:Percent")),
                figures.scaled(walk.need(node, "cbc:TaxableAmount", "BT-116"), figures.MONEY, what="BT-116"),
                figures.scaled(walk.need(node, "cbc:TaxAmount", "BT-117"), figures.MONEY, what="BT-117"),
                walk.take(tax, "cbc:TaxExemptionReason") or code,
            )
        )
    return rows


def _sums(walk: Walk) -> dict[str, int | None]:
    total = "cac:LegalMonetaryTotal"
    for value, what in (("PrepaidAmount", "BT-113"), ("PayableRoundingAmount", "BT-114")):
        if stated.cents(walk.take(walk.root, f"{total}/cbc:{value}"), what):
            raise NotTakenOver(what="a prepaid or rounded amount")
    walk.take(walk.root, f"{total}/cbc:ChargeTotalAmount")
    walk.take(walk.root, f"{total}/cbc:AllowanceTotalAmount")
    paths = {
        "BT-106": f"{total}/cbc:LineExtensionAmount",
        "BT-109": f"{total}/cbc:TaxExclusiveAmount",
        "BT-110": "cac:TaxTotal/cbc:TaxAmount",
        "BT-112": f"{total}/cbc:TaxInclusiveAmount",
        "BT-115": f"{total}/cbc:PayableAmount",
    }
    return {what: stated.cents(walk.take(walk.root, path), what) for what, path in paths.items()}
