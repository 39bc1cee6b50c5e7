"""The close, rule by rule, and what must hold for any week."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foodorder.rules.aggregation import (
    REASONS,
    Close,
    DifferenceKind,
    Line,
    MinimumRule,
    PackRounding,
    Reason,
    Waiver,
    may_be_touched,
    settle,
)
from foodorder.rules.facts import plain
from foodorder.rules.money import line_net

KG = 1000
MONDAY, TUESDAY, FRIDAY = date(2025, 12, 1), date(2025, 12, 2), date(2025, 12, 5)
SCHOOL, KINDERGARTEN = 1, 2
CARROTS = Line(
    id=1,
    institution=SCHOOL,
    delivery_point=10,
    delivery_date=MONDAY,
    offer=100,
    product=100,
    producer=7,
    quantity=10 * KG,
    price_cents=150,
    step=1 * KG,
    pack=12 * KG,
)


def close(*lines, **how):
    rounding = how.pop("rounding", PackRounding.UP)
    return Close(lines=lines, seed="week 49", rounding=dict.fromkeys((SCHOOL, KINDERGARTEN), rounding), **how)


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


def sentence(difference):
    return REASONS[difference.reason] % {name: plain(fact) for name, fact in difference.facts.items()}


# Any week: a few institutions and producers, several packs and steps, some of it scarce or withdrawn.

PACKS = {
    0: (KG, None),
    1: (KG, 12 * KG),
    2: (500, 2500),
    3: (250, 5 * KG),
    4: (6 * KG, 6 * KG),
    5: (KG, 5 * KG),
}


@st.composite
def closes(draw):
    wanted = draw(
        st.dictionaries(
            st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from([MONDAY, TUESDAY, FRIDAY])),
            st.integers(1, 30),
            min_size=3,
            max_size=30,
        )
    )
    lines = tuple(
        Line(
            id=number,
            institution=point // 2,
            delivery_point=point,
            delivery_date=day,
            offer=100 + product,
            product=product,
            producer=product // 2,
            quantity=steps * PACKS[product][0],
            price_cents=90 + 37 * product,
            step=PACKS[product][0],
            pack=PACKS[product][1],
        )
        for number, ((point, product, day), steps) in enumerate(wanted.items())
    )
    some = st.none() | st.integers(0, 60_000)
    return Close(
        lines=lines,
        seed=draw(st.sampled_from(["a", "b"])),
        rounding={key: draw(st.sampled_from([PackRounding.UP, PackRounding.DOWN])) for key in range(3)},
        minimum_rule=draw(st.sampled_from(MinimumRule)),
        minimums={(key, producer): draw(st.integers(0, 9000)) for key in range(3) for producer in range(3)},
        unapproved=frozenset(draw(st.sets(st.integers(0, 2), max_size=1))),
        withdrawn=frozenset(draw(st.sets(st.integers(100, 105), max_size=1))),
        available={100 + product: draw(some) for product in PACKS},
        headroom={key: draw(st.none() | st.integers(0, 4000)) for key in range(3)},
    )


def by_group(lines, key, quantities):
    sums = {}
    for line in lines:
        sums[key(line)] = sums.get(key(line), 0) + quantities[line.id]
    return sums


@given(closes())
def test_recorded_is_ordered_plus_the_differences(week):
    settlement = settle(week)
    running = {line.id: line.quantity for line in week.lines}
    for difference in settlement.differences:
        assert difference.before == running[difference.line]
        running[difference.line] += difference.quantity
        assert running[difference.line] >= 0
        assert difference.quantity != 0
        assert sentence(difference)
    assert running == settlement.final
    kinds = [(difference.line, difference.kind) for difference in settlement.differences]
    assert len(set(kinds)) == len(kinds)


@given(closes())
def test_never_more_than_available_and_always_whole_steps_and_packs(week):
    final = settle(week).final
    taken = by_group(week.lines, lambda line: line.offer, final)
    assert all(
        taken[offer] <= there
        for offer, there in week.available.items()
        if there is not None and offer in taken
    )
    assert all(final[line.id] % line.step == 0 for line in week.lines)
    groups = by_group(week.lines, lambda line: (line.product, line.delivery_point), final)
    assert all(total % (PACKS[product][1] or 1) == 0 for (product, _), total in groups.items())


@given(closes())
def test_rounding_never_passes_the_budget_and_minimums_hold(week):
    settlement = settle(week)
    lines = {line.id: line for line in week.lines}
    for institution, headroom in week.headroom.items():
        added = sum(
            line_net(lines[key].price_cents, quantity) - line_net(lines[key].price_cents, lines[key].quantity)
            for key, quantity in settlement.final.items()
            if lines[key].institution == institution
        )
        assert headroom is None or added <= headroom
    waived = {(waiver.institution, waiver.producer) for waiver in settlement.waivers}
    scarce = {
        difference.line for difference in settlement.differences if difference.kind is DifferenceKind.CUT
    }
    for pair, minimum in week.minimums.items():
        mine = [line for line in week.lines if (line.institution, line.producer) == pair]
        if pair not in waived and not any(line.id in scarce for line in mine):
            value = sum(line_net(line.price_cents, settlement.final[line.id]) for line in mine)
            assert value == 0 or value >= minimum


@given(closes(), st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_matter(week, random):
    mixed = replace(week, lines=tuple(random.sample(week.lines, len(week.lines))))
    straight, other = settle(week), settle(mixed)
    assert straight.final == other.final
    assert straight.allocations == other.allocations
    assert set(map(repr, straight.differences)) == set(map(repr, other.differences))


@given(closes())
def test_settling_only_what_may_be_touched_gives_the_same(week):
    whole, part = settle(week), settle(may_be_touched(week))
    assert {line.id: line.quantity for line in week.lines} | dict(part.final) == whole.final
    assert part.differences == whole.differences
    assert part.allocations == whole.allocations
    assert part.waivers == whole.waivers


def test_what_no_rule_touches_is_left_out():
    calm = replace(CARROTS, quantity=24 * KG)
    other = replace(CARROTS, id=2, offer=101, product=101, quantity=5 * KG)
    week = close(calm, other, minimums={(SCHOOL, 7): 3000}, available={100: 30 * KG})
    assert [line.id for line in may_be_touched(week).lines] == [2]
