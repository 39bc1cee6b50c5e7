"""Applications of farms over HTTP: what the farm sees, and what the coordinator decides."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from foodorder.agreements.models import LotApplication, LotSupplier
from foodorder.db import db
from foodorder.rules.agreements import AgreementState
from foodorder.rules.permissions import Role
from tests.factories import NOW
from tests.kept import once
from tests.web.integrity import PDF, applied, file, office, system
from tests.web.office import coordinator_of, log_in

__all__ = ["office", "system"]


@once
def farmer(app, system):
    return log_in(app, system, Role.PRODUCER, producer_id=system.farm.id)


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
