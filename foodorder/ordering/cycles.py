"""The moves of a cycle before its close: plan, open, extend, cancel.

Each takes the cycle's lock exclusively, in a statement of its own, and reads state and clock in the next one:
the database's clock, so no `now` is handed in (design.md §4.1). Nothing is looked for by a window of time:
what is due and not done is done, however long ago.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, text

from foodorder.accounts.models import Municipality
from foodorder.agreements.counting import ALWAYS
from foodorder.db import db, lock_cycle
from foodorder.ordering import notices
from foodorder.ordering.carry import carry_drafts
from foodorder.ordering.lots import freeze_lots
from foodorder.ordering.models import Cycle
from foodorder.ordering.queries import cycle_now
from foodorder.rules import cycle as rule
from foodorder.rules.cycle import Action, State
from foodorder.rules.errors import N_, Refusal
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor, Source

_OPEN = text("""
UPDATE cycle SET state = 'open', opens_at = least(opens_at, :clock), opened_at = :clock
 WHERE id = :cycle AND state = 'planned'
""")

# Newest version of every published offer of the week whose producer is admitted and drives here on its days.
_FREEZE_OFFERS = text("""
INSERT INTO cycle_offer (cycle_id, offer_id, offer_version_id, days)
SELECT c.id, o.id, v.id, v.days & a.days & c.days
  FROM cycle c
  JOIN offer o ON o.week = c.week AND o.state = 'published'
  JOIN admission a ON a.producer_id = o.producer_id AND a.municipality_id = c.municipality_id
                  AND a.state = 'admitted'
  JOIN producer p ON p.id = o.producer_id AND p.active
  JOIN LATERAL (SELECT id, days FROM offer_version WHERE offer_id = o.id
                 ORDER BY version DESC LIMIT 1) v ON true
 WHERE c.id = :cycle AND v.days & a.days & c.days <> 0
ON CONFLICT (cycle_id, offer_id) DO NOTHING
""")

_OVER = text("""
SELECT id FROM cycle
 WHERE municipality_id = :municipality AND week < :week AND state IN ('closed', 'recorded', 'settled')
 ORDER BY week DESC, sequence DESC LIMIT 1
""")

# Rows in key order, as every set of limited stock is taken.
_RELEASE_STOCK = text("""
WITH asked AS (
    SELECT l.offer_id, sum(l.quantity)::bigint AS quantity
      FROM weekly_order w JOIN order_line l ON l.submission_id = w.current_submission_id
     WHERE w.cycle_id = :cycle GROUP BY l.offer_id
), held AS (
    SELECT o.id, a.quantity FROM offer o JOIN asked a ON a.offer_id = o.id
     WHERE o.stock_kind <> 'unlimited' ORDER BY o.id FOR NO KEY UPDATE OF o
)
UPDATE offer o SET taken = greatest(o.taken - held.quantity, 0) FROM held WHERE o.id = held.id
""")

# What counted against ceilings and needs.
_RELEASE_LIMITS = text(f"""
WITH change AS (
    SELECT l.institution_id AS institution, l.producer_id AS producer, l.lot_id AS lot,
           p.food_type_id AS food, c.week, l.basis, -l.net_cents AS cents, -l.grams AS grams
      FROM weekly_order w
      JOIN cycle c ON c.id = w.cycle_id
      JOIN order_line l ON l.submission_id = w.current_submission_id
      JOIN product p ON p.id = l.product_id
     WHERE w.cycle_id = :cycle
), {ALWAYS}
SELECT count(*) FROM under_ceiling
""")  # noqa: S608 - only constants are put together


class ReasonNeeded(Refusal):
    """A move that others must be told the reason of, without one."""

    message = N_("Say why in a few words: everybody concerned reads it.")
    default_field = "reason"


class NoDeliveryDays(Refusal):
    """A cycle with no day on which anything could be delivered."""

    message = N_("Choose at least one delivery day.")
    default_field = "days"


def plan_cycle(
    municipality_id: int,
    week: date,
    *,
    opens_at: datetime,
    closes_at: datetime,
    days: int,
    school_days: int,
    actor: Actor,
    now: datetime,
    schedule_id: int | None = None,
) -> Cycle:
    """Plan one round of orders for a delivery week (its Monday); `days` are bitmasks, bit 0 = Monday.

    The municipality's rules for packs and minimums are copied, so that a later change of theirs does not
    reach it. Raises ClosesBeforeItOpens or NoDeliveryDays.
    """
    if closes_at <= opens_at:
        raise rule.ClosesBeforeItOpens
    if not days:
        raise NoDeliveryDays
    municipality = db.session.get_one(Municipality, municipality_id)
    cycle = Cycle(
        municipality_id=municipality_id,
        schedule_id=schedule_id,
        week=week,
        sequence=_next_sequence(municipality_id, week),
        days=days,
        school_days=school_days & days,
        opens_at=opens_at,
        closes_at=closes_at,
        state=rule.move(State.DRAFT, Action.PLAN),
        pack_rounding=municipality.pack_rounding,
        minimum_rule=municipality.minimum_rule,
        failures=0,
    )
    db.session.add(cycle)
    db.session.flush()
    after = {
        "week": week,
        "days": days,
        "school_days": school_days,
        "opens_at": opens_at,
        "closes_at": closes_at,
    }
    _record(actor, "cycle.planned", cycle.id, municipality_id, now, after=after)
    return cycle


def _next_sequence(municipality_id: int, week: date) -> int:
    newest = select(func.coalesce(func.max(Cycle.sequence), 0) + 1).where(
        Cycle.municipality_id == municipality_id, Cycle.week == week
    )
    sequence: int = db.session.execute(newest).scalar_one()
    return sequence


def open_cycle(cycle_id: int, *, actor: Actor) -> bool:
    """Open a planned cycle and freeze the offers it sells; returns False when it is open already.

    The clock opens it when it is due. A person may open it before: its opening is then moved to now.
    Raises CycleNotYetOpen (to the clock), or IllegalMove.
    """
    now = _locked(cycle_id)
    if now.state == State.OPEN:
        return False
    rule.move(State(now.state), Action.OPEN)
    if now.clock < now.opens_at and actor.source is Source.SCHEDULER:
        raise rule.CycleNotYetOpen(opens_at=now.opens_at)
    db.session.execute(_OPEN, {"cycle": cycle_id, "clock": now.clock})
    offers = _count(db.session.execute(_FREEZE_OFFERS, {"cycle": cycle_id}))
    freeze_lots(cycle_id)
    before = (
        {"state": now.state, "opens_at": now.opens_at} if now.clock < now.opens_at else {"state": now.state}
    )
    _record(
        actor,
        "cycle.opened",
        cycle_id,
        now.municipality_id,
        now.clock,
        before=before,
        after={"state": State.OPEN, "offers": offers},
    )
    _carry_drafts(now, actor)
    # A cycle that was missed altogether is opened only to be closed: nobody is called to order.
    if now.clock < now.closes_at:
        notices.tell(
            "cycle_opened",
            notices.kitchens(now.municipality_id),
            notices.facts(now),
            "opened",
            {"offers": offers},
        )
    return True


def _carry_drafts(now: Any, actor: Actor) -> None:
    """What was typed for the week before and never submitted begins this week's orders."""
    before = db.session.scalar(_OVER, {"municipality": now.municipality_id, "week": now.week})
    if before is not None:
        carry_drafts(before, actor=actor, now=now.clock)


