"""Invoices at the accountant's desk: taken in, seen beside order and acceptance, decided, approved."""

import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from foodorder.billing.issue import issue_invoice
from foodorder.billing.match import findings_of
from foodorder.billing.models import Invoice
from foodorder.db import db
from foodorder.rules.permissions import Role
from foodorder.trail.actor import COMMAND
from tests.deliveries import close_week, farm_notes, line_of, make
from tests.factories import World
from tests.invoices import AT_THE_DOOR, accept_all, accept_less, groups, know_the_law
from tests.kept import once
from tests.taken import document, file_of
from tests.web.office import log_in

WHO: dict[str, Any] = {"actor": COMMAND, "now": AT_THE_DOOR}


@once
def desk(app: Flask, world: World, session: Session, clock_at: Callable[[datetime], None]) -> Any:
    """Monday came; an accountant, another, the manager and the farmer are logged in."""
    know_the_law()
    close_week(world, clock_at)
    clock_at(AT_THE_DOOR)
    monday = make(world)[0]
    accept_less(line_of(monday, world.carrots), 9_500)  # type: ignore[attr-defined]
    accept_all(farm_notes(world)[0])
    ours = {"institution_id": world.kitchen.id}  # type: ignore[attr-defined]
    desk: Any = world
    desk.names = desk.carrots.versions[0].name, desk.cheese.versions[0].name
    desk.accountant = log_in(app, world, Role.ACCOUNTANT, **ours)
    desk.second = log_in(app, world, Role.ACCOUNTANT, **ours)
    desk.cook = log_in(app, world, Role.KITCHEN_MANAGER, **ours)
    desk.farmer = log_in(app, world, Role.PRODUCER, producer_id=desk.farm.id)
    return desk


def upload(desk: Any, content: bytes, name: str = "račun.xml", **more: Any) -> Any:
    data = {"document": (io.BytesIO(content), name), **more}
    return desk.accountant.post(
        "/kitchen/matching/upload", data=data, content_type="multipart/form-data", follow_redirects=True
    )


def dear(desk: Any) -> Invoice:
    """Taken in: the carrots are 20 cents too dear, the cheese agrees."""
    written = document(desk, (desk.names[0], 9_500, 220), (desk.names[1], 3_000, 900))
    answer = upload(desk, file_of(written))
    assert answer.status_code == 200
    db.session.expire_all()
    return db.session.scalars(select(Invoice)).one()


def test_an_uploaded_invoice_is_shown_line_by_line(desk: Any) -> None:
    page = upload(
        desk, file_of(document(desk, (desk.names[0], 9_500, 220), (desk.names[1], 3_000, 900)))
    ).text
    assert "The invoice was taken in and compared." in page
    assert "more than the agreed" in page
    assert page.count("<h3>Ordered</h3>") == 2
    assert "1 difference is not cleared" in page
    assert "Approve for payment" not in page


def test_the_inbox_begins_with_what_needs_a_decision(desk: Any) -> None:
    assert "Nothing waits" in desk.accountant.get("/kitchen/matching").text
    issued = issue_invoice(groups(desk.farm)[0], **WHO)
    db.session.commit()
    written = document(desk, (desk.names[0], 9_500, 220), number="9-DRAG")
    upload(desk, file_of(written))
    page = desk.accountant.get("/kitchen/matching").text
    assert page.index("9-DRAG") < page.index(issued.number)
    assert "2 differences to decide" in page
    assert "Agrees, waits for approval" in page


def test_explained_released_and_approved_by_the_right_people(desk: Any) -> None:
    invoice = dear(desk)
    finding = findings_of(invoice.id)[0].id
    path, box = f"/kitchen/matching/{invoice.id}", f"f{finding}-words"
    empty = desk.cook.post(f"{path}/{finding}/explain", data={box: ""})
    assert empty.status_code == 422
    assert "whoever reads it next year" in empty.text
    explained = desk.accountant.post(
        f"{path}/{finding}/explain", data={box: "Nova cena."}, follow_redirects=True
    )
    assert "Nova cena." in explained.text
    assert "You explained it yourself" in explained.text
    assert desk.accountant.post(f"{path}/{finding}/release", data={box: "V redu."}).status_code == 422
    page = desk.second.post(f"{path}/{finding}/release", data={box: "V redu."}, follow_redirects=True).text
    assert "Approve for payment" in page
    assert desk.cook.post(f"{path}/approve").status_code == 403
    page = desk.second.post(f"{path}/approve", follow_redirects=True).text
    assert "The invoice is approved for payment." in page
    again = desk.second.post(f"{path}/take-back", data={"invoice-words": ""})
    assert again.status_code == 422
    page = desk.second.post(
        f"{path}/take-back", data={"invoice-words": "Počakajmo."}, follow_redirects=True
    ).text
    assert "The approval is taken back." in page


