"""Promise: the deadline holds, and nobody waits in a circle. Broken by acting while a lock is held.

The races in test_deadline.py may miss a mistake by luck; here each moment is arranged.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import time as hour
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from foodorder.db import LOCK_CYCLE, db, transaction
from foodorder.ordering import cycles, offers, place, schedules, terms
from foodorder.procurement import changes
from foodorder.procurement.models import ChangeKind, CostBearer, RecordLine
from foodorder.procurement.record_cycle import mark_failed, record_cycle, summary
from foodorder.procurement.wanted import Wanted
from foodorder.rules.cycle import CycleNotOpen, DeadlinePassed
from foodorder.rules.ordering import Cell
from foodorder.trail import service as trail
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.factories import CLOSES, WEEK
from tests.promises.house import AFTER, OPEN, House

pytestmark = pytest.mark.race

Work = Callable[[], Any]
EXCLUSIVE = "SELECT pg_advisory_xact_lock(%s, %s)"
SHARED = "SELECT pg_advisory_xact_lock_shared(%s, %s)"


class Beside:
    """Somebody else at work in the same house: another thread, another transaction."""

    def __init__(self, house: House, pool: ThreadPoolExecutor) -> None:
        self.house, self.pool = house, pool

    def begin(self, work: Work) -> "Future[Any]":
        """Let them begin."""
        return self.pool.submit(self._do, work)

    def _do(self, work: Work) -> Any:
        with self.house.app.app_context():
            try:
                with transaction():
                    return work()
            finally:
                db.session.remove()

    def waits(self, begun: "Future[Any]") -> bool:
        """Whether they come to wait for a lock, and not to an end."""
        until = time.monotonic() + 30
        with self.house.admin() as watch:
            while not begun.done() and time.monotonic() < until:
                [waiting] = watch.execute(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
                ).fetchone() or [0]
                if waiting:
                    return True
                time.sleep(0.02)
        return False


@pytest.fixture
def beside(house: House) -> Iterator[Beside]:
    with ThreadPoolExecutor(1) as pool:
        yield Beside(house, pool)


@pytest.fixture
def order(house: House) -> tuple[int, int, dict[Cell, str]]:
    """An open cycle, a kitchen with an order in it, and what it types next."""
    house.set_clock(OPEN)
    with transaction():
        offer = house.world.offer()
        room = house.world.add_institution()
        cycle = house.world.cycle()
        house.world.submit(cycle, room, [(offer, "3")])
        return cycle.id, room.id, house.world.typed(cycle, room, [(offer, "5")])


def orders(cycle: int, room: int, typed: dict[Cell, str]) -> dict[str, Work]:
    """What a kitchen may do until the deadline."""
    return {
        "submit": lambda: place.submit_order(cycle, room, typed, "down", actor=COMMAND),
        "withdraw": lambda: place.withdraw_order(cycle, room, actor=COMMAND),
    }


@pytest.mark.parametrize("name", ["submit", "withdraw"])
def test_an_order_that_waited_for_a_close_finds_the_cycle_closed(
    house: House, beside: Beside, order: Any, name: str
) -> None:
    with house.owner() as closing:
        with closing.transaction():
            closing.execute(EXCLUSIVE, [LOCK_CYCLE, order[0]])
            placing = beside.begin(orders(*order)[name])
            assert beside.waits(placing), "nothing keeps an order and a close apart"
            closing.execute("UPDATE cycle SET state = 'closed' WHERE id = %s", [order[0]])
        with pytest.raises(CycleNotOpen):
            placing.result(30)


@pytest.mark.parametrize("name", ["submit", "withdraw"])
def test_an_order_that_waited_past_the_deadline_is_late(
    house: House, beside: Beside, order: Any, name: str
) -> None:
    """What counts is the clock after the lock, not when the transaction, or the request, began."""
    with house.owner() as extending:
        with extending.transaction():
            extending.execute(EXCLUSIVE, [LOCK_CYCLE, order[0]])
            # The deadline passes on its own while the order waits.
            passes = "UPDATE cycle SET closes_at = foodorder_clock() + interval '1 second' WHERE id = %s"
            extending.execute(passes, [order[0]])
            placing = beside.begin(orders(*order)[name])
            assert beside.waits(placing)
            time.sleep(1.2)
        with pytest.raises(DeadlinePassed):
            placing.result(30)


def moves(cycle: int, planned: int, producer: int, offer: int) -> dict[str, Work]:
    """Whatever must not happen in the middle of an order."""
    return {
        "close": lambda: record_cycle(cycle, actor=SCHEDULER),
        "note a failed close": lambda: mark_failed(cycle, "x", actor=SCHEDULER),
        "extend": lambda: cycles.extend_cycle(cycle, AFTER + timedelta(days=1), "snow", actor=COMMAND),
        "cancel": lambda: cycles.cancel_cycle(cycle, "snow", actor=COMMAND),
        "open": lambda: cycles.open_cycle(planned, actor=SCHEDULER),
        "change a price": lambda: offers.change_in_open_cycle(cycle, offer, 0, "frost", actor=COMMAND),
        "change an offer": lambda: offers.hold(producer, WEEK),
    }


@pytest.mark.parametrize("name", moves(0, 0, 0, 0))
def test_every_move_waits_for_the_orders_that_are_being_written(
    house: House, beside: Beside, order: Any, name: str
) -> None:
    later = WEEK + timedelta(weeks=1)
    with transaction():
        planned = house.world.cycle(week=later, closes_at=CLOSES + timedelta(weeks=1), opened=False).id
    [(offer, producer)] = house.ask("SELECT id, producer_id FROM offer")
    if name in ("close", "note a failed close"):
        house.set_clock(AFTER)
    with house.owner() as ordering, ordering.transaction():
        ordering.execute(SHARED, [LOCK_CYCLE, planned if name == "open" else order[0]])
        moving = beside.begin(moves(order[0], planned, producer, offer)[name])
        assert beside.waits(moving), "nothing keeps it and an order apart"
    moving.exception(30)


def test_an_order_written_before_the_deadline_is_in_the_close_that_waited_for_it(
    house: House, beside: Beside, order: Any
) -> None:
    with transaction():
        receipt = orders(*order)["submit"]()
        house.set_clock(AFTER)
        closing = beside.begin(lambda: record_cycle(order[0], actor=SCHEDULER))
        assert beside.waits(closing)
    closed = closing.result(30)
    assert (closed.orders, closed.net_cents) == (1, receipt.net_cents)
    assert house.ask("SELECT quantity FROM record_line") == [(5000,)]


def test_a_close_that_waited_for_another_close_does_nothing(house: House, beside: Beside, order: Any) -> None:
    house.set_clock(AFTER)
    with transaction():
        first = record_cycle(order[0], actor=SCHEDULER)
        closing = beside.begin(lambda: record_cycle(order[0], actor=SCHEDULER))
        assert beside.waits(closing)
    assert closing.result(30) == first == summary(order[0])
    assert house.ask("SELECT count(*) FROM trail_event WHERE action = 'cycle.recorded'") == [(1,)]


def test_an_order_takes_limited_offers_in_the_order_of_their_keys(house: House, beside: Beside) -> None:
    """Whoever waits for one holds none that comes after it: so nobody waits in a circle."""
    house.set_clock(OPEN)
    with transaction():
        limited = [house.world.offer(available=9_000) for _ in range(6)]
        room = house.world.add_institution()
        cycle = house.world.cycle()
        typed = house.world.typed(cycle, room, [(offer, "1") for offer in reversed(limited)])
        numbers, cycle_id, room_id = [offer.id for offer in limited], cycle.id, room.id
    with house.owner() as other, house.owner() as looking:
        # Rows that were written since lie elsewhere in the table: its order is not that of the keys.
        looking.execute("UPDATE offer SET taken = taken WHERE id < %s", [numbers[3]])
        with other.transaction():
            other.execute("SELECT FROM offer WHERE id = %s FOR UPDATE", [numbers[0]])
            placing = beside.begin(orders(cycle_id, room_id, typed)["submit"])
            assert beside.waits(placing)
            free = looking.execute("SELECT id FROM offer ORDER BY id FOR UPDATE SKIP LOCKED").fetchall()
            assert [number for (number,) in free] == numbers[1:]
        assert placing.result(30).lines == 6


def test_two_people_of_a_kitchen_submit_one_after_the_other(
    house: House, beside: Beside, order: tuple[int, int, dict[Cell, str]]
) -> None:
    cycle, room, typed = order
    with transaction():
        terms.hold_order(cycle, room)
        placing = beside.begin(orders(cycle, room, dict.fromkeys(typed, "6"))["submit"])
        assert beside.waits(placing), "both would write the same version"
        first = orders(*order)["submit"]()
    assert (first.version, placing.result(30).version) == (2, 3)


def test_a_request_is_answered_once_by_two_at_once(house: House, beside: Beside, order: Any) -> None:
    house.set_clock(AFTER)
    with transaction():
        record_cycle(order[0], actor=SCHEDULER)
        line = db.session.scalars(db.select(RecordLine)).one()
        less = [Wanted(1000, line.id)]
        asked = changes.ask_change(
            line.record_id, ChangeKind.REDUCTION, less, "ill", actor=COMMAND, now=AFTER
        ).id
    answer = partial(changes.accept_change, asked, CostBearer.NOBODY, actor=COMMAND, now=AFTER)
    with transaction():
        answer()
        answering = beside.begin(answer)
        assert beside.waits(answering)
    with pytest.raises(changes.AlreadyAnswered):
        answering.result(30)
    assert house.ask("SELECT max(version), count(*) FROM procurement_record") == [(2, 2)]


def test_two_that_plan_a_schedule_at_once_make_each_cycle_once(house: House, beside: Beside) -> None:
    house.set_clock(OPEN)
    weekly = schedules.ScheduleData("Weekly", 4, hour(8), 3, hour(12), WEEK + timedelta(weeks=1))
    with transaction():
        municipality_id = house.world.municipality.id
        resting = replace(weekly, active=False)
        schedule = schedules.save_schedule(municipality_id, resting, actor=COMMAND, now=OPEN)
        schedule_id = schedule.id
    plan = partial(schedules.plan_ahead, schedule_id, actor=SCHEDULER, now=OPEN)
    with transaction():
        made = len(plan())
        planning = beside.begin(lambda: len(plan()))
        assert beside.waits(planning)
    assert (made > 0, planning.result(30)) == (True, 0)
    assert house.ask("SELECT count(*) FROM cycle") == [(made,)]


def test_an_event_that_is_committed_late_is_sealed_all_the_same(house: House) -> None:
    """Numbers are given before the commit: the lower of two may be the later one to be seen."""
    with house.owner() as slow, slow.transaction():
        slow.execute(
            "INSERT INTO trail_event (at, action, object_type, object_id, body)"
            " VALUES (timestamptz '2026-11-24 09:00+00', 'test.done', 'test', 1, %s)",
            [trail.canonical(SCHEDULER, "test.done", "test", 1, now=OPEN, municipality_id=None)],
        )
        with transaction():
            trail.record(SCHEDULER, "test.done", "test", 2, now=OPEN)
        with transaction():
            assert trail.seal() == 1
    with transaction():
        assert trail.seal() == 1
    with transaction():
        verdict = trail.verify(OPEN)
    assert (verdict.problem, verdict.unsealed, verdict.events) == (None, 0, 2)


def test_two_that_seal_at_once_make_one_chain(house: House, beside: Beside) -> None:
    with transaction():
        trail.record(SCHEDULER, "test.done", "test", 1, now=OPEN)
    with transaction():
        assert trail.seal() == 1
        sealing = beside.begin(trail.seal)
        assert beside.waits(sealing)
    assert sealing.result(30) == 0
    with transaction():
        assert trail.verify(OPEN).problem is None
