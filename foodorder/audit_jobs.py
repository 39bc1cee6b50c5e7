"""What the clock does for auditors: let the rules of red flags look at the months that can still change."""

from functools import partial

from foodorder.audit.flags import clock as flag_clock
from foodorder.audit.flags.service import perform
from foodorder.config import Settings
from foodorder.db import clock, retrying
from foodorder.jobs import Outcome
from foodorder.trail.actor import SCHEDULER


def raise_flags(settings: Settings) -> Outcome:
    """Do the runs that are due or that somebody asked for, one transaction each."""
    outcome = Outcome()
    retrying(partial(flag_clock.ask_due, clock()))
    for run_id in retrying(partial(flag_clock.waiting, clock())):
        with outcome.item(f"look for flags, run {run_id}"):
            if retrying(partial(flag_clock.take, run_id, clock())):
                retrying(partial(perform, run_id, actor=SCHEDULER, now=clock()))
    return outcome
