"""Scarce supply is shared by the published rule, whatever is asked."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foodorder.rules.allocation import (
    EXPLANATIONS,
    Ask,
    explanation_from_json,
    explanation_to_json,
    largest_remainder,
    lot,
    share,
)
from foodorder.rules.facts import plain

PACK = 12_000


def shared(available_packs, asked_packs, seed="cycle 7"):
    asks = [Ask(key, packs * PACK) for key, packs in enumerate(asked_packs)]
    shares = share(available_packs * PACK, PACK, asks, seed=seed)
    return [shares.given[key] // PACK for key in range(len(asks))], shares


def test_when_there_is_enough_everybody_gets_what_they_asked():
    result, shares = shared(10, [5, 3, 2])
    assert result == [5, 3, 2]
    assert [step.code for step in shares.explanation] == ["enough"]


def test_an_order_of_a_single_pack_is_not_crowded_out_by_large_ones():
    assert shared(10, [1, 100, 100])[0][0] == 1


def test_a_larger_order_gets_its_first_pack_before_the_rest_is_shared():
    assert shared(6, [1, 2, 100])[0] == [1, 1, 4]


def test_the_rest_is_shared_in_proportion():
    # After a pack each, 18 are left for 9 + 18 + 27 still asked: 3, 6 and 9.
    assert shared(21, [10, 19, 28])[0] == [4, 7, 10]


def test_only_what_is_still_asked_weighs():
    # Counted with its first pack, the smaller order would get a second one that it never asked for.
    assert shared(60, [1, 60])[0] == [1, 59]
    assert shared(5, [2, 4])[0] == [2, 3]


@pytest.mark.parametrize("seed", ["a", "b", "c", "d"])
def test_equal_remainders_are_decided_by_lot_whoever_stands_first(seed):
    lucky = min(range(3), key=lambda key: lot(seed, key))
    for keys in ([0, 1, 2], [2, 1, 0]):
        shares = share(4 * PACK, PACK, [Ask(key, 2 * PACK) for key in keys], seed=seed)
        assert shares.given == {key: (1 + (key == lucky)) * PACK for key in range(3)}


def test_too_little_even_for_single_packs_is_decided_by_lot():
    result, shares = shared(2, [1, 1, 1, 1, 50])
    drawn = sorted(range(4), key=lambda key: lot("cycle 7", key))[:2]
    assert [key for key, packs in enumerate(result) if packs] == sorted(drawn)
    assert "lot" in [step.code for step in shares.explanation]


def test_another_seed_draws_another_lot():
    results = {tuple(shared(1, [1] * 8, seed=f"cycle {number}")[0]) for number in range(20)}
    assert len(results) > 3


def test_when_single_packs_take_all_the_larger_orders_are_told_so():
    result, shares = shared(2, [1, 1, 9])
    assert result == [1, 1, 0]
    assert shares.explanation[-1].facts == {"served": 0, "orders": 1}


def test_less_than_a_pack_stays_with_the_producer():
    shares = share(PACK + 5_000, PACK, [Ask(1, 2 * PACK)], seed="s")
    assert shares.given == {1: PACK}
    assert shares.explanation[-1].code == "rest"


def test_nothing_to_share():
    assert shared(0, [1, 2])[0] == [0, 0]
    assert shared(0, [])[0] == []


def test_every_explanation_has_its_sentence():
    for available, asked in ((10, [5]), (2, [1, 1, 1, 5]), (6, [1, 2, 100])):
        for step in shared(available, asked)[1].explanation:
            assert EXPLANATIONS[step.code] % {name: plain(fact) for name, fact in step.facts.items()}


def test_an_explanation_survives_storage():
    explanation = shared(2, [1, 1, 1, 5])[1].explanation
    assert explanation_from_json(json.loads(json.dumps(explanation_to_json(explanation)))) == explanation


def test_asks_that_are_not_whole_packs_or_share_a_key_are_an_error():
    with pytest.raises(ValueError, match="whole packs"):
        share(PACK, PACK, [Ask(1, 5)], seed="s")
    with pytest.raises(ValueError, match="keys"):
        share(PACK, PACK, [Ask(1, PACK), Ask(1, PACK)], seed="s")
    with pytest.raises(ValueError, match="more to split"):
        largest_remainder(3, {1: 2})


packs = st.lists(st.integers(0, 60), max_size=12)


@given(st.integers(0, 400), packs, st.text(max_size=5))
def test_nobody_gets_more_than_asked_and_together_they_get_all_that_can_be_given(available, asked, seed):
    result, _ = shared(available, asked, seed)
    assert all(0 <= got <= wanted for got, wanted in zip(result, asked, strict=True))
    assert sum(result) == min(available, sum(asked))


@given(st.integers(0, 400), packs)
def test_once_everybody_has_a_pack_who_asks_more_never_gets_less(available, asked):
    result, _ = shared(available, asked)
    pairs = sorted(zip(asked, result, strict=True))
    if all(got for wanted, got in pairs if wanted):
        assert all(low[1] <= high[1] for low, high in pairwise(pairs) if low[0] < high[0])


@given(st.integers(0, 400), packs, st.randoms(use_true_random=False))
def test_the_order_of_asking_does_not_matter(available, asked, random):
    asks = [Ask(key, packs * PACK) for key, packs in enumerate(asked)]
    mixed = random.sample(asks, len(asks))
    straight = share(available * PACK, PACK, asks, seed="s")
    assert dict(straight.given) == dict(share(available * PACK, PACK, mixed, seed="s").given)


@given(st.integers(0, 10**6), packs)
def test_any_quantity_is_shared_in_whole_packs(available, asked):
    shares = share(available, PACK, [Ask(key, n * PACK) for key, n in enumerate(asked)], seed="s")
    assert all(quantity % PACK == 0 for quantity in shares.given.values())
    assert sum(shares.given.values()) == min(available // PACK, sum(asked)) * PACK
