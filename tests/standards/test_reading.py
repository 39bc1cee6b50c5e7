"""What was written is read back; what others wrote is understood or named; what is hostile is refused."""

import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from foodorder.exchange import eslog, safe_xml, ubl_invoice
from foodorder.exchange.model import (
    BuyerChargesNoVat,
    GrossDisagrees,
    Incomplete,
    Invoice,
    Line,
    LineDisagrees,
    NetDisagrees,
    NotRepresentable,
    TotalsDisagree,
    VatCategory,
    VatDisagrees,
)
from foodorder.exchange.read_invoice import ROOTS, Syntax, read
from foodorder.exchange.safe_xml import (
    FileTooLarge,
    HasDoctype,
    NotXml,
    OtherDocument,
    TooDeep,
    TooManyElements,
    WrongEncoding,
)
from foodorder.exchange.walk import NotTakenOver, Unread
from foodorder.rules.errors import Refusal
from tests.standards import documents
from tests.standards.judge import STANDARDS

SYNTAXES = {Syntax.ESLOG: eslog, Syntax.UBL: ubl_invoice}
HOW_MANY = 240


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_what_was_written_is_read_back(syntax: Syntax) -> None:
    module = SYNTAXES[syntax]
    for seed in range(HOW_MANY):
        invoice = documents.invoice(seed)
        back = read(module.write(invoice))
        assert back.invoice == module.carried(invoice), seed
        assert back.syntax is syntax
        assert back.unread == (), seed


def short(seed: int) -> Invoice:
    """An invoice with no text that is too long for e-SLOG, and addressed by tax numbers."""
    invoice = documents.invoice(seed)
    place = documents.Place(name="Kuhinja", address=documents.Address(city="Kranj"))
    party = {"name": "Žlebnik & <sin>", "trading_name": None, "contact": None, "endpoint": None}
    return replace(
        invoice,
        seller=replace(invoice.seller, address=place.address, **party),
        buyer=replace(invoice.buyer, address=place.address, iban=None, **party),
        deliver_to=place,
        note="Hvala.",
        terms="30 dni",
        lines=tuple(replace(line, name=line.name[:256].strip(), note=None) for line in invoice.lines),
    )


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_nothing_is_lost_of_an_invoice_of_usual_length(syntax: Syntax) -> None:
    for seed in range(0, HOW_MANY, 7):
        assert read(SYNTAXES[syntax].write(short(seed))).invoice == short(seed)


def test_both_syntaxes_say_the_same() -> None:
    invoice = short(4)
    assert read(eslog.write(invoice)).invoice == read(ubl_invoice.write(invoice)).invoice


def test_a_valid_example_in_eslog_is_understood(judge: Callable[..., list[str]]) -> None:
    back = read(example("eslog20-invoice.xml"))
    invoice = back.invoice
    assert invoice.number == "2026-0042"
    assert (invoice.issued, invoice.due) == (date(2026, 11, 20), date(2026, 12, 20))
    assert invoice.seller.name == "Kmetija Novak"
    assert (invoice.seller.tax_number, invoice.seller.vat_id) == ("59082437", "SI59082437")
    assert invoice.seller.iban == "SI56020170014356205"
    assert invoice.buyer.registration == "5082480000"
    assert [(line.name, line.quantity, line.unit, line.price, line.net) for line in invoice.lines] == [
        ("Jabolka Topaz, eko", 100_000, "KGM", 850_000, 8500),
        ("Mleko, surovo", 80_000, "LTR", 1_000_000, 8000),
    ]
    assert (invoice.totals.net, invoice.totals.vat, invoice.totals.gross) == (16_500, 1568, 18_068)
    assert back.unread == ()


def test_a_valid_example_in_ubl_is_understood(judge: Callable[..., list[str]]) -> None:
    back = read(example("ubl-invoice-exempt-farmer.xml"))
    assert back.invoice.exemption == "DDV ni obračunan na podlagi prvega odstavka 94. člena ZDDV-1"
    assert back.invoice.seller.tax_number == "59082437"
    assert back.invoice.seller.vat_id is None
    assert {line.vat.category for line in back.invoice.lines} == {VatCategory.EXEMPT}
    assert back.invoice.totals.gross == 16_500
    assert back.unread == ()


@pytest.mark.parametrize("name", ["eslog20-semantic.xml", "ubl-invoice-cen.xml", "ubl-invoice-peppol.xml"])
def test_an_invalid_example_is_not_taken_over(name: str, judge: Callable[..., list[str]]) -> None:
    with pytest.raises((TotalsDisagree, NotRepresentable)):
        read(example(name, "invalid"))


def test_an_example_against_the_schema_is_not_taken_over(judge: Callable[..., list[str]]) -> None:
    with pytest.raises(Refusal):
        read(example("eslog20-xsd.xml", "invalid"))


def example(name: str, folder: str = "valid") -> bytes:
    return (STANDARDS / "examples" / folder / name).read_bytes()


