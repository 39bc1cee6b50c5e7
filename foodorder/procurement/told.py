"""The trail and the messages of requests after the close."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from foodorder.accounts.recipients import recipients_of_institution, recipients_of_producer
from foodorder.outbox import service as outbox
from foodorder.procurement.models import ProcurementRecord, RecordChange
from foodorder.procurement.requests import change_row
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


def leave_trail(
    change: RecordChange, action: str, actor: Actor, now: datetime, reason: str | None = None
) -> None:
    """One event of a request."""
    after: dict[str, Any] = {
        "record": change.record_id, "kind": change.kind, "state": change.state,
        "initiative": change.initiative,
    }  # fmt: skip
    if change.record_id is None:
        after |= {
            "cycle": change.cycle_id, "institution": change.institution_id, "producer": change.producer_id,
        }  # fmt: skip
    if change.cost_bearer is not None:
        after |= {"cost_bearer": change.cost_bearer, "ground": change.ground}
    trail.record(
        actor,
        action,
        "record_change",
        change.id,
        now=now,
        municipality_id=change.institution.municipality_id,
        after=after,
        reason=reason,
    )


def leave_trail_of_record(
    written: ProcurementRecord,
    change: RecordChange,
    replaced: ProcurementRecord | None,
    actor: Actor,
    now: datetime,
) -> None:
    """One event of a record that a request made, with what it replaces."""
    before = None
    if replaced is not None:
        before = {"record": replaced.id, "number": replaced.number, "net_cents": replaced.net_cents}
    trail.record(
        actor,
        "record.written",
        "procurement_record",
        written.id,
        now=now,
        municipality_id=change.institution.municipality_id,
        before=before,
        after={"number": written.number, "net_cents": written.net_cents, "change": change.id},
        reason=change.reason,
    )


def tell_producer(change: RecordChange, template: str, written: Sequence[ProcurementRecord] = ()) -> None:
    """Write to the producer what is asked, withdrawn or answered."""
    people = recipients_of_producer(change.producer_id)
    outbox.queue(template, people, **_message(change, "producer", written))


def tell_institution(change: RecordChange, template: str, written: Sequence[ProcurementRecord] = ()) -> None:
    """Write to the kitchen what was answered."""
    people = recipients_of_institution(change.institution_id)
    outbox.queue(template, people, **_message(change, "institution", written))


def _message(change: RecordChange, side: str, written: Sequence[ProcurementRecord]) -> dict[str, Any]:
    """`written`: the records that the request made; until there are any it is about the one it changes."""
    about = [*written] or ([change.record] if change.record else [])
    about_id = about[0].id if about else change.id
    return {
        "key": f"change {change.id} {change.state}, {side}",
        "data": {
            "side": side,
            "cycle": change.cycle.name,
            "change_id": change.id,
            "apart": change.record_id is None,
            "record_id": about[0].id if about else None,
            "number": ", ".join(record.number for record in about) or None,
            "institution": change.institution.name,
            "producer": change.producer.name,
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
                for line in change_row(change.id).lines
            ],
        },
        "municipality_id": change.institution.municipality_id,
        "object_type": "procurement_record" if about else "record_change",
        "object_id": about_id,
    }
