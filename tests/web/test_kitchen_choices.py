"""Comparing offers, saying why another is chosen, options and substitutes, as a kitchen meets them."""

import re
from datetime import timedelta

from foodorder.db import db
from foodorder.ordering.choices import Given, reasons_of
from foodorder.ordering.models import WeeklyOrder
from foodorder.ordering.options import Option, options_of
from foodorder.rules.agreements import Funding, Substitution
from foodorder.rules.permissions import Role
from foodorder.rules.scoring import Reason
from tests.agreements import add_agreement, add_lot, add_supplier
from tests.criteria import add_offer, add_settings, enforce
from tests.factories import CLOSES, NOW, WEEK
from tests.kept import once
from tests.web.office import log_in

DAY = f"{WEEK:%Y%m%d}"
NEXT = WEEK + timedelta(7)


@once
def kitchen(app, world, clock_at):
    """A school with an open cycle, three offers of one food: best, middle, last; the food is a fruit."""
    clock_at(NOW)
    add_settings()
    world.group.code = "fruit"
    world.food = world.add_food_type()
    enforce(world, world.food)
    world.kitchen = world.add_institution(kind="school")
    world.best = add_offer(world, world.food, price=100, hours=12, scheme="organic")
    world.middle = add_offer(world, world.food, price=120)
    world.last = add_offer(world, world.food, price=200)
    world.sold = world.cycle()
    world.door = world.kitchen.delivery_points[0].id
    world.client = log_in(app, world, Role.KITCHEN_MANAGER, institution_id=world.kitchen.id)
    return world


def name(kitchen, offer):
    return f"q-{offer.id}-{kitchen.door}-{DAY}"


def post(kitchen, verb, **fields):
    return kitchen.client.post(f"/kitchen/order/{kitchen.sold.id}/{verb}", data=fields)


def order_of(kitchen):
    return db.session.scalars(db.select(WeeklyOrder.id)).one()


def compared(kitchen):
    return f"/kitchen/order/{kitchen.sold.id}/compare/{kitchen.food.id}"


def test_offers_stand_by_their_points_which_lead_to_what_they_are_made_of(kitchen):
    page = kitchen.client.get("/kitchen/order").text
    places = [page.index(f'id="o{offer.id}"') for offer in (kitchen.best, kitchen.middle, kitchen.last)]
    assert places == sorted(places)
    assert f'href="{compared(kitchen)}"' in page
    assert "of 100 points" in page
    opened = kitchen.client.get(compared(kitchen)).text
    assert re.findall(r'<tr id="o(\d+)"', opened) == [
        str(offer.id) for offer in (kitchen.best, kitchen.middle, kitchen.last)
    ]
    for words in (
        "Price, up to 60",
        "€1.10/kg",
        "12 h",
        "not said",
        "the farm itself",
        "1.111\xa0kg",
        "4\xa0km",
    ):
        assert words in opened, words
    # 60 + 15 × 156/168 + 10 + 10 × (25 000 − 1 111)/25 000 + 5
    assert "98.49" in opened


def test_what_has_no_lawful_basis_stands_last_in_few_words_that_lead_to_the_sentence(kitchen):
    tea = kitchen.add_food_type()
    cheap, dear = (add_offer(kitchen, tea, price=price, week=NEXT) for price in (100, 900))
    add_supplier(add_lot(add_agreement(kitchen, kitchen.kitchen), tea), dear.product.producer, price=900)
    sold = kitchen.cycle(week=NEXT, closes_at=CLOSES + timedelta(7))
    page = kitchen.client.get(f"/kitchen/order?cycle={sold.id}").text
    assert page.index(f'id="o{dear.id}"') < page.index(f'id="o{cheap.id}"')
    row = page[page.index(f'id="o{cheap.id}"') :].split("</tr>")[0]
    assert 'class="no"' in row
    assert "No lawful basis." in row
    assert "Ask the coordinator" not in row
    assert "<input" not in row
    why = re.search(r'href="([^"]+)">Why\?', row)
    assert "no lot covers it" in kitchen.client.get(why[1]).text


def test_a_food_that_the_cycle_does_not_sell_is_not_found(kitchen):
    assert kitchen.client.get(f"/kitchen/order/{kitchen.sold.id}/compare/999999").status_code == 404


def test_under_a_chosen_offer_a_reason_is_asked_and_kept_with_the_draft(kitchen):
    assert f'name="r-{kitchen.food.id}"' not in kitchen.client.get("/kitchen/order").text
    post(kitchen, "draft", **{name(kitchen, kitchen.last): "5"})
    page = kitchen.client.get("/kitchen/order").text
    under = page.index(f'name="r-{kitchen.food.id}"')
    assert page.index(f'id="o{kitchen.last.id}"') < under
    assert "Why not" in page
    post(kitchen, "draft", **{f"r-{kitchen.food.id}": "menu", f"rt-{kitchen.food.id}": " juha "})
    assert reasons_of(order_of(kitchen)) == {kitchen.food.id: Given(Reason.MENU, "juha")}
    page = kitchen.client.get("/kitchen/order").text
    assert '<option value="menu" selected>' in page
    assert 'value="juha"' in page


