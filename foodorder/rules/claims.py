"""Claims (reklamacije): what is wrong with a delivery, until when it can be mended, and what it comes to.

A claim is made at the door, for what was not accepted, or later, for what turned out bad after it was. The
supplier has the agreed minutes to replace it (a usual term of tenders: one hour, OŠ Semič). If they do not,
the kitchen buys elsewhere and the supplier bears what that costs more (kritni kup; solskilonec.si). Nothing
of an open claim is invoiced.

    open → promised → closed        `declined`: the supplier cannot replace it;
      ├──→ declined ──→ closed      `contested`: the supplier says that the goods were right.
      └──→ contested ─→ closed
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from foodorder.rules.acceptance import AcceptReason
from foodorder.rules.errors import N_, Amount, Refusal
from foodorder.rules.money import line_net


class ClaimKind(StrEnum):
    """What is wrong."""

    MISSING = "missing"
    QUALITY = "quality"
    TEMPERATURE = "temperature"
    LABEL = "label"
    WRONG_GOODS = "wrong_goods"
    #: Found only when it was opened, cut or cooked.
    HIDDEN = "hidden"
    OTHER = "other"


class ClaimState(StrEnum):
    """Where a claim stands."""

    OPEN = "open"
    PROMISED = "promised"
    DECLINED = "declined"
    CONTESTED = "contested"
    CLOSED = "closed"


class ClaimAction(StrEnum):
    """What moves a claim; all but closing are the supplier's answers."""

    PROMISE = "promise"
    DECLINE = "decline"
    CONTEST = "contest"
    CLOSE = "close"


class ClaimOutcome(StrEnum):
    """How a claim ended."""

    REPLACED = "replaced"
    CREDITED = "credited"
    COVERED = "covered"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"


class Side(StrEnum):
    """Who speaks."""

    BUYER = "buyer"
    SUPPLIER = "supplier"
    COORDINATOR = "coordinator"


CLAIM_KINDS: Mapping[ClaimKind, str] = MappingProxyType(
    {
        ClaimKind.MISSING: N_("Missing or too little"),
        ClaimKind.QUALITY: N_("Spoiled or of poor quality"),
        ClaimKind.TEMPERATURE: N_("Wrong temperature"),
        ClaimKind.LABEL: N_("Label, papers or packaging"),
        ClaimKind.WRONG_GOODS: N_("Not what was ordered"),
        ClaimKind.HIDDEN: N_("Found to be bad after acceptance"),
        ClaimKind.OTHER: N_("Something else"),
    }
)
CLAIM_STATES: Mapping[ClaimState, str] = MappingProxyType(
    {
        ClaimState.OPEN: N_("Waits for the supplier"),
        ClaimState.PROMISED: N_("A replacement is promised"),
        ClaimState.DECLINED: N_("The supplier cannot replace it"),
        ClaimState.CONTESTED: N_("The supplier does not agree"),
        ClaimState.CLOSED: N_("Closed"),
    }
)
CLAIM_OUTCOMES: Mapping[ClaimOutcome, str] = MappingProxyType(
    {
        ClaimOutcome.REPLACED: N_("Replaced: what was replaced is paid as agreed."),
        ClaimOutcome.CREDITED: N_("Credited: it is not paid."),
        ClaimOutcome.COVERED: N_("Bought elsewhere: it is not paid, and the supplier bears the extra cost."),
        ClaimOutcome.WITHDRAWN: N_("Withdrawn by the kitchen."),
        ClaimOutcome.REFUSED: N_("Not upheld by the coordinator."),
    }
)
#: The kind of the claim that follows from what the kitchen said at the door.
KIND_OF_REASON: Mapping[AcceptReason, ClaimKind] = MappingProxyType(
    {
        AcceptReason.MISSING: ClaimKind.MISSING,
        AcceptReason.LESS: ClaimKind.MISSING,
        AcceptReason.QUALITY: ClaimKind.QUALITY,
        AcceptReason.TEMPERATURE: ClaimKind.TEMPERATURE,
        AcceptReason.USE_BY: ClaimKind.QUALITY,
        AcceptReason.PACKAGING: ClaimKind.LABEL,
        AcceptReason.LABEL: ClaimKind.LABEL,
        AcceptReason.WRONG_GOODS: ClaimKind.WRONG_GOODS,
        AcceptReason.LATE: ClaimKind.OTHER,
        AcceptReason.OTHER: ClaimKind.OTHER,
    }
)

_OPEN, _PROMISED = ClaimState.OPEN, ClaimState.PROMISED
_DECLINED, _CONTESTED, _CLOSED = ClaimState.DECLINED, ClaimState.CONTESTED, ClaimState.CLOSED
#: Every legal move; what is not here is refused.
MOVES: Mapping[tuple[ClaimState, ClaimAction], ClaimState] = MappingProxyType(
    {
        (_OPEN, ClaimAction.PROMISE): _PROMISED,
        (_OPEN, ClaimAction.DECLINE): _DECLINED,
        (_OPEN, ClaimAction.CONTEST): _CONTESTED,
        (_PROMISED, ClaimAction.DECLINE): _DECLINED,
        (_CONTESTED, ClaimAction.PROMISE): _PROMISED,
        (_CONTESTED, ClaimAction.DECLINE): _DECLINED,
        (_OPEN, ClaimAction.CLOSE): _CLOSED,
        (_PROMISED, ClaimAction.CLOSE): _CLOSED,
        (_DECLINED, ClaimAction.CLOSE): _CLOSED,
        (_CONTESTED, ClaimAction.CLOSE): _CLOSED,
    }
)
#: Who may end a claim how: nobody says for the other side what is to the other's harm.
CLOSED_BY: Mapping[ClaimOutcome, frozenset[Side]] = MappingProxyType(
    {
        ClaimOutcome.REPLACED: frozenset({Side.BUYER}),
        ClaimOutcome.CREDITED: frozenset({Side.SUPPLIER, Side.COORDINATOR}),
        ClaimOutcome.COVERED: frozenset({Side.BUYER}),
        ClaimOutcome.WITHDRAWN: frozenset({Side.BUYER}),
        ClaimOutcome.REFUSED: frozenset({Side.COORDINATOR}),
    }
)


