"""The scheduler hears that it should end at any moment, and ends."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from foodorder import scheduler
from foodorder.jobs import Outcome
from tests.forks import FORKS


def _nothing(app: Flask, job: scheduler.Scheduled) -> Outcome:
    return Outcome()


def _asked_while_it_hands_out_a_job(number: int) -> None:
    """Run until the signal, which comes while the pool of jobs is locked: the worst moment."""
    hand_out = ThreadPoolExecutor._adjust_thread_count

    def interrupted(pool: ThreadPoolExecutor) -> None:
        os.kill(os.getpid(), number)
        hand_out(pool)

    ThreadPoolExecutor._adjust_thread_count = interrupted
    scheduler.run_job = _nothing
    scheduler.run_scheduler(Flask("idle"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_end_while_it_hands_out_a_job_the_scheduler_ends(number: int) -> None:
    child = FORKS.Process(target=_asked_while_it_hands_out_a_job, args=(number,))
    child.start()
    child.join(20)
    ended = child.exitcode
    child.kill()
    child.join()

    assert ended == 0
