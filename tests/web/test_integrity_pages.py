"""Applications, declared interests and owners over HTTP: producer, coordinator and auditor."""

import csv
import io
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from foodorder.accounts import admission as admissions
from foodorder.accounts.interests import Declaring, declare
from foodorder.accounts.models import AdmissionState, InterestDeclaration, OwnershipStatement, Person
from foodorder.accounts.queries import admission_of
from foodorder.agreements.applications import apply, refuse
from foodorder.agreements.ceilings import Limits, set_limits
from foodorder.agreements.models import LotApplication, LotSupplier
from foodorder.agreements.suppliers import add_supplier
from foodorder.db import db
from foodorder.procurement.models import ProcurementRecord
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.agreements import AgreementKind, AgreementState, AwardMode
from foodorder.rules.integrity import Relation
from foodorder.rules.permissions import Role
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.factories import CLOSES, NOW
from tests.services.agreed import agreement_in, enact, lot_of
from tests.web.office import coordinator_of, log_in

ACT = {"actor": COMMAND, "now": NOW}
PDF = b"%PDF-1.7 izjava"


@pytest.fixture
def system(world, clock_at):
    """A dynamic purchasing system in force, with a ranked and a parallel lot, and a farm that may apply."""
    clock_at(NOW)
    world.stop = clock_at
    enact()
    world.farm, world.first = world.add_producer(name="Kmetija Nova"), world.add_producer()
    world.school = world.add_institution()
    world.agreement = agreement_in(world, world.school, kind=AgreementKind.DPS)
    world.food = world.add_food_type()
    world.lot = lot_of(world.agreement, world.food)
    world.shared = lot_of(world.agreement, world.food, number="2", mode=AwardMode.PARALLEL)
    add_supplier(world.lot, world.first.id, **ACT)
    world.agreement.state = AgreementState.IN_FORCE
    db.session.commit()
    return world


@pytest.fixture
def farmer(app, system):
    return log_in(app, system, Role.PRODUCER, producer_id=system.farm.id)


@pytest.fixture
def office(app, system):
    return coordinator_of(app, system)


@pytest.fixture
def auditor(app, system):
    return log_in(app, system, Role.AUDITOR, municipality_id=system.municipality.id)


def file(name="izjava.pdf", content=PDF):
    return FileStorage(io.BytesIO(content), name)


def applied(system, lot=None):
    one = apply((lot or system.lot).id, system.farm.id, [("izjava č.pdf", PDF)], "Korenje", **ACT)
    db.session.commit()
    return one


# The producer


def test_a_farm_applies_with_files_and_sees_what_became_of_it(farmer, system):
    assert "Lots open for applications" in farmer.get("/producer/profile").text
    assert "Apply" in farmer.get("/producer/lots").text
    path = f"/producer/lots/{system.lot.id}/apply"
    assert farmer.get(path).status_code == 200
    answer = farmer.post(
        path, data={"documents": [file(), file("slika.png", b"\x89PNG\r\n\x1a\n")], "note": "x"}
    )
    assert answer.status_code == 303
    page = farmer.get("/producer/lots").text
    assert "Waits for the decision" in page
    one = db.session.scalars(select(LotApplication)).one()
    assert [document.name for document in one.documents] == ["izjava.pdf", "slika.png"]
    got = farmer.get(f"/producer/applications/{one.id}/documents/{one.documents[0].id}")
    assert (got.data, got.mimetype) == (PDF, "application/pdf")
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert farmer.post(f"/producer/applications/{one.id}/withdraw").status_code == 303
    assert "Withdrawn" in farmer.get("/producer/lots").text


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([], "Add at least one document"),
        ([("a.pdf", b"MZ")], "is neither a PDF nor"),
        ([("a.pdf", PDF + b"x" * 1000)], "too large together"),
    ],
)
def test_what_is_wrong_with_the_files_is_said_and_what_was_typed_stays(
    farmer, system, files, said, monkeypatch
):
    monkeypatch.setattr("foodorder.rules.files.MOST_BYTES", 1000)
    data = {"documents": [file(*one) for one in files], "note": "Imamo veliko korenja"}
    answer = farmer.post(f"/producer/lots/{system.lot.id}/apply", data=data)
    assert answer.status_code == 422
    assert said in answer.text
    assert "Imamo veliko korenja" in answer.text


