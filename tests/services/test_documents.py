"""Papers of a closed week: what a screen reader, a spreadsheet and a machine find in them."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from foodorder.accounts.models import DeliveryWindow, PersonalDetail
from foodorder.catalogue.models import LegalParameter, StockKind
from foodorder.outbox.models import Message
from foodorder.procurement import supply
from foodorder.procurement.changes import accept_change, ask_change
from foodorder.procurement.documents.pdf import render
from foodorder.procurement.documents.stops import printed_days
from foodorder.procurement.documents.store import attach, make
from foodorder.procurement.documents.supply import paper as supply_paper
from foodorder.procurement.models import ChangeKind, CostBearer, Document, ProcurementRecord
from foodorder.procurement.record_cycle import record_cycle
from foodorder.procurement.wanted import Wanted
from foodorder.rules.ordering import Cell
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.factories import CLOSES, NOW, WEEK, World
from tests.kept import once

BASE = "https://narocila.example.org"


@once
def week(world: World, session: Session, clock_at: Callable[[datetime], None]) -> Any:
    """A closed week: two kitchens, three doors, a farm with carrots in crates, scarce apples and eggs."""
    clock_at(NOW)
    session.add(
        LegalParameter(
            country="SI", key="payment.days_max", value=30, unit="days", valid_from=date(2022, 12, 13),
            source="test", certainty="S",
        )
    )  # fmt: skip
    world.municipality.name = "Mestna občina Kranj"
    world.farm = world.add_producer(name="Kmetija Žiga Čuček", kmg_mid="100200300")
    names = ("Čebula žolta", "Korenje", "Jabolka <&>", "Jajca #strong[M]")
    products = [
        world.add_product(world.farm, pack=5000),
        world.add_product(world.farm),
        world.add_product(world.farm),
        world.add_product(world.farm, world.add_food_type(unit="H87", grams_per_unit=60)),
    ]
    for product, name, key in zip(products, names, ("cxebula", "korenje", "jabolka", "jajca"), strict=True):
        product.name, product.sort_key = name, key
    session.flush()
    limited: list[dict[str, Any]] = [{}, {}, {"available": 30_000, "kind": StockKind.SHARE}, {}]
    world.offers = [
        world.offer(product=product, price=price, **stock)
        for product, price, stock in zip(products, (120, 164, 140, 24), limited, strict=True)
    ]
    world.kitchens = [
        world.add_institution(doors=2, name="OŠ Šenčur"),
        world.add_institution(name="Vrtec Žirafa"),
    ]
    door = world.kitchens[0].delivery_points[0]
    door.instructions, door.phone = "Zadnji vhod", "04 555 0101"
    door.windows.append(DeliveryWindow(days=31, starts=time(6), ends=time(7, 30)))
    world.week = world.cycle()
    for kitchen in world.kitchens:
        typed = {
            Cell(offer.id, point.id, WEEK + timedelta(days=day)): text
            for point in kitchen.delivery_points
            for day in (0, 2)
            for offer, text in zip(world.offers, ("12", "8", "10", "30"), strict=True)
        }
        world.submit(world.week, kitchen, typed)
    clock_at(CLOSES)
    record_cycle(world.week.id, actor=SCHEDULER)
    world.record = session.scalars(
        select(ProcurementRecord).where(ProcurementRecord.institution_id == world.kitchens[0].id)
    ).one()
    return world


def elements(pdf: bytes) -> Iterator[tuple[str, DictionaryObject]]:
    """Every structure element of a tagged PDF with its role, in reading order."""
    root = PdfReader(io.BytesIO(pdf)).root_object
    yield from _below(root["/StructTreeRoot"].get_object())


def _below(node: Any) -> Iterator[tuple[str, DictionaryObject]]:
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, ArrayObject) else [kids]:
        element = kid.get_object()
        if isinstance(element, DictionaryObject) and "/S" in element:
            yield element["/S"], element
            yield from _below(element)


def roles(pdf: bytes) -> list[str]:
    return [role for role, _ in elements(pdf)]


def words(pdf: bytes) -> str:
    """The text of all pages with single spaces, wherever lines were broken."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def record_pdf(week: Any, language: str = "sl") -> bytes:
    return make("record", "pdf", language, BASE, record_id=week.record.id).content


