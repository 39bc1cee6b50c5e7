"""Claims: moves, the clock, outcomes, and what each does to the invoice."""

from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foodorder.rules.acceptance import AcceptReason
from foodorder.rules.claims import (
    CLAIM_KINDS,
    CLAIM_OUTCOMES,
    CLAIM_STATES,
    CLOSED_BY,
    KIND_OF_REASON,
    ClaimAction,
    Claimed,
    ClaimedTooMuch,
    ClaimKind,
    ClaimOutcome,
    ClaimState,
    CoveredTooMuch,
    IllegalClaimMove,
    NothingClaimed,
    NotYoursToClose,
    ReplacedTooMuch,
    ReplacementStillPossible,
    Side,
    check_claim,
    check_close,
    clock,
    effect,
    extra_cost,
    invoiceable,
    move,
)

REPLACED, CREDITED, COVERED = ClaimOutcome.REPLACED, ClaimOutcome.CREDITED, ClaimOutcome.COVERED
WITHDRAWN, REFUSED = ClaimOutcome.WITHDRAWN, ClaimOutcome.REFUSED
BUYER, SUPPLIER, COORDINATOR = Side.BUYER, Side.SUPPLIER, Side.COORDINATOR
SIX = datetime(2026, 11, 30, 5, 10, tzinfo=UTC)
HOUR = 60

LEGAL = {
    ("open", "promise"): "promised",
    ("open", "decline"): "declined",
    ("open", "contest"): "contested",
    ("promised", "decline"): "declined",
    ("contested", "promise"): "promised",
    ("contested", "decline"): "declined",
    ("open", "close"): "closed",
    ("promised", "close"): "closed",
    ("declined", "close"): "closed",
    ("contested", "close"): "closed",
}


@pytest.mark.parametrize(("state", "action"), list(product(ClaimState, ClaimAction)))
def test_every_move_is_in_the_table_or_refused(state, action):
    if (state.value, action.value) in LEGAL:
        assert move(state, action) == LEGAL[state.value, action.value]
    else:
        with pytest.raises(IllegalClaimMove):
            move(state, action)


@pytest.mark.parametrize(
    ("minutes_later", "left", "out"), [(0, 60, False), (45, 15, False), (60, 0, False), (61, -1, True)]
)
def test_the_clock_runs_an_hour(minutes_later, left, out):
    timer = clock(SIX, HOUR, SIX + timedelta(minutes=minutes_later))
    assert timer.due_at == SIX + timedelta(hours=1)
    assert (timer.left, timer.has_run_out) == (timedelta(minutes=left), out)


def test_an_hour_is_an_hour_on_the_night_of_the_change():
    """25 October 2026, 2:30 in Ljubljana comes twice: an hour later it is 2:30 again."""
    zone = ZoneInfo("Europe/Ljubljana")
    reported = datetime(2026, 10, 25, 2, 30, tzinfo=zone)
    assert clock(reported, HOUR, datetime(2026, 10, 25, 2, 45, fold=1, tzinfo=zone)).left == timedelta(
        minutes=-15
    )


@pytest.mark.parametrize(
    ("quantity", "refusal"),
    [(0, NothingClaimed), (-1, NothingClaimed), (1, None), (5_000, None), (5_001, ClaimedTooMuch)],
)
def test_how_much_can_be_claimed(quantity, refusal):
    if refusal is None:
        check_claim(quantity, 5_000, "KGM")
    else:
        with pytest.raises(refusal):
            check_claim(quantity, 5_000, "KGM")


@pytest.mark.parametrize(("result", "side"), list(product(ClaimOutcome, Side)))
def test_nobody_ends_a_claim_to_the_harm_of_the_other(result, side):
    allowed = {
        (REPLACED, BUYER),
        (CREDITED, SUPPLIER),
        (CREDITED, COORDINATOR),
        (COVERED, BUYER),
        (WITHDRAWN, BUYER),
        (REFUSED, COORDINATOR),
    }
    timer = clock(SIX, HOUR, SIX + timedelta(hours=2))
    claim = Claimed(5_000, was_accepted=False, outcome=result, replaced=5_000)
    if (result, side) in allowed:
        check_close(ClaimState.OPEN, claim, side, timer, "KGM")
    else:
        with pytest.raises(NotYoursToClose):
            check_close(ClaimState.OPEN, claim, side, timer, "KGM")


def test_a_claim_is_not_closed_without_an_outcome_nor_twice():
    timer = clock(SIX, HOUR, SIX)
    with pytest.raises(NotYoursToClose):
        check_close(ClaimState.OPEN, Claimed(5_000, was_accepted=True), BUYER, timer, "KGM")
    with pytest.raises(IllegalClaimMove):
        check_close(
            ClaimState.CLOSED, Claimed(5_000, was_accepted=True, outcome=WITHDRAWN), BUYER, timer, "KGM"
        )