def open_if_due(cycle_id: int, *, actor: Actor) -> bool:
    """Open a planned cycle whose time has come: for a request that finds it so before the scheduler does.

    Returns whether it was opened now; anything else is left as it is. Costs one look when there is nothing
    to do.
    """
    row = cycle_now(cycle_id)
    if rule.next_action(State(row.state), row.opens_at, row.closes_at, row.clock) is not Action.OPEN:
        return False
    return open_cycle(cycle_id, actor=actor)


def extend_cycle(cycle_id: int, closes_at: datetime, reason: str, *, actor: Actor) -> None:
    """Move the deadline later; reminders are armed again, and everybody is told why if it is open already.

    Raises ReasonNeeded, NotAnExtension, ClosesBeforeItOpens, or IllegalMove.
    """
    if not reason.strip():
        raise ReasonNeeded
    now = _locked(cycle_id)
    rule.move(State(now.state), Action.EXTEND)
    rule.check_extension(now.opens_at, now.closes_at, closes_at, now.clock)
    db.session.execute(
        text("UPDATE cycle SET closes_at = :closes_at WHERE id = :cycle"),
        {"cycle": cycle_id, "closes_at": closes_at},
    )
    db.session.execute(text("DELETE FROM reminder_sent WHERE cycle_id = :cycle"), {"cycle": cycle_id})
    _record(
        actor,
        "cycle.extended",
        cycle_id,
        now.municipality_id,
        now.clock,
        before={"closes_at": now.closes_at},
        after={"closes_at": closes_at},
        reason=reason.strip(),
    )
    if now.state == State.OPEN:
        _tell_all("cycle_extended", now, f"extended to {closes_at.isoformat()}", reason, closes_at)


def cancel_cycle(cycle_id: int, reason: str, *, actor: Actor) -> None:
    """Give up a cycle before its close: what was asked of limited offers is free again, and all are told why.

    Raises ReasonNeeded, or IllegalMove.
    """
    if not reason.strip():
        raise ReasonNeeded
    now = _locked(cycle_id)
    state = rule.move(State(now.state), Action.CANCEL)
    db.session.execute(
        text("UPDATE cycle SET state = :state, cancelled_at = :clock, reason = :reason WHERE id = :cycle"),
        {"cycle": cycle_id, "state": state, "clock": now.clock, "reason": reason.strip()},
    )
    db.session.execute(_RELEASE_STOCK, {"cycle": cycle_id})
    db.session.execute(_RELEASE_LIMITS, {"cycle": cycle_id})
    _record(
        actor,
        "cycle.cancelled",
        cycle_id,
        now.municipality_id,
        now.clock,
        before={"state": now.state},
        after={"state": state},
        reason=reason.strip(),
    )
    if now.state == State.OPEN:
        _tell_all("cycle_cancelled", now, "cancelled", reason, now.closes_at)


def _locked(cycle_id: int) -> Any:
    """The cycle's row and the clock, read in the statement after the lock."""
    lock_cycle(cycle_id, exclusive=True)
    return cycle_now(cycle_id)


def _tell_all(template: str, now: Any, occasion: str, reason: str, closes_at: datetime) -> None:
    more = {"reason": reason.strip(), "closes_at": closes_at.isoformat()}
    for people in (notices.kitchens(now.municipality_id), notices.producers(now.id)):
        notices.tell(template, people, notices.facts(now), occasion, more)


def _record(
    actor: Actor, action: str, cycle_id: int, municipality_id: int, now: datetime, **details: Any
) -> None:
    trail.record(actor, action, "cycle", cycle_id, now=now, municipality_id=municipality_id, **details)


def _count(result: Any) -> int:
    return int(result.rowcount)
