"""When the rules look by themselves: after each recorded cycle, and once each night.

Invoices and payments come weeks after the goods: the months that can still change are looked at again.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import or_, select, text

from foodorder.audit.flags.models import FlagRun
from foodorder.audit.flags.service import ask_run
from foodorder.db import db
from foodorder.rules.calendar import months_before
from foodorder.trail.actor import SCHEDULER

#: A run that was taken up and has not finished after this long has died, and is taken up again.
DEAD_AFTER = timedelta(hours=1)
#: The night's run is due at this hour (UTC).
NIGHT_HOUR = 2
#: So many months before the present one are looked at again: invoices are due within one.
MONTHS_BACK = 1

# A municipality that ever recorded a cycle, with no run asked for since the night began or since its newest
# cycle was recorded. `last`: the end of the newest recorded delivery week.
_DUE = text("""
SELECT c.municipality_id, max(c.week) + 6 AS last
  FROM cycle c
 WHERE c.recorded_at IS NOT NULL
 GROUP BY c.municipality_id
HAVING NOT EXISTS (
         SELECT FROM flag_run r
          WHERE r.municipality_id = c.municipality_id AND r.asked_by_id IS NULL
            AND r.asked_at >= greatest(CAST(:night AS timestamptz), max(c.recorded_at)))
 ORDER BY c.municipality_id
""")


def ask_due(now: datetime) -> int:
    """Ask for the runs that are due; returns how many."""
    night = now.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    night -= timedelta(days=1) if night > now else timedelta(0)
    due = db.session.execute(_DUE, {"night": night}).all()
    for row in due:
        # The newest week may lie in a month that has not begun; what was ordered for it is known already.
        ask_run(row.municipality_id, *_period(row.last, now.date()), actor=SCHEDULER, now=now)
    return len(due)


def _period(last: date, today: date) -> tuple[date, date]:
    """The months that can still change."""
    return months_before(min(last, today).replace(day=1), MONTHS_BACK), max(last, today)


def waiting(now: datetime) -> list[int]:
    """Runs that nobody did yet, or whose doer has died, oldest first."""
    open_runs = select(FlagRun.id).where(
        FlagRun.finished_at.is_(None),
        or_(FlagRun.started_at.is_(None), FlagRun.started_at < now - DEAD_AFTER),
    )
    return list(db.session.scalars(open_runs.order_by(FlagRun.id)))


def take(run_id: int, now: datetime) -> bool:
    """Take up a run so that nobody else does; False where somebody has."""
    run = db.session.scalars(
        select(FlagRun)
        .where(
            FlagRun.id == run_id,
            FlagRun.finished_at.is_(None),
            or_(FlagRun.started_at.is_(None), FlagRun.started_at < now - DEAD_AFTER),
        )
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if run is None:
        return False
    run.started_at = now
    return True