def test_a_lot_that_takes_no_applications_is_not_found(farmer, system):
    system.agreement.state = AgreementState.ENDED
    db.session.commit()
    assert farmer.get(f"/producer/lots/{system.lot.id}/apply").status_code == 404
    assert "No lot takes applications now" in farmer.get("/producer/lots").text


def test_another_farm_gets_neither_the_application_nor_its_files(app, system):
    one = applied(system)
    stranger = log_in(app, system, Role.PRODUCER, producer_id=system.first.id)
    assert stranger.get(f"/producer/applications/{one.id}/documents/{one.documents[0].id}").status_code == 404
    assert stranger.post(f"/producer/applications/{one.id}/withdraw").status_code == 404
    elsewhere = coordinator_of(app, system, system.add_municipality())
    for path in ("", f"/documents/{one.documents[0].id}"):
        assert elsewhere.get(f"/coordinator/applications/{one.id}{path}").status_code == 404


# The coordinator


def test_today_counts_the_days_and_turns_red(app, office, system):
    applied(system)
    assert "10 working days left" in office.get("/coordinator/").text
    system.stop(NOW + timedelta(days=9))
    office = coordinator_of(app, system)
    page = office.get("/coordinator/").text
    assert "3 working days left" in page
    assert re.search(r'decision-warn">.*?Kmetija Nova applied for lot 1', page, re.DOTALL)
    system.stop(NOW + timedelta(days=15))
    office = coordinator_of(app, system)
    late = office.get("/coordinator/").text
    assert "1 working day late" in late
    assert re.search(r'decision-bad">.*?Kmetija Nova applied for lot 1', late, re.DOTALL)
    assert "1 working day late" in office.get("/coordinator/applications").text


def test_an_application_is_admitted(office, system):
    one = applied(system)
    page = office.get(f"/coordinator/applications/{one.id}")
    assert "izjava č.pdf" in page.text
    got = office.get(f"/coordinator/applications/{one.id}/documents/{one.documents[0].id}")
    assert got.data == PDF
    assert "filename*=UTF-8''izjava%20%C4%8D.pdf" in got.headers["Content-Disposition"]
    answer = office.post(f"/coordinator/applications/{one.id}", data={"decision": "admit"})
    assert answer.status_code == 303
    supplier = db.session.scalars(select(LotSupplier).where(LotSupplier.producer_id == system.farm.id)).one()
    assert supplier.rank == 2
    assert "Admitted" in office.get("/coordinator/applications").text


def test_a_refusal_asks_for_a_reason(office, system):
    one = applied(system)
    path = f"/coordinator/applications/{one.id}"
    answer = office.post(path, data={"decision": "refuse", "reason": ""})
    assert answer.status_code == 422
    assert "Write why" in answer.text
    assert office.post(path, data={"decision": "refuse", "reason": "Manjka potrdilo"}).status_code == 303
    db.session.refresh(one)
    assert (one.state, one.reason) == ("refused", "Manjka potrdilo")
    assert office.post(path, data={"decision": "refuse", "reason": "x"}).status_code == 422


def test_a_parallel_lot_asks_for_the_share(office, system):
    one = applied(system, system.shared)
    path = f"/coordinator/applications/{one.id}"
    assert "Share of the lot" in office.get(path).text
    assert office.post(path, data={"decision": "admit"}).status_code == 422
    assert office.post(path, data={"decision": "admit", "share_bp": "12,5"}).status_code == 303
    supplier = db.session.scalars(select(LotSupplier).where(LotSupplier.lot_id == system.shared.id)).one()
    assert supplier.share_bp == 1250


