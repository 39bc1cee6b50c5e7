"""Ordering: what may stand in one cell of the weekly order, and in the order as a whole.

A cell is a quantity of one offer, for one delivery point, on one delivery day. Whatever is wrong is said of
the cell it is wrong in, all at once; nothing typed is thrown away. Typing is a draft: only a submitted order
is an order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from foodorder.rules.calendar import falls_on
from foodorder.rules.errors import N_, NN_, Amount, Refusal
from foodorder.rules.quantity import check_step, parse_quantity


class Cell(NamedTuple):
    """Where a quantity stands: which offer, at which door, on which day."""

    offer: int
    delivery_point: int
    day: date


class OfferEnded(Refusal):
    """An offer that was withdrawn, or that this cycle does not sell."""

    message = N_("This offer has ended. Choose another or empty the field.")


class NotYourDeliveryPoint(Refusal):
    """A delivery point of another kitchen, or one that is no longer used."""

    message = N_("This delivery point is not in use at your kitchen.")


class NotThatDay(Refusal):
    """A day on which the offer is not delivered, or nobody is there to take it."""

    message = N_("This cannot be delivered on %(day)s.")


class BelowMinimumQuantity(Refusal):
    """Less than the least quantity that the producer brings to a door."""

    message = N_("The least quantity of this is %(minimum)s.")


class AboveWhatIsLeft(Refusal):
    """More of a limited offer than there is left for this order."""

    message = N_("There is only %(left)s left of this.")

    def __init__(self, *, left: int, unit: str, field: str | None = None) -> None:
        #: What this order may have at most, over all its cells, in thousandths.
        self.left = left
        super().__init__(field=field, left=Amount(left, unit))


class NothingOrdered(Refusal):
    """An order without a quantity."""

    message = N_("There is no quantity in the order. To take back what was submitted, withdraw the order.")


class NothingToWithdraw(Refusal):
    """Taking back an order that does not stand."""

    message = N_("There is no submitted order to withdraw.")


class SubmittedMeanwhile(Refusal):
    """An order from a page that does not show what stands now."""

    message = N_("Version %(version)s of this order was submitted meanwhile. Look at it, then submit again.")


class OrderRefused(Refusal):
    """An order with fields that are not possible: all of them, each with its own refusal."""

    message, plural = NN_(
        "%(count)s field is not possible as it is. Nothing was submitted, and nothing typed is lost.",
        "%(count)s fields are not possible as they are. Nothing was submitted, and nothing typed is lost.",
    )

    def __init__(self, problems: Mapping[Cell, Refusal]) -> None:
        self.problems = problems
        super().__init__(count=len(problems))


class Terms(NamedTuple):
    """What an offer says to one order: unit (UN/ECE code), quantities in thousandths of it.

    `days` is the bitmask of weekdays on which the kitchen can have it; `left` what this order may have at
    most over all its cells (what it holds already counted in), None when nothing limits it now.
    """

    unit: str
    order_step: int
    minimum_quantity: int
    days: int
    published: bool = True
    left: int | None = None


def read_cell(typed: str, unit: str) -> int:
    """The quantity typed into a cell, in thousandths; an empty cell is 0.

    Raises what `quantity.parse_quantity` raises.
    """
    return parse_quantity(typed, unit=unit) if typed and not typed.isspace() else 0


def check_cell(quantity: int, day: date, terms: Terms) -> None:
    """Refuse a quantity (thousandths, more than 0) that the offer does not allow on that day.

    Raises OfferEnded, NotThatDay, NotAMultiple or BelowMinimumQuantity.
    """
    if not terms.published:
        raise OfferEnded
    if not falls_on(terms.days, day):
        raise NotThatDay(day=day)
    check_step(quantity, terms.order_step, unit=terms.unit)
    if quantity < terms.minimum_quantity:
        raise BelowMinimumQuantity(minimum=Amount(terms.minimum_quantity, terms.unit))


@dataclass(frozen=True, slots=True)
class Reading:
    """What was typed, read: quantities above zero (thousandths) and what is wrong, each by its cell.

    A cell may stand in both: it can be read, but is not possible.
    """

    quantities: Mapping[Cell, int]
    problems: Mapping[Cell, Refusal]


def read_order(
    typed: Mapping[Cell, str],
    offers: Mapping[int, Terms],
    delivery_points: Iterable[int],
    week: tuple[date, date],
) -> Reading:
    """Read every cell of an order and check it against the terms of its offer.

    `offers` holds what the cycle sells, `delivery_points` the kitchen's doors in use, `week` the first and
    the last day of the delivery week. What is above the quantity left is said beside every cell of that
    offer.
    """
    doors = frozenset(delivery_points)
    quantities: dict[Cell, int] = {}
    problems: dict[Cell, Refusal] = {}
    sums: dict[int, int] = {}
    for cell, text in typed.items():
        terms = offers.get(cell.offer)
        try:
            quantity = read_cell(text, terms.unit if terms else "KGM")
            if quantity == 0:
                continue
            quantities[cell] = quantity
            if terms is None:
                raise OfferEnded
            if cell.delivery_point not in doors:
                raise NotYourDeliveryPoint
            if not week[0] <= cell.day <= week[1]:
                raise NotThatDay(day=cell.day)
            check_cell(quantity, cell.day, terms)
            sums[cell.offer] = sums.get(cell.offer, 0) + quantity
        except Refusal as refusal:
            problems[cell] = refusal
    for cell in [cell for cell in quantities if cell not in problems]:
        terms = offers[cell.offer]
        if terms.left is not None and sums[cell.offer] > terms.left:
            problems[cell] = AboveWhatIsLeft(left=terms.left, unit=terms.unit)
    return Reading(quantities, problems)
