"""Interests that are declared, owners that are stated, and what the auditor finds of them."""

import csv
import io
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from foodorder.accounts import admission as admissions
from foodorder.accounts.interests import Declaring, declare
from foodorder.accounts.models import AdmissionState, InterestDeclaration, OwnershipStatement, Person
from foodorder.accounts.queries import admission_of
from foodorder.agreements.applications import refuse
from foodorder.agreements.ceilings import Limits, set_limits
from foodorder.db import db
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.agreements import AgreementState
from foodorder.rules.integrity import Relation
from foodorder.rules.permissions import Role
from foodorder.trail.actor import SCHEDULER
from tests.factories import CLOSES, NOW
from tests.kept import once
from tests.web.integrity import ACT, PDF, applied, file, office, system
from tests.web.office import log_in

__all__ = ["office", "system"]


@once
def auditor(app, system):
    return log_in(app, system, Role.AUDITOR, municipality_id=system.municipality.id)


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
