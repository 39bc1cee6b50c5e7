"""Criteria are published ahead and hold for cycles that open after; their scores are the kitchen's."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from foodorder.accounts.models import Admission
from foodorder.agreements.criteria import (
    NotAhead,
    NotYours,
    PublishedAlready,
    all_published,
    criteria_on,
    publish_criteria,
)
from foodorder.agreements.models import Agreement, AgreementLot, agreement_institution
from foodorder.catalogue.law import ParameterUnknown
from foodorder.db import db
from foodorder.ordering.comparison import compare, criteria_of, read_goods
from foodorder.ordering.models import CycleLotOffer
from foodorder.ordering.page import order_page
from foodorder.ordering.terms import hold_order, situation
from foodorder.rules.scoring import Criterion, WeightsNotHundred
from foodorder.trail.actor import COMMAND
from foodorder.trail.models import TrailEvent
from tests.criteria import add_offer, add_settings, enforce
from tests.factories import CLOSES, NOW, OPENS, WEEK

TODAY = NOW.date()
PRICE_ONLY = {Criterion.PRICE: 100}
DOOR = (46.24, 14.36)


@pytest.fixture(autouse=True)
def tuesday(clock_at):
    clock_at(NOW)


@pytest.fixture
def food(world):
    add_settings()
    return world.add_food_type()


def publish(world, day, weights=PRICE_ONLY, agreement=None, today=TODAY):
    return publish_criteria(world.municipality, agreement, day, weights, today=today, actor=COMMAND, now=NOW)


def add_agreement(world, *kitchens, municipality=None, **lot):
    agreement = Agreement(
        municipality_id=(municipality or world.municipality).id, kind="framework", title="Hrana",
        valid_from=date(2026, 1, 1), valid_to=date(2028, 12, 31), value_cents=10_000_000, state="in_force",
    )  # fmt: skip
    db.session.add(agreement)
    db.session.flush()
    for kitchen in kitchens:
        db.session.execute(
            agreement_institution.insert().values(agreement_id=agreement.id, institution_id=kitchen.id)
        )
    agreement.lots.append(AgreementLot(number="1", position=1, name="Zelenjava", cpv=[], **lot))
    db.session.flush()
    return agreement


def cover(cycle, agreement, *offers):
    """Put offers of the cycle under the agreement's lot."""
    for offer in offers:
        db.session.add(
            CycleLotOffer(
                cycle_id=cycle.id, offer_id=offer.id, lot_id=agreement.lots[0].id, days=127, rank=1,
                producer_id=offer.producer_id, food_type_id=offer.product.food_type_id,
            )
        )  # fmt: skip
    db.session.flush()


def fields(world, cycle, food, kitchen=None, place=DOOR):
    kitchen = kitchen or world.add_institution()
    now = situation(hold_order(cycle.id, kitchen.id))
    goods = read_goods(now.row, now.days, {}, place, [food.id])
    return compare(cycle.id, goods, criteria_of(cycle.id)).get(food.id, [])


def order(field):
    return [score.offered.offer for score in field.scores]


def test_the_usual_criteria_hold_until_others_are_published(world, food):
    tomorrow = TODAY + timedelta(days=1)
    publish(world, tomorrow)
    usual, own = (criteria_on(world.municipality.id, day)[None] for day in (TODAY, tomorrow))
    assert usual.id is None
    assert usual.rule.weights[Criterion.PRICE] == 60
    assert own.valid_from == tomorrow
    assert own.rule.weights == {**dict.fromkeys(Criterion, 0), Criterion.PRICE: 100}
    elsewhere = world.add_municipality()
    assert criteria_on(elsewhere.id, tomorrow)[None].id is None


def test_without_settings_nothing_is_compared(world):
    assert criteria_on(world.municipality.id, TODAY) == {}
    with pytest.raises(ParameterUnknown):
        publish(world, TODAY + timedelta(days=1))


