"""Sourcing: on which lawful basis an institution buys an offer, and how far that basis reaches.

Three channels, tried in this order (ZJN-3): a call-off under an awarded lot; an exempted lot (art. 73(5));
an order below the threshold (art. 21), only where the institution's whole need of that kind in twelve months,
by all channels and elsewhere, stays below it: as a way around a full ceiling it would be splitting (art. 24).
What fits none cannot be ordered, and the refusal says what would help.

The basis depends on what stands, not on how much is asked: so the price that a page shows is the price that
is charged. How much is asked is checked afterwards against every ceiling on which the line counts. Everything
is net of VAT.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from foodorder.rules.agreements import AwardMode, Basis, LotKind
from foodorder.rules.errors import N_, Money, Refusal, Weight


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


@dataclass(frozen=True, slots=True)
class Room:
    """A ceiling on which a line counts, and what it leaves to this order: net cents, grams; None: no limit.

    What the order holds already counts as left.
    """

    ceiling: int
    cents: int | None
    grams: int | None

    @property
    def empty(self) -> bool:
        """Whether nothing more fits."""
        return (self.cents is not None and self.cents <= 0) or (self.grams is not None and self.grams <= 0)


@dataclass(frozen=True, slots=True)
class Better:
    """An offer of the same food by a better-ranked supplier; `days` bitmask, `left` thousandths or None.

    `least`: the smallest quantity that can be ordered of it. Less than that is nothing: who has only so much
    left is out.
    """

    offer: int
    producer: str
    days: int
    left: int | None
    least: int = 1

    def has_more(self, day: date, asked: int) -> bool:
        """Whether it can still be ordered for a day, beside what the order asks of it already."""
        comes = bool(self.days >> day.weekday() & 1)
        return comes and (self.left is None or self.left - asked >= self.least)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A lot that covers an offer for the institution. `price_cents`: the agreed price; None: the offer's."""

    lot: int
    number: str
    kind: LotKind
    mode: AwardMode
    valid_from: date
    valid_to: date
    price_cents: int | None = None
    agreed_price: int | None = None
    rooms: tuple[Room, ...] = ()
    better: tuple[Better, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether every ceiling leaves something."""
        return not any(room.empty for room in self.rooms)


@dataclass(frozen=True, slots=True)
class Need:
    """A kind of purchase: net cents needed in twelve months without this order; the threshold's cents."""

    kind: int
    name: str
    cents: int
    threshold: int

    @property
    def left(self) -> int:
        """Net cents that stay below the threshold: it is reached by its own value."""
        return max(self.threshold - 1 - self.cents, 0)


@dataclass(frozen=True, slots=True)
class Choice:
    """The basis of an offer for an institution: a lot, or the kind whose need stays below the threshold."""

    basis: Basis
    candidate: Candidate | None = None
    need: Need | None = None


#: Where the municipality asks for no basis.
UNCLASSIFIED = Choice(Basis.UNCLASSIFIED)

_BASIS_OF = {LotKind.AWARDED: Basis.CALL_OFF, LotKind.EXEMPTED: Basis.EXEMPTED}
_ORDER = (LotKind.AWARDED, LotKind.EXEMPTED)


def choose(candidates: Iterable[Candidate], need: Need | None) -> Choice:
    """The lawful basis on which an offer can be bought.

    `need` is that of the offer's kind, None where no kind is defined. Raises CeilingReached, ThresholdReached
    or NoLawfulBasis.
    """
    full: Candidate | None = None
    for candidate in sorted(candidates, key=lambda one: (_ORDER.index(one.kind), one.lot)):
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


def check_day(choice: Choice, day: date, asked: Mapping[int, int]) -> None:
    """Refuse a day outside the agreement's term, or on which a better-ranked supplier has the food.

    `asked`: thousandths that this order asks of each offer: what it takes from the first is not left there.
    Raises OutsideTheTerm or AnotherComesFirst.
    """
    lot = choice.candidate
    if lot is None:
        return
    if not lot.valid_from <= day <= lot.valid_to:
        raise OutsideTheTerm(lot=lot.number, day=day)
    for better in lot.better:
        if better.has_more(day, asked.get(better.offer, 0)):
            raise AnotherComesFirst(lot=lot.number, day=day, producer=better.producer)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an order asks of one offer, under its choice: net cents and grams over all its cells.

    `kind` is the offer's kind of purchase, whatever its basis: a need counts all channels.
    """

    offer: int
    choice: Choice
    kind: int | None
    cents: int
    grams: int


def above_the_limits(asked: Sequence[Asked]) -> dict[int, Refusal]:
    """The offers of an order that would pass a ceiling or the threshold, each with its refusal.

    All offers that count on the same ceiling are refused together, for none of them is to blame more.
    """
    refused: dict[int, Refusal] = {}
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
                refused.setdefault(one.offer, refusal)
        if need is not None and needs[need.kind] > need.left:
            refused[one.offer] = AboveThreshold(
                kind=need.name, left=Money(need.left), threshold=Money(need.threshold)
            )
    return refused


def _above(room: Room, lot: str, cents: int, grams: int) -> Refusal | None:
    if room.cents is not None and cents > max(room.cents, 0):
        return AboveCeiling(left=Money(max(room.cents, 0)), lot=lot)
    if room.grams is not None and grams > max(room.grams, 0):
        return AboveCeilingWeight(left=Weight(max(room.grams, 0)), lot=lot)
    return None
