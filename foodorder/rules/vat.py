"""VAT: which rate on which day, how a producer's tax type changes it, and what a kitchen really pays.

The rates themselves are dated rows with their source; none stands in this code. Classes are the keys of those
rows without their prefix: `food`, `sugar_drink`, `standard`, `flat_rate`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from foodorder.rules.errors import N_, Refusal
from foodorder.rules.money import vat_of

#: The class of the flat-rate compensation (pavšalno nadomestilo) among the dated rates.
FLAT_RATE_CLASS = "flat_rate"


class TaxType(StrEnum):
    """How a producer is taxed."""

    VAT_PAYER = "vat_payer"
    #: A farmer taxed by cadastral income who may hold a permit for the compensation (ZDDV-1, art. 94–95).
    FLAT_RATE = "flat_rate"
    #: A small taxpayer who charges no VAT (ZDDV-1, art. 94).
    EXEMPT = "exempt"


class TreatmentCode(StrEnum):
    """What stands on the line: VAT, the flat-rate compensation, or nothing."""

    VAT = "vat"
    FLAT_RATE = "flat_rate"
    EXEMPT = "exempt"


@dataclass(frozen=True, slots=True)
class DatedRate:
    """A rate in basis points for a class, from a day to a day (both included; None: until further notice)."""

    vat_class: str
    bp: int
    valid_from: date
    valid_to: date | None = None
    source: str = ""

    def holds_on(self, day: date) -> bool:
        """Whether the rate is in force on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Treatment:
    """How a line is taxed: the code and the rate in basis points (0 when exempt)."""

    code: TreatmentCode
    bp: int


EXEMPT = Treatment(TreatmentCode.EXEMPT, 0)


class RateUnknown(Refusal):
    """No rate, or more than one, is in force for a class on a day."""

    message = N_("There is no VAT rate for “%(vat_class)s” on %(day)s. Ask the administrator to enter it.")


def rate_on(rates: Iterable[DatedRate], vat_class: str, day: date) -> int:
    """The rate of a class on a day, in basis points.

    Raises RateUnknown when none holds, or when several hold, for then nobody knows which.
    """
    holding = [rate.bp for rate in rates if rate.vat_class == vat_class and rate.holds_on(day)]
    if len(holding) != 1:
        raise RateUnknown(vat_class=vat_class, day=day)
    return holding[0]


def treatment(
    tax_type: TaxType,
    vat_class: str,
    day: date,
    rates: Iterable[DatedRate],
    *,
    permit_valid: bool,
    buyer_charges_vat: bool,
) -> Treatment:
    """How a producer's goods of a VAT class are taxed on a day for a buyer.

    A farmer's flat-rate compensation is added only with a valid permit and only to a buyer who must charge
    VAT himself (ZDDV-1, art. 95; eDavki). Most schools do not, and pay the bare price. Raises RateUnknown.
    """
    if tax_type is TaxType.VAT_PAYER:
        return Treatment(TreatmentCode.VAT, rate_on(rates, vat_class, day))
    if tax_type is TaxType.FLAT_RATE and permit_valid and buyer_charges_vat:
        return Treatment(TreatmentCode.FLAT_RATE, rate_on(rates, FLAT_RATE_CLASS, day))
    return EXEMPT


def price_paid_cents(price_cents: int, bp: int, *, buyer_deducts: bool) -> int:
    """What a kitchen really pays for one unit, in cents, rounded half up.

    A buyer who deducts input VAT (or the compensation, which may be deducted like it) pays the net price;
    any other pays the price with the tax on it. Offers are compared by this price.
    """
    return price_cents if buyer_deducts else price_cents + vat_of(price_cents, bp)