class IllegalClaimMove(Refusal):
    """A move that the table of moves does not know."""

    message = N_("The claim has moved on meanwhile, so this is no longer possible. Reload it.")


class NotYoursToClose(Refusal):
    """An outcome that only the other side may state."""

    message = N_("You cannot end the claim in this way; the other side can.")


class NothingClaimed(Refusal):
    """A claim for nothing."""

    message = N_("Write how much the claim is for.")
    default_field = "quantity"


class ClaimedTooMuch(Refusal):
    """A claim for more than there is."""

    message = N_("The claim can be for %(most)s at most.")
    default_field = "quantity"


class ReplacedTooMuch(Refusal):
    """A replacement of more than the claim, or of nothing."""

    message = N_("Between nothing and %(claimed)s was replaced. More needs an order.")
    default_field = "replaced"


class ReplacementStillPossible(Refusal):
    """A cover purchase while the supplier may still replace the goods."""

    message = N_("The supplier can still replace it until %(due_at)s. After that you may buy elsewhere.")


class CoveredTooMuch(Refusal):
    """A cover purchase of more than the claim, or of nothing."""

    message = N_("At most %(claimed)s may be bought elsewhere at the supplier's cost.")
    default_field = "quantity"


@dataclass(frozen=True, slots=True)
class Clock:
    """Until when a replacement is in time, and how far that is: below zero when it has passed."""

    due_at: datetime
    left: timedelta

    @property
    def has_run_out(self) -> bool:
        """Whether the agreed time has passed; the last instant is still in time."""
        return self.left < timedelta(0)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim on a line: quantity (thousandths), whether it was accepted first, how it ended (None: open).

    `replaced`: what came as a replacement and was accepted, of a claim that ended so. Where the replacement
    is a delivered line with an acceptance of its own, it is invoiced there: give 0 to reckon the effect.
    """

    quantity: int
    was_accepted: bool
    outcome: ClaimOutcome | None = None
    replaced: int = 0


def move(state: ClaimState, action: ClaimAction) -> ClaimState:
    """The state after an action. Raises IllegalClaimMove."""
    try:
        return MOVES[state, action]
    except KeyError:
        raise IllegalClaimMove(state=state.value, action=action.value) from None


def clock(reported_at: datetime, agreed_minutes: int, now: datetime) -> Clock:
    """The clock of a claim, counted in real time: an hour is an hour on the night of the change, too."""
    due_at = reported_at.astimezone(UTC) + timedelta(minutes=agreed_minutes)
    return Clock(due_at, due_at - now.astimezone(UTC))


def check_claim(quantity: int, most: int, unit: str) -> None:
    """Refuse a claim for nothing, or for more than `most`: what was refused, or accepted and not claimed yet.

    Raises NothingClaimed or ClaimedTooMuch.
    """
    if quantity <= 0:
        raise NothingClaimed
    if quantity > most:
        raise ClaimedTooMuch(most=Amount(most, unit))


def check_close(state: ClaimState, claim: Claimed, side: Side, timer: Clock, unit: str) -> None:
    """Refuse an end of a claim (its outcome is in `claim`) that this side may not state, or not yet.

    Raises IllegalClaimMove, NotYoursToClose, ReplacedTooMuch or ReplacementStillPossible.
    """
    move(state, ClaimAction.CLOSE)
    if claim.outcome is None or side not in CLOSED_BY[claim.outcome]:
        raise NotYoursToClose
    if claim.outcome is ClaimOutcome.REPLACED and not 0 < claim.replaced <= claim.quantity:
        raise ReplacedTooMuch(claimed=Amount(claim.quantity, unit))
    waits = state is not ClaimState.DECLINED and not timer.has_run_out
    if claim.outcome is ClaimOutcome.COVERED and waits:
        raise ReplacementStillPossible(due_at=timer.due_at)


def effect(claim: Claimed) -> int:
    """By how much a claim changes what may be invoiced of its line, thousandths.

    What was refused at the door was never counted: only a replacement adds to it. What was accepted first
    counts no more while the claim is open, nor after it was credited or covered; what was replaced counts
    again, and all of it when the claim is withdrawn or not upheld.
    """
    before = claim.quantity if claim.was_accepted else 0
    if claim.outcome is ClaimOutcome.REPLACED:
        return claim.replaced - before
    return -before if stands(claim) else 0


def invoiceable(accepted: int, claims: Iterable[Claimed]) -> int:
    """What may be invoiced of a line: what was accepted, and what its claims take from it or add to it."""
    return accepted + sum(effect(claim) for claim in claims)


def stands(claim: Claimed) -> bool:
    """Whether a claim is open or was upheld, in whatever way it ended."""
    return claim.outcome not in (ClaimOutcome.WITHDRAWN, ClaimOutcome.REFUSED)


def extra_cost(quantity: int, paid_cents: int, agreed_price_cents: int, claim: Claimed, unit: str) -> int:
    """What the supplier bears of a cover purchase, net cents: its cost above the agreed price, never below 0.

    `paid_cents`: net, for all of `quantity` (thousandths). Raises CoveredTooMuch.
    """
    if not 0 < quantity <= claim.quantity:
        raise CoveredTooMuch(claimed=Amount(claim.quantity, unit))
    return max(paid_cents - line_net(agreed_price_cents, quantity), 0)
