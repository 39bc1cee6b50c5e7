"""What the page of the weekly order says: the cycle's terms, taxes of the day, a neutral order, last week."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from foodorder.accounts.models import Certificate, Farm, Permit
from foodorder.catalogue.models import LegalParameter
from foodorder.ordering.market import Mark
from foodorder.ordering.page import OrderPage, order_page
from foodorder.ordering.place import withdraw_order
from foodorder.rules.allocation import lot
from foodorder.rules.geography import air_metres
from foodorder.rules.vat import TaxType
from foodorder.trail.actor import COMMAND
from tests.agreements import add_certificate
from tests.factories import CLOSES, NOW, OPENS, WEEK, World

At = Callable[[datetime], None]
SEVEN = timedelta(days=7)
TUESDAY = WEEK + timedelta(days=1)


@pytest.fixture(autouse=True)
def tuesday(clock_at: At) -> At:
    clock_at(NOW)
    return clock_at


def page_of(cycle: Any, kitchen: Any, typed: Any = None) -> OrderPage:
    page = order_page(cycle.id, kitchen.id, typed=typed)
    assert page is not None
    return page


def two_days(world: World, cycle: Any, kitchen: Any, offer: Any) -> Any:
    """One kilogram on Monday, two on Tuesday."""
    monday = world.typed(cycle, kitchen, [(offer, "1")])
    return {**monday, **world.typed(cycle, kitchen, [(offer, "2")], day=1)}


def test_price_and_days_are_those_that_the_cycle_opened_with(world: World) -> None:
    kitchen = world.add_institution()
    offer = world.offer(world.add_producer(days=0b01110), price=150, days=0b00111)
    cycle = world.cycle()
    world.offer(product=offer.product, price=300, days=0b01000)
    line = page_of(cycle, kitchen).lines[offer.id]
    assert (line.price_cents, line.days) == (150, 0b00110)


def test_food_is_organic_only_on_days_on_which_a_certificate_holds(world: World, session: Session) -> None:
    kitchen, farm = world.add_institution(), world.add_producer()
    ending, ended = world.offer(farm), world.offer(farm)
    for offer, last in ((ending, WEEK), (ended, WEEK - timedelta(days=1))):
        offer.product.certificates.append(
            Certificate(
                producer_id=farm.id, scheme="organic", number=str(last), body="IKC",
                valid_from=date(2026, 1, 1), valid_to=last,
            )
        )  # fmt: skip
    session.flush()
    cycle = world.cycle()
    typed = {**two_days(world, cycle, kitchen, ending), **two_days(world, cycle, kitchen, ended)}
    page = page_of(cycle, kitchen, typed)
    assert page.lines[ending.id].marks == (Mark("organic", 0b0000001),)
    assert (page.lines[ending.id].organic, page.lines[ended.id].organic) == (0b0000001, 0)
    assert (page.totals.grams, page.totals.organic_grams) == (6_000, 1_000)


def test_food_of_a_quality_scheme_counts_on_days_on_which_it_is_not_organic(
    world: World, session: Session
) -> None:
    kitchen, farm = world.add_institution(), world.add_producer()
    both, award = world.offer(farm), world.offer(farm)
    add_certificate(both.product, "organic", date(2026, 1, 1), WEEK)
    for scheme in ("integrated", "pgi"):
        add_certificate(both.product, scheme, date(2026, 1, 1), WEEK + timedelta(days=9))
    add_certificate(award.product, "dobrote", date(2026, 1, 1), WEEK + timedelta(days=9))
    cycle = world.cycle()
    typed = {**two_days(world, cycle, kitchen, both), **two_days(world, cycle, kitchen, award)}
    page = page_of(cycle, kitchen, typed)
    assert (page.lines[both.id].organic, page.lines[both.id].quality) == (0b1, 0b1111110)
    assert page.lines[award.id].quality == 0
    assert (page.totals.organic_grams, page.totals.quality_grams, page.totals.grams) == (1_000, 2_000, 6_000)
    assert (page.organic_target_bp, page.quality_target_bp) == (1_500, 2_000)


def test_sums_are_taxed_by_the_day_of_delivery(world: World, session: Session) -> None:
    session.execute(text("UPDATE legal_parameter SET valid_to = :day WHERE key = 'vat.food'"), {"day": WEEK})
    session.add(
        LegalParameter(
            country="SI",
            key="vat.food",
            value=500,
            unit="bp",
            valid_from=TUESDAY,
            source="test",
            certainty="S",
        )
    )
    kitchen, offer = world.add_institution(), world.offer(price=1000)
    cycle = world.cycle()
    page = page_of(cycle, kitchen, two_days(world, cycle, kitchen, offer))
    assert (page.totals.net, page.totals.gross) == (3000, 3000 + 95 + 100)


def test_the_compensation_is_paid_while_the_permit_holds_by_who_charges_vat(
    world: World, session: Session
) -> None:
    farm = world.add_producer(tax_type=TaxType.FLAT_RATE)
    session.add(
        Permit(producer_id=farm.id, kind="flat_rate", number="1", valid_from=date(2020, 1, 1), valid_to=WEEK)
    )
    charging, school = world.add_institution(vat_payer=True), world.add_institution()
    offer = world.offer(farm, price=1000)
    cycle = world.cycle()
    sums = {}
    for kitchen in (charging, school):
        totals = page_of(cycle, kitchen, two_days(world, cycle, kitchen, offer)).totals
        sums[kitchen.id] = (totals.net, totals.gross)
    assert sums == {charging.id: (3000, 3000 + 80), school.id: (3000, 3000)}


def test_offers_of_one_price_stand_in_an_order_that_is_drawn_anew_each_week(world: World) -> None:
    food, kitchen = world.add_food_type(), world.add_institution()
    products = [world.add_product(world.add_producer(), food) for _ in range(6)]
    for week in (WEEK, WEEK + SEVEN):
        offers = [world.offer(product=product, price=200, week=week).id for product in products]
        cycle = world.cycle(week=week, closes_at=CLOSES + SEVEN)
        [shown] = [food for group in page_of(cycle, kitchen).groups for food in group.foods]
        drawn = sorted(offers, key=lambda offer: lot(f"order of offers|{cycle.id}", offer))
        assert [line.offer for line in shown.lines] == drawn


def test_the_price_that_is_paid_orders_offers(world: World) -> None:
    food, kitchen = world.add_food_type(), world.add_institution()
    taxed = world.offer(product=world.add_product(world.add_producer(), food), price=200)
    exempt = world.add_producer(tax_type=TaxType.EXEMPT)
    cheaper = world.offer(product=world.add_product(exempt, food), price=210)
    [shown] = [food for group in page_of(world.cycle(), kitchen).groups for food in group.foods]
    assert [line.offer for line in shown.lines] == [cheaper.id, taxed.id]


def test_distance_is_counted_from_the_farm_where_this_food_grew(world: World, session: Session) -> None:
    kitchen = world.add_institution()
    seller = world.add_producer(latitude=45.55, longitude=13.73)
    fields = [
        Farm(
            producer_id=seller.id, name=name, village=name, postcode="4208", town="Šenčur",
            latitude=latitude, longitude=14.5,
        )
        for name, latitude in (("Njiva", 46.5), ("Sad", 46.6))
    ]  # fmt: skip
    session.add_all(fields)
    session.flush()
    product = world.add_product(seller)
    product.farm_id = fields[0].id
    session.flush()
    offer, at_home = world.offer(product=product), world.offer(seller)
    cycle = world.cycle()
    # Where it grows next does not change where that week's grew.
    product.farm_id = fields[1].id
    session.flush()
    lines, door = page_of(cycle, kitchen).lines, kitchen.delivery_points[0]
    assert (lines[offer.id].farm, lines[offer.id].village) == ("Njiva", "Njiva")
    assert lines[offer.id].metres == air_metres(46.5, 14.5, door.latitude, door.longitude)
    assert lines[at_home.id].metres == air_metres(46.22, 14.41, door.latitude, door.longitude)


def test_last_week_is_the_newest_order_that_stands(world: World, tuesday: At) -> None:
    product, kitchen, other = (
        world.add_product(world.add_producer()),
        world.add_institution(),
        world.add_institution(),
    )
    weeks = {}
    for number, kilos in enumerate(("5", "4", "", "2")):
        ahead = number * SEVEN
        tuesday(NOW + ahead)
        offer = world.offer(product=product, week=WEEK + ahead)
        cycle = world.cycle(week=WEEK + ahead, opens_at=OPENS + ahead, closes_at=CLOSES + ahead)
        if kilos:
            world.submit(cycle, kitchen, [(offer, kilos)])
            world.submit(cycle, other, [(offer, "9")])
        if number == 1:
            withdraw_order(cycle.id, kitchen.id, actor=COMMAND)
        weeks[number] = offer, cycle
    offer, cycle = weeks[2]
    assert page_of(cycle, kitchen).last == {(offer.id, kitchen.delivery_points[0].id, 0): 5000}
    assert page_of(cycle, other).last == {(offer.id, other.delivery_points[0].id, 0): 9000}
