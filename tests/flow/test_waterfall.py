"""Whatever people and chance do from order to payment, the parts of every difference are its lines' sums."""

import random
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from foodorder.accounts.personal import Detail, set_detail
from foodorder.audit import differences
from foodorder.audit.invoices import Money, invoices
from foodorder.audit.selection import Selection
from foodorder.audit.waterfall import PARTS, Part, by_institution, by_month, parts, steps, without_cell
from foodorder.billing.models import Invoice
from foodorder.trail.actor import COMMAND
from tests.camt import OWN
from tests.deliveries import AFTER, close_week, make
from tests.factories import World
from tests.flow.random_trade import ACTS, SCHOOLS, TODAY
from tests.flow.test_summaries import History
from tests.invoices import IBAN, know_the_law
from tests.kept import once


@once
def trading(world: World, session: Session, clock_at: Callable[[datetime], None]) -> Any:
    """A closed week with its notes, before anything has left."""
    know_the_law()
    closed: Any = close_week(world, clock_at)
    set_detail(Detail.IBAN, IBAN, producer_id=closed.farm.id, actor=COMMAND, now=AFTER)
    make(world)
    closed.kitchen.iban, closed.school.iban = OWN, SCHOOLS
    closed.session, closed.dairy_id = session, closed.cheese.product.food_type_id
    session.flush()
    return closed


@pytest.mark.parametrize("seed", [1, 2])
def test_every_difference_is_the_sum_of_its_lines(trading: Any, session: Session, seed: int) -> None:
    history, chance = History(trading), random.Random(seed)
    whole = Selection(trading.municipality.id, date(2026, 11, 1), date(2027, 3, 31))
    acts = [*ACTS, "change_record", "add_goods"]
    seen: set[Part] = set()
    for number in range(60):
        history.act(chance.choice(acts), chance.randint(0, 10**6))
        if number % 6 == 5:
            seen |= _hold_to_account(whole)
    assert len(seen) >= 6
    _hold_invoices(whole, session)


def _hold_to_account(whole: Selection) -> set[Part]:
    found = steps(whole)
    told = parts(whole, found, TODAY)
    for step, of in PARTS.items():
        assert sum(told[part] for part in of) == found.change(step)
        assert sum(one.of(step) for _, one in by_month(whole)) == found.of(step)
        assert sum(one.of(step) for _, _, one in by_institution(whole)) == found.of(step)
    for part in differences.LISTED:
        listed = differences.lines(whole, part)
        assert sum(line.cents for line in listed) == told[part], (part, listed)
    return {part for part, cents in told.items() if cents}


def _hold_invoices(whole: Selection, session: Session) -> None:
    """The list of invoices is all of them, and each way of standing with money a part of it."""
    rows = session.scalars(select(Invoice).where(Invoice.kind == "invoice")).all()
    found = invoices(whole, TODAY)
    assert {one.id for one in found.rows} == {row.id for row in rows}
    assert found.gross_cents == sum(row.gross_cents for row in rows)
    assert found.paid_cents == sum(row.paid_cents for row in rows)
    open_of = {
        row.id: 0 if row.state == "rejected" else row.gross_cents - row.credited_cents - row.paid_cents
        for row in rows
    }
    assert found.open_cents == sum(open_of.values())
    for money, condition in (
        (Money.WAITS, lambda row: open_of[row.id] > 0 and row.due_date >= TODAY),
        (Money.OVERDUE, lambda row: open_of[row.id] > 0 and row.due_date < TODAY),
        (Money.PAID, lambda row: row.paid_cents > 0 and open_of[row.id] <= 0),
        (Money.CREDITED, lambda row: row.credited_cents > 0),
    ):
        listed = invoices(whole, TODAY, money)
        assert {one.id for one in listed.rows} == {row.id for row in rows if condition(row)}, money
    assert without_cell(whole).lines == len(without_cell(whole, 1_000).rows)
