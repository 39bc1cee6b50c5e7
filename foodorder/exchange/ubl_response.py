"""Writes answers to orders as UBL 2.1, Peppol Order Response (transaction T76)."""

from foodorder.exchange.model import Answer, AnswerLine, OrderResponse, Party, Substitute
from foodorder.exchange.tree import Node
from foodorder.exchange.ubl import (
    cac,
    cbc,
    document,
    endpoint,
    identification,
    legal,
    period,
    quantity,
    reference,
    sellers_item,
    tax_category,
)

CUSTOMIZATION = "urn:fdc:peppol.eu:poacc:trns:order_response:3"
PROFILE = "urn:fdc:peppol.eu:poacc:bis:ordering:3"
#: Answers to a whole order (UN/CEFACT 4343): accepted, accepted with changes, refused.
CODES = {Answer.ACCEPTED: "AP", Answer.CHANGED: "CA", Answer.REFUSED: "RE"}


def write(response: OrderResponse) -> bytes:
    """An answer. Lines stand in it only when they differ from the order (PEPPOL-T76-R007 to R009): why a
    whole order is refused stands in the note. Raises Incomplete when a party has no electronic address.
    """
    changed = response.answer is Answer.CHANGED
    return document(
        "OrderResponse",
        CUSTOMIZATION,
        PROFILE,
        cbc("ID", response.number),
        cbc("IssueDate", f"{response.issued:%Y-%m-%d}"),
        cbc("IssueTime", f"{response.issued:%H:%M:%S}"),
        cbc("OrderResponseCode", CODES[response.answer]),
        cbc("Note", _note(response)),
        cbc("DocumentCurrencyCode", "EUR"),
        cbc("CustomerReference", response.buyer_reference),
        reference("OrderReference", response.order),
        cac("SellerSupplierParty", _party(response.seller)),
        cac("BuyerCustomerParty", _party(response.buyer)),
        cac("Delivery", period("PromisedDeliveryPeriod", response.promised)),
        (_line(line) for line in response.lines if changed),
    )


def _note(response: OrderResponse) -> str | None:
    if response.answer is not Answer.REFUSED:
        return response.note
    reasons = dict.fromkeys(line.reason for line in response.lines if line.reason)
    return "; ".join([*([response.note] if response.note else []), *reasons])


def _party(party: Party) -> Node | None:
    return cac("Party", endpoint(party), identification(party), legal(party, registered=False))


def _line(line: AnswerLine) -> Node | None:
    refused = line.answer is Answer.REFUSED
    return cac(
        "OrderLine",
        cac(
            "LineItem",
            cbc("ID", line.order_line),
            cbc("Note", line.reason),
            cbc("LineStatusCode", line.answer.value),
            None if refused else quantity("Quantity", line.quantity, line.unit),
            cac("Item", cbc("Name", line.name), sellers_item(line.code)),
        ),
        _substitute(line.substitute, line.order_line),
        cac("OrderLineReference", cbc("LineID", line.order_line)),
    )


def _substitute(offered: Substitute | None, line: str) -> Node | None:
    if offered is None:
        return None
    return cac(
        "SellerSubstitutedLineItem",
        cbc("ID", line),
        cac(
            "Item",
            cbc("Name", offered.name),
            sellers_item(offered.code),
            tax_category("ClassifiedTaxCategory", offered.vat),
        ),
    )
