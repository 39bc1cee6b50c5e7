"""A sample follows from its seed and its population, and from nothing else."""

import hashlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foodorder.rules.sampling import (
    Drawn,
    Item,
    Method,
    MoreThanThereIs,
    NothingToDraw,
    draw,
    fingerprint,
)

populations = st.dictionaries(st.integers(1, 10**9), st.integers(0, 50_000), min_size=1, max_size=60).map(
    lambda found: [Item(number, cents) for number, cents in found.items()]
)


def test_by_lines_as_anybody_would_draw_with_sha256() -> None:
    numbers = [11, 7, 205, 3]
    expected = sorted(numbers, key=lambda number: hashlib.sha256(f"loto 7:{number}".encode()).hexdigest())
    drawn = draw(Method.RANDOM, "loto 7", [Item(number, 100) for number in numbers], 3)
    assert [one.number for one in drawn] == expected[:3]
    assert {one.hits for one in drawn} == {1}


def test_by_money_as_anybody_would_draw_with_a_ruler() -> None:
    """100 cents in parts of 25: one place in each, and the line that lies there."""
    items = [Item(1, 10), Item(2, 60), Item(3, 0), Item(4, 30)]
    place = int(hashlib.sha256(b"seed").hexdigest(), 16) % 25
    laid = [1] * 10 + [2] * 60 + [4] * 30
    expected = Counter(laid[part * 25 + place] for part in range(4))
    assert draw(Method.MONEY, "seed", items, 4) == tuple(
        Drawn(number, hits) for number, hits in sorted(expected.items())
    )
    assert expected[2] >= 2  # longer than a part: drawn for certain


@given(populations, st.text(max_size=20), st.data())
def test_the_order_of_the_population_does_not_matter(
    items: list[Item], seed: str, data: st.DataObject
) -> None:
    size = data.draw(st.integers(1, len(items)))
    drawn = draw(Method.RANDOM, seed, items, size)
    assert draw(Method.RANDOM, seed, data.draw(st.permutations(items)), size) == drawn
    assert len({one.number for one in drawn}) == len(drawn) == size
    assert {one.number for one in drawn} <= {item.number for item in items}
    # More draws only add lines at the end: a sample can be made larger.
    if size < len(items):
        assert draw(Method.RANDOM, seed, items, size + 1)[:size] == drawn


@given(populations, st.text(max_size=20), st.data())
def test_by_money_every_draw_falls_and_what_is_longer_than_a_part_is_drawn(
    items: list[Item], seed: str, data: st.DataObject
) -> None:
    size = data.draw(st.integers(1, len(items)))
    whole = sum(item.cents for item in items)
    if whole < size:
        with pytest.raises(NothingToDraw):
            draw(Method.MONEY, seed, items, size)
        return
    drawn = draw(Method.MONEY, seed, data.draw(st.permutations(items)), size)
    assert sum(one.hits for one in drawn) == size
    worth = {item.number: item.cents for item in items}
    assert all(worth[one.number] > 0 for one in drawn)
    longest = -(-whole // size)
    certain = {item.number for item in items if item.cents >= 2 * longest}
    assert certain <= {one.number for one in drawn}


def test_lines_are_equally_likely_and_money_by_its_worth() -> None:
    """A line worth as much as all nine others together is drawn half the times by money, a tenth by lines."""
    items = [Item(1, 900), *(Item(number, 100) for number in range(2, 11))]
    seeds = [f"seed {number}" for number in range(2_000)]
    lines = sum(draw(Method.RANDOM, seed, items, 1)[0].number == 1 for seed in seeds)
    money = sum(draw(Method.MONEY, seed, items, 1)[0].number == 1 for seed in seeds)
    assert 150 < lines < 250
    assert 920 < money < 1_080


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(NothingToDraw):
        draw(Method.RANDOM, "s", [], 1)
    with pytest.raises(MoreThanThereIs) as refused:
        draw(Method.RANDOM, "s", [Item(1, 5)], 2)
    assert refused.value.facts == {"count": 1}


def test_the_fingerprint_is_of_every_number_and_cent_whatever_their_order() -> None:
    items = [Item(2, 5), Item(1, 7)]
    assert fingerprint(items) == hashlib.sha256(b"1;7\n2;5\n").digest() == fingerprint(items[::-1])
    assert fingerprint([Item(2, 5), Item(1, 8)]) != fingerprint(items)
