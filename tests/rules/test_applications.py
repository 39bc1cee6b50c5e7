"""Applications to a dynamic purchasing system: ZJN-3, art. 49; Directive 2014/24/EU, art. 34(5)."""

from datetime import date, timedelta

import pytest

from foodorder.rules.agreements import AgreementKind, AgreementState
from foodorder.rules.applications import decide_by, is_open, working_days_left
from foodorder.rules.calendar import Period

#: Slovene public holidays around the new year; both fall on a Friday and a Thursday.
CHRISTMAS = Period(date(2026, 12, 25), date(2026, 12, 26))
NEW_YEAR = Period(date(2027, 1, 1), date(2027, 1, 2))
HOLIDAYS = (CHRISTMAS, NEW_YEAR)
MONDAY = date(2026, 11, 30)
#: Ten working days: art. 34(5).
TERM = 10


@pytest.mark.parametrize(
    ("applied", "last", "source"),
    [
        (MONDAY, date(2026, 12, 14), "two weeks; the day itself does not count (1182/71, art. 3)"),
        (date(2026, 12, 4), date(2026, 12, 18), "a Friday"),
        (date(2026, 12, 5), date(2026, 12, 18), "a Saturday: the term begins on Monday"),
        (date(2026, 12, 21), date(2027, 1, 6), "Christmas and New Year's Day do not count"),
        (date(2026, 12, 26), date(2027, 1, 11), "asked on a holiday"),
    ],
)
def test_until_when_an_application_is_decided(applied, last, source):
    assert decide_by(applied, TERM, HOLIDAYS) == last, source


@pytest.mark.parametrize(
    ("today", "left"),
    [
        (MONDAY, 10),
        (date(2026, 12, 9), 3),
        (date(2026, 12, 12), 1),
        (date(2026, 12, 14), 0),
        (date(2026, 12, 15), -1),
        (date(2026, 12, 21), -5),
    ],
)
def test_how_many_working_days_are_left(today, left):
    assert working_days_left(today, date(2026, 12, 14), HOLIDAYS) == left


def test_holidays_leave_fewer_working_days():
    assert working_days_left(date(2026, 12, 23), date(2026, 12, 28), HOLIDAYS) == 2
    assert working_days_left(date(2026, 12, 23), date(2026, 12, 28), ()) == 3


def test_a_weekend_after_the_last_day_is_late():
    friday = date(2026, 12, 18)
    assert working_days_left(friday + timedelta(days=1), friday, HOLIDAYS) == -1


def test_the_whole_term_is_left_on_the_day_of_the_application():
    for number in range(400):
        applied = MONDAY + timedelta(days=number)
        assert working_days_left(applied, decide_by(applied, TERM, HOLIDAYS), HOLIDAYS) == TERM


@pytest.mark.parametrize(
    ("kind", "state", "day", "open_"),
    [
        (AgreementKind.DPS, AgreementState.IN_FORCE, MONDAY, True),
        (AgreementKind.DPS, AgreementState.IN_FORCE, MONDAY + timedelta(days=1), False),
        (AgreementKind.DPS, AgreementState.DRAFT, MONDAY, False),
        (AgreementKind.DPS, AgreementState.ENDED, MONDAY, False),
        (AgreementKind.FRAMEWORK, AgreementState.IN_FORCE, MONDAY, False),
        (AgreementKind.CONTRACT, AgreementState.IN_FORCE, MONDAY, False),
    ],
)
def test_what_takes_applications(kind, state, day, open_):
    """Open for its whole life, and nothing else is (ZJN-3, art. 49)."""
    assert is_open(kind, state, MONDAY, day) is open_
