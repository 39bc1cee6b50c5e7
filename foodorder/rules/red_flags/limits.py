"""Thresholds and limits: what is added up against a threshold, and what gathers just below a limit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

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
from foodorder.rules.red_flags.statistics import WHOLE


@dataclass(frozen=True, slots=True)
class EvidenceOrder:
    """A purchase below the threshold, net cents; `record` 0: bought outside this system."""

    institution: Party
    kind: Party
    producer: str
    record: int
    name: str
    day: date
    cents: int
    #: Whether it is of the month that is looked at; the others came in the twelve months before.
    recent: bool


def splitting(facts: Sequence[EvidenceOrder], numbers: Mapping[str, int]) -> Iterator[Raised]:
    """Evidence orders of one kind of an institution that together come close to the threshold, or past it."""
    for (institution, kind), orders in grouped(facts, lambda one: (one.institution, one.kind)).items():
        total = sum(one.cents for one in orders)
        near = total * WHOLE >= numbers["threshold"] * numbers["near"]
        if not near or len(orders) < numbers["least"] or not any(one.recent for one in orders):
            continue
        last = max(one.day for one in orders)
        newest = sorted(orders, key=lambda one: (one.day, one.cents), reverse=True)
        yield Raised(
            f"{institution.id}:{kind.id}:{last.year}",
            Subject("institution", institution.id, institution.id),
            min(one.day for one in orders),
            last,
            {
                "institution": institution.name,
                "kind": kind.name,
                "sum": Money(total),
                "percent": percent(total, numbers["threshold"]),
                "limit": Money(numbers["threshold"]),
                "count": len(orders),
                "producers": len({one.producer for one in orders}),
            },
            [
                Item("record", one.record, f"{one.name}, {one.producer}", one.day, {"net": Money(one.cents)})
                for one in newest
            ],
        )


@dataclass(frozen=True, slots=True)
class LimitedOrder:
    """A submitted order that counted, of an institution in which a second person approves above a limit."""

    institution: Party
    order: int
    number: str
    day: date
    cents: int
    limit_cents: int
    recent: bool


def just_under(facts: Sequence[LimitedOrder], numbers: Mapping[str, int]) -> Iterator[Raised]:
    """Many of an institution's orders end just below the limit from which somebody approves them."""
    for institution, orders in grouped(facts, lambda one: one.institution).items():
        near = [
            one
            for one in orders
            if one.limit_cents * numbers["near"] <= one.cents * WHOLE <= one.limit_cents * WHOLE
        ]
        many = len(near) >= numbers["least"] and len(near) * WHOLE >= len(orders) * numbers["share"]
        if not many or not any(one.recent for one in near):
            continue
        last = max(one.day for one in near)
        yield Raised(
            f"{institution.id}:{last.year}",
            Subject("institution", institution.id, institution.id),
            min(one.day for one in near),
            last,
            {
                "institution": institution.name,
                "near": len(near),
                "count": len(orders),
                "limit": Money(near[-1].limit_cents),
                "percent": numbers["near"] // 100,
            },
            [
                Item("order", one.order, one.number, one.day,
                     {"net": Money(one.cents), "limit": Money(one.limit_cents)})
                for one in sorted(near, key=lambda one: one.day, reverse=True)
            ],
        )  # fmt: skip


RULES = (
    Rule(
        "splitting", 1, Family.LIMITS, Severity.MEDIUM,
        N_("Evidence orders of one kind near the threshold"),
        N_(
            "%(institution)s bought %(kind)s by evidence orders for %(sum)s within twelve months:"
            " %(percent)s %% of the threshold of %(limit)s. Parts: %(count)s, suppliers: %(producers)s."
        ),
        N_(
            "From the threshold on a procedure is owed. What is of one kind is added up over twelve months,"
            " whoever sells it; many small orders can be a need that was cut into parts."
        ),
        N_("ZJN-3, art. 21 and 24"),
        {
            "threshold": Parameter(
                4_000_000, "cents", N_("The threshold"), "procurement.threshold_goods"
            ),
            "near": Parameter(9_000, "bp", N_("From this share of the threshold on")),
            "least": Parameter(3, "count", N_("From so many orders on")),
        },
        EvidenceOrder, splitting,
    ),
    Rule(
        "just_under", 1, Family.LIMITS, Severity.LOW,
        N_("Orders just below the limit for approval"),
        N_(
            "Of the last %(count)s orders of %(institution)s, %(near)s lie between %(percent)s %% of the"
            " limit of %(limit)s and the limit, so that nobody had to approve them."
        ),
        N_(
            "An order above the limit is approved by a second person. Orders that often end just below it"
            " may have been made to fit."
        ),
        N_("ZJF, art. 100"),
        {
            "near": Parameter(9_000, "bp", N_("From this share of the limit on")),
            "least": Parameter(4, "count", N_("From so many orders on")),
            "share": Parameter(3_000, "bp", N_("If they are at least this share of all orders")),
        },
        LimitedOrder, just_under,
    ),
)  # fmt: skip