def papers(week: Any, language: str, ending: str) -> dict[str, bytes]:
    """Every paper there is."""
    arguments: dict[str, dict[str, Any]] = {
        "record": {"record_id": week.record.id},
        "supply": {"cycle_id": week.week.id, "producer_id": week.farm.id},
        "deliveries": {
            "institution_id": week.kitchens[0].id,
            "first": WEEK,
            "last": WEEK + timedelta(days=6),
        },
        "offers": {"cycle_id": week.week.id},
        "producers": {"municipality_id": week.municipality.id, "today": WEEK},
    }
    return {name: make(name, ending, language, BASE, **given).content for name, given in arguments.items()}


@pytest.mark.parametrize("language", ["sl", "en"])
def test_every_pdf_is_tagged_titled_and_names_its_language(week: Any, language: str) -> None:
    for name, pdf in papers(week, language, "pdf").items():
        reader = PdfReader(io.BytesIO(pdf))
        assert reader.root_object["/Lang"] == language, name
        assert reader.root_object["/MarkInfo"]["/Marked"], name
        assert reader.root_object["/ViewerPreferences"]["/DisplayDocTitle"], name
        assert reader.metadata is not None
        assert reader.metadata.title, name
        assert b"pdfuaid" in reader.root_object["/Metadata"].get_object().get_data(), name


def test_every_table_has_a_header_cell_for_each_column(week: Any) -> None:
    for name, pdf in papers(week, "sl", "pdf").items():
        tables = [element for role, element in elements(pdf) if role == "/Table"]
        assert tables, name
        for table in tables:
            inside = list(_below(table))
            rows = [
                [role for role, _ in _below(row) if role in ("/TH", "/TD")]
                for role, row in inside
                if role == "/TR"
            ]
            assert set(rows[0]) == {"/TH"}, name
            assert {len(row) for row in rows} == {len(rows[0])}, name
            scopes = [cell["/A"] for role, cell in inside if role == "/TH"]
            assert len(scopes) == len(rows[0]), name


def test_headings_begin_with_one_title_and_skip_no_level(week: Any) -> None:
    for name, pdf in papers(week, "en", "pdf").items():
        levels = [int(role[2:]) for role in roles(pdf) if role.startswith("/H") and role[2:].isdigit()]
        assert levels[0] == 1, name
        assert levels.count(1) == 1, name
        assert all(after <= before + 1 for before, after in pairwise(levels)), name


def test_the_qr_code_has_words_for_those_who_do_not_see_it(week: Any) -> None:
    alternatives = [
        element.get("/Alt") for role, element in elements(record_pdf(week, "en")) if role == "/Figure"
    ]
    assert alternatives == [f"QR code that opens {BASE}/records/{week.record.id}"]


def test_without_an_address_of_the_site_there_is_no_qr_code(week: Any) -> None:
    assert "/Figure" not in roles(make("record", "pdf", "sl", record_id=week.record.id).content)


def test_the_fonts_are_in_the_file_and_slovene_letters_are_read_back(week: Any) -> None:
    pdf = record_pdf(week)
    for page in PdfReader(io.BytesIO(pdf)).pages:
        for font in page["/Resources"]["/Font"].values():
            (descendant,) = font.get_object()["/DescendantFonts"]
            descriptor = descendant.get_object()["/FontDescriptor"]
            assert {"/FontFile2", "/FontFile3"} & set(descriptor)
    assert "Kmetija Žiga Čuček" in words(pdf)
    assert "Čebula žolta" in words(pdf)


def test_the_record_says_what_a_purchase_order_must(week: Any) -> None:
    text = words(record_pdf(week, "en"))
    record = week.record
    for expected in (
        record.number, "Contracting authority", "OŠ Šenčur", "Supplier", "100200300", "Lawful basis",
        "Mon 30 Nov 2026 and Wed 2 Dec 2026", "Enota 0", "Enota 1", "within 30 days", "VAT recapitulation",
        "VAT 9.5%",
        "Rounded down from 24 kg to whole packs of 5 kg.", "Scarce supply was shared",
    ):  # fmt: skip
        assert expected in text, expected
    for cents in (record.net_cents, record.vat_cents, record.gross_cents):
        assert f"€{cents // 100}.{cents % 100:02}" in text


def test_the_farm_of_origin_is_named_where_it_is_not_the_suppliers_own(week: Any, session: Session) -> None:
    assert "Farm of origin" not in words(record_pdf(week, "en"))
    week.farm.farms[0].name = "Kmetija Na produ"
    session.flush()
    assert "Farm of origin" in words(record_pdf(week, "en"))
    package = make("supply", "pdf", "en", BASE, cycle_id=week.week.id, producer_id=week.farm.id).content
    assert "Kmetija Na produ" in words(package)


