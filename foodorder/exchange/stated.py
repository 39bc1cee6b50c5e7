"""What a document that was read says about its sums, held against what its lines make."""

from collections.abc import Mapping

from foodorder.exchange import figures
from foodorder.exchange.model import Incomplete, Invoice, TotalsDisagree, Vat, VatCategory
from foodorder.exchange.walk import NotTakenOver
from foodorder.rules.errors import Money


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

    Raises TotalsDisagree, and Incomplete when a sum that must be stated is not.
    """
    totals = invoice.totals
    right = {
        "BT-106": totals.net,
        "BT-109": totals.net,
        "BT-110": totals.vat,
        "BT-112": totals.gross,
        "BT-115": totals.gross,
    }
    for what, computed in right.items():
        stated = sums.get(what)
        # The sum of VAT may be left out where there is none.
        if stated is None and not (what == "BT-110" and computed == 0):
            raise Incomplete(what=what)
        if stated is not None and stated != computed:
            raise TotalsDisagree(what=what, stated=Money(stated), right=Money(computed))
    computed_rows = {row.vat: row for row in totals.rows}
    if rows.keys() != computed_rows.keys():
        raise Incomplete(what="BG-23")
    for key, (base, amount) in rows.items():
        for what, stated, ours in (
            ("BT-116", base, computed_rows[key].base),
            ("BT-117", amount, computed_rows[key].amount),
        ):
            if stated != ours:
                raise TotalsDisagree(what=what, stated=Money(stated), right=Money(ours))


def cents(text: str | None, what: str) -> int | None:
    """A stated sum in cents; None when it is not stated. Raises NotRepresentable."""
    return None if text is None else figures.scaled(text, figures.MONEY, what=what)


def kind_of(code: str) -> str:
    """The document type, invoice or credit note alone. Raises NotTakenOver for all others."""
    if code not in ("380", "381"):
        raise NotTakenOver(what=f"document type {code}")
    return code
