"""States, the half-open deadline, what the clock asks, reminders."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from foodorder.rules import cycle
from foodorder.rules.cycle import Action, State

OPENS = datetime(2025, 11, 21, 7, 0, tzinfo=UTC)
CLOSES = datetime(2025, 11, 27, 11, 0, tzinfo=UTC)
BEFORE = OPENS - timedelta(seconds=1)
DURING = OPENS + timedelta(days=1)
LAST = CLOSES - timedelta(microseconds=1)
LONG_AFTER = CLOSES + timedelta(days=30)


def test_a_cycle_walks_from_draft_to_settled():
    state = State.DRAFT
    for action in (Action.PLAN, Action.OPEN, Action.EXTEND, Action.CLOSE, Action.RECORD, Action.SETTLE):
        state = cycle.move(state, action)
    assert state is State.SETTLED


def test_every_move_outside_the_table_is_illegal():
    for state, action in product(State, Action):
        if (state, action) not in cycle.MOVES:
            with pytest.raises(cycle.IllegalMove):
                cycle.move(state, action)


@pytest.mark.parametrize("state", [State.CLOSED, State.RECORDED, State.SETTLED, State.CANCELLED])
def test_nothing_is_cancelled_once_it_is_closed(state):
    with pytest.raises(cycle.IllegalMove):
        cycle.move(state, Action.CANCEL)


@pytest.mark.parametrize("state", [State.SETTLED, State.CANCELLED])
def test_the_last_states_have_no_way_out(state):
    assert not [action for action in Action if (state, action) in cycle.MOVES]


def test_every_state_has_a_label():
    assert set(cycle.STATE_LABELS) == set(State)


@pytest.mark.parametrize(
    ("clock", "accepted"),
    [(BEFORE, False), (OPENS, True), (DURING, True), (LAST, True), (CLOSES, False), (LONG_AFTER, False)],
)
def test_the_interval_is_half_open(clock, accepted):
    assert cycle.accepts_orders(State.OPEN, OPENS, CLOSES, clock) is accepted


@pytest.mark.parametrize("state", [state for state in State if state is not State.OPEN])
def test_only_an_open_cycle_accepts_orders(state):
    assert not cycle.accepts_orders(state, OPENS, CLOSES, DURING)
    with pytest.raises(cycle.CycleNotOpen):
        cycle.check_accepts_orders(state, OPENS, CLOSES, DURING)


@pytest.mark.parametrize(
    ("state", "clock", "refusal"),
    [
        (State.OPEN, CLOSES, cycle.DeadlinePassed),
        (State.RECORDED, LONG_AFTER, cycle.DeadlinePassed),
        (State.PLANNED, BEFORE, cycle.CycleNotYetOpen),
        (State.CANCELLED, LONG_AFTER, cycle.CycleNotOpen),
        (State.DRAFT, DURING, cycle.CycleNotOpen),
    ],
)
def test_a_refused_order_is_told_the_reason(state, clock, refusal):
    with pytest.raises(refusal) as refused:
        cycle.check_accepts_orders(state, OPENS, CLOSES, clock)
    assert type(refused.value) is refusal


@pytest.mark.parametrize(
    ("state", "clock", "asked"),
    [
        (State.PLANNED, BEFORE, None),
        (State.PLANNED, OPENS, Action.OPEN),
        (State.PLANNED, LONG_AFTER, Action.OPEN),
        (State.OPEN, LAST, None),
        (State.OPEN, CLOSES, Action.CLOSE),
        (State.OPEN, LONG_AFTER, Action.CLOSE),
        (State.DRAFT, LONG_AFTER, None),
        (State.CLOSED, LONG_AFTER, None),
        (State.RECORDED, LONG_AFTER, None),
        (State.CANCELLED, LONG_AFTER, None),
    ],
)
def test_the_clock_asks_for_what_is_due_however_long_ago(state, clock, asked):
    assert cycle.next_action(state, OPENS, CLOSES, clock) is asked


def test_what_the_clock_asks_for_is_always_legal_and_comes_to_an_end():
    state = State.PLANNED
    done = []
    while (action := cycle.next_action(state, OPENS, CLOSES, LONG_AFTER)) is not None:
        state = cycle.move(state, action)
        done.append(action)
    assert done == [Action.OPEN, Action.CLOSE]


@pytest.mark.parametrize(
    ("before_close", "sent", "due"),
    [
        (timedelta(hours=25), (), None),
        (timedelta(hours=24), (), 24),
        (timedelta(hours=5), (24,), None),
        (timedelta(hours=2), (24,), 2),
        (timedelta(hours=1), (), 2),  # after an outage one message, not two
        (timedelta(hours=1), (24, 2), None),
        (timedelta(0), (), None),
    ],
)
def test_reminders_are_sent_once_and_never_after_the_deadline(before_close, sent, due):
    assert cycle.reminder_due(State.OPEN, OPENS, CLOSES, CLOSES - before_close, sent) == due


def test_a_reminder_from_before_the_opening_is_never_due():
    opens = CLOSES - timedelta(hours=10)
    assert cycle.reminder_due(State.OPEN, opens, CLOSES, opens, ()) is None
    assert cycle.reminder_due(State.OPEN, opens, CLOSES, CLOSES - timedelta(hours=2), ()) == 2


def test_a_deadline_only_ever_moves_later():
    cycle.check_extension(OPENS, CLOSES, CLOSES + timedelta(hours=1), DURING)
    for new in (CLOSES, CLOSES - timedelta(hours=1), DURING):
        with pytest.raises(cycle.NotAnExtension):
            cycle.check_extension(OPENS, CLOSES, new, DURING)
    with pytest.raises(cycle.NotAnExtension):
        cycle.check_extension(OPENS, CLOSES, CLOSES + timedelta(hours=1), LONG_AFTER)
    with pytest.raises(cycle.ClosesBeforeItOpens):
        cycle.check_extension(OPENS, CLOSES, OPENS, DURING)
