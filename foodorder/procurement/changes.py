"""Requests after the close: a reduction or an urgent addition (a trip, illness), and the producer's answer.

A record is never changed. An accepted request makes the next version of it, which names the old one and the
request, and says who bears the cost. Perishable food that a kitchen gives up at short notice is paid for by
the kitchen: every other answer is refused (rules/practices.py).
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from foodorder.db import db
from foodorder.procurement.models import ChangeKind, ChangeState, ProcurementRecord, RecordChange
from foodorder.procurement.practices import judge
from foodorder.procurement.told import leave_trail, leave_trail_of_record, tell_institution, tell_producer
from foodorder.procurement.versions import check_next_version, next_version
from foodorder.procurement.wanted import RecordReplaced, Wanted, check_wanted
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.practices import CostBearer, Initiative, check_bearer
from foodorder.trail.actor import Actor


class AlreadyAsked(Refusal):
    """A second request while the first waits for its answer."""

    message = N_("A request for this order waits for the producer's answer. Withdraw it first.")


class AlreadyAnswered(Refusal):
    """An answer to, or a withdrawal of, a request that no longer waits."""

    message = N_("This request has been answered or withdrawn already.")


class ReasonMissing(Refusal):
    """A request or a refusal without a reason."""

    message = N_("Say why in a few words: the other side reads it.")
    default_field = "reason"


class CostBearerMissing(Refusal):
    """An acceptance that does not say who pays for what was already harvested or bought."""

    message = N_("Say who bears the cost of the change.")
    default_field = "cost_bearer"


def ask_change(
    record_id: int,
    kind: ChangeKind,
    wanted: Sequence[Wanted],
    reason: str,
    *,
    initiative: Initiative = Initiative.BUYER,
    actor: Actor,
    now: datetime,
) -> RecordChange:
    """Ask the producer of a record for less, or for more, of it; both see the request until it is answered.

    `initiative`: the producer's where they told the kitchen that they cannot deliver; their yes confirms it.

    Raises RecordReplaced, AlreadyAsked, ReasonMissing, what `check_wanted` and `check_next_version` raise.
    """
    record = _hold(record_id)
    if not reason.strip():
        raise ReasonMissing
    asked = check_wanted(record, ChangeKind(kind), wanted, now)
    change = RecordChange(
        cycle_id=record.cycle_id,
        institution_id=record.institution_id,
        producer_id=record.producer_id,
        record_id=record.id,
        kind=kind.value,
        state=ChangeState.ASKED.value,
        reason=reason.strip(),
        asked_at=now,
        asked_by_id=actor.person_id,
        initiative=initiative.value,
        lines=asked,
    )
    check_next_version(record, change)
    db.session.add(change)
    db.session.flush()
    leave_trail(change, "change.asked", actor, now, reason=change.reason)
    tell_producer(change, "change_asked")
    return change


def withdraw_change(change_id: int, *, actor: Actor, now: datetime) -> RecordChange:
    """Take back a request that was not answered yet. Raises AlreadyAnswered."""
    change = hold_change(change_id)
    answer_change(change, ChangeState.WITHDRAWN, None, actor, now)
    leave_trail(change, "change.withdrawn", actor, now)
    tell_producer(change, "change_withdrawn")
    return change


def refuse_change(change_id: int, answer: str, *, actor: Actor, now: datetime) -> RecordChange:
    """The producer says no, and why: the record stays as it is. Raises AlreadyAnswered, ReasonMissing."""
    if not answer.strip():
        raise ReasonMissing(field="answer")
    change = hold_change(change_id)
    answer_change(change, ChangeState.REFUSED, answer, actor, now)
    leave_trail(change, "change.refused", actor, now, reason=change.answer)
    tell_institution(change, "change_answered")
    return change


def accept_change(
    change_id: int, cost_bearer: CostBearer | None, answer: str = "", *, actor: Actor, now: datetime
) -> ProcurementRecord:
    """The producer says yes, and who bears the cost: returns the next version of the record.

    Raises AlreadyAnswered, CostBearerMissing, BuyerBearsTheCost where the law lets only the kitchen bear it,
    or what `next_version` raises when there is no longer so much, or no longer lawfully.
    """
    change = hold_change(change_id)
    record = change.record
    if record is None:
        raise ValueError(f"request {change.id} is about no record: accept it as an addition")
    agree(change, cost_bearer, answer, actor, now)
    replacing = next_version(record, change, now=now)
    leave_trail(change, "change.accepted", actor, now, reason=change.answer)
    leave_trail_of_record(replacing, change, record, actor, now)
    tell_institution(change, "change_answered", [replacing])
    tell_producer(change, "change_answered", [replacing])
    return replacing


def agree(
    change: RecordChange, cost_bearer: CostBearer | None, answer: str, actor: Actor, now: datetime
) -> None:
    """Write down the producer's yes and who bears the cost.

    Raises CostBearerMissing, BuyerBearsTheCost.
    """
    if cost_bearer is None:
        raise CostBearerMissing
    judged = judge(change)
    check_bearer(cost_bearer, judged.ground, judged.limits)
    change.cost_bearer, change.ground = cost_bearer.value, judged.ground.value
    answer_change(change, ChangeState.ACCEPTED, answer, actor, now)


def _hold(record_id: int) -> ProcurementRecord:
    """The record in force, its row held, so that two requests for it come one after the other."""
    record = db.session.execute(
        select(ProcurementRecord)
        .where(ProcurementRecord.id == record_id)
        .with_for_update(key_share=True, of=ProcurementRecord)
        .execution_options(populate_existing=True)
    ).scalar_one()
    if record.superseded_by_id is not None:
        raise RecordReplaced
    waiting = select(RecordChange.id).where(
        RecordChange.record_id == record_id, RecordChange.state == ChangeState.ASKED
    )
    if db.session.execute(waiting).first() is not None:
        raise AlreadyAsked
    return record


def hold_change(change_id: int) -> RecordChange:
    """A request that waits for its answer, its row held. Raises AlreadyAnswered."""
    change = db.session.execute(
        select(RecordChange)
        .where(RecordChange.id == change_id)
        .with_for_update(of=RecordChange)
        .execution_options(populate_existing=True)
    ).scalar_one()
    if change.state != ChangeState.ASKED:
        raise AlreadyAnswered
    return change


def answer_change(
    change: RecordChange, state: ChangeState, answer: str | None, actor: Actor, now: datetime
) -> None:
    """Write down how a request ended, who said so and when."""
    change.state = state.value
    change.answer = (answer or "").strip() or None
    change.answered_at = now
    change.answered_by_id = actor.person_id
    db.session.flush()
