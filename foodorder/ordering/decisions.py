"""The second person's answer to an order: approved, or sent back with a word.

Both race the deadline as submissions do: the cycle's lock, shared, in a statement of its own, and only then
the state and the database's clock. An order that is sent back is withdrawn by the same verb as the
kitchen's own.
"""

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from foodorder.accounts.interests import check_may_decide
from foodorder.accounts.recipients import recipients_of_institution
from foodorder.db import db, lock_cycle
from foodorder.ordering.models import ApprovalState, cycle_name
from foodorder.ordering.place import withdraw_order
from foodorder.ordering.terms import hold_order
from foodorder.outbox import service as outbox
from foodorder.rules.approval import NotWaiting, TooLateToDecide, WordMissing, check_not_own
from foodorder.rules.cycle import DeadlinePassed, State, check_accepts_orders
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

_WHERE = text("SELECT cycle_id, institution_id FROM order_submission WHERE id = :submission")

_CASE = text("""
SELECT a.state, a.decided_by_id, w.id AS order_id, w.current_submission_id, s.number, s.submitted_by_id,
       s.net_cents, s.vat_cents, c.id AS cycle_id, c.week, c.days, c.sequence, c.state AS cycle_state,
       c.opens_at, c.closes_at, c.municipality_id, m.zone, i.id AS institution_id, i.name AS institution,
       person.name AS person, foodorder_clock() AS clock,
       ARRAY(SELECT DISTINCT producer_id FROM order_line WHERE submission_id = s.id) AS producers
  FROM order_submission s
  JOIN weekly_order w ON w.id = s.order_id
  JOIN cycle c ON c.id = s.cycle_id
  JOIN municipality m ON m.id = c.municipality_id
  JOIN institution i ON i.id = s.institution_id
  LEFT JOIN order_approval a ON a.submission_id = s.id
  LEFT JOIN person ON person.id = CAST(:person AS integer)
 WHERE s.id = :submission
""")

_DECIDE = text("""
UPDATE order_approval SET state = :state, decided_at = :at, decided_by_id = :person, words = :words
 WHERE submission_id = :submission
""")


def approve(submission_id: int, words: str = "", *, actor: Actor) -> None:
    """Approve an order that waits; twice by the same person is once.

    Raises TooLateToDecide or another CycleNotOpen, NotWaiting, NotYourOwnOrder, OwnInterest.
    """
    case = _hold(submission_id, actor)
    if case.state == ApprovalState.APPROVED and case.decided_by_id == actor.person_id:
        return
    _check(case, submission_id, actor)
    _decide(case, submission_id, ApprovalState.APPROVED, words.strip() or None, actor)


def send_back(submission_id: int, words: str, *, actor: Actor) -> None:
    """Send an order back with a word: it is a draft again, its stock is free, and it does not count.

    Raises WordMissing and what `approve` raises.
    """
    if not words.strip():
        raise WordMissing
    case = _hold(submission_id, actor)
    _check(case, submission_id, actor)
    _decide(case, submission_id, ApprovalState.SENT_BACK, words.strip(), actor)
    withdraw_order(case.cycle_id, case.institution_id, actor=actor)


def _hold(submission_id: int, actor: Actor) -> Any:
    """The order behind a submission, held against other writers, as it is after the cycle's lock."""
    where = db.session.execute(_WHERE, {"submission": submission_id}).one()
    lock_cycle(where.cycle_id, exclusive=False)
    hold_order(where.cycle_id, where.institution_id)
    return db.session.execute(_CASE, {"submission": submission_id, "person": actor.person_id}).one()


def _check(case: Any, submission_id: int, actor: Actor) -> None:
    try:
        check_accepts_orders(State(case.cycle_state), case.opens_at, case.closes_at, case.clock)
    except DeadlinePassed:
        raise TooLateToDecide(closes_at=case.closes_at) from None
    if case.state != ApprovalState.WAITING or case.current_submission_id != submission_id:
        raise NotWaiting
    check_not_own(actor.person_id, case.submitted_by_id)
    check_may_decide(actor, case.producers, case.clock.astimezone(ZoneInfo(case.zone)).date())


def _decide(case: Any, submission_id: int, state: ApprovalState, words: str | None, actor: Actor) -> None:
    db.session.execute(
        _DECIDE,
        {
            "submission": submission_id,
            "state": state.value,
            "at": case.clock,
            "person": actor.person_id,
            "words": words,
        },
    )
    trail.record(
        actor, f"order.{state.value}", "weekly_order", case.order_id, now=case.clock,
        municipality_id=case.municipality_id, reason=words,
        after={"number": case.number, "net_cents": case.net_cents},
    )  # fmt: skip
    outbox.queue(
        "approval_answered",
        recipients_of_institution(case.institution_id),
        key=f"approval of submission {submission_id} answered",
        data={
            "state": state.value,
            "words": words or "",
            "person": case.person or "",
            "institution": case.institution,
            "number": case.number,
            "cycle": cycle_name(case.week, case.sequence),
            "week": case.week.isoformat(),
            "days": case.days,
            "closes_at": case.closes_at.isoformat(),
            "net_cents": case.net_cents,
            "vat_cents": case.vat_cents,
            "order_id": case.order_id,
        },
        municipality_id=case.municipality_id,
        object_type="weekly_order",
        object_id=case.order_id,
    )
