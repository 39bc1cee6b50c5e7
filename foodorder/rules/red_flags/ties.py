"""Producers: few who have all, and ties to those who decide."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from foodorder.rules.concentration import index
from foodorder.rules.errors import N_
from foodorder.rules.facts import Money
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
from foodorder.rules.red_flags.statistics import part_of


@dataclass(frozen=True, slots=True)
class Bought:
    """What an institution bought of a food group from a producer in the twelve months, net cents."""

    institution: Party
    producer: Party
    group: int
    group_sl: str
    group_en: str
    cents: int
    first: date
    last: date


def concentrated(facts: Sequence[Bought], numbers: Mapping[str, int]) -> Iterator[Raised]:
    """One producer has nearly all of a food group at an institution."""
    for (institution, group), rows in grouped(facts, lambda one: (one.institution, one.group)).items():
        total, top = sum(one.cents for one in rows), max(rows, key=lambda one: one.cents)
        points = index([one.cents for one in rows]) or 0
        if total < numbers["sum"] or part_of(top.cents, total) < numbers["share"] or points < numbers["hhi"]:
            continue
        last = max(one.last for one in rows)
        yield Raised(
            f"{institution.id}:{group}:{last.year}",
            Subject("producer", top.producer.id, institution.id, top.producer.id, group),
            min(one.first for one in rows),
            last,
            {
                "institution": institution.name,
                "producer": top.producer.name,
                "group_sl": top.group_sl,
                "group_en": top.group_en,
                "percent": percent(top.cents, total),
                "sum": Money(total),
                "count": len(rows),
                "index": points,
            },
            [
                Item("producer", one.producer.id, one.producer.name, None,
                     {"net": Money(one.cents), "share": f"{percent(one.cents, total)} %"})
                for one in sorted(rows, key=lambda one: one.cents, reverse=True)
            ],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tied:
    """A month's records of an institution with a producer in which a functionary declared an interest."""

    interest: int
    person: str
    office: str
    institution: Party
    producer: Party
    forbidden: bool
    record: int
    number: str
    day: date
    cents: int


def forbidden(facts: Sequence[Tied], _numbers: Mapping[str, int]) -> Iterator[Raised]:
    """An institution bought where the law forbids it because of its own functionary."""
    barred = grouped((one for one in facts if one.forbidden), lambda one: (one.interest, one.institution))
    for (interest, institution), rows in barred.items():
        yield _tied(rows, f"{interest}:{institution.id}:{_last(rows):%Y-%m}", institution)


def declared(facts: Sequence[Tied], numbers: Mapping[str, int]) -> Iterator[Raised]:
    """Purchases from a producer in which a functionary of the municipality or of another body has a part.

    One flag a declaration and year, whoever bought: what is allowed is worth one look.
    """
    for interest, rows in grouped(
        (one for one in facts if not one.forbidden), lambda one: one.interest
    ).items():
        if sum(row.cents for row in rows) >= numbers["sum"]:
            yield _tied(rows, f"{interest}:{_last(rows).year}", None)


def _last(rows: Sequence[Tied]) -> date:
    return max(row.day for row in rows)


def _tied(rows: Sequence[Tied], key: str, institution: Party | None) -> Raised:
    one = rows[0]
    return Raised(
        key,
        Subject("interest", one.interest, institution.id if institution else None, one.producer.id),
        min(row.day for row in rows),
        _last(rows),
        {
            "institution": one.institution.name,
            "institutions": len({row.institution for row in rows}),
            "producer": one.producer.name,
            "person": one.person,
            "office": one.office,
            "count": len(rows),
            "sum": Money(sum(row.cents for row in rows)),
        },
        [
            Item(
                "record",
                row.record,
                f"{row.number}, {row.institution.name}",
                row.day,
                {"net": Money(row.cents)},
            )
            for row in sorted(rows, key=lambda row: row.cents, reverse=True)
        ],
    )


RULES = (
    Rule(
        "concentration", 1, Family.SELLERS, Severity.LOW,
        N_("One producer has nearly all"),
        N_(
            "%(producer)s has %(percent)s %% of what %(institution)s bought of the group %(group)s in"
            " twelve months (%(sum)s; producers: %(count)s; concentration %(index)s of 10,000)."
        ),
        N_(
            "Who depends on one supplier pays what they ask. In a small place there may be only one who has"
            " it; then it helps to invite others."
        ),
        N_("ZJN-3, art. 5; Herfindahl-Hirschman index"),
        {
            "share": Parameter(8_000, "bp", N_("From this share on")),
            "hhi": Parameter(6_500, "count", N_("From this index of concentration on")),
            "sum": Parameter(500_000, "cents", N_("If the group comes to at least")),
        },
        Bought, concentrated,
    ),
    Rule(
        "interest_forbidden", 1, Family.SELLERS, Severity.HIGH,
        N_("Bought where the law forbids it"),
        N_(
            "%(institution)s bought from %(producer)s for %(sum)s although %(person)s (%(office)s), its"
            " own functionary, declared an interest in it. Records: %(count)s."
        ),
        N_(
            "A body does not buy from a supplier in which its own functionary or their family has a part"
            " above the share of the law. The contract is void."
        ),
        N_("ZIntPK, art. 35"),
        {},
        Tied, forbidden,
    ),
    Rule(
        "interest_declared", 1, Family.SELLERS, Severity.LOW,
        N_("Bought from a producer with a declared interest"),
        N_(
            "In a month institutions bought from %(producer)s for %(sum)s; %(person)s (%(office)s) declared"
            " an interest in it. Institutions: %(institutions)s, records: %(count)s."
        ),
        N_(
            "This is allowed: another body than the functionary’s own buys. Look whether they kept out of"
            " every decision about the producer."
        ),
        N_("ZJN-3, art. 91; Commission for the Prevention of Corruption"),
        {"sum": Parameter(5_000, "cents", N_("In a month together at least"))},
        Tied, declared,
    ),
)  # fmt: skip
