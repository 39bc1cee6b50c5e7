"""Drafts keep what is typed, wrong or not; other weeks fill them; deadlines do not lose them."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from foodorder.db import db
from foodorder.ordering import carry, drafts, leftover
from foodorder.ordering.models import WeeklyOrder
from foodorder.ordering.place import submit_order
from foodorder.ordering.queries import draft_of, past_orders
from foodorder.rules.ordering import Cell
from foodorder.rules.quantity import as_typed
from tests.factories import CLOSES, NOW, OPENS, WEEK
from tests.kept import once

SEVEN = timedelta(days=7)


@pytest.fixture(autouse=True)
def tuesday(clock_at):
    clock_at(NOW)


@once
def kitchen(world):
    return world.add_institution()


def save(world, cycle, kitchen, asked, **more):
    typed = asked if isinstance(asked, dict) else world.typed(cycle, kitchen, asked)
    return drafts.save_draft(cycle.id, kitchen.id, typed, actor=world.actor(), now=NOW, **more)


def order(cycle):
    return db.session.scalars(
        select(WeeklyOrder).where(WeeklyOrder.cycle_id == cycle.id).execution_options(populate_existing=True)
    ).one()


def typed_by_offer(order_id):
    return {cell.offer: text for cell, text in draft_of(order_id).items()}


def test_a_draft_keeps_what_was_typed_and_says_what_is_not_possible(world, kitchen):
    good, bad, stepped = world.offer(), world.offer(), world.offer(step=5000)
    cycle = world.cycle()
    saved = save(world, cycle, kitchen, [(good, " 2,5 "), (bad, "two"), (stepped, "7")])
    assert typed_by_offer(saved.order_id) == {good.id: "2,5", bad.id: "two", stepped.id: "7"}
    assert {cell.offer: type(refusal).__name__ for cell, refusal in saved.problems.items()} == {
        bad.id: "NotANumber",
        stepped.id: "NotAMultiple",
        good.id: "NotAMultiple",
    }
    assert order(cycle).draft_saved_at == NOW


def test_only_the_cells_that_changed_are_sent(world, kitchen):
    first, second = world.offer(), world.offer()
    cycle = world.cycle()
    save(world, cycle, kitchen, [(first, "1"), (second, "2")])
    saved = save(world, cycle, kitchen, [(second, "")])
    assert typed_by_offer(saved.order_id) == {first.id: "1"}
    assert saved.version == 2


def test_a_draft_begins_as_a_copy_of_what_is_submitted_and_leaves_it_standing(world, kitchen):
    first, second, third = world.offer(step=500), world.offer(), world.offer()
    cycle = world.cycle()
    receipt = world.submit(cycle, kitchen, [(first, "2,5"), (second, "10"), (third, "120")])
    save(world, cycle, kitchen, [(second, "11"), (third, "")])
    assert typed_by_offer(receipt.order_id) == {first.id: "2,5", second.id: "11"}
    assert order(cycle).current_submission_id == receipt.submission_id
    submitted = submit_order(cycle.id, kitchen.id, draft_of(receipt.order_id), "down", actor=world.actor())
    assert (submitted.version, submitted.lines) == (2, 2)
    assert draft_of(receipt.order_id) == {}
    assert order(cycle).has_draft is False


def test_a_stale_page_is_told_so_and_loses_nothing(world, kitchen):
    first, second = world.offer(), world.offer()
    cycle = world.cycle()
    assert save(world, cycle, kitchen, [(first, "1")], version=0).stale is False
    assert save(world, cycle, kitchen, [(second, "2")], version=0).stale is True
    assert typed_by_offer(order(cycle).id) == {first.id: "1", second.id: "2"}


def test_what_was_on_no_page_is_not_kept(world, kitchen):
    stranger = world.add_institution()
    offer = world.offer()
    cycle = world.cycle()
    door = kitchen.delivery_points[0].id
    saved = save(
        world,
        cycle,
        kitchen,
        {
            Cell(offer.id, stranger.delivery_points[0].id, WEEK): "1",
            Cell(offer.id + 10**6, door, WEEK): "1",
            Cell(offer.id, door, WEEK + SEVEN): "1",
            Cell(offer.id, door, WEEK): "9" * 1000 + "\0",
        },
    )
    assert draft_of(saved.order_id) == {Cell(offer.id, door, WEEK): "9" * drafts.LONGEST_TYPED}


def test_what_only_another_cycle_sells_is_not_kept(world, kitchen):
    elsewhere = world.add_municipality()
    here, there = world.offer(), world.offer(world.add_producer(elsewhere))
    cycle = world.cycle()
    world.cycle(municipality=elsewhere)
    saved = save(world, cycle, kitchen, [(here, "1"), (there, "2")])
    assert typed_by_offer(saved.order_id) == {here.id: "1"}


def test_a_draft_is_kept_after_the_deadline(world, kitchen, clock_at):
    offer = world.offer()
    cycle = world.cycle()
    clock_at(CLOSES)
    saved = save(world, cycle, kitchen, [(offer, "4")])
    assert typed_by_offer(saved.order_id) == {offer.id: "4"}


def test_a_late_save_of_what_was_submitted_meanwhile_leaves_no_draft(world, kitchen):
    offer, other = world.offer(), world.offer()
    cycle = world.cycle()
    before = save(world, cycle, kitchen, [(offer, "3,0"), (other, "2")])
    receipt = world.submit(cycle, kitchen, [(offer, "3"), (other, "2")])
    late = save(world, cycle, kitchen, [(offer, "3,0")], version=before.version)
    assert (draft_of(receipt.order_id), order(cycle).has_draft) == ({}, False)
    # what differs in a single cell is a draft, what cannot be read too
    for text in ("4", "3?", ""):
        later = save(world, cycle, kitchen, [(offer, text)], version=late.version)
        assert later.stale is False
        assert order(cycle).has_draft is True
        late = save(world, cycle, kitchen, [(offer, "3")], version=later.version)
        assert (late.stale, order(cycle).has_draft) == (False, False)


def test_dropping_a_draft_shows_the_submitted_order_again(world, kitchen):
    offer = world.offer()
    cycle = world.cycle()
    receipt = world.submit(cycle, kitchen, [(offer, "3")])
    save(world, cycle, kitchen, [(offer, "4")])
    drafts.drop_draft(cycle.id, kitchen.id, actor=world.actor(), now=NOW)
    assert draft_of(receipt.order_id) == {}
    assert (order(cycle).has_draft, order(cycle).current_submission_id) == (False, receipt.submission_id)


@pytest.mark.parametrize(
    ("quantity", "text"), [(12_000, "12"), (12_500, "12,5"), (100, "0,1"), (1, "0,001"), (120_000, "120")]
)
def test_a_quantity_is_written_as_a_person_would(quantity, text):
    assert as_typed(quantity) == text


# Another week


@once
def two_weeks(world, kitchen, clock_at):
    """Last week's order of five products, and this week's cycle, which sells not all of them alike."""
    clock_at(NOW - SEVEN)
    producer = world.add_producer()
    products = [world.add_product(producer, step=500) for _ in range(4)]
    before = [world.offer(product=product, week=WEEK - SEVEN) for product in products]
    last = world.cycle(week=WEEK - SEVEN, opens_at=OPENS - SEVEN, closes_at=CLOSES - SEVEN)
    receipt = world.submit(last, kitchen, [(offer, f"{number},5") for number, offer in enumerate(before, 1)])
    clock_at(NOW)
    now = [
        world.offer(product=products[0]),
        world.offer(product=products[1], days=0b00010),  # not on Mondays any more
        world.offer(product=products[3]),
    ]
    now[2].state = "withdrawn"
    db.session.flush()
    this = world.cycle()
    return receipt, this, before, now


def test_an_order_starts_from_another_week(world, kitchen, two_weeks):
    receipt, cycle, _, now = two_weeks
    save(world, cycle, kitchen, [(now[1], "99")])
    started = drafts.start_from(cycle.id, kitchen.id, receipt.order_id, actor=world.actor(), now=NOW)
    assert draft_of(started.order_id) == {
        Cell(now[0].id, kitchen.delivery_points[0].id, WEEK): "1,5",
    }
    assert started.cells == 1
    assert [(line.quantity, line.reason) for line in started.left_out] == [
        (2500, leftover.NOT_THAT_DAY),
        (3500, leftover.NOT_OFFERED),
        (4500, leftover.NOT_OFFERED),
    ]


def test_an_order_starts_empty(world, kitchen, two_weeks):
    _, cycle, _, now = two_weeks
    save(world, cycle, kitchen, [(now[0], "9")])
    started = drafts.start_from(cycle.id, kitchen.id, None, actor=world.actor(), now=NOW)
    assert draft_of(started.order_id) == {}
    assert order(cycle).has_draft is True


def test_nobody_starts_from_another_kitchens_order(world, two_weeks):
    receipt, cycle, _, _ = two_weeks
    stranger = world.add_institution()
    started = drafts.start_from(cycle.id, stranger.id, receipt.order_id, actor=world.actor(), now=NOW)
    assert (started.cells, started.left_out) == (0, ())


def test_past_orders_are_listed_newest_first(world, kitchen, two_weeks):
    receipt, cycle, _, now = two_weeks
    again = world.submit(cycle, kitchen, [(now[0], "1")])
    assert [row.submission_id for row in past_orders(kitchen.id)] == [
        again.submission_id,
        receipt.submission_id,
    ]
    assert [row.submission_id for row in past_orders(kitchen.id, before_cycle=cycle.id)] == [
        receipt.submission_id
    ]


# What was typed and never submitted


def test_an_unsubmitted_draft_is_carried_to_the_next_cycle_when_it_opens(world, kitchen, clock_at):
    other = world.add_institution()
    producer = world.add_producer()
    product = world.add_product(producer)
    old = world.offer(product=product, week=WEEK - SEVEN)
    new = world.offer(product=product)
    last = world.cycle(week=WEEK - SEVEN, opens_at=OPENS - SEVEN, closes_at=NOW + timedelta(hours=1))
    save(world, last, kitchen, [(old, "twelve?")])
    world.submit(last, other, [(old, "3")])
    last.state = "recorded"
    db.session.flush()
    cycle = world.cycle()
    carried = order(cycle)
    assert draft_of(carried.id) == {Cell(new.id, kitchen.delivery_points[0].id, WEEK): "twelve?"}
    assert (carried.institution_id, carried.has_draft) == (kitchen.id, True)
    assert carry.carry_drafts(last.id, actor=world.actor(), now=NOW) == 0


def test_a_draft_is_carried_to_a_cycle_that_is_open_already_but_never_over_an_order(world, kitchen):
    other = world.add_institution()
    product = world.add_product(world.add_producer())
    old, new = world.offer(product=product, week=WEEK - SEVEN), world.offer(product=product)
    last = world.cycle(week=WEEK - SEVEN, opens_at=OPENS - SEVEN, closes_at=NOW + timedelta(hours=1))
    cycle = world.cycle()
    for institution in (kitchen, other):
        save(world, last, institution, [(old, "12")])
    world.submit(cycle, other, [(new, "3")])
    assert carry.carry_drafts(last.id, actor=world.actor(), now=NOW) == 0  # it is still open
    last.state = "closed"
    db.session.flush()
    assert carry.carry_drafts(last.id, actor=world.actor(), now=NOW) == 1
    orders = db.session.scalars(select(WeeklyOrder).where(WeeklyOrder.cycle_id == cycle.id)).all()
    assert {row.institution_id: len(draft_of(row.id)) for row in orders} == {kitchen.id: 1, other.id: 0}
