"""Approval of orders: when a second person must approve one, who may, and what they should look at.

A kitchen without a limit needs no approval. With one, an order needs it when its net value is above the
limit, or when it takes a funding source beyond the budget of its week or of a year. Nobody approves their
own order, nor an order from a producer in whom they or their family have an interest (four eyes; ZIntPK).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from foodorder.rules.agreements import Funding
from foodorder.rules.cycle import CycleNotOpen
from foodorder.rules.errors import N_, Fact, Money, Refusal
from foodorder.rules.money import divide
from foodorder.rules.season import in_season

#: From which rise against the last price an approver is told, basis points; a habit of good housekeeping,
#: no law.
PRICE_RISE_BP = 1000
#: From which part of the usual week a quantity is unusual, basis points.
LARGE_BP = 15_000
#: Weeks in which a food must have come before any is usual.
USUAL_WEEKS = 2
WHOLE = 10_000


class NotYourOwnOrder(Refusal):
    """Whoever submitted an order cannot approve it."""

    message = N_("You submitted this order yourself. Somebody else must approve it.")


class NotWaiting(Refusal):
    """An approval that was given, refused or overtaken already."""

    message = N_(
        "This order does not wait for approval any more: it was decided, changed or withdrawn. See the list."
    )


class WordMissing(Refusal):
    """An order sent back without saying why."""

    message = N_("Write what the kitchen should change.")
    default_field = "words"


class TooLateToDecide(CycleNotOpen):
    """An answer at or after the deadline."""

    message = N_("The deadline was %(closes_at)s. Orders cannot be approved or sent back any more.")


class Why(StrEnum):
    """Why an order needs approval."""

    ABOVE_LIMIT = "above_limit"
    WEEK_BUDGET = "week_budget"
    YEAR_BUDGET = "year_budget"


#: The sentence of each reason; the fact `funding` is a code of rules/agreements.py in words.
WHYS: Mapping[Why, str] = MappingProxyType(
    {
        Why.ABOVE_LIMIT: N_("It comes to %(net)s net, more than the limit of %(limit)s."),
        Why.WEEK_BUDGET: N_("%(funding)s: with it the week comes to %(after)s of a budget of %(budget)s."),
        Why.YEAR_BUDGET: N_(
            "%(funding)s: with it the year %(year)s comes to %(after)s of a budget of %(budget)s."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Use:
    """What an order takes of one budget, net cents.

    `before`: what is ordered besides it; `year`: None for the budget of a week.
    """

    funding: Funding
    budget: int
    before: int
    order: int
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """One reason with its facts; `funding` in its code."""

    why: Why
    facts: Mapping[str, Fact]


def needs_approval(net_cents: int, limit_cents: int | None, uses: Iterable[Use] = ()) -> list[Need]:
    """Why an order of so many net cents needs a second person; empty: it does not.

    A budget that others passed already asks only of orders that take from it.
    """
    if limit_cents is None:
        return []
    needs = []
    if net_cents > limit_cents:
        needs.append(Need(Why.ABOVE_LIMIT, {"net": Money(net_cents), "limit": Money(limit_cents)}))
    for use in uses:
        after = use.before + use.order
        if use.order > 0 and after > use.budget:
            facts: dict[str, Fact] = {
                "funding": use.funding.value,
                "after": Money(after),
                "budget": Money(use.budget),
            }
            if use.year is None:
                needs.append(Need(Why.WEEK_BUDGET, facts))
            else:
                needs.append(Need(Why.YEAR_BUDGET, {**facts, "year": use.year}))
    return needs


def check_not_own(person: int | None, submitter: int | None) -> None:
    """Refuse a decision by the one who submitted the order (interests: rules/integrity.py).

    Raises NotYourOwnOrder.
    """
    if person is not None and person == submitter:
        raise NotYourOwnOrder


def price_rise_bp(last_cents: int, now_cents: int) -> int | None:
    """By how much a price rose, in basis points, if that is worth telling (from PRICE_RISE_BP on)."""
    if last_cents <= 0:
        return None
    rise = divide((now_cents - last_cents) * WHOLE, last_cents)
    return rise if (now_cents - last_cents) * WHOLE >= last_cents * PRICE_RISE_BP else None


def usual(weeks: Sequence[int]) -> int | None:
    """The mean of what came in past weeks; None: too few of them to call anything usual."""
    return divide(sum(weeks), len(weeks)) if len(weeks) >= USUAL_WEEKS else None


def is_large(quantity: int, usual_quantity: int | None) -> bool:
    """Whether a quantity is above 150 % of the usual week."""
    return usual_quantity is not None and quantity * WHOLE > usual_quantity * LARGE_BP


def off_season(months: Iterable[int], days: Iterable[date]) -> bool:
    """Whether food is ordered for a day in none of its months; without months nothing is off season."""
    known = frozenset(months)
    return bool(known) and not all(in_season(known, day) for day in days)
