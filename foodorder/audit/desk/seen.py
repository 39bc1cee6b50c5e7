"""An auditor's marks of what was seen of the trail: kept apart from it, each auditor's own."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from foodorder.audit.desk.models import TrailSeen, TrailSeenUntil
from foodorder.audit.trail_list import Until
from foodorder.db import db

#: An act whose transaction has not ended yet may still appear with an earlier time. After so long none is
#: left (JOB_TIMEOUTS of foodorder/db.py are ten minutes), so nothing comes to stand before a mark unseen.
SETTLED = timedelta(minutes=15)

_OWN = text("""
SELECT id FROM trail_event
 WHERE id = ANY(CAST(:events AS bigint[]))
   AND (municipality_id = :municipality OR municipality_id IS NULL)
""")


def seen_until(person_id: int, municipality_id: int) -> Until | None:
    """Up to which event the auditor has seen all; None before the first such mark."""
    row = db.session.get(TrailSeenUntil, (person_id, municipality_id))
    return Until(row.at, row.event_id) if row else None


def seen_of(person_id: int, events: Sequence[int]) -> set[int]:
    """Which of these events the auditor has marked one by one."""
    marked = select(TrailSeen.event_id).where(
        TrailSeen.person_id == person_id, TrailSeen.event_id.in_(list(events))
    )
    return set(db.session.scalars(marked))


def mark(person_id: int, municipality_id: int, events: Sequence[int], *, now: datetime) -> int:
    """Mark these events as seen, as far as they may be read here; returns how many are new."""
    own = db.session.scalars(_OWN, {"events": list(events), "municipality": municipality_id}).all()
    if not own:
        return 0
    rows = [{"person_id": person_id, "event_id": event, "seen_at": now} for event in own]
    new = insert(TrailSeen).values(rows).on_conflict_do_nothing().returning(TrailSeen.event_id)
    return len(db.session.scalars(new).all())


def mark_until(person_id: int, municipality_id: int, event_id: int, *, now: datetime) -> Until | None:
    """Mark everything up to this event as seen, but nothing younger than a quarter of an hour.

    Returns up to where all is seen now. A mark further on stays. None for an event that is not there.
    """
    event = db.session.execute(
        text("SELECT at FROM trail_event WHERE id = :event AND municipality_id = :municipality"),
        {"event": event_id, "municipality": municipality_id},
    ).one_or_none()
    if event is None:
        return seen_until(person_id, municipality_id)
    until = min((event.at, event_id), (now - SETTLED, 0))
    row = insert(TrailSeenUntil).values(
        person_id=person_id, municipality_id=municipality_id, at=until[0], event_id=until[1], marked_at=now
    )
    newer = row.on_conflict_do_update(
        index_elements=["person_id", "municipality_id"],
        set_={"at": row.excluded.at, "event_id": row.excluded.event_id, "marked_at": now},
        where=func.row(TrailSeenUntil.at, TrailSeenUntil.event_id)
        < func.row(row.excluded.at, row.excluded.event_id),
    )
    db.session.execute(newer)
    db.session.expire_all()
    return seen_until(person_id, municipality_id)


def forget(person_id: int, municipality_id: int) -> None:
    """Take all marks of an auditor in a municipality back."""
    db.session.execute(
        delete(TrailSeenUntil).where(
            TrailSeenUntil.person_id == person_id, TrailSeenUntil.municipality_id == municipality_id
        )
    )
    db.session.execute(
        text(
            "DELETE FROM trail_seen m USING trail_event e WHERE m.person_id = :person AND e.id = m.event_id"
            " AND (e.municipality_id = :municipality OR e.municipality_id IS NULL)"
        ),
        {"person": person_id, "municipality": municipality_id},
    )
    db.session.expire_all()