def declared(system, **more):
    usual = {
        "name": "Ana Ravnatelj", "office": "ravnateljica", "producer_id": system.farm.id,
        "relation": Relation.FAMILY, "declared_on": date(2026, 11, 23), "valid_from": date(2026, 10, 1),
    }  # fmt: skip
    row = declare(system.municipality, Declaring(**{**usual, **more}), **ACT)
    db.session.commit()
    return row


def test_whoever_declared_an_interest_is_offered_no_decision(office, system):
    one = applied(system)
    admission_of(system.municipality.id, system.farm.id).state = AdmissionState.APPLIED
    me = db.session.scalars(select(Person.id).order_by(Person.id.desc())).first()
    declared(system, person_id=me)
    said = "somebody else must decide"
    for path in ("", f"applications/{one.id}", f"producers/{system.farm.id}"):
        page = office.get(f"/coordinator/{path}").text
        assert said in page, path
        assert f"/producers/{system.farm.id}/admit" not in page
        assert 'name="decision"' not in page
    for path, data in (
        (f"applications/{one.id}", {"decision": "admit"}),
        (f"producers/{system.farm.id}/admit", {}),
        (f"producers/{system.farm.id}/refuse", {"reason": "x"}),
    ):
        answer = office.post(f"/coordinator/{path}", data=data)
        assert answer.status_code in (409, 422), path
        assert said in answer.text
    db.session.refresh(one)
    assert one.state == "asked"


def form(system, **more):
    usual = {
        "name": "Ana Ravnatelj", "office": "ravnateljica", "institution_id": system.school.id, "person_id": 0,
        "producer_id": system.farm.id, "relation": "owner", "share_bp": "7,5", "declared_on": "2026-11-20",
        "valid_from": "2026-10-01",
    }  # fmt: skip
    return {**usual, **more}


def test_a_declaration_is_entered_corrected_and_ended(office, system):
    assert "Nothing is declared" in office.get("/coordinator/interests").text
    wrong = office.post("/coordinator/interests/new", data=form(system, share_bp=""))
    assert wrong.status_code == 422
    assert "Write how large the part is" in wrong.text
    assert 'value="ravnateljica"' in wrong.text
    assert office.post("/coordinator/interests/new", data=form(system)).status_code == 303
    row = db.session.scalars(select(InterestDeclaration)).one()
    assert (row.share_bp, row.institution_id, row.person_id) == (750, system.school.id, None)
    page = office.get("/coordinator/interests").text
    assert "7.5" in page
    assert "20 days late" in page

    path = f"/coordinator/interests/{row.id}"
    assert 'value="7.5"' in office.get(path).text
    assert office.post(path, data=form(system, institution_id=0, share_bp="6")).status_code == 303
    db.session.refresh(row)
    assert (row.share_bp, row.institution_id) == (600, None)
    assert "bars no orders" in office.get("/coordinator/interests").text

    assert office.post(f"{path}/end", data={"valid_to": "2026-09-30"}).status_code == 422
    assert office.post(f"{path}/end", data={"valid_to": "2026-11-24"}).status_code == 303
    assert "ended" in office.get("/coordinator/interests").text
    again = office.post(f"{path}/end", data={"valid_to": "2026-11-24"})
    assert "has ended already" in again.text


def test_a_statement_of_owners_is_asked_for_and_entered(office, auditor, system):
    system.lot.agreement.state = AgreementState.DRAFT
    db.session.commit()
    set_limit(system, 1_200_000)
    page = office.get("/coordinator/interests").text
    assert "missing" in page
    path = f"/coordinator/producers/{system.first.id}/ownership"
    assert path in page
    assert "missing" in auditor.get("/auditor/interests").text
    bad = {"signed_on": "2026-11-20", "owners": "Ana Novak, 100 %", "documents": file("a.pdf", b"MZ")}
    assert office.post(path, data=bad).status_code == 422
    good = {**bad, "documents": file()}
    assert office.post(path, data=good).status_code == 303
    row = db.session.scalars(select(OwnershipStatement)).one()
    assert row.document == PDF
    for reader in (office, auditor):
        assert reader.get(f"/auditor/ownership/{row.id}").data == PDF
    shown = auditor.get("/auditor/interests").text
    assert "missing" not in shown
    assert f"/auditor/ownership/{row.id}" in shown


