"""Agreements over HTTP, as the coordinator writes them."""

import pytest
from sqlalchemy import select

from foodorder.agreements.ceilings import ceiling_of
from foodorder.agreements.models import Agreement, Amendment
from foodorder.db import db
from foodorder.rules.agreements import AgreementState
from tests.services.agreed import EUR, agreement_in, lot_of
from tests.web.town_hall import AMENDMENT, at, desk, in_force, town, tuesday

__all__ = ["desk", "in_force", "town", "tuesday"]


def typed(**values):
    return {
        "kind": "framework", "title": "Živila", "signed_on": "2026-08-20", "valid_from": "2026-09-01",
        "valid_to": "2030-08-31", "value_cents": "15.000.000,00", "limit_cents": "15000000", **values,
    }  # fmt: skip


# The coordinator


def test_a_municipality_without_agreements_is_told_how_to_begin(desk):
    page = desk.get("/coordinator/agreements").text
    assert "No agreements yet" in page
    assert "/coordinator/agreements/new" in page


def test_the_first_page_leads_to_the_agreements(desk):
    assert "/coordinator/agreements" in desk.get("/coordinator/").text


def test_an_agreement_is_entered_and_told_what_it_lacks(desk, world):
    answer = desk.post("/coordinator/agreements/new", data=typed(), follow_redirects=True)
    assert "3 things are missing" not in answer.text
    assert "2 things are missing before it can be put in force." in answer.text
    assert "Choose the institutions that may call off." in answer.text
    made = db.session.scalars(select(Agreement)).one()
    assert (made.value_cents, made.municipality_id) == (1_500_000_000, world.municipality.id)


def test_what_was_typed_wrongly_stays_with_its_error(desk):
    answer = desk.post("/coordinator/agreements/new", data=typed(valid_to="2026-08-01", title="Živila 26"))
    assert answer.status_code == 422
    assert "The term must end after it begins." in answer.text
    assert "Živila 26" in answer.text


def test_a_draft_is_changed(desk, town):
    desk.post(at(town[0], "/edit"), data=typed(title="Novo ime"))
    db.session.refresh(town[0])
    assert town[0].title == "Novo ime"


def test_a_lot_is_entered_by_its_codes_with_a_supplier_and_prices(desk, town, world):
    agreement, _, farm, _ = town
    cheese = world.add_food_type(cpv="15540000-5", name_en="Cheese")
    db.session.commit()
    lot = {"number": "2", "name": "Siri", "kind": "awarded", "mode": "ranked", "cpv": "1554"}
    assert desk.post(at(agreement, "/lots/new"), data=lot).status_code == 303
    made = agreement.lots[1]
    assert made.food_types == [cheese]
    assert "Lot 2 has no supplier." in desk.get(at(agreement)).text
    desk.post(at(agreement, f"/lots/{made.id}/suppliers"), data={"producer": farm.id})
    assert made.suppliers[0].rank == 1
    cell = f"price{farm.id}x{cheese.id}"
    prices = desk.post(
        at(agreement, f"/lots/{made.id}/prices"), data={cell: "8,40", "valid_from": "2026-09-01"}
    )
    assert prices.status_code == 303
    page = desk.get(at(agreement)).text
    assert "€8.40/kg" in page
    assert "Nothing is missing: it can be put in force." in page


def test_a_refused_lot_says_why_beside_the_field(desk, town):
    lot = {"number": "1", "name": "Siri", "kind": "awarded", "mode": "ranked", "cpv": "cheese"}
    answer = desk.post(at(town[0], "/lots/new"), data=lot)
    assert answer.status_code == 422
    assert "has a lot 1 already" in answer.text


def test_lots_and_suppliers_of_a_draft_are_changed_and_removed(desk, town, world):
    agreement, lot, _, carrots = town
    lot_id, supplier_id = lot.id, lot.suppliers[0].id
    change = {"number": "1a", "name": "Korenovke", "kind": "awarded", "mode": "ranked", "foods": [carrots.id]}
    desk.post(at(agreement, f"/lots/{lot_id}"), data=change)
    desk.post(at(agreement, f"/suppliers/{supplier_id}"), data={"rank": "3"})
    db.session.refresh(lot)
    assert (lot.number, lot.suppliers[0].rank) == ("1a", 3)
    desk.post(at(agreement, f"/suppliers/{supplier_id}/leave"))
    db.session.refresh(lot)
    assert lot.suppliers == []
    spare = lot_of(agreement, carrots, number="9").id
    db.session.commit()
    desk.post(at(agreement, f"/lots/{spare}/remove"))
    db.session.refresh(agreement)
    assert [one.number for one in agreement.lots] == ["1a"]
    # Prices were agreed under it: it stays, and the page says so.
    assert desk.post(at(agreement, f"/lots/{lot_id}/remove")).status_code in (409, 422)


