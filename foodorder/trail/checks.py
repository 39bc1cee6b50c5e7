"""Checks of the whole trail: asked for by a person or by the clock, done by a job, their results kept.

Recomputing takes seconds and more as the trail grows, too long for a page to wait for.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update

from foodorder.db import LOCK_CHECK, db
from foodorder.trail import service as trail
from foodorder.trail.actor import SCHEDULER, Actor
from foodorder.trail.models import TrailCheck

#: A check that was taken up and has not finished after this long has died, and is taken up again.
DEAD_AFTER = timedelta(hours=1)
#: When the check of each night is due (UTC): two or three in the morning here, when nobody works.
NIGHT_HOUR = 1


def ask(actor: Actor, *, now: datetime, municipality_id: int | None = None) -> TrailCheck:
    """Ask for a check; while one waits or runs, that is the one.

    `municipality_id`: whose auditors read in the trail that it was asked for.
    """
    db.session.execute(select(func.pg_advisory_xact_lock(LOCK_CHECK, 0)))
    waits = waiting()
    if waits is not None:
        return waits
    check = TrailCheck(asked_at=now, asked_by_id=actor.person_id)
    db.session.add(check)
    db.session.flush()
    trail.record(
        actor, "trail_check.asked", "trail_check", check.id, now=now, municipality_id=municipality_id
    )
    return check


def ask_nightly(*, now: datetime) -> TrailCheck | None:
    """Ask for the check of the night if none was asked for since the night began; None otherwise."""
    night = now.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    if night > now:
        night -= timedelta(days=1)
    newest = db.session.scalar(select(func.max(TrailCheck.asked_at)))
    return ask(SCHEDULER, now=now) if newest is None or newest < night else None


def take(*, now: datetime) -> TrailCheck | None:
    """Take up the oldest check that waits or has died, so that nobody else does; None if there is none.

    The caller commits before recomputing, and hands the check to `finish`.
    """
    check = db.session.scalars(
        select(TrailCheck)
        .where(
            TrailCheck.finished_at.is_(None),
            or_(TrailCheck.started_at.is_(None), TrailCheck.started_at < now - DEAD_AFTER),
        )
        .order_by(TrailCheck.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if check is not None:
        check.started_at = now
    return check


def recompute(*, now: datetime, progress: Callable[[int, int], None] | None = None) -> trail.Verdict:
    """The verdict of `trail.verify`, also on events that were written past the sealing."""
    verdict = trail.verify(now, progress)
    return replace(verdict, problem=verdict.problem or trail.astray())


def note_progress(check_id: int, done: int, of: int) -> None:
    """Let whoever waits for a check see how far it is."""
    db.session.execute(
        update(TrailCheck)
        .where(TrailCheck.id == check_id, TrailCheck.finished_at.is_(None))
        .values(blocks_done=done, blocks_all=of)
    )


def finish(check_id: int, verdict: trail.Verdict, *, actor: Actor, now: datetime) -> None:
    """Keep what a check found; nothing changes if another has finished it meanwhile."""
    check = db.session.get_one(TrailCheck, check_id, with_for_update=True, populate_existing=True)
    if check.finished_at is not None:
        return
    check.finished_at = now
    check.events, check.blocks = verdict.events, verdict.blocks
    check.ok, check.finding = verdict.problem is None, verdict.problem
    after = {"events": verdict.events, "blocks": verdict.blocks, "finding": verdict.problem or ""}
    trail.record(actor, "trail_check.finished", "trail_check", check.id, now=now, after=after)


def keep(verdict: trail.Verdict, *, started_at: datetime, actor: Actor, now: datetime) -> TrailCheck:
    """Keep what a check found that nobody asked the scheduler for: a command on the server."""
    check = TrailCheck(asked_at=started_at, asked_by_id=actor.person_id, started_at=started_at)
    db.session.add(check)
    db.session.flush()
    finish(check.id, verdict, actor=actor, now=now)
    return check


def waiting() -> TrailCheck | None:
    """The check that waits or runs, if any."""
    return db.session.scalars(
        select(TrailCheck).where(TrailCheck.finished_at.is_(None)).order_by(TrailCheck.id).limit(1)
    ).one_or_none()


def results(limit: int) -> list[TrailCheck]:
    """The last finished checks, newest first."""
    finished = select(TrailCheck).where(TrailCheck.finished_at.is_not(None))
    return list(db.session.scalars(finished.order_by(TrailCheck.id.desc()).limit(limit)))


def broken() -> TrailCheck | None:
    """The last finished check, if the trail did not fit together."""
    last = results(1)
    return last[0] if last and not last[0].ok else None
