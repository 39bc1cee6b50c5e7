"""The delivery note (dobavnica): its states, what may be sent, and why something cannot be delivered.

One note is one stop of a producer on a day:

    draft → prepared → on_the_way → received
      └────────┴───────────┴────→ cancelled

`draft` may be corrected (quantities, lots); `prepared` is packed and may be opened again; a farmer who does
not press "on my way" is received all the same. What is received changes by acceptance only. Nothing is sent
above what was recorded, but for a small tolerance of goods that are weighed (dated row `delivery.tolerance`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from foodorder.rules.errors import N_, Amount, Refusal
from foodorder.rules.money import MILLI, WHOLE
from foodorder.rules.quantity import UNITS, NotWhole


class NoteState(StrEnum):
    """Where a delivery note stands."""

    DRAFT = "draft"
    PREPARED = "prepared"
    ON_THE_WAY = "on_the_way"
    RECEIVED = "received"
    CANCELLED = "cancelled"


class NoteAction(StrEnum):
    """What moves a delivery note."""

    PREPARE = "prepare"
    REOPEN = "reopen"
    LEAVE = "leave"
    RECEIVE = "receive"
    CANCEL = "cancel"


#: Every legal move; what is not here is refused.
MOVES: Mapping[tuple[NoteState, NoteAction], NoteState] = MappingProxyType(
    {
        (NoteState.DRAFT, NoteAction.PREPARE): NoteState.PREPARED,
        (NoteState.PREPARED, NoteAction.REOPEN): NoteState.DRAFT,
        (NoteState.PREPARED, NoteAction.LEAVE): NoteState.ON_THE_WAY,
        (NoteState.PREPARED, NoteAction.RECEIVE): NoteState.RECEIVED,
        (NoteState.ON_THE_WAY, NoteAction.RECEIVE): NoteState.RECEIVED,
        (NoteState.DRAFT, NoteAction.CANCEL): NoteState.CANCELLED,
        (NoteState.PREPARED, NoteAction.CANCEL): NoteState.CANCELLED,
        (NoteState.ON_THE_WAY, NoteAction.CANCEL): NoteState.CANCELLED,
    }
)

NOTE_STATES: Mapping[NoteState, str] = MappingProxyType(
    {
        NoteState.DRAFT: N_("In preparation"),
        NoteState.PREPARED: N_("Packed"),
        NoteState.ON_THE_WAY: N_("On the way"),
        NoteState.RECEIVED: N_("Received"),
        NoteState.CANCELLED: N_("Cancelled"),
    }
)


class ShortReason(StrEnum):
    """Why a producer cannot deliver all that was recorded."""

    FROST = "frost"
    HAIL = "hail"
    DROUGHT = "drought"
    RAIN = "rain"
    PEST = "pest"
    QUALITY = "quality"
    SMALL_HARVEST = "small_harvest"
    BREAKDOWN = "breakdown"
    ILLNESS = "illness"
    OTHER = "other"


SHORT_REASONS: Mapping[ShortReason, str] = MappingProxyType(
    {
        ShortReason.FROST: N_("Frost"),
        ShortReason.HAIL: N_("Hail"),
        ShortReason.DROUGHT: N_("Drought"),
        ShortReason.RAIN: N_("Too wet to harvest"),
        ShortReason.PEST: N_("Pests or disease"),
        ShortReason.QUALITY: N_("Not good enough to sell"),
        ShortReason.SMALL_HARVEST: N_("Less was harvested than expected"),
        ShortReason.BREAKDOWN: N_("A vehicle or machine broke down"),
        ShortReason.ILLNESS: N_("Illness or accident"),
        ShortReason.OTHER: N_("Another reason"),
    }
)


class IllegalNoteMove(Refusal):
    """A move that the table of moves does not know."""

    message = N_("The delivery note has moved on meanwhile, so this is no longer possible. Reload it.")

    def __init__(self, *, state: NoteState, action: NoteAction) -> None:
        self.state = state
        self.action = action
        super().__init__(state=state.value, action=action.value)


class NoteFrozen(Refusal):
    """A change of quantities or lots on a note that is packed, on its way or received."""

    message = N_("This delivery note is no longer in preparation. Open it again before you change it.")


class CameAlready(NoteFrozen):
    """A change of a note of which the kitchen has written already what came."""

    message = N_(
        "The kitchen has written already what came of this delivery, and that counts now. If something is"
        " wrong, ask the kitchen to correct it."
    )


class SentTooMuch(Refusal):
    """More on the note than was recorded, beyond the tolerance."""

    message = N_("%(recorded)s was ordered: send at most %(most)s, for no more is accepted or paid.")
    default_field = "quantity"


class NothingInLot(Refusal):
    """A lot without a quantity."""

    message = N_("Write how much there is of this lot, or take the lot out.")
    default_field = "quantity"


class LotMissing(Refusal):
    """Food of animal origin without its lot (Regulation (EU) 931/2011, art. 3(1)(g))."""

    message = N_("Food of animal origin travels with its lot: write it, as it stands on the package.")
    default_field = "lot"


class LotTwice(Refusal):
    """The same lot on two rows of a line."""

    message = N_("The lot “%(lot)s” stands here twice. Put both quantities into one row.")
    default_field = "lot"


class UseByPassed(Refusal):
    """Food whose use-by date is before the day of delivery (Regulation (EC) 178/2002, art. 14)."""

    message = N_("The use-by date %(use_by)s is before the delivery on %(delivery)s.")
    default_field = "use_by"


class ShortReasonMissing(Refusal):
    """Less than was recorded, and nobody says why."""

    message = N_("%(missing)s is missing. Say why it cannot be delivered.")
    default_field = "reason"


class ShortWordsMissing(Refusal):
    """Another reason, without words."""

    message = N_("Write in a few words why it cannot be delivered.")
    default_field = "words"


@dataclass(frozen=True, slots=True)
class SentLot:
    """What is sent of one lot: quantity in thousandths of the unit; `use_by` None: it has none."""

    quantity: int
    lot: str = ""
    use_by: date | None = None


@dataclass(frozen=True, slots=True)
class LineTerms:
    """What a line of a note is held to: recorded quantity (thousandths), the day, whether of animal origin.

    `tolerance_bp`: how much more than recorded may be sent of goods that are weighed, basis points.
    """

    recorded: int
    unit: str
    delivery_date: date
    animal_origin: bool
    tolerance_bp: int


def move(state: NoteState, action: NoteAction) -> NoteState:
    """The state after an action. Raises IllegalNoteMove when the table MOVES does not allow it."""
    try:
        return MOVES[state, action]
    except KeyError:
        raise IllegalNoteMove(state=state, action=action) from None


def check_editable(state: NoteState) -> None:
    """Refuse a change of quantities or lots on any note but a draft. Raises NoteFrozen."""
    if state is not NoteState.DRAFT:
        raise NoteFrozen


def tolerance(recorded: int, unit: str, tolerance_bp: int) -> int:
    """How far a sent quantity may be from the recorded one, thousandths, rounded down.

    Nobody cuts a cabbage or a cheese to the gram; but pieces are counted, so theirs is 0.
    """
    return recorded * tolerance_bp // WHOLE if UNITS[unit].divisible else 0


def sent_total(lots: Iterable[SentLot]) -> int:
    """What a line sends of all its lots, thousandths."""
    return sum(lot.quantity for lot in lots)


def check_lots(lots: Sequence[SentLot], terms: LineTerms) -> None:
    """Refuse lots that may not travel on a line; no lots at all: nothing is sent of it.

    Raises NothingInLot, NotWhole, LotMissing, LotTwice, UseByPassed or SentTooMuch.
    """
    seen: set[str] = set()
    for lot in lots:
        _check_lot(lot, terms)
        if lot.lot.strip().casefold() in seen:
            raise LotTwice(lot=lot.lot.strip())
        seen.add(lot.lot.strip().casefold())
    most = terms.recorded + tolerance(terms.recorded, terms.unit, terms.tolerance_bp)
    if sent_total(lots) > most:
        raise SentTooMuch(recorded=Amount(terms.recorded, terms.unit), most=Amount(most, terms.unit))


def _check_lot(lot: SentLot, terms: LineTerms) -> None:
    if lot.quantity <= 0:
        raise NothingInLot
    if not UNITS[terms.unit].divisible and lot.quantity % MILLI:
        raise NotWhole(field="quantity")
    if terms.animal_origin and not lot.lot.strip():
        raise LotMissing
    if lot.use_by is not None and lot.use_by < terms.delivery_date:
        raise UseByPassed(use_by=lot.use_by, delivery=terms.delivery_date)


def missing(sent: int, recorded: int) -> int:
    """What is not delivered of a line, thousandths; 0 when all of it or more."""
    return max(recorded - sent, 0)


def check_shortfall(sent: int, terms: LineTerms, reason: ShortReason | None, words: str = "") -> None:
    """Refuse a line that sends clearly less than was recorded without saying why.

    Within the tolerance nothing needs to be said. Raises ShortReasonMissing or ShortWordsMissing.
    """
    gap = missing(sent, terms.recorded)
    if gap <= tolerance(terms.recorded, terms.unit, terms.tolerance_bp):
        return
    if reason is None:
        raise ShortReasonMissing(missing=Amount(gap, terms.unit))
    if reason is ShortReason.OTHER and not words.strip():
        raise ShortWordsMissing