def test_a_complete_draft_is_put_in_force(desk, town):
    agreement = town[0]
    answer = desk.post(at(agreement, "/put-in-force"), follow_redirects=True)
    assert "From now on it changes by amendments only." in answer.text
    assert agreement.state == AgreementState.IN_FORCE
    assert desk.get(at(agreement, "/edit")).status_code == 303


def test_an_incomplete_draft_stays_one(desk, world):
    agreement = agreement_in(world)
    db.session.commit()
    answer = desk.post(at(agreement, "/put-in-force"))
    assert answer.status_code == 422
    assert "Enter at least one lot." in answer.text


def test_an_amendment_raises_a_ceiling_and_stands_in_the_history(desk, in_force):
    agreement, lot, *_ = in_force
    form = {f"lot{lot.id}_cents": "120000", "whole_cents": "1.000.000,00", **AMENDMENT}
    answer = desk.post(at(agreement, "/ceilings"), data=form, follow_redirects=True)
    assert "Amendment 1: Ceilings" in answer.text
    assert "The frost was hard." in answer.text
    assert ceiling_of(agreement.id, lot.id).limit_cents == 120_000 * EUR


def test_a_large_growth_is_warned_of(desk, in_force):
    agreement, lot, *_ = in_force
    form = {f"lot{lot.id}_cents": "300000", "whole_cents": "1.000.000,00", **AMENDMENT}
    assert "ZJN-3, art. 95" in desk.post(at(agreement, "/ceilings"), data=form, follow_redirects=True).text


def test_an_institution_gets_a_ceiling_of_its_own(desk, town):
    agreement = town[0]
    kitchen = agreement.institutions[0]
    form = {f"institution{kitchen.id}_cents": "5000", "whole_cents": "1000000", f"lot{town[1].id}_cents": "1"}
    answer = desk.post(at(agreement, "/ceilings"), data=form, follow_redirects=True)
    assert "Ceilings of institutions" in answer.text
    assert ceiling_of(agreement.id, institution_id=kitchen.id).limit_cents == 5_000 * EUR


@pytest.mark.parametrize(
    "page", ["/term", "/institutions", "/ceilings", "/lots/{lot}", "/suppliers/{supplier}/leave"]
)
def test_in_force_nothing_changes_without_the_amendment(desk, in_force, page):
    agreement, lot, *_ = in_force
    address = at(agreement, page.format(lot=lot.id, supplier=lot.suppliers[0].id))
    assert "Amendment signed on" in desk.get(address).text
    assert desk.post(address, data={"valid_to": "2029-08-31"}).status_code == 422
    assert db.session.scalars(select(Amendment)).all() == []


def test_amendments_of_every_subject_are_told(desk, in_force, world):
    agreement, lot, _, carrots = in_force
    beet, other = world.add_food_type(name_en="Beetroot"), world.add_producer(name="Kmetija Druga")
    kitchen = world.add_institution(short_name="OŠ Nova")
    db.session.commit()
    for page, form in (
        ("/term", {"valid_to": "2029-08-31"}),
        ("/institutions", {"institutions": [kitchen.id]}),
        (f"/lots/{lot.id}", {"foods": [carrots.id, beet.id]}),
        (f"/lots/{lot.id}/suppliers", {"producer": other.id, "rank": "2"}),
        (f"/suppliers/{lot.suppliers[0].id}", {"rank": "5"}),
        (f"/suppliers/{lot.suppliers[0].id}/leave", {}),
        (f"/lots/{lot.id}/prices", {f"price{other.id}x{carrots.id}": "1,70"}),
    ):
        answer = desk.post(at(agreement, page), data=form | AMENDMENT)
        assert answer.status_code == 303, (page, answer.text)
    told = desk.get(at(agreement)).text
    for words in ("Amendment 7: Prices", "OŠ Nova", "Kmetija Druga", "joins", "last day", "Foods of a lot"):
        assert words in told


@pytest.mark.parametrize("page", ["applications", "kinds", "criteria", "interests"])
def test_what_belongs_to_agreements_is_found_from_there_and_marked_so(desk, page):
    assert f'href="/coordinator/{page}"' in desk.get("/coordinator/agreements").text
    assert 'href="/coordinator/agreements" aria-current="true"' in desk.get(f"/coordinator/{page}").text


def test_an_agreement_ends_with_a_reason(desk, in_force):
    agreement = in_force[0]
    assert desk.post(at(agreement, "/end"), data={"reason": " "}).status_code == 422
    desk.post(at(agreement, "/end"), data={"reason": "Terminated."})
    assert agreement.state == AgreementState.ENDED
    assert "/edit" not in desk.get(at(agreement)).text


def test_a_ceiling_nearly_full_is_said_in_words(desk, in_force):
    agreement, lot, *_ = in_force
    ceiling_of(agreement.id, lot.id).used_cents = 96_000 * EUR
    db.session.commit()
    page = desk.get("/coordinator/agreements").text
    assert "Nearly full" in page
    assert "96.0% of its ceiling is used." in page
    assert "Amend the ceilings" in desk.get(at(agreement)).text
