"""Orders and deliveries: what came otherwise than ordered, without proof, unseen, or beside the cycle."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from foodorder.rules.errors import N_
from foodorder.rules.facts import Amount, Money, Weight
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
from foodorder.rules.red_flags.statistics import WHOLE


@dataclass(frozen=True, slots=True)
class Brought:
    """A recorded line whose goods were accepted or refused: thousandths of the unit, grams of one unit."""

    institution: Party
    producer: Party
    line: int
    name: str
    day: date
    unit: str
    recorded: int
    sent: int
    accepted: int
    grams_per_unit: int

    def grams(self, quantity: int) -> int:
        """Weight of a quantity of it."""
        return quantity * self.grams_per_unit // 1000


def deviating(facts: Sequence[Brought], numbers: Mapping[str, int]) -> Iterator[Raised]:
    """In a month much less (or more) of a producer's goods was accepted than was ordered."""
    for (institution, producer), lines in grouped(facts, lambda one: (one.institution, one.producer)).items():
        off = [one for one in lines if one.accepted != one.recorded]
        ordered = sum(one.grams(one.recorded) for one in lines)
        missing = sum(abs(one.grams(one.recorded) - one.grams(one.accepted)) for one in off)
        if missing * WHOLE < ordered * numbers["share"] or missing < numbers["grams"]:
            continue
        last = max(one.day for one in lines)
        off.sort(key=lambda one: abs(one.grams(one.recorded) - one.grams(one.accepted)), reverse=True)
        yield Raised(
            f"{institution.id}:{producer.id}:{last:%Y-%m}",
            Subject("producer", producer.id, institution.id, producer.id),
            min(one.day for one in off),
            max(one.day for one in off),
            {
                "institution": institution.name,
                "producer": producer.name,
                "count": len(off),
                "off": Weight(missing),
                "ordered": Weight(ordered),
                "percent": percent(missing, ordered),
            },
            [
                Item(
                    "line", one.line, one.name, one.day,
                    {
                        "ordered": Amount(one.recorded, one.unit), "delivered": Amount(one.sent, one.unit),
                        "accepted": Amount(one.accepted, one.unit),
                    },
                )
                for one in off
            ],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unproved:
    """A recorded line of a product for which a certificate is claimed that had ended on the delivery date."""

    institution: Party
    producer: Party
    certificate: int
    number: str
    scheme: str
    ended: date
    line: int
    name: str
    day: date
    cents: int


def expired(facts: Sequence[Unproved], numbers: Mapping[str, int]) -> Iterator[Raised]:
    """Goods were sold as certified after their certificate had ended, not so long ago that nobody says it."""
    late = [one for one in facts if (one.day - one.ended).days <= numbers["days"]]
    for certificate, lines in grouped(late, lambda one: one.certificate).items():
        one, last = lines[0], max(line.day for line in lines)
        yield Raised(
            f"{certificate}:{last:%Y-%m}",
            Subject("producer", one.producer.id, None, one.producer.id),
            min(line.day for line in lines),
            last,
            {
                "producer": one.producer.name,
                "scheme": one.scheme,
                "number": one.number,
                "ended": one.ended,
                "count": len(lines),
                "sum": Money(sum(line.cents for line in lines)),
                "institutions": len({line.institution for line in lines}),
            },
            [
                Item("line", line.line, f"{line.name}, {line.institution.name}", line.day,
                     {"net": Money(line.cents), "until": line.ended})
                for line in sorted(lines, key=lambda line: (line.day, line.line))
            ],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery note with all lines accepted or refused. `seconds` from its leaving to the last of them.

    None: the farm did not say when it left. `whole`: everything was accepted as it was sent.
    """

    institution: Party
    producer: Party
    note: int
    number: str
    day: date
    seconds: int | None
    whole: bool
    person: str


def rubber_stamp(facts: Sequence[Taken], numbers: Mapping[str, int]) -> Iterator[Raised]:
    """Deliveries of a producer are always accepted whole as soon as they left the farm: unseen."""
    for (institution, producer), notes in grouped(facts, lambda one: (one.institution, one.producer)).items():
        timed = [one for one in notes if one.seconds is not None]
        quick = [one for one in timed if one.whole and (one.seconds or 0) <= numbers["seconds"]]
        if len(quick) < numbers["least"] or len(quick) < len(timed):
            continue
        last = max(one.day for one in quick)
        yield Raised(
            f"{institution.id}:{producer.id}:{last:%Y-%m}",
            Subject("producer", producer.id, institution.id, producer.id),
            min(one.day for one in quick),
            last,
            {
                "institution": institution.name,
                "producer": producer.name,
                "count": len(quick),
                "seconds": numbers["seconds"],
            },
            [
                Item("note", one.note, one.number, one.day,
                     {"seconds": one.seconds or 0, "person": one.person})
                for one in sorted(quick, key=lambda one: one.day, reverse=True)
            ],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Added:
    """What an institution got from a producer in a month: a line, in the cycle or agreed after its close."""

    institution: Party
    producer: Party
    record: int
    number: str
    day: date
    cents: int
    outside: bool


def outside(facts: Sequence[Added], numbers: Mapping[str, int]) -> Iterator[Raised]:
    """Much of what a producer brings to an institution was never ordered in a cycle."""
    for (institution, producer), rows in grouped(facts, lambda one: (one.institution, one.producer)).items():
        beside = [one for one in rows if one.outside]
        total, extra = sum(one.cents for one in rows), sum(one.cents for one in beside)
        if len(beside) < numbers["least"] or extra * WHOLE < total * numbers["share"]:
            continue
        last = max(one.day for one in beside)
        yield Raised(
            f"{institution.id}:{producer.id}:{last:%Y-%m}",
            Subject("producer", producer.id, institution.id, producer.id),
            min(one.day for one in beside),
            last,
            {
                "institution": institution.name,
                "producer": producer.name,
                "count": len(beside),
                "sum": Money(extra),
                "percent": percent(extra, total),
            },
            [
                Item("record", one.record, one.number, one.day, {"net": Money(one.cents)})
                for one in sorted(beside, key=lambda one: one.cents, reverse=True)
            ],
        )


RULES = (
    Rule(
        "quantity", 1, Family.GOODS, Severity.MEDIUM,
        N_("Accepted otherwise than ordered"),
        N_(
            "Of the %(ordered)s that %(institution)s ordered from %(producer)s, %(off)s or %(percent)s %%"
            " were accepted otherwise than ordered. Lines: %(count)s."
        ),
        N_(
            "A supplier who wins with quantities that do not come, or brings other goods instead, was not the"
            " best offer. Hail, frost and claims that were settled explain most of it."
        ),
        N_("Court of Audit, schools, 2018; ZJN-3, art. 95"),
        {
            "share": Parameter(1_000, "bp", N_("From this share of the weight on")),
            "grams": Parameter(10_000, "grams", N_("From this weight on")),
        },
        Brought, deviating,
    ),
    Rule(
        "certificate", 1, Family.GOODS, Severity.HIGH,
        N_("Certificate ended before the delivery"),
        N_(
            "The certificate %(number)s (%(scheme)s) of %(producer)s ended on %(ended)s; goods that rest"
            " on it were delivered after that for %(sum)s. Lines: %(count)s, institutions:"
            " %(institutions)s."
        ),
        N_(
            "Food counts towards the shares of organic food and quality schemes only with a certificate that"
            " is valid on the day of delivery. Often the new one is there and nobody entered it."
        ),
        N_("Uredba o zelenem javnem naročanju; Regulation (EU) 2018/848, art. 35"),
        {"days": Parameter(180, "days", N_("Ended at most so many days before"))},
        Unproved, expired,
    ),
    Rule(
        "rubber_stamp", 1, Family.GOODS, Severity.MEDIUM,
        N_("Always accepted whole within a minute"),
        N_(
            "%(institution)s always accepted what %(producer)s brought whole, each time within"
            " %(seconds)s seconds of its leaving the farm. Deliveries: %(count)s."
        ),
        N_(
            "Whoever takes goods in counts, weighs and looks at them. The time is counted from the moment at"
            " which the farm said that the goods are on their way: no drive is that short."
        ),
        N_("ZJF, art. 100; Court of Audit, schools, 2018"),
        {
            "seconds": Parameter(60, "seconds", N_("Within so many seconds")),
            "least": Parameter(3, "count", N_("At least so many deliveries in a month")),
        },
        Taken, rubber_stamp,
    ),
    Rule(
        "outside_cycle", 1, Family.GOODS, Severity.LOW,
        N_("Ordered outside a cycle"),
        N_(
            "%(producer)s brought %(institution)s goods for %(sum)s that were agreed after the close:"
            " %(percent)s %% of what it bought there in the month. Lines: %(count)s."
        ),
        N_(
            "In a cycle all offers stand side by side. What is agreed after its close is meant for"
            " emergencies; where it becomes a habit nobody compares any more."
        ),
        N_("ZJN-3, art. 5 to 7"),
        {
            "least": Parameter(3, "count", N_("At least so many lines in a month")),
            "share": Parameter(2_500, "bp", N_("From this share of the purchases on")),
        },
        Added, outside,
    ),
)  # fmt: skip
