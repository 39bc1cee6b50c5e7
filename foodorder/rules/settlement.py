"""From accepted goods to an invoice: which lines, on which invoice, with which VAT, and its states.

An invoice holds what was accepted, at the agreed price, and only what is on no invoice yet. VAT is computed
once per rate, on the sum of its net values, never on lines (EN 16931, BR-S-09). Numbers, terms and interest
are in `invoicing`, credit notes in `credits`, the comparison with order and acceptance in `matching`.

    received → held ⇄ matched → approved → paid
                 └──────┴→ rejected          credited: nothing of it is left
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from foodorder.rules.errors import N_, Refusal
from foodorder.rules.money import NOTHING, TaxedSum, line_net, vat_of
from foodorder.rules.vat import Treatment, TreatmentCode


class InvoiceKind(StrEnum):
    """An invoice (račun) or a credit note (dobropis); the amounts of both are positive."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class InvoiceOrigin(StrEnum):
    """Who wrote it: the producer here, the platform by their consent, or somebody elsewhere."""

    ISSUED = "issued"
    ON_BEHALF = "on_behalf"
    ENTERED = "entered"
    UPLOADED = "uploaded"


class InvoiceState(StrEnum):
    """Where an invoice stands at the institution."""

    RECEIVED = "received"
    HELD = "held"
    MATCHED = "matched"
    APPROVED = "approved"
    PAID = "paid"
    REJECTED = "rejected"
    CREDITED = "credited"


class InvoiceAction(StrEnum):
    """What moves an invoice."""

    HOLD = "hold"
    MATCH = "match"
    APPROVE = "approve"
    #: The approver gives it back to the accountant.
    GIVE_BACK = "give_back"
    #: It is given back to its issuer.
    REJECT = "reject"
    REOPEN = "reopen"
    PAY = "pay"
    #: The money came back.
    RETURN = "return"
    CREDIT = "credit"


class Rhythm(StrEnum):
    """How often a producer invoices an institution, by agreement."""

    PER_DELIVERY = "per_delivery"
    MONTHLY = "monthly"


INVOICE_KINDS: Mapping[InvoiceKind, str] = MappingProxyType(
    {InvoiceKind.INVOICE: N_("Invoice"), InvoiceKind.CREDIT_NOTE: N_("Credit note")}
)
INVOICE_ORIGINS: Mapping[InvoiceOrigin, str] = MappingProxyType(
    {
        InvoiceOrigin.ISSUED: N_("Issued by the producer"),
        InvoiceOrigin.ON_BEHALF: N_("Issued on the producer’s behalf"),
        InvoiceOrigin.ENTERED: N_("Written elsewhere, entered by hand"),
        InvoiceOrigin.UPLOADED: N_("Written elsewhere, uploaded"),
    }
)
INVOICE_STATES: Mapping[InvoiceState, str] = MappingProxyType(
    {
        InvoiceState.RECEIVED: N_("Waits to be compared"),
        InvoiceState.HELD: N_("Held: something does not agree"),
        InvoiceState.MATCHED: N_("Agrees, waits for approval"),
        InvoiceState.APPROVED: N_("Approved for payment"),
        InvoiceState.PAID: N_("Paid"),
        InvoiceState.REJECTED: N_("Given back to the issuer"),
        InvoiceState.CREDITED: N_("Credited in full"),
    }
)
RHYTHMS: Mapping[Rhythm, str] = MappingProxyType(
    {Rhythm.PER_DELIVERY: N_("One for each delivery"), Rhythm.MONTHLY: N_("One a month")}
)
#: What the law wants said on an invoice (ZDDV-1, art. 82), by how its goods are taxed.
TAX_TEXTS: Mapping[TreatmentCode, str | None] = MappingProxyType(
    {
        TreatmentCode.VAT: None,
        TreatmentCode.FLAT_RATE: N_(
            "VAT is not charged (ZDDV-1, art. 94). Flat-rate compensation of a farmer with a permit "
            "(ZDDV-1, art. 95)."
        ),
        TreatmentCode.EXEMPT: N_("VAT is not charged (ZDDV-1, art. 94)."),
    }
)

_UNPAID = (InvoiceState.RECEIVED, InvoiceState.HELD, InvoiceState.MATCHED, InvoiceState.APPROVED)
#: Every legal move. Money can come before anybody approved (a card, a person in a hurry): the state follows
#: what happened, and the auditor sees that no approval stands beside it.
MOVES: Mapping[tuple[InvoiceState, InvoiceAction], InvoiceState] = MappingProxyType(
    {
        (InvoiceState.RECEIVED, InvoiceAction.HOLD): InvoiceState.HELD,
        (InvoiceState.RECEIVED, InvoiceAction.MATCH): InvoiceState.MATCHED,
        (InvoiceState.HELD, InvoiceAction.MATCH): InvoiceState.MATCHED,
        (InvoiceState.HELD, InvoiceAction.REJECT): InvoiceState.REJECTED,
        (InvoiceState.MATCHED, InvoiceAction.HOLD): InvoiceState.HELD,
        (InvoiceState.MATCHED, InvoiceAction.APPROVE): InvoiceState.APPROVED,
        (InvoiceState.MATCHED, InvoiceAction.REJECT): InvoiceState.REJECTED,
        (InvoiceState.APPROVED, InvoiceAction.GIVE_BACK): InvoiceState.MATCHED,
        (InvoiceState.REJECTED, InvoiceAction.REOPEN): InvoiceState.RECEIVED,
        (InvoiceState.PAID, InvoiceAction.RETURN): InvoiceState.APPROVED,
        **{(state, InvoiceAction.PAY): InvoiceState.PAID for state in _UNPAID},
        **{
            (state, InvoiceAction.CREDIT): InvoiceState.CREDITED
            for state in (*_UNPAID, InvoiceState.REJECTED, InvoiceState.PAID)
        },
    }
)


