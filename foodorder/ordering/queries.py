"""Reading cycles and orders. The page of the weekly order itself is `page`."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.orm import joinedload

from foodorder.db import db
from foodorder.ordering.models import Cycle, DraftLine, OrderLine, OrderSubmission, Schedule, WeeklyOrder
from foodorder.rules.cycle import State
from foodorder.rules.ordering import Cell

_NOW = text("""
SELECT c.*, m.name AS municipality, m.zone, foodorder_clock() AS clock
  FROM cycle c JOIN municipality m ON m.id = c.municipality_id WHERE c.id = :cycle
""")

# Schools are not expected to order for a week in which none of their days is open.
_KITCHENS = text("""
SELECT i.id AS institution_id, i.short_name AS name, i.kind, w.id AS order_id, s.number, s.submitted_at,
       s.lines, s.net_cents, s.vat_cents, s.grams, coalesce(w.has_draft, false) AS has_draft,
       w.draft_saved_at, w.withdrawn_at,
       CASE WHEN w.has_draft THEN (SELECT count(*) FROM draft_line WHERE order_id = w.id) ELSE 0 END AS typed
  FROM cycle c
  JOIN institution i ON i.municipality_id = c.municipality_id
  LEFT JOIN weekly_order w ON w.cycle_id = c.id AND w.institution_id = i.id
  LEFT JOIN order_submission s ON s.id = w.current_submission_id
 WHERE c.id = :cycle
   AND (s.id IS NOT NULL
        OR (i.active AND (c.school_days <> 0 OR i.kind NOT IN ('school', 'secondary_school'))))
 ORDER BY i.sort_key, i.id
""")


def cycle_now(cycle_id: int) -> Any:
    """A cycle's columns with its municipality's name and zone, and the database's clock, in one statement.

    Raises NoResultFound.
    """
    return db.session.execute(_NOW, {"cycle": cycle_id}).one()


def cycle_of(municipality_id: int, cycle_id: int) -> Cycle | None:
    """A cycle of this municipality; None for another's."""
    return db.session.scalars(
        select(Cycle).where(Cycle.id == cycle_id, Cycle.municipality_id == municipality_id)
    ).one_or_none()


def cycles(municipality_id: int, states: Collection[State] = (), limit: int = 60) -> Sequence[Cycle]:
    """Cycles of a municipality, newest delivery week first; all states, or only those named."""
    statement = select(Cycle).where(Cycle.municipality_id == municipality_id)
    if states:
        statement = statement.where(Cycle.state.in_(states))
    return db.session.scalars(statement.order_by(Cycle.week.desc(), Cycle.sequence.desc()).limit(limit)).all()


def open_cycles(municipality_id: int | None = None) -> Sequence[Cycle]:
    """Cycles that are open, soonest deadline first; of one municipality, or of all."""
    statement = select(Cycle).where(Cycle.state == State.OPEN).options(joinedload(Cycle.municipality))
    if municipality_id is not None:
        statement = statement.where(Cycle.municipality_id == municipality_id)
    return db.session.scalars(statement.order_by(Cycle.closes_at, Cycle.id)).all()


def next_cycle(municipality_id: int) -> Cycle | None:
    """The cycle to order in: the open one that closes first, or the planned one that opens first."""
    for state, soonest in ((State.OPEN, Cycle.closes_at), (State.PLANNED, Cycle.opens_at)):
        found = db.session.scalars(
            select(Cycle)
            .where(Cycle.municipality_id == municipality_id, Cycle.state == state)
            .order_by(soonest, Cycle.id)
            .limit(1)
        ).one_or_none()
        if found:
            return found
    return None


def schedules_of(municipality_id: int) -> Sequence[Schedule]:
    """The weekly rhythms of a municipality, active ones first."""
    return db.session.scalars(
        select(Schedule)
        .where(Schedule.municipality_id == municipality_id)
        .order_by(Schedule.active.desc(), Schedule.id)
    ).all()


