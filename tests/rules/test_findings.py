"""What becomes of a difference, who decides it, and who approves the payment."""

from itertools import product

import pytest

from foodorder.rules.duties import APART, Duty
from foodorder.rules.findings import (
    DONE_BY,
    MOVES,
    AcceptedThemselves,
    ExplainedThemselves,
    FindingAction,
    FindingWordsMissing,
    Hand,
    IllegalFindingMove,
    OrderedThemselves,
    StillHeld,
    check_approval,
    check_cleared,
    check_release,
    decide,
    holding,
)
from foodorder.rules.matching import FindingState

LEGAL = {
    ("held", "explain"): "explained",
    ("held", "dispute"): "disputed",
    ("explained", "dispute"): "disputed",
    ("explained", "release"): "released",
    ("disputed", "answer"): "disputed",
    ("disputed", "withdraw"): "held",
    ("noted", "correct"): "released",
    ("held", "correct"): "released",
    ("explained", "correct"): "released",
    ("disputed", "correct"): "released",
}
WHO = {
    "explain": {"kitchen", "accountant"},
    "dispute": {"kitchen", "accountant"},
    "answer": {"supplier"},
    "withdraw": {"kitchen", "accountant"},
    "release": {"accountant"},
    "correct": {"rule"},
}


@pytest.mark.parametrize(("state", "action", "hand"), list(product(FindingState, FindingAction, Hand)))
def test_every_decision_is_in_the_table_and_in_the_right_hand_or_refused(state, action, hand):
    if (state.value, action.value) in LEGAL and hand.value in WHO[action.value]:
        assert decide(state, action, hand, "weighed again") == LEGAL[state.value, action.value]
    else:
        with pytest.raises(IllegalFindingMove):
            decide(state, action, hand, "weighed again")


def test_every_decision_of_a_person_has_its_words():
    for (state, action), after in MOVES.items():
        for hand in DONE_BY[action]:
            if hand is Hand.RULE:
                assert decide(state, action, hand, "") is after
            else:
                with pytest.raises(FindingWordsMissing):
                    decide(state, action, hand, "  ")


def test_nothing_leaves_what_is_released_and_nobody_decides_what_is_only_noted():
    assert not {state for state, _ in MOVES} & {FindingState.RELEASED}
    assert {action for (state, action) in MOVES if state is FindingState.NOTED} == {FindingAction.CORRECT}


def test_a_dispute_is_never_simply_released():
    assert {action for (state, action) in MOVES if state is FindingState.DISPUTED} == {
        FindingAction.ANSWER,
        FindingAction.WITHDRAW,
        FindingAction.CORRECT,
    }


def test_who_explained_does_not_release():
    check_release(1, {2, 3})
    check_release(1, set())
    with pytest.raises(ExplainedThemselves):
        check_release(1, {1, 2})


@pytest.mark.parametrize(
    ("states", "count"),
    [
        ([], 0),
        ([FindingState.NOTED, FindingState.RELEASED], 0),
        ([FindingState.HELD], 1),
        ([FindingState.EXPLAINED, FindingState.DISPUTED, FindingState.RELEASED], 2),
    ],
)
def test_nothing_held_is_approved(states, count):
    assert holding(states) == count
    if count == 0:
        check_cleared(states)
        return
    with pytest.raises(StillHeld) as refused:
        check_cleared(states)
    assert refused.value.facts == {"count": count}


def test_nobody_approves_what_they_ordered_or_accepted():
    """As rules/duties.py keeps the duties apart (domain.md §3.3, four eyes)."""
    check_approval(1, {2}, {3})
    with pytest.raises(OrderedThemselves):
        check_approval(1, {1, 2}, {3})
    with pytest.raises(AcceptedThemselves):
        check_approval(1, {2}, {1})
    assert {(Duty.ORDER, Duty.APPROVE_INVOICE), (Duty.ACCEPT, Duty.APPROVE_INVOICE)} <= APART.keys()
