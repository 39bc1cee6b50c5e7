"""Promise: what two people do at two desks at the same moment is done once, and the other is told so."""

from typing import Any

import pytest

from foodorder.billing.take_in import take_in_file
from foodorder.db import transaction
from foodorder.procurement.additions import accept_addition, ask_addition
from foodorder.procurement.changes import refuse_change, withdraw_change
from foodorder.procurement.models import CostBearer
from foodorder.procurement.wanted import Wanted
from foodorder.trail.actor import COMMAND
from tests.deliveries import AFTER, MONDAY, close_week, farm_notes, make
from tests.invoices import AT_THE_DOOR, accept_all, know_the_law
from tests.promises.house import House
from tests.promises.test_two_phones import at_once
from tests.taken import document, file_of

pytestmark = pytest.mark.race

WHO: dict[str, Any] = {"actor": COMMAND, "now": AFTER}


@pytest.fixture
def week(house: House) -> Any:
    """A closed week; a third farm sells carrots, too, and nobody ordered from it."""
    with transaction():
        know_the_law()
        close_week(house.world, house.set_clock, instead=True)
    return house


def ask(week: Any) -> Any:
    world = week.world
    wanted = [
        Wanted(2_000, offer_id=world.instead.id, delivery_point_id=world.doors[0], delivery_date=MONDAY)
    ]
    return ask_addition(world.week.id, world.kitchen.id, world.third.id, wanted, "Več otrok.", **WHO)


def test_one_invoice_that_two_take_in_is_here_once(week: Any) -> None:
    with transaction():
        make(week.world)
        accept_all(farm_notes(week.world)[0])
        kitchen = week.world.kitchen.id
        name = week.world.carrots.versions[0].name
        content = file_of(document(week.world, (name, 10_000, 200)))
    took = at_once(
        week,
        [lambda: take_in_file(kitchen, "račun.xml", content, actor=COMMAND, now=AT_THE_DOOR)] * 6,
    )
    assert took == {"written": 1, "SameFile": 5}
    assert week.ask("SELECT count(*) FROM invoice") == [(1,)]
    assert week.ask("SELECT sum(quantity), sum(net_cents) FROM invoiced_quantity") == [(10_000, 2_000)]


def test_one_addition_that_two_ask_for_is_asked_once(week: Any) -> None:
    assert at_once(week, [lambda: ask(week)] * 6) == {"written": 1, "AlreadyAsked": 5}
    assert week.ask("SELECT count(*) FROM record_change WHERE record_id IS NULL") == [(1,)]


def test_an_addition_has_one_answer(week: Any) -> None:
    """One says yes, another no, and the kitchen takes it back: whoever was first has said it."""
    with transaction():
        change = ask(week).id
    answers = [
        lambda: accept_addition(change, CostBearer.INSTITUTION, **WHO),
        lambda: refuse_change(change, "Ni več.", **WHO),
        lambda: withdraw_change(change, **WHO),
    ]
    assert at_once(week, answers * 3) == {"written": 1, "AlreadyAnswered": 8}
    [(state,)] = week.ask("SELECT state FROM record_change")
    written = week.ask("SELECT count(*) FROM procurement_record WHERE change_id = :change", change=change)
    assert written == [(1 if state == "accepted" else 0,)]
    assert week.ask("SELECT count(*) FROM trail_event WHERE action LIKE 'change.%'") == [(2,)]
