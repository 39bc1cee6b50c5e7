"""Kinds of purchases, and those who read agreements without writing them."""

from sqlalchemy import select

from foodorder.agreements import force, suppliers
from foodorder.agreements.models import SubjectKind
from foodorder.db import db
from foodorder.rules.agreements import AwardMode, Enforcement, LotKind
from foodorder.rules.permissions import Role
from tests.services.agreed import ACT, lot_of
from tests.web.office import log_in
from tests.web.town_hall import at, desk, town, tuesday

__all__ = ["desk", "town", "tuesday"]

# Kinds


def test_kinds_begin_with_the_usual_ones_and_are_changed(desk, world, town):
    assert "1 food type belongs to no kind" in desk.get("/coordinator/kinds").text
    page = desk.post("/coordinator/kinds/defaults", follow_redirects=True).text
    assert "Zelenjava" in page
    assert "belongs to no kind" not in page
    kind = db.session.scalars(select(SubjectKind).where(SubjectKind.name == "Zelenjava")).one()
    desk.post(f"/coordinator/kinds/{kind.id}", data={"name": "Zelenjava in krompir", "cpv": "032, 15331"})
    assert kind.cpv == ["032", "15331"]
    assert desk.post("/coordinator/kinds/new", data={"name": "x", "cpv": "carrots"}).status_code == 422
    desk.post(f"/coordinator/kinds/{kind.id}/remove")
    assert "Zelenjava in krompir" not in desk.get("/coordinator/kinds").text


def test_the_rules_are_turned_on_only_when_every_food_has_a_kind(desk, world, town):
    answer = desk.post("/coordinator/kinds", data={"lawful_basis": "enforced"})
    assert answer.status_code == 422
    assert "its needs could not be counted" in answer.text
    desk.post("/coordinator/kinds/defaults")
    desk.post("/coordinator/kinds", data={"lawful_basis": "enforced"})
    db.session.refresh(world.municipality)
    assert world.municipality.lawful_basis == Enforcement.ENFORCED


def test_a_municipality_that_begins_has_kinds_and_the_rules(app, world):
    world.add_food_type()
    resting = world.add_municipality(active=False)
    db.session.commit()
    log_in(app, world, Role.ADMINISTRATOR).post(f"/administrator/municipality/{resting.code}/begin")
    db.session.refresh(resting)
    assert resting.lawful_basis == Enforcement.ENFORCED
    assert db.session.scalars(select(SubjectKind).where(SubjectKind.municipality_id == resting.id)).all()


# Those who read


def test_an_auditor_reads_everything_and_changes_nothing(app, world, town):
    eyes = log_in(app, world, Role.AUDITOR, municipality_id=world.municipality.id)
    assert "Živila 2026–2030" in eyes.get("/auditor/agreements").text
    page = eyes.get(f"/auditor/agreements/{town[0].id}").text
    assert "Kmetija Čuk" in page
    assert "/coordinator/" not in page


def test_a_kitchen_reads_what_entitles_it_and_no_drafts(app, world, town):
    agreement = town[0]
    kitchen = log_in(app, world, Role.KITCHEN_MANAGER, institution_id=agreement.institutions[0].id)
    assert "No agreement entitles your kitchen" in kitchen.get("/kitchen/agreements").text
    assert kitchen.get(f"/kitchen/agreements/{agreement.id}").status_code == 404
    force.put_in_force(agreement, **ACT)
    db.session.commit()
    assert "Živila 2026–2030" in kitchen.get("/kitchen/agreements").text
    page = kitchen.get(f"/kitchen/agreements/{agreement.id}").text
    assert "Kmetija Čuk" in page
    assert "/coordinator/" not in page
    other = log_in(app, world, Role.KITCHEN_MANAGER, institution_id=world.add_institution().id)
    assert other.get(f"/kitchen/agreements/{agreement.id}").status_code == 404


def test_parallel_and_open_lots_show_their_shares(desk, town, world):
    agreement, _, farm, carrots = town
    parallel = lot_of(agreement, carrots, number="2", mode=AwardMode.PARALLEL, limit_cents=100)
    suppliers.add_supplier(parallel, farm.id, share_bp=6_000, **ACT)
    lot_of(agreement, carrots, number="3", kind=LotKind.EXEMPTED, mode=AwardMode.OPEN, limit_cents=100)
    db.session.commit()
    page = desk.get(at(agreement)).text
    assert "60.0%" in page
    assert "Every admitted producer may deliver" in page
    answer = desk.post(
        at(agreement, f"/lots/{parallel.id}/suppliers"), data={"producer": farm.id, "share_bp": "50"}
    )
    assert answer.status_code == 422
