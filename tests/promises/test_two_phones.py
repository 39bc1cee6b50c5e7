"""Promise: two people at one crate never overwrite each other, and what is sent twice is written once.

Broken by many phones that write at the same moment, each on a connection of its own.
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest

from foodorder.db import db, transaction
from foodorder.delivery.accept import Noted, accept
from foodorder.delivery.claims import open_claim
from foodorder.delivery.notes import make_cycle_notes
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.acceptance import AcceptReason, ChangedMeanwhile, Decision
from foodorder.rules.claims import ClaimedTooMuch, ClaimKind
from foodorder.rules.errors import Refusal
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.promises.house import AFTER, House

pytestmark = pytest.mark.race

PHONES = 8


@pytest.fixture
def crate(house: House) -> Any:
    """A delivered line of more than eight kilograms: its number, quantity and kitchen."""
    cycle = house.busy_cycle()
    house.set_clock(AFTER)
    record_cycle(cycle.id, actor=SCHEDULER)
    with transaction():
        make_cycle_notes(cycle.id, actor=SCHEDULER, now=AFTER)
    return house.ask(
        "SELECT l.id, l.quantity, n.institution_id"
        " FROM delivery_line l JOIN delivery_note n ON n.id = l.note_id"
        " WHERE l.quantity > 8000 ORDER BY l.id LIMIT 1"
    )[0]


def at_once(house: House, works: list[Callable[[], Any]]) -> Counter[str]:
    """How often each thing came of works that all begin at the same moment."""
    gate = Barrier(len(works))

    def do(work: Callable[[], Any]) -> str:
        with house.app.app_context():
            gate.wait(30)
            try:
                with transaction():
                    return "repeated" if getattr(work(), "repeated", False) else "written"
            except Refusal as reason:
                return type(reason).__name__
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(works)) as pool:
        return Counter(pool.map(do, works))


def write(crate: Any, noted: Noted) -> Any:
    return accept(noted, institution_id=crate.institution_id, actor=COMMAND, now=AFTER)


def less(crate: Any, kilograms: int, key: Any = None) -> Noted:
    decision = Decision(kilograms * 1_000, AcceptReason.LESS)
    return Noted(crate.id, decision, 0, key or uuid4(), AFTER)


def test_one_phone_writes_and_the_others_are_shown_what_it_wrote(house: House, crate: Any) -> None:
    works = [lambda number=number: write(crate, less(crate, number)) for number in range(1, PHONES + 1)]
    assert at_once(house, works) == {"written": 1, ChangedMeanwhile.__name__: PHONES - 1}
    assert [tuple(row) for row in house.ask("SELECT version, count(*) FROM acceptance_line GROUP BY 1")] == [
        (1, 1)
    ]


def test_the_same_note_sent_by_many_is_one(house: House, crate: Any) -> None:
    noted = less(crate, 5)
    assert at_once(house, [lambda: write(crate, noted)] * PHONES) == {"written": 1, "repeated": PHONES - 1}
    assert house.ask("SELECT count(*) FROM acceptance_line")[0][0] == 1


def test_two_claims_never_take_more_than_was_refused(house: House, crate: Any) -> None:
    with transaction():
        write(crate, Noted(crate.id, Decision(0, AcceptReason.QUALITY), 0, uuid4(), AFTER))

    def claim() -> Any:
        return open_claim(
            crate.id,
            ClaimKind.QUALITY,
            crate.quantity // 2,
            "soft",
            was_accepted=False,
            actor=COMMAND,
            now=AFTER,
        )

    assert at_once(house, [claim] * PHONES) == {"written": 2, ClaimedTooMuch.__name__: PHONES - 2}
