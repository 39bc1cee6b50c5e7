"""Offers and products: what may be promised, and the order of a day's stops."""

from datetime import UTC, date, datetime, time

import pytest

from foodorder.rules.offers import (
    CERTIFICATE_ENDS,
    Proof,
    WeekOver,
    certificate_notices,
    check_week,
    days_in_season,
    price_notice,
)
from foodorder.rules.products import all_allergens, all_traces, check_measures
from foodorder.rules.route import driving_order

MONDAY = date(2026, 11, 30)
DATES = [date(2026, 11, 30), date(2026, 12, 1)]


@pytest.mark.parametrize(
    ("now", "over"),
    [
        (datetime(2026, 12, 6, 23, 59, tzinfo=UTC), False),
        (datetime(2026, 12, 7, 0, 0, tzinfo=UTC), True),
    ],
)
def test_a_week_takes_offers_until_its_sunday_is_over(now, over):
    if over:
        with pytest.raises(WeekOver):
            check_week(MONDAY, now)
    else:
        check_week(MONDAY, now)


def test_days_in_season_at_the_turn_of_a_month():
    assert days_in_season(frozenset({11}), DATES) == 0b01
    assert days_in_season(frozenset({11, 12}), DATES) == 0b11
    assert days_in_season(frozenset({1}), DATES) == 0


@pytest.mark.parametrize(("price", "remarked"), [(39, True), (40, False), (320, False), (321, True)])
def test_a_price_is_unusual_below_half_and_above_twice_the_range(price, remarked):
    assert (price_notice(price, 80, 160) is not None) is remarked


def test_certificates_of_one_scheme_stand_in_for_each_other():
    first = Proof("organic", "1", date(2026, 1, 1), date(2026, 11, 30))
    second = Proof("organic", "2", date(2026, 12, 1), date(2027, 12, 31))
    other = Proof("pgi", "3", date(2026, 1, 1), date(2026, 11, 30))
    assert certificate_notices([first, second], DATES) == []
    remarks = certificate_notices([first, second, other], DATES)
    assert [(one.message, one.facts) for one in remarks] == [
        (CERTIFICATE_ENDS, {"number": "3", "day": date(2026, 12, 1)})
    ]


def test_pieces_are_sold_whole_and_packs_in_whole_steps():
    assert check_measures(1_000, 6_000, 2_000, unit="H87") == []
    assert [problem.field for problem in check_measures(500, None, 0, unit="H87")] == ["order_step"]
    assert [problem.field for problem in check_measures(500, 700, 200, unit="KGM")] == [
        "pack",
        "minimum_quantity",
    ]


def test_what_is_contained_for_certain_is_no_trace():
    assert all_allergens([7], [1, 7]) == (1, 7)
    assert all_traces([1, 7], [7, 8]) == (8,)


def test_stops_are_driven_by_closing_time_and_then_to_the_nearest():
    stops = {
        "far, closes early": ((46.4, 14.0), time(7)),
        "near, closes late": ((46.21, 14.3), time(9)),
        "next, closes late": ((46.24, 14.3), time(9)),
        "no hours": ((46.2, 14.3), None),
    }
    order = driving_order((46.2, 14.3), list(stops), lambda name: stops[name][0], lambda name: stops[name][1])
    assert order == ["far, closes early", "next, closes late", "near, closes late", "no hours"]