def set_limit(system, cents):
    """The lot may be called off up to this; the agreement is in force again."""
    set_limits(system.agreement, Limits(cents), system.lot.id)
    system.agreement.state = AgreementState.IN_FORCE
    db.session.commit()


# The auditor


@pytest.fixture
def bought(system, clock_at):
    """Two schools bought from the farm; the head of the first has it in the family, and a councillor too."""
    system.other = system.add_institution()
    offer = system.offer(product=system.add_product(system.farm, system.food), price=1000)
    cycle = system.cycle()
    for kitchen, kilograms in ((system.school, "30"), (system.other, "20")):
        system.submit(cycle, kitchen, [(offer, kilograms)])
    db.session.commit()
    declared(system, institution_id=system.school.id)
    declared(system, name="Janez Svetnik", office="občinski svetnik", relation=Relation.SELF)
    system.week = cycle
    return system


def test_the_auditor_sees_what_was_bought_from_whose_farm(app, auditor, bought, clock_at):
    page = auditor.get("/auditor/interests").text
    assert "€300.00" in page, "ordered, not recorded yet"
    clock_at(CLOSES)
    record_cycle(bought.week.id, actor=SCHEDULER)
    auditor = log_in(app, bought, Role.AUDITOR, municipality_id=bought.municipality.id)
    page = auditor.get("/auditor/interests").text
    assert "Janez Svetnik" in page
    assert "1 institution bought where the law forbids it" in page
    behind = re.search(r'href="(/auditor/records\?[^"]*)"', page)[1].replace("&amp;", "&")
    records = auditor.get(behind).text
    assert "1 record with €300.00 net" in records
    rows = table(auditor.get("/auditor/interests/purchases.csv"))
    assert [(row["functionary"], row["law"], row["net_eur"]) for row in rows] == [
        ("Janez Svetnik", "allowed", "300.00"),
        ("Janez Svetnik", "allowed", "200.00"),
        ("Ana Ravnatelj", "forbidden", "300.00"),
        ("Ana Ravnatelj", "allowed", "200.00"),
    ]
    assert len(table(auditor.get("/auditor/interests/declarations.csv"))) == 2
    assert auditor.get("/auditor/interests/declarations.xlsx").data.startswith(b"PK")


def table(answer):
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_who_asked_and_what_became_of_it_is_one_list(app, auditor, office, system):
    asked = system.add_producer(name="Kmetija Vztrajna")
    own = admission_of(system.municipality.id, asked.id)
    actor = system.actor(system.add_person(Role.COORDINATOR, municipality_id=system.municipality.id))
    own.state = AdmissionState.REFUSED
    act = lambda days: {"actor": actor, "now": NOW + timedelta(days=days)}  # noqa: E731
    admissions.apply(asked, system.municipality.id, **act(0))
    admissions.refuse(own, "Manjka dovoljenje", **act(1))
    admissions.apply(asked, system.municipality.id, **act(2))
    admissions.admit(own, **act(3))
    refuse(applied(system), "Ni potrdila", **act(4))
    db.session.commit()
    for reader in (auditor, office):
        page = reader.get("/auditor/admissions").text
        assert "Manjka dovoljenje" in page
        assert "Ni potrdila" in page
    every = table(auditor.get("/auditor/admissions.csv"))
    rows = [row for row in every if row["producer"] == asked.name]
    assert [(row["state"], row["why"]) for row in rows] == [
        ("admitted", ""),
        ("refused", "Manjka dovoljenje"),
    ]
    assert all(row["asked"] and row["decided"] and row["decided_by"] for row in rows)
    (lot,) = [row for row in every if row["why"] == "Ni potrdila"]
    assert (lot["producer"], lot["state"]) == ("Kmetija Nova", "refused")
    assert auditor.get("/auditor/admissions.xlsx").data.startswith(b"PK")


