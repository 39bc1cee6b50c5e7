"""Scoring: how offers of one food type are compared by published criteria (merila).

Lines under an award follow it and are not scored; exempted lots and evidence orders are compared openly. Five
criteria, weights in points that add up to 100, published before the cycle opens (ZJN-3, art. 84: the most
economically advantageous offer, criteria and their weight told in advance). Geography is never a condition
(Directive 2014/24/EU, art. 18): what nearness is good for is asked by itself, as freshness, as emissions of
the delivery and as direct supply, which anybody may offer from anywhere.

- price: what the kitchen really pays for one unit; lowest / this.
- freshness: hours from harvest to delivery that the producer promises, in a straight line from all points at
  0 hours to none at the scale's end; who promises nothing gets none.
- quality scheme: all points for organic food, a part for another scheme of the decree, with a certificate
  that is valid on every day on which the offer is delivered.
- CO2 of the delivery: grams, in a straight line like freshness.
- direct supply: all points for the farm itself, a part where one stands between (a cooperative of its
  members, a processor), none for resellers.

Points are whole hundredths, rounded half up; everything is an integer. An offer that gets better in one
criterion never gets fewer points. Equal scores stand by the cycle's lot (rules/allocation.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import NamedTuple

from foodorder.rules.errors import N_, NN_, Refusal
from foodorder.rules.money import WHOLE, divide

#: What the weights add up to, and what one point of them is worth in a score.
ALL_POINTS = 100
HUNDREDTHS = 100


class Criterion(StrEnum):
    """What offers are compared by, in the order in which it is shown."""

    PRICE = "price"
    FRESHNESS = "freshness"
    QUALITY = "quality"
    CO2 = "co2"
    DIRECT = "direct"


class Quality(IntEnum):
    """What certificates prove of an offer; the higher the better."""

    NONE = 0
    SCHEME = 1
    ORGANIC = 2


class Supply(IntEnum):
    """Who sells: how near to who grew it; the higher the better. A processor stands as a cooperative does."""

    RESELLER = 0
    COOPERATIVE = 1
    FARM = 2


class Reason(StrEnum):
    """Why a kitchen chooses another offer than the first."""

    SEASON = "season"
    DAY = "day"
    QUALITY = "quality"
    MENU = "menu"
    MINIMUM = "minimum"
    PACKAGING = "packaging"
    OTHER = "other"


CRITERIA: Mapping[Criterion, str] = MappingProxyType(
    {
        Criterion.PRICE: N_("Price"),
        Criterion.FRESHNESS: N_("Freshness"),
        Criterion.QUALITY: N_("Quality scheme"),
        Criterion.CO2: N_("CO₂ of the delivery"),
        Criterion.DIRECT: N_("Direct supply"),
    }
)
QUALITIES: Mapping[Quality, str] = MappingProxyType(
    {
        Quality.NONE: N_("no scheme"),
        Quality.SCHEME: N_("other quality scheme"),
        Quality.ORGANIC: N_("organic"),
    }
)
SUPPLIES: Mapping[Supply, str] = MappingProxyType(
    {
        Supply.RESELLER: N_("reseller"),
        Supply.COOPERATIVE: N_("cooperative of its members, or processor"),
        Supply.FARM: N_("the farm itself"),
    }
)
REASONS: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.SEASON: N_("Season or ripeness"),
        Reason.DAY: N_("Day of delivery"),
        Reason.QUALITY: N_("Quality last time"),
        Reason.MENU: N_("What the menu needs"),
        Reason.MINIMUM: N_("Minimum order"),
        Reason.PACKAGING: N_("Packaging"),
        Reason.OTHER: N_("Other"),
    }
)


class WeightOutOfRange(Refusal):
    """A weight below nothing or above everything."""

    message = N_("A weight is a whole number of points from 0 to 100.")


class WeightsNotHundred(Refusal):
    """Weights that do not share out all points."""

    message = N_("The weights add up to %(sum)s. They must add up to 100.")


class ChoiceUnexplained(Refusal):
    """Another offer than the first of its food type, and nobody said why."""

    message = N_(
        "%(first)s has more points than %(chosen)s and can be had on the same day."
        " Say why you choose %(chosen)s, or order more of %(first)s."
    )


class WordsNeeded(Refusal):
    """The reason "other" without words."""

    message = N_("Write in your own words why you choose this offer.")


class ReasonsMissing(Refusal):
    """An order with choices that nobody gave a reason for: food type → its own refusal."""

    message, plural = NN_(
        "One food needs a reason for your choice. Nothing was submitted, and nothing typed is lost.",
        "%(count)s foods need a reason for your choice. Nothing was submitted, and nothing typed is lost.",
    )

    def __init__(self, problems: Mapping[int, Refusal]) -> None:
        self.problems = problems
        super().__init__(count=len(problems))


class Rule(NamedTuple):
    """What is published: weights in points, and the scales that the criteria are measured on.

    `fresh_hours` and `co2_grams`: from here on there are no points. `co2_per_km` grams of CO2 a kilometre;
    `scheme_bp` and `cooperative_bp` the part of the points, basis points.
    """

    weights: Mapping[Criterion, int]
    fresh_hours: int
    co2_grams: int
    co2_per_km: int
    scheme_bp: int
    cooperative_bp: int

    def emitted(self, metres: int) -> int:
        """Grams of CO2 of a delivery over an air distance in metres."""
        return divide(metres * self.co2_per_km, 1000)


class Offered(NamedTuple):
    """An offer as it is compared: cents paid for one unit, hours from harvest (None: not said), grams of CO2.

    `lot` is what it drew for the cycle.
    """

    offer: int
    paid_cents: int
    hours: int | None
    quality: int
    co2_grams: int
    supply: int
    lot: str


class Score(NamedTuple):
    """An offer with its points, hundredths: by criterion in the order of Criterion, and together."""

    offered: Offered
    points: tuple[int, int, int, int, int]
    total: int


class Part(NamedTuple):
    """One criterion of a score, opened: weight in points, what went in with its unit, points in hundredths.

    Units: 'cents' for one unit of the food, 'hours' (None: not said), 'quality' and 'supply' (numbers of the
    enums), 'grams'. `best` is what the points are measured against: the lowest price, the end of a scale.
    """

    criterion: Criterion
    weight: int
    value: int | None
    unit: str
    best: int
    points: int


def check_weights(weights: Mapping[Criterion, int]) -> None:
    """Refuse weights that do not share out 100 points among the criteria.

    Raises WeightOutOfRange or WeightsNotHundred.
    """
    for criterion in Criterion:
        if not 0 <= weights.get(criterion, 0) <= ALL_POINTS:
            raise WeightOutOfRange(field=criterion.value)
    total = sum(weights.get(criterion, 0) for criterion in Criterion)
    if total != ALL_POINTS:
        raise WeightsNotHundred(sum=total)


def check_reason(code: Reason, words: str | None) -> None:
    """Refuse "other" without words. Raises WordsNeeded."""
    if code is Reason.OTHER and not (words or "").strip():
        raise WordsNeeded


def scores(rule: Rule, offers: Iterable[Offered]) -> list[Score]:
    """The offers of one food type with their points, best first; equal ones by their lot."""
    offers = list(offers)
    lowest = min((offered.paid_cents for offered in offers), default=0)
    price, fresh, quality, co2, direct = (
        rule.weights.get(criterion, 0) * HUNDREDTHS for criterion in Criterion
    )
    # By the numbers of Quality and Supply.
    qualities = 0, divide(quality * rule.scheme_bp, WHOLE), quality
    supplies = 0, divide(direct * rule.cooperative_bp, WHOLE), direct
    found = []
    for offered in offers:
        paid, hours = offered.paid_cents, offered.hours
        points = (
            (2 * price * lowest + paid) // (2 * paid) if paid > lowest else price,
            0 if hours is None else _falling(fresh, hours, rule.fresh_hours),
            qualities[offered.quality],
            _falling(co2, offered.co2_grams, rule.co2_grams),
            supplies[offered.supply],
        )
        found.append(Score(offered, points, sum(points)))
    found.sort(key=_best_first)
    return found


def _falling(points: int, value: int, end: int) -> int:
    """All points at 0, none from `end` on, a straight line between, rounded half up."""
    left = end - value
    return (2 * points * left + end) // (2 * end) if left > 0 else 0


def _best_first(score: Score) -> tuple[int, str]:
    return -score.total, score.offered.lot


def opened(rule: Rule, score: Score, lowest_cents: int) -> tuple[Part, ...]:
    """A score down to its inputs; `lowest_cents` is the lowest price among the offers compared."""
    offered = score.offered
    inputs: Sequence[tuple[int | None, str, int]] = (
        (offered.paid_cents, "cents", lowest_cents),
        (offered.hours, "hours", rule.fresh_hours),
        (offered.quality, "quality", Quality.ORGANIC),
        (offered.co2_grams, "grams", rule.co2_grams),
        (offered.supply, "supply", Supply.FARM),
    )
    return tuple(
        Part(criterion, rule.weights.get(criterion, 0), *given, points)
        for criterion, given, points in zip(Criterion, inputs, score.points, strict=True)
    )
