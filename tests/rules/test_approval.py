"""When an order needs a second person, who may be it, and what they are told. Cases of issue 3, point 3."""

from datetime import date

import pytest

from foodorder.rules.agreements import Funding
from foodorder.rules.approval import (
    WHYS,
    NotYourOwnOrder,
    Use,
    Why,
    check_not_own,
    is_large,
    needs_approval,
    off_season,
    price_rise_bp,
    usual,
)
from foodorder.rules.facts import plain

FRUIT = Use(Funding.SCHOOL_SCHEME, budget=1000, before=900, order=100)


def codes(needs):
    return [need.why for need in needs]


@pytest.mark.parametrize(
    ("net", "limit", "expected"),
    [
        (50_000, None, []),
        (50_000, 50_000, []),
        (50_001, 50_000, [Why.ABOVE_LIMIT]),
        (1, 0, [Why.ABOVE_LIMIT]),
    ],
)
def test_above_the_limit_a_second_person_is_needed(net, limit, expected):
    assert codes(needs_approval(net, limit)) == expected


@pytest.mark.parametrize(
    ("order", "year", "limit", "expected"),
    [
        (100, None, 5000, []),
        (101, None, 5000, [Why.WEEK_BUDGET]),
        (101, 2026, 5000, [Why.YEAR_BUDGET]),
        # Budgets alone, without a limit, stop nobody.
        (101, 2026, None, []),
    ],
)
def test_beyond_a_budget_a_second_person_is_needed(order, year, limit, expected):
    assert codes(needs_approval(500, limit, [Use(Funding.OTHER, 1000, 900, order, year)])) == expected


def test_a_budget_that_others_passed_asks_only_of_orders_that_take_from_it():
    assert needs_approval(10, 5000, [Use(Funding.OTHER, 1000, 1500, 0)]) == []


def test_every_reason_says_its_facts():
    needs = needs_approval(
        6000, 5000, [Use(Funding.OTHER, 1000, 900, 200), Use(Funding.OTHER, 1000, 900, 200, 2026)]
    )
    said = [WHYS[need.why] % {name: plain(fact) for name, fact in need.facts.items()} for need in needs]
    assert said == [
        "It comes to 60.00 EUR net, more than the limit of 50.00 EUR.",
        "other: with it the week comes to 11.00 EUR of a budget of 10.00 EUR.",
        "other: with it the year 2026 comes to 11.00 EUR of a budget of 10.00 EUR.",
    ]
    assert set(WHYS) == set(Why)


def test_nobody_approves_their_own_order():
    with pytest.raises(NotYourOwnOrder):
        check_not_own(7, 7)
    check_not_own(7, 8)
    # Nobody is known to have submitted it, and nobody in particular decides: a command on the server.
    check_not_own(None, None)


@pytest.mark.parametrize(
    ("last", "now", "rise"),
    [(100, 109, None), (100, 110, 1000), (100, 112, 1200), (90, 99, 1000), (0, 50, None), (100, 90, None)],
)
def test_a_price_up_by_a_tenth_is_told(last, now, rise):
    assert price_rise_bp(last, now) == rise


@pytest.mark.parametrize(
    ("quantity", "weeks", "large"),
    [
        (151, [100, 100], True),
        (150, [100, 100], False),
        (151, [100], False),
        (200, [], False),
        (31, [10, 30], True),
    ],
)
def test_more_than_one_and_a_half_of_the_usual_week_is_told(quantity, weeks, large):
    assert is_large(quantity, usual(weeks)) is large


@pytest.mark.parametrize(
    ("months", "month", "off"), [([6, 7], 6, False), ([6, 7], 12, True), ([], 12, False), ([12], 12, False)]
)
def test_food_out_of_its_months_is_off_season(months, month, off):
    assert off_season(months, [date(2026, month, 1)]) is off


def test_one_day_out_of_season_is_enough():
    assert off_season([11], [date(2026, 11, 30), date(2026, 12, 1)])
