"""What a document that was read says about its sums, held against what its lines make."""

from collections.abc import Mapping

from foodorder.exchange import figures
from foodorder.exchange.model import (
    GrossDisagrees,
    Incomplete,
    Invoice,
    NetDisagrees,
    TotalsDisagree,
    Vat,
    VatCategory,
    VatDisagrees,
)
from foodorder.exchange.model.lines import MICRO_PER_CENT
from foodorder.exchange.walk import NotTakenOver
from foodorder.rules.errors import Money
from foodorder.rules.money import MILLI, divide


def vat(category: str, percent: str | None) -> Vat:
    """Category and rate as stated. Raises NotTakenOver for reverse charge and the like, NotRepresentable."""
    if category not in set(VatCategory):
        raise NotTakenOver(what=f"VAT category {category}")
    return Vat(VatCategory(category), figures.scaled(percent or "0", figures.RATE, what="BT-152"))


def check(
    invoice: Invoice,
    *,
    sums: Mapping[str, int | None],
    rows: Mapping[Vat, tuple[int, int]],
) -> None:
    """Hold stated sums against the computed ones: by their numbers in EN 16931, and the rows by VAT rate.

    Raises NetDisagrees, VatDisagrees or GrossDisagrees, and Incomplete when a sum that must be stated is not.
    """
    totals = invoice.totals
    computed = {row.vat: row for row in totals.rows}
    if rows.keys() != computed.keys():
        raise Incomplete(what="BG-23")
    for vat, (base, amount) in rows.items():
        _same(NetDisagrees, base, computed[vat].base)
        _same(VatDisagrees, amount, computed[vat].amount)
    # The sum of VAT may be left out where there is none.
    given = {"BT-110": 0, **{what: cents for what, cents in sums.items() if cents is not None}}
    for what, refusal, right in (
        ("BT-106", NetDisagrees, totals.net),
        ("BT-109", NetDisagrees, totals.net),
        ("BT-110", VatDisagrees, totals.vat),
        ("BT-112", GrossDisagrees, totals.gross),
        ("BT-115", GrossDisagrees, totals.gross),
    ):
        if what not in given:
            raise Incomplete(what=what)
        _same(refusal, given[what], right)


def _same(refusal: type[TotalsDisagree], stated: int, right: int) -> None:
    if stated != right:
        raise refusal(stated=Money(stated), right=Money(right))


def price_after(net: int, quantity: int) -> int:
    """The price of one unit in millionths that a line comes to after its own discounts and surcharges."""
    return divide(net * MICRO_PER_CENT * MILLI, quantity) if quantity > 0 else 0


def cents(text: str | None, what: str) -> int | None:
    """A stated sum in cents; None when it is not stated. Raises NotRepresentable."""
    return None if text is None else figures.scaled(text, figures.MONEY, what=what)


def kind_of(code: str) -> str:
    """The document type, invoice or credit note alone. Raises NotTakenOver for all others."""
    if code not in ("380", "381"):
        raise NotTakenOver(what=f"document type {code}")
    return code
