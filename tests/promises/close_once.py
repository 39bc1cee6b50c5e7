"""Close one cycle in a process of its own, and let something die at a step: `close_once CYCLE [STEP VICTIM]`.

STEP is a name in STEPS, or `commit` for the moment after the last statement and before the commit. VICTIM is
`scheduler` (this process) or `database` (its backend, which makes PostgreSQL restart and recover).
"""

import os
import signal
import sys
from collections.abc import Callable

from foodorder.config import Settings
from foodorder.db import retrying
from foodorder.procurement import record_cycle as module
from foodorder.procurement.close.work import Work
from foodorder.trail.actor import SCHEDULER
from tests.promises.house import application


def kill_scheduler(work: Work) -> None:
    """As by a power cut here."""
    os.kill(os.getpid(), signal.SIGKILL)


def kill_database(work: Work) -> None:
    """As by a power cut there."""
    os.kill(work.run("SELECT pg_backend_pid()").scalar_one(), signal.SIGKILL)


VICTIMS: dict[str, Callable[[Work], None]] = {"scheduler": kill_scheduler, "database": kill_database}


def steps_until(name: str, end: Callable[[Work], None]) -> tuple[Callable[[Work], None], ...]:
    """The steps of the close up to one of them, then the end; whatever is left comes after it."""
    names = [step.__name__ for step in module.STEPS]
    at = len(names) if name == "commit" else names.index(name)
    return (*module.STEPS[:at], end, *module.STEPS[at:])


def main() -> None:
    """Close, or die trying."""
    cycle_id = int(sys.argv[1])
    if len(sys.argv) > 2:
        module.STEPS = steps_until(sys.argv[2], VICTIMS[sys.argv[3]])
    app = application(Settings.from_environment())
    with app.app_context():
        closed = retrying(lambda: module.record_cycle(cycle_id, actor=SCHEDULER))
        print(closed.records)
