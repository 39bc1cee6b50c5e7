"""Substitution: what may come instead of a line that cannot be delivered (nadomestno živilo).

The kitchen says of each line whether a substitute is allowed, whether it is asked first, or never. Whatever
it says, a substitute is the same food type, brings no allergen that the ordered food lacks (contents or
traces; Regulation (EU) 1169/2011, art. 9 and 44), keeps the certificates that the line needed (a lot that was
awarded for organic food gets organic food; organic food counts towards the green share), and costs the
kitchen no more than was agreed: who runs out keeps the contract’s price (domain.md §2.5, a tender).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from foodorder.rules.agreements import Substitution
from foodorder.rules.allergens import Declaration, added_by
from foodorder.rules.calendar import falls_on
from foodorder.rules.certificates import SCHEMES, CountsAs
from foodorder.rules.errors import N_, Amount, Money, Refusal


class NoSubstitute(Refusal):
    """A line of which the kitchen said that nothing may come instead."""

    message = N_("The kitchen wants no substitute for this line.")


class OtherFood(Refusal):
    """Another food type."""

    message = N_("This is another food.")


class BringsAllergen(Refusal):
    """An allergen that the ordered food lacks."""

    message = N_(
        "It brings allergens that the ordered food does not have (numbers of the list of fourteen):"
        " %(allergens)s."
    )


class LosesOrganic(Refusal):
    """Conventional food instead of organic food."""

    message = N_("It has no organic certificate that is valid on %(day)s, as this line needs.")


class LosesCertificate(Refusal):
    """Without a certificate of the scheme that the line's lot was awarded for."""

    message = N_("It has no certificate of the lot’s quality scheme that is valid on %(day)s.")


class DearerThanAgreed(Refusal):
    """A higher price than the agreed one."""

    message = N_("It costs more (%(price)s) than what was agreed (%(agreed)s for one unit).")


class NotDelivered(Refusal):
    """Not offered any more, or not on that day."""

    message = N_("It cannot be had on %(day)s.")


class NotEnough(Refusal):
    """Less than what is to be replaced."""

    message = N_("Only %(left)s of it are left.")


class UnitDiffers(Refusal):
    """Sold by another unit, so that neither price nor quantity can be compared."""

    message = N_("It is sold by another unit.")


@dataclass(frozen=True, slots=True)
class Ordered:
    """A line: thousandths, cents paid for one unit, allergens, and the schemes that it needs."""

    food_type: int
    unit: str
    quantity: int
    day: date
    paid_cents: int
    allergens: Declaration
    needs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An offer that might come instead.

    `schemes` are those with a certificate valid on the day; `days` the bitmask of weekdays on which the
    kitchen can have it; `left` thousandths that it may still take, None without a limit.
    """

    food_type: int
    unit: str
    paid_cents: int
    allergens: Declaration
    schemes: frozenset[str]
    days: int
    left: int | None
    published: bool = True


def needed_schemes(valid: Iterable[str], lot_scheme: str | None) -> frozenset[str]:
    """What a substitute must prove: the lot's scheme, and organic production where the line was organic.

    `valid`: schemes of the line with a certificate valid on its day.
    """
    return frozenset(_organic(valid) | ({lot_scheme} if lot_scheme else set()))


def _organic(schemes: Iterable[str]) -> set[str]:
    return {scheme for scheme in schemes if SCHEMES[scheme].counts_as is CountsAs.ORGANIC}


def check_substitute(ordered: Ordered, other: Candidate) -> None:
    """Refuse what may not come instead of a line, whatever the kitchen said.

    Raises OtherFood, UnitDiffers, BringsAllergen, LosesOrganic, LosesCertificate, DearerThanAgreed,
    NotDelivered or NotEnough.
    """
    if other.food_type != ordered.food_type:
        raise OtherFood
    if other.unit != ordered.unit:
        raise UnitDiffers
    if added := added_by(other.allergens, ordered.allergens):
        raise BringsAllergen(allergens=", ".join(map(str, sorted(added))))
    if lost := ordered.needs - other.schemes:
        raise LosesOrganic(day=ordered.day) if _organic(lost) else LosesCertificate(day=ordered.day)
    if other.paid_cents > ordered.paid_cents:
        raise DearerThanAgreed(price=Money(other.paid_cents), agreed=Money(ordered.paid_cents))
    if not other.published or not falls_on(other.days, ordered.day):
        raise NotDelivered(day=ordered.day)
    if other.left is not None and other.left < ordered.quantity:
        raise NotEnough(left=Amount(max(other.left, 0), other.unit))


def needs_consent(said: Substitution) -> bool:
    """Whether the kitchen is asked before a substitute comes. Raises NoSubstitute where it said never."""
    if said is Substitution.NEVER:
        raise NoSubstitute
    return said is Substitution.ASK
