"""The channels by which an offer can be bought, as they stand for one order: lots, ceilings, needs.

Shapes only; which of them holds is decided in sourcing.py. Money is net cents, weight grams, quantities are
thousandths of the unit, days bitmasks of weekdays.
"""

from dataclasses import dataclass
from datetime import date

from foodorder.rules.agreements import AwardMode, Basis, LotKind
from foodorder.rules.calendar import EVERY_DAY


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
    """A lot that covers an offer for the institution. `price_cents`: the agreed price; None: the offer's.

    The weekdays (bitmasks) on which it covers the offer, on which its agreement holds, and on which the
    institution may call off: it is a channel where all three agree.
    """

    lot: int
    number: str
    kind: LotKind
    mode: AwardMode
    covered: int = EVERY_DAY
    term: int = EVERY_DAY
    entitled: int = EVERY_DAY
    price_cents: int | None = None
    agreed_price: int | None = None
    rooms: tuple[Room, ...] = ()
    better: tuple[Better, ...] = ()

    @property
    def days(self) -> int:
        """The weekdays on which it can be called off."""
        return self.covered & self.term & self.entitled

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
