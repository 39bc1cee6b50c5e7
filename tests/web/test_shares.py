"""Shares, purchases elsewhere and reports over HTTP: from a figure to its certificate, files, who may."""

import csv
import io
import re
from datetime import date, timedelta

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from foodorder.accounts.models import Certificate
from foodorder.agreements.models import Agreement, AgreementLot, PurchaseElsewhere
from foodorder.blueprints.shared import shares as shares_pages
from foodorder.catalogue.models import LegalParameter
from foodorder.db import db
from foodorder.ordering.drafts import save_draft
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.permissions import Role
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.factories import CLOSES, NOW, WEEK
from tests.kept import once
from tests.rebase import rebase
from tests.web.office import log_in

AFTER = CLOSES + timedelta(hours=1)


@once
def week(world, clock_at):
    """A kitchen bought organic carrots and plain beets, a week that is recorded; the next one is open."""
    clock_at(NOW)
    world.farm = world.add_producer(name="Kmetija Pod lipo")
    world.carrots, world.beets = (world.offer(world.farm, price=price) for price in (200, 100))
    for product in (world.carrots.product,):
        product.certificates.append(
            Certificate(
                producer_id=world.farm.id, scheme="organic", number="SI-EKO-77", body="IKC",
                valid_from=date(2026, 1, 1), valid_to=date(2027, 12, 31),
            )
        )  # fmt: skip
    later = world.offer(product=world.carrots.product, week=WEEK + timedelta(days=7))
    world.kitchen, world.other = (
        world.add_institution(name="Vrtec Breza", short_name="Breza"),
        world.add_institution(),
    )
    cycle = world.cycle()
    world.submit(cycle, world.kitchen, [(world.carrots, "1"), (world.beets, "9")])
    world.next = world.cycle(week=WEEK + timedelta(days=7), closes_at=CLOSES + timedelta(days=7))
    world.typed_next = world.typed(world.next, world.kitchen, [(later, "10")])
    clock_at(CLOSES)
    record_cycle(cycle.id, actor=SCHEDULER)
    clock_at(AFTER)
    db.session.commit()
    return world


@once
def kitchen(app, week):
    return log_in(app, week, Role.KITCHEN_MANAGER, institution_id=week.kitchen.id)


@once
def auditor(app, week):
    return log_in(app, week, Role.AUDITOR, municipality_id=week.municipality.id)


def form(**values):
    usual = {
        "month": "2026-10",
        "grams": "2,5",
        "net_cents": "10,00",
        "basis": "contract",
        "scheme": "",
        "origin": "",
    }
    return {**usual, **values}


def test_from_a_share_to_the_certificate_behind_it(kitchen):
    page = kitchen.get("/kitchen/shares")
    assert page.status_code == 200
    assert "10.0%" in page.text
    assert "1 kg of 10 kg (of purchases through this system)" in " ".join(page.text.split())
    assert "Below the target" in page.text
    address = re.search(r'href="(/kitchen/shares/lines\?[^"]*share=organic[^"]*)"', page.text)[1].replace(
        "&amp;", "&"
    )
    lines = kitchen.get(address)
    assert "SI-EKO-77" in lines.text
    assert "IKC" in lines.text
    record = kitchen.get(re.search(r'href="(/kitchen/records/\d+)#line', lines.text)[1])
    assert record.status_code == 200
    plain = kitchen.get("/kitchen/shares/lines?year=2026&share=conventional")
    assert "none on this day" in plain.text
    assert "SI-EKO-77" not in plain.text


def test_purchases_elsewhere_follow_on_pages_after_the_lines(kitchen, week, monkeypatch):
    monkeypatch.setattr(shares_pages, "PAGE", 2)
    food = week.carrots.product.food_type_id
    for number in range(3):
        kitchen.post("/kitchen/purchases/new", data=form(food_type_id=food, supplier=f"Trgovec {number}."))
    texts = [kitchen.get(f"/kitchen/shares/lines?year=2026&page={page}").text for page in (1, 2, 3)]
    for text in texts:
        assert "2 lines, 10\xa0kg" in text
        assert "3 purchases, €30.00 net." in text
    # Two lines fill the first page; three purchases the second and half of the third.
    assert ["/kitchen/records/" in text for text in texts] == [True, False, False]
    assert [text.count("Trgovec ") for text in texts] == [0, 2, 1]
    assert 'href="/kitchen/shares/lines?page=2&amp;year=2026"' in texts[0]


