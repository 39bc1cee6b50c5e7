"""The farmer's counter over HTTP, as the browser speaks to it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from foodorder.accounts.passwords import hash_password
from foodorder.catalogue.models import Offer, OfferState, Product
from foodorder.catalogue.queries import newest_versions
from foodorder.db import db
from foodorder.outbox.models import Message
from foodorder.procurement.changes import ask_change
from foodorder.procurement.models import ChangeKind, ProcurementRecord
from foodorder.procurement.record_cycle import record_cycle
from foodorder.procurement.wanted import Wanted
from foodorder.rules.permissions import Role
from foodorder.trail.actor import COMMAND
from foodorder.trail.models import TrailEvent
from tests.agreements import add_agreement, add_lot, add_price, add_supplier
from tests.factories import CLOSES, NOW, WEEK
from tests.kept import once

PASSWORD = "dolgo geslo za preskus"
PAGE = f"/producer/week/{WEEK.isoformat()}"


@pytest.fixture(autouse=True)
def tuesday(clock_at):
    clock_at(NOW)
    return clock_at


@once
def farm(world):
    return world.add_producer()


@once
def product(world, farm):
    made = world.add_product(farm, step=500, pack=10_000)
    db.session.commit()
    return made


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
def farmer(app, world, farm):
    return log_in(app, world, Role.PRODUCER, producer_id=farm.id)


def card(product, quantity="120", price="1,50", days=(0, 2), **more):
    values = {"available": quantity, "price": price, "days": [str(day) for day in days], "sharing": "reserve"}
    return {f"p{product.id}-{name}": value for name, value in {**values, **more}.items()}


def only_offer(product):
    return db.session.scalars(select(Offer).where(Offer.product_id == product.id)).one()


# The week


def test_a_card_tells_the_agreed_price_that_holds_in_its_week(farmer, world, farm, product):
    lot = add_lot(add_agreement(world, world.add_institution()), product.food_type, number="3")
    add_supplier(lot, farm, price=150)
    add_price(lot, farm, product.food_type, 180, valid_from=WEEK + timedelta(7))
    other = add_lot(lot.agreement, product.food_type, number="4")
    add_supplier(other, world.add_producer(), price=99)
    organic = add_lot(lot.agreement, product.food_type, number="5", scheme="organic")
    add_supplier(organic, farm, price=222)
    db.session.commit()
    page = farmer.get(PAGE).text
    assert page.count("Agreed price") == 1
    assert f"Agreed price €1.50/kg ({world.municipality.name}, lot 3)" in page.replace("\xa0", " ")
    lot.agreement.state = "ended"
    db.session.commit()
    assert "Agreed price" not in farmer.get(PAGE).text


def test_a_card_tells_on_which_days_an_agreed_price_holds(farmer, world, farm, product):
    lot = add_lot(add_agreement(world), product.food_type, number="3")
    add_supplier(lot, farm, price=150)
    add_price(lot, farm, product.food_type, 180, valid_from=WEEK + timedelta(2))
    db.session.commit()
    page = farmer.get(PAGE).text.replace("\xa0", " ")
    town = world.municipality.name
    assert f"Agreed price €1.50/kg ({town}, lot 3: Mon, Tue)" in page
    assert f"Agreed price €1.80/kg ({town}, lot 3: Wed, Thu, Fri, Sat, Sun)" in page


def test_a_week_is_published_in_one_form(world, farmer, product):
    world.cycle(opened=False)
    answer = farmer.post(PAGE, data=card(product), follow_redirects=True)
    assert "1 offer published." in answer.text
    version = newest_versions([only_offer(product).id]).popitem()[1]
    assert (version.available, version.price_cents, version.days) == (120_000, 150, 0b101)


def test_what_cannot_be_read_stays_beside_its_field_and_nothing_is_published(world, farm, farmer, product):
    other = world.add_product(farm)
    answer = farmer.post(PAGE, data=card(product, price="abc") | card(other))
    assert answer.status_code == 422
    assert 'value="abc"' in answer.text
    assert "is not a number" in answer.text
    assert db.session.scalars(select(Offer)).all() == []


def test_a_refusal_of_the_rules_stands_beside_its_field(farmer, product):
    answer = farmer.post(PAGE, data=card(product, quantity="0,7", days=()))
    assert answer.status_code == 422
    assert "This is sold in steps of 0.5" in answer.text
    assert "Choose at least one day" in answer.text


def test_an_emptied_quantity_takes_the_offer_back_while_nobody_has_ordered(world, farmer, product):
    offer = world.offer(product=product, available=120_000)
    farmer.post(PAGE, data=card(product, quantity=""))
    assert only_offer(product).state == OfferState.WITHDRAWN
    farmer.post(PAGE, data=card(product))
    assert only_offer(product).state == OfferState.PUBLISHED
    world.submit(world.cycle(), world.add_institution(), [(offer, "50")])
    db.session.commit()
    answer = farmer.post(PAGE, data=card(product, quantity=""))
    assert answer.status_code == 422
    assert "Kitchens have already ordered 50" in answer.text


def test_same_as_last_week_fills_the_quantities_without_scripts(world, farmer, product):
    world.offer(product=product, available=90_000, week=WEEK - timedelta(weeks=1))
    assert 'value="90"' not in farmer.get(PAGE).text
    assert 'value="90"' in farmer.get(f"{PAGE}?like=last").text


def test_while_kitchens_order_the_price_stands_and_what_is_new_is_sold_at_once(world, farm, farmer, product):
    world.offer(product=product, price=150, available=120_000)
    cycle = world.cycle()
    fresh = world.add_product(farm)
    page = farmer.get(PAGE)
    assert "Kitchens are ordering now" in page.text
    farmer.post(PAGE, data=card(product, quantity="200", price="9,99") | card(fresh))
    offer = only_offer(product)
    assert (offer.available, newest_versions([offer.id])[offer.id].price_cents) == (200_000, 150)
    receipt = world.submit(cycle, world.add_institution(), [(only_offer(fresh), "5")])
    assert receipt.net_cents == 750


@pytest.mark.parametrize(
    "path", ["/producer/week/2026-12-01", "/producer/week/soon", "/producer/week/2026-13-01"]
)
def test_what_is_no_monday_does_not_exist(farmer, path):
    assert farmer.get(path).status_code == 404


# Less, or none


def test_hail_is_told_at_once(world, farmer, product):
    offer = world.offer(product=product, available=120_000)
    world.submit(world.cycle(), world.add_institution(), [(offer, "50")])
    page = farmer.get(f"/producer/offers/{offer.id}/less")
    assert "1 kitchen has ordered 50" in page.text
    typed = {"left": "less", "available": "30", "reason": "hail"}
    answer = farmer.post(f"/producer/offers/{offer.id}/less", data=typed, follow_redirects=True)
    assert "1 message is on its way." in answer.text
    assert only_offer(product).available == 30_000
    assert db.session.scalars(select(Message).where(Message.template == "offer_reduced")).one()


def test_a_withdrawal_needs_a_reason(world, farmer, product):
    offer = world.offer(product=product, available=120_000)
    db.session.commit()
    answer = farmer.post(f"/producer/offers/{offer.id}/less", data={"left": "none", "reason": ""})
    assert answer.status_code == 422
    assert only_offer(product).state == OfferState.PUBLISHED


# Products


def test_a_product_is_added_changed_and_retired(world, farm, farmer):
    food = world.add_food_type()
    db.session.commit()
    typed = {"food_type_id": food.id, "name": "Carrots", "farm_id": farm.farms[0].id, "order_step": "0,5"}
    assert (
        "Carrots is saved." in farmer.post("/producer/products/new", data=typed, follow_redirects=True).text
    )
    product = db.session.scalars(select(Product).where(Product.name == "Carrots")).one()
    address = f"/producer/products/{product.id}"
    answer = farmer.post(address, data={**typed, "pack": "0,7"})
    assert answer.status_code == 422
    assert "The pack must be a multiple" in answer.text
    farmer.post(address, data={**typed, "pack": "5"})
    farmer.post(f"{address}/active")
    db.session.refresh(product)
    assert (product.pack, product.active) == (5_000, False)


# After the close


@once
def closed(world, product, clock_at):
    """A cycle with one order, after its deadline."""
    offer = world.offer(product=product, available=120_000)
    cycle = world.cycle()
    kitchen = world.add_institution()
    world.submit(cycle, kitchen, [(offer, "50")])
    clock_at(CLOSES)
    record_cycle(cycle.id, actor=COMMAND)
    db.session.commit()
    return db.session.scalars(select(ProcurementRecord)).one()


@pytest.mark.usefixtures("closed")
def test_after_the_close_the_same_place_says_what_to_harvest(farmer, product):
    page = farmer.get(PAGE).text
    assert "What to harvest" in page
    assert product.name in page
    supply = farmer.get("/producer/supply").text
    assert "Where to bring it" in supply
    assert "75.00" in supply


def test_papers_come_as_files(closed, farmer):
    for ending in ("pdf", "xlsx", "csv"):
        answer = farmer.get(f"/producer/supply/{closed.cycle_id}/{ending}")
        assert answer.status_code == 200
        assert "attachment" in answer.headers["Content-Disposition"]
    assert farmer.get(f"/producer/records/{closed.id}/pdf").data.startswith(b"%PDF")
    assert farmer.get(f"/producer/supply/{closed.cycle_id}/exe").status_code == 404


def test_a_request_is_answered_with_who_bears_the_cost(closed, farmer):
    line = closed.record_lines[0]
    wanted = [Wanted(30_000, record_line_id=line.id)]
    change = ask_change(closed.id, ChangeKind.REDUCTION, wanted, "a trip", actor=COMMAND, now=CLOSES)
    db.session.commit()
    assert "asks for a change" in farmer.get("/producer/records").text
    address = f"/producer/records/{closed.id}"
    assert farmer.post(address, data={"decision": "refuse", "answer": ""}).status_code == 422
    answer = farmer.post(address, data={"decision": "accept", "cost_bearer": "institution", "answer": "fine"})
    assert answer.status_code == 303
    db.session.refresh(change)
    assert (change.state, change.cost_bearer) == ("accepted", "institution")
    assert "The contracting authority bears the costs" in farmer.get(answer.location).text


# Others


def test_another_farm_finds_nothing_of_ours(app, world, closed, product):
    stranger = log_in(app, world, Role.PRODUCER, producer_id=world.add_producer().id)
    offer = only_offer(product)
    for path in (
        f"/producer/offers/{offer.id}/less",
        f"/producer/products/{product.id}",
        f"/producer/records/{closed.id}",
        f"/producer/records/{closed.id}/pdf",
    ):
        assert stranger.get(path).status_code == 404, path
    assert product.name not in stranger.get(PAGE).text
    assert stranger.post(f"/producer/products/{product.id}/active").status_code == 404


def test_a_kitchen_may_not_enter(app, world):
    cook = log_in(app, world, Role.KITCHEN_MANAGER, institution_id=world.add_institution().id)
    assert cook.get(PAGE).status_code == 403


def test_a_visitor_is_led_to_the_log_in(app):
    assert app.test_client().get(PAGE).status_code == 302


def test_a_coordinator_acts_for_a_farm_and_is_marked_so(app, world, farm, product):
    coordinator = log_in(app, world, Role.COORDINATOR, municipality_id=world.municipality.id)
    assert coordinator.get(PAGE).status_code == 404
    coordinator.post(f"/coordinator/producers/{farm.id}/act")
    assert "You are acting for" in coordinator.get(PAGE).text
    coordinator.post(PAGE, data=card(product))
    body = db.session.scalars(select(TrailEvent.body).where(TrailEvent.action == "offer.published")).one()
    assert f'"behalf":"producer {farm.id}"' in body


# The farm itself


def test_terms_certificates_and_contact_are_the_farms_to_change(world, farm, farmer):
    page = farmer.get("/producer/profile")
    assert world.municipality.name in page.text
    terms = f"/producer/profile/terms/{world.municipality.id}"
    assert farmer.post(terms, data={"days": [], "minimum_cents": "40"}).status_code == 422
    assert farmer.post(terms, data={"days": ["1", "3"], "minimum_cents": "40"}).status_code == 303
    admission = farm.admissions[0]
    db.session.refresh(admission)
    assert (admission.days, admission.minimum_cents) == (0b1010, 4_000)
    proof = {
        "scheme": "organic", "farm_id": "0", "number": "SI-1", "body": "K", "valid_from": "2026-01-01",
        "valid_to": "2025-01-01",
    }  # fmt: skip
    address = "/producer/profile/certificates/new"
    assert "The last day comes before the first." in farmer.post(address, data=proof).text
    assert farmer.post(address, data={**proof, "valid_to": "2026-12-01"}).status_code == 303
    assert "ends soon" in farmer.get("/producer/profile").text
    assert farmer.get(f"/producer/profile/terms/{world.add_municipality().id}").status_code == 404
