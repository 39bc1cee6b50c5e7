"""What does not come along from another week because the law does not allow it any more."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from foodorder.db import db
from foodorder.ordering import drafts, leftover
from foodorder.ordering.models import WeeklyOrder
from foodorder.ordering.page import order_page
from foodorder.ordering.queries import draft_of
from foodorder.rules.ordering import Cell
from foodorder.rules.sourcing import AboveCeiling, NoLawfulBasis, OutsideTheTerm
from tests.agreements import add_agreement, add_lot, add_supplier, enforce
from tests.factories import CLOSES, NOW, OPENS, WEEK
from tests.kept import once

SEVEN = timedelta(days=7)


@once
def kitchen(world, clock_at):
    clock_at(NOW)
    return world.add_institution()


def order(cycle):
    db.session.expire_all()
    return db.session.scalars(select(WeeklyOrder).where(WeeklyOrder.cycle_id == cycle.id)).one()


@pytest.fixture
def lawful_weeks(world, kitchen, clock_at):
    """Last week's order of three products: one under a lot that ends on Monday, two without any now."""
    clock_at(NOW - SEVEN)
    farm, other, foods = world.add_producer(), world.add_producer(), [world.add_food_type() for _ in range(3)]
    products = [
        world.add_product(producer, food) for producer, food in zip((farm, other, farm), foods, strict=True)
    ]
    before = [world.offer(product=product, week=WEEK - SEVEN) for product in products]
    last = world.cycle(week=WEEK - SEVEN, opens_at=OPENS - SEVEN, closes_at=CLOSES - SEVEN)
    door = kitchen.delivery_points[0].id
    typed = {Cell(offer.id, door, WEEK - SEVEN): "2" for offer in before}
    typed[Cell(before[0].id, door, WEEK - SEVEN + timedelta(days=1))] = "3"
    enforce(world)
    agreement = add_agreement(world, kitchen, valid_to=WEEK)
    lot = add_lot(agreement, foods[0], foods[2], cents=100_000)
    add_supplier(lot, farm, price=100)
    clock_at(NOW)
    return last, typed, [world.offer(product=product) for product in products], lot


def reasons(left_out):
    return {(one.offer, one.quantity, type(one.reason)) for one in left_out}


def test_starting_from_last_week_leaves_out_what_is_not_lawful_and_says_why(
    world, kitchen, lawful_weeks, clock_at
):
    last, typed, now, lot = lawful_weeks
    world.municipality.lawful_basis = "off"
    clock_at(NOW - SEVEN)
    receipt = world.submit(last, kitchen, typed)
    world.municipality.lawful_basis = "enforced"
    clock_at(NOW)
    cycle = world.cycle()
    started = drafts.start_from(cycle.id, kitchen.id, receipt.order_id, actor=world.actor(), now=NOW)
    door = kitchen.delivery_points[0].id
    assert draft_of(started.order_id) == {Cell(now[0].id, door, WEEK): "2", Cell(now[2].id, door, WEEK): "2"}
    assert started.cells == 2
    assert reasons(started.left_out) == {
        (now[0].id, 3000, OutsideTheTerm), (now[1].id, 2000, NoLawfulBasis),
    }  # fmt: skip
    # what the lot has too little of stays, with what is left said beside it: less of it can be ordered
    lot.ceiling.limit_cents = 300
    started = drafts.start_from(cycle.id, kitchen.id, receipt.order_id, actor=world.actor(), now=NOW)
    assert started.cells == 2
    page = order_page(cycle.id, kitchen.id)
    assert {type(refusal) for refusal in page.problems.values()} == {AboveCeiling}


def test_a_draft_is_carried_without_what_is_not_lawful_and_the_page_says_so(world, kitchen, lawful_weeks):
    last, typed, now, lot = lawful_weeks
    saved = drafts.save_draft(last.id, kitchen.id, typed, actor=world.actor(), now=NOW - SEVEN)
    last.state = "recorded"
    db.session.flush()
    cycle = world.cycle()
    carried = order(cycle)
    door = kitchen.delivery_points[0].id
    assert draft_of(carried.id) == {Cell(now[0].id, door, WEEK): "2", Cell(now[2].id, door, WEEK): "2"}
    assert len(draft_of(saved.order_id)) == 4, "the old draft keeps all of it"
    assert reasons(leftover.stayed_behind(carried.id)) == {
        (now[0].id, 3000, OutsideTheTerm), (now[1].id, 2000, NoLawfulBasis),
    }  # fmt: skip
    now[1].state = "withdrawn"
    lot.agreement.valid_to = WEEK + SEVEN
    db.session.flush()
    assert {(one.quantity, one.reason) for one in leftover.stayed_behind(carried.id)} == {
        (3000, leftover.POSSIBLE_AGAIN), (2000, leftover.NOT_OFFERED),
    }  # fmt: skip
    drafts.save_draft(cycle.id, kitchen.id, {}, actor=world.actor(), now=NOW)
    assert leftover.stayed_behind(carried.id) == ()
