"""The ordering cycle: its states, its legal moves, and its deadline.

A cycle is one round of ordering for one week of deliveries:

    draft → planned → open → closed → recorded → settled
      └────────┴────────┴──→ cancelled

The state is stored, never derived from the clock; but orders are accepted only while the state is open *and*
the clock stands in [opens_at, closes_at). So it never matters whether the scheduler was late: a late close
lets no late order in. The weekly calendar that makes cycles ahead is in `calendar`.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from foodorder.rules.errors import N_, Refusal


class State(StrEnum):
    """Where a cycle stands."""

    DRAFT = "draft"
    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"
    RECORDED = "recorded"
    SETTLED = "settled"
    CANCELLED = "cancelled"


class Action(StrEnum):
    """What moves a cycle."""

    PLAN = "plan"
    OPEN = "open"
    EXTEND = "extend"
    CLOSE = "close"
    RECORD = "record"
    SETTLE = "settle"
    CANCEL = "cancel"


#: Every legal move; what is not here is refused. Closing and recording happen in one transaction: `closed`
#: alone is seen only when recording failed and waits for a person.
MOVES: Mapping[tuple[State, Action], State] = MappingProxyType(
    {
        (State.DRAFT, Action.PLAN): State.PLANNED,
        (State.PLANNED, Action.OPEN): State.OPEN,
        (State.PLANNED, Action.EXTEND): State.PLANNED,
        (State.OPEN, Action.EXTEND): State.OPEN,
        (State.OPEN, Action.CLOSE): State.CLOSED,
        (State.CLOSED, Action.RECORD): State.RECORDED,
        (State.RECORDED, Action.SETTLE): State.SETTLED,
        (State.DRAFT, Action.CANCEL): State.CANCELLED,
        (State.PLANNED, Action.CANCEL): State.CANCELLED,
        (State.OPEN, Action.CANCEL): State.CANCELLED,
    }
)

STATE_LABELS: Mapping[State, str] = MappingProxyType(
    {
        State.DRAFT: N_("draft"),
        State.PLANNED: N_("planned"),
        State.OPEN: N_("open"),
        State.CLOSED: N_("closed"),
        State.RECORDED: N_("recorded"),
        State.SETTLED: N_("settled"),
        State.CANCELLED: N_("cancelled"),
    }
)

#: Those who have not ordered are reminded so many hours before the deadline.
REMINDER_HOURS = (24, 2)


class IllegalMove(Refusal):
    """A move that the table of moves does not know."""

    message = N_("The cycle has moved on meanwhile, so this is no longer possible. Reload the page.")

    def __init__(self, *, state: State, action: Action) -> None:
        self.state = state
        self.action = action
        super().__init__(state=state.value, action=action.value)


class CycleNotOpen(Refusal):
    """An order for a cycle that is not open, for another reason than its deadline."""

    message = N_("This cycle is not open for orders.")


class CycleNotYetOpen(CycleNotOpen):
    """An order before the cycle opens."""

    message = N_("This cycle opens on %(opens_at)s.")


class DeadlinePassed(CycleNotOpen):
    """An order at or after the deadline."""

    message = N_("The deadline was %(closes_at)s. Nothing you typed is lost: it is kept as a draft.")


class ClosesBeforeItOpens(Refusal):
    """A cycle whose deadline is not after its opening."""

    message = N_("The deadline must be after the opening.")
    default_field = "closes_at"


class NotAnExtension(Refusal):
    """A new deadline that is not later than the old one and the clock."""

    message = N_("The new deadline must be later than %(closes_at)s and still ahead.")
    default_field = "closes_at"


def move(state: State, action: Action) -> State:
    """The state after an action.

    Raises IllegalMove when the table MOVES does not allow it.
    """
    try:
        return MOVES[state, action]
    except KeyError:
        raise IllegalMove(state=state, action=action) from None


def accepts_orders(state: State, opens_at: datetime, closes_at: datetime, clock: datetime) -> bool:
    """Whether an order is accepted now: state open, and the clock in [opens_at, closes_at)."""
    return state is State.OPEN and opens_at <= clock < closes_at


def check_accepts_orders(state: State, opens_at: datetime, closes_at: datetime, clock: datetime) -> None:
    """Refuse an order that `accepts_orders` does not accept, and say why.

    A cycle that is planned and due counts as not open: open it first, by the same rule as the scheduler.
    Raises DeadlinePassed, CycleNotYetOpen or CycleNotOpen.
    """
    if accepts_orders(state, opens_at, closes_at, clock):
        return
    if state is not State.CANCELLED and clock >= closes_at:
        raise DeadlinePassed(closes_at=closes_at)
    if state in (State.PLANNED, State.OPEN) and clock < opens_at:
        raise CycleNotYetOpen(opens_at=opens_at)
    raise CycleNotOpen


def check_extension(
    opens_at: datetime, closes_at: datetime, new_closes_at: datetime, clock: datetime
) -> None:
    """Refuse a new deadline that would shorten the cycle or that has passed already.

    Raises NotAnExtension, or ClosesBeforeItOpens.
    """
    if new_closes_at <= opens_at:
        raise ClosesBeforeItOpens
    if new_closes_at <= closes_at or new_closes_at <= clock:
        raise NotAnExtension(closes_at=closes_at)


def next_action(state: State, opens_at: datetime, closes_at: datetime, clock: datetime) -> Action | None:
    """What the clock asks of a cycle now, however long ago it fell due: open, close, or nothing.

    A cycle that was missed altogether is opened first and closed at the next asking, so that every move is
    made and recorded in its order. A `closed` cycle waits for a person, not for the clock.
    """
    if state is State.PLANNED and clock >= opens_at:
        return Action.OPEN
    if state is State.OPEN and clock >= closes_at:
        return Action.CLOSE
    return None


def reminder_due(
    state: State, opens_at: datetime, closes_at: datetime, clock: datetime, sent: Collection[int]
) -> int | None:
    """Which reminder is due: its hours before the deadline (of REMINDER_HOURS), or None.

    `sent` holds the hours of reminders sent already. After an outage only the latest one due is sent, never
    two at once. A reminder whose time was before the opening is never due.
    """
    if not accepts_orders(state, opens_at, closes_at, clock):
        return None
    due = [hours for hours in REMINDER_HOURS if opens_at < closes_at - timedelta(hours=hours) <= clock]
    latest = min(due, default=None)
    return latest if latest is not None and latest not in sent else None
