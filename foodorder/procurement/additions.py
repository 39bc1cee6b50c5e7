"""Urgent additions after the close that make a record of their own, and the producer's yes to them.

A trip, or what another farm cannot bring: the kitchen has no record with the producer in the cycle, or the
addition would be bought on another lawful basis than the record's. The basis is chosen by the same rule as
for orders; what fits a record in force becomes the next version of that one, the rest new records.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from foodorder.accounts.models import Institution, Producer
from foodorder.catalogue.models import OfferVersion
from foodorder.db import db
from foodorder.ordering.models import OrderLine
from foodorder.ordering.substitutes import Answer, substitutes_for
from foodorder.ordering.terms import hold_order, situation
from foodorder.procurement.apart import check_apart, write_apart
from foodorder.procurement.changes import AlreadyAsked, ReasonMissing, agree, ask_change, hold_change
from foodorder.procurement.lawful import OtherBasis
from foodorder.procurement.models import (
    ChangeKind,
    ChangeState,
    ProcurementRecord,
    RecordChange,
    RecordLine,
)
from foodorder.procurement.told import leave_trail, leave_trail_of_record, tell_institution, tell_producer
from foodorder.procurement.wanted import NothingAsked, Wanted, check_additions
from foodorder.rules.cycle import State
from foodorder.rules.errors import N_, Amount, Refusal
from foodorder.rules.practices import CostBearer, Initiative
from foodorder.rules.sourcing import CeilingReached, NotCoveredThatDay, NotEntitledThatDay, OutsideTheTerm
from foodorder.trail.actor import Actor

#: Why more cannot be bought on the basis of a record, though it may be on another.
ELSEWHERE = (OtherBasis, CeilingReached, OutsideTheTerm, NotEntitledThatDay, NotCoveredThatDay)


class StillOpen(Refusal):
    """An addition before the close, or of a cycle that was cancelled."""

    message = N_("Additions can be asked for after the close. Until then, order it.")


class NotInstead(Refusal):
    """Something that may not come instead of what is missing."""

    message = N_("This may not come instead: it is other food, another day or another delivery point.")


class MoreThanMissing(Refusal):
    """More instead than what is missing."""

    message = N_("At most %(most)s may come instead of what is missing.")
    default_field = "quantity"


@dataclass(frozen=True, slots=True)
class Instead:
    """The ordered line that does not come, and how much of it is missing, thousandths."""

    order_line_id: int
    missing: int


def ask_addition(
    cycle_id: int,
    institution_id: int,
    producer_id: int,
    wanted: Sequence[Wanted],
    reason: str,
    *,
    instead: Instead | None = None,
    actor: Actor,
    now: datetime,
) -> RecordChange:
    """Ask a producer after the close for what makes a record of its own; both see it until it is answered.

    `wanted` names offers. `instead`: what another producer does not bring; then it must be allowed instead.

    Raises NoSuchCycle, StillOpen, AlreadyAsked, ReasonMissing, NothingAsked, what `check_additions` and
    `check_apart` raise, and for substitutes NotInstead, MoreThanMissing or what speaks against it.
    """
    if not reason.strip():
        raise ReasonMissing
    # Also where the kitchen ordered nothing: the order's row is what everything is checked against.
    at = situation(hold_order(cycle_id, institution_id))
    if at.state not in (State.RECORDED, State.SETTLED):
        raise StillOpen
    _only_one(cycle_id, institution_id, producer_id)
    change = RecordChange(
        cycle_id=cycle_id,
        institution_id=institution_id,
        producer_id=producer_id,
        kind=ChangeKind.ADDITION.value,
        state=ChangeState.ASKED.value,
        reason=reason.strip(),
        asked_at=now,
        asked_by_id=actor.person_id,
        initiative=Initiative.BUYER.value,
        instead_of_id=instead.order_line_id if instead else None,
        missing=instead.missing if instead else None,
    )
    change.lines = check_additions(change, wanted, _today(institution_id, now))
    if not change.lines:
        raise NothingAsked
    _check_instead(change)
    check_apart(change)
    db.session.add(change)
    db.session.flush()
    leave_trail(change, "change.asked", actor, now, reason=change.reason)
    tell_producer(change, "change_asked")
    return change


def ask_more(
    record_id: int, wanted: Sequence[Wanted], reason: str, *, actor: Actor, now: datetime
) -> RecordChange:
    """Ask for more with a record; where its lawful basis does not carry it, for an addition of its own.

    Raises what `ask_change` and `ask_addition` raise.
    """
    try:
        return ask_change(record_id, ChangeKind.ADDITION, wanted, reason, actor=actor, now=now)
    except ELSEWHERE:
        record = db.session.get_one(ProcurementRecord, record_id)
        apart = [_apart(item) for item in wanted]
        return ask_addition(
            record.cycle_id, record.institution_id, record.producer_id, apart, reason, actor=actor, now=now
        )


def accept_addition(
    change_id: int, cost_bearer: CostBearer | None, answer: str = "", *, actor: Actor, now: datetime
) -> list[ProcurementRecord]:
    """The producer says yes: returns the records written, one for each lawful basis, in order of number.

    Raises AlreadyAnswered, CostBearerMissing, or what `write_apart` raises where there is no longer so much,
    or no longer lawfully.
    """
    change = hold_change(change_id)
    if change.record_id is not None:
        raise ValueError(f"request {change.id} is about a record: accept it as a change")
    agree(change, cost_bearer, answer, actor, now)
    _check_instead(change)
    written = write_apart(change, now=now)
    leave_trail(change, "change.accepted", actor, now, reason=change.answer)
    records = [record for record, _replaced in written]
    for record, replaced in written:
        leave_trail_of_record(record, change, replaced, actor, now)
    tell_institution(change, "change_answered", records)
    tell_producer(change, "change_answered", records)
    return records


def _only_one(cycle_id: int, institution_id: int, producer_id: int) -> None:
    waiting = select(RecordChange.id).where(
        RecordChange.cycle_id == cycle_id,
        RecordChange.institution_id == institution_id,
        RecordChange.producer_id == producer_id,
        RecordChange.record_id.is_(None),
        RecordChange.state == ChangeState.ASKED,
    )
    if db.session.execute(waiting).first() is not None:
        raise AlreadyAsked


def _today(institution_id: int, now: datetime) -> date:
    institution = db.session.get_one(Institution, institution_id)
    return now.astimezone(ZoneInfo(institution.municipality.zone)).date()


def _apart(item: Wanted) -> Wanted:
    """By how much a line of a record is to grow, as goods of their own."""
    if item.record_line_id is None:
        return item
    line = db.session.get_one(RecordLine, item.record_line_id)
    version = db.session.get_one(OfferVersion, line.offer_version_id)
    return Wanted(
        item.quantity - line.quantity,
        offer_id=version.offer_id,
        delivery_point_id=line.delivery_point_id,
        delivery_date=line.delivery_date,
        field=item.field,
    )


def _check_instead(change: RecordChange) -> None:
    """Refuse what may not come instead of the missing line: the rules of substitution, as they are now."""
    if change.instead_of_id is None:
        return
    line = db.session.get(OrderLine, change.instead_of_id)
    if line is None or (line.cycle_id, line.institution_id) != (change.cycle_id, change.institution_id):
        raise NotInstead
    answer = substitutes_for(line.id, min(change.missing or 0, line.quantity))
    if answer.never is not None:
        raise answer.never
    allowed = {one.offer: one for one in answer.substitutes}
    sums: dict[int, int] = {}
    for asked in change.lines:
        version = db.session.get_one(OfferVersion, asked.offer_version_id)
        one = allowed.get(version.offer_id)
        if one is None:
            raise _against(answer, version, change)
        if (asked.delivery_date, asked.delivery_point_id) != (line.delivery_date, line.delivery_point_id):
            raise NotInstead
        sums[one.offer] = sums.get(one.offer, 0) + asked.quantity
        if sums[one.offer] > one.quantity:
            raise MoreThanMissing(most=Amount(one.quantity, one.unit))


def _against(answer: Answer, version: OfferVersion, change: RecordChange) -> Refusal:
    """Why an offer may not come instead."""
    producer_name = db.session.get_one(Producer, change.producer_id).name
    for name, producer, refusal in answer.refused:
        if (name, producer) == (version.name, producer_name):
            return refusal
    return NotInstead()
