"""In: any stage that must tell a person something, in the same transaction.
Out: mail, one row per recipient, with the server's answer.
Frozen when: a message is `sent` only after the mail server accepted it.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from foodorder.db import Model, one_of


class MessageState(StrEnum):
    """`no_address`: the person has no e-mail; somebody must print it or telephone; then it is `printed`."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    NO_ADDRESS = "no_address"
    PRINTED = "printed"


class Message(Model):
    """One message to one recipient: template name, language and data; rendered when it is sent."""

    __tablename__ = "message"
    __table_args__ = (
        one_of("state", MessageState),
        Index("ix_message_due", "next_attempt_at", postgresql_where=text("state = 'queued'")),
        Index("ix_message_object", "object_type", "object_id"),
        Index("ix_message_municipality", "municipality_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    #: Same key, same message: a job that runs twice writes it once.
    dedupe_key: Mapped[str] = mapped_column(Text, unique=True)
    template: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    recipient_name: Mapped[str] = mapped_column(Text)
    recipient_email: Mapped[str | None] = mapped_column(Text)
    municipality_id: Mapped[int | None]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: [{"document": name, "format": "pdf", "arguments": {...}}, ...], rendered when sent.
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    object_type: Mapped[str | None] = mapped_column(Text)
    object_id: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(Text, default=MessageState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    last_error: Mapped[str | None] = mapped_column(Text)
    server_answer: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=text("foodorder_clock()"))
    sent_at: Mapped[datetime | None]