def in_ubl(old: str, new: str) -> bytes:
    """An invoice of ours in UBL with one thing changed."""
    text = ubl_invoice.write(short(1)).decode()
    assert old in text
    return text.replace(old, new, 1).encode()


def test_what_is_not_understood_is_named() -> None:
    attached = (
        "<cac:AdditionalDocumentReference><cbc:ID>priloga 7</cbc:ID></cac:AdditionalDocumentReference>"
        "<cac:AccountingSupplierParty>"
    )
    signed = '<ext:UBLExtensions xmlns:ext="urn:x"><ext:A>1</ext:A></ext:UBLExtensions><cbc:ID>'
    assert read(in_ubl("<cac:AccountingSupplierParty>", attached)).unread == (
        Unread("Invoice/AdditionalDocumentReference/ID", "priloga 7"),
    )
    assert read(in_ubl("<cbc:ID>", signed)).unread == (Unread("Invoice/UBLExtensions", ""),)


def test_prices_of_others_may_have_six_decimals_or_be_for_several_units() -> None:
    text = ubl_invoice.write(replace(short(1), lines=short(1).lines[:1])).decode()
    start, end = text.index("<cbc:PriceAmount"), text.index("</cac:Price>")
    stated = short(1).lines[0].price
    hundred = f'<cbc:PriceAmount currencyID="EUR">{stated / 10_000:.4f}</cbc:PriceAmount>'
    base = '<cbc:BaseQuantity unitCode="KGM">100</cbc:BaseQuantity>'
    back = read((text[:start] + hundred + base + text[end:]).encode())
    assert back.invoice.lines[0].price == stated


def more(name: str, digits: str = "9") -> tuple[str, str]:
    """A sum with something written before it."""
    tag = f'<cbc:{name} currencyID="EUR">'
    return tag, tag + digits


def test_a_discount_of_a_line_is_in_its_price_and_named_in_ubl() -> None:
    """100 kg at 1 EUR, less 10 EUR."""
    text = ubl_invoice.write(discounted(100)).decode()
    charge = (
        "<cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator>"
        '<cbc:Amount currencyID="EUR">10.00</cbc:Amount></cac:AllowanceCharge><cac:Item>'
    )
    back = read(text.replace("<cac:Item>", charge).replace(">0.90<", ">1.00<").encode())
    assert back.invoice == discounted(100)
    assert [one.text for one in back.unread] == ["false", "10.00"]


def test_a_discount_of_a_line_is_in_its_price_and_named_in_eslog() -> None:
    text = eslog.write(discounted(100)).decode()
    charge = (
        "</G_SG34><G_SG39><S_ALC><D_5463>A</D_5463></S_ALC><G_SG42><S_MOA><C_C516><D_5025>204</D_5025>"
        "<D_5004>10.00</D_5004></C_C516></S_MOA></G_SG42></G_SG39>"
    )
    back = read(text.replace("</G_SG34>", charge).replace(">0.90<", ">1.00<").encode())
    assert back.invoice == discounted(100)
    assert [one.text for one in back.unread] == ["A", "204", "10.00"]


