"""Green and local shares: what of an institution's food is organic, of a quality scheme, Slovene, near.

The decree on green public procurement (Uredba o zelenem javnem naročanju, Ur. l. RS 51/17, 64/19, 121/21,
132/23) asks for a share of organic food and a share of food of other quality schemes, both by weight of all
food; a kilogram counts once. What is conventional is told by value. Everything here is exact: integer grams
and cents, a share with its numerator, denominator and base, rounded only to be read.

A purchase whose weight nobody knows is in no share by weight: the share cannot be computed then, and is never
zero and never full instead.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from foodorder.rules.certificates import CountsAs
from foodorder.rules.errors import N_
from foodorder.rules.money import WHOLE

#: Classes of distance from the farm of origin to the door, metres of air distance; no law speaks of them.
NEAR_METRES = 30_000
REGIONAL_METRES = 100_000

#: From so many percent of its target a share is called close to it.
CLOSE_PERCENT = 80

#: Country of origin that is counted by itself, ISO 3166.
HOME = "SI"


class Base(StrEnum):
    """What a share is a share of."""

    ALL_FOOD = "all_food"
    THROUGH_SYSTEM = "through_system"
    AGREEMENT = "agreement"


BASES: Mapping[Base, str] = MappingProxyType(
    {
        Base.ALL_FOOD: N_("of all food"),
        Base.THROUGH_SYSTEM: N_("of purchases through this system"),
        Base.AGREEMENT: N_("of purchases under this agreement"),
    }
)


class Origin(StrEnum):
    """Where food was grown."""

    SLOVENIA = "slovenia"
    ABROAD = "abroad"
    UNKNOWN = "unknown"


class Distance(StrEnum):
    """How far food came from its farm of origin."""

    NEAR = "near"
    REGIONAL = "regional"
    FAR = "far"
    UNKNOWN = "unknown"


ORIGINS: Mapping[Origin, str] = MappingProxyType(
    {Origin.SLOVENIA: N_("from Slovenia"), Origin.ABROAD: N_("from abroad"), Origin.UNKNOWN: N_("not known")}
)
DISTANCES: Mapping[Distance, str] = MappingProxyType(
    {
        Distance.NEAR: N_("up to 30 km"),
        Distance.REGIONAL: N_("over 30 and up to 100 km"),
        Distance.FAR: N_("over 100 km"),
        Distance.UNKNOWN: N_("not known"),
    }
)


class Verdict(StrEnum):
    """How a share stands to its target."""

    REACHED = "reached"
    CLOSE = "close"
    BELOW = "below"
    #: Something is not known; or nothing was bought.
    UNKNOWN = "unknown"
    NOTHING = "nothing"


VERDICTS: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.REACHED: N_("target reached"),
        Verdict.CLOSE: N_("close to the target"),
        Verdict.BELOW: N_("below the target"),
        Verdict.UNKNOWN: N_("cannot be computed"),
        Verdict.NOTHING: N_("nothing bought"),
    }
)


def origin_of(country: str | None) -> Origin:
    """The class of a country of origin (ISO 3166 alpha-2; None: not known)."""
    if country is None:
        return Origin.UNKNOWN
    return Origin.SLOVENIA if country == HOME else Origin.ABROAD


def distance_of(metres: int | None) -> Distance:
    """The class of an air distance in metres; None: not known."""
    if metres is None:
        return Distance.UNKNOWN
    if metres <= NEAR_METRES:
        return Distance.NEAR
    return Distance.REGIONAL if metres <= REGIONAL_METRES else Distance.FAR


@dataclass(frozen=True, slots=True)
class Bought:
    """Lines that are alike: how many, net cents, grams (None: not known), and what they count for."""

    rows: int
    net_cents: int
    grams: int | None
    counts_as: CountsAs | None
    origin: Origin
    distance: Distance


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, in grams or in cents.

    `unknown_rows` purchases of `unknown_cents` net are in neither, for their weight is not known.
    """

    numerator: int
    denominator: int
    base: Base
    unknown_rows: int = 0
    unknown_cents: int = 0

    @property
    def computable(self) -> bool:
        """Whether all that belongs to it is known."""
        return not self.unknown_rows

    @property
    def bp(self) -> int | None:
        """Basis points, rounded down so that none reads as reached before it is; None: cannot be told."""
        if self.unknown_rows or not self.denominator:
            return None
        return self.numerator * WHOLE // self.denominator

    def verdict(self, target_bp: int) -> Verdict:
        """How it stands to a target in basis points, by its exact parts."""
        if self.unknown_rows:
            return Verdict.UNKNOWN
        if not self.denominator:
            return Verdict.NOTHING
        if self.numerator * WHOLE >= target_bp * self.denominator:
            return Verdict.REACHED
        close = self.numerator * WHOLE * 100 >= target_bp * CLOSE_PERCENT * self.denominator
        return Verdict.CLOSE if close else Verdict.BELOW