def test_a_line_that_is_not_sure_is_chosen_on_the_page(desk: Any) -> None:
    page = upload(desk, file_of(document(desk, ("Korenček iz kleti", 9_500, 200)))).text
    assert "Nobody ordered this." in page
    invoice = db.session.scalars(select(Invoice)).one()
    line = invoice.lines[0].id
    goods = line_of(farm_notes(desk)[0], desk.carrots).id
    page = desk.accountant.post(
        f"/kitchen/matching/{invoice.id}/lines/{line}", data={f"l{line}-goods": goods}, follow_redirects=True
    ).text
    assert "Agrees, waits for approval" in page


def test_another_account_than_known_is_warned_of(desk: Any) -> None:
    invoice = dear(desk)
    assert "another account" not in desk.accountant.get(f"/kitchen/matching/{invoice.id}").text
    seller = {**invoice.parties["seller"], "iban": "SI56020360253863406"}
    taken = Invoice(**{
        column.key: getattr(invoice, column.key) for column in Invoice.__table__.columns
        if column.key not in ("id", "number", "parties")
    }, number="9-B", parties={**invoice.parties, "seller": seller})  # fmt: skip
    db.session.add(taken)
    db.session.commit()
    assert "another account" in desk.accountant.get(f"/kitchen/matching/{taken.id}").text


def test_an_invoice_is_entered_by_hand(desk: Any) -> None:
    assert desk.farm.name in desk.accountant.get("/kitchen/matching/enter").text
    path = f"/kitchen/matching/enter?producer={desk.farm.id}"
    page = desk.accountant.get(path).text
    goods = line_of(farm_notes(desk)[0], desk.carrots).id
    assert f'name="g{goods}-q"' in page
    typed = {
        "number": "77", "issue_date": "2026-11-30", "net_cents": "19,00", "gross_cents": "20,81",
        f"g{goods}-q": "9,5",
    }  # fmt: skip
    wrong = desk.accountant.post(path, data={**typed, f"g{goods}-q": "veliko"})
    assert wrong.status_code == 422
    assert 'value="veliko"' in wrong.text
    page = desk.accountant.post(path, data=typed, follow_redirects=True).text
    assert "Agrees, waits for approval" in page
    twice = desk.accountant.post(path, data=typed)
    assert twice.status_code == 422
    assert "is here already" in twice.text
    nothing = desk.accountant.post(path, data={**typed, "number": "78", f"g{goods}-q": ""})
    assert "Write at least one line" in nothing.text


def test_what_nobody_ordered_is_entered_in_its_own_unit(desk: Any) -> None:
    path = f"/kitchen/matching/enter?producer={desk.farm.id}"
    typed = {
        "number": "79", "issue_date": "2026-11-30", "net_cents": "6,00", "gross_cents": "6,57",
        "o0-name": "Zabojčki", "o0-q": "1,5", "o0-u": "H87", "o0-p": "3",
    }  # fmt: skip
    half = desk.accountant.post(path, data=typed)
    assert half.status_code == 422
    assert '<option value="H87" selected>' in half.text
    assert desk.accountant.post(path, data={**typed, "o0-q": "2"}).status_code == 303
    [line] = db.session.scalars(select(Invoice)).one().lines
    assert (line.name, line.unit, line.quantity, line.net_cents) == ("Zabojčki", "H87", 2_000, 600)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><a>&b;</a>', "DOCTYPE"),
        (
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><a>&a;</a>',
            "DOCTYPE",
        ),
        ("<?xml version='1.0' encoding='UTF-16'?><a/>".encode("utf-16"), "UTF-8"),
        ("<?xml version='1.0'?><a>č</a>".encode("cp1250"), "UTF-8"),
        (b"%PDF-1.7", "not an XML document"),
        (b'<Invoice xmlns="urn:eslog:2.00"><a>', "not an XML document"),
        (b"<a/>", "another kind"),
        (b"<a>" * 60 + b"</a>" * 60, "another kind"),
        (b"", "not an XML document"),
    ],
)
def test_hostile_files_are_refused_with_a_sentence(desk: Any, content: bytes, words: str) -> None:
    answer = upload(desk, content)
    assert answer.status_code == 422
    assert words in answer.text
    assert db.session.scalars(select(Invoice)).all() == []


