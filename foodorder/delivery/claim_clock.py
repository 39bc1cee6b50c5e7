"""The clock of claims: when the agreed time is over, both sides are told, once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from foodorder.accounts.recipients import recipients_of_institution, recipients_of_producer
from foodorder.db import db
from foodorder.outbox import service as outbox

# What was told is known by its message: no column has to be kept beside it.
_OVERDUE = text("""
SELECT c.id, c.due_at FROM claim c
 WHERE c.resolved_at IS NULL AND c.state <> 'declined' AND c.due_at < :now
   AND NOT EXISTS (SELECT 1 FROM message m
                    WHERE m.object_type = 'claim' AND m.object_id = c.id AND m.template = 'claim_overdue')
 ORDER BY c.due_at, c.id
""")

_ONE = text("""
SELECT c.id, c.kind, c.quantity, c.due_at, c.promised_at, l.name, l.unit, n.number, n.delivery_date,
       n.producer_id, p.name AS producer, n.institution_id, i.short_name AS institution, i.municipality_id
  FROM claim c
  JOIN delivery_line l ON l.id = c.delivery_line_id
  JOIN delivery_note n ON n.id = l.note_id
  JOIN producer p ON p.id = n.producer_id
  JOIN institution i ON i.id = n.institution_id
 WHERE c.id = :claim AND c.resolved_at IS NULL
   FOR UPDATE OF n
""")


def overdue(now: datetime) -> Sequence[Row[Any]]:
    """Open claims whose time is over and of which nobody was told yet: `id`, `due_at`."""
    return db.session.execute(_OVERDUE, {"now": now}).all()


def tell_overdue(claim_id: int, *, now: datetime) -> int:
    """Tell both sides that the kitchen may buy elsewhere now; returns how many messages are new."""
    claim = db.session.execute(_ONE, {"claim": claim_id}).one_or_none()
    if claim is None or claim.due_at >= now:
        return 0
    return outbox.queue(
        "claim_overdue",
        recipients_of_producer(claim.producer_id) + recipients_of_institution(claim.institution_id),
        key=f"claim {claim.id} overdue",
        data={
            "claim": claim.id,
            "kind": claim.kind,
            "name": claim.name,
            "unit": claim.unit,
            "quantity": claim.quantity,
            "due_at": claim.due_at.isoformat(),
            "promised_at": claim.promised_at.isoformat() if claim.promised_at else None,
            "producer": claim.producer,
            "institution": claim.institution,
            "number": claim.number,
            "delivery_date": claim.delivery_date.isoformat(),
        },
        municipality_id=claim.municipality_id,
        object_type="claim",
        object_id=claim.id,
    )
