"""The close, rule by rule."""

from dataclasses import replace

import pytest

from foodorder.rules.aggregation import (
    REASONS,
    DifferenceKind,
    MinimumRule,
    PackRounding,
    Reason,
    Waiver,
    may_be_touched,
    settle,
)
from tests.rules.closing import CARROTS, FRIDAY, KG, KINDERGARTEN, SCHOOL, TUESDAY, close, sentence


def reasons(settlement):
    return [
        (difference.line, difference.kind, difference.quantity, difference.reason)
        for difference in settlement.differences
    ]


def test_whole_packs_stay_as_ordered():
    settlement = settle(close(replace(CARROTS, quantity=12 * KG)))
    assert settlement.final == {1: 12 * KG}
    assert settlement.differences == ()


def test_a_pack_binds_the_sum_over_the_days():
    settlement = settle(
        close(
            replace(CARROTS, quantity=5 * KG), replace(CARROTS, id=2, delivery_date=FRIDAY, quantity=7 * KG)
        )
    )
    assert settlement.differences == ()


def test_rounding_up_adds_what_is_missing_to_the_largest_line():
    settlement = settle(
        close(
            replace(CARROTS, quantity=4 * KG), replace(CARROTS, id=2, delivery_date=FRIDAY, quantity=6 * KG)
        )
    )
    assert reasons(settlement) == [(2, DifferenceKind.ROUNDING, 2 * KG, Reason.PACK_UP)]


def test_of_equal_lines_the_earlier_day_takes_the_rounding():
    settlement = settle(
        close(
            replace(CARROTS, quantity=5 * KG, delivery_date=FRIDAY), replace(CARROTS, id=2, quantity=5 * KG)
        )
    )
    assert reasons(settlement) == [(2, DifferenceKind.ROUNDING, 2 * KG, Reason.PACK_UP)]


def test_rounding_down_takes_from_the_largest_lines_first():
    lines = [
        replace(CARROTS, id=number, quantity=quantity * KG) for number, quantity in ((1, 3), (2, 4), (3, 4))
    ]
    settlement = settle(close(*lines, rounding=PackRounding.DOWN))
    assert [difference.line for difference in settlement.differences] == [2, 3, 1]
    assert settlement.final == {1: 0, 2: 0, 3: 0}


def test_rounding_down_leaves_whole_packs():
    settlement = settle(
        close(
            replace(CARROTS, quantity=20 * KG),
            replace(CARROTS, id=2, delivery_date=FRIDAY, quantity=9 * KG),
            rounding=PackRounding.DOWN,
        )
    )
    assert settlement.final == {1: 15 * KG, 2: 9 * KG}


def test_rounding_up_never_passes_the_stock():
    settlement = settle(close(replace(CARROTS, quantity=14 * KG), available={100: 20 * KG}))
    assert reasons(settlement) == [(1, DifferenceKind.ROUNDING, -2 * KG, Reason.PACK_DOWN_STOCK)]


def test_what_one_door_is_rounded_up_by_is_gone_for_the_next():
    other = replace(CARROTS, id=2, institution=KINDERGARTEN, delivery_point=20)
    settlement = settle(close(CARROTS, other, available={100: 22 * KG}))
    assert reasons(settlement) == [
        (1, DifferenceKind.ROUNDING, 2 * KG, Reason.PACK_UP),
        (2, DifferenceKind.ROUNDING, -10 * KG, Reason.PACK_DOWN_STOCK),
    ]
    assert settlement.final == {1: 12 * KG, 2: 0}


def test_what_one_door_is_rounded_down_by_is_there_for_the_next():
    down, up = PackRounding.DOWN, PackRounding.UP
    other = replace(CARROTS, id=2, institution=KINDERGARTEN, delivery_point=20)
    week = replace(close(CARROTS, other, available={100: 20 * KG}), rounding={SCHOOL: down, KINDERGARTEN: up})
    assert settle(week).final == {1: 0, 2: 12 * KG}


def test_rounding_up_never_passes_the_budget():
    within = settle(close(CARROTS, headroom={SCHOOL: 300}))
    beyond = settle(close(CARROTS, headroom={SCHOOL: 299}))
    assert within.final == {1: 12 * KG}
    assert reasons(beyond) == [(1, DifferenceKind.ROUNDING, -10 * KG, Reason.PACK_DOWN_BUDGET)]


def test_the_budget_is_spent_in_the_order_of_keys():
    other = replace(CARROTS, id=2, offer=101, product=101)
    settlement = settle(close(other, CARROTS, headroom={SCHOOL: 300}))
    assert settlement.final == {1: 12 * KG, 2: 0}


def test_a_withdrawn_offer_cancels_its_lines():
    settlement = settle(close(CARROTS, withdrawn=frozenset({100})))
    assert reasons(settlement) == [(1, DifferenceKind.CANCELLED, -10 * KG, Reason.WITHDRAWN)]


