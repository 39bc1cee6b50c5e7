"""Writes delivery notes as UBL 2.1, Peppol Despatch Advice (transaction T16)."""

from foodorder.exchange import figures
from foodorder.exchange.model import DespatchAdvice, DespatchLine, Party, Place
from foodorder.exchange.tree import Node
from foodorder.exchange.ubl import (
    address,
    cac,
    cbc,
    contact,
    document,
    endpoint,
    identification,
    item_property,
    legal,
    quantity,
    reference,
    sellers_item,
    trading,
)

CUSTOMIZATION = "urn:fdc:peppol.eu:poacc:trns:despatch_advice:3"
PROFILE = "urn:fdc:peppol.eu:poacc:bis:despatch_advice:3"
#: What stands where a line answers no line of an order (the schema wants something there).
NO_LINE = "NA"


def write(advice: DespatchAdvice) -> bytes:
    """A delivery note. Raises Incomplete when sender or receiver has no electronic address."""
    receiver = advice.receiver
    return document(
        "DespatchAdvice",
        CUSTOMIZATION,
        PROFILE,
        cbc("ID", advice.number),
        cbc("IssueDate", f"{advice.issued:%Y-%m-%d}"),
        cbc("IssueTime", f"{advice.issued:%H:%M:%S}"),
        cbc("Note", advice.note),
        reference("OrderReference", advice.order),
        cac("DespatchSupplierParty", _party(advice.sender, contact(advice.sender.contact))),
        cac("DeliveryCustomerParty", _party(receiver), contact(receiver.contact, "DeliveryContact")),
        _owner("BuyerCustomerParty", advice.receiving_owner),
        _owner("SellerSupplierParty", advice.owner),
        _shipment(advice),
        (_line(line) for line in advice.lines),
    )


def _party(party: Party, *more: Node | None) -> Node | None:
    return cac(
        "Party",
        endpoint(party),
        identification(party),
        address("PostalAddress", party.address),
        legal(party, registered=False),
        *more,
    )


def _owner(name: str, party: Party | None) -> Node | None:
    """Whose the goods are, or will be, where that is not who sends or receives them."""
    if party is None:
        return None
    return cac(
        name,
        cac("Party", identification(party), trading(party.name), address("PostalAddress", party.address)),
    )


def _shipment(advice: DespatchAdvice) -> Node | None:
    arrives = None
    if advice.arrives is not None:
        arrives = cac(
            "EstimatedDeliveryPeriod",
            cbc("StartDate", f"{advice.arrives:%Y-%m-%d}"),
            cbc("StartTime", f"{advice.arrives:%H:%M:%S}"),
        )
    return cac(
        "Shipment",
        cbc("ID", "1"),
        cac(
            "Delivery",
            arrives,
            _place(advice.deliver_to),
            cac("Despatch", cbc("ActualDespatchDate", advice.despatched.isoformat())),
        ),
    )


def _place(where: Place | None) -> Node | None:
    if where is None:
        return None
    return cac("DeliveryParty", trading(where.name), address("PostalAddress", where.address))


def _line(line: DespatchLine) -> Node | None:
    missing = line.outstanding
    return cac(
        "DespatchLine",
        cbc("ID", line.id),
        cbc("Note", line.note),
        quantity("DeliveredQuantity", line.quantity, line.unit),
        quantity("OutstandingQuantity", missing.quantity, line.unit) if missing else None,
        cbc("OutstandingReason", missing.reason) if missing else None,
        cac(
            "OrderLineReference",
            cbc("LineID", line.order_line or NO_LINE),
            reference("OrderReference", line.order),
        ),
        cac(
            "Item",
            cbc("Name", line.name),
            sellers_item(line.code),
            item_property("Origin farm", line.origin_farm),
            item_property("Country of origin", line.origin_country),
            _weight(line),
            _traced(line),
        ),
    )


def _weight(line: DespatchLine) -> Node | None:
    if line.net_weight is None:
        return None
    kilograms = figures.decimal(line.net_weight, 3)
    return item_property("Net weight", f"{kilograms} kg", cbc("ValueQuantity", kilograms, unitCode="KGM"))


def _traced(line: DespatchLine) -> Node | None:
    """Lot and dates; a “use by” is the lot's end, a “best before” is not (Regulation 1169/2011, art. 24)."""
    return cac(
        "ItemInstance",
        cbc("BestBeforeDate", line.best_before.isoformat()) if line.best_before else None,
        cac(
            "LotIdentification",
            cbc("LotNumberID", line.lot),
            cbc("ExpiryDate", line.use_by.isoformat()) if line.use_by else None,
        ),
    )