def discounted(kilograms: int) -> Invoice:
    """One line at 0.90 EUR."""
    line = short(1).lines[0]
    sold = Line.of(id="1", name="Sir", quantity=kilograms * 1000, unit="KGM", price_cents=90, vat=line.vat)
    return replace(short(1), lines=(sold,))


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ("<cbc:DocumentCurrencyCode>EUR", "<cbc:DocumentCurrencyCode>USD", NotTakenOver),
        ("<cbc:ID>S</", "<cbc:ID>AE</", NotTakenOver),
        (">380<", ">384<", NotTakenOver),
        ("<cac:TaxTotal>", "<cac:AllowanceCharge/><cac:TaxTotal>", NotTakenOver),
        ("<cbc:PayableAmount", "<cbc:PrepaidAmount>1</cbc:PrepaidAmount><cbc:PayableAmount", NotTakenOver),
        (*more("LineExtensionAmount"), NetDisagrees),
        (*more("TaxAmount"), VatDisagrees),
        (*more("TaxableAmount"), NetDisagrees),
        (*more("TaxExclusiveAmount"), NetDisagrees),
        (*more("TaxInclusiveAmount"), GrossDisagrees),
        (*more("PayableAmount"), GrossDisagrees),
        (*more("PriceAmount"), LineDisagrees),
        (*more("PayableAmount", "ena"), NotRepresentable),
        ("<cbc:IssueDate>20", "<cbc:IssueDate>+20", NotRepresentable),
        ("cbc:RegistrationName", "cbc:OtherName", NotXml),
    ],
)
def test_what_changes_the_sum_or_is_wrong_is_refused(old: str, new: str, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        read(in_ubl(old, new))


def test_a_missing_name_is_named() -> None:
    text = ubl_invoice.write(short(1)).decode().replace("cbc:RegistrationName>", "cbc:OtherName>")
    with pytest.raises(Incomplete) as caught:
        read(text.encode())
    assert caught.value.facts["what"] == "BT-27"


def test_compensation_for_a_buyer_without_vat_is_refused() -> None:
    seed = next(seed for seed in range(HOW_MANY) if documents.invoice(seed).compensation_bp)
    text = ubl_invoice.write(short(seed)).decode()
    number = short(seed).buyer.vat_id
    scheme = text.index(f"<cbc:CompanyID>{number}")
    start, end = text.rindex("<cac:PartyTaxScheme>", 0, scheme), text.index("</cac:PartyTaxScheme>", scheme)
    with pytest.raises(BuyerChargesNoVat):
        read((text[:start] + text[end + len("</cac:PartyTaxScheme>") :]).encode())


ENTITIES = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
INVOICE = '<Invoice xmlns="urn:eslog:2.00">{}</Invoice>'
HOSTILE: dict[str, tuple[bytes, type[Refusal]]] = {
    "a bomb": (f'<!DOCTYPE x [<!ENTITY a0 "ha">{ENTITIES}]>{INVOICE.format("&a11;")}'.encode(), HasDoctype),
    "a quadratic bomb": (
        f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]>{INVOICE.format("&a;" * 50_000)}'.encode(),
        HasDoctype,
    ),
    "a bomb in an attribute": (
        f'<!DOCTYPE x [<!ENTITY a0 "ha">{ENTITIES}]><Invoice xmlns="urn:eslog:2.00" a="&a11;"/>'.encode(),
        HasDoctype,
    ),
    "a file of ours": (
        f'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>{INVOICE.format("&f;")}'.encode(),
        HasDoctype,
    ),
    "an address": (
        f'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">{INVOICE.format("")}'.encode(),
        HasDoctype,
    ),
    "a parameter entity": (
        f'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x">%p;]>{INVOICE.format("")}'.encode(),
        HasDoctype,
    ),
    "an empty doctype": (f"<!DOCTYPE Invoice>{INVOICE.format('')}".encode(), HasDoctype),
    "an undeclared entity": (INVOICE.format("&x;").encode(), NotXml),
    "50 MB": (b"<" + b"a" * 50_000_000, FileTooLarge),
    "a deep nest": (INVOICE.format("<a>" * 100_000 + "</a>" * 100_000).encode(), TooDeep),
    "very many elements": (INVOICE.format("<a/>" * 300_000).encode(), TooManyElements),
    "another root": (b'<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>', OtherDocument),
    "another namespace": (b'<Invoice xmlns="urn:eslog:1.60"/>', OtherDocument),
    "a page": (b"<html><body>404</body></html>", OtherDocument),
    "UTF-16": (INVOICE.format("č").encode("utf-16"), WrongEncoding),
    "UTF-16 without mark": (INVOICE.format("č").encode("utf-16-le"), WrongEncoding),
    "UTF-32": (INVOICE.format("č").encode("utf-32-be"), WrongEncoding),
    "Windows letters": (INVOICE.format("Žlebnik").encode("windows-1250"), WrongEncoding),
    "another encoding, as declared": (
        b'<?xml version="1.0" encoding="windows-1250"?>' + INVOICE.format("abc").encode(),
        WrongEncoding,
    ),
    "UTF-7": (b'<?xml version="1.0" encoding="UTF-7"?>' + INVOICE.format("").encode(), WrongEncoding),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), NotXml),
    "a PDF": (b"%PDF-1.7\n1 0 obj << >>", NotXml),
    "nothing": (b"", NotXml),
    "spaces": (b" \n ", NotXml),
    "half a file": (INVOICE.format("<a>")[:-5].encode(), NotXml),
    "a forbidden sign": (INVOICE.format("\x01").encode(), NotXml),
    "an inclusion": (
        INVOICE.format(
            '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/>'
        ).encode(),
        Incomplete,
    ),
    "an empty invoice": (INVOICE.format("<M_INVOIC/>").encode(), Incomplete),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_by_name_with_little_memory(what: str) -> None:
    content, refusal = HOSTILE[what]
    tracemalloc.start()
    try:
        with pytest.raises(refusal) as caught:
            read(content)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert type(caught.value) is refusal
    assert str(caught.value)
    assert peak < 30_000_000


def test_a_mark_at_the_beginning_and_comments_do_no_harm() -> None:
    content = ubl_invoice.write(short(1))
    marked = b"\xef\xbb\xbf" + content.replace(b"<cbc:ID>", b"<!-- <!DOCTYPE a> --><cbc:ID>", 1)
    assert read(marked).invoice == short(1)


def test_text_is_not_split_by_comments() -> None:
    assert read(in_ubl("<cbc:Note>Hvala.", "<cbc:Note>Hva<!-- -->la.")).invoice.note == "Hvala."


def test_nothing_of_the_disk_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("skrivnost", encoding="utf-8")
    content = f'<?xml-stylesheet href="{secret.as_uri()}"?>{INVOICE.format("<a>x</a>")}'.encode()
    assert safe_xml.parse(content, ROOTS).xpath("string()") == "x"
