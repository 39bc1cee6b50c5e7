"""Promise: nothing happens twice, nothing half. Broken by kills, by many schedulers, by clocks that jump."""

import json
import signal
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from foodorder import jobs
from foodorder.config import Settings
from foodorder.db import db, retrying, transaction
from foodorder.ordering.drafts import save_draft
from foodorder.ordering.due import due_to_close
from foodorder.procurement.record_cycle import STEPS, record_cycle, summary
from foodorder.trail.actor import SCHEDULER
from tests.factories import CLOSES, OPENS, WEEK
from tests.promises import close_once, run_jobs
from tests.promises.house import AFTER, MONTH_LATER, OPEN, House

pytestmark = pytest.mark.race

MADE_BY_A_CLOSE = (
    "procurement_record",
    "record_line",
    "record_vat",
    "difference",
    "allocation",
    "record_counter",
)


def rows_of(house: House) -> dict[str, int]:
    """How many rows each table holds that a close writes."""
    return {table: house.ask(f"SELECT count(*) FROM {table}")[0][0] for table in MADE_BY_A_CLOSE}


def content(house: House, cycle: int) -> list[Any]:
    """What a cycle's records say, without numbers that a database gives."""
    return house.ask(
        "SELECT r.number, l.name, l.delivery_date, l.quantity, l.net_cents, r.gross_cents"
        "  FROM procurement_record r JOIN record_line l ON l.record_id = r.id"
        " WHERE r.cycle_id = :cycle ORDER BY 1, 2, 3, 4",
        cycle=cycle,
    )


@pytest.mark.parametrize("step", [*(step.__name__ for step in STEPS), "commit"])
def test_a_close_that_is_killed_leaves_nothing_and_the_next_one_does_everything(
    house: House, step: str
) -> None:
    cycle = house.busy_cycle()
    house.set_clock(AFTER)

    killed = house.start(close_once, cycle.id, step, "scheduler")
    ended = killed.end(60)

    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert set(rows_of(house).values()) == {0}
    assert house.ask("SELECT state FROM cycle WHERE id = :id", id=cycle.id) == [("open",)]
    assert house.ask("SELECT count(*) FROM message WHERE template LIKE 'close%'") == [(0,)]

    closed = retrying(lambda: record_cycle(cycle.id, actor=SCHEDULER))
    assert closed.records == len({row.number for row in content(house, cycle.id)}) > 0
    assert house.ask("SELECT sum(last) FROM record_counter") == [(closed.records,)]


@pytest.mark.parametrize("step", [*(step.__name__ for step in STEPS), "commit"])
def test_a_database_killed_during_a_close_comes_back_with_all_orders_and_closes_once(
    durable_house: House, step: str
) -> None:
    house = durable_house
    cycle = house.busy_cycle(kitchens=2)
    ordered = house.ask("SELECT count(*), sum(quantity) FROM order_line")
    cycle_id = cycle.id
    house.set_clock(AFTER)
    db.session.remove()

    assert "OperationalError" in house.start(close_once, cycle_id, step, "database").end(60).stderr

    assert eventually(lambda: house.ask("SELECT count(*), sum(quantity) FROM order_line")) == ordered
    assert house.ask("SELECT state FROM cycle WHERE id = :id", id=cycle_id) == [("open",)]
    assert set(rows_of(house).values()) == {0}
    closed = retrying(lambda: record_cycle(cycle_id, actor=SCHEDULER))
    again = retrying(lambda: record_cycle(cycle_id, actor=SCHEDULER))
    assert closed == again == summary(cycle_id)
    assert closed.records == house.ask("SELECT count(*) FROM procurement_record")[0][0] > 0


def eventually(question: Callable[[], Any], seconds: float = 30) -> Any:
    """The answer once there is one: the server may still be recovering."""
    end = time.monotonic() + seconds
    while True:
        try:
            return question()
        except OperationalError:
            if time.monotonic() > end:
                raise
            db.session.remove()
            time.sleep(0.1)


def test_of_what_waits_equally_long_each_scheduler_begins_elsewhere(house: House) -> None:
    house.set_clock(OPEN)
    with transaction():
        for number in range(12):
            house.world.cycle(week=WEEK + timedelta(weeks=number))
    house.set_clock(AFTER)

    one = [waiting.cycle_id for waiting in due_to_close()]
    # The first one's connection is in use still.
    with house.app.app_context():
        other = [waiting.cycle_id for waiting in due_to_close()]
        db.session.remove()

    assert one != other
    assert sorted(one) == sorted(other)
    assert len(one) == 12


def test_three_schedulers_at_once_close_every_cycle_once_with_gap_free_numbers(house: House) -> None:
    world = house.world
    house.set_clock(OPEN)
    with transaction():
        rooms = [world.add_institution() for _ in range(5)]
        farms = [world.add_producer() for _ in range(3)]
        for week in (WEEK + timedelta(weeks=number) for number in range(4)):
            offers = [world.offer(farm, week=week) for farm in farms]
            cycle = world.cycle(week=week, opens_at=OPENS, closes_at=CLOSES)
            for room in rooms:
                world.submit(cycle, room, [(offer, "3") for offer in offers])
    house.set_clock(AFTER)

    schedulers = [house.start(run_jobs, 5) for _ in range(3)]
    ends = [scheduler.end(90) for scheduler in schedulers]

    assert [end.returncode for end in ends] == [0, 0, 0], ends
    assert house.ask("SELECT DISTINCT state FROM cycle") == [("recorded",)]
    numbers = house.ask(
        "SELECT institution_id, array_agg(sequence ORDER BY sequence) FROM procurement_record GROUP BY 1"
    )
    assert len(numbers) == 5
    for _institution, given in numbers:
        assert given == list(range(1, 4 * 3 + 1))
    assert house.ask(
        "SELECT count(*) FROM (SELECT dedupe_key FROM message GROUP BY 1 HAVING count(*) > 1) d"
    ) == [(0,)]
    closes = house.ask(
        "SELECT object_id, count(*) FROM trail_event WHERE action = 'cycle.recorded' GROUP BY 1"
    )
    assert sorted(count for _, count in closes) == [1, 1, 1, 1]


