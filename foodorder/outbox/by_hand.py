"""What a coordinator does with messages that did not arrive: try again, or print and hand over."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select, update

from foodorder.db import db
from foodorder.outbox.models import Message, MessageState
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


def retry_failed(
    municipality_id: int, message_ids: Sequence[int] = (), *, actor: Actor, now: datetime
) -> int:
    """Queue failed messages of a municipality again, all of them or those named; returns how many."""
    again = {"state": MessageState.QUEUED, "attempts": 0, "next_attempt_at": func.clock_timestamp()}
    return _move(municipality_id, message_ids, (MessageState.FAILED,), again, "message.retried", actor, now)


def mark_printed(
    municipality_id: int, message_ids: Sequence[int] = (), *, actor: Actor, now: datetime
) -> int:
    """Note that messages without an address, or that failed, were handed over on paper; returns how many."""
    waiting = (MessageState.NO_ADDRESS, MessageState.FAILED) if message_ids else (MessageState.NO_ADDRESS,)
    printed = {"state": MessageState.PRINTED}
    return _move(municipality_id, message_ids, waiting, printed, "message.printed", actor, now)


def unmark_printed(municipality_id: int, message_ids: Sequence[int], *, actor: Actor, now: datetime) -> int:
    """Take the note back: the messages wait for somebody again."""
    address = Message.recipient_email.is_(None)
    waiting = {"state": case((address, MessageState.NO_ADDRESS.value), else_=MessageState.FAILED.value)}
    printed = (MessageState.PRINTED,)
    return _move(municipality_id, message_ids, printed, waiting, "message.print_undone", actor, now)


def _move(
    municipality_id: int,
    message_ids: Sequence[int],
    states: Sequence[MessageState],
    values: Mapping[str, Any],
    action: str,
    actor: Actor,
    now: datetime,
) -> int:
    chosen = select(Message.id).where(Message.municipality_id == municipality_id, Message.state.in_(states))
    if message_ids:
        chosen = chosen.where(Message.id.in_(message_ids))
    moved = db.session.scalars(
        update(Message)
        .where(Message.id.in_(chosen.order_by(Message.id).with_for_update()))
        .values(values)
        .returning(Message.id)
        .execution_options(synchronize_session="fetch")
    ).all()
    for message_id in moved:
        trail.record(actor, action, "message", message_id, now=now, municipality_id=municipality_id)
    return len(moved)