def test_the_order_page_says_what_the_week_does_to_the_year(kitchen, week):
    page = kitchen.get("/kitchen/order")
    assert re.findall(r'id="bar-(\w+)"[^>]* data-part="(\d+)" data-grams="(\d+)"', page.text) == [
        ("organic", "1000", "10000"), ("quality", "0", "10000"),
    ]  # fmt: skip
    assert "organic 10.0% → 10.0%" in page.text
    assert "quality schemes 0.0% → 0.0%" in page.text
    assert page.text.count("of purchases through this system") == 2
    assert "(target 20.0%)" in page.text
    save_draft(week.next.id, week.kitchen.id, week.typed_next, actor=COMMAND, now=AFTER)
    db.session.commit()
    assert "organic 10.0% → 55.0%" in kitchen.get("/kitchen/order").text


def test_purchases_without_weight_stop_the_share_of_the_year_on_the_order_page(kitchen, week):
    food = week.carrots.product.food_type_id
    for month in range(1, 10):
        kitchen.post("/kitchen/purchases/nothing", data={"month": f"2026-{month:02}"})
    kitchen.post("/kitchen/purchases/new", data=form(food_type_id=food, grams=""))
    page = kitchen.get("/kitchen/order").text
    assert "cannot be computed, 1 purchase elsewhere has no weight" in page
    assert "of all food" in page
    assert "quality schemes: the year’s share cannot be computed, 1 purchase" in page
    assert "data-part" not in page
    assert "Cannot be computed" in kitchen.get("/kitchen/shares").text


def test_purchases_are_entered_corrected_and_voided(kitchen, week):
    food = week.carrots.product.food_type_id
    assert "Nothing is known yet of" in kitchen.get("/kitchen/purchases").text
    assert kitchen.get("/kitchen/purchases/new").status_code == 200
    done = kitchen.post(
        "/kitchen/purchases/new", data=form(food_type_id=food, supplier="Veletrgovina <d.d.>")
    )
    assert done.status_code == 303
    # The year shows its months with their sums; what was entered of a month stands behind it.
    page = kitchen.get("/kitchen/purchases").text
    assert "Veletrgovina" not in page
    assert page.count("10.00 €") + page.count("€10.00") == 2
    (month,) = re.findall(r'href="(/kitchen/purchases\?[^"#]*)#entered"', page)
    assert "Veletrgovina &lt;d.d.&gt;" in kitchen.get(month.replace("&amp;", "&")).text
    row = db.session.scalars(select(PurchaseElsewhere)).one()
    assert (row.grams, row.net_cents) == (2500, 1000)

    wrong = kitchen.post("/kitchen/purchases/new", data=form(food_type_id=food, net_cents="x", grams="3"))
    assert wrong.status_code == 422
    assert 'value="x"' in wrong.text

    shown = kitchen.get(f"/kitchen/purchases/new?correct={row.id}").text
    assert 'value="2.5"' in shown
    refused = kitchen.post(
        f"/kitchen/purchases/new?correct={row.id}", data=form(food_type_id=food, grams="3")
    )
    assert refused.status_code == 422
    kitchen.post(
        f"/kitchen/purchases/new?correct={row.id}", data=form(food_type_id=food, grams="3", reason="weighed")
    )
    rows = db.session.scalars(select(PurchaseElsewhere).order_by(PurchaseElsewhere.id)).all()
    assert [(one.grams, one.void_reason) for one in rows] == [(2500, "weighed"), (3000, None)]

    assert kitchen.get(f"/kitchen/purchases/{rows[1].id}/void").status_code == 200
    assert kitchen.post(f"/kitchen/purchases/{rows[1].id}/void", data={"reason": ""}).status_code == 422
    done = kitchen.post(f"/kitchen/purchases/{rows[1].id}/void", data={"reason": "double"})
    assert done.location == "/kitchen/purchases?year=2026&month=10#entered"
    page = kitchen.get("/kitchen/purchases?year=2026&month=10").text
    assert page.count("Voided") == 2
    assert "double" in page


def upload(client, text, path="/kitchen/purchases/import"):
    return client.post(path, data={"file": (io.BytesIO(text.encode()), "nabave.csv")})


def test_that_nothing_was_bought_is_taken_back(kitchen, week):
    kitchen.post("/kitchen/purchases/nothing", data={"month": "2026-09"})
    row = db.session.scalars(select(PurchaseElsewhere)).one()
    assert "Take back that nothing was bought" in kitchen.get(f"/kitchen/purchases/{row.id}/void").text
    done = kitchen.post(
        f"/kitchen/purchases/{row.id}/void", data={"reason": "potatoes were"}, follow_redirects=True
    )
    assert "It is taken back: of September 2026 nothing is known." in done.text
    assert row.voided_at is not None


