"""Documents of agreements and drafts that are given up, over HTTP."""

import io

import pytest

from foodorder.agreements import force
from foodorder.agreements.documents import add_documents, documents_of
from foodorder.agreements.models import Agreement
from foodorder.agreements.prices import agree_prices
from foodorder.agreements.suppliers import add_supplier
from foodorder.db import db
from foodorder.rules.agreements import AgreementState
from foodorder.rules.permissions import Role
from tests.factories import NOW
from tests.kept import once
from tests.services.agreed import ACT, agreement_in, enact, lot_of
from tests.services.test_agreements_draft import price
from tests.web.office import coordinator_of, log_in

PDF = b"%PDF-1.7 pogodba"


@once
def draft(world, clock_at):
    clock_at(NOW)
    enact()
    food, farm = world.add_food_type(), world.add_producer()
    agreement = agreement_in(world, world.add_institution())
    lot = lot_of(agreement, food, limit_cents=10_000_000)
    add_supplier(lot, farm.id, **ACT)
    agree_prices(agreement, [price(lot, farm, food)], **ACT)
    db.session.commit()
    return agreement


@once
def desk(app, world, draft):
    return coordinator_of(app, world)


def at(agreement, rest=""):
    return f"/coordinator/agreements/{agreement.id}{rest}"


def hand_in(desk, agreement, name, content):
    return desk.post(at(agreement, "/documents"), data={"documents": (io.BytesIO(content), name)})


def test_a_coordinator_adds_downloads_and_takes_out_a_document_of_a_draft(desk, draft):
    assert hand_in(desk, draft, "pogodba č.pdf", PDF).status_code == 303
    page = desk.get(at(draft, "/documents"))
    assert "pogodba č.pdf" in page.text
    [listed] = documents_of(draft.id)
    kept = desk.get(at(draft, f"/documents/{listed.id}"))
    assert (kept.data, kept.headers["Content-Type"]) == (PDF, "application/pdf")
    assert kept.headers["Content-Disposition"].startswith("attachment")
    assert "pogodba č.pdf" in desk.get(at(draft)).text
    desk.post(at(draft, f"/documents/{listed.id}/remove"))
    assert documents_of(draft.id) == []


@pytest.mark.parametrize(("name", "content"), [("x.exe", b"MZ"), ("", b"")])
def test_what_is_refused_is_said_beside_the_field(desk, draft, name, content):
    answer = hand_in(desk, draft, name, content)
    assert answer.status_code == 422
    assert 'href="#documents"' in answer.text
    assert documents_of(draft.id) == []


def test_in_force_documents_stay_and_more_can_be_added(desk, draft):
    [kept] = add_documents(draft, [("pogodba.pdf", PDF)], **ACT)
    force.put_in_force(draft, **ACT)
    db.session.commit()
    assert f"/documents/{kept.id}/remove" not in desk.get(at(draft, "/documents")).text
    assert desk.post(at(draft, f"/documents/{kept.id}/remove")).status_code == 409
    assert hand_in(desk, draft, "aneks.pdf", PDF).status_code == 303
    assert [one.name for one in documents_of(draft.id)] == ["pogodba.pdf", "aneks.pdf"]


@pytest.mark.parametrize(("counter", "role"), [("kitchen", Role.KITCHEN_MANAGER), ("auditor", Role.AUDITOR)])
def test_the_entitled_and_auditors_read_documents_in_force(app, world, draft, counter, role):
    [kept] = add_documents(draft, [("pogodba.pdf", PDF)], **ACT)
    force.put_in_force(draft, **ACT)
    reach = (
        {"institution_id": draft.institutions[0].id}
        if role is Role.KITCHEN_MANAGER
        else {"municipality_id": world.municipality.id}
    )
    db.session.commit()
    reader = log_in(app, world, role, **reach)
    assert "pogodba.pdf" in reader.get(f"/{counter}/agreements/{draft.id}").text
    assert reader.get(f"/{counter}/agreements/{draft.id}/documents/{kept.id}").data == PDF


def test_a_kitchen_that_is_not_entitled_reads_nothing(app, world, draft):
    [kept] = add_documents(draft, [("pogodba.pdf", PDF)], **ACT)
    force.put_in_force(draft, **ACT)
    db.session.commit()
    other = world.add_institution()
    reader = log_in(app, world, Role.KITCHEN_MANAGER, institution_id=other.id)
    assert reader.get(f"/kitchen/agreements/{draft.id}/documents/{kept.id}").status_code == 404


def test_a_draft_is_given_up_after_a_page_that_says_what_goes(desk, draft):
    page = desk.get(at(draft, "/give-up"))
    assert page.status_code == 200
    assert at(draft, "/give-up") in desk.get(at(draft)).text
    number = draft.id
    answer = desk.post(at(draft, "/give-up"), follow_redirects=True)
    assert (answer.status_code, answer.request.path) == (200, "/coordinator/agreements")
    assert db.session.get(Agreement, number) is None


def test_what_is_in_force_is_not_given_up(desk, draft):
    force.put_in_force(draft, **ACT)
    db.session.commit()
    desk.post(at(draft, "/give-up"))
    assert draft.state == AgreementState.IN_FORCE
    assert at(draft, "/give-up") not in desk.get(at(draft)).text


def test_a_ceiling_below_what_is_ordered_is_shown_as_such(desk, draft):
    force.put_in_force(draft, **ACT)
    desk.get(at(draft, "/ceilings"))
    db.session.execute(
        db.text("UPDATE ceiling SET used_cents = 500, limit_cents = 300 WHERE lot_id IS NOT NULL")
    )
    db.session.commit()
    page = desk.get(at(draft)).text
    assert "Above its ceiling" in page
    assert "Nothing more can be called off." in page
