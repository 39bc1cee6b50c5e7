"""Whether the installation is well: the database, its migrations, its clock, and the jobs of the scheduler.

Jobs live in real time, whatever the demo's clock says, so everything here is measured in real time.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from foodorder import schema
from foodorder.db import db
from foodorder.scheduler import JOBS, Scheduled
from foodorder.trail import checks
from foodorder.trail.models import JobHeartbeat

log = structlog.get_logger()

#: How far a job may be behind its interval before somebody should look: a long close is no failure.
GRACE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class JobHealth:
    """One job: when it last ran and last ran well (UTC, None: never), and what went wrong last."""

    job: Scheduled
    ran_at: datetime | None
    good_at: datetime | None
    error: str | None
    now: datetime

    @property
    def allowed(self) -> timedelta:
        """How old its last good run may be: two intervals and the grace."""
        return 2 * timedelta(seconds=self.job.seconds) + GRACE

    @property
    def age(self) -> timedelta | None:
        """Since its last good run; None: there was none."""
        return None if self.good_at is None else max(self.now - self.good_at, timedelta(0))

    @property
    def late(self) -> bool:
        """Whether it has not run well for too long."""
        return self.age is None or self.age > self.allowed


def job_health() -> list[JobHealth]:
    """Every job of the scheduler with its heartbeat against its interval."""
    beats = {beat.name: beat for beat in db.session.scalars(select(JobHeartbeat))}
    now = datetime.now(UTC)
    return [
        JobHealth(job, beat.ran_at, beat.good_at, beat.error, now)
        if (beat := beats.get(job.name))
        else JobHealth(job, None, None, None, now)
        for job in JOBS
    ]


@dataclass(slots=True)
class Health:
    """What /healthz says. `reasons` are English sentences for the person on duty; none: all is well."""

    database: bool = False
    migration: str | None = None
    expected_migration: str = ""
    clock_offset: timedelta = timedelta(0)
    jobs: list[JobHealth] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    @property
    def well(self) -> bool:
        """Whether nothing is wrong. A clock set by hand is told, and is no fault."""
        return not self.reasons

    @property
    def scheduler_age(self) -> timedelta | None:
        """Since the last moment at which every job had run well; None: one never has."""
        ages = [job.age for job in self.jobs]
        known = [age for age in ages if age is not None]
        return max(known) if known and len(known) == len(ages) else None


def check_health() -> Health:
    """Look at everything. Never raises: a database that does not answer is an answer."""
    health = Health(expected_migration=schema.head())
    try:
        _look(health)
    except SQLAlchemyError:
        db.session.rollback()
        log.exception("health_database")
        health.database = False
        health.reasons.append("The database does not answer.")
    return health


def _look(health: Health) -> None:
    db.session.execute(text("SELECT 1"))
    health.database = True
    health.migration = schema.current(db.session.connection())
    if health.migration != health.expected_migration:
        stands = health.migration or "nothing"
        health.reasons.append(
            f"The database stands at migration {stands}, the program expects {health.expected_migration}."
        )
        # Tables may be missing: nothing further can be asked.
        return
    health.clock_offset = db.session.execute(text("SELECT ahead FROM clock_offset")).scalar_one()
    broken = checks.broken()
    if broken is not None:
        health.reasons.append(f"The last check of the trail failed: {broken.finding}")
    health.jobs = job_health()
    for job in health.jobs:
        if job.age is None:
            health.reasons.append(f"The job {job.job.name} has never run well.")
        elif job.late:
            health.reasons.append(
                f"The job {job.job.name} last ran well {int(job.age.total_seconds())} seconds ago."
            )
