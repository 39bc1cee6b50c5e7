"""Checks of the whole trail: asked for, done by the scheduler, done again when whoever did it died."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from foodorder import jobs
from foodorder.config import Settings
from foodorder.db import db
from foodorder.trail import checks
from foodorder.trail import service as trail
from foodorder.trail.actor import COMMAND, SCHEDULER, Actor, Source
from foodorder.trail.models import TrailCheck
from tests.factories import NOW

At = Callable[[datetime], None]
#: In the night a check is due.
NIGHT = datetime(2026, 11, 25, checks.NIGHT_HOUR, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def some_events(app: Flask, clock_at: At) -> None:
    clock_at(NOW)
    for number in range(3):
        trail.record(COMMAND, "test.done", "test", number, now=NOW)
    trail.seal()


def test_the_scheduler_does_what_a_person_asked_for(settings: Settings, session: Session) -> None:
    checks.ask(SCHEDULER, now=NOW)
    jobs.check_trail(settings)
    asked = checks.ask(Actor(Source.PERSON, 7, "auditor"), now=NOW, municipality_id=None)
    assert (asked.asked_by_id, asked.started_at, asked.finished_at) == (7, None, None)
    assert checks.waiting() is asked
    outcome = jobs.check_trail(settings)
    assert (outcome.done, outcome.failed) == (1, 0)
    [done, _] = checks.results(5)
    assert (done.id, done.ok, done.finding, done.blocks) == (asked.id, True, None, 1)
    assert done.events == session.scalar(text("SELECT count(*) FROM trail_sealed"))
    assert done.asked_at <= done.started_at <= done.finished_at
    assert checks.waiting() is None
    assert jobs.check_trail(settings).done == 0


def test_while_one_waits_nobody_asks_for_another(session: Session) -> None:
    first = checks.ask(SCHEDULER, now=NOW)
    assert checks.ask(COMMAND, now=NOW + MINUTE) is first
    assert session.query(TrailCheck).count() == 1


def test_one_is_made_each_night(session: Session) -> None:
    for moment, due in (
        (NIGHT - MINUTE, True), (NIGHT, True), (NIGHT + MINUTE, False), (NIGHT + timedelta(hours=23), False),
        (NIGHT + timedelta(days=1), True),
    ):  # fmt: skip
        asked = checks.ask_nightly(now=moment)
        assert (asked is not None) is due, moment
        if asked is not None:
            assert asked.asked_by_id is None
            checks.take(now=moment)
            checks.finish(asked.id, checks.recompute(now=moment), actor=SCHEDULER, now=moment)


def test_one_that_died_is_taken_up_again_after_an_hour() -> None:
    check = checks.ask(SCHEDULER, now=NOW)
    assert checks.take(now=NOW) is check
    for moment in (NOW, NOW + checks.DEAD_AFTER):
        assert checks.take(now=moment) is None
    later = NOW + checks.DEAD_AFTER + MINUTE
    assert checks.take(now=later) is check
    assert check.started_at == later


def test_who_comes_second_changes_no_result(settings: Settings) -> None:
    check = checks.ask(SCHEDULER, now=NOW)
    jobs.check_trail(settings)
    broken = trail.Verdict(1, 1, 0, 0, "", "event 1 in block 1 was changed")
    checks.finish(check.id, broken, actor=SCHEDULER, now=NOW + MINUTE)
    db.session.refresh(check)
    assert (check.ok, check.finding) == (True, None)


def test_the_first_row_that_does_not_fit_is_named(
    settings: Settings, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Rows cannot be changed here, so the reading of them is.
    monkeypatch.setattr(trail, "event_hash", lambda number, body: bytes(32))
    checks.ask(SCHEDULER, now=NOW)
    jobs.check_trail(settings)
    [done] = checks.results(5)
    first = session.scalar(text("SELECT min(event_id) FROM trail_sealed"))
    assert (done.ok, done.finding) == (False, f"event {first} in block 1 was changed")


def test_an_event_past_the_sealing_is_named_and_one_that_waits_is_not(
    settings: Settings, session: Session
) -> None:
    trail.record(COMMAND, "test.done", "test", 4, now=NOW - timedelta(hours=2))
    checks.ask(SCHEDULER, now=NOW)
    jobs.check_trail(settings)
    assert checks.results(1)[0].ok
    event = session.scalar(text("SELECT max(event_id) FROM trail_unsealed"))
    session.execute(text("DELETE FROM trail_unsealed WHERE event_id = :event"), {"event": event})
    checks.ask(SCHEDULER, now=NOW)
    jobs.check_trail(settings)
    assert checks.results(1)[0].finding == f"event {event} is neither sealed nor waits for its seal"


def test_whoever_waits_sees_how_far_a_check_is(
    settings: Settings, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail.record(COMMAND, "test.done", "test", 9, now=NOW)
    trail.seal()
    monkeypatch.setattr(trail, "PROGRESS_EVERY", 1)
    check = checks.ask(SCHEDULER, now=NOW)
    jobs.check_trail(settings)
    session.refresh(check)
    assert check.ok
    assert (check.blocks_done, check.blocks_all) == (check.blocks - 1, check.blocks)
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text("UPDATE trail_check SET blocks_done = 0"))
    checks.note_progress(check.id, 0, 1)
    session.refresh(check)
    assert check.blocks_done == check.blocks - 1


def test_what_a_command_found_is_kept_beside_the_others(session: Session) -> None:
    check = checks.keep(checks.recompute(now=NOW), started_at=NOW, actor=COMMAND, now=NOW + MINUTE)
    assert checks.results(1) == [check]
    assert (check.ok, check.started_at, check.finished_at) == (True, NOW, NOW + MINUTE)
    assert checks.waiting() is None
