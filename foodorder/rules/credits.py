"""Credit notes (dobropisi): what may be taken off an invoice, and exactly how many cents.

Never more is credited than was invoiced, in quantity or in money. All of an invoice credited at once comes to
the invoice to the cent. The amounts of a credit note are positive, and its VAT is rounded once from its own
base like that of any document (EN 16931), so the parts can differ from the whole by cents: these are taken
from or added to the net value of lines, a cent on each (the official rules allow two, PEPPOL-EN16931-R120).
Where no net value comes to just the gross that is left, a cent stays open and closes with the invoice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from foodorder.rules.errors import N_, Amount, Refusal
from foodorder.rules.money import line_net
from foodorder.rules.settlement import InvoicedLine, totals


class NothingToCredit(Refusal):
    """A credit note for nothing."""

    message = N_("Write how much of which line is credited.")
    default_field = "quantity"


class CreditedTooMuch(Refusal):
    """More credited of a line than was invoiced and is not credited yet."""

    message = N_("Only %(left)s of this line can still be credited.")
    default_field = "quantity"


@dataclass(frozen=True, slots=True)
class Creditable:
    """A line of an invoice, and what credit notes took off it before: thousandths, net cents."""

    line: InvoicedLine
    unit: str
    credited: int = 0
    net_credited: int = 0

    @property
    def left(self) -> int:
        """What can still be credited, thousandths."""
        return self.line.quantity - self.credited


def credit(
    lines: Sequence[Creditable], quantities: Mapping[int, int], gross_left: int
) -> tuple[InvoicedLine, ...]:
    """The lines of a credit note: `quantities` by the key of the line, thousandths.

    `gross_left`: the invoice's gross less its credit notes' so far, cents. Raises CreditedTooMuch or
    NothingToCredit.
    """
    taken = tuple(
        _credit_line(one, quantities[one.line.key]) for one in lines if quantities.get(one.line.key)
    )
    if not taken:
        raise NothingToCredit
    is_last = all(quantities.get(one.line.key, 0) == one.left for one in lines)
    return _fit(taken, gross_left, exactly=is_last)


def _credit_line(one: Creditable, quantity: int) -> InvoicedLine:
    if not 0 < quantity <= one.left:
        raise CreditedTooMuch(left=Amount(one.left, one.unit))
    rest = one.line.net - one.net_credited
    net = rest if quantity == one.left else min(line_net(one.line.price_cents, quantity), rest)
    return replace(one.line, quantity=quantity, net=net)


def _fit(lines: tuple[InvoicedLine, ...], gross_left: int, *, exactly: bool) -> tuple[InvoicedLine, ...]:
    """Move single cents on the largest lines until the gross fits into what is left of the invoice.

    With `exactly` cents are added, too: the last credit note takes all that is left. Where no cent of net
    comes to just that gross (with the VAT of it), it stays a cent below.
    """
    fitted = list(lines)
    for place in sorted(range(len(lines)), key=lambda place: -lines[place].net):
        gap = gross_left - _gross(fitted)
        if gap == 0 or (gap > 0 and not exactly):
            break
        step = 1 if gap > 0 else -1
        tried = [*fitted]
        tried[place] = replace(fitted[place], net=max(fitted[place].net + step, 0))
        if gap < 0 or _gross(tried) <= gross_left:
            fitted = tried
    return tuple(fitted)


def _gross(lines: Sequence[InvoicedLine]) -> int:
    return totals((line.treatment, line.net) for line in lines).total.gross
