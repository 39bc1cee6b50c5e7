"""Promise: an answer to an order counts until the deadline, not after. Broken by answering while a lock is
held."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text

from foodorder.db import LOCK_CYCLE, db, transaction
from foodorder.ordering.decisions import approve, send_back
from foodorder.ordering.place import submit_order
from foodorder.rules.approval import NotWaiting, TooLateToDecide
from foodorder.rules.cycle import CycleNotOpen
from foodorder.trail.actor import COMMAND
from tests.promises.house import OPEN, House
from tests.promises.test_locks import EXCLUSIVE, Beside, Work

pytestmark = pytest.mark.race


@pytest.fixture
def beside(house: House) -> Iterator[Beside]:
    with ThreadPoolExecutor(1) as pool:
        yield Beside(house, pool)


@pytest.fixture
def waiting(house: House) -> dict[str, Any]:
    """An order that waits for approval in an open cycle, and what the kitchen types next."""
    house.set_clock(OPEN)
    with transaction():
        offer = house.world.offer()
        room = house.world.add_institution()
        cycle = house.world.cycle()
        receipt = house.world.submit(cycle, room, [(offer, "3")])
        house.world.wait_for_approval(room, receipt, "drop")
        typed = house.world.typed(cycle, room, [(offer, "5")])
        return {"cycle": cycle.id, "room": room.id, "submission": receipt.submission_id, "typed": typed}


def answers(waiting: dict[str, Any]) -> dict[str, Work]:
    """What an approver may say until the deadline."""
    return {
        "approve": lambda: approve(waiting["submission"], actor=COMMAND),
        "send back": lambda: send_back(waiting["submission"], "less", actor=COMMAND),
    }


def state_of(waiting: dict[str, Any]) -> Any:
    with transaction():
        statement = text("SELECT state FROM order_approval WHERE submission_id = :submission")
        return db.session.execute(statement, {"submission": waiting["submission"]}).scalar_one()


@pytest.mark.parametrize("name", ["approve", "send back"])
def test_an_answer_that_waited_for_a_close_finds_the_cycle_closed(
    house: House, beside: Beside, waiting: dict[str, Any], name: str
) -> None:
    with house.owner() as closing:
        with closing.transaction():
            closing.execute(EXCLUSIVE, [LOCK_CYCLE, waiting["cycle"]])
            answering = beside.begin(answers(waiting)[name])
            assert beside.waits(answering), "nothing keeps an answer and a close apart"
            closing.execute("UPDATE cycle SET state = 'closed' WHERE id = %s", [waiting["cycle"]])
        with pytest.raises(CycleNotOpen):
            answering.result(30)
    assert state_of(waiting) == "waiting"


@pytest.mark.parametrize("name", ["approve", "send back"])
def test_an_answer_that_waited_past_the_deadline_is_late(
    house: House, beside: Beside, waiting: dict[str, Any], name: str
) -> None:
    with house.owner() as extending:
        with extending.transaction():
            extending.execute(EXCLUSIVE, [LOCK_CYCLE, waiting["cycle"]])
            passes = "UPDATE cycle SET closes_at = foodorder_clock() + interval '1 second' WHERE id = %s"
            extending.execute(passes, [waiting["cycle"]])
            answering = beside.begin(answers(waiting)[name])
            assert beside.waits(answering)
            time.sleep(1.2)
        with pytest.raises(TooLateToDecide):
            answering.result(30)
    assert state_of(waiting) == "waiting"


def test_an_order_that_is_changed_while_it_is_approved_is_not_the_one_approved(
    house: House, beside: Beside, waiting: dict[str, Any]
) -> None:
    """The kitchen submits anew; the approver waits for the order's row, and then finds another order."""
    with house.app.app_context(), transaction():
        submit_order(waiting["cycle"], waiting["room"], waiting["typed"], "down", actor=COMMAND)
        approving = beside.begin(answers(waiting)["approve"])
        assert beside.waits(approving), "nothing keeps an answer and a submission apart"
    with pytest.raises(NotWaiting):
        approving.result(30)
