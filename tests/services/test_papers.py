"""What is written from real rows: invoices of every way of being taxed, orders, answers, delivery notes."""

import io
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from itertools import product
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from foodorder.accounts.personal import Detail, set_detail
from foodorder.bank.upn_qr import text_of
from foodorder.billing.credit import issue_credit_note
from foodorder.billing.issue import issue_all
from foodorder.billing.models import Invoice
from foodorder.billing.papers import invoice_paper, invoices, response_paper
from foodorder.billing.papers.files import KINDS, files
from foodorder.billing.terms import agree
from foodorder.delivery import corrections, moves, shortfalls
from foodorder.delivery.corrections import LotOf
from foodorder.delivery.shortfalls import Less
from foodorder.exchange import read_invoice
from foodorder.procurement.changes import accept_change, ask_change
from foodorder.procurement.models import ChangeKind, CostBearer
from foodorder.procurement.wanted import Wanted
from foodorder.rules.delivery import ShortReason
from foodorder.rules.settlement import Rhythm
from foodorder.rules.vat import TaxType
from foodorder.trail.actor import COMMAND
from tests.deliveries import AFTER, MONDAY, close_week, farm_notes, line_of, make, record_of
from tests.guards.test_queries import counted
from tests.invoices import IBAN, ON_WEDNESDAY, accept_all, accept_less, know_the_law
from tests.standards.conftest import judge

__all__ = ["judge"]

TAXED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "VAT": ({}, {}),
    "VAT to a VAT payer": ({}, {"vat_payer": True}),
    "exempt": ({"tax_type": TaxType.EXEMPT}, {}),
    "flat-rate to a VAT payer": ({"tax_type": TaxType.FLAT_RATE}, {"vat_payer": True}),
    "flat-rate to a school": ({"tax_type": TaxType.FLAT_RATE}, {}),
}
WHO: dict[str, Any] = {"actor": COMMAND, "now": AFTER}


@pytest.fixture(params=TAXED)
def written(
    request: pytest.FixtureRequest,
    world: Any,
    session: Session,
    clock_at: Callable[[datetime], None],
    monkeypatch: pytest.MonkeyPatch,
) -> Any:
    """A week with all that can happen: frost, a change, parts accepted, one a month, two credit notes."""
    farm, kitchen = TAXED[request.param]
    know_the_law()
    world.session = session
    add_producer, add_institution = world.add_producer, world.add_institution
    permit = farm.get("tax_type") is TaxType.FLAT_RATE
    named = {"name": "Kmetija »Pri Čuku« <A&B> \"'"}
    monkeypatch.setattr(
        world, "add_producer", lambda **more: add_producer(permit=permit, **farm, **named, **more)
    )
    monkeypatch.setattr(world, "add_institution", lambda **more: add_institution(**kitchen, **more))
    close_week(world, clock_at)
    set_detail(Detail.IBAN, IBAN, producer_id=world.farm.id, **WHO)
    make(world)
    change_the_school(world)
    monday = send_monday(world)
    accept_less(line_of(monday, world.carrots), 7_333)
    for note in farm_notes(world):
        accept_all(note, ON_WEDNESDAY)
    agree(world.farm.id, world.school.id, Rhythm.MONTHLY, 15, **WHO)
    later = ON_WEDNESDAY.replace(day=31)
    world.invoices = issue_all(world.farm.id, actor=COMMAND, now=later)
    first = max(world.invoices, key=lambda invoice: len(invoice.lines))
    for line, quantity in ((first.lines[0], 1_111), (first.lines[-1], first.lines[-1].quantity)):
        issue_credit_note(first.id, {line.id: quantity}, "Pokvarjeno & <zavrnjeno>", actor=COMMAND, now=later)
    return world


def change_the_school(world: Any) -> None:
    record = record_of(world, world.school)
    change = ask_change(
        record.id, ChangeKind.REDUCTION, [Wanted(5_000, record.record_lines[0].id)], "Izlet", **WHO
    )
    accept_change(change.id, CostBearer.NOBODY, "", **WHO)
    make(world)


def send_monday(world: Any) -> Any:
    """Less cheese because of frost; the rest leaves with its lots."""
    monday = farm_notes(world)[0]
    corrections.write_lots(
        world.farm.id, MONDAY, {world.cheese.product_id: LotOf("S-48", date(2026, 12, 9))}, **WHO
    )
    less = Less(monday.id, line_of(monday, world.cheese).root_line_id, 2_000, field="here")
    shortfalls.tell_short(world.farm.id, [less], reason=ShortReason.FROST, words="Zmrznilo", **WHO)
    moves.leave(world.farm.id, [monday.id], **WHO)
    return farm_notes(world)[0]


