"""A closed week that went on to the money: a part was refused at the door, one invoice is paid, one half."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from foodorder.accounts.personal import Detail, set_detail
from foodorder.billing.booking import Money, book
from foodorder.billing.issue import issue_invoice
from foodorder.billing.models import Invoice
from foodorder.db import db
from foodorder.rules.payments import PaymentKind
from foodorder.trail.actor import COMMAND
from tests.deliveries import close_week, farm_notes, line_of, make
from tests.invoices import (
    AT_THE_DOOR,
    IBAN,
    TUESDAY_MORNING,
    accept_all,
    accept_less,
    groups,
    know_the_law,
)

WHO: dict[str, Any] = {"actor": COMMAND, "now": TUESDAY_MORNING}


def paid_week(world: Any, clock_at: Callable[[datetime], None]) -> Any:
    """The farm's Monday: half a kilogram of the kitchen's carrots was refused, the school took all.

    The kitchen has paid its invoice late, the school paid a part and one cent of it came back; Wednesday is
    still to come, and the baker's bread was never accepted.
    """
    know_the_law()
    close_week(world, clock_at)
    set_detail(Detail.IBAN, IBAN, producer_id=world.farm.id, actor=COMMAND, now=AT_THE_DOOR)
    world.note, _school, _wednesday = make(world)
    accept_less(line_of(world.note, world.carrots), 9_500)
    monday, school, world.wednesday = farm_notes(world)
    accept_all(monday)
    accept_all(school)
    issued = [issue_invoice(group, **WHO) for group in groups(world.farm)]
    of = {one.institution_id: one for one in issued}
    world.invoice, world.half = of[world.kitchen.id], of[world.school.id]
    for one in issued:
        one.state = "approved"
    db.session.flush()
    pay(world.invoice, world.invoice.gross_cents, world.invoice.due_date + timedelta(days=3))
    pay(world.half, 500, world.half.due_date)
    pay(world.half, -1, world.half.due_date)
    db.session.expire_all()
    return world


def pay(invoice: Invoice, cents: int, day: date) -> None:
    """Money for an invoice, or back from it."""
    kind = PaymentKind.TRANSFER if cents > 0 else PaymentKind.RETURNED
    book(invoice.id, Money(kind, cents, day, words="Izpisek."), **WHO)
