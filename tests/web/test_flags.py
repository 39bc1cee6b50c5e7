"""Flags over HTTP: an auditor reads, asks and decides; a coordinator answers what they were asked."""

import csv
import io

import pytest
from sqlalchemy import select

from foodorder.accounts.passwords import hash_password
from foodorder.audit.flags.models import Flag, FlagRun
from foodorder.db import db
from foodorder.procurement.models import ProcurementRecord
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.permissions import Role
from foodorder.trail.actor import SCHEDULER
from tests.factories import CLOSES, NOW
from tests.guards.flag_things import flag_things
from tests.kept import once

PASSWORD = "dolgo geslo za preskus"


@once
def week(world, clock_at):
    """A recorded week with one flag about it, and nobody was asked yet."""
    clock_at(NOW)
    world.farm, world.kitchen = world.add_producer(), world.add_institution()
    offer = world.offer(world.farm, price=100)
    cycle = world.cycle()
    world.submit(cycle, world.kitchen, [(offer, "4")])
    clock_at(CLOSES)
    record_cycle(cycle.id, actor=SCHEDULER)
    record = db.session.scalars(select(ProcurementRecord)).one()
    things = flag_things(world.municipality, world.kitchen, world.farm, record, "K-2026-1", CLOSES)
    world.flag = db.session.get_one(Flag, things["flag_id"])
    world.flag.asked_at = None
    db.session.commit()
    return world


def log_in(app, world, role, **reach):
    person = world.add_person(role, **reach)
    person.password_hash = hash_password(PASSWORD)
    person.language = "en"
    db.session.commit()
    client = app.test_client()
    assert client.post("/login", data={"email": person.email, "password": PASSWORD}).status_code in (302, 303)
    return client


@once
def auditor(app, week):
    return log_in(app, week, Role.AUDITOR, municipality_id=week.municipality.id)


@pytest.fixture
def coordinator(app, week):
    return log_in(app, week, Role.COORDINATOR, municipality_id=week.municipality.id)


def test_a_flag_is_read_asked_about_answered_and_decided(app, week, auditor, coordinator):
    number, sentence = week.flag.id, "brought"
    listed = auditor.get("/auditor/flags")
    assert listed.status_code == 200
    assert f'href="/auditor/flags/{number}"' in listed.text
    assert sentence in listed.text
    page = auditor.get(f"/auditor/flags/{number}")
    record = f'href="/auditor/records/{week.flag.evidence["items"][0]["number"]}"'
    assert record in page.text
    assert "25.0%" in page.text, "the number that held"

    # The coordinator knows nothing of it until somebody asks.
    assert coordinator.get(f"/coordinator/questions/{number}").status_code == 404
    assert coordinator.get("/auditor/flags").status_code in (403, 404)
    assert "No questions" in coordinator.get("/coordinator/questions").text
    silent = auditor.post(f"/auditor/flags/{number}", data={"action": "ask", "words": ""})
    assert silent.status_code == 422
    asked = auditor.post(f"/auditor/flags/{number}", data={"action": "ask", "words": "Was it an emergency?"})
    assert asked.status_code == 303
    assert "1 flag waits for your explanation" in coordinator.get("/coordinator/").text
    assert "Was it an emergency?" in coordinator.get(f"/coordinator/questions/{number}").text
    told = coordinator.post(f"/coordinator/questions/{number}", data={"words": "Hail in the night."})
    assert told.status_code == 303
    again = coordinator.post(f"/coordinator/questions/{number}", data={"words": "And frost."})
    assert again.status_code == 422
    assert coordinator.post(
        f"/auditor/flags/{number}", data={"action": "dismiss", "words": "x"}
    ).status_code in (403, 404)

    assert "Hail in the night." in auditor.get(f"/auditor/flags/{number}").text
    done = auditor.post(f"/auditor/flags/{number}", data={"action": "dismiss", "words": "An emergency."})
    assert done.status_code == 303
    illegal = auditor.post(f"/auditor/flags/{number}", data={"action": "confirm", "words": "x"})
    assert illegal.status_code == 422
    assert f"/auditor/flags/{number}" not in auditor.get("/auditor/flags").text, "decided ones are not usual"
    assert f"/auditor/flags/{number}" in auditor.get("/auditor/flags?state=dismissed&severity=1").text
    db.session.expire_all()
    assert (week.flag.state, len(week.flag.notes)) == ("dismissed", 4)


def test_filters_are_the_address_of_the_page(week, auditor):
    for address, there in (
        ("state=all&rule=outside_cycle", True), ("severity=3", False), ("month=2026-12", True),
        ("month=2026-10", False), ("rule=nonsense&page=77", False), ("state=x&producer=999", True),
    ):  # fmt: skip
        page = auditor.get(f"/auditor/flags?{address}")
        assert page.status_code == 200
        assert (f"/auditor/flags/{week.flag.id}" in page.text) is there, address


def test_files_rules_and_a_run_on_past_months(week, auditor):
    rows = list(csv.reader(io.StringIO(auditor.get("/auditor/flags.csv").text.lstrip("\ufeff"))))
    assert any(str(week.flag.id) in row for row in rows)
    assert auditor.get("/auditor/flags.xlsx").status_code == 200
    page = auditor.get("/auditor/flags/rules")
    assert "Always accepted whole within a minute" in page.text
    assert "R036" in page.text
    months = {"first": "2026-11", "last": "2026-12"}
    assert auditor.post("/auditor/flags/rules", data=months).status_code == 303
    run = db.session.scalars(select(FlagRun).order_by(FlagRun.id.desc())).first()
    assert (run.first.month, run.last.month, run.finished_at) == (11, 12, None)
    assert (
        auditor.post("/auditor/flags/rules", data={"first": "2026-12", "last": "2026-11"}).status_code == 422
    )


def test_the_spend_names_the_flags_that_concern_it(week, auditor, coordinator):
    here = f"/auditor/flags/{week.flag.id}"
    assert here in auditor.get("/auditor/spend?from=2026-11&to=2026-12").text
    assert here not in auditor.get("/auditor/spend?from=2026-01&to=2026-02").text
    assert "/auditor/flags" not in coordinator.get("/auditor/spend?from=2026-11&to=2026-12").text


def test_flags_are_nobody_elses(app, week):
    number, town = week.flag.id, week.add_municipality()
    elsewhere = log_in(app, week, Role.AUDITOR, municipality_id=town.id)
    assert elsewhere.get(f"/auditor/flags/{number}").status_code == 404
    assert (
        elsewhere.post(f"/auditor/flags/{number}", data={"action": "note", "words": "x"}).status_code == 404
    )
    assert "No flags yet" in elsewhere.get("/auditor/flags").text
    accountant = log_in(app, week, Role.ACCOUNTANT, institution_id=week.kitchen.id)
    assert accountant.get("/auditor/flags").status_code in (403, 404)
    assert accountant.get("/auditor/flags/rules").status_code in (403, 404)
