"""The pieces that documents in UBL 2.1 share. An element without content is left out, and its parent with
it.
"""

from lxml import etree

from foodorder.exchange import figures
from foodorder.exchange.model import Address, Contact, Incomplete, Line, Party, Period, Place, Totals, Vat
from foodorder.exchange.tree import Node, Nodes, as_bytes, filled

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
CBC = f"{UBL}CommonBasicComponents-2"
CAC = f"{UBL}CommonAggregateComponents-2"
PREFIXES = {"cac": CAC, "cbc": CBC}
#: The list “CPV” among item classifications (UN/CEFACT 7143).
CPV_LIST = "STI"
#: The scheme “GTIN” (ISO 6523).
GTIN = "0160"


def cbc(name: str, text: str | None, **attributes: str) -> Node | None:
    """A value; None when there is none."""
    if text is None:
        return None
    node = etree.Element(f"{{{CBC}}}{name}", attrib=attributes, nsmap=PREFIXES)
    node.text = text
    return node


def amount(name: str, cents: int) -> Node | None:
    """Money in euros."""
    return cbc(name, figures.money(cents), currencyID="EUR")


def cac(name: str, *content: Nodes) -> Node | None:
    """A group of values; None when all of them are."""
    return filled(etree.Element(f"{{{CAC}}}{name}", nsmap=PREFIXES), content)


def document(name: str, customization: str, profile: str, *content: Nodes) -> bytes:
    """The whole document as bytes: the same for the same content."""
    space = f"{UBL}{name}-2"
    node = etree.Element(f"{{{space}}}{name}", nsmap={None: space, **PREFIXES})  # type: ignore[dict-item]
    filled(node, (cbc("CustomizationID", customization), cbc("ProfileID", profile), *content))
    return as_bytes(node, PREFIXES)


def reference(name: str, id: str | None, *more: Nodes) -> Node | None:
    """The number of another document, with more about it."""
    return cac(name, cbc("ID", id), *more) if id is not None else None


def period(name: str, days: Period | None) -> Node | None:
    """From a day to a day."""
    if days is None:
        return None
    return cac(name, cbc("StartDate", days.start.isoformat()), cbc("EndDate", days.end.isoformat()))


def endpoint(party: Party) -> Node | None:
    """The electronic address, without which Peppol delivers nothing. Raises Incomplete."""
    if party.endpoint is None:
        raise Incomplete(what=f"electronic address of {party.name}")
    return cbc("EndpointID", party.endpoint.id, schemeID=party.endpoint.scheme)


def identification(party: Party) -> Node | None:
    """The tax number as what the party is known by."""
    return cac("PartyIdentification", cbc("ID", party.tax_number))


def address(name: str, place: Address) -> Node | None:
    """A postal address."""
    return cac(
        name,
        cbc("StreetName", place.street),
        cbc("CityName", place.city),
        cbc("PostalZone", place.post_code),
        cac("Country", cbc("IdentificationCode", place.country)),
    )


def trading(name: str | None) -> Node | None:
    """What people call somebody."""
    return cac("PartyName", cbc("Name", name))


def legal(party: Party, *, registered: bool = True) -> Node | None:
    """The legal name, and the number in the register where the document has a place for it."""
    return cac(
        "PartyLegalEntity",
        cbc("RegistrationName", party.name),
        cbc("CompanyID", party.registration) if registered else None,
    )


def contact(who: Contact | None, name: str = "Contact") -> Node | None:
    """Whom to ask."""
    if who is None:
        return None
    return cac(name, cbc("Name", who.name), cbc("Telephone", who.phone), cbc("ElectronicMail", who.email))


def place(where: Place | None) -> tuple[Node | None, Node | None]:
    """Where to bring goods, and to whom."""
    if where is None:
        return None, None
    location = cac("DeliveryLocation", address("Address", where.address))
    return location, cac("DeliveryParty", trading(where.name))


def tax_scheme(id: str = "VAT") -> Node | None:
    """The tax that is spoken of."""
    return cac("TaxScheme", cbc("ID", id))


def tax_category(name: str, vat: Vat, exemption: str | None = None) -> Node | None:
    """Category and rate, and why there is none."""
    return cac(
        name,
        cbc("ID", vat.category.value),
        cbc("Percent", figures.percent(vat.bp)),
        cbc("TaxExemptionReason", exemption),
        tax_scheme(),
    )


def classification(cpv: str | None) -> Node | None:
    """The CPV code of goods."""
    return cac("CommodityClassification", cbc("ItemClassificationCode", cpv, listID=CPV_LIST))


def sellers_item(code: str | None) -> Node | None:
    """The seller's own code of goods."""
    return cac("SellersItemIdentification", cbc("ID", code))


def standard_item(gtin: str | None) -> Node | None:
    """The code of goods in trade."""
    return cac("StandardItemIdentification", cbc("ID", gtin, schemeID=GTIN))


def unit_price(line: Line) -> Node | None:
    """The price of one unit."""
    return cac("Price", cbc("PriceAmount", figures.price(line.price), currencyID="EUR"))


def quantity(name: str, thousandths: int, unit: str) -> Node | None:
    """A quantity with its unit."""
    return cbc(name, figures.quantity(thousandths), unitCode=unit)


def item_property(name: str, value: str | None, *more: Nodes) -> Node | None:
    """Something else that is known of goods."""
    if value is None:
        return None
    return cac("AdditionalItemProperty", cbc("Name", name), cbc("Value", value), *more)


def monetary_total(name: str, totals: Totals) -> Node | None:
    """All sums of a document."""
    return cac(
        name,
        amount("LineExtensionAmount", totals.net),
        amount("TaxExclusiveAmount", totals.net),
        amount("TaxInclusiveAmount", totals.gross),
        amount("PayableAmount", totals.gross),
    )