@pytest.mark.parametrize(
    ("state", "minutes_later", "possible", "source"),
    [
        (ClaimState.OPEN, 59, False, "solskilonec.si: only when the supplier does not solve it in time"),
        (ClaimState.OPEN, 60, False, "the last instant is in time"),
        (ClaimState.OPEN, 61, True, "OŠ Semič: an hour"),
        (ClaimState.PROMISED, 30, False, "it may still come"),
        (ClaimState.PROMISED, 61, True, "promised and not brought"),
        (ClaimState.DECLINED, 1, True, "they said that they cannot"),
        (ClaimState.CONTESTED, 1, False, "they may still change their mind"),
    ],
)
def test_when_a_kitchen_may_buy_elsewhere(state, minutes_later, possible, source):
    timer = clock(SIX, HOUR, SIX + timedelta(minutes=minutes_later))
    claim = Claimed(5_000, was_accepted=False, outcome=COVERED)
    if possible:
        check_close(state, claim, BUYER, timer, "KGM")
    else:
        with pytest.raises(ReplacementStillPossible) as refused:
            check_close(state, claim, BUYER, timer, "KGM")
        assert refused.value.facts == {"due_at": SIX + timedelta(hours=1)}


@pytest.mark.parametrize(("replaced", "possible"), [(0, False), (1, True), (5_000, True), (5_001, False)])
def test_no_more_is_replaced_than_was_claimed(replaced, possible):
    claim = Claimed(5_000, was_accepted=False, outcome=REPLACED, replaced=replaced)
    timer = clock(SIX, HOUR, SIX)
    if possible:
        check_close(ClaimState.PROMISED, claim, BUYER, timer, "KGM")
    else:
        with pytest.raises(ReplacedTooMuch):
            check_close(ClaimState.PROMISED, claim, BUYER, timer, "KGM")


@pytest.mark.parametrize(
    ("was_accepted", "result", "replaced", "change"),
    [
        (False, None, 0, 0),
        (False, REPLACED, 5_000, 5_000),
        (False, REPLACED, 3_000, 3_000),
        (False, CREDITED, 0, 0),
        (False, COVERED, 0, 0),
        (False, WITHDRAWN, 0, 0),
        (False, REFUSED, 0, 0),
        (True, None, 0, -5_000),
        (True, REPLACED, 5_000, 0),
        (True, REPLACED, 3_000, -2_000),
        (True, CREDITED, 0, -5_000),
        (True, COVERED, 0, -5_000),
        (True, WITHDRAWN, 0, 0),
        (True, REFUSED, 0, 0),
    ],
)
def test_what_a_claim_does_to_the_invoice(was_accepted, result, replaced, change):
    assert effect(Claimed(5_000, was_accepted, result, replaced)) == change


CLAIMS = st.builds(
    lambda quantity, share, outcome: (quantity, quantity * share // 100, outcome),
    st.integers(1, 5_000),
    st.integers(0, 100),
    st.sampled_from([None, *ClaimOutcome]),
)


@given(st.lists(CLAIMS, max_size=3), st.lists(CLAIMS, max_size=3))
def test_never_more_than_delivered_and_never_below_nothing_is_invoiced(at_the_door, later):
    refused = sum(quantity for quantity, _, _ in at_the_door)
    accepted = sum(quantity for quantity, _, _ in later) + 1_000
    claims = [Claimed(q, was_accepted=False, outcome=o, replaced=r) for q, r, o in at_the_door]
    claims += [Claimed(q, was_accepted=True, outcome=o, replaced=r) for q, r, o in later]
    assert 1_000 <= invoiceable(accepted, claims) <= accepted + refused


@pytest.mark.parametrize(
    ("quantity", "paid", "extra", "why"),
    [
        (5_000, 1_400, 400, "5 kg for 14.00 instead of 10.00"),
        (5_000, 1_000, 0, "at the same price"),
        (5_000, 900, 0, "cheaper: nothing is owed to anybody"),
        (2_500, 700, 200, "only a half was found"),
    ],
)
def test_the_supplier_bears_what_a_cover_purchase_costs_more(quantity, paid, extra, why):
    claim = Claimed(5_000, was_accepted=False, outcome=COVERED)
    assert extra_cost(quantity, paid, 200, claim, "KGM") == extra, why


@pytest.mark.parametrize("quantity", [-1, 0, 5_001])
def test_no_more_than_the_claim_is_bought_at_the_suppliers_cost(quantity):
    with pytest.raises(CoveredTooMuch):
        extra_cost(quantity, 900, 200, Claimed(5_000, was_accepted=False), "KGM")


def test_everything_has_its_words():
    assert CLAIM_KINDS.keys() == set(ClaimKind)
    assert CLAIM_STATES.keys() == set(ClaimState)
    assert CLAIM_OUTCOMES.keys() == CLOSED_BY.keys() == set(ClaimOutcome)
    assert KIND_OF_REASON.keys() == set(AcceptReason)
