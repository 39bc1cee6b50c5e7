"""Unfair trading practices: who may be asked to bear the cost of a change after the close.

Directive (EU) 2019/633 holds for public buyers too, whatever their size (art. 1(2)). A buyer must not cancel
an order of perishable food at such short notice that the supplier cannot be expected to sell it otherwise;
less than thirty days is always short (art. 3(1)(b)), and a reduction cancels a part of the order. Perishable
is what may become unfit for sale within thirty days after harvest or production (art. 2(5)). Both numbers are
dated rows: `utp.cancellation_notice` and `utp.shelf_life`.

What is asked too late for the law's notice may still be agreed if the buyer bears the whole cost: then the
supplier is paid as for a delivery, and nothing is taken from them. What the supplier asks for themselves,
because they cannot deliver, is no practice of the buyer's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from foodorder.rules.errors import N_, Refusal


class CostBearer(StrEnum):
    """Who pays for what was already harvested or bought."""

    NOBODY = "nobody"
    INSTITUTION = "institution"
    PRODUCER = "producer"


class Initiative(StrEnum):
    """Whose wish a change after the close is."""

    BUYER = "buyer"
    #: They cannot deliver all of it, and said so.
    PRODUCER = "producer"


class Ground(StrEnum):
    """Why it is lawful that a change is made and its cost borne so."""

    ADDITION = "addition"
    PRODUCERS_WISH = "producers_wish"
    BUYER_BEARS = "buyer_bears"
    ENOUGH_NOTICE = "enough_notice"
    NOT_PERISHABLE = "not_perishable"


GROUNDS: Mapping[Ground, str] = MappingProxyType(
    {
        Ground.ADDITION: N_("More is delivered and paid for; nothing is taken from the supplier."),
        Ground.PRODUCERS_WISH: N_("The supplier asked for it, because they cannot deliver it."),
        Ground.BUYER_BEARS: N_(
            "Perishable food is reduced at short notice, so the contracting authority bears the whole cost "
            "(Directive (EU) 2019/633, art. 3(1)(b))."
        ),
        Ground.ENOUGH_NOTICE: N_(
            "The perishable food was reduced with the notice that the law asks for, and both sides agreed "
            "(Directive (EU) 2019/633, art. 3(1)(b))."
        ),
        Ground.NOT_PERISHABLE: N_("The food keeps, and both sides agreed who bears the cost."),
    }
)

#: Who may bear the cost, by ground.
BEARERS: Mapping[Ground, tuple[CostBearer, ...]] = MappingProxyType(
    {
        Ground.ADDITION: tuple(CostBearer),
        Ground.PRODUCERS_WISH: tuple(CostBearer),
        Ground.BUYER_BEARS: (CostBearer.INSTITUTION,),
        Ground.ENOUGH_NOTICE: tuple(CostBearer),
        Ground.NOT_PERISHABLE: tuple(CostBearer),
    }
)


class BuyerBearsTheCost(Refusal):
    """An answer that would let the supplier, or nobody, pay for a late reduction of perishable food."""

    message = N_(
        "Perishable food is reduced less than %(notice)s days before its delivery: only the contracting "
        "authority may bear the cost (Directive (EU) 2019/633, art. 3(1)(b))."
    )
    default_field = "cost_bearer"


@dataclass(frozen=True, slots=True)
class Limits:
    """The law's numbers on a day: least notice of a cancellation, and the most days that perishables keep."""

    notice_days: int
    shelf_life_days: int


@dataclass(frozen=True, slots=True)
class Goods:
    """A line that is to become less: how many days the food keeps (None: long), and its day of delivery."""

    shelf_life_days: int | None
    delivery_date: date


def is_perishable(shelf_life_days: int | None, limits: Limits) -> bool:
    """Whether food may become unfit for sale within the law's days (art. 2(5)); None: it keeps."""
    return shelf_life_days is not None and shelf_life_days <= limits.shelf_life_days


def is_short_notice(asked_on: date, delivery_date: date, limits: Limits) -> bool:
    """Whether there are fewer days between the two than the law asks for."""
    return (delivery_date - asked_on).days < limits.notice_days


def is_protected(goods: Goods, asked_on: date, limits: Limits) -> bool:
    """Whether a buyer who wants less of these goods bears the cost: perishable, and at short notice."""
    return is_perishable(goods.shelf_life_days, limits) and is_short_notice(
        asked_on, goods.delivery_date, limits
    )


def ground_of(reduced: Iterable[Goods], initiative: Initiative, asked_on: date, limits: Limits) -> Ground:
    """On what ground a change may be agreed. `reduced`: the lines that become less; none for an addition.

    One line of perishables at short notice decides for the whole change, since one side bears all its cost.
    """
    goods = tuple(reduced)
    if not goods:
        return Ground.ADDITION
    if initiative is Initiative.PRODUCER:
        return Ground.PRODUCERS_WISH
    if any(is_protected(one, asked_on, limits) for one in goods):
        return Ground.BUYER_BEARS
    if any(is_perishable(one.shelf_life_days, limits) for one in goods):
        return Ground.ENOUGH_NOTICE
    return Ground.NOT_PERISHABLE


def check_bearer(bearer: CostBearer, ground: Ground, limits: Limits) -> None:
    """Refuse a bearer whom the law forbids.

    Raises BuyerBearsTheCost.
    """
    if bearer not in BEARERS[ground]:
        raise BuyerBearsTheCost(notice=limits.notice_days)
