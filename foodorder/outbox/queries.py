"""Reading the outbox: what was written to whom, and what became of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select

from foodorder.db import db
from foodorder.outbox.models import Message, MessageState


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which messages of a municipality: one state, words in the recipient's name or address."""

    state: MessageState | None = None
    words: str = ""

    def conditions(self, municipality_id: int) -> list[ColumnElement[bool]]:
        """As conditions of a statement."""
        found: list[ColumnElement[bool]] = [Message.municipality_id == municipality_id]
        if self.state is not None:
            found.append(Message.state == self.state)
        if self.words:
            found.append(
                or_(
                    Message.recipient_name.icontains(self.words, autoescape=True),
                    Message.recipient_email.icontains(self.words, autoescape=True),
                )
            )
        return found


def messages(
    municipality_id: int, wanted: MessageFilter, *, page: int = 1, size: int = 50
) -> tuple[Sequence[Message], int]:
    """One page of a municipality's messages, newest first, and how many there are in all."""
    conditions = wanted.conditions(municipality_id)
    total = db.session.scalars(select(func.count(Message.id)).where(*conditions)).one()
    rows = db.session.scalars(
        select(Message).where(*conditions).order_by(Message.id.desc()).limit(size).offset((page - 1) * size)
    ).all()
    return rows, total


def message_counts(municipality_id: int) -> dict[MessageState, int]:
    """How many messages of a municipality are in each state."""
    rows = db.session.execute(
        select(Message.state, func.count())
        .where(Message.municipality_id == municipality_id)
        .group_by(Message.state)
    )
    return {MessageState(state): count for state, count in rows}


def undelivered(
    municipality_id: int,
    states: Collection[MessageState] = (MessageState.FAILED, MessageState.NO_ADDRESS),
    limit: int = 200,
) -> Sequence[Message]:
    """Messages that reached nobody and wait for a person, oldest first."""
    return db.session.scalars(
        select(Message)
        .where(Message.municipality_id == municipality_id, Message.state.in_(states))
        .order_by(Message.id)
        .limit(limit)
    ).all()


def message_of(municipality_id: int, message_id: int) -> Message | None:
    """A message of this municipality; None for another's."""
    return db.session.scalar(
        select(Message).where(Message.id == message_id, Message.municipality_id == municipality_id)
    )
