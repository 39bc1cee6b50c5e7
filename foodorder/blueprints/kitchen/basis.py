"""On which lawful basis the kitchen buys an offer, or why it cannot: every channel that was tried."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, render_template

from foodorder.agreements.models import Agreement, AgreementLot
from foodorder.blueprints.kitchen import bp
from foodorder.blueprints.kitchen.ours import our_cycle, our_institution
from foodorder.blueprints.shared.access import needs
from foodorder.db import db
from foodorder.ordering.market import Line
from foodorder.ordering.page import OrderPage, order_page
from foodorder.rules.agreements import BASES, Basis, LotKind
from foodorder.rules.calendar import falls_on
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission
from foodorder.rules.sourcing import Candidate, CeilingReached


@dataclass(frozen=True, slots=True)
class Channel:
    """A lot that covers the offer, with its agreement, and why it cannot be used (None: it can)."""

    lot: AgreementLot
    agreement: Agreement
    candidate: Candidate
    refusal: Refusal | None
    #: Of the weekdays on which the offer is delivered those on which it holds; None: on all of them.
    days: int | None

    @property
    def left_cents(self) -> int | None:
        """Net cents that every ceiling leaves; None: no limit by value."""
        left = [room.cents for room in self.candidate.rooms if room.cents is not None]
        return max(min(left), 0) if left else None

    @property
    def left_grams(self) -> int | None:
        """Grams that every ceiling leaves; None: no limit by weight."""
        left = [room.grams for room in self.candidate.rooms if room.grams is not None]
        return max(min(left), 0) if left else None


@dataclass(frozen=True, slots=True)
class Day:
    """One day of delivery: its basis with the number of the lot, or why there is none; cents of one unit."""

    day: date
    label: str
    lot: str | None
    refusal: Refusal | None
    price_cents: int
    paid_cents: int


@bp.get("/order/<int:cycle_id>/basis/<int:offer_id>")
@needs(Permission.ORDERS_SEE)
def basis(cycle_id: int, offer_id: int) -> Any:
    """The lawful basis of one offer for our kitchen, with every channel that was tried."""
    cycle = our_cycle(cycle_id)
    page = order_page(cycle.id, our_institution().id)
    line = page.lines.get(offer_id) if page else None
    if page is None or line is None:
        abort(404)
    need = page.bases.needs.get(line.food_type_id)
    return render_template(
        "kitchen/basis.html",
        cycle=cycle,
        line=line,
        farm=page.farms[line.producer],
        label=BASES[line.basis.basis] if line.basis else None,
        days=_days(page, line),
        unclassified=line.basis is not None and line.basis.basis is Basis.UNCLASSIFIED,
        channels=_channels(page, line),
        exempted=LotKind.EXEMPTED,
        need=need,
    )


def _days(page: OrderPage, line: Line) -> list[Day]:
    """Every day on which our kitchen could have the offer; nothing where all of them are alike."""
    days = []
    for day in page.days if line.by_day else ():
        one = line.on(day.weekday())
        if falls_on(line.days, day):
            label = BASES[one.basis.basis] if one.basis else ""
            lot = one.basis.candidate.number if one.basis and one.basis.candidate else None
            days.append(Day(day, label, lot, one.refusal, one.price_cents, one.paid_cents))
    return days


def _channels(page: OrderPage, line: Line) -> list[Channel]:
    channels = []
    for candidate in page.bases.candidates.get(line.offer, ()):
        lot = db.session.get_one(AgreementLot, candidate.lot)
        full = None if candidate.usable else CeilingReached(lot=candidate.number)
        part = candidate.days & line.days if line.days & ~candidate.days else None
        channels.append(Channel(lot, lot.agreement, candidate, full, part))
    return channels
