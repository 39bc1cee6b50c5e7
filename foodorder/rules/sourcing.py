"""Sourcing: on which lawful basis an institution buys an offer, and how far that basis reaches.

Three channels, tried in this order (ZJN-3): a call-off under an awarded lot; an exempted lot (art. 73(5));
an order below the threshold (art. 21), only where the institution's whole need of that kind in twelve months,
by all channels and elsewhere, stays below it: as a way around a full ceiling it would be splitting (art. 24).
What fits none cannot be ordered, and the refusal says what would help.

It is chosen for each day of delivery: a lot whose agreement, award, price or certificate begins or ends
within the week is one of the channels on some of its days only.

The basis depends on what stands, not on how much is asked: so the price that a page shows is the price that
is charged. How much is asked is checked afterwards against every ceiling on which the line counts. Everything
is net of VAT.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from foodorder.rules.agreements import Basis, LotKind
from foodorder.rules.calendar import falls_on
from foodorder.rules.channels import UNCLASSIFIED, Better, Candidate, Choice, Need, Room
from foodorder.rules.errors import N_, Money, Refusal, Weight

__all__ = [
    "UNCLASSIFIED",
    "AboveCeiling",
    "AboveCeilingWeight",
    "AboveThreshold",
    "AnotherComesFirst",
    "Asked",
    "Better",
    "Candidate",
    "CeilingReached",
    "Choice",
    "Need",
    "NoLawfulBasis",
    "NotCoveredThatDay",
    "NotEntitledThatDay",
    "OutsideTheTerm",
    "Room",
    "ThresholdReached",
    "above_the_limits",
    "check_day",
    "choose",
    "choose_on",
    "not_on",
]


class NoLawfulBasis(Refusal):
    """An offer that falls under no lot of the institution and under no kind of purchase."""

    message = N_(
        "There is no lawful basis for buying this: no lot covers it, and its kind of purchase is not defined."
        " Ask the coordinator."
    )
    short = N_("No lawful basis.")


class CeilingReached(Refusal):
    """A lot whose ceiling is used up."""

    message = N_("Lot %(lot)s is used up: its ceiling is reached. Ask the coordinator about an amendment.")
    short = N_("No lawful basis: lot used up.")


class ThresholdReached(Refusal):
    """A kind of purchase whose need in twelve months reaches the threshold."""

    message = N_(
        "%(kind)s: with %(need)s in twelve months the threshold of %(threshold)s is reached, and no lot"
        " covers this offer. Order it under an agreement, or ask the coordinator for one."
    )
    short = N_("No lawful basis: threshold reached.")


class OutsideTheTerm(Refusal):
    """A delivery day on which the agreement does not hold."""

    message = N_("The agreement of lot %(lot)s does not hold on %(day)s.")


class NotEntitledThatDay(Refusal):
    """A delivery day on which the institution may not call off under the agreement."""

    message = N_("Your institution may not call off under lot %(lot)s on %(day)s.")


class NotCoveredThatDay(Refusal):
    """A delivery day on which the lot does not cover the offer, though it does on others of the week."""

    message = N_(
        "Lot %(lot)s does not cover this offer on %(day)s: its supplier, its agreed price or its certificate"
        " holds on other days of the week only."
    )


class AnotherComesFirst(Refusal):
    """A lot that was awarded by rank, and a supplier before this one who still has something."""

    message = N_(
        "Lot %(lot)s was awarded by rank: on %(day)s %(producer)s comes first and still has this food."
        " Order there first."
    )


class AboveCeiling(Refusal):
    """More than a ceiling leaves, by value."""

    message = N_("Only %(left)s (net) are left under the ceiling of lot %(lot)s.")


class AboveCeilingWeight(Refusal):
    """More than a ceiling leaves, by weight."""

    message = N_("Only %(left)s are left under the ceiling of lot %(lot)s.")


class AboveThreshold(Refusal):
    """An evidence order that would bring the need of a kind to the threshold."""

    message = N_(
        "%(kind)s: without an agreement only %(left)s (net) can be ordered before the threshold of"
        " %(threshold)s is reached."
    )


_BASIS_OF = {LotKind.AWARDED: Basis.CALL_OFF, LotKind.EXEMPTED: Basis.EXEMPTED}
_ORDER = (LotKind.AWARDED, LotKind.EXEMPTED)


def choose(candidates: Iterable[Candidate], need: Need | None) -> Choice:
    """The lawful basis on which an offer can be bought.

    `need` is that of the offer's kind, None where no kind is defined. Raises CeilingReached, ThresholdReached
    or NoLawfulBasis.
    """
    full: Candidate | None = None
    for candidate in sorted(candidates, key=_rank):
        if candidate.usable:
            return Choice(_BASIS_OF[candidate.kind], candidate)
        full = full or candidate
    if need is not None and need.left > 0:
        return Choice(Basis.EVIDENCE, need=need)
    if full is not None:
        raise CeilingReached(lot=full.number)
    if need is not None:
        raise ThresholdReached(kind=need.name, need=Money(need.cents), threshold=Money(need.threshold))
    raise NoLawfulBasis


def choose_on(day: date, candidates: Collection[Candidate], need: Need | None) -> Choice:
    """The lawful basis on one day of delivery: lots that do not hold on it are none.

    Raises what `choose` raises; where lots cover the offer on other days only, it says why not on this one:
    OutsideTheTerm, NotEntitledThatDay or NotCoveredThatDay.
    """
    there = [one for one in candidates if falls_on(one.days, day)]
    try:
        return choose(there, need)
    except (NoLawfulBasis, ThresholdReached):
        if there or not candidates:
            raise
    raise not_on(day, min(candidates, key=_rank))


def not_on(day: date, candidate: Candidate) -> Refusal:
    """Why a lot is no channel on a day on which it does not hold."""
    if not falls_on(candidate.term, day):
        return OutsideTheTerm(lot=candidate.number, day=day)
    if not falls_on(candidate.entitled, day):
        return NotEntitledThatDay(lot=candidate.number, day=day)
    return NotCoveredThatDay(lot=candidate.number, day=day)


def _rank(candidate: Candidate) -> tuple[int, int]:
    return _ORDER.index(candidate.kind), candidate.lot


def check_day(choice: Choice, day: date, asked: Mapping[int, int]) -> None:
    """Refuse a day on which the lot does not hold, or on which a better-ranked supplier has the food.

    `asked`: thousandths that this order asks of each offer: what it takes from the first is not left there.
    Raises what `not_on` names, or AnotherComesFirst.
    """
    lot = choice.candidate
    if lot is None:
        return
    if not falls_on(lot.days, day):
        raise not_on(day, lot)
    for better in lot.better:
        if better.has_more(day, asked.get(better.offer, 0)):
            raise AnotherComesFirst(lot=lot.number, day=day, producer=better.producer)


#: Whatever names a part of an order: an offer, a cell.
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Asked(Generic[K]):
    """A part of an order that has one basis: net cents and grams.

    `kind` is the offer's kind of purchase, whatever its basis: a need counts all channels.
    """

    part: K
    choice: Choice
    kind: int | None
    cents: int
    grams: int


def above_the_limits(asked: Sequence[Asked[K]]) -> dict[K, Refusal]:
    """The parts of an order that would pass a ceiling or the threshold, each with its refusal.

    All that count on the same ceiling are refused together, for none of them is to blame more.
    """
    refused: dict[K, Refusal] = {}
    sums: dict[int, list[int]] = {}
    needs: dict[int, int] = {}
    for one in asked:
        if one.choice.candidate is not None:
            for room in one.choice.candidate.rooms:
                total = sums.setdefault(room.ceiling, [0, 0])
                total[0] += one.cents
                total[1] += one.grams
        if one.kind is not None:
            needs[one.kind] = needs.get(one.kind, 0) + one.cents
    for one in asked:
        lot, need = one.choice.candidate, one.choice.need
        for room in lot.rooms if lot else ():
            refusal = _above(room, lot.number if lot else "", *sums[room.ceiling])
            if refusal is not None:
                refused.setdefault(one.part, refusal)
        if need is not None and needs[need.kind] > need.left:
            refused[one.part] = AboveThreshold(
                kind=need.name, left=Money(need.left), threshold=Money(need.threshold)
            )
    return refused


def _above(room: Room, lot: str, cents: int, grams: int) -> Refusal | None:
    if room.cents is not None and cents > max(room.cents, 0):
        return AboveCeiling(left=Money(max(room.cents, 0)), lot=lot)
    if room.grams is not None and grams > max(room.grams, 0):
        return AboveCeilingWeight(left=Weight(max(room.grams, 0)), lot=lot)
    return None
