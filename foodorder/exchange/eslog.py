"""Writes invoices and credit notes as e-SLOG 2.0, the Slovene syntax of EN 16931 that UJP takes.

Elements are named by UN/EDIFACT: segments S_…, groups of segments G_SG…, composites C_…, data D_….
"""

from collections.abc import Iterable

from lxml import etree

from foodorder.exchange import figures
from foodorder.exchange.eslog_fit import MESSAGE, STREETS, carried, street_lines
from foodorder.exchange.model import Address, Contact, Invoice, Line, Party, Place, Vat
from foodorder.exchange.tree import Node, Nodes, as_bytes, filled

__all__ = ["NAMESPACE", "carried", "write"]

NAMESPACE = "urn:eslog:2.00"
#: lxml's stubs know no default namespace.
PREFIXES: dict[str, str] = {None: NAMESPACE}  # type: ignore[dict-item]
SPECIFICATION = "urn:cen.eu:en16931:2017"
#: The list “GTIN” among item classifications (UN/CEFACT 7143).
GTIN = "SRV"
#: Means of payment (UN/CEFACT 4461): by SEPA transfer, or, without an account to pay to, set off.
TRANSFER, SET_OFF = "58", "97"


def write(invoice: Invoice) -> bytes:
    """An invoice or a credit note; what is too long for the syntax is cut as `carried` says.

    Raises NotRepresentable when the number of a document is too long.
    """
    held = carried(invoice)
    message = _node(
        "M_INVOIC",
        _node(
            "S_UNH",
            _data("D_0062", held.number[-MESSAGE:]),
            _node(
                "C_S009",
                _data("D_0065", "INVOIC"),
                _data("D_0052", "D"),
                _data("D_0054", "01B"),
                _data("D_0051", "UN"),
            ),
        ),
        _node(
            "S_BGM",
            _node("C_C002", _data("D_1001", held.kind.value)),
            _node("C_C106", _data("D_1004", held.number)),
        ),
        _dates(held),
        _free_text("DOC", SPECIFICATION),
        _free_text("AAI", held.note),
        _free_text("AAB", held.terms),
        _free_text("AGM", held.exemption),
        _references(held),
        _party("SE", held.seller, bank="RB"),
        _party("BY", held.buyer, bank="BB", reference=held.buyer_reference),
        _place(held.deliver_to),
        _node("G_SG7", _node("S_CUX", _node("C_C504", _data("D_6347", "2"), _data("D_6345", "EUR")))),
        _payment(held),
        (_line(line) for line in held.all_lines),
        _node("S_UNS", _data("D_0081", "D")),
        _sums(held),
        (
            _node("G_SG52", _tax(row.vat), _money("125", row.base), _money("124", row.amount))
            for row in held.totals.rows
        ),
    )
    root = etree.Element(f"{{{NAMESPACE}}}Invoice", nsmap=PREFIXES)
    if message is not None:
        message.set("Id", "data")
        root.append(message)
    return as_bytes(root)


def _data(name: str, text: str | None) -> Node | None:
    """A value; None when there is none."""
    if text is None:
        return None
    node = etree.Element(f"{{{NAMESPACE}}}{name}", nsmap=PREFIXES)
    node.text = text
    return node


def _node(name: str, *content: Nodes) -> Node | None:
    """A segment, group or composite; None when it is empty."""
    return filled(etree.Element(f"{{{NAMESPACE}}}{name}", nsmap=PREFIXES), content)


def _date(qualifier: str, day: str) -> Node | None:
    return _node("S_DTM", _node("C_C507", _data("D_2005", qualifier), _data("D_2380", day)))


def _dates(invoice: Invoice) -> Iterable[Node | None]:
    yield _date("137", invoice.issued.isoformat())
    if invoice.delivered:
        yield _date("35", invoice.delivered.isoformat())
    if invoice.period:
        yield _date("167", invoice.period.start.isoformat())
        yield _date("168", invoice.period.end.isoformat())


def _free_text(qualifier: str, text: str | None) -> Node | None:
    if text is None:
        return None
    return _node("S_FTX", _data("D_4451", qualifier), _node("C_C108", _data("D_4440", text)))


def _reference(qualifier: str, text: str | None, line: str | None = None) -> Node | None:
    if text is None and line is None:
        return None
    data = _data("D_1153", qualifier), _data("D_1154", text), _data("D_1156", line)
    return _node("S_RFF", _node("C_C506", data))


def _references(invoice: Invoice) -> Iterable[Node | None]:
    yield _node("G_SG1", _reference("PQ", invoice.payment_reference))
    yield _node("G_SG1", _reference("ON", invoice.order))
    yield _node("G_SG1", _reference("AAK", invoice.despatch))
    yield _node("G_SG1", _reference("CT", invoice.contract))
    if invoice.corrects:
        issued = invoice.corrects.issued
        dated = _date("384", issued.isoformat()) if issued else None
        yield _node("G_SG1", _reference("OI", invoice.corrects.number), dated)


