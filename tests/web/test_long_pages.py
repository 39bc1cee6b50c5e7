"""Pages that grow: receipts of many farms, options by food group, ceilings as a table, lots of one's food."""

import re

import pytest

from foodorder.catalogue.models import FoodGroup
from foodorder.db import db
from foodorder.ordering.options import Option, save_options
from foodorder.rules.agreements import AgreementKind, AgreementState, Funding
from foodorder.rules.permissions import Role
from foodorder.trail.actor import COMMAND
from tests.factories import NOW
from tests.services.agreed import agreement_in, enact, lot_of
from tests.web.office import coordinator_of, log_in


@pytest.fixture(autouse=True)
def tuesday(clock_at, world):
    clock_at(NOW)
    enact()


@pytest.mark.parametrize("farms", [3, 4])
def test_a_receipt_of_many_farms_begins_with_who_brings_what(app, world, farms):
    kitchen = world.add_institution()
    offers = [world.offer(world.add_producer(name=f"Kmetija {letter}")) for letter in "ABČD"[:farms]]
    cycle = world.cycle()
    receipt = world.submit(cycle, kitchen, [(offer, "2") for offer in offers])
    db.session.commit()
    manager = log_in(app, world, Role.KITCHEN_MANAGER, institution_id=kitchen.id)
    page = manager.get(f"/kitchen/receipts/{receipt.submission_id}").text
    folded = re.findall(r'<details class="folded brings"><summary><b>(Kmetija \w)</b>', page)
    assert folded == ([f"Kmetija {letter}" for letter in "ABČD"] if farms > 3 else [])
    assert page.count("1 line · €3.00") == len(folded)
    assert ("Who brings what" in page) is (farms > 3)


def test_options_stand_by_food_group_and_what_is_unusual_is_open(app, world):
    kitchen = world.add_institution(kind="school")
    fruit = FoodGroup(code="fruit", name_sl="sadje", name_en="fruit", position=9)
    db.session.add(fruit)
    db.session.flush()
    plain = world.offer(world.add_producer())
    food = world.add_food_type(food_group_id=fruit.id)
    farm = world.add_producer()
    apples = world.offer(farm, product=world.add_product(farm, food))
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(plain, "2"), (apples, "3")])
    db.session.commit()
    manager = log_in(app, world, Role.KITCHEN_MANAGER, institution_id=kitchen.id)
    path = f"/kitchen/order/{cycle.id}/options"
    assert "not as usual" not in manager.get(path).text
    save_options(cycle.id, kitchen.id, {apples.id: Option(funding=Funding.BREAKFAST)}, actor=COMMAND, now=NOW)
    db.session.commit()
    page = manager.get(path).text
    assert "1 not as usual" in page
    heads = re.findall(r'<details class="folded"( open)?>\s*<summary>(\w+)', page)
    assert [opened for opened, name in heads if name == "Fruit"] == [" open"]
    assert [opened for opened, name in heads if name != "Fruit"] == [""]


def test_ceilings_of_many_lots_are_one_table_with_what_is_ordered(app, world):
    kitchen = world.add_institution()
    agreement = agreement_in(world, kitchen)
    lots = [lot_of(agreement, world.add_food_type(), number=str(number)) for number in range(1, 8)]
    agreement.state = AgreementState.IN_FORCE
    db.session.execute(
        db.text("UPDATE ceiling SET used_cents = 12345 WHERE lot_id = :lot"), {"lot": lots[2].id}
    )
    db.session.commit()
    desk = coordinator_of(app, world)
    page = desk.get(f"/coordinator/agreements/{agreement.id}/ceilings").text
    table = page[page.index("Ceilings of the agreement and its lots") :]
    table = table[: table.index("</table>")]
    assert table.count("<tr>") == 1 + 1 + len(lots)
    assert "€123.45" in table
    day = NOW.date().isoformat()
    typed = {"signed_on": day, "effective_on": day, "reason": "x", f"lot{lots[0].id}_cents": "a lot"}
    answer = desk.post(f"/coordinator/agreements/{agreement.id}/ceilings", data=typed)
    assert answer.status_code == 422
    assert f'id="lot{lots[0].id}_cents-error"' in answer.text
    assert 'value="a lot"' in answer.text


@pytest.fixture
def systems(world):
    """Two municipalities' systems: the farm is admitted in ours, and sells what lot 2 buys."""
    world.farm = world.add_producer()
    world.mine, world.other = world.add_food_type(), world.add_food_type()
    world.add_product(world.farm, world.mine)
    elsewhere = world.add_municipality()
    for place in (elsewhere, world.municipality):
        home, world.municipality = world.municipality, place
        system = agreement_in(world, kind=AgreementKind.DPS, title=f"DNS {place.name}")
        lot_of(system, world.other, number="1", name="Tuje")
        lot_of(system, world.mine, number="2", name="Domače")
        system.state = AgreementState.IN_FORCE
        world.municipality = home
    db.session.commit()
    return world


def test_lots_of_ones_own_food_come_first_and_the_others_are_folded(app, systems):
    farmer = log_in(app, systems, Role.PRODUCER, producer_id=systems.farm.id)
    page = farmer.get("/producer/lots").text
    assert page.index(f"{systems.municipality.name}: DNS") < page.index("has not admitted you yet")
    parts = page.split('<details class="folded">')
    assert "2 Domače" in parts[0]
    assert "1 Tuje" not in parts[0]
    assert "1 lot of other food" in parts[1]
    assert "1 Tuje" in parts[1]
