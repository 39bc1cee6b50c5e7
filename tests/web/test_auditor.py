"""The auditor's counter over HTTP: what each role reaches, from a sum to its beginning, files."""

import csv
import io
import re

import pytest
from python_calamine import CalamineWorkbook

from foodorder import jobs
from foodorder.accounts.passwords import hash_password
from foodorder.db import db
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.permissions import Permission, Role
from foodorder.trail import service as trail
from foodorder.trail.actor import SCHEDULER
from tests.factories import CLOSES, NOW
from tests.kept import once

PASSWORD = "dolgo geslo za preskus"


@once
def week(world, clock_at):
    """One kitchen bought two foods of a farm whose name a spreadsheet would run; another town bought too."""
    clock_at(NOW)
    world.farm = world.add_producer(name="=Kmetija()")
    world.kitchen, world.other = world.add_institution(), world.add_institution()
    world.offers = [world.offer(world.farm, price=price) for price in (100, 250)]
    world.cycle_here = world.cycle()
    for kitchen in (world.kitchen, world.other):
        world.submit(world.cycle_here, kitchen, [(offer, "4") for offer in world.offers])
    world.town = world.add_municipality()
    seller, stranger = world.add_producer(world.town), world.add_institution(municipality=world.town)
    offer = world.offer(seller)
    world.cycle_there = world.cycle(municipality=world.town)
    world.submit(world.cycle_there, stranger, [(offer, "7")])
    clock_at(CLOSES)
    for cycle in (world.cycle_here, world.cycle_there):
        record_cycle(cycle.id, actor=SCHEDULER)
    db.session.commit()
    return world


def log_in(app, world, role, **reach):
    person = world.add_person(role, **reach)
    person.password_hash = hash_password(PASSWORD)
    person.language = "en"
    db.session.commit()
    client = app.test_client()
    answer = client.post("/login", data={"email": person.email, "password": PASSWORD})
    assert answer.status_code in (302, 303), answer.text
    return client


@once
def auditor(app, week):
    return log_in(app, week, Role.AUDITOR, municipality_id=week.municipality.id)


def link(page, pattern):
    found = re.search(rf'href="({pattern})"', page.text)
    assert found, pattern
    return found[1].replace("&amp;", "&")


def test_from_a_sum_to_the_offer_version_and_its_trail_in_three_clicks(auditor):
    page = auditor.get("/auditor/spend")
    assert page.status_code == 200
    assert "€28.00" in page.text
    records = auditor.get(link(page, r"/auditor/records\?[^\"]*institution=\d+[^\"]*"))
    record = auditor.get(link(records, r"/auditor/records/\d+"))
    line = auditor.get(link(record, r"/auditor/records/lines/\d+"))
    assert "The price of the record is the price of the offer." in line.text
    for told in ("Offer published", "Order submitted", "Procurement record written"):
        assert told in line.text
    offer = auditor.get(link(line, r"/auditor/offer-versions/\d+"))
    assert "What was bought from it" in offer.text
    assert "Offer published" in offer.text


def test_a_months_figures_lead_to_the_records_of_that_month_alone(auditor):
    page = auditor.get("/auditor/spend?from=2026-01&to=2026-12").text.replace("&amp;", "&")
    behind = [
        link for link in re.findall(r'href="/auditor/records\?([^"#]*)"', page) if "from=2026-11" in link
    ]
    assert behind
    assert all("to=2026-11" in link for link in behind)


@pytest.mark.parametrize(
    "path",
    ["spend?from=2026-11&to=2026-12&producer=9999999&basis=x", "spend?from=nonsense&to=9999-99",
     "records?page=77", "records?group=abc", "cycles",
     "trail?object=cycle&action=cycle.opened&since=2026-01-01&last=x",
     "trail?id=5&person=abc&before=1", "trail/chain", "spend?from=2001-01&to=2001-02"],
)  # fmt: skip
def test_pages_take_any_address(auditor, path):
    assert auditor.get(f"/auditor/{path}").status_code == 200


def test_a_cycle_and_its_figures(auditor, week):
    page = auditor.get(f"/auditor/cycles/{week.cycle_here.id}")
    assert page.status_code == 200
    assert "Everything is recorded as it was ordered." in page.text
    assert auditor.get(f"/auditor/cycles/{week.cycle_there.id}").status_code == 404


def test_another_towns_things_are_not_found(app, week, auditor):
    stranger = log_in(app, week, Role.AUDITOR, municipality_id=week.town.id)
    record = link(auditor.get("/auditor/records"), r"/auditor/records/\d+")
    line = link(auditor.get(record), r"/auditor/records/lines/\d+")
    offer = link(auditor.get(line), r"/auditor/offer-versions/\d+")
    for path in (record, f"{record}/csv", line, offer):
        assert auditor.get(path).status_code == 200
        assert stranger.get(path).status_code == 404


