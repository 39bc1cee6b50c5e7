"""Queue messages in the transaction that causes them; hand them to the mail server after it.

"sent" is written only after the server accepted a message. A message is claimed by moving its next attempt
five minutes ahead, so any number of processes deliver side by side; a crash between acceptance and the mark
sends it again with the same Message-ID.
"""

import hashlib
import json
import smtplib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import structlog
from sqlalchemy import func, select, text, update

from foodorder.config import Mail
from foodorder.db import db, transaction
from foodorder.outbox import render
from foodorder.outbox.models import Message, MessageState

log = structlog.get_logger()

#: Waiting times after the first, second, … failed attempt; after the last the message has failed.
BACKOFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
)
LEASE = timedelta(minutes=5)
TIMEOUT_SECONDS = 20

_QUEUE = text("""
INSERT INTO message (dedupe_key, template, language, recipient_name, recipient_email, municipality_id, data,
                     attachments, object_type, object_id, state, attempts)
SELECT :key || '|' || coalesce(nullif(email, ''), name), :template, language, name, nullif(email, ''),
       CAST(:municipality_id AS integer), CAST(:data AS jsonb), CAST(:attachments AS jsonb),
       CAST(:object_type AS text), CAST(:object_id AS bigint),
       CASE WHEN nullif(email, '') IS NULL THEN 'no_address' ELSE 'queued' END, 0
  FROM json_to_recordset(CAST(:recipients AS json)) AS r(name text, email text, language text)
ON CONFLICT (dedupe_key) DO NOTHING
""")

#: Renders an attachment's description to (file name, media type, content).
Attach = Callable[[Mapping[str, Any], str], tuple[str, str, bytes]]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom to write to; without an e-mail the message waits for a person who prints it."""

    name: str
    email: str | None
    language: str


def queue(
    template: str,
    recipients: Sequence[Recipient],
    *,
    key: str,
    data: Mapping[str, Any],
    municipality_id: int | None = None,
    object_type: str | None = None,
    object_id: int | None = None,
    attachments: Sequence[Mapping[str, Any]] = (),
) -> int:
    """Write one message per recipient; returns how many are new.

    `key` names the occasion ("cycle 7 opened"): the same key and address never give a second message.
    `data` must be plain JSON: numbers, texts, lists; templates format them in the recipient's language.
    """
    if not recipients:
        return 0
    written = db.session.execute(
        _QUEUE,
        {
            "key": key,
            "template": template,
            "municipality_id": municipality_id,
            "data": json.dumps(dict(data)),
            "attachments": json.dumps([dict(attachment) for attachment in attachments]),
            "object_type": object_type,
            "object_id": object_id,
            "recipients": json.dumps([asdict(recipient) for recipient in recipients]),
        },
    )
    return int(written.rowcount)  # type: ignore[attr-defined]


def claim() -> int | None:
    """Take the message that has waited longest and is due; returns its id. Commit before sending."""
    due = (
        select(Message.id)
        .where(Message.state == MessageState.QUEUED, Message.next_attempt_at <= func.clock_timestamp())
        .order_by(Message.next_attempt_at, Message.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    return db.session.execute(
        update(Message)
        .where(Message.id == due)
        .values(next_attempt_at=func.clock_timestamp() + LEASE, attempts=Message.attempts + 1)
        .returning(Message.id)
    ).scalar_one_or_none()


def deliver_due(mail: Mail, base_url: str, attach: Attach, limit: int = 200) -> tuple[int, int]:
    """Send what is due, one transaction a message; returns (sent, failed).

    Nothing is tried without a mail server.
    """
    sent = failed = 0
    if not mail.host:
        return sent, failed
    for _ in range(limit):
        with transaction():
            message_id = claim()
        if message_id is None:
            break
        if _deliver(message_id, mail, base_url, attach):
            sent += 1
        else:
            failed += 1
    return sent, failed


def _deliver(message_id: int, mail: Mail, base_url: str, attach: Attach) -> bool:
    with transaction():
        message = db.session.get_one(Message, message_id)
        attempts, envelope = message.attempts, None
        try:
            envelope = compose(message, mail, base_url, attach)
        except Exception as error:
            # A message that cannot be rendered must not stop the ones behind it; it is shown with its cause.
            log.exception("message_not_rendered", message=message_id)
            _mark_failure(message_id, attempts, f"{type(error).__name__}: {error}")
    if envelope is None:
        return False
    try:
        answer = send(envelope, mail)
    except (smtplib.SMTPException, OSError) as error:
        with transaction():
            _mark_failure(message_id, attempts, str(error) or type(error).__name__)
        return False
    with transaction():
        db.session.execute(
            update(Message)
            .where(Message.id == message_id)
            .values(
                state=MessageState.SENT,
                sent_at=func.foodorder_clock(),
                server_answer=answer,
                last_error=None,
            )
        )
    return True


def _mark_failure(message_id: int, attempts: int, error: str) -> None:
    last = attempts > len(BACKOFF)
    db.session.execute(
        update(Message)
        .where(Message.id == message_id)
        .values(
            state=MessageState.FAILED if last else MessageState.QUEUED,
            last_error=error[:500],
            next_attempt_at=func.clock_timestamp() + BACKOFF[min(attempts, len(BACKOFF)) - 1],
        )
    )


def compose(message: Message, mail: Mail, base_url: str, attach: Attach) -> EmailMessage:
    """The mail as it goes out: subject and text from the template, attachments rendered now."""
    subject, body = render.mail(message.template, message.language, {**message.data, "base_url": base_url})
    envelope = EmailMessage()
    envelope["Subject"] = subject
    envelope["From"] = mail.sender
    envelope["To"] = message.recipient_email
    fingerprint = hashlib.sha256(message.dedupe_key.encode()).hexdigest()[:32]
    envelope["Message-ID"] = f"<{fingerprint}@{mail.sender.partition('@')[2] or 'foodorder'}>"
    envelope["Auto-Submitted"] = "auto-generated"
    envelope.set_content(body)
    for attachment in message.attachments:
        name, media_type, content = attach(attachment, message.language)
        main, _, sub = media_type.partition("/")
        envelope.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return envelope


def send(envelope: EmailMessage, mail: Mail) -> str:
    """Hand one mail to the server; returns its answer. Raises SMTPException or OSError."""
    connect = smtplib.SMTP_SSL if mail.encryption == "tls" else smtplib.SMTP
    with connect(mail.host, mail.port, timeout=TIMEOUT_SECONDS) as server:
        if mail.encryption == "starttls":
            server.starttls()
        if mail.username:
            server.login(mail.username, mail.password)
        refused = server.send_message(envelope)
        if refused:
            raise smtplib.SMTPRecipientsRefused(refused)
    return "250 accepted"


def retry(message_id: int) -> None:
    """Try a failed message again from the beginning."""
    db.session.execute(
        text(
            "UPDATE message SET state = 'queued', attempts = 0, next_attempt_at = clock_timestamp()"
            " WHERE id = :id AND state = 'failed'"
        ),
        {"id": message_id},
    )