class IllegalInvoiceMove(Refusal):
    """A move that the table of moves does not know."""

    message = N_("The invoice has moved on meanwhile, so this is no longer possible. Reload it.")


class NothingToInvoice(Refusal):
    """No accepted quantity that is not invoiced yet."""

    message = N_("There is nothing to invoice: all that was accepted is on an invoice already.")


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivered line as it may be invoiced.

    `invoiceable`: accepted, less what claims take from it (`claims.invoiceable`); `invoiced`: what invoices
    less credit notes hold of it already; both in thousandths. `net_invoiced`: the same in net cents.
    `treatment`: that of the day of delivery (the tax arises with the supply; ZDDV-1, art. 33).
    """

    key: int
    seller_id: int
    buyer_id: int
    note_id: int
    delivered_on: date
    invoiceable: int
    price_cents: int
    treatment: Treatment
    invoiced: int = 0
    net_invoiced: int = 0


@dataclass(frozen=True, slots=True)
class InvoicedLine:
    """A line of an invoice: what of a delivered line (`key`), quantity in thousandths, money in cents."""

    key: int
    quantity: int
    price_cents: int
    net: int
    treatment: Treatment


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """Lines of one group stand on one invoice: parties, time, and how the goods are taxed.

    `first` and `last`: the days that it covers. `note_id`: the delivery, None on a monthly invoice.
    Goods with and without compensation never share an invoice, for it is computed on the whole.
    """

    seller_id: int
    buyer_id: int
    first: date
    last: date
    note_id: int | None
    code: TreatmentCode


@dataclass(frozen=True, slots=True)
class TaxRow:
    """One row of the recapitulation: how these goods are taxed, and their sums."""

    treatment: Treatment
    sum: TaxedSum


@dataclass(frozen=True, slots=True)
class InvoiceTotals:
    """The recapitulation of an invoice and its totals. “VAT” of a flat-rate row is the compensation."""

    rows: tuple[TaxRow, ...]
    total: TaxedSum


def move(state: InvoiceState, action: InvoiceAction) -> InvoiceState:
    """The state after an action. Raises IllegalInvoiceMove."""
    try:
        return MOVES[state, action]
    except KeyError:
        raise IllegalInvoiceMove(state=state.value, action=action.value) from None


def line_of(line: Delivered) -> InvoicedLine | None:
    """What is still to be invoiced of a delivered line; None when nothing is, or less than was invoiced.

    The net value is that of everything invoiceable less what was invoiced, so that the parts of a line add up
    to accepted × agreed price to the cent, in however many parts it is invoiced.
    """
    quantity = line.invoiceable - line.invoiced
    if quantity <= 0:
        return None
    net = line_net(line.price_cents, line.invoiceable) - line.net_invoiced
    return InvoicedLine(line.key, quantity, line.price_cents, net, line.treatment)


def group_of(line: Delivered, rhythm: Rhythm) -> Group:
    """The invoice that a delivered line belongs on."""
    first = last = line.delivered_on
    if rhythm is Rhythm.MONTHLY:
        first = first.replace(day=1)
        last = _next_month(first) - timedelta(days=1)
    note_id = line.note_id if rhythm is Rhythm.PER_DELIVERY else None
    return Group(line.seller_id, line.buyer_id, first, last, note_id, line.treatment.code)


def ready_on(group: Group) -> date:
    """The first day on which the invoice is complete: the day after the last that it covers."""
    return group.last + timedelta(days=1)


def draft(lines: Iterable[tuple[Delivered, Rhythm]]) -> dict[Group, tuple[InvoicedLine, ...]]:
    """The invoices that delivered lines make, in order; lines of which nothing is left make none."""
    invoices: defaultdict[Group, list[InvoicedLine]] = defaultdict(list)
    for delivered, rhythm in lines:
        line = line_of(delivered)
        if line is not None:
            invoices[group_of(delivered, rhythm)].append(line)
    ordered = sorted(invoices.items(), key=lambda item: (item[0].first, str(item[0])))
    return {group: tuple(sorted(kept, key=lambda one: one.key)) for group, kept in ordered}


def totals(lines: Iterable[tuple[Treatment, int]]) -> InvoiceTotals:
    """Sums of lines (treatment, net cents): a row per treatment and rate, VAT rounded once on its net sum.

    EN 16931: BR-S-08, BR-S-09, BR-CO-14.
    """
    nets: defaultdict[Treatment, int] = defaultdict(int)
    for treatment, net in lines:
        nets[treatment] += net
    ordered = sorted(nets.items(), key=lambda item: (item[0].code, item[0].bp))
    rows = tuple(TaxRow(treatment, TaxedSum.of(net, vat_of(net, treatment.bp))) for treatment, net in ordered)
    return InvoiceTotals(rows, sum((row.sum for row in rows), NOTHING))


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
