"""Weekly schedules, school holidays, and both clock changes of the year."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from foodorder.rules import calendar
from foodorder.rules.calendar import EVERY_DAY, WORKDAYS, Period, ScheduleRule
from foodorder.rules.cycle import ClosesBeforeItOpens

RULE = ScheduleRule(
    opens_weeks_before=1,
    opens_weekday=0,
    opens_time=time(8, 0),
    closes_weeks_before=1,
    closes_weekday=3,
    closes_time=time(12, 0),
    days=WORKDAYS,
    zone="Europe/Ljubljana",
)
MONDAY = date(2025, 12, 1)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def test_a_week_opens_and_closes_in_the_week_before_it():
    assert calendar.window(RULE, MONDAY) == (utc(2025, 11, 24, 7), utc(2025, 11, 27, 11))


def test_local_noon_stays_local_noon_in_summer():
    assert calendar.window(RULE, date(2025, 6, 9))[1] == utc(2025, 6, 5, 10)


@pytest.mark.parametrize(
    ("day", "at", "instant"),
    [
        # 30 March 2025: 2:00 becomes 3:00; 2:30 does not exist and moves on to 3:30.
        (date(2025, 3, 30), time(1, 59), utc(2025, 3, 30, 0, 59)),
        (date(2025, 3, 30), time(2, 30), utc(2025, 3, 30, 1, 30)),
        (date(2025, 3, 30), time(3, 30), utc(2025, 3, 30, 1, 30)),
        # 26 October 2025: 3:00 becomes 2:00; 2:30 comes twice, the first time counts.
        (date(2025, 10, 26), time(2, 30), utc(2025, 10, 26, 0, 30)),
        (date(2025, 10, 26), time(2, 30, fold=1), utc(2025, 10, 26, 0, 30)),
        (date(2025, 10, 26), time(3, 0), utc(2025, 10, 26, 2, 0)),
    ],
)
def test_both_clock_changes_of_the_year(day, at, instant):
    assert calendar.local_instant(day, at, "Europe/Ljubljana") == instant


@pytest.mark.parametrize(
    ("monday", "hours"),
    [(date(2025, 3, 31), 167), (date(2025, 10, 27), 169), (date(2025, 11, 10), 168)],
)
def test_a_window_over_a_clock_change_is_an_hour_shorter_or_longer(monday, hours):
    rule = replace(RULE, closes_weeks_before=0, closes_weekday=0, closes_time=time(8, 0))
    opens_at, closes_at = calendar.window(rule, monday)
    assert (closes_at - opens_at).total_seconds() == hours * 3600


def test_a_deadline_must_be_after_the_opening():
    with pytest.raises(ClosesBeforeItOpens):
        calendar.window(replace(RULE, closes_weeks_before=2), MONDAY)


def test_a_week_begins_on_monday():
    with pytest.raises(ValueError, match="not a Monday"):
        calendar.window(RULE, date(2025, 12, 2))


def test_weekday_sets_are_bitmasks_from_monday():
    assert calendar.days_mask([0, 2, 4]) == 0b10101
    assert calendar.weekdays_of(0b10101) == (0, 2, 4)
    assert calendar.falls_on(0b10101, date(2025, 12, 3))
    assert not calendar.falls_on(0b10101, date(2025, 12, 4))
    assert calendar.dates_of(MONDAY, 0b10001) == (date(2025, 12, 1), date(2025, 12, 5))
    assert calendar.days_mask(range(7)) == EVERY_DAY
    with pytest.raises(ValueError, match="no weekday"):
        calendar.days_mask([7])


def test_a_holiday_inside_a_week_leaves_the_other_days():
    assert calendar.open_days(WORKDAYS, MONDAY, [Period(date(2025, 12, 3), date(2025, 12, 4))]) == 0b10011


def test_weeks_of_holidays_are_skipped_and_the_next_ones_made():
    holidays = [Period(date(2025, 12, 25), date(2026, 1, 2))]
    weeks = list(calendar.plan_weeks(RULE, date(2025, 12, 17), 4, holidays))
    assert [(week.monday, week.days) for week in weeks] == [
        (date(2025, 12, 15), WORKDAYS),
        (date(2025, 12, 22), 0b00111),
        (date(2026, 1, 5), WORKDAYS),
    ]
    assert weeks[0].closes_at == utc(2025, 12, 11, 11)