def test_both_lists_are_found_among_the_reports(auditor):
    page = auditor.get("/auditor/reports").text
    assert 'href="/auditor/interests"' in page
    assert 'href="/auditor/admissions"' in page


def test_another_town_sees_nothing_of_it(app, system, bought):
    applied(system)
    elsewhere = log_in(app, system, Role.AUDITOR, municipality_id=system.add_municipality().id)
    assert "Kmetija Nova" not in elsewhere.get("/auditor/admissions").text
    page = elsewhere.get("/auditor/interests").text
    assert "Nothing is declared" in page
    assert "Kmetija Nova" not in page


# A change after the close


@pytest.fixture
def lettuce(app, system, clock_at):
    """A recorded week with perishable food, and both sides at their desks."""
    system.food.shelf_life_days = 7
    offer = system.offer(product=system.add_product(system.farm, system.food))
    cycle = system.cycle()
    system.submit(cycle, system.school, [(offer, "30")])
    clock_at(CLOSES)
    record_cycle(cycle.id, actor=SCHEDULER)
    system.record = db.session.scalars(select(ProcurementRecord)).one()
    system.kitchen = log_in(app, system, Role.KITCHEN_MANAGER, institution_id=system.school.id)
    system.seller = log_in(app, system, Role.PRODUCER, producer_id=system.farm.id)
    return system


def ask(system, **more):
    line = system.record.record_lines[0]
    data = {f"line-{line.id}": "10", "reason": "A class is on a trip", **more}
    return system.kitchen.post(f"/kitchen/records/{system.record.id}/ask?kind=reduction", data=data)


def test_a_kitchen_reads_in_advance_that_it_pays_and_the_farm_has_no_other_choice(lettuce):
    asking = f"/kitchen/records/{lettuce.record.id}/ask?kind="
    page = lettuce.kitchen.get(f"{asking}reduction").text
    assert "perishable: your kitchen bears the cost" in page
    assert "2019/633" in page
    assert "2019/633" not in lettuce.kitchen.get(f"{asking}addition").text
    assert ask(lettuce).status_code == 303
    path = f"/producer/records/{lettuce.record.id}"
    page = lettuce.seller.get(path).text
    assert re.findall(r'name="cost_bearer"[^>]*value="(\w+)"', page) == ["institution"]
    for forbidden in ("producer", "nobody"):
        answer = lettuce.seller.post(path, data={"decision": "accept", "cost_bearer": forbidden})
        assert answer.status_code == 422
    done = lettuce.seller.post(path, data={"decision": "accept", "cost_bearer": "institution"})
    assert "the contracting authority bears the whole cost" in lettuce.seller.get(done.location).text


def test_what_the_farm_cannot_bring_is_its_own_wish(lettuce):
    assert ask(lettuce, producers_wish="y").status_code == 303
    path = f"/producer/records/{lettuce.record.id}"
    page = lettuce.seller.get(path).text
    assert "If you did not, say no." in page
    assert len(re.findall(r'name="cost_bearer"', page)) == 3
    done = lettuce.seller.post(path, data={"decision": "accept", "cost_bearer": "nobody"})
    assert "The supplier asked for it" in lettuce.seller.get(done.location).text


def test_food_that_keeps_leaves_every_choice(lettuce):
    lettuce.food.shelf_life_days = None
    db.session.commit()
    page = lettuce.kitchen.get(f"/kitchen/records/{lettuce.record.id}/ask?kind=reduction").text
    assert "You and the producer agree who bears the cost" in page
    assert ask(lettuce).status_code == 303
    page = lettuce.seller.get(f"/producer/records/{lettuce.record.id}").text
    assert len(re.findall(r'name="cost_bearer"', page)) == 3
