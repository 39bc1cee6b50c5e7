"""The criteria as coordinators publish them and everybody reads them, and the auditor's list of choices."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from foodorder.agreements.models import Criteria
from foodorder.blueprints.auditor import choices as choices_page
from foodorder.catalogue.models import Product
from foodorder.db import db
from foodorder.ordering.choices import Given, choices_made, keep_reasons, write_choices
from foodorder.ordering.terms import hold_order, offers_of, situation
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.ordering import Cell
from foodorder.rules.permissions import Role
from foodorder.rules.scoring import Reason
from foodorder.trail.actor import SCHEDULER
from tests.criteria import add_offer, add_settings, enforce
from tests.factories import CLOSES, NOW, WEEK
from tests.kept import once
from tests.web.office import coordinator_of, log_in

TOMORROW = NOW.date() + timedelta(days=1)
WEIGHTS = {"price": "50", "freshness": "20", "quality": "15", "co2": "10", "direct": "5"}
FORM = {**WEIGHTS, "agreement": ""}


@once
def town(world, clock_at):
    clock_at(NOW)
    add_settings()
    return world


def test_the_coordinator_tries_weights_on_an_example_and_publishes_them(app, town):
    desk = coordinator_of(app, town)
    assert "Nothing is published yet" in desk.get("/coordinator/criteria").text
    tried = desk.post("/coordinator/criteria", data={**FORM, "valid_from": TOMORROW, "preview": "1"})
    assert "Price, up to 50" in tried.text
    assert db.session.scalars(select(Criteria)).all() == []
    answer = desk.post("/coordinator/criteria", data={**FORM, "valid_from": TOMORROW.isoformat()})
    assert answer.status_code == 303
    row = db.session.scalars(select(Criteria)).one()
    assert row.weights == {name: int(points) for name, points in WEIGHTS.items()}
    page = desk.get("/coordinator/criteria").text
    assert "to come" in page
    assert "Price 50" in page


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"price": "51"}, "add up to 101"),
        ({"price": "-1"}, "between 0 and 100"),
        ({"valid_from": NOW.date().isoformat()}, "from tomorrow at the earliest"),
        ({"agreement": "7"}, "Choose"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_published(app, town, wrong, says):
    desk = coordinator_of(app, town)
    answer = desk.post("/coordinator/criteria", data={**FORM, "valid_from": TOMORROW.isoformat(), **wrong})
    assert answer.status_code == 422
    assert says in answer.text
    assert db.session.scalars(select(Criteria)).all() == []


def test_everybody_reads_what_holds_and_what_will(app, town):
    address = f"/criteria/{town.municipality.code}"
    english = {"Accept-Language": "en"}
    page = app.test_client().get(address, headers=english).text
    assert "The usual criteria" in page
    assert "250\xa0g of CO₂ a kilometre" in page
    coordinator_of(app, town).post("/coordinator/criteria", data={**FORM, "valid_from": TOMORROW.isoformat()})
    page = app.test_client().get(address, headers=english).text
    assert page.index("The usual criteria") < page.index("Criteria from ")
    assert '<td class="num">50</td>' in page
    assert app.test_client().get("/criteria/999999").status_code == 404
    town.municipality.active = False
    db.session.commit()
    assert app.test_client().get(address).status_code == 404


def test_a_producer_reads_them_where_it_is_admitted(app, town):
    producer = town.add_producer()
    farm = log_in(app, town, Role.PRODUCER, producer_id=producer.id)
    page = farm.get("/producer/criteria").text
    assert town.municipality.name in page
    assert "The usual criteria" in page
    assert "/producer/criteria" in farm.get("/producer/products").text
    stranger = log_in(app, town, Role.PRODUCER, producer_id=town.add_producer(town.add_municipality()).id)
    assert town.municipality.name not in stranger.get("/producer/criteria").text


def test_a_farm_says_how_fresh_its_product_is(app, town):
    product = town.add_product(town.add_producer())
    farm = log_in(app, town, Role.PRODUCER, producer_id=product.producer_id)
    fields = {"name": "Korenje", "farm_id": product.farm_id, "order_step": "1", "harvest_hours": "36"}
    assert farm.post(f"/producer/products/{product.id}", data=fields).status_code == 303
    db.session.expire_all()
    assert db.session.get_one(Product, product.id).harvest_hours == 36
    assert 'value="36"' in farm.get(f"/producer/products/{product.id}").text


@once
def chosen(town):
    """Two kitchens that each chose the dearer of two offers."""
    food = town.add_food_type()
    enforce(town, food)
    town.food = food
    town.first, town.dear = add_offer(town, food, price=100, hours=12), add_offer(town, food, price=200)
    town.sold = town.cycle()
    town.kitchens = [town.add_institution(), town.add_institution()]
    for kitchen in town.kitchens:
        keep_reasons(town.sold.id, kitchen.id, {food.id: Given(Reason.MENU, "=juha")})
        now = situation(hold_order(town.sold.id, kitchen.id))
        quantities = {Cell(town.dear.id, kitchen.delivery_points[0].id, WEEK): 5_000}
        made = choices_made(now, quantities, offers_of(now, [town.dear.id]))
        town.municipality.lawful_basis = "off"
        receipt = town.submit(town.sold, kitchen, [(town.dear, "5")])
        write_choices(receipt.submission_id, made)
        town.municipality.lawful_basis = "enforced"
        db.session.flush()
    return town


def test_the_auditor_sees_each_choice_with_its_differences(app, chosen):
    auditor = log_in(app, chosen, Role.AUDITOR, municipality_id=chosen.municipality.id)
    page = auditor.get("/auditor/choices").text
    assert "2 times another offer" in page
    for kitchen in chosen.kitchens:
        assert kitchen.short_name in page
    # 1.10 € and 2.19 € as paid: 1.09 € a kilogram, 5.45 € in all; 29.86 points of price, 13.93 of hours.
    for words in ("€1.09", "€5.45", "What the menu needs", "43.79"):
        assert words in page, words
    one = auditor.get(f"/auditor/choices?institution={chosen.kitchens[0].id}&week={WEEK}").text
    assert "1 time another offer" in one
    assert "Nothing to see" in auditor.get("/auditor/choices?week=2020-01-06").text


def test_many_choices_are_paged_and_the_filter_stays(app, chosen, monkeypatch):
    monkeypatch.setattr(choices_page, "PAGE", 1)
    first, second = chosen.kitchens
    auditor = log_in(app, chosen, Role.AUDITOR, municipality_id=chosen.municipality.id)
    page = auditor.get(f"/auditor/choices?week={WEEK}").text
    assert "2 times another offer" in page
    assert f'href="/auditor/choices?week={WEEK}&amp;page=2"' in page
    pages = [auditor.get(f"/auditor/choices?week={WEEK}&page={number}").text for number in (1, 2)]
    assert [f"{kitchen.short_name}, " in text for text in pages for kitchen in (first, second)] == [
        True, False, False, True,
    ]  # fmt: skip


def test_the_same_as_a_file(app, chosen):
    auditor = log_in(app, chosen, Role.AUDITOR, municipality_id=chosen.municipality.id)
    answer = auditor.get(f"/auditor/choices.csv?institution={chosen.kitchens[0].id}")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert len(rows) >= 2
    assert not any(cell.startswith("=") for row in rows for cell in row)
    assert auditor.get("/auditor/choices.xlsx").data[:2] == b"PK"


def test_an_accountant_sees_only_their_own_kitchen(app, chosen):
    ours, other = chosen.kitchens
    accountant = log_in(app, chosen, Role.ACCOUNTANT, institution_id=ours.id)
    page = accountant.get(f"/auditor/choices?institution={other.id}").text
    assert "1 time another offer" in page
    assert other.short_name not in page


def test_spend_leads_to_the_choices(app, chosen, clock_at):
    clock_at(CLOSES)
    record_cycle(chosen.sold.id, actor=SCHEDULER)
    auditor = log_in(app, chosen, Role.AUDITOR, municipality_id=chosen.municipality.id)
    assert 'href="/auditor/choices"' in auditor.get("/auditor/spend").text


def test_an_order_that_was_overtaken_counts_no_more(app, chosen):
    auditor = log_in(app, chosen, Role.AUDITOR, municipality_id=chosen.municipality.id)
    chosen.municipality.lawful_basis = "off"
    chosen.submit(chosen.sold, chosen.kitchens[0], [(chosen.first, "5")])
    assert "1 time another offer" in auditor.get("/auditor/choices").text
