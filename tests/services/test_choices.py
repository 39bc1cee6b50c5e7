"""Another offer than the first asks for a reason, which is kept with the draft and frozen with the scores."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from foodorder.db import db
from foodorder.ordering.choices import (
    Given,
    carry_reasons,
    choices_made,
    keep_reasons,
    missing_reasons,
    reasons_of,
    write_choices,
)
from foodorder.ordering.models import OfferChoice, WeeklyOrder
from foodorder.ordering.terms import hold_order, offers_of, situation
from foodorder.rules.ordering import Cell
from foodorder.rules.scoring import ChoiceUnexplained, Reason, ReasonsMissing, WordsNeeded
from tests.criteria import add_offer, add_settings, enforce
from tests.factories import CLOSES, NOW, OPENS, WEEK
from tests.kept import once

SEVEN = timedelta(days=7)


@once
def market(world, clock_at):
    """A kitchen where criteria decide, and three offers of one food: best, middle, last."""
    clock_at(NOW)
    add_settings()
    world.kitchen = world.add_institution()
    world.food, world.shared_food = world.add_food_type(), world.add_food_type()
    enforce(world, world.food, world.shared_food)
    world.best = add_offer(world, world.food, price=100, hours=12)
    world.middle = add_offer(world, world.food, price=120, available=20_000)
    world.last = add_offer(world, world.food, price=200)
    world.sold = world.cycle()
    return world


def choices(market, *asked, kitchen=None, doors=(0,)):
    """Of an order: (offer, thousandths, weekday)."""
    kitchen = kitchen or market.kitchen
    now = situation(hold_order(market.sold.id, kitchen.id))
    quantities = {
        Cell(offer.id, kitchen.delivery_points[door].id, WEEK + timedelta(days=day)): quantity
        for door in doors
        for offer, quantity, day in asked
    }
    return choices_made(now, quantities, offers_of(now, {cell.offer for cell in quantities}))


def test_the_first_needs_no_reason(market):
    assert choices(market, (market.best, 5_000, 0)) == []
    assert choices(market, (market.best, 5_000, 0), (market.middle, 5_000, 0)) == []


def test_of_what_is_ordered_less_the_best_is_named(market):
    [choice] = choices(market, (market.best, 5_000, 0), (market.last, 5_000, 0))
    assert (choice.first, choice.chosen) == (market.middle.id, market.last.id)


def test_another_than_the_first_does(market):
    [choice] = choices(market, (market.last, 5_000, 0))
    assert (choice.food_type, choice.first, choice.chosen) == (market.food.id, market.best.id, market.last.id)
    refusal = missing_reasons([choice])[market.food.id]
    assert isinstance(refusal, ChoiceUnexplained)
    assert market.best.product.name in refusal.facts["first"]
    assert market.last.product.name in refusal.facts["chosen"]


def test_nothing_is_asked_where_the_municipality_does_not(market):
    market.municipality.lawful_basis = "off"
    db.session.flush()
    assert choices(market, (market.last, 5_000, 0)) == []


def test_what_is_left_counts_without_what_this_order_asks_already(market):
    market.best.state = "withdrawn"
    db.session.flush()
    assert choices(market, (market.last, 20_000, 0))
    assert not choices(market, (market.last, 20_001, 0))
    assert not choices(market, (market.middle, 1_000, 1), (market.last, 20_000, 0))


def test_what_other_kitchens_took_is_not_left_and_what_we_hold_is(market):
    market.best.state = "withdrawn"
    db.session.flush()
    market.municipality.lawful_basis = "off"
    other = market.add_institution()
    market.submit(market.sold, other, [(market.middle, "15")])
    market.municipality.lawful_basis = "enforced"
    db.session.flush()
    assert not choices(market, (market.last, 6_000, 0))
    assert choices(market, (market.last, 6_000, 0), kitchen=other)


def test_a_shared_offer_that_is_over_asked_is_not_left(market):
    food = market.shared_food
    shared = add_offer(market, food, price=100, available=5_000, stock="share")
    dear = add_offer(market, food, price=300)
    market.sold = market.cycle(week=WEEK)
    assert choices(market, (dear, 5_000, 0))
    shared.taken = 1_000
    db.session.flush()
    assert not choices(market, (dear, 5_000, 0))


def test_reasons_are_kept_changed_and_taken_back(market):
    food, cycle, kitchen = market.food.id, market.sold.id, market.kitchen.id
    keep_reasons(cycle, kitchen, {food: Given(Reason.MENU, "  juha ")})
    order = db.session.scalars(select(WeeklyOrder.id)).one()
    assert reasons_of(order) == {food: Given(Reason.MENU, "juha")}
    keep_reasons(cycle, kitchen, {food: Given(Reason.OTHER, "\0" + "x" * 999), 999_999: Given(Reason.DAY)})
    assert reasons_of(order)[food].code is Reason.OTHER
    assert len(reasons_of(order)[food].words) == 300
    keep_reasons(cycle, kitchen, {})
    assert reasons_of(order)
    keep_reasons(cycle, kitchen, {food: None})
    assert reasons_of(order) == {}


def test_other_needs_words(market):
    keep_reasons(market.sold.id, market.kitchen.id, {market.food.id: Given(Reason.OTHER)})
    [choice] = choices(market, (market.last, 5_000, 0))
    assert isinstance(missing_reasons([choice])[market.food.id], WordsNeeded)


def test_a_submission_freezes_the_choice_with_its_scores(market):
    keep_reasons(market.sold.id, market.kitchen.id, {market.food.id: Given(Reason.MENU, "juha")})
    found = choices(market, (market.last, 5_000, 0))
    assert missing_reasons(found) == {}
    market.municipality.lawful_basis = "off"
    receipt = market.submit(market.sold, market.kitchen, [(market.last, "5")])
    write_choices(receipt.submission_id, found)
    row = db.session.scalars(select(OfferChoice)).one()
    assert (row.first_offer_id, row.chosen_offer_id) == (market.best.id, market.last.id)
    assert (row.code, row.words) == ("menu", "juha")
    assert [score["offer"] for score in row.scores] == [market.best.id, market.middle.id, market.last.id]
    first = row.scores[0]
    assert first["parts"]["price"] == {
        "weight": 60, "value": 110, "unit": "cents", "best": 110, "points": 6_000,
    }  # fmt: skip
    assert first["points"] == sum(part["points"] for part in first["parts"].values())


def test_an_order_without_its_reason_is_refused_whole_and_counts_with_it(market):
    with pytest.raises(ReasonsMissing) as refused:
        market.submit(market.sold, market.kitchen, [(market.last, "5")])
    assert refused.value.problems.keys() == {market.food.id}
    assert db.session.scalars(select(OfferChoice)).all() == []
    keep_reasons(market.sold.id, market.kitchen.id, {market.food.id: Given(Reason.PACKAGING)})
    receipt = market.submit(market.sold, market.kitchen, [(market.last, "5")])
    row = db.session.scalars(select(OfferChoice)).one()
    assert (row.submission_id, row.code) == (receipt.submission_id, "packaging")
    assert market.submit(market.sold, market.add_institution(), [(market.best, "5")]).lines == 1
    assert len(db.session.scalars(select(OfferChoice)).all()) == 1


def test_last_weeks_reasons_come_along(market):
    keep_reasons(market.sold.id, market.kitchen.id, {market.food.id: Given(Reason.DAY, "torek")})
    found = choices(market, (market.last, 5_000, 0))
    market.municipality.lawful_basis = "off"
    receipt = market.submit(market.sold, market.kitchen, [(market.last, "5")])
    write_choices(receipt.submission_id, found)
    market.offer(product=market.last.product, week=WEEK + SEVEN)
    later = market.cycle(week=WEEK + SEVEN, opens_at=OPENS, closes_at=CLOSES + SEVEN)
    order = hold_order(later.id, market.kitchen.id)
    carry_reasons(order, receipt.order_id)
    assert reasons_of(order) == {market.food.id: Given(Reason.DAY, "torek")}
    keep_reasons(later.id, market.kitchen.id, {market.food.id: Given(Reason.SEASON)})
    carry_reasons(order, receipt.order_id)
    assert reasons_of(order) == {market.food.id: Given(Reason.SEASON)}


def test_of_several_doors_the_largest_difference_is_told(market):
    kitchen = market.add_institution(doors=2)
    far = kitchen.delivery_points[1]
    far.latitude, far.longitude = market.best.product.farm.latitude, market.best.product.farm.longitude
    market.last.product.farm.longitude += 1
    db.session.flush()
    [choice] = choices(market, (market.last, 5_000, 0), kitchen=kitchen, doors=(0, 1))
    differences = {
        door: choices(market, (market.last, 5_000, 0), kitchen=kitchen, doors=(door,))[0].difference
        for door in (0, 1)
    }
    assert choice.difference == max(differences.values()) != min(differences.values())
