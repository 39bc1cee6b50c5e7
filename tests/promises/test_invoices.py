"""Promise: nothing is invoiced twice and no number is missing: not by many at once, nor after a kill."""

import signal
from typing import Any

import pytest

from foodorder.billing.credit import issue_credit_note
from foodorder.billing.issue import issue_all
from foodorder.billing.models import Invoice
from foodorder.db import db, retrying, transaction
from foodorder.delivery.claims import open_claim
from foodorder.rules.claims import ClaimKind
from foodorder.rules.credits import CreditedTooMuch
from foodorder.trail.actor import COMMAND
from tests.deliveries import close_week, farm_notes, line_of, make
from tests.invoices import AT_THE_DOOR, ON_WEDNESDAY, accept_all, know_the_law
from tests.promises import issue_once
from tests.promises.house import House
from tests.promises.test_deliveries import run_at_once

pytestmark = pytest.mark.race

STEPS = ("take_number", "count", "_tell", "commit")
WRITTEN = ("invoice", "invoice_line", "invoice_vat", "invoice_counter")
WHO: dict[str, Any] = {"actor": COMMAND, "now": ON_WEDNESDAY}


@pytest.fixture
def brought(house: House) -> Any:
    """A house in which all three notes of a farm were accepted as announced."""
    with transaction():
        know_the_law()
        close_week(house.world, house.set_clock)
        make(house.world)
        for note in farm_notes(house.world):
            accept_all(note, AT_THE_DOOR)
    house.set_clock(ON_WEDNESDAY)
    return house


def invoiced(house: House) -> list[Any]:
    return house.ask(
        "SELECT i.sequence, x.delivery_line_id, x.quantity, x.net_cents FROM invoice i"
        "  JOIN invoice_line x ON x.invoice_id = i.id WHERE i.kind = 'invoice' ORDER BY 2, i.id"
    )


def accepted(house: House) -> list[Any]:
    return house.ask(
        "SELECT l.id, a.quantity, a.quantity * r.price_cents / 1000 AS net FROM delivery_line l"
        "  JOIN acceptance_line a ON a.id = l.acceptance_id JOIN record_line r ON r.id = l.record_line_id"
        "  JOIN delivery_note n ON n.id = l.note_id WHERE n.producer_id = :farm ORDER BY l.id",
        farm=house.world.farm.id,
    )


def check_all_is_invoiced_once(house: House) -> None:
    found = invoiced(house)
    assert [(row.delivery_line_id, row.quantity, row.net_cents) for row in found] == [
        (row.id, row.quantity, row.net) for row in accepted(house)
    ]
    assert {row.sequence for row in found} == {1, 2, 3}
    assert house.ask("SELECT sum(quantity) FROM invoiced_quantity") == [(sum(row.quantity for row in found),)]
    assert house.ask("SELECT last FROM invoice_counter") == [(3,)]


def test_many_who_issue_at_once_issue_once(brought: Any) -> None:
    children = [brought.start(issue_once, brought.world.farm.id) for _ in range(4)]
    told = [child.end(90).stdout.strip() for child in children]
    assert sorted(told) == ["0", "0", "0", "3"], told
    check_all_is_invoiced_once(brought)


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_nothing_is_there_and_the_next_one_issues_all(brought: Any, step: str) -> None:
    killed = brought.start(issue_once, brought.world.farm.id, step)
    ended = killed.end(60)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert [brought.ask(f"SELECT count(*) FROM {table}") for table in WRITTEN] == [[(0,)]] * len(WRITTEN)
    assert brought.ask("SELECT coalesce(sum(quantity), 0) FROM invoiced_quantity") == [(0,)]
    retrying(lambda: issue_all(brought.world.farm.id, **WHO))
    check_all_is_invoiced_once(brought)


def test_many_who_credit_at_once_never_take_more_than_there_is(brought: Any) -> None:
    retrying(lambda: issue_all(brought.world.farm.id, **WHO))
    [(invoice_id, line_id, quantity)] = brought.ask(
        "SELECT invoice_id, id, quantity FROM invoice_line ORDER BY id LIMIT 1"
    )
    third = quantity // 3

    def credit() -> None:
        try:
            issue_credit_note(invoice_id, {line_id: third}, "Napaka.", **WHO)
        except CreditedTooMuch:
            db.session.rollback()

    run_at_once(brought, credit)
    notes = brought.ask("SELECT sequence, gross_cents FROM invoice WHERE kind = 'credit_note' ORDER BY 1")
    assert [row.sequence for row in notes] == [1, 2, 3]
    with transaction():
        invoice = db.session.get_one(Invoice, invoice_id)
        assert invoice.credited_cents == sum(row.gross_cents for row in notes)


def test_what_is_claimed_while_it_is_invoiced_is_on_one_side_only(brought: Any) -> None:
    """Either the claim came first and its goods are not invoiced, or it came after and is to be credited."""
    with transaction():
        carrots = line_of(farm_notes(brought.world)[0], brought.world.carrots)
        line_id, sent = carrots.id, carrots.quantity
    child = brought.start(issue_once, brought.world.farm.id)
    claimed = retrying(
        lambda: (
            open_claim(
                line_id, ClaimKind.HIDDEN, 1_000, "Gnilo.", was_accepted=True, actor=COMMAND, now=ON_WEDNESDAY
            ).id
        )
    )
    assert child.end(90).stdout.strip() == "3"
    [(quantity,)] = brought.ask(
        "SELECT sum(quantity) FROM invoice_line WHERE delivery_line_id = :line", line=line_id
    )
    assert claimed
    assert quantity in (sent, sent - 1_000)
