"""Lines, the VAT on them, and what they sum up to, rounded as EN 16931 demands."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import count

from foodorder.exchange.model.faults import LineDisagrees, NotRepresentable, VatDisagrees, ZeroQuantity, tidy
from foodorder.rules.errors import Amount, Money
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
#: The unit of what is counted as one (UN/ECE Recommendation 20).
ONE = "C62"
#: The name of the line that carries the compensation, ours and like ones of others.
_COMPENSATION = re.compile(r"pavšalno nadomestilo\b.*?(?P<percent>[0-9]{1,2}(?:[.,][0-9]{1,2})?) ?%", re.I)


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
    `code` is the seller's own for the goods, `gtin` the one of
    the trade (8 to 14 digits), `cpv` eight digits, `origin` a country, `order_line` the line
    of the order that this one answers. Raises ZeroQuantity, LineDisagrees, NotRepresentable, Incomplete.
    """

    id: str
    name: str
    quantity: int
    unit: str
    price: int
    net: int
    vat: Vat
    code: str | None = None
    gtin: str | None = None
    cpv: str | None = None
    origin: str | None = None
    order_line: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        tidy(self)
        if self.quantity == 0:
            raise ZeroQuantity(line=self.id, quantity=Amount(0, self.unit))
        if self.price < 0:
            raise NotRepresentable(value=self.price, what="price")
        right = divide(self.price * self.quantity, MICRO_PER_CENT * MILLI)
        if abs(self.net - right) > SLACK:
            raise LineDisagrees(line=self.id, stated=Money(self.net), right=Money(right))

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
        gtin: str | None = None,
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
            gtin=gtin,
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
    """A row of the VAT breakdown, in cents. Raises VatDisagrees unless the VAT follows from the base."""

    vat: Vat
    base: int
    amount: int

    def __post_init__(self) -> None:
        right = vat_of(self.base, self.vat.bp)
        if self.amount != right:
            raise VatDisagrees(stated=Money(self.amount), right=Money(right))


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of a document in cents: of the lines with the compensation, of the VAT, and all together."""

    compensation: Compensation | None
    rows: tuple[VatTotal, ...]
    net: int
    vat: int
    gross: int


def totals_of(lines: Iterable[Line], compensation_bp: int = 0) -> Totals:
    """What lines sum up to: VAT once per category and rate, on the sum of its net values (BR-CO-14, BR-S-08,
    BR-S-09). The compensation is computed once, on the sum of the exempt lines.
    """
    base: defaultdict[Vat, int] = defaultdict(int)
    for line in lines:
        base[line.vat] += line.net
    compensation = None
    if compensation_bp:
        compensation = Compensation(compensation_bp, base[EXEMPT], vat_of(base[EXEMPT], compensation_bp))
        base[EXEMPT] += compensation.amount
    rows = tuple(VatTotal(vat, net, vat_of(net, vat.bp)) for vat, net in sorted(base.items()))
    net, tax = sum(row.base for row in rows), sum(row.amount for row in rows)
    return Totals(compensation, rows, net, tax, net + tax)


def with_compensation(lines: tuple[Line, ...], compensation: Compensation | None) -> tuple[Line, ...]:
    """The lines as they stand in a document: the compensation is the last one (docs/decisions/0007)."""
    if compensation is None:
        return lines
    taken = {line.id for line in lines}
    whole, part = divmod(compensation.bp, 100)
    percent = f"{whole},{part:02}".rstrip("0").rstrip(",")
    last = Line.of(
        id=next(id for id in map(str, count(len(lines) + 1)) if id not in taken),
        name=f"Pavšalno nadomestilo {percent} % (95. člen ZDDV-1)",
        quantity=MILLI,
        unit=ONE,
        price_cents=compensation.amount,
        vat=EXEMPT,
    )
    return (*lines, last)


def without_compensation(lines: tuple[Line, ...]) -> tuple[tuple[Line, ...], int]:
    """The lines of a document without the compensation, and its rate in basis points, 0 for none.

    The last line is taken for it when its name says so and its value is what that rate makes of the others.
    """
    if not lines or lines[-1].vat != EXEMPT:
        return lines, 0
    goods, last = lines[:-1], lines[-1]
    named = _COMPENSATION.search(last.name)
    if named is None:
        return lines, 0
    whole, _, part = named["percent"].replace(",", ".").partition(".")
    bp = int(whole) * 100 + int(part.ljust(2, "0"))
    compensation = totals_of(goods, bp).compensation
    return (goods, bp) if compensation and compensation.amount == last.net else (lines, 0)
