"""Lines, the VAT on them, and what they sum up to, rounded as EN 16931 demands."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from foodorder.exchange.model.faults import NotRepresentable, TotalsDisagree, ZeroQuantity, tidy
from foodorder.rules.errors import Money
from foodorder.rules.money import MILLI, divide, line_net, vat_of
from foodorder.rules.vat import Treatment, TreatmentCode

#: Millionths of a euro in a cent: unit prices of others have up to six decimals, ours two.
MICRO_PER_CENT = 10_000
#: What a stated net value may differ from price times quantity, in cents (PEPPOL-EN16931-R120).
SLACK = 2

#: What an invoice without VAT must say, in the words of the law and not to be translated (ZDDV-1, art. 94
#: and 95).
EXEMPTION_TEXT = "DDV ni obračunan po 94. členu ZDDV-1"
FLAT_RATE_TEXT = "DDV ni obračunan po 94. členu ZDDV-1; pavšalno nadomestilo po 95. členu ZDDV-1"
#: How the compensation is named where a charge names its reason; 35 signs are what e-SLOG carries.
COMPENSATION_REASON = "Pavšalno nadomestilo (95. čl. DDV)"


class VatCategory(StrEnum):
    """VAT categories of UN/CEFACT 5305 that occur between farms and kitchens."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"


@dataclass(frozen=True, slots=True, order=True)
class Vat:
    """A VAT category and its rate in basis points: above nought for S, nought for the others (BR-S-05,
    BR-E-05).
    """

    category: VatCategory
    bp: int = 0

    def __post_init__(self) -> None:
        if (self.bp > 0) is not (self.category is VatCategory.STANDARD) or self.bp < 0:
            raise NotRepresentable(value=self.bp, what=f"rate of {self.category.value}")


EXEMPT = Vat(VatCategory.EXEMPT)


def vat_of_treatment(treatment: Treatment) -> tuple[Vat, int, str | None]:
    """How a line's treatment stands in a document: its VAT, the rate of compensation, and the text that
    says why.

    The compensation of a flat-rate farmer is no VAT; docs/decisions/0007 says how it is written, and why.
    """
    if treatment.code is TreatmentCode.FLAT_RATE:
        return EXEMPT, treatment.bp, FLAT_RATE_TEXT
    if treatment.code is TreatmentCode.EXEMPT:
        return EXEMPT, 0, EXEMPTION_TEXT
    category = VatCategory.STANDARD if treatment.bp else VatCategory.ZERO
    return Vat(category, treatment.bp), 0, None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Goods at a price.

    `quantity` in thousandths of the `unit` (UN/ECE Recommendation 20), never nought, negative where
    something is given back; `price` for one unit in millionths of a euro without VAT; `net` in cents.
    `code` is the seller's own for the goods, `cpv` eight digits, `origin` a country, `order_line` the line
    of the order that this one answers. Raises ZeroQuantity, TotalsDisagree, NotRepresentable, Incomplete.
    """

    id: str
    name: str
    quantity: int
    unit: str
    price: int
    net: int
    vat: Vat
    code: str | None = None
    cpv: str | None = None
    origin: str | None = None
    order_line: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        tidy(self)
        if self.quantity == 0:
            raise ZeroQuantity(line=self.id, quantity=0)
        if self.price < 0:
            raise NotRepresentable(value=self.price, what="price")
        right = divide(self.price * self.quantity, MICRO_PER_CENT * MILLI)
        if abs(self.net - right) > SLACK:
            raise TotalsDisagree(what=f"Line {self.id}", stated=Money(self.net), right=Money(right))

    @classmethod
    def of(
        cls,
        *,
        id: str,
        name: str,
        quantity: int,
        unit: str,
        price_cents: int,
        vat: Vat,
        code: str | None = None,
        cpv: str | None = None,
        origin: str | None = None,
        order_line: str | None = None,
        note: str | None = None,
    ) -> "Line":
        """A line of our own: the price in cents, the net value computed from it."""
        return cls(
            id=id,
            name=name,
            quantity=quantity,
            unit=unit,
            price=price_cents * MICRO_PER_CENT,
            net=line_net(price_cents, quantity),
            vat=vat,
            code=code,
            cpv=cpv,
            origin=origin,
            order_line=order_line,
            note=note,
        )


@dataclass(frozen=True, slots=True)
class Compensation:
    """The flat-rate compensation: rate in basis points, and the base and the amount in cents."""

    bp: int
    base: int
    amount: int


@dataclass(frozen=True, slots=True)
class VatTotal:
    """A row of the VAT breakdown, in cents. Raises TotalsDisagree unless the VAT follows from the base."""

    vat: Vat
    base: int
    amount: int

    def __post_init__(self) -> None:
        right = vat_of(self.base, self.vat.bp)
        if self.amount != right:
            raise TotalsDisagree(
                what=f"VAT {self.vat.category.value}", stated=Money(self.amount), right=Money(right)
            )


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of a document in cents: of the lines, with the compensation, of the VAT, and all together."""

    lines: int
    compensation: Compensation | None
    rows: tuple[VatTotal, ...]
    net: int
    vat: int
    gross: int


def totals_of(lines: Iterable[Line], compensation_bp: int = 0) -> Totals:
    """What lines sum up to: VAT once per category and rate, on the sum of its net values (BR-CO-14,
    BR-S-08, -09).

    The compensation is computed once, on the sum of the exempt lines, and belongs to their taxable amount.
    """
    base: defaultdict[Vat, int] = defaultdict(int)
    for line in lines:
        base[line.vat] += line.net
    total = sum(base.values())
    compensation = None
    if compensation_bp:
        compensation = Compensation(compensation_bp, base[EXEMPT], vat_of(base[EXEMPT], compensation_bp))
        base[EXEMPT] += compensation.amount
    rows = tuple(VatTotal(vat, net, vat_of(net, vat.bp)) for vat, net in sorted(base.items()))
    net, tax = sum(row.base for row in rows), sum(row.amount for row in rows)
    return Totals(total, compensation, rows, net, tax, net + tax)
