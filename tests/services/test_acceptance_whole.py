"""Whole deliveries are accepted as announced: as line by line, and what somebody wrote stays."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from foodorder.delivery.accept_whole import accept_whole
from foodorder.delivery.models import AcceptanceLine
from foodorder.procurement.models import RecordLineSent
from foodorder.rules.delivery import NoteState
from foodorder.trail.actor import COMMAND
from foodorder.trail.models import TrailEvent
from tests.deliveries import close_week, farm_notes, line_of, make
from tests.factories import World
from tests.invoices import AT_THE_DOOR, accept_all, accept_less
from tests.kept import once

WHO: dict[str, Any] = {"actor": COMMAND, "now": AT_THE_DOOR}


@once
def brought(world: World, session: Session, clock_at: Callable[[datetime], None]) -> Any:
    """The week's notes: two stops on Monday of the farm, one on Wednesday."""
    close_week(world, clock_at)
    make(world)
    return world


def whole(brought: Any, **more: Any) -> int:
    notes = [note.id for note in farm_notes(brought)]
    return accept_whole(notes, institution_id=brought.kitchen.id, **{**WHO, **more})


def test_all_of_a_kitchen_is_accepted_and_nothing_of_another(brought: Any, session: Session) -> None:
    assert whole(brought) == 3
    states = {(note.institution_id, note.delivery_date): note.state for note in farm_notes(brought)}
    assert {state for (kitchen, _day), state in states.items() if kitchen == brought.kitchen.id} == {
        "received"
    }
    assert {state for (kitchen, _day), state in states.items() if kitchen == brought.school.id} == {"draft"}
    assert whole(brought) == 0
    assert session.scalar(select(func.count(RecordLineSent.root_line_id))) == 3
    events = session.scalar(select(func.count(TrailEvent.id)).where(TrailEvent.action == "delivery.accepted"))
    assert events == 3


def test_it_is_what_accepting_line_by_line_writes(brought: Any, session: Session) -> None:
    monday, _school, wednesday = sorted(farm_notes(brought), key=lambda note: (note.delivery_date, note.id))
    accept_all(monday)
    accept_whole([wednesday.id], institution_id=brought.kitchen.id, **WHO)
    rows = session.execute(
        text(
            "SELECT l.unit = 'KGM' AND a.grams = a.quantity AS weighed, a.quantity = l.quantity AS whole,"
            " a.version, a.outcome, a.noted_at = a.received_at AS at_once"
            " FROM delivery_line l JOIN acceptance_line a ON a.id = l.acceptance_id"
        )
    ).all()
    assert len(rows) == 3
    assert set(rows) == {(True, True, 1, "accepted", True)}


def test_what_somebody_wrote_stays(brought: Any, session: Session) -> None:
    monday = farm_notes(brought)[0]
    accept_less(line_of(monday, brought.carrots), 9_500)
    assert whole(brought) == 2
    assert sorted(session.scalars(select(AcceptanceLine.quantity))) == [3_000, 4_000, 9_500]


def test_what_is_to_be_measured_waits_for_a_thermometer(brought: Any, session: Session) -> None:
    session.execute(
        text(
            "INSERT INTO temperature_limit (code, name_sl, name_en, highest, tolerance, certainty, source)"
            " VALUES ('milk', 'Mleko', 'Milk', 80, 0, 'K', 'test')"
        )
    )
    monday = farm_notes(brought)[0]
    line_of(monday, brought.cheese).temperature = "milk"
    session.flush()
    cheese = line_of(monday, brought.cheese).id
    assert whole(brought) == 2
    assert farm_notes(brought)[0].state == NoteState.DRAFT
    # Beyond the limit it is a person's decision.
    assert whole(brought, temperatures={cheese: 81}) == 0
    assert whole(brought, temperatures={cheese: 80}) == 1
    assert farm_notes(brought)[0].state == NoteState.RECEIVED
    [written] = session.scalars(select(AcceptanceLine).where(AcceptanceLine.delivery_line_id == cheese))
    assert written.temperature == 80
    assert written.temperature_facts == {
        "verdict": "ok", "measured": {"tenths": 80}, "limit": {"tenths": 80},
    }  # fmt: skip


def test_a_cancelled_note_and_what_does_not_come_are_left_alone(brought: Any, session: Session) -> None:
    monday, *_others, wednesday = farm_notes(brought)
    wednesday.state = NoteState.CANCELLED
    line_of(monday, brought.cheese).quantity = 0
    session.flush()
    assert whole(brought) == 1
    assert farm_notes(brought)[0].state == NoteState.RECEIVED
    assert farm_notes(brought)[-1].state == NoteState.CANCELLED
