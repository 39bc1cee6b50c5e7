"""Reads an invoice or a credit note in e-SLOG 2.0."""

from foodorder.exchange import figures, stated
from foodorder.exchange.eslog import GTIN, NAMESPACE
from foodorder.exchange.model import (
    Address,
    Contact,
    Corrected,
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
from foodorder.exchange.walk import NotTakenOver, Unread, Walk

#: Segments that say nothing about the invoice itself.
_FRAME = ("S_UNH", "S_UNS", "S_CNT", "S_UNT")
_TEXTS = ("D_4440", "D_4440_2", "D_4440_3", "D_4440_4", "D_4440_5")
_STREETS = ("D_3042", "D_3042_2", "D_3042_3", "D_3042_4")
_TAX = "S_TAX/C_C243/D_5278"


def read(root: Node) -> tuple[Invoice, tuple[Unread, ...]]:
    """The invoice, and what was not understood. Raises as `read_invoice.read` says."""
    walk = Walk(root, {"": NAMESPACE})
    message = walk.first(root, "M_INVOIC")
    if message is None:
        raise Incomplete(what="M_INVOIC")
    for name in _FRAME:
        for segment in walk.each(message, name):
            for node in segment.iter():
                walk.take_this(node)
    if walk.need(message, "G_SG7/S_CUX/C_C504/D_6345", "BT-5") != "EUR":
        raise NotTakenOver(what="another currency than the euro")
    walk.take(message, "G_SG7/S_CUX/C_C504/D_6347")
    texts = _free_texts(walk, message)
    dates = _qualified(walk, message, "S_DTM/C_C507", "D_2005", "D_2380", {"137", "35", "167", "168"})
    references = _qualified(walk, message, "G_SG1/S_RFF/C_C506", "D_1153", "D_1154", _REFERENCES)
    parties = {walk.take(node, "S_NAD/D_3035"): node for node in walk.each(message, "G_SG2")}
    delivered, start, end = (dates.get(one) for one in ("35", "167", "168"))
    due = _payment(walk, message)
    if walk.first(message, "G_SG16") is not None:
        raise NotTakenOver(what="an allowance or a charge")
    lines, compensation_bp = without_compensation(
        tuple(_line(walk, node) for node in walk.each(message, "G_SG26"))
    )
    invoice = Invoice(
        kind=Kind(stated.kind_of(walk.need(message, "S_BGM/C_C002/D_1001", "BT-3"))),
        number=walk.need(message, "S_BGM/C_C106/D_1004", "BT-1"),
        issued=figures.day(dates.get("137", ""), what="BT-2"),
        seller=_party(walk, parties.get("SE"), "BG-4"),
        buyer=_party(walk, parties.get("BY"), "BG-7"),
        lines=lines,
        corrects=_corrected(walk, message, references.get("OI")),
        due=figures.day(due, what="BT-9") if due else None,
        terms=texts.get("AAB"),
        period=Period(figures.day(start, what="BT-73"), figures.day(end, what="BT-74"))
        if start and end
        else None,
        delivered=figures.day(delivered, what="BT-72") if delivered else None,
        deliver_to=_place(walk, parties.get("DP")),
        order=references.get("ON"),
        despatch=references.get("AAK"),
        contract=references.get("CT"),
        buyer_reference=_buyer_reference(walk, parties.get("BY")),
        payment_reference=references.get("PQ"),
        note=texts.get("AAI"),
        exemption=texts.get("AGM"),
        compensation_bp=compensation_bp,
    )
    stated.check(invoice, sums=_sums(walk, message), rows=_rows(walk, message))
    return invoice, walk.unread()


_REFERENCES = {"PQ", "ON", "AAK", "CT", "OI"}


def _qualified(
    walk: Walk, at: Node, path: str, qualifier: str, value: str, known: set[str]
) -> dict[str, str]:
    """Values by their qualifiers, the known ones alone and the first of each; others stay unread."""
    found: dict[str, str] = {}
    for node in walk.each(at, path):
        key = walk.peek(node, qualifier)
        if key in known and key not in found:
            walk.take(node, qualifier)
            text = walk.take(node, value)
            if text is not None:
                found[key] = text
    return found


def _free_texts(walk: Walk, at: Node) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in walk.each(at, "S_FTX"):
        key = walk.peek(node, "D_4451")
        if key in ("DOC", "AAI", "AAB", "AGM", "ACB") and key not in found:
            walk.take(node, "D_4451")
            parts = [text for name in _TEXTS if (text := walk.take(node, f"C_C108/{name}"))]
            code = walk.take(node, "C_C107/D_4441")
            if parts or code:
                found[key] = " ".join(parts) or str(code)
    return found


def _party(walk: Walk, node: Node | None, what: str) -> Party:
    if node is None:
        raise Incomplete(what=what)
    numbers = _qualified(
        walk, node, "G_SG3/S_RFF/C_C506", "D_1153", "D_1154", {"VA", "AHP", "FC", "0199", "GN"}
    )
    tax_number = numbers.get("AHP") or numbers.get("FC")
    if tax_number:
        tax_number = tax_number.removeprefix("SI")
    if walk.peek(node, "S_NAD/C_C082/D_3039") == tax_number:
        walk.take(node, "S_NAD/C_C082/D_3039")
    for path in ("S_FII/D_3035", "S_FII/C_C088/D_3433", "G_SG5/S_CTA/D_3139"):
        walk.take(node, path)
    ways = _qualified(walk, node, "G_SG5/S_COM/C_C076", "D_3155", "D_3148", {"TE", "EM"})
    return Party(
        name=walk.need(node, "S_NAD/C_C080/D_3036", f"{what} name"),
        trading_name=walk.take(node, "S_NAD/C_C080/D_3036_2"),
        address=_address(walk, node),
        tax_number=tax_number,
        vat_id=numbers.get("VA"),
        registration=numbers.get("0199") or numbers.get("GN"),
        contact=Contact(
            name=walk.take(node, "G_SG5/S_CTA/C_C056/D_3412"), phone=ways.get("TE"), email=ways.get("EM")
        ),
        iban=walk.take(node, "S_FII/C_C078/D_3194"),
    )


def _buyer_reference(walk: Walk, node: Node | None) -> str | None:
    if node is None:
        return None
    return _qualified(walk, node, "G_SG3/S_RFF/C_C506", "D_1153", "D_1154", {"CR"}).get("CR")


def _address(walk: Walk, node: Node) -> Address:
    streets = [text for name in _STREETS if (text := walk.take(node, f"S_NAD/C_C059/{name}"))]
    return Address(
        street=" ".join(streets) or None,
        city=walk.take(node, "S_NAD/D_3164"),
        post_code=walk.take(node, "S_NAD/D_3251"),
        country=walk.need(node, "S_NAD/D_3207", "BT-40"),
    )


def _place(walk: Walk, node: Node | None) -> Place | None:
    if node is None or walk.peek(node, "S_NAD/C_C080/D_3036") is None:
        return None
    return Place(name=walk.need(node, "S_NAD/C_C080/D_3036", "BT-70"), address=_address(walk, node))


def _corrected(walk: Walk, message: Node, number: str | None) -> Corrected | None:
    if number is None:
        return None
    for node in walk.each(message, "G_SG1"):
        if walk.peek(node, "S_RFF/C_C506/D_1153") == "OI":
            issued = walk.take(node, "S_DTM/C_C507/D_2380")
            walk.take(node, "S_DTM/C_C507/D_2005")
            return Corrected(number, figures.day(issued, what="BT-26") if issued else None)
    return Corrected(number)


def _payment(walk: Walk, message: Node) -> str | None:
    """The day until when it is to be paid, as it is written."""
    walk.take(message, "G_SG8/S_PAT/D_4279")
    walk.take(message, "G_SG8/S_PAI/C_C534/D_4461")
    return _qualified(walk, message, "G_SG8/S_DTM/C_C507", "D_2005", "D_2380", {"13"}).get("13")


def _line(walk: Walk, node: Node) -> Line:
    """A line; where it has discounts or surcharges of its own, they stay unread and the price is what is
    left.
    """
    counted = _the(walk, node, "S_QTY/C_C186", "D_6063", "47", "BT-129")
    priced = _the(walk, node, "G_SG29/S_PRI/C_C509", "D_5125", "AAA", "BT-146")
    valued = _the(walk, node, "G_SG27/S_MOA/C_C516", "D_5025", "203", "BT-131")
    name = _the(walk, node, "S_IMD", "D_7077", "F", "BT-153")
    order = [one for one in walk.each(node, "G_SG30/S_RFF/C_C506") if walk.peek(one, "D_1153") == "ON"]
    for one in order[:1]:
        walk.take(one, "D_1153")
    walk.take(priced, "D_6411")
    quantity = figures.scaled(walk.need(counted, "D_6060", "BT-129"), figures.QUANTITY, what="BT-129")
    net = figures.scaled(walk.need(valued, "D_5004", "BT-131"), figures.MONEY, what="BT-131")
    price = figures.unit_price(
        walk.need(priced, "D_5118", "BT-146"), walk.take(priced, "D_5284"), what="BT-146"
    )
    if walk.first(node, "G_SG39") is not None:
        price = stated.price_after(net, quantity)
    return Line(
        id=walk.need(node, "S_LIN/D_1082", "BT-126"),
        name=walk.need(name, "C_C273/D_7008", "BT-153"),
        quantity=quantity,
        unit=walk.need(counted, "D_6411", "BT-130"),
        price=price,
        net=net,
        vat=_vat(walk, node, "G_SG34/"),
        code=_goods_code(walk, node, "SA"),
        gtin=_gtin(walk, node),
        cpv=_goods_code(walk, node, "STI"),
        origin=walk.take(node, "S_ALI/D_3239"),
        order_line=walk.take(order[0], "D_1156") if order else None,
        note=_free_texts(walk, node).get("ACB"),
    )


def _the(walk: Walk, node: Node, path: str, qualifier: str, value: str, what: str) -> Node:
    """The element with a qualifier. Raises Incomplete when there is none."""
    for found in walk.each(node, path):
        if walk.peek(found, qualifier) == value:
            walk.take(found, qualifier)
            return found
    raise Incomplete(what=what)


def _gtin(walk: Walk, node: Node) -> str | None:
    if walk.peek(node, "S_LIN/C_C212/D_7143") != GTIN:
        return None
    walk.take(node, "S_LIN/C_C212/D_7143")
    return walk.take(node, "S_LIN/C_C212/D_7140")


def _goods_code(walk: Walk, node: Node, scheme: str) -> str | None:
    for found in walk.each(node, "S_PIA"):
        if walk.peek(found, "C_C212/D_7143") == scheme:
            walk.take(found, "D_4347")
            walk.take(found, "C_C212/D_7143")
            return walk.take(found, "C_C212/D_7140")
    return None


def _vat(walk: Walk, node: Node, at: str = "") -> Vat:
    walk.take(node, f"{at}S_TAX/D_5283")
    walk.take(node, f"{at}S_TAX/C_C241/D_5153")
    return stated.vat(walk.need(node, f"{at}S_TAX/D_5305", "BT-151"), walk.take(node, f"{at}{_TAX}"))


def _sums(walk: Walk, message: Node) -> dict[str, int | None]:
    known = {"79": "BT-106", "389": "BT-109", "176": "BT-110", "388": "BT-112", "9": "BT-115"}
    others = {"259", "260", "113", "366"}
    found = _qualified(walk, message, "G_SG50/S_MOA/C_C516", "D_5025", "D_5004", known.keys() | others)
    for qualifier in ("113", "366"):
        if stated.cents(found.get(qualifier), qualifier):
            raise NotTakenOver(what="a prepaid or rounded amount")
    return {what: stated.cents(found.get(qualifier), what) for qualifier, what in known.items()}


def _rows(walk: Walk, message: Node) -> dict[Vat, tuple[int, int]]:
    rows = {}
    for node in walk.each(message, "G_SG52"):
        found = _qualified(walk, node, "S_MOA/C_C516", "D_5025", "D_5004", {"125", "124"})
        base, amount = stated.cents(found.get("125"), "BT-116"), stated.cents(found.get("124"), "BT-117")
        if base is None or amount is None:
            raise Incomplete(what="BG-23")
        rows[_vat(walk, node)] = (base, amount)
    return rows