def test_words_without_a_choice_are_another_reason_and_both_empty_take_it_back(kitchen):
    post(kitchen, "draft", **{f"r-{kitchen.food.id}": "nonsense", f"rt-{kitchen.food.id}": "ker"})
    assert reasons_of(order_of(kitchen)) == {kitchen.food.id: Given(Reason.OTHER, "ker")}
    post(kitchen, "draft", **{f"r-{kitchen.food.id}": "", f"rt-{kitchen.food.id}": ""})
    assert reasons_of(order_of(kitchen)) == {}


def test_what_is_refused_for_want_of_a_reason_says_so_beside_it_and_keeps_all(kitchen):
    answer = post(kitchen, "submit", **{name(kitchen, kitchen.last): "5"})
    assert answer.status_code == 422
    assert "One food needs a reason" in answer.text
    assert f'href="#r-{kitchen.food.id}"' in answer.text
    assert f'aria-describedby="e-r-{kitchen.food.id}"' in answer.text
    assert f'name="{name(kitchen, kitchen.last)}"' in answer.text
    assert 'value="5"' in kitchen.client.get("/kitchen/order").text


def test_a_reason_sent_with_the_order_is_kept_before_it_is_judged(kitchen):
    answer = post(
        kitchen,
        "submit",
        **{name(kitchen, kitchen.last): "5", f"r-{kitchen.food.id}": "day", f"rt-{kitchen.food.id}": ""},
    )
    assert answer.status_code == 303
    assert reasons_of(order_of(kitchen)) == {kitchen.food.id: Given(Reason.DAY)}


def test_options_of_all_offers_in_one_table(kitchen):
    address = f"/kitchen/order/{kitchen.sold.id}/options"
    assert "Nothing is ordered yet" in kitchen.client.get(address).text
    post(kitchen, "draft", **{name(kitchen, kitchen.best): "5", name(kitchen, kitchen.middle): "5"})
    page = kitchen.client.get(address).text
    assert f'name="f-{kitchen.best.id}"' in page
    answer = kitchen.client.post(
        address, data={f"f-{kitchen.best.id}": "school_scheme", f"s-{kitchen.middle.id}": "never"}
    )
    assert answer.status_code == 303
    assert options_of(order_of(kitchen)) == {
        kitchen.best.id: Option(Funding.SCHOOL_SCHEME, Substitution.ASK),
        kitchen.middle.id: Option(Funding.REGULAR, Substitution.NEVER),
    }
    order = kitchen.client.get(answer.location).text
    assert ">School scheme</a>" in order
    assert ">substitute: never</a>" in order
    kitchen.client.post(
        address, data={"f-all": "breakfast", "s-all": "allowed", f"f-{kitchen.best.id}": "other"}
    )
    assert set(options_of(order_of(kitchen)).values()) == {Option(Funding.BREAKFAST, Substitution.ALLOWED)}


def test_money_that_may_not_pay_is_refused_beside_the_field(kitchen):
    kitchen.group.code = "meat"
    db.session.commit()
    post(kitchen, "draft", **{name(kitchen, kitchen.best): "5"})
    answer = kitchen.client.post(
        f"/kitchen/order/{kitchen.sold.id}/options", data={f"f-{kitchen.best.id}": "school_scheme"}
    )
    assert answer.status_code == 422
    assert f'href="#f-{kitchen.best.id}"' in answer.text
    assert '<option value="school_scheme" selected>' in answer.text, "what was chosen stays"
    assert options_of(order_of(kitchen)) == {}


def test_a_withdrawn_line_shows_what_may_come_instead_with_one_button(kitchen):
    address = f"/kitchen/order/{kitchen.sold.id}/substitutes"
    assert "Everything ordered can be delivered" in kitchen.client.get(address).text
    kitchen.municipality.lawful_basis = "off"
    kitchen.submit(kitchen.sold, kitchen.kitchen, [(kitchen.last, "5"), (kitchen.middle, "2")])
    kitchen.last.state, kitchen.last.withdrawn_reason = "withdrawn", "toča"
    db.session.commit()
    page = kitchen.client.get(address).text
    assert "toča" in page
    form = re.findall(r"<form.*?</form>", page, re.DOTALL)[-1]
    fields = dict(re.findall(r'name="(q-[^"]+)" value="([^"]*)"', form))
    assert fields == {name(kitchen, kitchen.last): "", name(kitchen, kitchen.middle): "7"}
    post(kitchen, "draft", **fields)
    order = kitchen.client.get("/kitchen/order").text
    assert f'name="{name(kitchen, kitchen.last)}"' not in order
    assert 'value="7"' in order


def test_an_ended_offer_leads_to_its_substitutes(kitchen):
    kitchen.municipality.lawful_basis = "off"
    kitchen.submit(kitchen.sold, kitchen.kitchen, [(kitchen.last, "5")])
    kitchen.last.state = "withdrawn"
    db.session.commit()
    assert f'href="/kitchen/order/{kitchen.sold.id}/substitutes"' in kitchen.client.get("/kitchen/order").text