def _party(role: str, party: Party, *, bank: str, reference: str | None = None) -> Node | None:
    """Without VAT number the tax number stands twice: where Slovene programs look for it (AHP), and as what
    the party is known by (BT-29), for some number of the kind there must be (BR-CO-26).
    """
    bare = party.tax_number if party.vat_id is None else None
    return _node(
        "G_SG2",
        _name_and_address(role, party.name, party.trading_name, party.address, bare),
        _node("S_FII", _data("D_3035", bank), _node("C_C078", _data("D_3194", party.iban)))
        if party.iban
        else None,
        _node("G_SG3", _reference("VA", party.vat_id)),
        _node("G_SG3", _reference("AHP", party.tax_number)),
        _node("G_SG3", _reference("0199", party.registration)),
        _node("G_SG3", _reference("CR", reference)),
        _contact(party.contact),
    )


def _name_and_address(
    role: str, name: str, trading: str | None, address: Address, id: str | None = None
) -> Node | None:
    streets = zip(STREETS, street_lines(address.street or ""), strict=False)
    return _node(
        "S_NAD",
        _data("D_3035", role),
        _node("C_C082", _data("D_3039", id)),
        _node("C_C080", _data("D_3036", name), _data("D_3036_2", trading)),
        _node("C_C059", [_data(field, text) for field, text in streets]),
        _data("D_3164", address.city),
        _data("D_3251", address.post_code),
        _data("D_3207", address.country),
    )


def _place(place: Place | None) -> Node | None:
    return _node("G_SG2", _name_and_address("DP", place.name, None, place.address)) if place else None


def _contact(who: Contact | None) -> Node | None:
    if who is None:
        return None
    ways = (("TE", who.phone), ("EM", who.email))
    return _node(
        "G_SG5",
        _node("S_CTA", _data("D_3139", "IC"), _node("C_C056", _data("D_3412", who.name))),
        (
            _node("S_COM", _node("C_C076", _data("D_3148", text), _data("D_3155", way)))
            for way, text in ways
            if text
        ),
    )


def _payment(invoice: Invoice) -> Node | None:
    means = TRANSFER if invoice.seller.iban else SET_OFF
    return _node(
        "G_SG8",
        _node("S_PAT", _data("D_4279", "1")),
        _date("13", invoice.due.isoformat()) if invoice.due else None,
        _node("S_PAI", _node("C_C534", _data("D_4461", means))),
    )


def _money(qualifier: str, cents: int) -> Node | None:
    return _node("S_MOA", _node("C_C516", _data("D_5025", qualifier), _data("D_5004", figures.money(cents))))


def _tax(vat: Vat) -> Node | None:
    return _node(
        "S_TAX",
        _data("D_5283", "7"),
        _node("C_C241", _data("D_5153", "VAT")),
        _node("C_C243", _data("D_5278", figures.percent(vat.bp))),
        _data("D_5305", vat.category.value),
    )


def _line(line: Line) -> Node | None:
    return _node(
        "G_SG26",
        _node(
            "S_LIN",
            _data("D_1082", line.id),
            _node("C_C212", _data("D_7140", line.gtin), _data("D_7143", GTIN)) if line.gtin else None,
        ),
        _goods_code("5", line.code, "SA"),
        _goods_code("1", line.cpv, "STI"),
        _node("S_IMD", _data("D_7077", "F"), _node("C_C273", _data("D_7008", line.name))),
        _node(
            "S_QTY",
            _node(
                "C_C186",
                _data("D_6063", "47"),
                _data("D_6060", figures.quantity(line.quantity)),
                _data("D_6411", line.unit),
            ),
        ),
        _node("S_ALI", _data("D_3239", line.origin)),
        _free_text("ACB", line.note),
        _node("G_SG27", _money("203", line.net)),
        _node(
            "G_SG29",
            _node(
                "S_PRI",
                _node("C_C509", _data("D_5125", "AAA"), _data("D_5118", figures.price(line.price))),
            ),
        ),
        _node("G_SG30", _reference("ON", None, line.order_line)),
        _node("G_SG34", _tax(line.vat)),
    )


def _goods_code(kind: str, code: str | None, scheme: str) -> Node | None:
    if code is None:
        return None
    return _node(
        "S_PIA", _data("D_4347", kind), _node("C_C212", _data("D_7140", code), _data("D_7143", scheme))
    )


def _sums(invoice: Invoice) -> Iterable[Node | None]:
    """79 of the lines, 389 without VAT, 176 VAT, 388 with it, 9 to be paid."""
    totals = invoice.totals
    yield _node("G_SG50", _money("79", totals.net))
    yield _node("G_SG50", _money("389", totals.net))
    yield _node("G_SG50", _money("176", totals.vat))
    yield _node("G_SG50", _money("388", totals.gross))
    yield _node("G_SG50", _money("9", totals.gross))
