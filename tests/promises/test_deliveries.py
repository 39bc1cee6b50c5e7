"""Promise: what left the farm stays as it was; notes are made once, whole, and numbered without a gap."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from foodorder import jobs
from foodorder.config import Settings
from foodorder.db import clock, db, retrying, transaction
from foodorder.delivery import moves, note_rows, shortfalls
from foodorder.delivery.models import DeliveryNote
from foodorder.delivery.notes import due_cycles, make_cycle_notes, make_notes
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.delivery import ShortReason
from foodorder.trail.actor import SCHEDULER
from tests.promises.house import AFTER, House

pytestmark = pytest.mark.race

FROZEN = ("record_line_sent", "shortfall")
STEPS = ("take_due", "hold", "with_news", "reopen", "create", "bring_up_to_date", "cancel_empty")


@pytest.fixture
def closed_house(house: House) -> House:
    """A house with a recorded cycle whose notes are not made yet."""
    cycle = house.busy_cycle()
    house.set_clock(AFTER)
    retrying(lambda: record_cycle(cycle.id, actor=SCHEDULER))
    return house


def notes(house: House) -> list[Any]:
    return house.ask(
        "SELECT n.number, n.state, n.part, l.root_line_id, l.ordered, l.quantity, l.grams"
        "  FROM delivery_note n JOIN delivery_line l ON l.note_id = n.id"
        " ORDER BY n.producer_id, n.sequence, l.id"
    )


def run_at_once(house: House, work: Callable[[], object], times: int = 6) -> None:
    """The same work in many threads at once; whatever one of them raises is raised here."""
    gate, wrong = threading.Barrier(times), list[BaseException]()

    def one() -> None:
        with house.app.app_context():
            gate.wait()
            try:
                retrying(work)
            except BaseException as error:
                wrong.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=one) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_made_by_many_at_once_there_is_one_note_a_stop_and_no_gap(closed_house: House) -> None:
    [(cycle_id,)] = closed_house.ask("SELECT id FROM cycle")
    # Without the list of what is due nothing but the cycle's lock keeps them apart.
    with transaction():
        db.session.execute(db.text("DELETE FROM delivery_due"))
    run_at_once(closed_house, lambda: make_cycle_notes(cycle_id, actor=SCHEDULER, now=clock()))
    rows = closed_house.ask(
        "SELECT producer_id, array_agg(sequence ORDER BY sequence) AS numbers FROM delivery_note GROUP BY 1"
    )
    assert rows
    assert all(list(row.numbers) == list(range(1, len(row.numbers) + 1)) for row in rows)
    [(stops, lines, recorded)] = closed_house.ask(
        "SELECT (SELECT count(DISTINCT (producer_id, delivery_point_id, delivery_date)) FROM delivery_note),"
        " (SELECT sum(ordered) FROM delivery_line), (SELECT sum(quantity) FROM record_line)"
    )
    assert stops == sum(len(row.numbers) for row in rows)
    assert lines == recorded
    assert due_cycles() == []


@pytest.mark.parametrize("step", STEPS)
def test_broken_off_at_any_step_nothing_is_there_and_the_next_run_makes_all(
    closed_house: House, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    settings = Settings.from_environment(closed_house.environment)
    done = getattr(note_rows, step)

    def stumbling(*args: Any) -> Any:
        done(*args)
        raise KeyError("the power is gone")

    with monkeypatch.context() as broken:
        broken.setattr(note_rows, step, stumbling)
        outcome = jobs.run("make_delivery_notes", jobs.make_delivery_notes, settings)
    assert (outcome.done, outcome.failed) == (0, 1)
    assert notes(closed_house) == []
    assert closed_house.ask("SELECT count(*) FROM delivery_counter") == [(0,)]
    assert jobs.run("make_delivery_notes", jobs.make_delivery_notes, settings).done == 1
    made = notes(closed_house)
    assert made[0].number == "D-2026-0001"
    assert jobs.run("make_delivery_notes", jobs.make_delivery_notes, settings).done == 0
    assert notes(closed_house) == made


def test_what_left_cannot_be_changed_by_anybody(closed_house: House) -> None:
    [(cycle_id,)] = closed_house.ask("SELECT id FROM cycle")
    with transaction():
        make_cycle_notes(cycle_id, actor=SCHEDULER, now=clock())
        first, second = db.session.query(DeliveryNote).order_by(DeliveryNote.id)[:2]
        less = shortfalls.Less(second.id, second.lines[0].root_line_id, 0)
        shortfalls.tell_short(second.producer_id, [less], ShortReason.FROST, actor=SCHEDULER, now=clock())
        moves.leave(first.producer_id, [first.id], actor=SCHEDULER, now=clock())
        left = first.id
    for table in FROZEN:
        [(rows,)] = closed_house.ask(f"SELECT count(*) FROM {table}")
        assert rows, f"{table} is empty: nothing is proved"
        for statement in (
            f"UPDATE {table} SET root_line_id = 1",
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
        ):
            with pytest.raises(DBAPIError, match="permission denied"), transaction():
                db.session.execute(db.text(statement))
    for statement in (
        "UPDATE delivery_line SET quantity = quantity + 1 WHERE note_id = :note",
        "UPDATE delivery_line SET lot = 'X' WHERE note_id = :note",
        "DELETE FROM delivery_line WHERE note_id = :note",
        "UPDATE delivery_note SET number = 'X' WHERE id = :note",
    ):
        with pytest.raises(DBAPIError, match="frozen"), transaction():
            db.session.execute(db.text(statement), {"note": left})
        with closed_house.owner() as owner, pytest.raises(Exception, match="frozen"):
            owner.execute(statement.replace(":note", str(left)).encode())


def test_sent_by_many_at_once_it_leaves_once(closed_house: House) -> None:
    [(cycle_id,)] = closed_house.ask("SELECT id FROM cycle")
    with transaction():
        made = make_cycle_notes(cycle_id, actor=SCHEDULER, now=clock())
        note = db.session.get_one(DeliveryNote, made.new[0])
        producer_id, note_id = note.producer_id, note.id
    gone = list[int]()

    def leave() -> None:
        try:
            moves.leave(producer_id, [note_id], actor=SCHEDULER, now=clock())
        except moves.Refusal:
            return
        gone.append(note_id)

    run_at_once(closed_house, leave)
    assert gone == [note_id]
    assert closed_house.ask("SELECT count(*) FROM trail_event WHERE action = 'note.left'") == [(1,)]
    with transaction():
        assert not make_notes(cycle_id, producer_id, actor=SCHEDULER, now=clock()).any
