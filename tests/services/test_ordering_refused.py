"""What cannot be ordered is said at once; limited offers are counted; an order is withdrawn."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from foodorder.catalogue.models import StockKind
from foodorder.db import db
from foodorder.ordering import drafts
from foodorder.ordering.models import OrderLine, WeeklyOrder
from foodorder.ordering.place import submit_order, withdraw_order
from foodorder.ordering.queries import draft_of, standing_submission
from foodorder.rules.ordering import Cell, NothingOrdered, NothingToWithdraw, OrderRefused
from tests.factories import NOW, WEEK
from tests.services.ordered import kitchen, taken, tuesday

__all__ = ["kitchen", "tuesday"]


def problems(world, cycle, kitchen, asked, **more):
    with pytest.raises(OrderRefused) as refused:
        world.submit(cycle, kitchen, asked, **more)
    return refused.value.problems


def names(found):
    return {type(refusal).__name__ for refusal in found.values()}


# What is not possible


def test_every_problem_is_said_at_once_beside_its_cell(world, kitchen):
    stranger = world.add_institution()
    good, stepped, small, monday, short = (
        world.offer(),
        world.offer(step=5000),
        world.offer(minimum=10_000),
        world.offer(days=0b00001),
        world.offer(available=4000),
    )
    gone = world.offer()
    cycle = world.cycle()
    later = world.offer()  # published after the opening, and not taken up
    gone.state = "withdrawn"
    db.session.flush()
    door, tuesday = kitchen.delivery_points[0].id, WEEK + timedelta(days=1)
    typed = {
        Cell(good.id, door, tuesday): "2",
        Cell(stepped.id, door, tuesday): "7",
        Cell(small.id, door, tuesday): "3",
        Cell(monday.id, door, tuesday): "3",
        Cell(short.id, door, tuesday): "5",
        Cell(gone.id, door, tuesday): "1",
        Cell(later.id, door, tuesday): "1",
        Cell(10**9, door, tuesday): "1",
        Cell(good.id, stranger.delivery_points[0].id, tuesday): "1",
        Cell(good.id, door, WEEK + timedelta(days=9)): "1",
        Cell(good.id, door, WEEK): "two",
        Cell(stepped.id, door, WEEK): "-5",
    }
    found = problems(world, cycle, kitchen, typed)
    said = {(cell.offer, cell.delivery_point == door, cell.day): type(found[cell]).__name__ for cell in found}
    assert said == {
        (stepped.id, True, tuesday): "NotAMultiple",
        (small.id, True, tuesday): "BelowMinimumQuantity",
        (monday.id, True, tuesday): "NotThatDay",
        (short.id, True, tuesday): "AboveWhatIsLeft",
        (gone.id, True, tuesday): "OfferEnded",
        (later.id, True, tuesday): "OfferEnded",
        (10**9, True, tuesday): "OfferEnded",
        (good.id, False, tuesday): "NotYourDeliveryPoint",
        (good.id, True, WEEK + timedelta(days=9)): "NotThatDay",
        (good.id, True, WEEK): "NotANumber",
        (stepped.id, True, WEEK): "Negative",
    }
    assert db.session.scalars(select(OrderLine.id)).all() == []
    assert taken(short) == 0


def test_an_order_without_a_quantity_is_refused(world, kitchen):
    offer = world.offer()
    cycle = world.cycle()
    with pytest.raises(NothingOrdered):
        world.submit(cycle, kitchen, [(offer, "0")])


def test_a_door_that_is_no_longer_used_takes_nothing(world, kitchen):
    offer = world.offer()
    cycle = world.cycle()
    kitchen.delivery_points[0].active = False
    db.session.flush()
    assert names(problems(world, cycle, kitchen, [(offer, "1")])) == {"NotYourDeliveryPoint"}


def test_a_school_takes_nothing_in_its_holidays(world):
    school, kindergarten = world.add_institution(kind="school"), world.add_institution()
    offer = world.offer()
    cycle = world.cycle(school_days=0b00011)
    assert names(problems(world, cycle, school, [(offer, "1")], day=2)) == {"NotThatDay"}
    assert world.submit(cycle, school, [(offer, "1")], day=1).lines == 1
    assert world.submit(cycle, kindergarten, [(offer, "1")], day=2).lines == 1


def test_a_farm_that_does_not_drive_there_that_day_sells_nothing_that_day(world, kitchen):
    offer = world.offer(world.add_producer(days=0b00100))
    cycle = world.cycle()
    assert names(problems(world, cycle, kitchen, [(offer, "1")], day=1)) == {"NotThatDay"}
    assert world.submit(cycle, kitchen, [(offer, "1")], day=2).lines == 1


def test_a_suspended_producer_sells_nothing_more(world, kitchen):
    producer = world.add_producer()
    offer = world.offer(producer)
    cycle = world.cycle()
    producer.admissions[0].state = "suspended"
    db.session.flush()
    assert names(problems(world, cycle, kitchen, [(offer, "1")])) == {"OfferEnded"}


# Limited offers


def test_a_reserved_quantity_is_counted_and_refused_beyond(world, kitchen):
    other = world.add_institution()
    offer = world.offer(available=10_000)
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(offer, "6")])
    found = problems(world, cycle, other, [(offer, "5")])
    assert [refusal.left for refusal in found.values()] == [4000]
    world.submit(cycle, other, [(offer, "4")])
    assert taken(offer) == 10_000


def test_what_an_order_holds_is_left_for_it(world, kitchen):
    offer = world.offer(available=10_000)
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(offer, "6")])
    world.submit(cycle, kitchen, [(offer, "10")])
    assert taken(offer) == 10_000
    world.submit(cycle, kitchen, [(offer, "2")])
    assert taken(offer) == 2000


def test_the_sum_over_days_counts_and_every_cell_says_so(world, kitchen):
    offer = world.offer(available=10_000)
    cycle = world.cycle()
    door = kitchen.delivery_points[0].id
    typed = {Cell(offer.id, door, WEEK + timedelta(days=day)): "6" for day in (0, 1)}
    assert len(problems(world, cycle, kitchen, typed)) == 2


def test_a_shared_quantity_may_be_asked_above_what_there_is(world, kitchen):
    offer = world.offer(available=10_000, kind=StockKind.SHARE)
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(offer, "60")])
    assert taken(offer) == 60_000


def test_an_offer_cut_below_what_was_asked_leaves_an_order_what_it_holds(world, kitchen):
    offer = world.offer(available=10_000)
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(offer, "8")])
    offer.available = 5000  # hail
    db.session.flush()
    found = problems(world, cycle, kitchen, [(offer, "9")])
    assert [refusal.left for refusal in found.values()] == [8000]
    world.submit(cycle, kitchen, [(offer, "7")])
    assert taken(offer) == 7000


def test_who_was_faster_by_a_moment_is_noticed_by_the_last_statement(world, kitchen, monkeypatch):
    """The stock is read, then taken: what somebody took in between is not taken twice."""
    from foodorder.ordering import place  # noqa: PLC0415

    offer = world.offer(available=10_000)
    cycle = world.cycle()
    read = place.terms_of

    def read_and_be_overtaken(*arguments):
        terms = read(*arguments)
        db.session.execute(db.update(type(offer)).values(taken=7000))
        return terms

    monkeypatch.setattr(place, "terms_of", read_and_be_overtaken)
    assert names(problems(world, cycle, kitchen, [(offer, "6")])) == {"AboveWhatIsLeft"}


def test_an_offer_of_two_municipalities_is_counted_once(world, kitchen):
    neighbour = world.add_municipality()
    offer = world.offer(world.add_producer(world.municipality, neighbour), available=10_000)
    there = world.add_institution(municipality=neighbour)
    world.submit(world.cycle(), kitchen, [(offer, "6")])
    found = problems(world, world.cycle(municipality=neighbour), there, [(offer, "5")])
    assert [refusal.left for refusal in found.values()] == [4000]


# Withdrawing


def test_withdrawing_gives_back_the_stock_and_keeps_what_was_typed(world, kitchen):
    offer = world.offer(available=10_000, step=500)
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(offer, "6,5")])
    withdraw_order(cycle.id, kitchen.id, actor=world.actor())
    assert taken(offer) == 0
    assert standing_submission(cycle.id, kitchen.id) is None
    order = db.session.scalars(select(WeeklyOrder)).one()
    assert (order.withdrawn_at, order.has_draft) == (NOW, True)
    assert list(draft_of(order.id).values()) == ["6,5"]
    with pytest.raises(NothingToWithdraw):
        withdraw_order(cycle.id, kitchen.id, actor=world.actor())
    again = submit_order(cycle.id, kitchen.id, draft_of(order.id), "down", actor=world.actor())
    assert (again.version, taken(offer)) == (2, 6500)


def test_withdrawing_does_not_touch_a_draft_that_was_begun(world, kitchen):
    offer = world.offer()
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(offer, "6")])
    drafts.save_draft(
        cycle.id, kitchen.id, world.typed(cycle, kitchen, [(offer, "9")]), actor=world.actor(), now=NOW
    )
    withdraw_order(cycle.id, kitchen.id, actor=world.actor())
    order = db.session.scalars(select(WeeklyOrder)).one()
    assert list(draft_of(order.id).values()) == ["9"]