def test_fifty_megabytes_are_refused_before_they_are_read(desk: Any) -> None:
    class Unread(io.BytesIO):
        """A body that nobody may read."""

        def read(self, *_sizes: Any) -> bytes:
            raise AssertionError("it was read")

        readinto = readline = read  # type: ignore[assignment]

    answer = desk.accountant.post(
        "/kitchen/matching/upload",
        input_stream=Unread(),
        environ_overrides={"CONTENT_LENGTH": "50000000"},
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 413


def test_the_original_is_given_back_as_it_came(desk: Any) -> None:
    content = file_of(document(desk, (desk.names[0], 9_500, 200)))
    upload(desk, content)
    invoice = db.session.scalars(select(Invoice)).one()
    path = f"/kitchen/matching/{invoice.id}/files/{invoice.files[0].id}"
    answer = desk.accountant.get(path)
    assert answer.data == content
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert desk.farmer.get(path).status_code == 403


def test_the_farmer_reads_a_dispute_and_answers(desk: Any) -> None:
    invoice = dear(desk)
    finding = findings_of(invoice.id)[0].id
    assert "Nobody disputes" in desk.farmer.get("/producer/disputes").text
    assert "Nothing on it is disputed" in desk.farmer.get(f"/producer/disputes/{invoice.id}").text
    path, box = f"/kitchen/matching/{invoice.id}/{finding}", f"f{finding}-words"
    desk.accountant.post(f"{path}/dispute", data={box: "Dogovorjeno je 2 €."})
    assert "waits for your answer" in desk.farmer.get("/producer/disputes").text
    page = desk.farmer.get(f"/producer/disputes/{invoice.id}").text
    assert "Dogovorjeno je 2 €." in page
    assert desk.farmer.post(f"/producer/disputes/{invoice.id}/{finding}", data={box: " "}).status_code == 422
    page = desk.farmer.post(
        f"/producer/disputes/{invoice.id}/{finding}", data={box: "Popravim."}, follow_redirects=True
    ).text
    assert "Answered. The kitchen was told." in page
    assert "the producer answered" in desk.accountant.get("/kitchen/matching").text
    page = desk.cook.post(f"{path}/withdraw", data={box: "Bo dobropis."}, follow_redirects=True).text
    assert "withdrew the dispute" in page


def test_what_a_kitchen_has_not_disputed_the_farmer_does_not_see(desk: Any) -> None:
    invoice = dear(desk)
    finding = findings_of(invoice.id)[0].id
    desk.accountant.post(
        f"/kitchen/matching/{invoice.id}/{finding}/explain", data={f"f{finding}-words": "Med nami."}
    )
    assert "Med nami." not in desk.farmer.get(f"/producer/disputes/{invoice.id}").text
    assert desk.farmer.post(f"/producer/disputes/{invoice.id}/{finding}").status_code == 404


def test_the_auditor_reads_every_deviation_and_what_became_of_it(app: Flask, desk: Any) -> None:
    invoice = dear(desk)
    finding = findings_of(invoice.id)[0].id
    desk.cook.post(
        f"/kitchen/matching/{invoice.id}/{finding}/explain", data={f"f{finding}-words": "Nova cena."}
    )
    auditor = log_in(app, desk, Role.AUDITOR, municipality_id=desk.municipality.id)
    page = auditor.get("/auditor/deviations").text
    assert "more than the agreed" in page
    assert "Nova cena." in page
    record = invoice.lines[0].record_line.record
    assert f"/auditor/records/{record.id}" in page
    assert "2026-77," in auditor.get("/auditor/deviations.csv").text
    assert auditor.get("/auditor/deviations.xlsx").status_code == 200
    other = desk.add_institution()
    next_door = log_in(app, desk, Role.ACCOUNTANT, institution_id=other.id)
    assert "Nothing differs" in next_door.get("/auditor/deviations").text
    elsewhere = log_in(app, desk, Role.AUDITOR, municipality_id=desk.add_municipality().id)
    assert "Nothing differs" in elsewhere.get("/auditor/deviations").text


def test_the_coordinator_sees_how_many_are_held_and_disputed(app: Flask, desk: Any) -> None:
    coordinator = log_in(app, desk, municipality_id=desk.municipality.id)
    assert "is held because" not in coordinator.get("/coordinator/").text
    invoice = dear(desk)
    assert "1 invoice is held because something does not agree." in coordinator.get("/coordinator/").text
    finding = findings_of(invoice.id)[0].id
    desk.cook.post(
        f"/kitchen/matching/{invoice.id}/{finding}/dispute", data={f"f{finding}-words": "Dogovorjeno je 2 €."}
    )
    assert "agree, 1 of them is disputed." in coordinator.get("/coordinator/").text
