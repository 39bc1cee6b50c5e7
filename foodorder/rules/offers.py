"""Publishing an offer: what a producer may promise for a delivery week, and what an order does to it.

An offer stands for one product and one week. Its price, days and quantity may change as often as the
producer likes while nobody has ordered of it. What is ordered is not taken away by a change of a form: giving
less than was ordered, or nothing, needs a reason (hail, frost), and those who ordered are told.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from foodorder.rules.calendar import days_mask
from foodorder.rules.errors import N_, Amount, Facts, Money, Refusal
from foodorder.rules.quantity import check_step
from foodorder.rules.season import in_season

#: The longest reason for giving less, in characters: it stands in messages and on records.
LONGEST_REASON = 300


class PriceMissing(Refusal):
    """An offer without a price."""

    message = N_("Write the price of one unit, without VAT.")
    default_field = "price"


class DaysMissing(Refusal):
    """An offer that can be delivered on no day."""

    message = N_("Choose at least one day on which you deliver.")
    default_field = "days"


class QuantityMissing(Refusal):
    """A limited offer of nothing."""

    message = N_("Write how much there is, or leave the product out.")
    default_field = "available"


class OutOfSeason(Refusal):
    """An offer in a week in which this food does not grow and is not stored here."""

    message = N_("%(food)s is not in season in the week of %(week)s.")
    default_field = "available"


class WeekOver(Refusal):
    """An offer for a week that has ended."""

    message = N_("The week of %(week)s is over.")


class AlreadyOrdered(Refusal):
    """Less than what kitchens have ordered, without saying why."""

    message = N_(
        "Kitchens have already ordered %(taken)s. "
        "To give less, use “Less, or none” and say why: they are told."
    )
    default_field = "available"


class WithdrawnForGood(Refusal):
    """An offer that was withdrawn with a reason: kitchens were told that it will not come."""

    message = N_("This offer was withdrawn for the week, and the kitchens were told.")
    default_field = "available"


class NotAReduction(Refusal):
    """A new quantity that is not smaller than the one that was offered."""

    message = N_("The new quantity must be smaller than %(available)s.")
    default_field = "available"


class ReasonMissing(Refusal):
    """Giving less without a reason."""

    message = N_("Say why in a few words: the kitchens read it.")
    default_field = "reason"


class ReasonTooLong(Refusal):
    """A reason that no message can hold."""

    message = N_("Say it in at most %(longest)s characters.")
    default_field = "reason"


class ProductUnknown(Refusal):
    """A product that this producer does not sell, or no longer."""

    message = N_("This product is no longer on your list.")


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that does not stop an offer but that the producer should know: a sentence and its facts."""

    message: str
    facts: Facts = field(default_factory=dict)


CERTIFICATE_ENDS = N_(
    "The certificate %(number)s does not hold on %(day)s: what you deliver then does not count as certified."
)
DAYS_DROPPED = N_("%(food)s is in season only for a part of that week: some days were left out.")
PRICE_UNUSUAL = N_("The price %(price)s is far from the usual %(low)s to %(high)s. Is it right?")


def check_week(week: date, now: datetime) -> None:
    """Refuse an offer for a delivery week (its Monday) that is over.

    Raises WeekOver; ValueError when the day is no Monday.
    """
    if week.weekday():
        raise ValueError(f"{week} is no Monday")
    if now.date() >= week + timedelta(days=7):
        raise WeekOver(week=week)


def days_in_season(months: frozenset[int], dates: Iterable[date]) -> int:
    """Of the dates of one week, the weekdays (bit 0 = Monday) that fall in the season's months."""
    return days_mask(day.weekday() for day in dates if in_season(months, day))


def problems_of(
    *,
    food: str,
    week: date,
    price_cents: int | None,
    days: int,
    limited: bool,
    available: int | None,
    step: int,
    unit: str,
    months: frozenset[int],
    dates: Iterable[date],
    taken: int,
) -> list[Refusal]:
    """All that is wrong with one offer, at once.

    Price in cents of one unit, quantities in thousandths, `days` a set of weekdays (bit 0 = Monday), `dates`
    the days they are in that week, `months` those of the season, `taken` what is already ordered.
    """
    found: list[Refusal] = []
    if not price_cents:
        found.append(PriceMissing())
    if not days:
        found.append(DaysMissing())
    elif not days_in_season(months, dates):
        found.append(OutOfSeason(food=food, week=week))
    if limited:
        found += _quantity_problems(available, step, unit, taken)
    return found


def _quantity_problems(available: int | None, step: int, unit: str, taken: int) -> list[Refusal]:
    if not available:
        return [QuantityMissing()]
    if available < taken:
        return [AlreadyOrdered(taken=Amount(taken, unit))]
    try:
        check_step(available, step, unit=unit)
    except Refusal as reason:
        reason.field = "available"
        return [reason]
    return []


def check_reduction(available: int | None, new: int, unit: str) -> None:
    """Refuse a reduction that does not reduce; quantities in thousandths, None: unlimited.

    Raises NotAReduction, or QuantityMissing for nothing at all (that is a withdrawal).
    """
    if not new:
        raise QuantityMissing
    if available is not None and new >= available:
        raise NotAReduction(available=Amount(available, unit))


def check_reason(reason: str) -> str:
    """The reason as it will be told, without blanks around it.

    Raises ReasonMissing or ReasonTooLong.
    """
    bare = " ".join(reason.split())
    if not bare:
        raise ReasonMissing
    if len(bare) > LONGEST_REASON:
        raise ReasonTooLong(longest=LONGEST_REASON)
    return bare


def price_notice(price_cents: int, low_cents: int, high_cents: int) -> Notice | None:
    """A remark when a price is below half or above twice the usual range: most often a slip of the finger."""
    if low_cents <= price_cents * 2 and price_cents <= high_cents * 2:
        return None
    facts = {"price": Money(price_cents), "low": Money(low_cents), "high": Money(high_cents)}
    return Notice(PRICE_UNUSUAL, facts)


@dataclass(frozen=True, slots=True)
class Proof:
    """A certificate: its scheme, number, first and last day."""

    scheme: str
    number: str
    valid_from: date
    valid_to: date


def certificate_notices(proofs: Iterable[Proof], dates: Collection[date]) -> list[Notice]:
    """A remark for each scheme of which no certificate holds on one of the days: it will not count then.

    The newest certificate of the scheme is named, for it is the one to renew.
    """
    by_scheme: dict[str, list[Proof]] = {}
    for proof in proofs:
        by_scheme.setdefault(proof.scheme, []).append(proof)
    remarks = []
    for held in by_scheme.values():
        bare = [day for day in dates if not any(one.valid_from <= day <= one.valid_to for one in held)]
        if bare:
            newest = max(held, key=lambda one: one.valid_to)
            remarks.append(Notice(CERTIFICATE_ENDS, {"number": newest.number, "day": min(bare)}))
    return remarks
