"""The year's shares before an order: deliveries with a valid certificate, and purchases elsewhere."""

from datetime import date, timedelta

from foodorder.ordering.shares import so_far, with_week
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.green import Base
from foodorder.rules.ordering import Cell
from foodorder.trail.actor import SCHEDULER
from tests.agreements import add_certificate, add_elsewhere
from tests.factories import CLOSES, NOW, WEEK
from tests.kept import once

AFTER = date(2026, 12, 1)


@once
def kitchen(world, clock_at):
    """A kitchen that was delivered 2 kg of each of five foods on Monday and on Tuesday."""
    clock_at(NOW)
    kitchen = world.add_institution()
    offers = [world.offer() for _ in range(5)]
    for offer, held in zip(
        offers,
        (
            # organic until Monday, of a scheme all week: 2 kg organic, 2 kg of the scheme
            [("organic", WEEK), ("integrated", WEEK + timedelta(9))],
            # of two schemes: counted once
            [("pgi", WEEK + timedelta(9)), ("tsg", WEEK + timedelta(9))],
            # not any more on Tuesday
            [("selected_quality", WEEK)],
            # an award counts for nothing
            [("dobrote", WEEK + timedelta(9))],
            [],
        ),
        strict=True,
    ):
        for scheme, last in held:
            add_certificate(offer.product, scheme, date(2026, 1, 1), last)
    cycle, door = world.cycle(), kitchen.delivery_points[0].id
    world.submit(
        cycle,
        kitchen,
        {Cell(offer.id, door, WEEK + timedelta(day)): "2" for offer in offers for day in (0, 1)},
    )
    clock_at(CLOSES)
    record_cycle(cycle.id, actor=SCHEDULER)
    return kitchen


def test_shares_of_purchases_through_this_system(kitchen):
    year = so_far(kitchen.id, 0, WEEK + timedelta(7), AFTER)
    assert (year.organic.numerator, year.organic.denominator) == (2_000, 20_000)
    assert (year.quality.numerator, year.quality.denominator) == (2_000 + 4_000 + 2_000, 20_000)
    assert year.organic.base is year.quality.base is Base.THROUGH_SYSTEM
    after = with_week(year.quality, 5_000, 5_000)
    assert (after.numerator, after.denominator, after.base) == (13_000, 25_000, Base.THROUGH_SYSTEM)


def test_shares_of_all_food_once_every_month_is_entered(world, kitchen):
    food = world.add_food_type()
    for month in range(1, 12):
        scheme = {1: "organic", 2: "pdo", 3: "dobrote"}.get(month)
        add_elsewhere(kitchen, food, date(2026, month, 1), 100, scheme=scheme, grams=1_000)
    year = so_far(kitchen.id, 0, WEEK + timedelta(7), AFTER)
    assert (year.organic.numerator, year.quality.numerator) == (3_000, 9_000)
    assert year.organic.denominator == year.quality.denominator == 31_000
    assert year.quality.base is Base.ALL_FOOD
    add_elsewhere(kitchen, food, date(2026, 4, 1), 100, grams=None)
    year = so_far(kitchen.id, 0, WEEK + timedelta(7), AFTER)
    assert (year.organic.computable, year.quality.computable) == (False, False)
