"""Approval of orders: asked for in the transaction that submits, overtaken by what is submitted after it.

Deciding is in `decisions`. A kitchen without a limit costs no statement more.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text

from foodorder.accounts.models import Institution
from foodorder.db import db
from foodorder.ordering.budgets import uses
from foodorder.ordering.models import cycle_name
from foodorder.ordering.receipts import Receipt
from foodorder.ordering.terms import Situation
from foodorder.outbox import service as outbox
from foodorder.outbox.service import Recipient
from foodorder.rules.approval import Need, needs_approval
from foodorder.rules.cycle import State, accepts_orders
from foodorder.rules.errors import facts_to_json
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

_OVERTAKE = text("""
UPDATE order_approval SET state = 'overtaken', decided_at = :at WHERE order_id = :order AND state = 'waiting'
   AND submission_id IS DISTINCT FROM CAST(:submission AS bigint)
""")

_ASK = text("""
INSERT INTO order_approval (submission_id, order_id, state, why, asked_at)
VALUES (:submission, :order, 'waiting', CAST(:why AS jsonb), :at)
ON CONFLICT DO NOTHING RETURNING submission_id
""")

# The approvers of the institution who did not submit the order and declared no interest in its producers that
# stands today, by the municipality's calendar.
_APPROVERS = text("""
SELECT p.id, p.name, p.email, p.language
  FROM order_submission s
  JOIN institution i ON i.id = s.institution_id
  JOIN municipality m ON m.id = i.municipality_id
 CROSS JOIN LATERAL (SELECT CAST(foodorder_clock() AT TIME ZONE m.zone AS date) AS day) today
  JOIN role_grant g ON g.institution_id = s.institution_id AND g.role = 'approver' AND g.revoked_at IS NULL
                   AND (g.valid_until IS NULL OR g.valid_until > foodorder_clock())
  JOIN person p ON p.id = g.person_id AND p.active
 WHERE s.id = :submission AND p.id IS DISTINCT FROM s.submitted_by_id
   AND NOT EXISTS (
       SELECT FROM interest_declaration d JOIN order_line l ON l.producer_id = d.producer_id
        WHERE l.submission_id = s.id AND d.person_id = p.id AND d.valid_from <= today.day
          AND (d.valid_to IS NULL OR d.valid_to >= today.day))
 ORDER BY p.name, p.id
""")

_WAITING = text("""
SELECT a.submission_id, a.order_id, a.why, s.number, s.net_cents, s.vat_cents, i.name AS institution,
       i.unapproved
  FROM order_approval a
  JOIN weekly_order w ON w.current_submission_id = a.submission_id AND w.cycle_id = :cycle
  JOIN order_submission s ON s.id = a.submission_id
  JOIN institution i ON i.id = w.institution_id
 WHERE a.state = 'waiting' ORDER BY a.submission_id
""")

_LISTED = """
SELECT a.submission_id, a.order_id, a.why, a.asked_at, a.decided_at, a.words, s.number, s.version,
       s.submitted_at, s.submitted_by_id, submitter.name AS submitter, s.lines, s.net_cents, s.vat_cents,
       c.id AS cycle_id, c.week, c.days, c.closes_at, c.opens_at, c.state AS cycle_state,
       w.institution_id, i.unapproved, decider.name AS decider, foodorder_clock() AS clock,
       CASE WHEN a.state = 'waiting' AND w.current_submission_id IS DISTINCT FROM a.submission_id
            THEN 'overtaken' ELSE a.state END AS state
  FROM order_approval a
  JOIN order_submission s ON s.id = a.submission_id
  JOIN weekly_order w ON w.id = a.order_id
  JOIN cycle c ON c.id = w.cycle_id
  JOIN institution i ON i.id = w.institution_id
  LEFT JOIN person submitter ON submitter.id = s.submitted_by_id
  LEFT JOIN person decider ON decider.id = a.decided_by_id