def test_what_people_typed_is_text_and_never_markup(week: Any) -> None:
    text = words(record_pdf(week, "en"))
    assert "Jajca #strong[M]" in text
    assert "Jabolka <&>" in text


def test_a_corrected_record_says_what_it_replaces_and_who_bears_the_cost(week: Any, session: Session) -> None:
    before = record_pdf(week, "en")
    line = week.record.record_lines[0]
    after = CLOSES + timedelta(hours=1)
    change = ask_change(
        week.record.id, ChangeKind.REDUCTION, [Wanted(5000, line.id)], "Izlet", actor=COMMAND, now=after
    )
    second = accept_change(change.id, CostBearer.INSTITUTION, "", actor=COMMAND, now=after)
    session.expire_all()
    text = words(make("record", "pdf", "en", BASE, record_id=second.id).content)
    assert f"Replaces {week.record.number}." in text
    assert "Izlet" in text
    assert "The contracting authority bears the costs already incurred." in text
    old = record_pdf(week, "en")
    assert f"replaced by {second.number}" in words(old)
    assert old != before, "the first version stays kept as it was, and a new copy says that it is replaced"


def test_a_document_is_made_once_and_kept(
    week: Any, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = record_pdf(week)
    kept = select(func.count()).select_from(Document).where(Document.object_id == week.record.id)
    assert session.scalar(kept) == 1
    monkeypatch.setattr("typst.compile", lambda *given, **named: pytest.fail("made a second time"))
    assert record_pdf(week) == first
    assert session.scalar(kept) == 1


def test_other_data_or_another_language_are_another_document(week: Any, session: Session) -> None:
    first = record_pdf(week)
    week.farm.name = "Kmetija Novo ime"
    assert record_pdf(week) != first
    record_pdf(week, "en")
    assert session.scalar(select(func.count()).select_from(Document)) == 3


def test_lists_with_telephones_are_not_kept(week: Any, session: Session) -> None:
    session.add(PersonalDetail(producer_id=week.farm.id, kind="phone", value="041 555 123", changed_at=NOW))
    pdf = make("producers", "pdf", "sl", municipality_id=week.municipality.id, today=WEEK).content
    assert "041 555 123" in words(pdf)
    assert session.scalar(select(func.count()).select_from(Document)) == 0


@pytest.mark.parametrize("ending", ["pdf", "xlsx", "csv"])
def test_the_same_data_give_the_same_bytes(week: Any, ending: str) -> None:
    arguments = {"municipality_id": week.municipality.id, "today": WEEK}
    assert make("producers", ending, "sl", **arguments) == make("producers", ending, "sl", **arguments)


def test_the_harvest_the_stops_and_the_matrix_agree_with_the_records(week: Any, session: Session) -> None:
    book = workbook(
        make("supply", "xlsx", "en", BASE, cycle_id=week.week.id, producer_id=week.farm.id).content
    )
    assert list(book) == ["Harvest", "Stops", "Kitchens", "Records"]
    recorded = {"Čebula žolta": 0, "Korenje": 0, "Jabolka <&>": 0, "Jajca #strong[M]": 0}
    for record in session.scalars(select(ProcurementRecord)):
        for line in record.record_lines:
            recorded[line.name] += line.quantity
    expected = {name: quantity / 1000 for name, quantity in recorded.items()}
    harvest = {row["Product"]: row["Together"] for row in book["Harvest"][:-1]}
    assert harvest == expected
    assert next(iter(harvest)) == "Čebula žolta", "č stands behind c, not behind z"
    stops: dict[str, float] = {}
    for row in book["Stops"]:
        stops[row["Product"]] = stops.get(row["Product"], 0) + row["Quantity"]
    assert stops == expected
    by_kitchen, sums = book["Kitchens"][:4], book["Kitchens"][4:]
    kitchens = [name for name in by_kitchen[0] if name.startswith(("Vrtec", "OŠ"))]
    for row in by_kitchen:
        assert sum(row[name] or 0 for name in kitchens) == row["Together"] == expected[row["Product"]]
    assert [row["Product"] for row in sums] == ["Together (piece)", "Together (kg)"]
    assert sums[0]["Together"] == expected["Jajca #strong[M]"]
    assert sums[1]["Together"] == sum(expected.values()) - expected["Jajca #strong[M]"]
    gross = sum(record.gross_cents for record in session.scalars(select(ProcurementRecord)))
    assert round(book["Records"][-1]["Gross"] * 100) == gross


def workbook(content: bytes) -> dict[str, list[dict[str, Any]]]:
    """The sheets of a workbook, rows by their headings (which stand in the third line)."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheets = {}
    for name in book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python()
        sheets[name] = [dict(zip(rows[2], row, strict=True)) for row in rows[3:]]
    return sheets


def test_the_printed_package_tells_where_the_door_is_and_when_it_is_open(week: Any) -> None:
    text = words(make("supply", "pdf", "en", BASE, cycle_id=week.week.id, producer_id=week.farm.id).content)
    for expected in ("What to harvest", "06:00–07:30", "04 555 0101", "Zadnji vhod", "Products and kitchens"):
        assert expected in text, expected


@pytest.mark.parametrize("count", [5, 7, 8])
def test_seventeen_stops_take_little_paper_and_none_is_torn_apart(week: Any, count: int) -> None:
    paper = supply_paper("en", BASE, cycle_id=week.week.id, producer_id=week.farm.id)
    [first, *_] = supply.stops(week.week.id, week.farm.id)
    lines = tuple(replace(first.lines[0], name=f"Food {number}") for number in range(count))
    stops = [replace(first, institution=f"Kitchen {number:02}", lines=lines) for number in range(17)]
    content = {**paper.content, "days": printed_days(stops)}
    pages = [
        " ".join(page.extract_text().split())
        for page in PdfReader(io.BytesIO(render(replace(paper, content=content)))).pages
    ]
    assert len(pages) <= 4
    for page in pages:
        assert page.count("Zadnji vhod") * count == page.count("Food ")
    assert sum(len(re.findall(r"Kitchen \d\d", page)) for page in pages) == 17


def test_csv_is_for_machines(week: Any) -> None:
    content = make("record", "csv", "sl", record_id=week.record.id).content
    assert content.startswith("\N{ZERO WIDTH NO-BREAK SPACE}".encode()), "or spreadsheets garble č, š, ž"
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert len(rows) == week.record.lines
    first = next(row for row in rows if row["product"] == "Korenje")
    assert first["delivery_date"] == "2026-11-30"
    figures = ("quantity", "quantity_unit", "weight_kg", "price_eur", "net_eur", "vat_rate_percent")
    assert [first[name] for name in figures] == ["8.000", "KGM", "8.000", "1.64", "13.12", "9.50"]


def test_a_name_that_looks_like_a_formula_is_no_formula(week: Any, session: Session) -> None:
    week.farm.name = '=HYPERLINK("http://example.org")'
    session.flush()
    rows = make("offers", "csv", "en", cycle_id=week.week.id).content.decode("utf-8-sig")
    assert "'=HYPERLINK" in rows
    sheets = workbook(make("offers", "xlsx", "en", cycle_id=week.week.id).content)
    assert sheets["Offers"][0]["Farm"] == week.farm.name


def test_the_kitchens_list_names_what_comes_on_which_day(week: Any) -> None:
    text = words(papers(week, "en", "pdf")["deliveries"])
    assert "Monday 30 November 2026" in text
    assert "Wednesday 2 December 2026" in text
    assert "Enota 1" in text
    arguments = {"institution_id": week.kitchens[0].id, "first": date(2026, 1, 1), "last": date(2026, 1, 2)}
    assert "Nothing is coming on these days." in words(make("deliveries", "pdf", "en", **arguments).content)


def test_the_message_of_the_close_carries_the_producers_package(week: Any, session: Session) -> None:
    message = session.scalars(select(Message).where(Message.template == "close_producer")).one()
    files = [attach(description, "sl", BASE) for description in message.attachments]
    assert [(name.rpartition(".")[2], media_type.partition("/")[0]) for name, media_type, _ in files] == [
        ("pdf", "application"), ("xlsx", "application"),
    ]  # fmt: skip
    assert all(name.isascii() for name, _, _ in files)
    assert files[0][2].startswith(b"%PDF")


def test_an_unknown_document_is_an_error(week: Any) -> None:
    with pytest.raises(KeyError):
        attach({"document": "secrets", "format": "pdf", "arguments": {}}, "sl")
