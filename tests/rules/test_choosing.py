"""When another offer than the first needs a reason."""

import pytest

from foodorder.rules.choosing import Wanted, passed_over

MONDAY, TUESDAY = 0, 1
FIRST = Wanted(1, 9_000, 0b11111, None, 0, {})
SECOND = Wanted(2, 8_000, 0b11111, None, 0, {MONDAY: 5_000})
THIRD = Wanted(3, 7_000, 0b11111, None, 0, {})


def test_the_second_instead_of_the_first_needs_a_reason() -> None:
    assert passed_over([FIRST, SECOND, THIRD]) == (1, 2)


@pytest.mark.parametrize(
    "first",
    [
        FIRST._replace(days=0b11110),
        FIRST._replace(left=4_999),
        FIRST._replace(minimum=5_001),
        FIRST._replace(total=8_000),
        FIRST._replace(asked={TUESDAY: 5_000}),
    ],
    ids=["not that day", "not enough left", "below its least quantity", "equal points", "as much ordered"],
)
def test_no_reason_is_asked(first: Wanted) -> None:
    assert passed_over([first, SECOND, THIRD]) is None


def test_just_enough_left_is_enough() -> None:
    assert passed_over([FIRST._replace(left=5_000, minimum=5_000), SECOND]) == (1, 2)


def test_what_is_on_order_already_counts_towards_the_least_quantity() -> None:
    assert passed_over([FIRST._replace(minimum=6_000, asked={MONDAY: 1_000}), SECOND]) == (1, 2)


def test_of_several_it_names_the_best_and_the_one_with_fewest_points() -> None:
    third = THIRD._replace(asked={TUESDAY: 1_000})
    assert passed_over([FIRST, SECOND, third]) == (1, 3)
    assert passed_over([FIRST._replace(days=0), SECOND._replace(asked={}), third]) == (2, 3)


def test_nothing_ordered_needs_nothing() -> None:
    assert passed_over([FIRST, SECOND._replace(asked={}), THIRD]) is None
