"""The three-way match: ordered, accepted and invoiced, side by side, line by line.

The Court of Audit found in 2018 that schools paid other prices and quantities than were agreed. So each line
of an invoice is held against its order and its acceptance. The findings of a line share out exactly what it
asks for above accepted × agreed price. What becomes of a finding is in `findings`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from foodorder.rules.errors import N_, Amount, Fact, Money, Price
from foodorder.rules.money import MILLI, WHOLE, divide
from foodorder.rules.vat import Treatment

#: Millionths of a euro in a cent: prices of others have more decimals than ours.
MICROS = 10_000


class FindingKind(StrEnum):
    """What does not agree."""

    NOT_ORDERED = "not_ordered"
    NOT_ACCEPTED = "not_accepted"
    INVOICED_TWICE = "invoiced_twice"
    QUANTITY_ABOVE = "quantity_above"
    QUANTITY_BELOW = "quantity_below"
    PRICE_ABOVE = "price_above"
    PRICE_BELOW = "price_below"
    #: The net value is not price times quantity.
    AMOUNT = "amount"
    UNIT = "unit"
    TAX = "tax"
    #: Of the whole invoice: its totals are not those of its lines.
    TOTAL = "total"


class FindingState(StrEnum):
    """What became of a finding."""

    NOTED = "noted"
    HELD = "held"
    EXPLAINED = "explained"
    DISPUTED = "disputed"
    RELEASED = "released"


#: Facts of a finding: `ordered`, `accepted`, `invoiced`, `agreed`, `asked`, `right`, as far as it has them.
FINDING_KINDS: Mapping[FindingKind, str] = MappingProxyType(
    {
        FindingKind.NOT_ORDERED: N_("Nobody ordered this."),
        FindingKind.NOT_ACCEPTED: N_("%(invoiced)s is invoiced, and nothing was accepted."),
        FindingKind.INVOICED_TWICE: N_(
            "%(invoiced)s is invoiced, and all that was accepted is invoiced already."
        ),
        FindingKind.QUANTITY_ABOVE: N_("%(invoiced)s is invoiced, %(accepted)s was accepted."),
        FindingKind.QUANTITY_BELOW: N_("Only %(invoiced)s is invoiced of %(accepted)s that was accepted."),
        FindingKind.PRICE_ABOVE: N_("The price is %(asked)s, more than the agreed %(agreed)s."),
        FindingKind.PRICE_BELOW: N_("The price is %(asked)s, less than the agreed %(agreed)s."),
        FindingKind.AMOUNT: N_("The line says %(asked)s; its price and quantity make %(right)s."),
        FindingKind.UNIT: N_(
            "The unit is not the one that was ordered: %(invoiced)s instead of %(ordered)s."
        ),
        FindingKind.TAX: N_("The VAT is not the one that holds for this food and supplier."),
        FindingKind.TOTAL: N_("The total says %(asked)s; the lines make %(right)s."),
    }
)
FINDING_STATES: Mapping[FindingState, str] = MappingProxyType(
    {
        FindingState.NOTED: N_("Noted"),
        FindingState.HELD: N_("Held"),
        FindingState.EXPLAINED: N_("Explained"),
        FindingState.DISPUTED: N_("Disputed"),
        FindingState.RELEASED: N_("Released"),
    }
)
#: Findings that hold nothing: what is missing may come on the next invoice.
NOTED = frozenset({FindingKind.QUANTITY_BELOW})


@dataclass(frozen=True, slots=True)
class Tolerances:
    """Within what nothing is found: prices and quantities in basis points, a line's arithmetic in cents."""

    price_bp: int = 0
    quantity_bp: int = 0
    amount_cents: int = 0


