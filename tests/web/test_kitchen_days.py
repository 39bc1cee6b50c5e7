"""A week within which a lot begins or ends, as a kitchen meets it on the page of its order."""

import re
from datetime import timedelta

from foodorder.rules.ordering import Cell
from foodorder.rules.permissions import Role
from tests.agreements import add_agreement, add_lot, add_supplier, set_threshold
from tests.criteria import add_offer, add_settings, enforce
from tests.factories import CLOSES, NOW, OPENS, WEEK
from tests.kept import once
from tests.web.office import log_in


@once
def kitchen(app, world, clock_at):
    """A kitchen with two offers of one food: the dear one is awarded on Monday only, at 3.00 EUR."""
    clock_at(NOW)
    add_settings()
    world.food = world.add_food_type()
    enforce(world, world.food)
    world.kitchen = world.add_institution()
    world.best, world.dear = add_offer(world, world.food, price=100), add_offer(world, world.food, price=400)
    lot = add_lot(add_agreement(world, world.kitchen), world.food)
    add_supplier(lot, world.dear.product.producer, price=300, valid_to=WEEK)
    world.sold = world.cycle()
    world.door = world.kitchen.delivery_points[0].id
    world.client = log_in(app, world, Role.KITCHEN_MANAGER, institution_id=world.kitchen.id)
    return world


def name(kitchen, offer, day):
    return f"q-{offer.id}-{kitchen.door}-{WEEK + timedelta(day):%Y%m%d}"


def row_of(kitchen, offer):
    page = kitchen.client.get("/kitchen/order").text
    return page[page.index(f'id="o{offer.id}"') :].split("</tr>")[0]


def post(kitchen, verb, **fields):
    return kitchen.client.post(f"/kitchen/order/{kitchen.sold.id}/{verb}", data=fields)


def test_a_row_tells_the_basis_and_the_price_of_each_of_its_days(kitchen):
    row = row_of(kitchen, kitchen.dear)
    assert "Mon: Call-off, €3.29; Tue, Wed, Thu, Fri: Evidence order, €4.38" in row
    assert 'data-p="300 400 400 400 400 300 300"' in row
    assert row.count("<input") == 5
    assert 'class="no"' not in row
    assert "data-p" not in row_of(kitchen, kitchen.best)


def test_a_day_without_basis_is_closed_and_the_page_behind_says_why(kitchen):
    set_threshold(1)
    row = row_of(kitchen, kitchen.dear)
    assert row.count("<input") == 1
    assert f'name="{name(kitchen, kitchen.dear, 0)}"' in row
    assert "Tue, Wed, Thu, Fri: no lawful basis." in row
    assert 'class="no"' not in row
    why = kitchen.client.get(re.search(r'href="([^"]+)">Why\?', row)[1]).text
    assert "each day of delivery has its own basis" in why
    assert "Lot 1 does not cover this offer on Tuesday 1 December 2026" in why, re.findall(
        "Lot 1 does[^:]*", why
    )
    assert "this week on: Mon" in why
    found = re.findall(r'<tr><th scope="row">(Mon|Tue|Wed|Thu|Fri)[^<]*</th>\s*<td>(.*?)</td>', why, re.S)
    assert [day for day, _ in found] == ["Mon", "Tue", "Wed", "Thu", "Fri"]
    assert ["No basis" in basis for _, basis in found] == [False, True, True, True, True]


def test_what_was_typed_on_a_closed_day_stays_with_its_reason(kitchen):
    set_threshold(1)
    answer = post(
        kitchen, "submit", **{name(kitchen, kitchen.dear, 0): "1", name(kitchen, kitchen.dear, 1): "2"}
    )
    assert answer.status_code == 422
    row = answer.text[answer.text.index(f'id="o{kitchen.dear.id}"') :].split("</tr>")[0]
    assert row.count("<input") == 2
    assert 'value="2"' in row
    assert "Lot 1 does not cover this offer on Tuesday 1 December 2026" in answer.text


def test_the_sums_of_the_page_use_the_price_of_each_day(kitchen):
    post(kitchen, "draft", **{name(kitchen, kitchen.dear, 0): "1", name(kitchen, kitchen.dear, 1): "1"})
    # 3.00 and 4.00 net, with 9.5 % VAT
    assert '<td class="s">€7.67</td>' in row_of(kitchen, kitchen.dear)


def test_a_reason_is_asked_only_for_days_on_which_offers_are_compared(kitchen):
    asked = f'name="r-{kitchen.food.id}"'
    post(kitchen, "draft", **{name(kitchen, kitchen.dear, 0): "5"})
    assert asked not in kitchen.client.get("/kitchen/order").text
    post(kitchen, "draft", **{name(kitchen, kitchen.dear, 1): "5"})
    assert asked in kitchen.client.get("/kitchen/order").text


def test_what_does_not_come_along_from_last_week_is_told_with_the_page_that_explains_it(kitchen, clock_at):
    clock_at(NOW - timedelta(days=7))
    product = kitchen.dear.product
    before = kitchen.offer(product.producer, product=product, week=WEEK - timedelta(days=7))
    times = {"opens_at": OPENS - timedelta(days=7), "closes_at": CLOSES - timedelta(days=7)}
    last = kitchen.cycle(week=WEEK - timedelta(days=7), **times)
    day = WEEK - timedelta(days=6)
    receipt = kitchen.submit(last, kitchen.kitchen, {Cell(before.id, kitchen.door, day): "2"})
    clock_at(NOW)
    set_threshold(1)
    page = post(kitchen, "start", week=receipt.order_id).text
    assert "1 quantity could not be taken over" in page
    told = page[page.index("could not be taken over") :].split("</ul>")[0]
    assert "1 quantity, 2\xa0kg: Lot 1 does not cover this offer on Tuesday 1 December 2026" in told
    assert f'href="/kitchen/order/{kitchen.sold.id}/basis/{kitchen.dear.id}"' in told
