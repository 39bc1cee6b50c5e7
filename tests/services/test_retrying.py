"""What lost against another transaction is tried again, whole, a few times; anything else is not."""

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from foodorder import db as database
from foodorder.db import Overtaken, retrying
from foodorder.trail import service as trail
from foodorder.trail.actor import COMMAND
from foodorder.trail.models import TrailEvent
from tests.factories import NOW

DEADLOCK, SERIALIZATION, LOCK_TIMEOUT, TWICE = "40P01", "40001", "55P03", "23505"


class Losing:
    """Work that the database stops at its end, so many times, with a SQLSTATE."""

    def __init__(self, session: Session, sqlstate: str, times: int) -> None:
        self.session, self.sqlstate, self.times, self.tries = session, sqlstate, times, 0

    def __call__(self) -> str:
        self.tries += 1
        assert self.tries < 20, "it would be tried for ever"
        trail.record(COMMAND, "test.done", "test", 1, now=NOW)
        if self.tries <= self.times:
            stop = f"DO $$ BEGIN RAISE EXCEPTION 'stopped' USING ERRCODE = '{self.sqlstate}'; END $$"
            self.session.execute(text(stop))
        return "done"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database.time, "sleep", lambda _seconds: None)


def written(session: Session) -> int:
    return session.scalars(select(func.count()).where(TrailEvent.action == "test.done")).one()


@pytest.mark.parametrize("sqlstate", [DEADLOCK, SERIALIZATION])
def test_what_lost_is_tried_again_and_written_once(session: Session, sqlstate: str) -> None:
    work = Losing(session, sqlstate, 2)
    assert retrying(work) == "done"
    assert (work.tries, written(session)) == (3, 1)


@pytest.mark.parametrize("sqlstate", [DEADLOCK, SERIALIZATION])
def test_it_is_given_up_after_four_times(session: Session, sqlstate: str) -> None:
    work = Losing(session, sqlstate, 100)
    with pytest.raises(DBAPIError, match="stopped"):
        retrying(work)
    assert (work.tries, written(session)) == (4, 0)


@pytest.mark.parametrize("sqlstate", [LOCK_TIMEOUT, TWICE])
def test_what_would_fail_again_is_not_tried_again(session: Session, sqlstate: str) -> None:
    work = Losing(session, sqlstate, 1)
    with pytest.raises(DBAPIError, match="stopped"):
        retrying(work)
    assert (work.tries, written(session)) == (1, 0)


@pytest.mark.parametrize(("times", "tries"), [(3, 4), (4, 4)])
def test_what_was_overtaken_is_begun_again_and_said_at_last(session: Session, times: int, tries: int) -> None:
    done: list[int] = []

    def work() -> str:
        done.append(1)
        trail.record(COMMAND, "test.done", "test", 1, now=NOW)
        if len(done) <= times:
            raise Overtaken
        return "done"

    if times < 4:
        assert retrying(work) == "done"
    else:
        with pytest.raises(Overtaken):
            retrying(work)
    assert (len(done), written(session)) == (tries, 1 if times < 4 else 0)
