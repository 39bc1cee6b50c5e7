"""Prices and choices: what was dearer than need be, and whether somebody said why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from foodorder.rules.errors import N_
from foodorder.rules.facts import Amount, Money
from foodorder.rules.red_flags.model import (
    Family,
    Item,
    Parameter,
    Party,
    Raised,
    Rule,
    Severity,
    Subject,
    grouped,
    percent,
)
from foodorder.rules.red_flags.statistics import REACH, WHOLE, quartiles
from foodorder.rules.scoring import Reason


@dataclass(frozen=True, slots=True)
class Dearer:
    """An ordered food that could be had cheaper in the cycle, of the same quality or first by the criteria.

    `cents`: what the dearer offer cost more, net; `base`: what the cheaper would have cost. `code` and
    `words`: the reason that the kitchen gave, empty where it gave none.
    """

    institution: Party
    producer: Party
    order: int
    number: str
    day: date
    food_sl: str
    food_en: str
    cheaper: str
    cents: int
    base: int
    code: str
    words: str

    def silent(self, least: int) -> bool:
        """Whether nobody said why: no reason at all, or "other" with hardly a word."""
        return not self.code or (self.code == Reason.OTHER and len(self.words.strip()) < least)


def unreasoned(facts: Sequence[Dearer], numbers: Mapping[str, int]) -> Iterator[Raised]:
    """A kitchen bought dearer from a producer and nobody said why, or only in a word or two."""
    silent = [
        one
        for one in facts
        if one.silent(numbers["words"]) and one.cents * WHOLE >= one.base * numbers["dearer"]
    ]
    for (institution, producer), rows in grouped(silent, lambda one: (one.institution, one.producer)).items():
        total = sum(one.cents for one in rows)
        if total >= numbers["sum"]:
            yield _raised(institution, producer, rows, total)


def habitual(facts: Sequence[Dearer], numbers: Mapping[str, int]) -> Iterator[Raised]:
    """A kitchen keeps giving reasons for the dearer offers of one producer."""
    said = [one for one in facts if not one.silent(numbers["words"])]
    for (institution, producer), rows in grouped(said, lambda one: (one.institution, one.producer)).items():
        total = sum(one.cents for one in rows)
        if len(rows) >= numbers["least"] and total >= numbers["sum"]:
            yield _raised(institution, producer, rows, total)


def _raised(institution: Party, producer: Party, rows: Sequence[Dearer], total: int) -> Raised:
    first, last = min(one.day for one in rows), max(one.day for one in rows)
    return Raised(
        f"{institution.id}:{producer.id}:{last:%Y-%m}",
        Subject("producer", producer.id, institution.id, producer.id),
        first,
        last,
        {
            "institution": institution.name,
            "producer": producer.name,
            "count": len(rows),
            "sum": Money(total),
        },
        [
            Item(
                "order", one.order, one.number, one.day,
                {
                    "food_sl": one.food_sl, "food_en": one.food_en, "dearer": Money(one.cents),
                    "usual": one.cheaper, "code": one.code,
                    "reason": one.words,
                },
            )
            for one in sorted(rows, key=lambda one: one.cents, reverse=True)
        ],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Priced:
    """What a producer got for a food in a month at one price, of goods of one quality. Net cents of one unit.

    `line`: a recorded line at this price, of the largest sum.
    """

    food_type: int
    food_sl: str
    food_en: str
    unit: str
    organic: bool
    producer: Party
    price_cents: int
    quantity: int
    cents: int
    lines: int
    line: int
    day: date


def outlying(facts: Sequence[Priced], numbers: Mapping[str, int]) -> Iterator[Raised]:
    """A price far above what the others got for the same food, unit, quality and month.

    The fence is set by the prices of the other producers, one price each (what most was sold at), so that who
    sells much does not set the measure for himself.
    """
    for kind, rows in grouped(facts, lambda one: (one.food_type, one.unit, one.organic)).items():
        by = grouped(rows, lambda one: one.producer)
        usual = {who: max(own, key=lambda one: one.quantity).price_cents for who, own in by.items()}
        for producer, own in by.items():
            others = [price for who, price in usual.items() if who != producer]
            if len(others) < numbers["producers"]:
                continue
            low, median, high = quartiles(others)
            fence = max(high + REACH * (high - low), Fraction(median * (WHOLE + numbers["above"]), WHOLE))
            dear = [one for one in own if one.price_cents > fence]
            extra = sum(int((one.price_cents - median) * one.quantity) // 1000 for one in dear)
            if extra >= numbers["sum"]:
                yield _outlier(kind[0], producer, dear, int(median), len(others), extra)


def _outlier(
    food_type: int, producer: Party, dear: Sequence[Priced], median: int, others: int, extra: int
) -> Raised:
    top = max(dear, key=lambda one: one.price_cents)
    return Raised(
        f"{food_type}:{top.unit}:{'organic' if top.organic else 'plain'}:{producer.id}:{top.day:%Y-%m}",
        Subject("producer", producer.id, None, producer.id),
        min(one.day for one in dear),
        max(one.day for one in dear),
        {
            "producer": producer.name,
            "food_sl": top.food_sl,
            "food_en": top.food_en,
            "price": Money(top.price_cents),
            "median": Money(median),
            "percent": percent(top.price_cents - median, median),
            "others": others,
            "sum": Money(extra),
        },
        [
            Item(
                "line", one.line, producer.name, one.day,
                {
                    "price": Money(one.price_cents), "usual": Money(median),
                    "quantity": Amount(one.quantity, one.unit), "net": Money(one.cents),
                },
            )
            for one in dear
        ],
    )  # fmt: skip


_WORDS = Parameter(10, "count", N_("A reason has at least so many characters"))

RULES = (
    Rule(
        "dearer_unreasoned", 1, Family.PRICES, Severity.MEDIUM,
        N_("A dearer offer chosen without a reason"),
        N_(
            "%(institution)s took offers of %(producer)s %(count)s times although another offer of the"
            " same food was cheaper by %(sum)s together, and gave no reason that says something."
        ),
        N_(
            "Below the thresholds, too, public money is spent economically and openly. Who does not take the"
            " cheaper of two like offers has a reason and writes it down."
        ),
        N_("ZJN-3, art. 4 and 21(2)"),
        {
            "dearer": Parameter(500, "bp", N_("Dearer by at least")),
            "sum": Parameter(2_000, "cents", N_("In a month together at least")),
            "words": _WORDS,
        },
        Dearer, unreasoned,
    ),
    Rule(
        "dearer_habit", 1, Family.PRICES, Severity.LOW,
        N_("The same producer preferred again and again"),
        N_(
            "%(institution)s gave a reason %(count)s times in a month why it took the dearer offer of"
            " %(producer)s. It cost %(sum)s more."
        ),
        N_("Each reason may be good. That the same producer always needs one is worth a question."),
        N_("ZJN-3, art. 4 and 7"),
        {
            "least": Parameter(6, "count", N_("So often in a month")),
            "sum": Parameter(5_000, "cents", N_("In a month together at least")),
            "words": _WORDS,
        },
        Dearer, habitual,
    ),
    Rule(
        "price_outlier", 1, Family.PRICES, Severity.MEDIUM,
        N_("A price far above the others’"),
        N_(
            "%(producer)s got %(price)s for %(food)s, %(percent)s %% above the median of %(median)s in"
            " the same month for the same quality (other producers: %(others)s). It comes to %(sum)s."
        ),
        N_(
            "Compared are prices of the same food, unit, quality and month, one price of each producer: above"
            " the upper fence (third quartile and one and a half of the distance between the quartiles)."
            " A rare variety, a small pack or an early harvest can be the reason."
        ),
        N_("Court of Audit, schools, 2018; Tukey, Exploratory Data Analysis"),
        {
            "producers": Parameter(4, "count", N_("At least so many other producers")),
            "above": Parameter(2_500, "bp", N_("Above the median by at least")),
            "sum": Parameter(1_000, "cents", N_("In a month together at least")),
        },
        Priced, outlying,
    ),
)  # fmt: skip
