"""Issue all invoices of a producer in a process of its own, and die at a step: `issue_once PRODUCER [STEP]`.

STEP is a function that issue.py calls: the process is killed when it comes to it or, with `commit`, after the
last statement and before the commit.
"""

import os
import signal
import sys
from datetime import datetime
from typing import Any

from foodorder.billing import issue
from foodorder.config import Settings
from foodorder.db import retrying
from foodorder.rules.settlement import NothingToInvoice
from foodorder.trail.actor import COMMAND
from tests.invoices import ON_WEDNESDAY
from tests.promises.house import application


def die(*_what: Any, **_how: Any) -> None:
    """As by a power cut here."""
    os.kill(os.getpid(), signal.SIGKILL)


def write(producer_id: int, step: str, now: datetime) -> int:
    """Issue all; how many."""
    issued = issue.issue_all(producer_id, actor=COMMAND, now=now)
    if step == "commit":
        die()
    return len(issued)


def main() -> None:
    """Issue, or die trying."""
    producer_id, step = int(sys.argv[1]), (sys.argv[2:] or [""])[0]
    if step and step != "commit":
        setattr(issue, step, die)
    app = application(Settings.from_environment())
    with app.app_context():
        try:
            print(retrying(lambda: write(producer_id, step, ON_WEDNESDAY)))
        except NothingToInvoice:
            print(0)
