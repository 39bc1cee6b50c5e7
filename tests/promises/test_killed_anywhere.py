"""Promise: from the van to the bank nothing is done half and nothing twice, whenever the power goes.

Each act is done by processes of their own, killed before one of its writes or before the commit, until one
survives. Whatever was killed has left nothing behind; what is done is done once.
"""

import os
import re
import signal
from collections.abc import Callable
from multiprocessing import get_context
from typing import Any, NoReturn

import pytest
from sqlalchemy import event

from foodorder import schema
from foodorder.db import clock, db, retrying, transaction
from foodorder.rules.errors import Refusal
from foodorder.trail import service as trail
from tests.promises.house import House
from tests.promises.paid_week import PaidWeek

pytestmark = pytest.mark.race

FORK = get_context("fork")
#: Statements that write or hold rows, and how many of them the last process had begun.
WRITES = re.compile("insert|update|delete", re.IGNORECASE)
WRITTEN = FORK.Value("i", 0)
NEVER, AT_COMMIT = 0, -1
#: Exit codes: done; refused, because it is done already.
DONE, REFUSED, FAILED = 0, 3, 1

# Every row of every table, whatever it holds, as one number.
ALL_ROWS = " UNION ALL ".join(
    f"SELECT '{name}', count(*), sum(hashtextextended(x::text, 0)) FROM {name} x"
    for name in sorted(schema.METADATA.tables)
)


def act_and_die(work: Callable[[], object], moment: int) -> NoReturn:
    """Do it, and be killed before the write of that number, or the commit."""
    WRITTEN.value = 0

    def die(*_what: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def write(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if WRITES.search(statement):
            WRITTEN.value += 1
            if WRITTEN.value == moment:
                die()

    code = FAILED
    try:
        event.listen(db.engine, "before_cursor_execute", write)
        if moment == AT_COMMIT:
            event.listen(db.engine, "commit", die)
        retrying(work)
        code = DONE
    except Refusal:
        code = REFUSED
    finally:
        os._exit(code)


def in_a_process(work: Callable[[], object], moment: int = NEVER) -> int | None:
    """Let a process do it that is killed at a moment; its exit code."""
    db.session.remove()
    db.engine.dispose()
    child = FORK.Process(target=act_and_die, args=(work, moment))
    child.start()
    child.join(60)
    return child.exitcode


def everything(house: House) -> set[Any]:
    return {tuple(row) for row in house.ask(ALL_ROWS)}


def test_killed_before_any_write_nothing_is_there_and_again_all_of_it_once(house: House) -> None:
    week = PaidWeek(house)
    for act in week.ACTS:
        work, before = getattr(week, act), everything(house)
        # Killed at the commit it has counted how many writes there are.
        assert in_a_process(work, AT_COMMIT) == -signal.SIGKILL
        for moment in some_of(WRITTEN.value):
            assert in_a_process(work, moment) == -signal.SIGKILL
            assert everything(house) == before, (act, moment)
        assert in_a_process(work) == DONE, act
        done = everything(house)
        assert done != before
        again = in_a_process(work)
        assert everything(house) == done, act
        assert again in (REFUSED, DONE), act
    nothing_twice(house)


def some_of(writes: int) -> list[int]:
    """The first write, the last, and three between them."""
    assert writes >= 3
    return sorted({1, writes // 4, writes // 2, 3 * writes // 4, writes} - {0})


def nothing_twice(house: House) -> None:
    """One of each, and the trail holds."""
    assert house.ask("SELECT number, state, paid_cents = gross_cents FROM invoice ORDER BY id") == [
        ("R-2026-0001", "paid", True), ("2026-77", "held", False),
    ]  # fmt: skip
    for table, rows in {"payment_batch": 1, "payment": 1, "bank_statement": 1, "shortfall": 1}.items():
        assert house.ask(f"SELECT count(*) FROM {table}") == [(rows,)], table
    twice = "SELECT count(*) FROM (SELECT dedupe_key FROM message GROUP BY 1 HAVING count(*) > 1) d"
    assert house.ask(twice) == [(0,)]
    retrying(trail.seal)
    with transaction():
        assert trail.verify(clock()).problem is None