def test_a_spreadsheet_is_shown_and_then_entered_whole(kitchen, week):
    food = db.session.get(type(week.carrots.product.food_type), week.carrots.product.food_type_id)
    head = "month,food,kg,net,scheme\n"
    wrong = upload(kitchen, f"{head}2026-10,{food.code},5,10,\n2026-10,gold,5,x,\n")
    assert wrong.status_code == 422
    assert "1 line is wrong: nothing was entered" in wrong.text
    assert "Enter all" not in wrong.text
    right = upload(kitchen, f"{head}2026-10,{food.code},5,10,\n2026-09,{food.name_sl},,7.5,organic\n")
    assert right.status_code == 200
    kept = re.search(r'name="lines" value="([^"]*)"', right.text)[1].replace("&#34;", '"')
    assert db.session.scalars(select(PurchaseElsewhere)).all() == []
    done = kitchen.post("/kitchen/purchases/import", data={"lines": kept})
    assert done.status_code == 303
    assert db.session.scalars(select(PurchaseElsewhere.net_cents)).all() == [1000, 750]
    assert "Entered already?" in upload(kitchen, f"{head}2026-10,{food.code},5,10,\n").text
    for bad in ("[]x", '[["a", 1]]', "7"):
        assert kitchen.post("/kitchen/purchases/import", data={"lines": bad}).status_code == 400
    assert upload(kitchen, "a,b\n1,2\n").status_code == 422
    assert kitchen.post("/kitchen/purchases/import", data={}).status_code == 422
    assert kitchen.get("/kitchen/purchases/import").status_code == 200


def test_the_template_is_understood_again(kitchen):
    made = kitchen.get("/kitchen/purchases/template.xlsx").data
    heads = CalamineWorkbook.from_filelike(io.BytesIO(made)).get_sheet_by_index(0).to_python()[2]
    assert heads[:4] == ["Month", "Food type", "kg", "Net value (EUR)"]
    again = kitchen.post("/kitchen/purchases/import", data={"file": (io.BytesIO(made), "t.xlsx")})
    assert "There are no lines under the headings" in again.text


def test_the_coordinator_enters_for_a_kitchen_and_others_do_not(app, week):
    coordinator = log_in(app, week, Role.COORDINATOR, municipality_id=week.municipality.id)
    place = f"/coordinator/institutions/{week.kitchen.id}/purchases"
    food = week.carrots.product.food_type_id
    for path in ("", "/new", "/import", "/template.csv"):
        assert coordinator.get(place + path).status_code == 200
    assert coordinator.post(f"{place}/new", data=form(food_type_id=food)).status_code == 303
    row = db.session.scalars(select(PurchaseElsewhere)).one()
    assert row.institution_id == week.kitchen.id
    neighbour = log_in(app, week, Role.KITCHEN_MANAGER, institution_id=week.other.id)
    assert neighbour.get(f"/kitchen/purchases/{row.id}/void").status_code == 404
    assert neighbour.get(f"/kitchen/purchases/new?correct={row.id}").status_code == 404
    auditor = log_in(app, week, Role.AUDITOR, municipality_id=week.municipality.id)
    assert auditor.get(place).status_code == 403
    assert auditor.post(f"{place}/nothing", data={"month": "2026-01"}).status_code == 403


def test_the_auditor_sees_every_institution_with_word_and_icon(auditor, week):
    page = auditor.get("/auditor/shares")
    assert "Below the target" in page.text
    assert "Nothing bought" in page.text
    assert page.text.count("10 months missing") == 2
    one = auditor.get(f"/auditor/shares?institution={week.kitchen.id}")
    assert "Food of Vrtec Breza in 2026" in one.text
    lines = auditor.get(f"/auditor/shares/lines?share=organic&institution={week.kitchen.id}")
    assert "SI-EKO-77" in lines.text
    assert auditor.get("/auditor/shares?institution=999999&year=1&as_of=x").status_code == 200
    for name in (
        "shares.csv",
        "shares.xlsx",
        "shares/agreements.csv",
        "shares/lines.xlsx",
        "shares/elsewhere.csv",
    ):
        assert auditor.get(f"/auditor/{name}").status_code == 200
    rows = list(csv.DictReader(io.StringIO(auditor.get("/auditor/shares.csv").data.decode("utf-8-sig"))))
    assert rows[0]["organic_weight_kg"] == "1.000"
    assert rows[0]["organic_percent"] == "10.00"
    assert rows[0]["base"] == "of purchases through this system"


