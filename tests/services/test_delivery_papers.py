"""The papers of a delivery: what a reader, a kitchen's telephone and an inspector find in them."""

import io
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pypdf import PdfReader
from sqlalchemy.orm import Session

from foodorder.catalogue.models import TemperatureLimit
from foodorder.delivery import corrections, documents, moves
from foodorder.delivery.corrections import LotOf
from foodorder.delivery.documents import labels, note, route
from foodorder.delivery.queries import NoteRow, find_note, notes_of_day
from foodorder.procurement.models import Document
from foodorder.trail.actor import COMMAND
from tests.deliveries import AFTER, MONDAY, close_week, farm_notes, line_of, make
from tests.factories import World
from tests.kept import once

BASE = "https://narocila.example.org"


@once
def closed(world: World, session: Session, clock_at: Callable[[datetime], None]) -> Any:
    close_week(world, clock_at)
    limit = TemperatureLimit(
        code="milk", name_sl="Mleko", name_en="Milk", highest=80, certainty="K", source="test"
    )
    session.add(limit)
    session.flush()
    world.cheese.product.food_type.temperature = "milk"
    session.flush()
    make(world)
    return world


def first(closed: Any) -> NoteRow:
    found = find_note(farm_notes(closed)[0].id, producer_id=closed.farm.id)
    assert found is not None
    return found


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def write_cheese(closed: Any) -> None:
    lots = {closed.cheese.product_id: LotOf("S-48", MONDAY.replace(day=30))}
    corrections.write_lots(closed.farm.id, MONDAY, lots, actor=COMMAND, now=AFTER)


def test_a_note_carries_all_that_travels_with_food_of_animal_origin(closed: Any, session: Session) -> None:
    write_cheese(closed)
    moves.leave(closed.farm.id, [farm_notes(closed)[0].id], actor=COMMAND, now=AFTER)
    file = documents.of_note("note", first(closed), "en", BASE)
    told = text_of(file.content)
    for part in (
        "Delivery note D-2026-0001", closed.farm.name, "Voklo", closed.kitchen.name, "Pot 1", "S-48",
        closed.cheese.versions[0].name, "3 kg", "100123456", "≤ 8 °C", "Dispatched", "Signature",
    ):  # fmt: skip
        assert part in told.replace("\xa0", " "), part
    assert "Missing" not in told
    assert "Draft" not in told
    reader = PdfReader(io.BytesIO(file.content))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert reader.trailer["/Root"]["/Lang"] == "en"  # type: ignore[index]
    # What left is frozen, so its paper is kept.
    assert session.query(Document).filter_by(kind="delivery_note").count() == 1


def test_a_draft_says_so_and_what_is_still_missing(closed: Any, session: Session) -> None:
    told = text_of(documents.of_note("note", first(closed), "en", BASE).content)
    assert "Draft: the goods have not left yet." in told
    assert "Missing for food of animal origin (Regulation (EU) 931/2011): Lot, batch or consignment." in told
    assert session.query(Document).count() == 0


def test_the_code_on_a_label_opens_the_note_at_its_line(closed: Any) -> None:
    write_cheese(closed)
    found = first(closed)
    lot = found.lines[1].lots[0]
    address = urlsplit(labels.address(BASE, found, lot))
    assert (address.netloc, address.path) == ("narocila.example.org", f"/notes/{found.id}")
    assert parse_qs(address.query) == {"line": [str(lot.id)], "lot": ["S-48"], "use_by": ["2026-11-30"]}
    paper = labels.of_note(found, "en", BASE)
    assert [label["amount"].replace("\xa0", " ") for label in paper.content["labels"]] == [
        "10 kg", "3 kg",
    ]  # fmt: skip
    assert paper.content["labels"][1]["lot"] == "Batch S-48"
    assert labels.address(BASE, found, lot) == paper.content["labels"][1]["code"]["link"]


def test_labels_fill_sheets_of_24_or_one_page_each(closed: Any, session: Session) -> None:
    found = first(closed)
    assert len(PdfReader(io.BytesIO(documents.of_note("labels", found, "en", BASE).content)).pages) == 1
    assert session.query(Document).count() == 0
    single = documents.of_note("labels", found, "en", BASE, single=True)
    pages = PdfReader(io.BytesIO(single.content)).pages
    assert len(pages) == 2
    assert (round(float(pages[0].mediabox.width) / 72 * 25.4), len(pages)) == (70, 2)


def test_the_route_names_doors_in_the_order_given(closed: Any) -> None:
    notes = notes_of_day(closed.farm.id, MONDAY)
    paper = route.paper(closed.farm, MONDAY, notes[::-1], "en", BASE)
    assert [stop["title"] for stop in paper.content["stops"]] == [
        f"1. {closed.school.short_name}, Enota 0",
        f"2. {closed.kitchen.short_name}, Enota 0",
    ]


@pytest.mark.parametrize("language", ["sl", "en"])
@pytest.mark.parametrize("name", ["picking", "route", "labels", "notes"])
def test_every_paper_of_a_day_is_an_accessible_pdf(closed: Any, name: str, language: str) -> None:
    notes = notes_of_day(closed.farm.id, MONDAY)
    file = documents.of_day(name, closed.farm, MONDAY, notes, language, BASE)
    reader = PdfReader(io.BytesIO(file.content))
    assert reader.trailer["/Root"]["/Lang"] == language  # type: ignore[index]
    assert closed.carrots.versions[0].name in text_of(file.content)


def test_a_name_cannot_break_a_paper(closed: Any, session: Session) -> None:
    line = line_of(farm_notes(closed)[0], closed.carrots)
    line.name, line.lot = "Čebula #strong[M] <&>", "$x$ *y*"
    session.flush()
    told = text_of(note_pdf(closed))
    assert "Čebula #strong[M] <&>" in told
    assert "$x$ *y*" in told


def note_pdf(closed: Any) -> bytes:
    return documents.kept(note.paper([first(closed)], "en", BASE), "pdf").content
