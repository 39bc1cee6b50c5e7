"""Requests after the close: a reduction or an urgent addition (a trip, illness), and the producer's answer.

A record is never changed. An accepted request makes the next version of it, which names the old one and the
request, and says who bears the cost. Perishable food that a kitchen gives up at short notice is paid for by
the kitchen: every other answer is refused (rules/practices.py).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from foodorder.accounts.recipients import recipients_of_institution, recipients_of_producer
from foodorder.db import db
from foodorder.outbox import service as outbox
from foodorder.outbox.service import Recipient
from foodorder.procurement.models import ChangeKind, ChangeState, ProcurementRecord, RecordChange
from foodorder.procurement.practices import judge
from foodorder.procurement.requests import changes
from foodorder.procurement.versions import check_next_version, next_version
from foodorder.procurement.wanted import RecordReplaced, Wanted, check_wanted
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.practices import CostBearer, Initiative, check_bearer
from foodorder.trail import service as trail
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
    _record(record, change, "change.asked", actor, now, reason=change.reason)
    _tell(record, change, "change_asked", recipients_of_producer(record.producer_id), "producer")
    return change


def withdraw_change(change_id: int, *, actor: Actor, now: datetime) -> RecordChange:
    """Take back a request that was not answered yet. Raises AlreadyAnswered."""
    change, record = _hold_change(change_id)
    _answer(change, ChangeState.WITHDRAWN, None, actor, now)
    _record(record, change, "change.withdrawn", actor, now)
    _tell(record, change, "change_withdrawn", recipients_of_producer(record.producer_id), "producer")
    return change


def refuse_change(change_id: int, answer: str, *, actor: Actor, now: datetime) -> RecordChange:
    """The producer says no, and why: the record stays as it is. Raises AlreadyAnswered, ReasonMissing."""
    if not answer.strip():
        raise ReasonMissing(field="answer")
    change, record = _hold_change(change_id)
    _answer(change, ChangeState.REFUSED, answer, actor, now)
    _record(record, change, "change.refused", actor, now, reason=change.answer)
    _tell(record, change, "change_answered", recipients_of_institution(record.institution_id), "institution")
    return change


def accept_change(
    change_id: int, cost_bearer: CostBearer | None, answer: str = "", *, actor: Actor, now: datetime
) -> ProcurementRecord:
    """The producer says yes, and who bears the cost: returns the next version of the record.

    Raises AlreadyAnswered, CostBearerMissing, BuyerBearsTheCost where the law lets only the kitchen bear it,
    or what `next_version` raises when there is no longer so much, or no longer lawfully.
    """
    if cost_bearer is None:
        raise CostBearerMissing
    change, record = _hold_change(change_id)
    judged = judge(change)
    check_bearer(cost_bearer, judged.ground, judged.limits)
    change.cost_bearer, change.ground = cost_bearer.value, judged.ground.value
    _answer(change, ChangeState.ACCEPTED, answer, actor, now)
    replacing = next_version(record, change, now=now)
    _record(record, change, "change.accepted", actor, now, reason=change.answer)
    trail.record(
        actor,
        "record.written",
        "procurement_record",
        replacing.id,
        now=now,
        municipality_id=record.institution.municipality_id,
        before={"record": record.id, "number": record.number, "net_cents": record.net_cents},
        after={"number": replacing.number, "net_cents": replacing.net_cents, "change": change.id},
        reason=change.reason,
    )
    new = {"number": replacing.number, "record_id": replacing.id}
    _tell(
        record,
        change,
        "change_answered",
        recipients_of_institution(record.institution_id),
        "institution",
        new,
    )
    _tell(record, change, "change_answered", recipients_of_producer(record.producer_id), "producer", new)
    return replacing


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


def _hold_change(change_id: int) -> tuple[RecordChange, ProcurementRecord]:
    change = db.session.execute(
        select(RecordChange)
        .where(RecordChange.id == change_id)
        .with_for_update(of=RecordChange)
        .execution_options(populate_existing=True)
    ).scalar_one()
    if change.state != ChangeState.ASKED:
        raise AlreadyAnswered
    return change, change.record


def _answer(
    change: RecordChange, state: ChangeState, answer: str | None, actor: Actor, now: datetime
) -> None:
    change.state = state.value
    change.answer = (answer or "").strip() or None
    change.answered_at = now
    change.answered_by_id = actor.person_id
    db.session.flush()


def _record(
    record: ProcurementRecord,
    change: RecordChange,
    action: str,
    actor: Actor,
    now: datetime,
    reason: str | None = None,
) -> None:
    after: dict[str, Any] = {
        "record": record.id, "kind": change.kind, "state": change.state, "initiative": change.initiative,
    }  # fmt: skip
    if change.cost_bearer is not None:
        after |= {"cost_bearer": change.cost_bearer, "ground": change.ground}
    trail.record(
        actor,
        action,
        "record_change",
        change.id,
        now=now,
        municipality_id=record.institution.municipality_id,
        after=after,
        reason=reason,
    )


def _tell(
    record: ProcurementRecord,
    change: RecordChange,
    template: str,
    people: Sequence[Recipient],
    side: str,
    more: dict[str, Any] | None = None,
) -> None:
    """Write to one side what is asked or answered."""
    shown = next(row for row in changes([change.record_id]) if row.id == change.id)
    outbox.queue(
        template,
        people,
        key=f"change {change.id} {change.state}, {side}",
        data={
            "side": side,
            "cycle": record.cycle.name,
            "record_id": record.id,
            "number": record.number,
            "institution": record.institution.name,
            "producer": record.producer.name,
            "kind": change.kind,
            "state": change.state,
            "reason": change.reason,
            "answer": change.answer,
            "cost_bearer": change.cost_bearer,
            "initiative": change.initiative,
            "ground": change.ground,
            "lines": [
                {
                    "name": line.name,
                    "unit": line.unit,
                    "date": line.delivery_date.isoformat(),
                    "delivery_point": line.delivery_point,
                    "before": line.before,
                    "quantity": line.quantity,
                }
                for line in shown.lines
            ],
            **(more or {}),
        },
        municipality_id=record.institution.municipality_id,
        object_type="procurement_record",
        object_id=record.id,
    )
