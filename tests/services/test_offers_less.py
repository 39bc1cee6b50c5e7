"""Hail and frost: giving less while kitchens order."""

import pytest
from sqlalchemy import select

from foodorder.catalogue.models import OfferState, StockKind
from foodorder.catalogue.offers import Entry, OffersRefused, publish_offers, reduce_offer, withdraw_offer
from foodorder.catalogue.queries import newest_versions
from foodorder.db import db
from foodorder.ordering.models import CycleOffer
from foodorder.ordering.offers import hold, take_up, tell_affected
from foodorder.outbox.models import Message
from foodorder.procurement.for_producer import sold_of
from foodorder.rules import offers as rules
from foodorder.rules.quantity import NotAMultiple
from foodorder.trail.actor import COMMAND
from tests.factories import NOW, WEEK
from tests.kept import once


@pytest.fixture(autouse=True)
def tuesday(clock_at):
    clock_at(NOW)


@once
def kitchen(world):
    return world.add_institution()


def test_a_reduction_is_a_version_with_its_reason(world):
    offer = world.offer(available=120_000)
    reduce_offer(offer.id, 60_000, " hail  on\nMonday ", actor=COMMAND, now=NOW)
    version = newest_versions([offer.id])[offer.id]
    assert (offer.available, version.version, version.reason) == (60_000, 2, "hail on Monday")
    assert version.price_cents == 150


def test_an_unlimited_offer_that_shrinks_is_shared_and_counts_what_was_ordered(world, kitchen):
    offer = world.offer()
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(offer, "80")])
    hold(offer.producer_id, WEEK)
    reduce_offer(offer.id, 60_000, "hail", actor=COMMAND, now=NOW)
    assert (offer.stock_kind, offer.taken) == (StockKind.SHARE, 80_000)


def test_who_ordered_is_told_and_the_order_stands(world, kitchen):
    offer = world.offer(available=120_000)
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(offer, "80")])
    withdraw_offer(offer.id, "frost", actor=COMMAND, now=NOW)
    assert tell_affected(offer.id) == 1
    told = db.session.scalars(select(Message).where(Message.template == "offer_reduced")).one()
    assert (told.data["reason"], told.data["withdrawn"], told.data["quantity"]) == ("frost", True, 80_000)
    assert sold_of(offer.producer_id, [offer.id]) == {offer.id: 80_000}


@pytest.mark.parametrize(
    ("available", "reason", "refusal"),
    [
        (120_000, "hail", rules.NotAReduction),
        (130_000, "hail", rules.NotAReduction),
        (0, "hail", rules.QuantityMissing),
        (60_500, "hail", NotAMultiple),
        (60_000, " ", rules.ReasonMissing),
        (60_000, "x" * 301, rules.ReasonTooLong),
    ],
)
def test_what_is_no_reduction_is_refused(world, available, reason, refusal):
    offer = world.offer(available=120_000)
    with pytest.raises(refusal):
        reduce_offer(offer.id, available, reason, actor=COMMAND, now=NOW)


def test_withdrawn_with_a_reason_is_final_for_the_week(world):
    offer = world.offer(available=120_000)
    withdraw_offer(offer.id, "frost", actor=COMMAND, now=NOW)
    assert (offer.state, offer.withdrawn_reason) == (OfferState.WITHDRAWN, "frost")
    with pytest.raises(rules.WithdrawnForGood):
        reduce_offer(offer.id, 1_000, "hail", actor=COMMAND, now=NOW)
    entry = Entry(offer.product_id, 150, 0b11111)
    with pytest.raises(OffersRefused) as refused:
        publish_offers(offer.producer_id, WEEK, [entry], actor=COMMAND, now=NOW)
    assert isinstance(refused.value.problems[0].refusal, rules.WithdrawnForGood)


def test_what_nobody_ordered_may_be_taken_back_and_come_again(world):
    offer = world.offer(available=120_000)
    withdraw_offer(offer.id, None, actor=COMMAND, now=NOW)
    assert offer.state == OfferState.WITHDRAWN
    entry = Entry(offer.product_id, 150, 0b11111)
    done = publish_offers(offer.producer_id, WEEK, [entry], actor=COMMAND, now=NOW)
    assert done.changed == (offer,)
    assert offer.state == OfferState.PUBLISHED


@pytest.mark.parametrize("available", [120_000, None])
def test_what_was_ordered_is_not_taken_back_without_a_reason(world, kitchen, available):
    offer = world.offer(available=available)
    world.submit(world.cycle(), kitchen, [(offer, "80")])
    hold(offer.producer_id, WEEK)
    with pytest.raises(rules.AlreadyOrdered):
        withdraw_offer(offer.id, None, actor=COMMAND, now=NOW)


def test_an_open_cycle_keeps_the_price_it_opened_with_and_takes_up_what_is_new(world):
    farm = world.add_producer()
    offer = world.offer(farm, price=150, available=120_000)
    cycle = world.cycle()
    fresh = world.offer(farm, price=90)
    take_up([fresh.id])
    publish_offers(
        farm.id,
        WEEK,
        [Entry(offer.product_id, 200, 0b11111, StockKind.RESERVE, 120_000)],
        actor=COMMAND,
        now=NOW,
    )
    take_up([offer.id])
    sold = {
        row.offer_id: row.offer_version.price_cents
        for row in db.session.scalars(select(CycleOffer).where(CycleOffer.cycle_id == cycle.id))
    }
    assert sold == {offer.id: 150, fresh.id: 90}