@dataclass(frozen=True, slots=True)
class Sides:
    """A line of an invoice beside its order and acceptance.

    Quantities in thousandths: `ordered` None: no order; `accepted` None: nothing came yet; `before`: what
    other invoices hold of the same acceptance. Prices for one unit in millionths of a euro, net in cents.
    `tax` and `right_tax`: None: not compared.
    """

    ordered: int | None
    accepted: int | None
    quantity: int
    agreed: int
    price: int
    net: int
    unit: str
    ordered_unit: str
    before: int = 0
    tax: Treatment | None = None
    right_tax: Treatment | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A finding: its kind, how much of the difference it makes up (net cents), and its sentence's facts."""

    kind: FindingKind
    cents: int
    facts: Mapping[str, Fact]

    @property
    def state(self) -> FindingState:
        """The state in which it begins."""
        return FindingState.NOTED if self.kind in NOTED else FindingState.HELD


def value(price_micros: int, quantity: int) -> int:
    """Net cents of a price (millionths of a euro a unit) times a quantity (thousandths)."""
    return divide(price_micros * quantity, MICROS * MILLI)


def compare(sides: Sides, tolerances: Tolerances) -> tuple[Found, ...]:
    """What does not agree on a line; nothing where all does.

    With no tolerances the cents of the findings add up to net − accepted and not yet invoiced × agreed.
    """
    if sides.ordered is None:
        return (Found(FindingKind.NOT_ORDERED, sides.net, {"invoiced": Amount(sides.quantity, sides.unit)}),)
    if sides.unit != sides.ordered_unit:
        units: dict[str, Fact] = {
            "invoiced": Amount(sides.quantity, sides.unit),
            "ordered": Amount(sides.ordered, sides.ordered_unit),
        }
        return (Found(FindingKind.UNIT, sides.net - value(sides.agreed, _left(sides)), units),)
    found = (_amount(sides, tolerances), _price(sides, tolerances), _quantity(sides, tolerances), _tax(sides))
    return tuple(one for one in found if one is not None)


def check_total(stated: int, right: int) -> tuple[Found, ...]:
    """What does not agree on an invoice as a whole: its stated total against that of its lines, cents."""
    if stated == right:
        return ()
    return (Found(FindingKind.TOTAL, stated - right, {"asked": Money(stated), "right": Money(right)}),)


def _left(sides: Sides) -> int:
    """What was accepted and is on no other invoice."""
    return max((sides.accepted or 0) - sides.before, 0)


def _beyond(actual: int, right: int, tolerance_bp: int) -> bool:
    return abs(actual - right) * WHOLE > abs(right) * tolerance_bp


def _amount(sides: Sides, tolerances: Tolerances) -> Found | None:
    right = value(sides.price, sides.quantity)
    if abs(sides.net - right) <= tolerances.amount_cents:
        return None
    return Found(FindingKind.AMOUNT, sides.net - right, {"asked": Money(sides.net), "right": Money(right)})


def _price(sides: Sides, tolerances: Tolerances) -> Found | None:
    if not _beyond(sides.price, sides.agreed, tolerances.price_bp):
        return None
    kind = FindingKind.PRICE_ABOVE if sides.price > sides.agreed else FindingKind.PRICE_BELOW
    cents = value(sides.price, sides.quantity) - value(sides.agreed, sides.quantity)
    return Found(
        kind, cents, {"asked": Price(sides.price, sides.unit), "agreed": Price(sides.agreed, sides.unit)}
    )


def _quantity(sides: Sides, tolerances: Tolerances) -> Found | None:
    left = _left(sides)
    if not _beyond(sides.quantity, left, tolerances.quantity_bp):
        return None
    if not sides.accepted:
        kind = FindingKind.NOT_ACCEPTED
    elif left == 0:
        kind = FindingKind.INVOICED_TWICE
    else:
        kind = FindingKind.QUANTITY_ABOVE if sides.quantity > left else FindingKind.QUANTITY_BELOW
    cents = value(sides.agreed, sides.quantity) - value(sides.agreed, left)
    facts = {"invoiced": Amount(sides.quantity, sides.unit), "accepted": Amount(left, sides.unit)}
    return Found(kind, cents, facts)


def _tax(sides: Sides) -> Found | None:
    if sides.tax is None or sides.right_tax is None or sides.tax == sides.right_tax:
        return None
    return Found(FindingKind.TAX, 0, {"asked": sides.tax.bp, "right": sides.right_tax.bp})
