"""Writes orders as UBL 2.1, Peppol Order (transaction T01)."""

from foodorder.exchange.model import Line, Order, Party
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
    item_property,
    legal,
    monetary_total,
    period,
    place,
    quantity,
    reference,
    sellers_item,
    standard_item,
    tax_category,
    trading,
    unit_price,
)

CUSTOMIZATION = "urn:fdc:peppol.eu:poacc:trns:order:3"
#: The process in which an order is answered.
PROFILE = "urn:fdc:peppol.eu:poacc:bis:ordering:3"
#: An order among document types (UN/CEFACT 1001).
ORDER = "220"


def write(order: Order) -> bytes:
    """An order. Raises Incomplete when a party has no electronic address."""
    where, who = place(order.deliver_to)
    valid = cbc("EndDate", order.valid_until.isoformat()) if order.valid_until else None
    return document(
        "Order",
        CUSTOMIZATION,
        PROFILE,
        cbc("ID", order.number),
        cbc("IssueDate", f"{order.issued:%Y-%m-%d}"),
        cbc("IssueTime", f"{order.issued:%H:%M:%S}"),
        cbc("OrderTypeCode", ORDER),
        cbc("Note", order.note),
        cbc("DocumentCurrencyCode", "EUR"),
        cbc("CustomerReference", order.buyer_reference),
        cac("ValidityPeriod", valid),
        reference("OrderDocumentReference", order.version_of),
        reference("OriginatorDocumentReference", order.cycle),
        reference("Contract", order.contract),
        cac("BuyerCustomerParty", _party(order.buyer)),
        cac("SellerSupplierParty", _party(order.seller)),
        cac("Delivery", where, period("RequestedDeliveryPeriod", order.delivery), who),
        cac("TaxTotal", amount("TaxAmount", order.totals.vat)),
        monetary_total("AnticipatedMonetaryTotal", order.totals),
        (_line(line) for line in order.lines),
    )


def _party(party: Party) -> Node | None:
    return cac(
        "Party",
        endpoint(party),
        identification(party),
        trading(party.trading_name),
        address("PostalAddress", party.address),
        legal(party),
        contact(party.contact),
    )


def _line(line: Line) -> Node | None:
    return cac(
        "OrderLine",
        cbc("Note", line.note),
        cac(
            "LineItem",
            cbc("ID", line.id),
            quantity("Quantity", line.quantity, line.unit),
            amount("LineExtensionAmount", line.net),
            unit_price(line),
            cac(
                "Item",
                cbc("Name", line.name),
                sellers_item(line.code),
                standard_item(line.gtin),
                classification(line.cpv),
                tax_category("ClassifiedTaxCategory", line.vat),
                item_property("Country of origin", line.origin),
            ),
        ),
    )
