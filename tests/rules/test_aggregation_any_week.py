"""What must hold for the close of any week."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from foodorder.rules.aggregation import (
    Close,
    DifferenceKind,
    Line,
    MinimumRule,
    PackRounding,
    may_be_touched,
    settle,
)
from foodorder.rules.money import line_net
from tests.rules.closing import CARROTS, FRIDAY, KG, MONDAY, SCHOOL, TUESDAY, close, sentence

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