def test_an_accountant_reads_the_own_institution_without_cycles_and_trail(app, week, auditor):
    accountant = log_in(app, week, Role.ACCOUNTANT, institution_id=week.kitchen.id)
    page = accountant.get("/auditor/spend")
    assert "€14.00" in page.text
    assert week.other.short_name not in page.text
    asked = accountant.get(f"/auditor/spend?institution={week.other.id}")
    assert "€14.00" in asked.text
    others = auditor.get(f"/auditor/records?institution={week.other.id}")
    assert accountant.get(link(others, r"/auditor/records/\d+")).status_code == 404
    ours = accountant.get(link(accountant.get("/auditor/records"), r"/auditor/records/\d+"))
    assert "What happened" not in ours.text
    line = accountant.get(link(ours, r"/auditor/records/lines/\d+"))
    assert not any("/auditor/cycles" in one.text for one in (accountant.get("/auditor/records"), ours, line))
    assert accountant.get("/auditor/cycles").status_code == 404
    assert accountant.get("/auditor/trail").status_code == 403


@pytest.mark.parametrize("role", [Role.KITCHEN_MANAGER, Role.APPROVER])
def test_kitchens_do_not_come_in(app, week, role):
    cook = log_in(app, week, role, institution_id=week.kitchen.id)
    assert cook.get("/auditor/spend").status_code == 403
    assert cook.get("/auditor/records").status_code == 403


def test_files_are_for_machines_and_disarm_formulas(auditor, week):
    answer = auditor.get("/auditor/spend/producers/producers.csv")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows == [
        {"producer": "'=Kmetija()", "lines": "4", "weight_kg": "16.000", "net_eur": "28.00",
         "share_percent": "100.00", "share_so_far_percent": "100.00"}
    ]  # fmt: skip
    sheet = CalamineWorkbook.from_filelike(
        io.BytesIO(auditor.get("/auditor/spend/producers/producers.xlsx").data)
    ).get_sheet_by_index(0).to_python()  # fmt: skip
    assert sheet[3][:3] == ["=Kmetija()", 4.0, 16.0]
    lines = csv.DictReader(io.StringIO(auditor.get("/auditor/records/lines.csv").data.decode("utf-8-sig")))
    found = list(lines)
    assert [row["net_eur"] for row in found] == ["4.00", "10.00", "4.00", "10.00"]
    assert all(row["order_line_id"] and row["offer_version_id"] for row in found)


@pytest.mark.parametrize(
    "name",
    ["spend/months/months", "spend/months/institutions", "records", "cycles", "trail"],
)
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_every_table_is_a_file(auditor, name, ending):
    answer = auditor.get(f"/auditor/{name}.{ending}")
    assert answer.status_code == 200
    assert f".{ending}" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("name", ["months/months", "producers/producers"])
@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_drawings_are_pictures_with_words(auditor, name, size):
    answer = auditor.get(f"/auditor/spend/{name}-{size}.svg")
    assert answer.content_type.startswith("image/svg+xml")
    assert answer.text.startswith("<svg")
    assert 'role="graphics-document"' in answer.text or "aria-roledescription" in answer.text
    assert "<script" not in answer.text
    assert auditor.get(f"/auditor/spend/{name}-{size}.svg?from=2001-01&to=2001-01").status_code == 404


def test_nothing_can_be_written(app):
    """An auditor's counter only reads, but for their own papers; to ask for a check changes no business."""
    own = (Permission.AUDIT_WORK, Permission.FLAGS_DECIDE)
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("auditor.") and rule.endpoint != "auditor.ask_check":
            papers = getattr(app.view_functions[rule.endpoint], "needs", None) in own
            assert papers or rule.methods <= {"GET", "HEAD", "OPTIONS"}, rule


def test_the_auditor_asks_for_a_check_and_reads_what_came_of_it(app, auditor):
    page = auditor.get("/auditor/trail/chain")
    assert "It has never been checked yet." in page.text
    answer = auditor.post("/auditor/trail/chain")
    assert (answer.status_code, answer.location) == (303, "/auditor/trail/chain")
    page = auditor.get("/auditor/trail/chain")
    assert "It is being checked." in page.text
    assert "Check now" not in page.text
    jobs.check_trail(app.config["SETTINGS"])
    db.session.commit()
    page = auditor.get("/auditor/trail/chain")
    assert "It is being checked." not in page.text
    assert "Every sealed event fits its block" in page.text
    assert re.search(r"</svg>\s*whole", page.text)
    assert "Check of the trail asked for" in auditor.get("/auditor/trail").text


def test_a_broken_chain_is_said_with_the_row_that_does_not_fit(app, auditor, monkeypatch):
    monkeypatch.setattr(trail, "block_hash", lambda previous, events: bytes(32))
    trail.seal()
    monkeypatch.undo()
    auditor.post("/auditor/trail/chain")
    jobs.check_trail(app.config["SETTINGS"])
    db.session.commit()
    page = auditor.get("/auditor/trail/chain")
    assert "The chain is broken." in page.text
    assert page.text.count("block 1 does not fit its events") == 2
    assert re.search(r"</svg>\s*broken", page.text)
