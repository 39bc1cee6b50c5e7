"""What becomes of a flag, and who may do what with it.

    open → explained → confirmed | dismissed        whatever was decided can be opened again
      └────────────────→

An auditor decides. The coordinator is asked, answers once, and sees only what they were asked about: a flag
may be about their own work.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from foodorder.rules.errors import N_, Refusal


class FlagState(StrEnum):
    """`open` undecided; `explained` there is a reason; `confirmed` something was wrong; `dismissed` not."""

    OPEN = "open"
    EXPLAINED = "explained"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


class FlagAction(StrEnum):
    """What a person does with a flag."""

    NOTE = "note"
    ASK = "ask"
    ANSWER = "answer"
    EXPLAIN = "explain"
    CONFIRM = "confirm"
    DISMISS = "dismiss"
    REOPEN = "reopen"


class FlagHand(StrEnum):
    """Who acts."""

    AUDITOR = "auditor"
    COORDINATOR = "coordinator"


_OPEN, _EXPLAINED = FlagState.OPEN, FlagState.EXPLAINED
_CONFIRMED, _DISMISSED = FlagState.CONFIRMED, FlagState.DISMISSED
#: Every legal move; what is not here is refused.
MOVES: Mapping[tuple[FlagState, FlagAction], FlagState] = MappingProxyType(
    {
        **{(state, FlagAction.NOTE): state for state in FlagState},
        (_OPEN, FlagAction.ASK): _OPEN,
        (_EXPLAINED, FlagAction.ASK): _EXPLAINED,
        (_OPEN, FlagAction.ANSWER): _EXPLAINED,
        (_EXPLAINED, FlagAction.ANSWER): _EXPLAINED,
        # Decided without waiting for the answer: it is still wanted, and changes nothing by itself.
        (_CONFIRMED, FlagAction.ANSWER): _CONFIRMED,
        (_DISMISSED, FlagAction.ANSWER): _DISMISSED,
        (_OPEN, FlagAction.EXPLAIN): _EXPLAINED,
        (_OPEN, FlagAction.CONFIRM): _CONFIRMED,
        (_EXPLAINED, FlagAction.CONFIRM): _CONFIRMED,
        (_OPEN, FlagAction.DISMISS): _DISMISSED,
        (_EXPLAINED, FlagAction.DISMISS): _DISMISSED,
        (_EXPLAINED, FlagAction.REOPEN): _OPEN,
        (_CONFIRMED, FlagAction.REOPEN): _OPEN,
        (_DISMISSED, FlagAction.REOPEN): _OPEN,
    }
)
#: States in which what a rule finds again replaces what it found before; what was decided about stays.
UNDECIDED = frozenset({_OPEN, _EXPLAINED})

FLAG_STATES: Mapping[FlagState, str] = MappingProxyType(
    {
        _OPEN: N_("open"),
        _EXPLAINED: N_("with an explanation"),
        _CONFIRMED: N_("confirmed"),
        _DISMISSED: N_("dismissed"),
    }
)
FLAG_ACTIONS: Mapping[FlagAction, str] = MappingProxyType(
    {
        FlagAction.NOTE: N_("Note"),
        FlagAction.ASK: N_("Asked the coordinator"),
        FlagAction.ANSWER: N_("Answered"),
        FlagAction.EXPLAIN: N_("Explained"),
        FlagAction.CONFIRM: N_("Confirmed"),
        FlagAction.DISMISS: N_("Dismissed"),
        FlagAction.REOPEN: N_("Opened again"),
    }
)
#: The same as something that is still to be done.
FLAG_CHOICES: Mapping[FlagAction, str] = MappingProxyType(
    {
        FlagAction.NOTE: N_("Only add a note"),
        FlagAction.ASK: N_("Ask the coordinator for an explanation"),
        FlagAction.EXPLAIN: N_("There is an explanation"),
        FlagAction.CONFIRM: N_("Confirm: something was not right"),
        FlagAction.DISMISS: N_("Dismiss: nothing was wrong"),
        FlagAction.REOPEN: N_("Open it again"),
    }
)


class IllegalFlagMove(Refusal):
    """A move that the table of moves does not know, or another's."""

    message = N_(
        "Somebody decided about this flag meanwhile, or it is not yours to decide. Load the page again."
    )


class FlagWordsMissing(Refusal):
    """A decision about a flag without words."""

    message = N_("Write why: whoever reads this flag in a year was not there.")
    default_field = "words"


class NotAsked(Refusal):
    """An answer to a question that nobody asked, or that was answered."""

    message = N_("Nobody waits for your answer about this flag.")


def decide(state: FlagState, action: FlagAction, hand: FlagHand, words: str, *, waits: bool) -> FlagState:
    """The state after what a person does. `waits`: the coordinator was asked and has not answered.

    Raises IllegalFlagMove, FlagWordsMissing, NotAsked.
    """
    own = FlagHand.COORDINATOR if action is FlagAction.ANSWER else FlagHand.AUDITOR
    if (state, action) not in MOVES or hand is not own or (action is FlagAction.ASK and waits):
        raise IllegalFlagMove(state=state.value, action=action.value)
    if action is FlagAction.ANSWER and not waits:
        raise NotAsked
    if not words.strip():
        raise FlagWordsMissing
    return MOVES[state, action]


def choices(state: FlagState, *, waits: bool) -> tuple[FlagAction, ...]:
    """What an auditor can do with a flag, in the order in which it is offered."""
    return tuple(
        action
        for action in FLAG_CHOICES
        if (state, action) in MOVES and not (action is FlagAction.ASK and waits)
    )