"""
_OF_INSTITUTION = text(f"""{_LISTED} WHERE w.institution_id = :institution
 ORDER BY c.week DESC, a.submission_id DESC LIMIT :limit""")
_ONE = text(f"{_LISTED} WHERE w.institution_id = :institution AND a.submission_id = :submission")
_NEWEST = text(f"{_LISTED} WHERE a.order_id = :order ORDER BY a.submission_id DESC LIMIT 1")


@dataclass(frozen=True, slots=True)
class Approval:
    """One approval as it is listed: `row` holds the columns of the statement."""

    row: Any

    @property
    def open(self) -> bool:
        """Whether the cycle takes orders, so that an answer still matters."""
        row = self.row
        return accepts_orders(State(row.cycle_state), row.opens_at, row.closes_at, row.clock)

    @property
    def waits(self) -> bool:
        """Whether somebody can still answer it."""
        return bool(self.row.state == "waiting" and self.open)

    @property
    def missed(self) -> bool:
        """Whether the deadline came before an answer."""
        return bool(self.row.state == "waiting" and not self.open)


def after_submission(now: Situation, receipt: Receipt, actor: Actor) -> None:
    """Ask a second person, where the order that was just written needs one; older questions are overtaken.

    Called inside the transaction of the submission, after its write. `now` is what was read before it.
    """
    limit = now.row.approval_limit_cents
    if limit is None or receipt.repeated:
        return
    _overtake(now, receipt.submission_id)
    institution = db.session.get_one(Institution, now.row.institution_id)
    needs = needs_approval(receipt.net_cents, limit, uses(institution, receipt.order_id, now.row.week))
    if needs:
        ask_approval(now, receipt, needs, actor)


def ask_approval(now: Situation, receipt: Receipt, needs: Sequence[Need], actor: Actor) -> None:
    """Let a submission wait for a second person, and write to those who may be it; asked twice is once."""
    why = [{"code": need.why.value, "facts": facts_to_json(need.facts)} for need in needs]
    asked = db.session.execute(
        _ASK,
        {
            "submission": receipt.submission_id,
            "order": receipt.order_id,
            "why": json.dumps(why),
            "at": now.row.clock,
        },
    )
    if asked.one_or_none() is None:
        return
    trail.record(
        actor, "order.approval_asked", "weekly_order", receipt.order_id, now=now.row.clock,
        municipality_id=now.row.municipality_id,
        after={"number": receipt.number, "net_cents": receipt.net_cents, "why": [one["code"] for one in why]},
    )  # fmt: skip
    outbox.queue(
        "approval_asked",
        recipients(receipt.submission_id),
        key=f"approval of submission {receipt.submission_id}",
        data={
            "institution": now.row.name,
            "number": receipt.number,
            "cycle": cycle_name(now.row.week, now.row.sequence),
            "week": now.row.week.isoformat(),
            "days": now.row.cycle_days,
            "closes_at": now.row.closes_at.isoformat(),
            "net_cents": receipt.net_cents,
            "vat_cents": receipt.vat_cents,
            "why": why,
            "submission_id": receipt.submission_id,
            "unapproved": db.session.get_one(Institution, now.row.institution_id).unapproved,
        },
        municipality_id=now.row.municipality_id,
        object_type="weekly_order",
        object_id=receipt.order_id,
    )


def after_withdrawal(now: Situation) -> None:
    """Nobody needs to approve any more what was taken back. Called inside the withdrawal's transaction."""
    if now.row.approval_limit_cents is not None:
        _overtake(now, None)


def _overtake(now: Situation, submission_id: int | None) -> None:
    standing = {"order": now.row.order_id, "submission": submission_id, "at": now.row.clock}
    db.session.execute(_OVERTAKE, standing)


def recipients(submission_id: int) -> list[Recipient]:
    """The people who may approve a submission; empty where nobody may."""
    return [Recipient(row.name, row.email, row.language) for row in approvers(submission_id)]


def approvers(submission_id: int) -> Sequence[Any]:
    """Persons who may approve a submission: id, name, email, language."""
    return db.session.execute(_APPROVERS, {"submission": submission_id}).all()


def remind_approvers(
    cycle_id: int, hours: int, facts: Mapping[str, Any], municipality_id: int, today: date
) -> int:
    """Remind those who may approve the waiting orders of a cycle; returns how many messages are new.

    Hours 0 is a person's own reminder, once a day.
    """
    when = f"{hours} h before {facts['closes_at']}" if hours else f"by hand {today}"
    told = 0
    for row in db.session.execute(_WAITING, {"cycle": cycle_id}).all():
        told += outbox.queue(
            "approval_reminder",
            recipients(row.submission_id),
            key=f"approval of submission {row.submission_id}, {when}",
            data={
                **facts,
                "institution": row.institution,
                "number": row.number,
                "net_cents": row.net_cents,
                "vat_cents": row.vat_cents,
                "why": row.why,
                "unapproved": row.unapproved,
                "submission_id": row.submission_id,
            },
            municipality_id=municipality_id,
            object_type="weekly_order",
            object_id=row.order_id,
        )
    return told


# Reads


def approvals_of(institution_id: int, limit: int = 60) -> list[Approval]:
    """Every order of an institution that needed approval: those that wait first, then the newest week."""
    rows = db.session.execute(_OF_INSTITUTION, {"institution": institution_id, "limit": limit})
    return sorted((Approval(row) for row in rows), key=lambda approval: not approval.waits)


def approval_of(institution_id: int, submission_id: int) -> Approval | None:
    """The approval of a submission of this institution; None for another's, and where none was needed."""
    row = db.session.execute(_ONE, {"institution": institution_id, "submission": submission_id}).one_or_none()
    return Approval(row) if row else None


def newest_approval(order_id: int) -> Approval | None:
    """The newest approval that was asked for an order."""
    row = db.session.execute(_NEWEST, {"order": order_id}).one_or_none()
    return Approval(row) if row else None
