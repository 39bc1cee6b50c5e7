"""The forecast of a year at the present pace."""

from datetime import date, timedelta

import pytest

from foodorder.rules.spending import forecast

FIRST = date(2026, 11, 2)


def weeks(*cents):
    return {FIRST + timedelta(weeks=number): net for number, net in enumerate(cents)}


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, None),
        (weeks(0), None),
        # The week of 2 November, and eight more until 31 December (the last begins on the 28th).
        (weeks(100), 100 + 8 * 100),
        (weeks(100, 300), 400 + 7 * 200),
        # A week without deliveries is no pace, and the next weeks begin after the last with any.
        (weeks(100, 0, 200), 300 + 6 * 150),
        ({date(2026, 12, 28): 500}, 500),
    ],
)
def test_every_week_left_is_like_the_latest_ones(known, expected):
    assert forecast(known, 2026) == expected


def test_only_the_latest_eight_weeks_make_the_pace():
    year = {date(2026, 10, 5) + timedelta(weeks=number): 1000 if number == 0 else 10 for number in range(9)}
    assert forecast(year, 2026) == 1080 + 4 * 10


def test_the_week_over_the_new_year_has_no_weeks_left():
    assert forecast({date(2025, 12, 29): 70, date(2026, 12, 28): 30}, 2026) == 100