def test_all_that_is_written_passes_the_official_rules(
    written: Any, judge: Callable[[str, bytes], list[str]]
) -> None:
    for kind in KINDS:
        found = [file for file, _, _ in files(kind) if file]
        broken = {file.name: verdict for file in found if (verdict := judge(kind, file.content))}
        assert broken == {}, kind
        assert len(found) >= 3, kind
        assert len({file.name for file in found}) == len(found), kind


def test_documents_say_the_sums_of_the_rows_and_are_read_back(written: Any, session: Session) -> None:
    rows = {row.number: row for row in session.scalars(select(Invoice))}
    documents = {number: invoices.document(row) for number, row in rows.items()}
    for number, document in documents.items():
        row, totals = rows[number], document.totals
        assert totals.gross == row.gross_cents
        compensation = totals.compensation.amount if totals.compensation else 0
        assert (totals.net - compensation, totals.vat + compensation) == (row.net_cents, row.vat_cents)
    for kind in ("eslog", "ubl"):
        read = [read_invoice.read(file.content).invoice for file, _, _ in files(kind) if file]
        assert Counter(one.totals.gross for one in read) == Counter(row.gross_cents for row in rows.values())


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_of_documents_is_read_in_sets(
    kind: str, world: Any, session: Session, clock_at: Callable[[datetime], None]
) -> None:
    """As many statements for all of them as there are kinds of rows, however many documents there are."""
    know_the_law()
    close_week(world, clock_at)
    make(world)
    for note in farm_notes(world):
        accept_all(note, ON_WEDNESDAY)
    issue_all(world.farm.id, actor=COMMAND, now=ON_WEDNESDAY)
    world.session = session
    session.flush()
    session.expunge_all()
    with counted() as statements:
        found = [file for file, _done, _of in files(kind)]
    # Of each of three kitchens and farms there are its personal values beside.
    assert len(found) >= 3
    assert len(statements) <= 14, "\n".join(statements)
    session.expunge_all()
    with counted() as more:
        assert len([file for file, _done, _of in files(kind, date(2026, 1, 1))]) == len(found)
    assert len(more) == len(statements)


@pytest.mark.parametrize("written", ["VAT"], indirect=True)
def test_only_from_a_day_on(written: Any) -> None:
    assert list(files("eslog", date(2027, 1, 1))) == []
    assert len(list(files("eslog", date(2026, 12, 31)))) == len(list(files("eslog")))
    assert list(files("order", AFTER.date().replace(day=27))) == []


LAW = {
    "VAT": None,
    "VAT to a VAT payer": None,
    "exempt": "DDV ni obračunan po 94. členu ZDDV-1",
    "flat-rate to a VAT payer": "pavšalno nadomestilo po 95. členu ZDDV-1",
    "flat-rate to a school": "DDV ni obračunan po 94. členu ZDDV-1",
}


def read(content: bytes) -> str:
    """The text of a PDF that must be accessible (PDF/UA) and name its language."""
    reader = PdfReader(io.BytesIO(content))
    assert b"pdfuaid" in reader.root_object["/Metadata"].get_object().get_data()
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_the_papers_say_what_the_law_wants(written: Any, request: Any) -> None:
    law = LAW[request.node.callspec.params["written"]]
    issued = written.session.scalars(select(Invoice).order_by(Invoice.id))
    for invoice, language in product(issued, ("sl", "en")):
        words = read(invoice_paper.pdf(invoice, language, "https://narocila.example.org").content)
        for name in (invoice.number, written.farm.tax_number, invoice.parties["buyer"]["name"]):
            assert name in words
        assert all(line.name in words for line in invoice.lines)
        assert law is None or law in words
        is_note = invoice.kind == "credit_note"
        assert ("SI56 1920" in words or IBAN in words) is not is_note
        assert (invoice.corrects.number in words) if invoice.corrects else True
        assert "Pokvarjeno & <zavrnjeno>" in words or not is_note


def test_the_payment_form_is_for_what_is_to_pay(written: Any) -> None:
    first, *others = written.session.scalars(select(Invoice).order_by(Invoice.id))
    form = invoice_paper.payment_form(first, first.gross_cents)
    assert form is not None
    lines = text_of(form).split("\n")
    assert f"{first.gross_cents:011d}" in lines
    assert {IBAN, first.reference, f"Račun {first.number}", f"{first.due_date:%d.%m.%Y}"} <= set(lines)
    assert invoice_paper.payment_form(first, 0) is None
    assert invoice_paper.payment_form(others[-1], 100) is None


@pytest.mark.parametrize("written", ["VAT"], indirect=True)
def test_the_answer_says_what_does_not_come_and_why(written: Any) -> None:
    record = record_of(written, written.kitchen)
    words = read(response_paper.pdf(record, "sl").content)
    assert record.number in words
    assert "Zmrznilo" in words
    assert written.farm.name in words