def test_they_hold_from_tomorrow_at_the_earliest_and_once_a_day(world, food):
    with pytest.raises(NotAhead):
        publish(world, TODAY)
    publish(world, TODAY + timedelta(days=1))
    with pytest.raises(PublishedAlready):
        publish(world, TODAY + timedelta(days=1))
    with pytest.raises(WeightsNotHundred):
        publish(world, TODAY + timedelta(days=2), {Criterion.PRICE: 99})
    agreement = add_agreement(world)
    publish(world, TODAY + timedelta(days=1), agreement=agreement)
    assert [(row.agreement_id, of) for row, of in all_published(world.municipality.id)] == [
        (agreement.id, agreement), (None, None),
    ]  # fmt: skip


def test_another_municipalitys_procurement_is_not_ours(world, food):
    stranger = add_agreement(world, municipality=world.add_municipality())
    with pytest.raises(NotYours):
        publish(world, TODAY + timedelta(days=1), agreement=stranger)


def test_publishing_leaves_a_trail(world, food):
    row = publish(world, TODAY + timedelta(days=1))
    event = db.session.scalars(select(TrailEvent).where(TrailEvent.action == "criteria.published")).one()
    assert (event.object_type, event.object_id) == ("criteria", row.id)
    assert '"price":100' in event.body


def test_a_cycle_keeps_the_criteria_of_the_day_it_opened(world, food, clock_at):
    cheap = add_offer(world, food, price=150)
    good = add_offer(world, food, price=170, hours=0, scheme="organic")
    cycle = world.cycle()
    publish(world, TODAY + timedelta(days=1))
    clock_at(NOW + timedelta(days=1))
    assert order(fields(world, cycle, food)[0]) == [good.id, cheap.id]
    later = WEEK + timedelta(days=7)
    for offer in (cheap, good):
        world.offer(product=offer.product, price=150 if offer is cheap else 170, week=later)
    clock_at(NOW + timedelta(days=1))
    next_cycle = world.cycle(week=later, opens_at=OPENS, closes_at=CLOSES + timedelta(days=7))
    names = {score.offered.paid_cents for score in fields(world, next_cycle, food)[0].scores[:1]}
    assert names == {164}


def test_every_input_comes_from_the_offer(world, food):
    fresh = add_offer(world, food, hours=24, scheme="organic")
    world.offer(product=fresh.product, week=WEEK + timedelta(days=7))
    plain = add_offer(world, food, price=200, kind="cooperative", scheme="integrated")
    ended = add_offer(world, food, scheme="organic", until=WEEK + timedelta(days=3))
    cycle = world.cycle()
    inputs = {score.offered.offer: score.offered for score in fields(world, cycle, food)[0].scores}
    # 1.50 € and 9.5 % VAT, which this kitchen cannot deduct; 4.45 km by air.
    assert inputs[fresh.id][1:6] == (164, 24, 2, 1_111, 2)
    assert inputs[plain.id][1:6] == (219, None, 1, 1_111, 1)
    assert inputs[ended.id].quality == 0, "the certificate ends before the last day of delivery"


def test_freshness_is_what_the_offer_promised_not_what_the_product_says_now(world, food):
    offer = add_offer(world, food, hours=24)
    cycle = world.cycle()
    offer.product.harvest_hours = 2
    db.session.flush()
    assert [score.offered.hours for score in fields(world, cycle, food)[0].scores] == [24]
    assert [line.hours for line in page_order(world, cycle, food)] == [24]
    later = world.offer(product=offer.product, week=WEEK + timedelta(days=7))
    assert [version.harvest_hours for version in later.versions] == [2]


@pytest.mark.parametrize(
    ("kind", "supply"), [("farm", 2), ("cooperative", 1), ("processor", 1), ("reseller", 0)]
)
def test_direct_supply_is_told_by_who_sells(world, food, kind, supply):
    add_offer(world, food, kind=kind)
    cycle = world.cycle()
    [score] = fields(world, cycle, food)[0].scores
    assert score.offered.supply == supply
    assert score.points[4] == {2: 500, 1: 250, 0: 0}[supply]


