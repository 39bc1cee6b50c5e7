"""The process that runs the clock jobs. It is dumb on purpose: the database decides what is due.

Any number of these may run; APScheduler only wakes the jobs up. A late wake-up is never dropped
(misfire_grace_time=None) and never doubled (coalesce, max_instances=1).
"""

import signal
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import SimpleQueue
from types import FrameType

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask

from foodorder import audit_jobs, billing_jobs, jobs
from foodorder.config import Settings
from foodorder.rules.errors import N_

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A job, how often it is woken, and what it does in a person's words."""

    name: str
    seconds: int
    function: jobs.Job
    purpose: str


JOBS = (
    Scheduled("advance_cycles", 5, jobs.advance_cycles, N_("Open and close cycles")),
    Scheduled("make_delivery_notes", 10, jobs.make_delivery_notes, N_("Make delivery notes")),
    Scheduled(
        "issue_invoices", 300, billing_jobs.issue_invoices, N_("Issue invoices on behalf of producers")
    ),
    Scheduled(
        "match_invoices",
        300,
        billing_jobs.match_invoices,
        N_("Compare invoices again when their goods are accepted"),
    ),
    Scheduled("seal_trail", 5, jobs.seal_trail, N_("Seal the trail")),
    Scheduled("check_trail", 5, jobs.check_trail, N_("Check the whole trail")),
    Scheduled("deliver_messages", 10, jobs.deliver_messages, N_("Send messages")),
    Scheduled("send_reminders", 60, jobs.send_reminders, N_("Remind kitchens before the deadline")),
    Scheduled("remind_of_claims", 30, jobs.remind_of_claims, N_("Say when the time of a claim is over")),
    Scheduled("hear_stripe", 60, billing_jobs.hear_stripe, N_("Ask about payments by card and debit")),
    Scheduled("warn_of_ceilings", 60, jobs.warn_of_ceilings, N_("Warn of ceilings that fill up")),
    Scheduled("write_releases", 30, audit_jobs.write_releases, N_("Write open contracting releases")),
    Scheduled("remind_of_endings", 600, audit_jobs.remind_of_endings, N_("Say when an access ends")),
    Scheduled("plan_cycles", 600, jobs.plan_cycles, N_("Plan cycles ahead")),
    Scheduled("raise_flags", 60, audit_jobs.raise_flags, N_("Look for reasons to look")),
    Scheduled("sweep", 3600, jobs.sweep, N_("Remove what has expired")),
)

BY_NAME = {job.name: job for job in JOBS}


def run_job(app: Flask, job: Scheduled) -> jobs.Outcome:
    """Run one job in an application context of its own."""
    settings: Settings = app.config["SETTINGS"]
    with app.app_context():
        return jobs.run(job.name, job.function, settings)


def run_scheduler(app: Flask) -> None:
    """Run all jobs until SIGTERM or Ctrl-C; the jobs under way are finished first."""
    scheduler = BackgroundScheduler(timezone="UTC")
    for job in JOBS:
        scheduler.add_job(
            run_job,
            IntervalTrigger(seconds=job.seconds, timezone="UTC"),
            args=(app, job),
            id=job.name,
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
            # Each at once, side by side: a long queue of mails must not keep the others waiting.
            next_run_time=datetime.now(UTC),
        )

    # A handler runs in the midst of whatever the main thread does: it must take no lock that this may hold,
    # as the scheduler does while it hands jobs out. This queue may be used there.
    asked_to_end: SimpleQueue[int] = SimpleQueue()

    def ask(signum: int, frame: FrameType | None) -> None:
        asked_to_end.put(signum)

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    log.info("scheduler_started", jobs=len(JOBS))
    scheduler.start()
    asked_to_end.get()
    scheduler.shutdown()
    log.info("scheduler_stopped")
