"""What is kept with an agreement, and a draft that is given up with everything in it."""

import io
import json
import zipfile
from hashlib import sha256

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from foodorder.agreements import force, suppliers
from foodorder.agreements.criteria import publish_criteria
from foodorder.agreements.documents import (
    NothingHandedIn,
    add_documents,
    document_of,
    documents_of,
    remove_document,
)
from foodorder.agreements.giving_up import CriteriaPublished, give_up
from foodorder.agreements.models import (
    AgreedPrice,
    Agreement,
    AgreementDocument,
    AgreementLot,
    Ceiling,
    LotSupplier,
    PriceImport,
    agreement_institution,
    lot_food_type,
)
from foodorder.agreements.price_import import upload
from foodorder.agreements.prices import agree_prices
from foodorder.agreements.states import NotADraft
from foodorder.db import db
from foodorder.rules.files import FilesTooLarge, NotAKnownDocument
from foodorder.rules.scoring import Criterion
from tests.criteria import add_settings
from tests.factories import NOW
from tests.kept import once
from tests.services.agreed import ACT, FIRST, agreement_in, enact, lot_of
from tests.services.test_agreements_draft import price

PDF = ("pogodba.pdf", b"%PDF-1.7 pogodba")


def sheet() -> tuple[str, bytes]:
    """A spreadsheet, as far as its list of entries goes."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return "predračun.xlsx", kept.getvalue()


@once
def draft(world):
    """A draft of one lot with a supplier, a price and a price list."""
    enact()
    food, farm = world.add_food_type(), world.add_producer(name="Kmetija Čuk")
    agreement = agreement_in(world, world.add_institution())
    lot = lot_of(agreement, food, limit_cents=10_000_000)
    suppliers.add_supplier(lot, farm.id, **ACT)
    agree_prices(agreement, [price(lot, farm, food)], **ACT)
    line = f"1;{farm.name};{food.code};1,65;2026-10-01"
    upload(agreement, "cenik.csv", f"Sklop;Ponudnik;Živilo;Cena;Velja od\n{line}".encode(), **ACT)
    return agreement


def body_of(action):
    found = db.session.execute(
        text("SELECT body FROM trail_event WHERE action = :action ORDER BY id DESC LIMIT 1"),
        {"action": action},
    ).scalar_one()
    return json.loads(found)


def test_documents_are_kept_as_they_came_and_the_trail_holds_their_digests(draft):
    add_documents(draft, [PDF, sheet()], **ACT)
    listed = documents_of(draft.id)
    assert [(one.name, one.size) for one in listed] == [
        ("pogodba.pdf", len(PDF[1])),
        ("predračun.xlsx", len(sheet()[1])),
    ]
    kept = document_of(draft, listed[0].id)
    assert (kept.content, kept.media_type, kept.added_at) == (PDF[1], "application/pdf", NOW)
    told = body_of("agreement.documents_added")["after"]["documents"][0]
    assert (told["name"], told["sha256"]) == ("pogodba.pdf", sha256(PDF[1]).hexdigest())


@pytest.mark.parametrize(
    ("files", "refusal"),
    [
        ([], NothingHandedIn),
        ([("x.pdf", b"MZ program")], NotAKnownDocument),
        ([("x.pdf", b"%PDF-" + b"x" * 2_000_000)], FilesTooLarge),
    ],
)
def test_what_is_no_document_is_refused(draft, files, refusal):
    with pytest.raises(refusal):
        add_documents(draft, files, **ACT)


def test_only_a_draft_gives_a_document_back(draft):
    first, second = add_documents(draft, [PDF, sheet()], **ACT)
    remove_document(draft, first, **ACT)
    assert body_of("agreement.document_removed")["before"]["documents"][0]["name"] == "pogodba.pdf"
    force.put_in_force(draft, **ACT)
    with pytest.raises(NotADraft):
        remove_document(draft, second, **ACT)
    add_documents(draft, [("aneks.pdf", PDF[1])], **ACT)
    assert [one.name for one in documents_of(draft.id)] == ["predračun.xlsx", "aneks.pdf"]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM agreement_document",
        "UPDATE agreement_document SET name = name",
        "TRUNCATE agreement_document",
        "DELETE FROM agreed_price",
        "UPDATE agreed_price SET price_cents = price_cents",
        "TRUNCATE agreed_price",
    ],
)
def test_the_database_keeps_prices_and_documents_of_what_is_in_force(draft, statement):
    add_documents(draft, [PDF], **ACT)
    force.put_in_force(draft, **ACT)
    with pytest.raises(DBAPIError, match=r"frozen|permission denied"), db.session.begin_nested():
        db.session.execute(text(statement))


def test_a_document_of_another_agreement_is_not_found(draft, world):
    [kept] = add_documents(draft, [PDF], **ACT)
    assert document_of(agreement_in(world), kept.id) is None


def test_a_draft_is_given_up_with_everything_in_it(draft, world):
    other = agreement_in(world, *draft.institutions, title="Ostane")
    lot_of(other, *draft.lots[0].food_types)
    add_documents(draft, [PDF], **ACT)
    number = draft.id
    give_up(draft, **ACT)
    assert db.session.get(Agreement, number) is None
    for model in (AgreedPrice, AgreementDocument, LotSupplier, PriceImport):
        assert db.session.scalar(select(func.count()).select_from(model)) == 0, model
    assert [lot.agreement_id for lot in db.session.scalars(select(AgreementLot))] == [other.id]
    assert {row.agreement_id for row in db.session.scalars(select(Ceiling))} == {other.id}
    for table in (agreement_institution, lot_food_type):
        assert db.session.scalar(select(func.count()).select_from(table)) == 1, table
    told = body_of("agreement.given_up")["before"]
    assert (told["title"], told["documents"], told["prices"]) == ("Živila 2026–2030", ["pogodba.pdf"], 1)
    assert told["lots"][0]["suppliers"] == ["Kmetija Čuk"]


def test_what_is_in_force_is_never_given_up(draft):
    force.put_in_force(draft, **ACT)
    with pytest.raises(NotADraft):
        give_up(draft, **ACT)


def test_a_draft_with_published_criteria_stays(draft, world):
    add_settings()
    publish_criteria(
        world.municipality, draft, FIRST.replace(year=2028), {Criterion.PRICE: 100}, today=NOW.date(), **ACT
    )
    with pytest.raises(CriteriaPublished):
        give_up(draft, **ACT)
