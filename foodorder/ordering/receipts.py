"""What a submitted order says: its lines with money, weight and VAT, and the receipt (potrdilo o oddaji)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from foodorder.ordering.bases import Bases, price_under
from foodorder.ordering.lawful import bases_of, holdings
from foodorder.ordering.terms import Situation, treatment_of
from foodorder.rules.money import line_net, vat_of
from foodorder.rules.ordering import Cell
from foodorder.rules.quantity import grams
from foodorder.rules.sourcing import UNCLASSIFIED, Choice
from foodorder.rules.vat import Treatment


@dataclass(frozen=True, slots=True)
class Receipt:
    """One submitted version: cents, grams, UTC. `repeated`: it stood like that already."""

    order_id: int
    submission_id: int
    number: str
    version: int
    submitted_at: datetime
    lines: int
    net_cents: int
    vat_cents: int
    grams: int
    #: Net cents above the week's budget; information only, None within it or where none is set.
    over_budget_cents: int | None
    repeated: bool

    @property
    def gross_cents(self) -> int:
        """Net and VAT together."""
        return self.net_cents + self.vat_cents


class Line(NamedTuple):
    """A quantity (thousandths) of an offer's row, with grams, net cents and how it is taxed."""

    cell: Cell
    offer: Any
    quantity: int
    grams: int
    price: int
    net: int
    treatment: Treatment
    basis: Choice

    @property
    def lot(self) -> int | None:
        """The lot it is called off under."""
        return self.basis.candidate.lot if self.basis.candidate else None

    @property
    def agreed_price(self) -> int | None:
        """The row of the price that was agreed for it."""
        return self.basis.candidate.agreed_price if self.basis.candidate else None


def taxed_lines(
    now: Situation, quantities: Mapping[Cell, int], offers: Mapping[int, Any], bases: Bases
) -> list[Line]:
    """The lines with price, net value, weight and VAT; `offers` are the offers' rows. Raises RateUnknown.

    What has no lawful basis has its line too, as `unclassified`: the caller refuses it.
    """
    known: dict[tuple[int, str, date], Treatment] = {}
    lines = []
    for cell, quantity in quantities.items():
        offer = offers[cell.offer]
        key = (offer.producer_id, offer.vat_class, cell.day)
        if key not in known:
            known[key] = treatment_of(now, offer, cell.day)
        basis = bases.on(cell.offer, cell.day)
        price = price_under(basis, offer.price_cents)
        weight, net = grams(quantity, offer.grams_per_unit), line_net(price, quantity)
        chosen = basis if isinstance(basis, Choice) else UNCLASSIFIED
        lines.append(Line(cell, offer, quantity, weight, price, net, known[key], chosen))
    return lines


def lawful_bases(now: Situation, offers: Mapping[int, Any]) -> Bases:
    """The lawful basis of each offer for this order; what it holds already counts as left for it."""
    return bases_of(now.row, offers, holdings(now))


def amounts(lines: Iterable[Line]) -> dict[Cell, tuple[int, int]]:
    """Net cents and grams asked in each cell."""
    return {line.cell: (line.net, line.grams) for line in lines}


def vat_cents(lines: Iterable[Line]) -> int:
    """VAT in cents, by rate on each producer's net sum, as it will stand on the records."""
    nets: dict[tuple[int, int], int] = {}
    for line in lines:
        key = (line.offer.producer_id, line.treatment.bp)
        nets[key] = nets.get(key, 0) + line.net
    return sum(vat_of(net, bp) for (_, bp), net in nets.items())


def over_budget(now: Situation, net: int) -> int | None:
    """Net cents above the week's budget; None within it, or where none is set."""
    budget = now.row.weekly_budget_cents
    return net - budget if budget is not None and net > budget else None


def standing_receipt(now: Situation) -> Receipt:
    """The receipt of what stands already."""
    return Receipt(
        order_id=now.row.order_id,
        submission_id=now.row.standing_id,
        number=now.row.number,
        version=now.row.version,
        submitted_at=now.row.submitted_at,
        lines=now.row.lines,
        net_cents=now.row.net_cents,
        vat_cents=now.row.vat_cents,
        grams=now.row.grams,
        over_budget_cents=over_budget(now, now.row.net_cents),
        repeated=True,
    )


def mail_data(
    now: Situation, number: str, net: int, vat: int, weight: int, lines: Iterable[Line]
) -> dict[str, Any]:
    """What the receipt says by mail, to the person who submitted: plain JSON."""
    return {
        "number": number,
        "institution": now.row.name,
        "week": now.row.week.isoformat(),
        "days": now.row.cycle_days,
        "submitted_at": now.row.clock.isoformat(),
        "closes_at": now.row.closes_at.isoformat(),
        "order_id": now.row.order_id,
        "net_cents": net,
        "vat_cents": vat,
        "grams": weight,
        "lines": [_told(line) for line in sorted(lines, key=_in_order)],
    }


def _in_order(line: Line) -> tuple[str, date, str]:
    return line.offer.producer, line.cell.day, line.offer.name


def _told(line: Line) -> dict[str, Any]:
    return {
        "producer": line.offer.producer,
        "day": line.cell.day.isoformat(),
        "name": line.offer.name,
        "quantity": line.quantity,
        "unit": line.offer.unit,
        "net_cents": line.net,
    }
