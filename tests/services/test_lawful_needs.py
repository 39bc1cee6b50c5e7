"""Evidence orders below the threshold of the whole need, and farms that may not be ordered from."""

from datetime import date, timedelta

import pytest

from foodorder.db import db
from foodorder.rules.integrity import BarredProducer, Relation
from foodorder.rules.sourcing import (
    AboveThreshold,
    NoLawfulBasis,
    ThresholdReached,
)
from tests.agreements import (
    add_elsewhere,
    add_interest,
    add_kind,
)
from tests.factories import NOW, WEEK
from tests.kept import once
from tests.services.buying import refused, right, sells, settle_town

DAY = timedelta(days=1)


@once
def town(world, clock_at):
    clock_at(NOW)
    return settle_town(world)


# Evidence orders


@pytest.fixture
def bread(town):
    """An offer of a kind of its own, of which 400.00 EUR may be needed in twelve months less a cent."""
    db.session.execute(
        db.text("UPDATE legal_parameter SET value = 40000 WHERE key = 'procurement.threshold_goods'")
    )
    db.session.info.pop("law", None)
    food = town.add_food_type()
    offer = sells(town, food, price=100)
    add_kind(town, food, town.food)
    return offer


def test_an_evidence_order_stays_below_the_threshold(town, bread):
    cycle = town.cycle()
    assert refused(town, cycle, [(bread, "400")]) == {bread.id: AboveThreshold}
    town.submit(cycle, town.kitchen, [(bread, "399")])
    # what this order holds is not in its way
    town.submit(cycle, town.kitchen, [(bread, "398")])
    town.submit(cycle, town.kitchen, [(bread, "399")])
    assert right()


def test_the_need_counts_lots_other_cycles_and_purchases_elsewhere(town, bread):
    town.lot.ceiling.limit_cents = None
    first = town.cycle()
    town.submit(first, town.kitchen, [(town.carrots, "100")])
    again = town.cycle()
    add_elsewhere(town.kitchen, town.food, date(2026, 3, 1), 10_000)
    # 400 - 100 under the lot - 100 elsewhere, and the threshold itself is too much
    assert refused(town, again, [(bread, "200")]) == {bread.id: AboveThreshold}
    town.submit(again, town.kitchen, [(bread, "199")])
    # by all channels: a call-off in this order too
    assert refused(town, again, [(bread, "199"), (town.carrots, "1")]) == {bread.id: AboveThreshold}
    # nobody else's need
    other = town.add_institution()
    town.submit(again, other, [(bread, "399")])
    add_elsewhere(town.kitchen, bread.product.food_type, date(2026, 3, 1), 20_000)
    third = town.cycle()
    assert refused(town, third, [(bread, "1")]) == {bread.id: ThresholdReached}


@pytest.mark.parametrize(
    ("month", "values", "counts"),
    [
        # twelve months before the delivery week of 30 November 2026, by whole months
        (date(2025, 11, 1), {}, True),
        (date(2025, 10, 1), {}, False),
        (date(2026, 11, 1), {}, True),
        (date(2026, 11, 1), {"voided_at": NOW}, False),
    ],
)
def test_the_need_reaches_back_over_the_window(town, bread, month, values, counts):
    add_elsewhere(town.kitchen, town.food, month, 39_900, **values)
    cycle = town.cycle()
    if counts:
        assert refused(town, cycle, [(bread, "1")]) == {bread.id: AboveThreshold}
    else:
        town.submit(cycle, town.kitchen, [(bread, "1")])


@pytest.mark.parametrize(
    ("week", "counts"),
    [
        # the twelve months before 30 November 2026 begin on 1 December 2025: a week that reaches into them
        (date(2025, 12, 1), True),
        (date(2025, 11, 24), False),
        # what is ordered for weeks ahead is needed too
        (date(2027, 3, 1), True),
    ],
)
def test_weeks_before_the_window_count_no_more(town, bread, week, counts):
    counter = {
        "institution": town.kitchen.id, "food": bread.product.food_type_id, "week": week,
    }  # fmt: skip
    db.session.execute(
        db.text("INSERT INTO weekly_need VALUES (:institution, :food, :week, 'evidence', 39900, 1)"), counter
    )
    cycle = town.cycle()
    if counts:
        assert refused(town, cycle, [(bread, "1")]) == {bread.id: AboveThreshold}
    else:
        town.submit(cycle, town.kitchen, [(bread, "1")])


def test_what_is_of_no_kind_cannot_be_ordered(town):
    plain = sells(town, town.add_food_type())
    assert refused(town, town.cycle(), [(plain, "1")]) == {plain.id: NoLawfulBasis}


# Interests


@pytest.mark.parametrize(
    ("values", "barred"),
    [
        ({}, True),
        ({"relation": Relation.OWNER, "share_bp": 500}, False),
        ({"relation": Relation.OWNER, "share_bp": 501}, True),
        ({"valid_to": WEEK - DAY}, False),
        ({"valid_to": WEEK}, True),
        ({"valid_from": WEEK + 6 * DAY}, True),
        ({"valid_from": WEEK + 7 * DAY}, False),
        # a tie of a few days in the middle of the week
        ({"valid_from": WEEK + 2 * DAY, "valid_to": WEEK + 3 * DAY}, True),
    ],
)
def test_nothing_is_ordered_from_a_functionary_s_family(town, values, barred):
    add_interest(town, town.farm, town.kitchen, **values)
    cycle = town.cycle()
    if barred:
        assert refused(town, cycle, [(town.carrots, "1")]) == {town.carrots.id: BarredProducer}
    else:
        town.submit(cycle, town.kitchen, [(town.carrots, "1")])


def test_a_councillor_s_farm_and_another_school_s_are_not_barred(town):
    add_interest(town, town.farm, None)
    add_interest(town, town.farm, town.add_institution())
    town.submit(town.cycle(), town.kitchen, [(town.carrots, "1")])


@pytest.mark.parametrize(("week", "counts"), [(date(2026, 10, 26), True), (date(2026, 10, 19), False)])
def test_a_week_that_reaches_into_the_window_counts_whole(town, bread, week, counts):
    # a month before 30 November is 30 October, a Friday
    db.session.execute(
        db.text("UPDATE legal_parameter SET value = 1 WHERE key = 'procurement.estimate_window'")
    )
    db.session.info.pop("law", None)
    counter = {"institution": town.kitchen.id, "food": bread.product.food_type_id, "week": week}
    db.session.execute(
        db.text("INSERT INTO weekly_need VALUES (:institution, :food, :week, 'evidence', 39900, 1)"), counter
    )
    cycle = town.cycle()
    if counts:
        assert refused(town, cycle, [(bread, "1")]) == {bread.id: AboveThreshold}
    else:
        town.submit(cycle, town.kitchen, [(bread, "1")])