def test_distance_is_the_doors(world, food):
    offer = add_offer(world, food)
    cycle = world.cycle()
    near, far = (fields(world, cycle, food, place=place)[0] for place in ((46.22, 14.41), (46.22, 15.41)))
    assert near.scores[0].offered.co2_grams == 0
    assert far.scores[0].offered.co2_grams > 15_000
    assert order(near) == order(far) == [offer.id]


def test_what_has_ended_or_cannot_be_had_is_not_compared(world, food):
    offer, other, admitted = (add_offer(world, food) for _ in range(3))
    weekend = add_offer(world, food, price=1, days=0b0100000)
    cycle = world.cycle(days=0b0111111)
    other.state = "withdrawn"
    db.session.flush()
    admission = db.session.get_one(Admission, (admitted.producer_id, world.municipality.id))
    admission.state = "suspended"
    db.session.flush()
    assert weekend.id not in order(fields(world, cycle, food)[0])
    assert order(fields(world, cycle, food)[0]) == [offer.id]


def test_offers_under_an_award_are_not_compared(world, food):
    enforce(world, food)
    kitchen = world.add_institution()
    awarded, free = add_offer(world, food), add_offer(world, food, price=300)
    cycle = world.cycle()
    cover(cycle, add_agreement(world, kitchen, kind="awarded", mode="ranked"), awarded)
    assert [order(field) for field in fields(world, cycle, food, kitchen)] == [[free.id]]
    assert len(order(fields(world, cycle, food)[0])) == 2, "it is no award of other kitchens"


def test_an_exempted_lot_with_criteria_of_its_own_is_compared_apart(world, food):
    enforce(world, food)
    kitchen = world.add_institution()
    agreement = add_agreement(world, kitchen, kind="exempted", mode="open")
    inside, also, outside = (add_offer(world, food, price=price) for price in (200, 300, 100))
    cycle = world.cycle()
    cover(cycle, agreement, inside, also)
    together = fields(world, cycle, food, kitchen)
    assert [len(field.scores) for field in together] == [3]
    publish(world, OPENS.date(), agreement=agreement, today=date(2026, 1, 1))
    apart = fields(world, cycle, food, kitchen)
    assert [order(field) for field in apart] == [[outside.id], [inside.id, also.id]]
    assert [field.published.agreement_id for field in apart] == [None, agreement.id]
    assert apart[1].lowest_cents == 219


def page_order(world, cycle, food, kitchen=None):
    page = order_page(cycle.id, (kitchen or world.add_institution()).id)
    return [line for group in page.groups for one in group.foods if one.id == food.id for line in one.lines]


def test_the_order_page_lists_the_same_order_with_the_same_points(world, food):
    for price, hours in ((150, None), (155, 0), (170, 12), (140, None)):
        add_offer(world, food, price=price, hours=hours, scheme="organic" if price == 155 else None)
    cycle = world.cycle()
    lines = page_order(world, cycle, food)
    [field] = fields(world, cycle, food)
    assert [line.offer for line in lines] == order(field)
    assert [line.score for line in lines] == [score.total for score in field.scores]
    assert [line.paid_cents for line in lines] != sorted(line.paid_cents for line in lines)


def test_awards_stand_first_and_what_cannot_be_ordered_last(world, food):
    enforce(world, food)
    kitchen = world.add_institution()
    awarded, free, ended = (
        add_offer(world, food, price=300),
        add_offer(world, food),
        add_offer(world, food, price=1),
    )
    cycle = world.cycle()
    cover(cycle, add_agreement(world, kitchen, kind="awarded", mode="ranked"), awarded)
    ended.state = "withdrawn"
    db.session.flush()
    lines = page_order(world, cycle, food, kitchen)
    assert [line.offer for line in lines] == [awarded.id, free.id, ended.id]
    assert [line.score is None for line in lines] == [True, False, True]


def test_without_criteria_the_page_stands_by_price(world):
    food = world.add_food_type()
    dear, cheap = add_offer(world, food, price=300, hours=0), add_offer(world, food, price=100)
    lines = page_order(world, world.cycle(), food)
    assert [line.offer for line in lines] == [cheap.id, dear.id]
    assert all(line.score is None for line in lines)
