"""What the clock does: find whatever is due and not done, however long ago, and do it item by item.

Every job may run twice, from three processes at once, or after a month's outage: the database decides who
acts. One item, one transaction; an item that fails is shown with its cause and the next one goes on.
Jobs take nothing and return an `Outcome`; the caller supplies the application context.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from foodorder.accounts.models import LoginAttempt, LoginSession, OneTimeToken, Registration
from foodorder.agreements import ceiling_warnings
from foodorder.config import Settings
from foodorder.db import clock, db, retrying, transaction
from foodorder.delivery import claim_clock, notes
from foodorder.ordering import cycles, due, reminders, schedules
from foodorder.ordering.carry import carry_drafts
from foodorder.outbox.deliver import deliver_due
from foodorder.procurement.documents.store import attach
from foodorder.procurement.record_cycle import mark_failed, record_cycle
from foodorder.trail import checks
from foodorder.trail import service as trail
from foodorder.trail.actor import SCHEDULER
from foodorder.trail.models import JobHeartbeat, JobRun

log = structlog.get_logger()

KEEP_RUNS = timedelta(days=90)
KEEP_EXPIRED = timedelta(days=7)


@dataclass(slots=True)
class Outcome:
    """What one run did. `late` is how long the latest item had been due."""

    done: int = 0
    failed: int = 0
    late: timedelta = timedelta(0)
    errors: list[str] = field(default_factory=list)

    @contextmanager
    def item(self, what: str, due: datetime | None = None) -> Iterator[None]:
        """One item of a job: counted when it worked, remembered with its cause when it did not."""
        try:
            yield
        except Exception as error:
            log.exception("job_item_failed", item=what)
            self.failed += 1
            self.errors.append(f"{what}: {words(error)}")
        else:
            self.done += 1
            if due is not None:
                self.late = max(self.late, clock() - due)


def words(error: Exception) -> str:
    """The cause of a failure in one line, for a person to read."""
    original = getattr(error, "orig", None) or error
    return f"{type(original).__name__}: {str(original).splitlines()[0] if str(original) else ''}"[:300]


def plan_cycles(settings: Settings) -> Outcome:
    """Make the cycles that active schedules ask for, weeks ahead."""
    outcome = Outcome()
    for schedule_id in schedules.active_schedules():
        with outcome.item(f"schedule {schedule_id}"):
            retrying(partial(_plan, schedule_id))
    return outcome


def _plan(schedule_id: int) -> None:
    schedules.plan_ahead(schedule_id, actor=SCHEDULER, now=clock())


def advance_cycles(settings: Settings) -> Outcome:
    """Open what is due to open; close and record what is due to close."""
    outcome = Outcome()
    for waiting in due.due_to_open():
        with outcome.item(f"open cycle {waiting.cycle_id}", waiting.at):
            retrying(partial(cycles.open_cycle, waiting.cycle_id, actor=SCHEDULER))
    for waiting in due.due_to_close():
        with outcome.item(f"close cycle {waiting.cycle_id}", waiting.at):
            _close(waiting.cycle_id)
    return outcome


def _close(cycle_id: int) -> None:
    try:
        retrying(lambda: record_cycle(cycle_id, actor=SCHEDULER))
    except Exception as error:
        cause = words(error)
        with transaction():
            mark_failed(cycle_id, cause, actor=SCHEDULER)
        raise
    with transaction():
        trail.seal()
    retrying(lambda: carry_drafts(cycle_id, actor=SCHEDULER, now=clock()))


def make_delivery_notes(settings: Settings) -> Outcome:
    """Make the delivery notes of recorded cycles, and renew those whose record has a newer version."""
    outcome = Outcome()
    for cycle_id in notes.due_cycles():
        with outcome.item(f"delivery notes of cycle {cycle_id}"):
            retrying(partial(_make_notes, cycle_id))
    return outcome


def _make_notes(cycle_id: int) -> None:
    notes.make_cycle_notes(cycle_id, actor=SCHEDULER, now=clock())


def send_reminders(settings: Settings) -> Outcome:
    """Remind kitchens that have not ordered, 24 h and 2 h before the deadline."""
    outcome = Outcome()
    for waiting in due.due_to_remind():
        with outcome.item(f"remind for cycle {waiting.cycle_id}", waiting.at):
            retrying(partial(reminders.remind, waiting.cycle_id, waiting.hours, actor=SCHEDULER))
    return outcome


def remind_of_claims(settings: Settings) -> Outcome:
    """Tell both sides when the agreed time of a claim is over, once."""
    outcome = Outcome()
    now = clock()
    for late in claim_clock.overdue(now):
        with outcome.item(f"claim {late.id}", late.due_at):
            retrying(partial(claim_clock.tell_overdue, late.id, now=now))
    return outcome


def deliver_messages(settings: Settings) -> Outcome:
    """Hand queued messages to the mail server."""
    sent, failed = deliver_due(settings.mail, settings.base_url, attach)
    return Outcome(done=sent, failed=failed, errors=[f"{failed} messages not accepted"] if failed else [])


def seal_trail(settings: Settings) -> Outcome:
    """Seal what is committed and unsealed, in a transaction of its own."""
    with transaction():
        return Outcome(done=trail.seal())


def check_trail(settings: Settings) -> Outcome:
    """Recompute the whole trail when a person asked for it, and once each night."""
    outcome = Outcome()
    retrying(lambda: checks.ask_nightly(now=clock()))
    taken = retrying(_take_check)
    if taken is not None:
        check_id, asked_at = taken
        with outcome.item(f"trail check {check_id}", asked_at), transaction():
            verdict = checks.recompute(now=clock(), progress=partial(_note_progress, check_id))
            checks.finish(check_id, verdict, actor=SCHEDULER, now=clock())
    return outcome


def _note_progress(check_id: int, done: int, of: int) -> None:
    with transaction():
        checks.note_progress(check_id, done, of)


def _take_check() -> tuple[int, datetime] | None:
    check = checks.take(now=clock())
    return None if check is None else (check.id, check.asked_at)


def warn_of_ceilings(settings: Settings) -> Outcome:
    """Tell coordinators of ceilings that have passed a level, once for each level."""
    outcome = Outcome()
    now = clock()
    for ceiling_id in ceiling_warnings.due_warnings(now):
        with outcome.item(f"ceiling {ceiling_id}"):
            retrying(partial(_warn_of, ceiling_id, now))
    return outcome


def _warn_of(ceiling_id: int, now: datetime) -> None:
    ceiling_warnings.warn(ceiling_id, actor=SCHEDULER, now=now)


def sweep(settings: Settings) -> Outcome:
    """Remove what nobody needs: expired sessions and links, old counters, old job runs."""
    now = datetime.now(UTC)
    with transaction():
        gone = [
            db.session.execute(delete(LoginSession).where(LoginSession.expires_at < now - KEEP_EXPIRED)),
            db.session.execute(delete(OneTimeToken).where(OneTimeToken.expires_at < now - KEEP_EXPIRED)),
            db.session.execute(delete(Registration).where(Registration.expires_at < now - KEEP_EXPIRED)),
            db.session.execute(delete(LoginAttempt).where(LoginAttempt.window_start < now - KEEP_EXPIRED)),
            db.session.execute(delete(JobRun).where(JobRun.started_at < now - KEEP_RUNS)),
        ]
    return Outcome(done=sum(result.rowcount for result in gone))  # type: ignore[attr-defined]


Job = Callable[[Settings], Outcome]


def run(name: str, job: Job, settings: Settings) -> Outcome:
    """Run one job and keep what became of it: a heartbeat each time, a row when there was something to do."""
    started = datetime.now(UTC)
    try:
        outcome = job(settings)
    except Exception as error:
        db.session.rollback()
        log.exception("job_failed", job=name)
        outcome = Outcome(failed=1, errors=[words(error)])
    finished = datetime.now(UTC)
    error_text = "; ".join(outcome.errors)[:2000] or None
    with transaction():
        beat = insert(JobHeartbeat).values(name=name, ran_at=finished, error=error_text)
        good = {"good_at": finished} if not outcome.failed else {}
        db.session.execute(
            beat.values(good).on_conflict_do_update(
                index_elements=["name"], set_={"ran_at": finished, "error": error_text, **good}
            )
        )
        if outcome.done or outcome.failed:
            db.session.add(
                JobRun(
                    name=name,
                    started_at=started,
                    finished_at=finished,
                    done=outcome.done,
                    failed=outcome.failed,
                    late_seconds=int(outcome.late.total_seconds()),
                    error=error_text,
                )
            )
    db.session.remove()
    return outcome


def last_good_run() -> datetime | None:
    """When every job had last run well: the oldest of the heartbeats (real time, UTC)."""
    return db.session.execute(select(func.min(JobHeartbeat.good_at))).scalar_one()
