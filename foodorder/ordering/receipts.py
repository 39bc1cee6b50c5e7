"""What a submitted order says: its lines with money, weight and VAT, and the receipt (potrdilo o oddaji)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from foodorder.ordering.terms import Situation, treatment_of
from foodorder.outbox import service as outbox
from foodorder.rules.money import line_net, recapitulate
from foodorder.rules.ordering import Cell
from foodorder.rules.quantity import grams
from foodorder.trail.actor import Actor


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


@dataclass(frozen=True, slots=True)
class Line:
    """A quantity (thousandths) of an offer's row, with grams, net cents, VAT treatment and rate."""

    cell: Cell
    offer: Any
    quantity: int
    grams: int
    net: int
    treatment: str
    bp: int


def taxed_line(now: Situation, cell: Cell, quantity: int, offer: Any) -> Line:
    """A line with its net value, weight and VAT. Raises RateUnknown."""
    taxed = treatment_of(now, offer, cell.day)
    return Line(
        cell,
        offer,
        quantity,
        grams(quantity, offer.grams_per_unit),
        line_net(offer.price_cents, quantity),
        taxed.code.value,
        taxed.bp,
    )


def vat_cents(lines: Iterable[Line]) -> int:
    """VAT in cents, by rate on each producer's net sum, as it will stand on the records."""
    by_producer: dict[int, list[tuple[int, int]]] = {}
    for line in lines:
        by_producer.setdefault(line.offer.producer_id, []).append((line.bp, line.net))
    return sum(recapitulate(nets).total.vat for nets in by_producer.values())


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


def mail_receipt(now: Situation, receipt: Receipt, lines: list[Line], actor: Actor) -> None:
    """The receipt by mail, to the person who submitted."""
    if actor.person_id is None:
        return
    outbox.queue(
        "order_receipt",
        [outbox.Recipient(now.row.person_name, now.row.person_email, now.row.person_language)],
        key=f"order_submission {receipt.submission_id} receipt",
        data={
            "number": receipt.number,
            "institution": now.row.name,
            "week": now.row.week.isoformat(),
            "submitted_at": receipt.submitted_at.isoformat(),
            "closes_at": now.row.closes_at.isoformat(),
            "order_id": receipt.order_id,
            "net_cents": receipt.net_cents,
            "vat_cents": receipt.vat_cents,
            "grams": receipt.grams,
            "lines": [_told(line) for line in sorted(lines, key=_in_order)],
        },
        municipality_id=now.row.municipality_id,
        object_type="order_submission",
        object_id=receipt.submission_id,
    )


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
