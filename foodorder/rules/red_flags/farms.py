"""Producers: goods that can hardly be their own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

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
)
from foodorder.rules.red_flags.statistics import WHOLE, part_of


@dataclass(frozen=True, slots=True)
class Sold:
    """A line of a month of a producer who says that they grow what they sell.

    `months`: in which the food is to be had locally, storage included. `country`: where the farm of origin
    lies. `grown`: neither a cooperative nor a processor sells it.
    """

    producer: Party
    grown: bool
    food_type: int
    food_sl: str
    food_en: str
    group: int
    months: tuple[int, ...]
    country: str
    line: int
    day: date
    cents: int

    @property
    def out_of_season(self) -> bool:
        """Whether it is not to be had locally in the month of the delivery."""
        return self.day.month not in self.months


def reseller(facts: Sequence[Sold], numbers: Mapping[str, int]) -> Iterator[Raised]:
    """Signs that a farm sells on what others grew: from abroad, out of season, more kinds than a farm has."""
    for producer, rows in grouped((one for one in facts if one.grown), lambda one: one.producer).items():
        total = sum(one.cents for one in rows)
        abroad = [one for one in rows if one.country != "SI"]
        late = [one for one in rows if one.out_of_season and one.country == "SI"]
        foods, groups = len({one.food_type for one in rows}), len({one.group for one in rows})
        signs = (
            part_of(sum(one.cents for one in abroad), total) >= numbers["abroad"] and bool(abroad),
            part_of(sum(one.cents for one in late), total) >= numbers["season"] and bool(late),
            foods >= numbers["foods"] and groups >= numbers["groups"],
        )
        if not any(signs):
            continue
        last = max(one.day for one in rows)
        shown = sorted((*abroad, *late) or rows, key=lambda one: one.cents, reverse=True)
        yield Raised(
            f"{producer.id}:{last:%Y-%m}",
            Subject("producer", producer.id, None, producer.id),
            min(one.day for one in rows),
            last,
            {
                "producer": producer.name,
                "sum": Money(total),
                "abroad": Money(sum(one.cents for one in abroad)),
                "season": Money(sum(one.cents for one in late)),
                "foods": foods,
                "groups": groups,
            },
            [
                Item("line", one.line, producer.name, one.day,
                     {"food_sl": one.food_sl, "food_en": one.food_en, "origin": one.country,
                      "net": Money(one.cents)})
                for one in shown
            ],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class WeekSold:
    """What a producer sold of a food in a delivery week, thousandths of the unit.

    `weeks`: in how many weeks of the year before they sold it; `before`: the most that they published for one
    of them or sold in it, None: nothing.
    """

    producer: Party
    food_type: int
    food_sl: str
    food_en: str
    unit: str
    week: date
    quantity: int
    cents: int
    weeks: int
    before: int | None
    line: int


def beyond_capacity(facts: Sequence[WeekSold], numbers: Mapping[str, int]) -> Iterator[Raised]:
    """A producer suddenly sold many times what they ever offered or sold of a food before."""
    for one in facts:
        if not one.before or one.weeks < numbers["weeks"] or one.cents < numbers["sum"]:
            continue
        if one.quantity * WHOLE < one.before * numbers["times"]:
            continue
        yield Raised(
            f"{one.producer.id}:{one.food_type}:{one.week}",
            Subject("producer", one.producer.id, None, one.producer.id),
            one.week,
            one.week,
            {
                "producer": one.producer.name,
                "food_sl": one.food_sl,
                "food_en": one.food_en,
                "week": one.week,
                "sold": Amount(one.quantity, one.unit),
                "before": Amount(one.before, one.unit),
            },
            [
                Item("line", one.line, one.producer.name, one.week,
                     {"quantity": Amount(one.quantity, one.unit), "usual": Amount(one.before, one.unit),
                      "net": Money(one.cents)})
            ],
        )  # fmt: skip


RULES = (
    Rule(
        "reseller", 1, Family.SELLERS, Severity.MEDIUM,
        N_("Signs of goods that others grew"),
        N_(
            "%(producer)s sells as a farm. In a month it sold goods for %(sum)s, of it %(abroad)s from"
            " abroad and %(season)s out of the local season. Foods: %(foods)s, groups: %(groups)s."
        ),
        N_(
            "A farm sells what it grew itself. Goods from abroad, out of season, or of more kinds than a farm"
            " has can come from a wholesaler. Stores, greenhouses and neighbours may explain them."
        ),
        N_("ZKme-1; Uredba o dopolnilnih dejavnostih na kmetiji"),
        {
            "abroad": Parameter(500, "bp", N_("From this share from abroad on")),
            "season": Parameter(1_500, "bp", N_("From this share out of season on")),
            "foods": Parameter(25, "count", N_("Or from so many foods on")),
            "groups": Parameter(5, "count", N_("of so many groups")),
        },
        Sold, reseller,
    ),
    Rule(
        "capacity", 1, Family.SELLERS, Severity.MEDIUM,
        N_("Sold many times what there ever was"),
        N_(
            "In the week of %(week)s %(producer)s sold %(sold)s of %(food)s; the most that it offered or sold"
            " of it in a week of the year before is %(before)s."
        ),
        N_(
            "It rests on what the producer itself published and sold here, not on its fields: nobody declares"
            " areas in this system. A new field or a good harvest is reason enough."
        ),
        N_("Regulation (EC) 178/2002, art. 18"),
        {
            "times": Parameter(30_000, "bp", N_("From this part of the most so far on")),
            "weeks": Parameter(3, "count", N_("After it was sold in at least so many weeks")),
            "sum": Parameter(20_000, "cents", N_("If it was sold for at least")),
        },
        WeekSold, beyond_capacity,
    ),
)  # fmt: skip
