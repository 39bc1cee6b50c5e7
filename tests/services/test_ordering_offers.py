"""Offers that change while a cycle is open: taken up, reduced, withdrawn, sold at another price."""

import pytest
from sqlalchemy import select

from foodorder.catalogue.giving_less import reduce_offer, withdraw_offer
from foodorder.db import db
from foodorder.ordering import offers
from foodorder.ordering.cycles import ReasonNeeded
from foodorder.ordering.models import CycleOffer
from foodorder.ordering.queries import lines_of
from foodorder.outbox.models import Message
from foodorder.rules.cycle import DeadlinePassed
from foodorder.rules.offers import AlreadyOrdered
from foodorder.rules.ordering import OrderRefused
from tests.factories import CLOSES, NOW, WEEK
from tests.kept import once


@pytest.fixture(autouse=True)
def tuesday(clock_at):
    clock_at(NOW)


@once
def kitchen(world):
    return world.add_institution()


def messages(template):
    return db.session.scalars(select(Message).where(Message.template == template)).all()


def taken(offer):
    db.session.refresh(offer)
    return offer.taken


def test_an_offer_published_later_is_taken_up_by_the_open_cycles_of_its_week(world, kitchen):
    neighbour = world.add_municipality()
    cycle, _elsewhere = world.cycle(), world.cycle(municipality=neighbour)
    planned = world.cycle(opened=False)
    producer = world.add_producer()
    offers.hold(producer.id, WEEK)
    offer = world.offer(producer)
    assert offers.take_up([offer.id]) == 1
    assert offers.take_up([offer.id]) == 0
    assert db.session.scalars(select(CycleOffer.cycle_id)).all() == [cycle.id]
    assert planned.state == "planned"
    assert world.submit(cycle, kitchen, [(offer, "1")]).lines == 1


def test_holding_a_week_counts_what_was_ordered_of_unlimited_offers(world, kitchen):
    offer = world.offer()
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(offer, "4")])
    world.submit(cycle, kitchen, [(offer, "7")])
    world.submit(cycle, world.add_institution(), [(offer, "2")])
    assert taken(offer) == 0
    offers.hold(offer.producer_id, WEEK)
    assert taken(offer) == 9000
    with pytest.raises(AlreadyOrdered):
        withdraw_offer(offer.id, None, actor=world.actor(), now=NOW)


def test_hail_tells_each_kitchen_that_ordered_and_leaves_orders_standing(world, kitchen):
    other, bystander = world.add_institution(), world.add_institution()
    offer, apples = world.offer(), world.offer()
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(offer, "40")])
    world.submit(cycle, other, [(offer, "20")])
    world.submit(cycle, bystander, [(apples, "5")])
    offers.hold(offer.producer_id, WEEK)
    reduce_offer(offer.id, 30_000, "Hail", actor=world.actor(), now=NOW)
    assert [(row.institution_id, row.quantity) for row in offers.affected_by(offer.id)] == [
        (kitchen.id, 40_000),
        (other.id, 20_000),
    ]
    assert offers.tell_affected(offer.id) == 2
    assert offers.tell_affected(offer.id) == 0
    told = {row.recipient_email: row.data for row in messages("offer_reduced")}
    assert told.keys() == {kitchen.email, other.email}
    assert (told[other.email]["quantity"], told[other.email]["available"]) == (20_000, 30_000)
    assert (told[other.email]["asked"], told[other.email]["reason"]) == (60_000, "Hail")
    world.submit(cycle, kitchen, [(offer, "10")])
    assert taken(offer) == 30_000


def test_a_withdrawn_offer_takes_no_more_orders_and_can_be_let_go(world, kitchen):
    offer, apples = world.offer(available=10_000), world.offer()
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(offer, "5"), (apples, "5")])
    offers.hold(offer.producer_id, WEEK)
    withdraw_offer(offer.id, "Frost", actor=world.actor(), now=NOW)
    assert offers.tell_affected(offer.id) == 1
    assert messages("offer_reduced")[0].data["withdrawn"] is True
    with pytest.raises(OrderRefused):
        world.submit(cycle, kitchen, [(offer, "4"), (apples, "5")])
    world.submit(cycle, kitchen, [(apples, "5")])
    assert taken(offer) == 0


def test_a_new_price_reaches_an_open_cycle_only_when_it_is_announced(world, kitchen):
    offer = world.offer(price=150)
    cycle = world.cycle()
    first = world.submit(cycle, kitchen, [(offer, "10")])
    newer = world.offer(product=offer.product, price=180)
    db.session.refresh(newer)
    version = newer.versions[-1]
    with pytest.raises(ReasonNeeded):
        offers.change_in_open_cycle(cycle.id, offer.id, version.id, " ", actor=world.actor())
    offers.change_in_open_cycle(cycle.id, offer.id, version.id, "Diesel", actor=world.actor())
    assert messages("offer_price_changed")[0].data["price_cents"] == 180
    # What is submitted keeps its price; the same content again is a new order at the new one.
    assert lines_of(first.submission_id)[0].price_cents == 150
    again = world.submit(cycle, kitchen, [(offer, "10")])
    assert (again.repeated, again.net_cents) == (False, 1800)


def test_a_version_of_another_offer_or_a_passed_deadline_changes_nothing(world, clock_at):
    offer, other = world.offer(), world.offer()
    cycle = world.cycle()
    with pytest.raises(ValueError, match="not sold"):
        offers.change_in_open_cycle(cycle.id, offer.id, other.versions[-1].id, "Diesel", actor=world.actor())
    clock_at(CLOSES)
    with pytest.raises(DeadlinePassed):
        offers.change_in_open_cycle(cycle.id, offer.id, offer.versions[-1].id, "Diesel", actor=world.actor())
