"""Money: integer cents, rounded half away from zero, and nothing else.

The order of rounding follows EN 16931: a line's net value is rounded by itself; VAT is not computed on lines
but once per rate, on the sum of that rate's net values (BR-CO-14, BR-S-08, BR-S-09); gross = net + VAT.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

#: Thousandths of a unit in one unit: prices are per one unit, quantities in thousandths.
MILLI = 1000
#: Basis points in the whole: 10 000 = 100 %.
WHOLE = 10_000


def divide(numerator: int, denominator: int) -> int:
    """Divide integers and round half away from zero, so that a credit mirrors its debit to the cent.

    Raises ValueError when the denominator is not positive.
    """
    if denominator <= 0:
        raise ValueError("the denominator must be positive")
    rounded = (2 * abs(numerator) + denominator) // (2 * denominator)
    return rounded if numerator >= 0 else -rounded


def line_net(price_cents: int, quantity: int) -> int:
    """Net value of a line in cents: price per one unit (cents) times quantity (thousandths of the unit)."""
    return divide(price_cents * quantity, MILLI)


def vat_of(net_cents: int, bp: int) -> int:
    """VAT in cents on a net sum in cents at a rate in basis points."""
    return divide(net_cents * bp, WHOLE)


@dataclass(frozen=True, slots=True)
class TaxedSum:
    """Net, VAT and gross in cents; cannot exist unless net + VAT = gross.

    Raises ValueError when the three do not agree.
    """

    net: int
    vat: int
    gross: int

    def __post_init__(self) -> None:
        if self.net + self.vat != self.gross:
            raise ValueError(f"net {self.net} + VAT {self.vat} is not gross {self.gross}")

    @classmethod
    def of(cls, net: int, vat: int) -> Self:
        """The sum of a net value and its VAT, both in cents."""
        return cls(net, vat, net + vat)

    def __add__(self, other: "TaxedSum") -> "TaxedSum":
        return TaxedSum.of(self.net + other.net, self.vat + other.vat)


#: The sum of nothing.
NOTHING = TaxedSum(0, 0, 0)


@dataclass(frozen=True, slots=True)
class RateRow:
    """One row of a VAT recapitulation: the rate in basis points and what falls under it."""

    bp: int
    sum: TaxedSum


@dataclass(frozen=True, slots=True)
class Recapitulation:
    """The VAT recapitulation of a document: a row per rate, lowest rate first, and the totals."""

    rows: tuple[RateRow, ...]
    total: TaxedSum


def recapitulate(lines: Iterable[tuple[int, int]]) -> Recapitulation:
    """Sum lines of (rate in basis points, net in cents) into a row per rate and totals.

    VAT is computed on the net sum of each rate (EN 16931, BR-S-09), and the total VAT is the sum of the
    rows'.
    """
    net_by_rate: defaultdict[int, int] = defaultdict(int)
    for bp, net in lines:
        net_by_rate[bp] += net
    rows = tuple(RateRow(bp, TaxedSum.of(net, vat_of(net, bp))) for bp, net in sorted(net_by_rate.items()))
    return Recapitulation(rows, sum((row.sum for row in rows), NOTHING))
