"""Concentration, quartiles, and what is paid around, by hand."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foodorder.rules.concentration import ONE_ALONE, Concentration, concentration, index
from foodorder.rules.price_bands import Band, Sold, band
from foodorder.rules.quantiles import Quartiles, quartiles


@pytest.mark.parametrize(
    ("cents", "points"),
    [([], None), ([0], None), ([500], 10_000), ([1, 1], 5_000), ([70, 20, 10], 5_400), ([1] * 100, 100),
     ([1, 2], 5_556)],
)  # fmt: skip
def test_the_index_is_the_sum_of_the_squares_of_shares_in_percent(
    cents: list[int], points: int | None
) -> None:
    assert index(cents) == points


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=40))
def test_the_index_lies_between_equal_shares_and_one_alone(cents: list[int]) -> None:
    points = index(cents)
    assert points is not None
    assert ONE_ALONE // len(cents) <= points <= ONE_ALONE


def test_limits_belong_to_the_milder_side() -> None:
    told = [concentration(points, 1_000, 2_000) for points in (1_000, 1_001, 2_000, 2_001)]
    assert told == [
        Concentration.LOOSE, Concentration.MODERATE, Concentration.MODERATE, Concentration.HIGH,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([], None),
        ([(5, 0)], None),
        ([(120, 7)], Quartiles(120, 120, 120)),
        ([(100, 1), (200, 1), (300, 1), (400, 1)], Quartiles(100, 200, 300)),
        # A single kilogram for a high price moves nothing; a hundred do.
        ([(100, 99), (900, 1)], Quartiles(100, 100, 100)),
        ([(100, 1), (900, 99)], Quartiles(900, 900, 900)),
        ([(300, 2), (100, 1), (200, 1)], Quartiles(100, 200, 300)),
    ],
)
def test_quartiles_count_every_kilogram(values: list[tuple[int, int]], told: Quartiles | None) -> None:
    assert quartiles(values) == told


@given(st.lists(st.tuples(st.integers(1, 1000), st.integers(1, 50)), min_size=1, max_size=30))
def test_quartiles_are_those_of_all_kilograms_laid_out(values: list[tuple[int, int]]) -> None:
    every = sorted(value for value, weight in values for _ in range(weight))
    places = [-(-len(every) * number // 4) - 1 for number in (1, 2, 3)]
    assert quartiles(values) == Quartiles(*(every[place] for place in places))


MONTH, NEXT = date(2026, 11, 1), date(2026, 12, 1)
OWN = 1


def sold(*prices: int, month: date = MONTH) -> list[Sold]:
    """A kilogram for each price, each of another municipality, our own first."""
    return [Sold(month, OWN + place, price, 1_000) for place, price in enumerate(prices)]


def test_of_two_municipalities_neither_is_told_beside_our_own() -> None:
    ours = Quartiles(103, 103, 103)
    assert band(sold(103, 999), OWN) == Band(False, {MONTH: ours}, ours)


def test_of_three_the_middle_is_told_in_the_months_when_three_bought() -> None:
    three = Quartiles(90, 103, 120)
    assert band(sold(103, 90, 120) + sold(206, 999, month=NEXT), OWN) == Band(True, {MONTH: three}, three)


def test_several_prices_of_one_municipality_are_one_municipality() -> None:
    twice = [Sold(MONTH, OWN + 1, price, 1_000) for price in (90, 120)]
    assert not band(sold(103) + twice, OWN).region


def test_what_nobody_bought_has_no_band() -> None:
    assert band([], OWN) == Band(False, {}, None)
    assert band(sold(103)[1:], OWN).together is None
