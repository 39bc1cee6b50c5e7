"""Remind the kitchens that have not ordered, and name what was typed but not submitted."""

from datetime import date

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert

from foodorder.db import db, lock_cycle
from foodorder.ordering import notices
from foodorder.ordering.approvals import remind_approvers
from foodorder.ordering.models import ReminderSent
from foodorder.ordering.queries import cycle_now, not_ordered
from foodorder.outbox import service as outbox
from foodorder.rules.cycle import State, accepts_orders
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


def remind(cycle_id: int, hours: int, *, actor: Actor) -> int:
    """Write the reminder of so many hours before the deadline, once; returns how many messages are new.

    Hours 0 is a person's own reminder: it may be written once a day. Kitchens with nothing submitted are
    reminded, and those with changes that were typed and not submitted; so is whoever may approve an order
    that waits. A cycle that takes no orders any more
    reminds nobody.
    """
    lock_cycle(cycle_id, exclusive=False)
    now = cycle_now(cycle_id)
    if not accepts_orders(State(now.state), now.opens_at, now.closes_at, now.clock):
        return 0
    if hours and not _first(cycle_id, hours):
        return 0
    told = 0
    people = notices.kitchens(now.municipality_id)
    facts = notices.facts(now)
    for kitchen in not_ordered(cycle_id):
        told += outbox.queue(
            "cycle_reminder",
            people.get(kitchen.institution_id, []),
            key=_occasion(
                cycle_id, kitchen.institution_id, hours, now.closes_at.isoformat(), now.clock.date()
            ),
            data={
                **facts.as_json(),
                "hours": hours,
                "institution": kitchen.name,
                "submitted": kitchen.number,
                "typed": kitchen.typed,
            },
            municipality_id=now.municipality_id,
            object_type="cycle",
            object_id=cycle_id,
        )
    told += remind_approvers(cycle_id, hours, facts.as_json(), now.municipality_id, now.clock.date())
    trail.record(
        actor,
        "cycle.reminded",
        "cycle",
        cycle_id,
        now=now.clock,
        municipality_id=now.municipality_id,
        after={"hours": hours, "messages": told},
    )
    return told


def _first(cycle_id: int, hours: int) -> bool:
    statement = (
        insert(ReminderSent)
        .values(cycle_id=cycle_id, hours_before=hours, at=func.foodorder_clock())
        .on_conflict_do_nothing()
        .returning(ReminderSent.cycle_id)
    )
    return db.session.execute(statement).scalar() is not None


def _occasion(cycle_id: int, institution_id: int, hours: int, closes_at: str, today: date) -> str:
    """An extended cycle reminds anew; by hand, once a day."""
    when = f"{hours} h before {closes_at}" if hours else f"by hand {today}"
    return f"cycle {cycle_id} institution {institution_id} reminder {when}"
