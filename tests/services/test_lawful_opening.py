"""When a cycle opens, lots, ranks and agreed prices are frozen with its offers."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from foodorder.catalogue.offers import Entry, publish_offers
from foodorder.db import db
from foodorder.ordering.offers import take_up
from foodorder.rules.agreements import AgreementState, AwardMode
from foodorder.rules.calendar import EVERY_DAY
from foodorder.trail.actor import COMMAND
from tests.agreements import (
    add_agreement,
    add_certificate,
    add_exempted,
    add_lot,
    add_price,
    add_supplier,
    enforce,
)
from tests.factories import NOW, WEEK
from tests.kept import once

SUNDAY, DAY = WEEK + timedelta(days=6), timedelta(days=1)


@once
def town(world, clock_at):
    clock_at(NOW)
    enforce(world)
    world.food, world.farm, world.kitchen = (
        world.add_food_type(), world.add_producer(), world.add_institution(),
    )  # fmt: skip
    world.agreement = add_agreement(world, world.kitchen)
    return world


def frozen(cycle):
    """(offer, lot, rank, price) of what is frozen, and the weekdays where it is not the whole week."""
    rows = db.session.execute(
        text(
            "SELECT offer_id, lot_id, rank, price_cents, days FROM cycle_lot_offer WHERE cycle_id = :cycle"
            " ORDER BY offer_id, lot_id, days"
        ),
        {"cycle": cycle.id},
    )
    return [tuple(row)[:4] if row.days == EVERY_DAY else tuple(row) for row in rows]


def test_the_lot_its_rank_and_the_agreed_price_are_frozen(town):
    lot = add_lot(town.agreement, town.food)
    other = town.add_producer()
    add_supplier(lot, town.farm, rank=2, price=99)
    add_supplier(lot, other, rank=1, price=88)
    offer = town.offer(town.farm, product=town.add_product(town.farm, town.food), price=150)
    better = town.offer(other, product=town.add_product(other, town.food), price=150)
    stranger = town.offer(product=town.add_product(town.add_producer(), town.food))
    cycle = town.cycle()
    assert frozen(cycle) == [(offer.id, lot.id, 2, 99), (better.id, lot.id, 1, 88)]
    assert stranger.id not in {row[0] for row in frozen(cycle)}
    # … and what is agreed later reaches the next cycle only
    add_price(lot, town.farm, town.food, 120, valid_from=WEEK)
    assert frozen(cycle)[0] == (offer.id, lot.id, 2, 99)


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        # the newest that has come; of those of one day the one entered last
        ([(100, False, WEEK - 60 * DAY), (110, False, WEEK)], {110: EVERY_DAY}),
        ([(100, False, WEEK - 60 * DAY), (110, False, WEEK + DAY)], {100: 0b1, 110: 0b1111110}),
        ([(100, False, WEEK), (90, False, WEEK)], {90: EVERY_DAY}),
        ([(110, False, WEEK), (100, False, WEEK - 60 * DAY)], {110: EVERY_DAY}),
        (
            [(100, False, WEEK), (110, False, SUNDAY), (120, False, SUNDAY + DAY)],
            {100: 0b111111, 110: 1 << 6},
        ),
        # one for this product before any for the food
        ([(80, True, WEEK - 60 * DAY), (110, False, WEEK)], {80: EVERY_DAY}),
        ([(110, False, WEEK), (80, True, WEEK + DAY)], {110: 0b1, 80: 0b1111110}),
        # none that has come: the lot does not cover it then
        ([(110, False, WEEK + DAY)], {110: 0b1111110}),
        ([(110, False, SUNDAY + DAY)], {}),
        ([], {}),
    ],
)
def test_the_price_in_force_on_each_day(town, prices, expected):
    lot = add_lot(town.agreement, town.food)
    add_supplier(lot, town.farm)
    product, other = town.add_product(town.farm, town.food), town.add_product(town.farm, town.food)
    for cents, own, day in prices:
        add_price(lot, town.farm, town.food, cents, product=product if own else None, valid_from=day)
    add_price(lot, town.farm, town.food, 1, product=other, valid_from=WEEK)
    town.offer(town.farm, product=product, price=150)
    assert {row[3]: (*row, EVERY_DAY)[4] for row in frozen(town.cycle())} == expected


@pytest.mark.parametrize(
    ("first", "last", "covers"),
    [
        (WEEK, None, EVERY_DAY),
        (WEEK, WEEK, 0b1),
        (WEEK + DAY, None, 0b1111110),
        (WEEK + DAY, WEEK + 2 * DAY, 0b110),
        (WEEK - 60 * DAY, WEEK - DAY, 0),
        (SUNDAY + DAY, None, 0),
    ],
)
def test_a_supplier_is_one_of_the_lot_on_the_days_between_coming_and_leaving(town, first, last, covers):
    lot = add_lot(town.agreement, town.food)
    add_supplier(lot, town.farm, price=99, valid_from=first, valid_to=last)
    offer = town.offer(town.farm, product=town.add_product(town.farm, town.food))
    row = (offer.id, lot.id, 1, 99)
    assert frozen(town.cycle()) == ([] if not covers else [row if covers == EVERY_DAY else (*row, covers)])


def test_a_new_rank_and_a_new_price_within_the_week_are_rows_of_their_days(town):
    lot = add_lot(town.agreement, town.food)
    add_supplier(lot, town.farm, rank=2, price=99, valid_to=WEEK + DAY)
    add_supplier(lot, town.farm, rank=1, valid_from=WEEK + 2 * DAY)
    add_price(lot, town.farm, town.food, 120, valid_from=WEEK + DAY)
    offer = town.offer(town.farm, product=town.add_product(town.farm, town.food))
    assert frozen(town.cycle()) == [
        (offer.id, lot.id, 2, 99, 0b1),
        (offer.id, lot.id, 2, 120, 0b10),
        (offer.id, lot.id, 1, 120, 0b1111100),
    ]


@pytest.mark.parametrize(
    ("values", "covers"),
    [
        ({}, True),
        ({"state": AgreementState.DRAFT}, False),
        ({"state": AgreementState.ENDED}, False),
        # a term that reaches into the week: the day of each line decides then
        ({"valid_from": SUNDAY}, True),
        ({"valid_from": SUNDAY + DAY}, False),
        ({"valid_to": WEEK}, True),
        ({"valid_to": WEEK - DAY}, False),
    ],
)
def test_only_an_agreement_in_force_in_the_week_covers_offers(town, values, covers):
    lot = add_lot(add_agreement(town, town.kitchen, **values), town.food)
    add_supplier(lot, town.farm, price=99)
    town.offer(town.farm, product=town.add_product(town.farm, town.food))
    assert bool(frozen(town.cycle())) is covers


def test_another_municipality_s_agreement_covers_nothing_here(town):
    elsewhere = add_agreement(town, municipality_id=town.add_municipality().id)
    add_supplier(add_lot(elsewhere, town.food), town.farm, price=99)
    town.offer(town.farm, product=town.add_product(town.farm, town.food))
    assert frozen(town.cycle()) == []


@pytest.mark.parametrize(
    ("scheme", "first", "last", "covers"),
    [
        # goods of a scheme are of it on the days on which the certificate holds
        ("organic", WEEK, SUNDAY, EVERY_DAY),
        ("organic", WEEK + DAY, SUNDAY, 0b1111110),
        ("organic", WEEK, SUNDAY - DAY, 0b111111),
        ("organic", WEEK - DAY, WEEK - DAY, 0),
        ("integrated", WEEK, SUNDAY, 0),
    ],
)
def test_a_lot_of_a_scheme_needs_a_certificate_on_the_day(town, scheme, first, last, covers):
    lot = add_lot(town.agreement, town.food, scheme="organic")
    add_supplier(lot, town.farm, price=99)
    certified, plain = town.add_product(town.farm, town.food), town.add_product(town.farm, town.food)
    add_certificate(certified, scheme, first, last)
    offer = town.offer(town.farm, product=certified)
    town.offer(town.farm, product=plain)
    row = (offer.id, lot.id, 1, 99)
    assert frozen(town.cycle()) == ([] if not covers else [row if covers == EVERY_DAY else (*row, covers)])


def test_a_certificate_that_is_renewed_within_the_week_leaves_no_gap(town):
    lot = add_lot(town.agreement, town.food, scheme="organic")
    add_supplier(lot, town.farm, price=99)
    product = town.add_product(town.farm, town.food)
    add_certificate(product, "organic", WEEK - 60 * DAY, WEEK + DAY)
    add_certificate(product, "organic", WEEK + DAY, SUNDAY + 60 * DAY)
    offer = town.offer(town.farm, product=product)
    assert frozen(town.cycle()) == [(offer.id, lot.id, 1, 99)]


def test_an_open_lot_takes_whoever_is_admitted_at_their_own_price(town):
    lot = add_exempted(town.agreement, town.food)
    offers = [town.offer(product=town.add_product(town.add_producer(), town.food)) for _ in range(2)]
    assert frozen(town.cycle()) == [(offer.id, lot.id, None, None) for offer in offers]


def test_suppliers_side_by_side_have_no_rank(town):
    lot = add_lot(town.agreement, town.food, mode=AwardMode.PARALLEL)
    add_supplier(lot, town.farm, rank=None, share_bp=5000, price=99)
    offer = town.offer(town.farm, product=town.add_product(town.farm, town.food))
    assert frozen(town.cycle()) == [(offer.id, lot.id, None, 99)]


def test_what_a_cycle_takes_up_late_is_frozen_too_and_the_rest_stays(town):
    lot = add_lot(town.agreement, town.food)
    add_supplier(lot, town.farm, price=99)
    early = town.offer(town.farm, product=town.add_product(town.farm, town.food))
    cycle = town.cycle()
    add_price(lot, town.farm, town.food, 120, valid_from=date(2026, 11, 1))
    product = town.add_product(town.farm, town.food)
    entry = Entry(product.id, 150, 0b11111, early.stock_kind, None)
    (late,) = publish_offers(town.farm.id, WEEK, [entry], actor=COMMAND, now=NOW).new
    assert take_up([late.id]) == 1
    assert frozen(cycle) == [(early.id, lot.id, 1, 99), (late.id, lot.id, 1, 120)]
