"""Words of Stripe in any order, and money that belongs on an invoice."""

from datetime import UTC, datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foodorder.rules.cards import (
    BACK_STATES,
    ENDS,
    INTENT_STATES,
    METHODS,
    BackState,
    IntentState,
    Method,
    RefundTooMuch,
    Word,
    belongs,
    check_refund,
    later,
    later_back,
)

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
WORDS = st.builds(
    Word, st.sampled_from(IntentState), st.integers(0, 3).map(lambda hours: NOON + timedelta(hours=hours))
)
NOTHING = Word(IntentState.ASKED, None)


def test_every_state_has_its_words():
    assert set(INTENT_STATES) == set(IntentState)
    assert set(BACK_STATES) == set(BackState)
    assert set(METHODS) == set(Method)


@given(st.lists(WORDS, min_size=1), st.randoms())
def test_the_order_in_which_words_come_changes_nothing(words, chance):
    mixed = [*words, chance.choice(words)]
    chance.shuffle(mixed)
    assert reduce(later, mixed, NOTHING).state == reduce(later, words, NOTHING).state


@given(st.lists(WORDS), st.lists(WORDS))
def test_what_is_paid_stays_paid(before, after):
    paid = Word(IntentState.SUCCEEDED, NOON)
    assert reduce(later, [*before, paid, *after], NOTHING).state is IntentState.SUCCEEDED


def test_a_debit_that_failed_is_not_under_way_again_by_a_late_word():
    going = Word(IntentState.PROCESSING, NOON)
    failed = Word(IntentState.REQUIRES_PAYMENT_METHOD, NOON + timedelta(days=3))
    assert later(failed, going) == later(going, failed) == failed
    same = Word(IntentState.REQUIRES_PAYMENT_METHOD, NOON)
    assert later(same, going) == later(going, same) == same
    again = Word(IntentState.PROCESSING, NOON + timedelta(days=4))
    assert later(failed, again) == again


def test_only_paid_and_cancelled_are_ends():
    assert {IntentState.SUCCEEDED, IntentState.CANCELED} == ENDS


def test_a_refund_that_failed_is_not_given_back_by_a_late_word():
    assert later_back(BackState.FAILED, BackState.SUCCEEDED) is BackState.FAILED
    assert later_back(BackState.PENDING, BackState.SUCCEEDED) is BackState.SUCCEEDED
    assert later_back(BackState.SUCCEEDED, BackState.PENDING) is BackState.SUCCEEDED


@given(st.integers(1, 10_000), st.integers(0, 10_000), st.integers(-500, 10_000))
def test_never_more_belongs_on_the_invoice_than_it_holds_and_than_is_there(taken, back, ceiling):
    found = belongs(taken, min(back, taken), ceiling)
    assert 0 <= found <= taken - min(back, taken)
    assert found <= max(ceiling, 0)


def test_an_excess_goes_back_first():
    assert belongs(1_000, 0, 700) == 700
    assert belongs(1_000, 300, 700) == 700
    assert belongs(1_000, 400, 700) == 600


def test_no_more_is_given_back_than_was_taken():
    check_refund(700, 1_000, 300)
    for amount in (701, 0, -1):
        with pytest.raises(RefundTooMuch):
            check_refund(amount, 1_000, 300)
