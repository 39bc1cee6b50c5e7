"""When a limit is reached at the pace so far, and what bringing goods comes to."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foodorder.rules.forecast import Term, used_up
from foodorder.rules.transport import Factors, Haul

TERM = Term(date(2026, 9, 1), date(2027, 8, 31))


@pytest.mark.parametrize(
    ("day", "gone"),
    [(date(2026, 8, 31), 0), (date(2026, 9, 1), 1), (date(2027, 8, 31), 365), (date(2028, 1, 1), 365)],
)
def test_days_gone(day: date, gone: int) -> None:
    assert (TERM.days, TERM.gone(day)) == (365, gone)
    assert TERM.gone_bp(day) == gone * 10_000 // 365


@pytest.mark.parametrize(
    ("used", "limit", "day"),
    [
        # Ten days gone, a tenth used: the hundredth day is the last.
        (100, 1_000, date(2026, 12, 9)),
        (100, 1_001, date(2026, 12, 10)),
        (1_000, 1_000, date(2026, 9, 10)),
        (1_200, 1_000, date(2026, 9, 10)),
        (0, 1_000, None),
        (10, 1_000, None),
    ],
)
def test_when_it_is_used_up(used: int, limit: int, day: date | None) -> None:
    assert used_up(TERM, date(2026, 9, 10), used, limit) == day


def test_before_the_first_day_there_is_no_pace() -> None:
    assert used_up(TERM, date(2026, 8, 1), 5, 1_000) is None


@given(st.integers(1, 364), st.integers(1, 10_000), st.integers(1, 10_000))
def test_the_day_is_the_first_at_whose_end_the_limit_is_reached(gone: int, used: int, more: int) -> None:
    today, limit = TERM.first + timedelta(days=gone - 1), used + more
    day = used_up(TERM, today, used, limit)
    if day is None:
        assert used * TERM.days < limit * gone
    else:
        assert used * TERM.gone(day) >= limit * gone
        assert used * (TERM.gone(day) - 1) < limit * gone


def test_distance_and_estimate_of_a_haul() -> None:
    # 2 t over 10 km and 1 t over 40 km of air.
    haul = Haul(3_000_000, 2_000_000 * 10_000 + 1_000_000 * 40_000)
    assert (haul.mean_metres, haul.tonne_km_tenths) == (20_000, 600)
    factors = Factors(detour_bp=13_430, co2_grams=631)
    assert haul.co2_grams(factors) == 50_846  # 60 × 1.343 × 631 = 50845.98
    assert haul.co2_per_kg(factors) == 17
    assert (Haul().mean_metres, Haul().co2_per_kg(factors), Haul().co2_grams(factors)) == (None, None, 0)