@pytest.fixture
def lawful(world, clock_at):
    """Carrots were bought as an evidence order of 12,000 EUR, beets under an exempted lot."""
    clock_at(NOW)
    world.farm, world.second = world.add_producer(name="Kmetija Ena"), world.add_producer(name="Kmetija Dva")
    world.kitchen = world.add_institution(name="Vrtec Breza", short_name="Breza")
    for key, value in (
        ("procurement.exempted_lot_limit", 8_000_000), ("procurement.exempted_lots_share", 2_000),
    ):  # fmt: skip
        db.session.add(
            LegalParameter(
                key=key, value=value, unit="x", valid_from=date(2016, 4, 1), source="test", certainty="S"
            )
        )
    agreement = Agreement(
        municipality_id=world.municipality.id, kind="dps", title="Živila 2026", valid_from=date(2026, 1, 1),
        valid_to=date(2029, 12, 31), value_cents=5_000_000, state="in_force", institutions=[world.kitchen],
    )  # fmt: skip
    lot = AgreementLot(agreement=agreement, number="7", position=1, name="Pesa", cpv=[], kind="exempted")
    db.session.add_all([agreement, lot])
    db.session.flush()
    carrots = world.offer(world.farm, price=1_200_000)
    beets = world.offer(world.second, price=1_500_000)
    cycle = world.cycle()
    return world, lot, carrots, beets, cycle


def test_reports_pages_and_files(app, lawful, clock_at):
    world, lot, carrots, beets, cycle = lawful
    world.submit(cycle, world.kitchen, [(carrots, "1"), (beets, "1")])
    clock_at(CLOSES)
    record_cycle(cycle.id, actor=SCHEDULER)
    rebase(world.farm.id, "evidence")
    rebase(world.second.id, "exempted", lot.id)
    clock_at(AFTER)
    db.session.commit()
    auditor = log_in(app, world, Role.AUDITOR, municipality_id=world.municipality.id)

    index = auditor.get("/auditor/reports?year=2026")
    assert "Sunday 28 February 2027" in index.text
    assert "Thursday 30 September 2027" in index.text

    page = auditor.get("/auditor/reports/evidence")
    assert "1 entry must be published by" in page.text
    assert "€12,000.00" in page.text
    rows = list(csv.DictReader(io.StringIO(
        auditor.get("/auditor/reports/evidence.csv?publish=1").data.decode("utf-8-sig"))))  # fmt: skip
    assert [
        (row["subject"], row["kind"], row["value_eur"], row["operator"], row["publish"]) for row in rows
    ] == [("Zelenjava", "goods", "12000.00", "Kmetija Ena", "yes")]
    to = re.search(r'href="(/auditor/reports/evidence/lines\?[^"]*)"', page.text)[1].replace("&amp;", "&")
    lines = auditor.get(to)
    assert "1 line, €12,000.00 net." in lines.text
    assert auditor.get(re.search(r'href="(/auditor/records/\d+)#line', lines.text)[1]).status_code == 200
    assert auditor.get(to.replace("/lines?", "/lines.xlsx?")).status_code == 200
    assert "No lines" in auditor.get(to + "&as_of=2026-11-01").text

    page = auditor.get("/auditor/reports/exempted")
    assert "Exempted lots are above their share of the procurement: Živila 2026." in page.text
    assert "30.0%" in page.text
    assert auditor.get("/auditor/reports/exempted.xlsx").status_code == 200
    assert "Breza" in auditor.get("/auditor/reports/exempted.csv?parts=1").text
    assert "7 Pesa" in page.text

    page = auditor.get("/auditor/reports/statistics")
    assert "Evidence order" in page.text
    assert auditor.get("/auditor/reports/statistics.csv").status_code == 200
    stranger = log_in(app, world, Role.AUDITOR, municipality_id=world.add_municipality().id)
    for path in (
        "reports",
        "reports/evidence",
        "reports/exempted",
        "reports/statistics",
        to.removeprefix("/auditor/"),
    ):
        answer = stranger.get(f"/auditor/{path}")
        assert answer.status_code == 200
        assert "Kmetija" not in answer.text
    manager = log_in(app, world, Role.KITCHEN_MANAGER, institution_id=world.kitchen.id)
    assert "Kmetija Ena" in manager.get("/auditor/reports/evidence").text
    assert "/kitchen/records/" in manager.get(to).text
