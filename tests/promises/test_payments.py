"""Promise: nothing is paid twice and nothing by half: not by many at once, nor after a kill."""

import signal
from typing import Any

import pytest

from foodorder.accounts.personal import Detail, set_detail
from foodorder.billing.issue import issue_all
from foodorder.db import transaction
from foodorder.trail.actor import COMMAND
from tests.deliveries import close_week, farm_notes, make
from tests.invoices import AT_THE_DOOR, IBAN, ON_WEDNESDAY, accept_all, know_the_law
from tests.promises import pay_once
from tests.promises.house import House
from tests.promises.pay_once import OWN

pytestmark = pytest.mark.race

STEPS = {"batch": ("write", "_lines", "commit"), "read": ("_settle", "book", "commit")}
WRITTEN = ("payment_batch", "payment_batch_line", "bank_statement", "bank_entry", "payment")
WHO: dict[str, Any] = {"actor": COMMAND, "now": ON_WEDNESDAY}


@pytest.fixture
def owed(house: House) -> Any:
    """A house with an approved invoice; its number is `.owed`."""
    with transaction():
        know_the_law()
        close_week(house.world, house.set_clock)
        set_detail(Detail.IBAN, IBAN, producer_id=house.world.farm.id, **WHO)
        house.world.kitchen.iban = OWN
        make(house.world)
        accept_all(farm_notes(house.world)[0], AT_THE_DOOR)
        invoice = issue_all(house.world.farm.id, **WHO)[0]
        invoice.state = "approved"
        house.owed = invoice.id  # type: ignore[attr-defined]
    house.set_clock(ON_WEDNESDAY)
    return house


def counted(house: House) -> list[int]:
    return [house.ask(f"SELECT count(*) FROM {table}")[0][0] for table in WRITTEN]


def paid(house: Any) -> int:
    [(cents,)] = house.ask("SELECT paid_cents FROM invoice WHERE id = :id", id=house.owed)
    return int(cents)


@pytest.mark.parametrize(
    ("what", "refusal", "rows"),
    [("batch", "NotForPayment", [1, 1, 0, 0, 0]), ("read", "StatementKnown", [0, 0, 1, 1, 1])],
)
def test_many_at_once_do_it_once(owed: Any, what: str, refusal: str, rows: list[int]) -> None:
    children = [owed.start(pay_once, what, owed.owed) for _ in range(4)]
    told = [child.end(90).stdout.strip() for child in children]
    assert sorted(told) == sorted(["done", *[refusal] * 3]), told
    assert counted(owed) == rows
    assert paid(owed) == 400 * rows[-1]


@pytest.mark.parametrize(("what", "step"), [(what, step) for what, steps in STEPS.items() for step in steps])
def test_killed_at_any_step_nothing_is_there_and_the_next_one_does_it(
    owed: Any, what: str, step: str
) -> None:
    killed = owed.start(pay_once, what, owed.owed, step)
    ended = killed.end(60)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert counted(owed) == [0] * len(WRITTEN)
    assert paid(owed) == 0
    again = owed.start(pay_once, what, owed.owed)
    assert again.end(60).stdout.strip() == "done"
    assert paid(owed) == (400 if what == "read" else 0)
