"""Acceptance (prevzem) at the kitchen's door: what is taken, what is not and why, and who may correct it.

Accepted is never above delivered, and only the net weight is paid. What is not accepted needs a reason. Two
people with two phones never overwrite each other: whoever writes names the version of the line that they
saw. The temperature is judged in `temperature`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from foodorder.rules.errors import N_, Amount, Refusal, Weight
from foodorder.rules.money import MILLI
from foodorder.rules.quantity import UNITS, Negative, NotWhole, grams


class Outcome(StrEnum):
    """What became of a line."""

    ACCEPTED = "accepted"
    PARTLY = "partly"
    REFUSED = "refused"


class AcceptReason(StrEnum):
    """Why not all that was delivered is accepted."""

    #: It is not there at all.
    MISSING = "missing"
    LESS = "less"
    QUALITY = "quality"
    TEMPERATURE = "temperature"
    USE_BY = "use_by"
    PACKAGING = "packaging"
    LABEL = "label"
    WRONG_GOODS = "wrong_goods"
    LATE = "late"
    OTHER = "other"


OUTCOMES: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.ACCEPTED: N_("Accepted"),
        Outcome.PARTLY: N_("Accepted in part"),
        Outcome.REFUSED: N_("Not accepted"),
    }
)
#: What is looked at when goods arrive (solskilonec.si: quantity, quality, label, use-by, packaging,
#: temperature, senses).
ACCEPT_REASONS: Mapping[AcceptReason, str] = MappingProxyType(
    {
        AcceptReason.MISSING: N_("It did not come"),
        AcceptReason.LESS: N_("Less than on the delivery note"),
        AcceptReason.QUALITY: N_("Spoiled or of poor quality"),
        AcceptReason.TEMPERATURE: N_("Wrong temperature"),
        AcceptReason.USE_BY: N_("Use-by date too short or passed"),
        AcceptReason.PACKAGING: N_("Damaged or dirty packaging"),
        AcceptReason.LABEL: N_("Label or papers missing or wrong"),
        AcceptReason.WRONG_GOODS: N_("Not what was ordered"),
        AcceptReason.LATE: N_("It came too late"),
        AcceptReason.OTHER: N_("Something else"),
    }
)


class AcceptedTooMuch(Refusal):
    """More accepted than stands on the delivery note."""

    message = N_("%(delivered)s stands on the delivery note: no more can be accepted or paid.")
    default_field = "accepted"


class AcceptReasonMissing(Refusal):
    """Less accepted than delivered, without a reason."""

    message = N_("%(missing)s is not accepted. Say why.")
    default_field = "reason"


class AcceptWordsMissing(Refusal):
    """Something else, without words."""

    message = N_("Write in a few words what is wrong.")
    default_field = "words"


class NothingCame(Refusal):
    """“It did not come” beside a quantity that was accepted."""

    message = N_("A part of it was accepted, so it did come. Choose “less than on the delivery note”.")
    default_field = "reason"


class TareAboveGross(Refusal):
    """Empty packaging that weighs as much as the full one."""

    message = N_("The packaging cannot weigh as much as the packed goods, %(gross)s.")
    default_field = "tare"


class ChangedMeanwhile(Refusal):
    """Somebody else wrote the line after it was seen."""

    message = N_("%(person)s wrote %(accepted)s here meanwhile. Compare, and save again if yours is right.")

    def __init__(self, *, version: int, person: str, accepted: Amount) -> None:
        #: The version to name when one writes again.
        self.version = version
        super().__init__(person=person, accepted=accepted)


class CorrectionReasonMissing(Refusal):
    """A correction of what was accepted before, without saying why."""

    message = N_("This was accepted already. Write why it is corrected.")
    default_field = "words"


class AlreadyInvoiced(Refusal):
    """A correction below what is invoiced."""

    message = N_(
        "%(invoiced)s is on an invoice already. Make a claim: the supplier answers by a credit note."
    )
    default_field = "accepted"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decides about a line: accepted quantity in thousandths of the unit, and why not all."""

    accepted: int
    reason: AcceptReason | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a line stands: its version (0: nobody wrote yet), who wrote it, and what."""

    version: int
    person: str
    decision: Decision


def outcome(delivered: int, accepted: int) -> Outcome:
    """What became of a line of which something was announced, by both quantities in thousandths."""
    if accepted == 0 < delivered:
        return Outcome.REFUSED
    return Outcome.ACCEPTED if accepted == delivered else Outcome.PARTLY


def check(decision: Decision, delivered: int, unit: str) -> Outcome:
    """The outcome of a decision about a line, or why it cannot be.

    Raises Negative, NotWhole, AcceptedTooMuch, AcceptReasonMissing, AcceptWordsMissing or NothingCame.
    """
    if decision.accepted < 0:
        raise Negative(field="accepted")
    if not UNITS[unit].divisible and decision.accepted % MILLI:
        raise NotWhole(field="accepted")
    if decision.accepted > delivered:
        raise AcceptedTooMuch(delivered=Amount(delivered, unit))
    result = outcome(delivered, decision.accepted)
    if result is not Outcome.ACCEPTED:
        _check_reason(decision, Amount(delivered - decision.accepted, unit))
    return result


def _check_reason(decision: Decision, missing: Amount) -> None:
    if decision.reason is None:
        raise AcceptReasonMissing(missing=missing)
    if decision.reason is AcceptReason.OTHER and not decision.words.strip():
        raise AcceptWordsMissing
    if decision.reason is AcceptReason.MISSING and decision.accepted:
        raise NothingCame


def next_version(standing: Standing | None, expected: int, decision: Decision, unit: str) -> int:
    """The version that a decision becomes; the standing one when it says the same (a message sent twice).

    `expected`: the version that the writer saw, 0 for none. Raises ChangedMeanwhile.
    """
    if standing is None:
        return 1
    if standing.decision == decision:
        return standing.version
    if standing.version != expected:
        raise ChangedMeanwhile(
            version=standing.version,
            person=standing.person,
            accepted=Amount(standing.decision.accepted, unit),
        )
    return standing.version + 1


def check_correction(before: Decision, after: Decision, invoiced: int, unit: str, by_claims: int = 0) -> None:
    """Refuse a correction that says no reason, or that would take from an invoice.

    `invoiced`: what invoices less credit notes hold of the line, thousandths; `by_claims`: by how much claims
    change what may be invoiced of it (`claims.effect`). Raises AlreadyInvoiced or CorrectionReasonMissing.
    """
    if after.accepted < before.accepted and after.accepted + by_claims < invoiced:
        raise AlreadyInvoiced(invoiced=Amount(invoiced, unit))
    if after != before and not after.words.strip():
        raise CorrectionReasonMissing


def net_weight(gross: int, tare: int) -> int:
    """Net weight of packed goods, grams: only this is paid (usual term of tenders: OŠ Semič).

    Raises Negative or TareAboveGross.
    """
    if gross < 0 or tare < 0:
        raise Negative
    if tare and tare >= gross:
        raise TareAboveGross(gross=Weight(gross))
    return gross - tare


def accepted_grams(accepted: int, unit: str, grams_per_unit: int, weighed: int | None = None) -> int:
    """Grams of what was accepted, for the shares by weight.

    Goods sold by the kilogram weigh what was accepted. Pieces and litres weigh what the scales said, and
    without scales the food type's weight of one unit times their number.
    """
    if unit == "KGM":
        return accepted
    return grams(accepted, grams_per_unit) if weighed is None else weighed
