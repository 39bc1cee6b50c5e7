"""What becomes of a difference that the three-way match found, and who may decide it.

    held → explained → released        noted: is seen, and holds nothing
      └──→ disputed ─────↑

Who explains does not release, and an invoice is approved by nobody who ordered or accepted what is on it
(`duties`). All that was ever held goes to the auditor.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

from foodorder.rules.errors import N_, NN_, Refusal
from foodorder.rules.matching import FindingState


class FindingAction(StrEnum):
    """What moves a finding."""

    EXPLAIN = "explain"
    DISPUTE = "dispute"
    #: The supplier's answer to a dispute; the buyer decides then.
    ANSWER = "answer"
    #: The buyer takes a dispute back.
    WITHDRAW = "withdraw"
    RELEASE = "release"
    #: A credit note, or goods that were accepted meanwhile, took the difference away.
    CORRECT = "correct"


class Hand(StrEnum):
    """Who acts."""

    KITCHEN = "kitchen"
    ACCOUNTANT = "accountant"
    SUPPLIER = "supplier"
    RULE = "rule"


_NOTED, _HELD, _EXPLAINED = FindingState.NOTED, FindingState.HELD, FindingState.EXPLAINED
_DISPUTED, _RELEASED = FindingState.DISPUTED, FindingState.RELEASED
#: Every legal move; what is not here is refused.
MOVES: Mapping[tuple[FindingState, FindingAction], FindingState] = MappingProxyType(
    {
        (_HELD, FindingAction.EXPLAIN): _EXPLAINED,
        (_HELD, FindingAction.DISPUTE): _DISPUTED,
        (_EXPLAINED, FindingAction.DISPUTE): _DISPUTED,
        (_EXPLAINED, FindingAction.RELEASE): _RELEASED,
        (_DISPUTED, FindingAction.ANSWER): _DISPUTED,
        (_DISPUTED, FindingAction.WITHDRAW): _HELD,
        (_NOTED, FindingAction.CORRECT): _RELEASED,
        (_HELD, FindingAction.CORRECT): _RELEASED,
        (_EXPLAINED, FindingAction.CORRECT): _RELEASED,
        (_DISPUTED, FindingAction.CORRECT): _RELEASED,
    }
)
#: Who may do what: the kitchen knows what came, the accountant what is paid, a rule sees credit notes.
DONE_BY: Mapping[FindingAction, frozenset[Hand]] = MappingProxyType(
    {
        FindingAction.EXPLAIN: frozenset({Hand.KITCHEN, Hand.ACCOUNTANT}),
        FindingAction.DISPUTE: frozenset({Hand.KITCHEN, Hand.ACCOUNTANT}),
        FindingAction.ANSWER: frozenset({Hand.SUPPLIER}),
        FindingAction.WITHDRAW: frozenset({Hand.KITCHEN, Hand.ACCOUNTANT}),
        FindingAction.RELEASE: frozenset({Hand.ACCOUNTANT}),
        FindingAction.CORRECT: frozenset({Hand.RULE}),
    }
)


class IllegalFindingMove(Refusal):
    """A move that the table of moves does not know, or another's."""

    message = N_("This difference was decided meanwhile, or somebody else decides it. Reload the invoice.")


class FindingWordsMissing(Refusal):
    """A decision about a difference without words."""

    message = N_("Write why: whoever reads it next year was not there.")
    default_field = "words"


class ExplainedThemselves(Refusal):
    """Whoever explained a difference releases it."""

    message = N_("You explained this difference yourself. Somebody else must release it.")


class OrderedThemselves(Refusal):
    """An approval for payment by who ordered the goods."""

    message = N_("You ordered what is on this invoice. Somebody else must approve its payment.")


class AcceptedThemselves(Refusal):
    """An approval for payment by who accepted the goods."""

    message = N_("You accepted what is on this invoice. Somebody else must approve its payment.")


class StillHeld(Refusal):
    """An approval of an invoice of which something is held."""

    message, plural = NN_(
        "%(count)s difference of this invoice is not cleared. Clear it before you approve the invoice.",
        "%(count)s differences of this invoice are not cleared. Clear them before you approve the invoice.",
    )


def decide(state: FindingState, action: FindingAction, hand: Hand, words: str) -> FindingState:
    """The state after a person's (or a rule's) decision. Raises IllegalFindingMove or FindingWordsMissing."""
    if (state, action) not in MOVES or hand not in DONE_BY[action]:
        raise IllegalFindingMove(state=state.value, action=action.value)
    if hand is not Hand.RULE and not words.strip():
        raise FindingWordsMissing
    return MOVES[state, action]


def check_release(person_id: int, explained_by: Collection[int]) -> None:
    """Refuse a release by who explained the difference (four eyes). Raises ExplainedThemselves."""
    if person_id in explained_by:
        raise ExplainedThemselves


def holding(states: Iterable[FindingState]) -> int:
    """How many findings hold an invoice back."""
    return sum(state not in (FindingState.NOTED, FindingState.RELEASED) for state in states)


def check_cleared(states: Sequence[FindingState]) -> None:
    """Refuse an approval while something is held. Raises StillHeld."""
    held = holding(states)
    if held:
        raise StillHeld(count=held)


def check_approval(person_id: int, ordered_by: Collection[int], accepted_by: Collection[int]) -> None:
    """Refuse an approval for payment by who ordered or accepted the goods (`duties.APART`).

    Raises OrderedThemselves or AcceptedThemselves.
    """
    if person_id in ordered_by:
        raise OrderedThemselves
    if person_id in accepted_by:
        raise AcceptedThemselves