def _nothing_yet() -> dict[CountsAs | None, int]:
    return {CountsAs.ORGANIC: 0, CountsAs.QUALITY: 0, None: 0}


@dataclass(slots=True)
class Sums:
    """Lines added up: rows, net cents, known grams, and the grams of each class."""

    rows: int = 0
    net_cents: int = 0
    grams: int = 0
    unknown_rows: int = 0
    unknown_cents: int = 0
    #: Grams, and net cents, that count for a share of the decree; None: conventional.
    grams_as: dict[CountsAs | None, int] = field(default_factory=_nothing_yet)
    cents_as: dict[CountsAs | None, int] = field(default_factory=_nothing_yet)
    origins: dict[Origin, int] = field(default_factory=lambda: dict.fromkeys(Origin, 0))
    distances: dict[Distance, int] = field(default_factory=lambda: dict.fromkeys(Distance, 0))

    def add(self, one: Bought) -> None:
        """Count some lines in."""
        self.rows += one.rows
        self.net_cents += one.net_cents
        self.cents_as[one.counts_as] += one.net_cents
        if one.grams is None:
            self.unknown_rows += one.rows
            self.unknown_cents += one.net_cents
            return
        self.grams += one.grams
        self.grams_as[one.counts_as] += one.grams
        self.origins[one.origin] += one.grams
        self.distances[one.distance] += one.grams


@dataclass(frozen=True, slots=True)
class Shares:
    """All shares of some purchases: by weight, but what is conventional by value."""

    base: Base
    rows: int
    net_cents: int
    grams: int
    organic: Share
    quality: Share
    conventional: Share
    origins: Mapping[Origin, Share]
    distances: Mapping[Distance, Share]


def shares(bought: Iterable[Bought], base: Base) -> Shares:
    """Every share of some purchases, each of all of them."""
    sums = Sums()
    for one in bought:
        sums.add(one)

    def by_weight(grams: int) -> Share:
        return Share(grams, sums.grams, base, sums.unknown_rows, sums.unknown_cents)

    return Shares(
        base,
        sums.rows,
        sums.net_cents,
        sums.grams,
        by_weight(sums.grams_as[CountsAs.ORGANIC]),
        by_weight(sums.grams_as[CountsAs.QUALITY]),
        Share(sums.cents_as[None], sums.net_cents, base),
        {one: by_weight(grams) for one, grams in sums.origins.items()},
        {one: by_weight(grams) for one, grams in sums.distances.items()},
    )


def months_of(year: int) -> tuple[date, ...]:
    """The first days of a year's months."""
    return tuple(date(year, month, 1) for month in range(1, 13))


def months_over(year: int, day: date) -> tuple[date, ...]:
    """The months of a year that are over at the end of a day: what was bought in them can be known."""
    following = (*months_of(year)[1:], date(year + 1, 1, 1))
    ends = zip(months_of(year), following, strict=True)
    return tuple(month for month, after in ends if (after - day).days <= 1)


def missing_months(year: int, entered: Collection[date], day: date) -> tuple[date, ...]:
    """The months that are over and for which nobody has said what was bought elsewhere."""
    return tuple(month for month in months_over(year, day) if month not in entered)


def base_of(year: int, entered: Collection[date], day: date) -> Base:
    """What the shares of a year are shares of, by the months whose purchases elsewhere are entered.

    All food, if every month that is over at the end of the day is entered and there is one; until then, the
    purchases through this system.
    """
    over = months_over(year, day)
    known = bool(over) and not missing_months(year, entered, day)
    return Base.ALL_FOOD if known else Base.THROUGH_SYSTEM


def law_day(year: int, day: date) -> date:
    """The day whose law holds for a year's report as of a day: the day itself, or the year's nearest end."""
    return min(max(day, date(year, 1, 1)), date(year, 12, 31))