def kitchens_of(cycle_id: int) -> Sequence[Row[Any]]:
    """Every kitchen that may order in a cycle, what it submitted (cents, grams) and what it typed."""
    return db.session.execute(_KITCHENS, {"cycle": cycle_id}).all()


def not_ordered(cycle_id: int) -> list[Row[Any]]:
    """Kitchens with nothing submitted, and those with changes typed and not submitted (`number` is set)."""
    return [row for row in kitchens_of(cycle_id) if row.number is None or row.has_draft]


def order_of(cycle_id: int, institution_id: int) -> WeeklyOrder | None:
    """An institution's order in a cycle; None when it has typed nothing yet."""
    return db.session.scalars(
        select(WeeklyOrder)
        .where(WeeklyOrder.cycle_id == cycle_id, WeeklyOrder.institution_id == institution_id)
        .options(joinedload(WeeklyOrder.cycle))
    ).one_or_none()


def submission_of(institution_id: int, submission_id: int) -> OrderSubmission | None:
    """A submission (receipt) of this institution; None for another's."""
    return db.session.scalars(
        select(OrderSubmission).where(
            OrderSubmission.id == submission_id, OrderSubmission.institution_id == institution_id
        )
    ).one_or_none()


def standing_submission(cycle_id: int, institution_id: int) -> OrderSubmission | None:
    """What counts as the institution's order in a cycle: its newest submission, unless withdrawn."""
    return db.session.scalars(
        select(OrderSubmission)
        .join(WeeklyOrder, WeeklyOrder.current_submission_id == OrderSubmission.id)
        .where(WeeklyOrder.cycle_id == cycle_id, WeeklyOrder.institution_id == institution_id)
    ).one_or_none()


def submissions_of(order_id: int) -> Sequence[OrderSubmission]:
    """Every version of an order that was submitted, newest first."""
    return db.session.scalars(
        select(OrderSubmission)
        .where(OrderSubmission.order_id == order_id)
        .order_by(OrderSubmission.version.desc())
    ).all()


def lines_of(submission_id: int) -> Sequence[OrderLine]:
    """The lines of a submission, by producer, day, name and door."""
    return db.session.scalars(
        select(OrderLine)
        .where(OrderLine.submission_id == submission_id)
        .options(joinedload(OrderLine.delivery_point))
        .order_by(OrderLine.producer_id, OrderLine.delivery_date, OrderLine.name, OrderLine.delivery_point_id)
    ).all()


def draft_of(order_id: int) -> dict[Cell, str]:
    """What is typed in the draft, as it was typed, by cell."""
    rows = db.session.execute(
        select(
            DraftLine.offer_id, DraftLine.delivery_point_id, DraftLine.delivery_date, DraftLine.typed
        ).where(DraftLine.order_id == order_id)
    )
    return {Cell(row.offer_id, row.delivery_point_id, row.delivery_date): row.typed for row in rows}


def past_orders(institution_id: int, before_cycle: int | None = None, limit: int = 60) -> Sequence[Any]:
    """The institution's submitted orders, newest week first: what another week can start from."""
    statement = (
        select(
            WeeklyOrder.id.label("order_id"),
            Cycle.id.label("cycle_id"),
            Cycle.week,
            Cycle.days,
            Cycle.sequence,
            Cycle.state,
            Cycle.closes_at,
            OrderSubmission.id.label("submission_id"),
            OrderSubmission.number,
            OrderSubmission.submitted_at,
            OrderSubmission.lines,
            OrderSubmission.net_cents,
            OrderSubmission.vat_cents,
            OrderSubmission.grams,
        )
        .join(Cycle, Cycle.id == WeeklyOrder.cycle_id)
        .join(OrderSubmission, OrderSubmission.id == WeeklyOrder.current_submission_id)
        .where(WeeklyOrder.institution_id == institution_id)
        .order_by(Cycle.week.desc(), Cycle.sequence.desc())
        .limit(limit)
    )
    if before_cycle is not None:
        statement = statement.where(Cycle.id != before_cycle)
    return db.session.execute(statement).all()
