"""Competition: indicators of OCDS Cardinal on our own cycles, lots and sales.

A week's cycle is no tender: prices are public while it is open, a kitchen buys from several producers, and
nobody is awarded anything. So most indicators about bids say nothing here. What fits is asked with the same
functions as in `cardinal`; `FITS` says of each what it is asked about, or why it is not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from types import MappingProxyType

from foodorder.rules.errors import N_
from foodorder.rules.facts import Money
from foodorder.rules.red_flags.cardinal import Settings, indicator
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
from foodorder.rules.red_flags.ocds import Award, AwardStatus, Bid, BidStatus, Process

FITS: Mapping[str, str] = MappingProxyType(
    {
        "R003": N_("Asked about cycles: how long kitchens could order."),
        "R018": N_("Asked about lots: whether only one supplier ever applied."),
        "R024": N_("Not asked: offers are public while a cycle is open, and nobody wins a cycle."),
        "R028": N_("Asked about cycles, for many foods at once: one equal price is chance, ten are not."),
        "R030": N_("Not asked: the database refuses what comes after a deadline."),
        "R035": N_("Asked about lots: whether all but one applicant were refused."),
        "R036": N_("Not asked: applications to lots carry no prices."),
        "R038": N_("Not asked: one municipality decides about all applications, so there is no comparison."),
        "R048": N_("Asked about what producers sold in twelve months, by classes of the CPV."),
        "R058": N_("Not asked: criteria decide beside the price, and nobody wins a cycle."),
    }
)


@dataclass(frozen=True, slots=True)
class CycleOffers:
    """A recorded cycle as a process: when it was open, what each producer asked for each food.

    `prices`: (food, producer, net cents of one unit) of what can be compared; `names` of the producers.
    """

    cycle: int
    name: str
    week: date
    process: Process
    prices: Sequence[tuple[int, int, int]]
    names: Mapping[int, str]


def short_cycle(facts: Sequence[CycleOffers], numbers: Mapping[str, int]) -> Iterator[Raised]:
    """Kitchens had less time to order than is usual (R003)."""
    settings = Settings(threshold=Fraction(numbers["days"]))
    short = {name for _group, name, _value in indicator("R003", [one.process for one in facts], settings)}
    for one in facts:
        opens, closes = one.process.opens, one.process.closes
        if one.process.ocid in short and opens and closes:
            yield Raised(
                str(one.cycle),
                Subject("cycle", one.cycle),
                one.week,
                one.week,
                {"cycle": one.name, "days": (closes - opens).days, "least": numbers["days"]},
                [Item("cycle", one.cycle, one.name, one.week, {"days": (closes - opens).days})],
            )


def equal_prices(facts: Sequence[CycleOffers], numbers: Mapping[str, int]) -> Iterator[Raised]:
    """Two producers ask the same for nearly all foods that both have (R028, food by food)."""
    for one in facts:
        both: dict[tuple[int, int], list[int]] = {}
        same: dict[tuple[int, int], list[int]] = {}
        for food, rows in grouped(one.prices, lambda row: row[0]).items():
            lowest: dict[int, int] = {}
            for _food, who, cents in rows:
                lowest[who] = min(cents, lowest.get(who, cents))
            pairs = [(a, b) for a in sorted(lowest) for b in sorted(lowest) if a < b]
            for pair in pairs:
                both.setdefault(pair, []).append(food)
                bids = tuple(_bid(who, lowest[who]) for who in pair)
                if indicator("R028", [Process(str(food), bids=bids)], Settings()):
                    same.setdefault(pair, []).append(food)
        for (first, second), foods in same.items():
            all_foods = len(both[first, second])
            if len(foods) >= numbers["foods"] and len(foods) * 10_000 >= all_foods * numbers["share"]:
                yield _equal(one, first, second, len(foods), all_foods)


def _bid(producer: int, cents: int) -> Bid:
    return Bid(BidStatus.VALID, (str(producer),), Fraction(cents, 100), "EUR")


def _equal(one: CycleOffers, first: int, second: int, foods: int, both: int) -> Raised:
    names = one.names[first], one.names[second]
    return Raised(
        f"{first}:{second}:{one.week:%Y-%m}",
        Subject("producer", first, None, first),
        one.week,
        one.week,
        {"first": names[0], "second": names[1], "foods": foods, "both": both, "cycle": one.name},
        [Item("producer", number, one.names[number], one.week) for number in (first, second)],
    )


@dataclass(frozen=True, slots=True)
class LotCase:
    """A lot in force with its suppliers and all decided applications, as a process."""

    agreement: int
    lot: int
    name: str
    day: date
    process: Process
    names: Mapping[str, str]


def single_supplier(facts: Sequence[LotCase], _numbers: Mapping[str, int]) -> Iterator[Raised]:
    """A lot to which only one supplier ever applied (R018)."""
    alone = {name for _group, name, _value in indicator("R018", [one.process for one in facts], Settings())}
    yield from (_lot(one) for one in facts if one.process.ocid in alone)


def all_refused(facts: Sequence[LotCase], numbers: Mapping[str, int]) -> Iterator[Raised]:
    """All applicants but the one supplier of a lot were refused (R035)."""
    settings = Settings(threshold=Fraction(numbers["least"]))
    found = {name for _group, name, _value in indicator("R035", [one.process for one in facts], settings)}
    yield from (_lot(one) for one in facts if one.process.ocid in found)


def _lot(one: LotCase) -> Raised:
    refused = [bid for bid in one.process.bids if bid.status is BidStatus.DISQUALIFIED]
    suppliers = sorted({name for award in one.process.awards for name in award.suppliers})
    return Raised(
        str(one.lot),
        Subject("agreement", one.agreement, None, int(suppliers[0]) if len(suppliers) == 1 else None),
        one.day,
        one.day,
        {
            "lot": one.name,
            "producer": ", ".join(one.names[name] for name in suppliers),
            "refused": len(refused),
        },
        [
            Item("producer", int(name), one.names[name], one.day)
            for name in (*suppliers, *(bid.tenderers[0] for bid in refused))
        ],
    )


@dataclass(frozen=True, slots=True)
class SoldCode:
    """What a producer sold of one CPV code in twelve months, in how many records; net cents."""

    producer: Party
    cpv: str
    records: int
    cents: int
    first: date
    last: date


def many_kinds(facts: Sequence[SoldCode], numbers: Mapping[str, int]) -> Iterator[Raised]:
    """A producer sells goods of unusually many classes (R048)."""
    processes = [
        Process(
            f"{one.producer.id}:{one.cpv}:{number}",
            awards=(Award(AwardStatus.ACTIVE, (str(one.producer.id),), (one.cpv,)),),
        )
        for one in facts
        # Enough of them to be judged; more say nothing new.
        for number in range(min(one.records, numbers["records"]))
    ]
    settings = Settings(digits=numbers["digits"], processes=numbers["records"])
    kinds = {int(name): int(value) for _group, name, value in indicator("R048", processes, settings)}
    for producer, rows in grouped(facts, lambda one: one.producer).items():
        if kinds.get(producer.id, 0) >= numbers["least"]:
            last = max(one.last for one in rows)
            yield Raised(
                f"{producer.id}:{last.year}",
                Subject("producer", producer.id, None, producer.id),
                min(one.first for one in rows),
                last,
                {
                    "producer": producer.name,
                    "count": kinds[producer.id],
                    "sum": Money(sum(one.cents for one in rows)),
                },
                [
                    Item("producer", producer.id, one.cpv, None, {"net": Money(one.cents)})
                    for one in sorted(rows, key=lambda one: one.cents, reverse=True)
                ],
            )


_CARDINAL = "OCDS Cardinal, cardinal.readthedocs.io, "

RULES = (
    Rule(
        "short_cycle", 1, Family.COMPETITION, Severity.LOW,
        N_("Little time to order"),
        N_(
            "The cycle %(cycle)s was open for a short time. Whole days: %(days)s; expected: %(least)s."
        ),
        N_(
            "In a short time only those offer and order who knew beforehand. A cycle that was moved because"
            " of holidays is reason enough."
        ),
        _CARDINAL + "R003",
        {"days": Parameter(3, "days", N_("At least so many days"))},
        CycleOffers, short_cycle,
    ),
    Rule(
        "equal_prices", 1, Family.COMPETITION, Severity.MEDIUM,
        N_("The same prices throughout"),
        N_(
            "In the cycle %(cycle)s %(first)s and %(second)s ask the same price for %(foods)s of the"
            " %(both)s foods that both offer."
        ),
        N_(
            "Equal prices for many foods at once are seldom chance. A common price list of a cooperative is"
            " an honest reason; an agreement between competitors is not."
        ),
        _CARDINAL + "R028",
        {
            "foods": Parameter(5, "count", N_("From so many foods on")),
            "share": Parameter(8_000, "bp", N_("If they are at least this share of what both offer")),
        },
        CycleOffers, equal_prices,
    ),
    Rule(
        "single_supplier", 1, Family.COMPETITION, Severity.LOW,
        N_("A lot with one supplier"),
        N_("%(lot)s has one supplier, %(producer)s, and nobody else applied."),
        N_(
            "Where only one applies nobody competes. Perhaps nobody else grows it here; perhaps the"
            " conditions kept others away."
        ),
        _CARDINAL + "R018",
        {},
        LotCase, single_supplier,
    ),
    Rule(
        "all_refused", 1, Family.COMPETITION, Severity.MEDIUM,
        N_("All others were refused"),
        N_("To %(lot)s only %(producer)s was admitted. Applications of others refused: %(refused)s."),
        N_("Whoever wants one supplier can refuse the others. Read the reasons of the refusals."),
        _CARDINAL + "R035",
        {"least": Parameter(1, "count", N_("From so many refused on"))},
        LotCase, all_refused,
    ),
    Rule(
        "many_kinds", 1, Family.COMPETITION, Severity.LOW,
        N_("Goods of unusually many kinds"),
        N_(
            "%(producer)s sold goods of unusually many classes of the CPV in twelve months, beside the"
            " other producers: %(count)s, for %(sum)s."
        ),
        N_("Who sells everything seldom grows everything. Cooperatives of many farms are not looked at."),
        _CARDINAL + "R048",
        {
            "digits": Parameter(5, "digits", N_("Digits of the CPV that tell kinds apart")),
            "records": Parameter(4, "count", N_("Producers with at least so many records")),
            "least": Parameter(8, "count", N_("From so many kinds on")),
        },
        SoldCode, many_kinds,
    ),
)  # fmt: skip