def test_after_a_month_without_a_scheduler_everything_due_is_done_and_a_clock_set_back_undoes_nothing(
    house: House,
) -> None:
    settings = Settings.from_environment(house.environment)
    cycle_id = house.busy_cycle().id
    with transaction():
        house.world.cycle(
            week=date(2026, 12, 7), opens_at=OPENS, closes_at=CLOSES + timedelta(days=7), opened=False
        )
    house.set_clock(MONTH_LATER)

    first = jobs.run("advance_cycles", jobs.advance_cycles, settings)
    assert (first.done, first.failed) == (3, 0), first.errors
    written = rows_of(house), content(house, cycle_id)

    assert jobs.run("advance_cycles", jobs.advance_cycles, settings).done == 0
    house.set_clock(OPEN)
    assert jobs.run("advance_cycles", jobs.advance_cycles, settings).done == 0
    assert (rows_of(house), content(house, cycle_id)) == written
    assert house.ask("SELECT DISTINCT state FROM cycle") == [("recorded",)]


def test_a_close_that_fails_is_shown_with_its_cause_and_the_next_cycle_goes_on(house: House) -> None:
    settings = Settings.from_environment(house.environment)
    good_id, bad = house.busy_cycle().id, house.world
    with transaction():
        room = bad.add_institution()
        offer = bad.offer(week=date(2026, 12, 7))
        broken = bad.cycle(week=date(2026, 12, 7))
        bad.submit(broken, room, [(offer, "5")])
        broken_id, room_id = broken.id, room.id
    # A stone in the way of one close only: its institution's next number is taken already.
    with house.owner() as owner:
        owner.execute(
            "INSERT INTO record_counter (institution_id, year, last) VALUES (%s, 2026, 2147483647)", [room_id]
        )
    house.set_clock(AFTER)

    outcome = jobs.run("advance_cycles", jobs.advance_cycles, settings)

    assert (outcome.done, outcome.failed) == (1, 1)
    [(state, failure)] = house.ask("SELECT state, failure FROM cycle WHERE id = :id", id=broken_id)
    assert state == "closed"
    assert "out of range" in failure
    assert house.ask("SELECT state FROM cycle WHERE id = :id", id=good_id) == [("recorded",)]
    assert json.dumps(outcome.errors).count("close cycle") == 1

    with house.owner() as owner:
        owner.execute("UPDATE record_counter SET last = 0 WHERE institution_id = %s", [room_id])
    retrying(lambda: record_cycle(broken_id, actor=SCHEDULER))
    assert house.ask("SELECT state, failure FROM cycle WHERE id = :id", id=broken_id) == [("recorded", None)]


def test_an_opening_that_fails_does_not_keep_the_next_cycle_from_opening(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, world = Settings.from_environment(house.environment), house.world
    with transaction():
        broken, good = (world.cycle(municipality=world.add_municipality(), opened=False).id for _ in "ab")
    open_cycle = jobs.cycles.open_cycle

    def stumbling(cycle_id: int, **more: Any) -> Any:
        opened = open_cycle(cycle_id, **more)
        if cycle_id == broken:
            db.session.execute(db.text("SELECT 1 / 0"))
        return opened

    monkeypatch.setattr(jobs.cycles, "open_cycle", stumbling)
    house.set_clock(OPEN)

    outcome = jobs.run("advance_cycles", jobs.advance_cycles, settings)

    assert (outcome.done, outcome.failed) == (1, 1)
    assert "division by zero" in outcome.errors[0]
    assert house.ask("SELECT id, state FROM cycle ORDER BY id") == [(broken, "planned"), (good, "open")]
    monkeypatch.undo()
    assert jobs.run("advance_cycles", jobs.advance_cycles, settings).done == 1


def test_what_was_typed_and_never_submitted_goes_on_in_the_cycle_that_is_open(house: House) -> None:
    settings, world = Settings.from_environment(house.environment), house.world
    house.set_clock(OPEN)
    later = WEEK + timedelta(weeks=1)
    with transaction():
        product, room = world.add_product(world.add_producer()), world.add_institution()
        old, new = world.offer(product=product), world.offer(product=product, week=later)
        cycle, following = world.cycle(), world.cycle(week=later, closes_at=CLOSES + timedelta(weeks=1))
        save_draft(cycle.id, room.id, world.typed(cycle, room, [(old, "12")]), actor=SCHEDULER, now=OPEN)
        expected = [(following.id, new.id, "12")]
    house.set_clock(AFTER)

    for _ in range(2):
        assert jobs.run("advance_cycles", jobs.advance_cycles, settings).failed == 0
    drafts = (
        "SELECT w.cycle_id, d.offer_id, d.typed FROM draft_line d JOIN weekly_order w ON w.id = d.order_id"
    )
    assert house.ask(f"{drafts} WHERE w.cycle_id = :cycle", cycle=expected[0][0]) == expected
