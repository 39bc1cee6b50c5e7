"""What the clock does for auditors: flags, open contracting releases, the end of an access."""

from functools import partial
from itertools import islice

from foodorder.accounts import endings
from foodorder.audit.flags import clock as flag_clock
from foodorder.audit.flags.service import perform
from foodorder.audit.releases import due, write
from foodorder.config import Settings
from foodorder.db import clock, db, retrying
from foodorder.jobs import Outcome
from foodorder.trail.actor import SCHEDULER

#: Cycles and agreements whose releases one run writes: a history that waits does not keep others waiting.
MOST_CYCLES = 8


def raise_flags(settings: Settings) -> Outcome:
    """Do the runs that are due or that somebody asked for, one transaction each."""
    outcome = Outcome()
    retrying(partial(flag_clock.ask_due, clock()))
    for run_id in retrying(partial(flag_clock.waiting, clock())):
        with outcome.item(f"look for flags, run {run_id}"):
            if retrying(partial(flag_clock.take, run_id, clock())):
                retrying(partial(perform, run_id, actor=SCHEDULER, now=clock()))
    return outcome


def remind_of_endings(settings: Settings) -> Outcome:
    """Say once, before it ends, that somebody's access does."""
    outcome, now = Outcome(), clock()
    for one in endings.ending(now):
        with outcome.item(f"end of role {one.id}", one.due_at):
            retrying(partial(endings.tell_ending, one.id, now=now))
    return outcome


def write_releases(settings: Settings) -> Outcome:
    """Write the open contracting releases that are due, each process in a transaction of its own."""
    outcome, finished = Outcome(), set[int]()
    waiting = due.waiting()
    now = clock()
    db.session.commit()
    for key, find in islice(write.items(waiting, settings.ocds_prefix, now), MOST_CYCLES):
        failed = outcome.failed
        with outcome.item(f"releases of {'cycle' if key > 0 else 'agreement'} {abs(key)}"):
            for ocid, add in find():
                with outcome.item(f"releases of {ocid}"):
                    add()
        if outcome.failed == failed:
            finished.add(key)
    if done := {row for row in waiting.rows if waiting.needs[row] <= finished}:
        retrying(partial(due.forget, done))
    return outcome
