"""Promise: every event becomes one release, whoever writes them, and whoever dies at it."""

import signal

from foodorder.audit_jobs import write_releases
from foodorder.config import Settings
from foodorder.db import retrying
from foodorder.exchange.ocds.text import read
from foodorder.procurement.record_cycle import record_cycle
from foodorder.trail.actor import SCHEDULER
from tests.promises import release_once
from tests.promises.house import AFTER, House

RELEASES = "SELECT ocid, event, release_id, body FROM ocds_release ORDER BY ocid, date, sequence"


def test_two_at_once_and_one_that_died_write_each_release_once(house: House) -> None:
    cycle = house.busy_cycle()
    house.set_clock(AFTER)
    retrying(lambda: record_cycle(cycle.id, actor=SCHEDULER))
    killed = house.start(release_once, 8)
    ended = killed.end(90)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    # Whole processes are there or nothing of them: each has three events.
    assert {row.count for row in house.ask("SELECT count(*) FROM ocds_release GROUP BY ocid")} == {3}
    assert house.ask("SELECT count(*) FROM release_due") != [(0,)]
    children = [house.start(release_once) for _ in range(2)]
    assert [child.end(90).stdout.strip() for child in children] == ["0"] * 2
    written = house.ask(RELEASES)
    assert house.ask("SELECT count(*) FROM release_due") == [(0,)]
    assert len(written) == len({row.release_id for row in written}) == 6 * 3
    assert [read(row.body)["id"] for row in written] == [row.release_id for row in written]
    # Once more, by all that ever was: nothing is added.
    house.ask("INSERT INTO release_due (what, object_id) SELECT 'cycle', id FROM cycle RETURNING id")
    assert write_releases(Settings.from_environment(house.environment)).errors == []
    assert house.ask(RELEASES) == written