def test_an_order_that_nobody_approved_is_cancelled_before_all_other_rules():
    other = replace(CARROTS, id=2, institution=KINDERGARTEN, delivery_point=20, quantity=12 * KG)
    settlement = settle(
        close(
            CARROTS, other, unapproved=frozenset({SCHOOL}), minimums={(SCHOOL, 7): 5000, (KINDERGARTEN, 7): 1}
        )
    )
    assert reasons(settlement) == [(1, DifferenceKind.CANCELLED, -10 * KG, Reason.NOT_APPROVED)]
    assert sentence(settlement.differences[0]) == "Cancelled: nobody approved the order before the deadline."


def test_what_nobody_approved_is_free_for_the_others():
    lines = (
        replace(CARROTS, quantity=24 * KG),
        replace(CARROTS, id=2, institution=KINDERGARTEN, delivery_point=20, quantity=12 * KG),
    )
    settlement = settle(close(*lines, available={100: 24 * KG}, unapproved=frozenset({KINDERGARTEN})))
    assert settlement.final == {1: 24 * KG, 2: 0}
    assert settlement.allocations == ()


def test_whole_packs_that_nobody_approved_pass_through_the_rules():
    week = close(replace(CARROTS, quantity=24 * KG), unapproved=frozenset({SCHOOL}))
    assert settle(may_be_touched(week)).final == {1: 0}


def test_of_a_withdrawn_offer_the_missing_approval_is_told():
    settlement = settle(close(CARROTS, withdrawn=frozenset({100}), unapproved=frozenset({SCHOOL})))
    assert reasons(settlement) == [(1, DifferenceKind.CANCELLED, -10 * KG, Reason.NOT_APPROVED)]


@pytest.mark.parametrize("left", [0, -5 * KG])
def test_an_offer_that_others_took_whole_is_scarce_not_withdrawn(left):
    settlement = settle(close(replace(CARROTS, quantity=12 * KG), available={100: left}))
    assert reasons(settlement) == [(1, DifferenceKind.CUT, -12 * KG, Reason.SCARCE)]


def test_below_the_minimum_the_order_is_cancelled_and_told_why():
    settlement = settle(close(CARROTS, minimums={(SCHOOL, 7): 2000}))
    assert reasons(settlement) == [
        (1, DifferenceKind.ROUNDING, 2 * KG, Reason.PACK_UP),
        (1, DifferenceKind.CANCELLED, -12 * KG, Reason.BELOW_MINIMUM),
    ]
    assert sentence(settlement.differences[1]) == (
        "Cancelled: the order from this producer came to 18.00 EUR, their minimum is 20.00 EUR."
    )


def test_the_minimum_counts_after_rounding_and_over_all_products_of_the_producer():
    other = replace(CARROTS, id=2, offer=101, product=101, quantity=1 * KG, pack=None)
    assert settle(close(CARROTS, other, minimums={(SCHOOL, 7): 1950})).final == {1: 12 * KG, 2: 1 * KG}


def test_a_waived_minimum_is_noted():
    settlement = settle(close(CARROTS, minimums={(SCHOOL, 7): 2000}, minimum_rule=MinimumRule.WAIVE))
    assert settlement.waivers == (Waiver(SCHOOL, 7, 1800, 2000),)
    assert settlement.final == {1: 12 * KG}


def test_a_scarce_offer_is_shared_in_whole_packs_among_delivery_points():
    settlement = settle(
        close(
            replace(CARROTS, quantity=48 * KG),
            replace(CARROTS, id=2, institution=KINDERGARTEN, delivery_point=20, quantity=12 * KG),
            available={100: 40 * KG},
        )
    )
    assert settlement.final == {1: 24 * KG, 2: 12 * KG}
    (allocation,) = settlement.allocations
    assert (allocation.asked, allocation.given) == ({10: 48 * KG, 20: 12 * KG}, {10: 24 * KG, 20: 12 * KG})


def test_a_share_is_split_among_the_days_in_steps():
    lines = (
        replace(CARROTS, quantity=20 * KG),
        replace(CARROTS, id=2, delivery_date=TUESDAY, quantity=10 * KG),
        replace(CARROTS, id=3, delivery_date=FRIDAY, quantity=6 * KG),
    )
    settlement = settle(close(*lines, available={100: 24 * KG}))
    # 24 kg in the proportion 20 : 10 : 6 is 13.3, 6.7 and 4.
    assert settlement.final == {1: 13 * KG, 2: 7 * KG, 3: 4 * KG}
    assert {difference.reason for difference in settlement.differences} == {Reason.SCARCE}


def test_what_a_minimum_cancels_is_free_for_the_others():
    lines = (
        replace(CARROTS, quantity=24 * KG),
        replace(CARROTS, id=2, institution=KINDERGARTEN, delivery_point=20, quantity=12 * KG),
    )
    settlement = settle(close(*lines, available={100: 24 * KG}, minimums={(KINDERGARTEN, 7): 5000}))
    assert settlement.final == {1: 24 * KG, 2: 0}
    assert settlement.allocations == ()


def test_nothing_comes_from_nothing():
    assert settle(close()).final == {}


def test_bad_input_is_an_error():
    with pytest.raises(ValueError, match="one id"):
        close(CARROTS, CARROTS)
    with pytest.raises(ValueError, match="resolved"):
        close(CARROTS, rounding=PackRounding.ASK)


def test_every_reason_has_its_sentence():
    assert set(REASONS) == set(Reason)
