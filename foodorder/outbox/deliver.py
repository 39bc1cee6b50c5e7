"""Hand queued messages to the mail server; "sent" is written only after the server accepted a message.

A message is claimed by moving its next attempt five minutes ahead, so any number of processes deliver side by
side; a crash between acceptance and the mark sends it again with the same Message-ID, by which mail programs
recognise the second copy.

Whose fault a failure is decides what follows. The server cannot be reached, or does not take our log-in:
nothing is wrong with the message, so it waits without losing an attempt and the run ends. The server says
"not now" (4xx), or breaks off, or the message cannot be rendered: it is tried again, ever later. The server
says "never" (5xx: no such mailbox): it has failed at once, and the coordinator sees it with the answer.
A server that breaks off or is too slow ends the run, so that a job never waits for it message after message.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import localtime
from typing import Any

import structlog
from sqlalchemy import func, select, text, update

from foodorder.config import Mail
from foodorder.db import db, transaction
from foodorder.language import DEFAULT_ZONE
from foodorder.outbox import render
from foodorder.outbox.models import Message, MessageState
from foodorder.outbox.post import Never, NotNow, Post, Unreachable
from foodorder.outbox.service import without_secrets

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
#: For how long a process has a message to itself: longer than the mail server may take for one.
LEASE = timedelta(minutes=5)

#: Renders an attachment from its description, in a language, with the site's address:
#: (file name, media type, content).
Attach = Callable[[Mapping[str, Any], str, str], tuple[str, str, bytes]]


def deliver_due(mail: Mail, base_url: str, attach: Attach, limit: int = 200) -> tuple[int, int]:
    """Send what is due, one transaction a message; returns (sent, failed).

    Nothing is tried without a mail server, or a folder in its place.
    """
    sent = failed = 0
    if not (mail.host or mail.folder):
        return sent, failed
    with Post(mail) as post:
        for _ in range(limit):
            with transaction():
                message_id = claim()
            if message_id is None:
                break
            delivered = _deliver(message_id, post, base_url, attach)
            sent += delivered
            failed += not delivered
            if post.broken:
                break
    return sent, failed


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


def _deliver(message_id: int, post: Post, base_url: str, attach: Attach) -> bool:
    try:
        # A transaction of its own: attachments are kept, and no connection waits for the mail server.
        with transaction():
            message = db.session.get_one(Message, message_id, populate_existing=True)
            address = message.recipient_email or ""
            envelope = compose(message, post.mail.sender, base_url, attach)
            kept = without_secrets(message.data)
    except Exception as error:
        # A message that cannot be rendered must not stop the ones behind it; it is shown with its cause.
        log.exception("message_not_rendered", message=message_id)
        with transaction():
            _try_again(message_id, f"{type(error).__name__}: {error}")
        return False
    try:
        answer = post.hand_over(envelope, address)
    except Unreachable as error:
        with transaction():
            _give_back(message_id, str(error))
        return False
    except NotNow as error:
        with transaction():
            _try_again(message_id, str(error))
        return False
    except Never as error:
        with transaction():
            _mark(message_id, state=MessageState.FAILED, last_error=str(error)[:500])
        return False
    with transaction():
        _mark(
            message_id,
            state=MessageState.SENT,
            sent_at=func.foodorder_clock(),
            server_answer=answer[:500],
            last_error=None,
            # A link that works is now in the recipient's mailbox and nowhere else.
            data=kept,
        )
    return True


def _mark(message_id: int, **values: Any) -> None:
    db.session.execute(update(Message).where(Message.id == message_id).values(values))


def _try_again(message_id: int, error: str) -> None:
    """Later, or never again when every attempt is used up."""
    attempts = db.session.execute(select(Message.attempts).where(Message.id == message_id)).scalar_one()
    over = attempts > len(BACKOFF)
    _mark(
        message_id,
        state=MessageState.FAILED if over else MessageState.QUEUED,
        last_error=error[:500],
        next_attempt_at=func.clock_timestamp() + BACKOFF[min(attempts, len(BACKOFF)) - 1],
    )


def _give_back(message_id: int, error: str) -> None:
    """Not the message's fault: as if it had not been tried, but the cause is shown."""
    _mark(
        message_id,
        attempts=Message.attempts - 1,
        last_error=error[:500],
        next_attempt_at=func.clock_timestamp() + BACKOFF[0],
    )


def written(message: Message, base_url: str) -> tuple[str, str]:
    """Subject and text of a message as its recipient reads them; also for printing it.

    Times are told in the municipality's zone. Raises jinja2.UndefinedError when data are missing.
    """
    sender = db.session.execute(
        text("SELECT name, zone FROM municipality WHERE id = :id"), {"id": message.municipality_id}
    ).one_or_none()
    data = {"municipality": sender.name if sender else "", **message.data, "base_url": base_url}
    return render.mail(message.template, message.language, data, sender.zone if sender else DEFAULT_ZONE)


def compose(message: Message, sender: str, base_url: str, attach: Attach) -> EmailMessage:
    """The mail as it goes out: subject and text from the template, attachments rendered now."""
    subject, body = written(message, base_url)
    envelope = EmailMessage()
    envelope["Subject"] = subject
    envelope["From"] = sender
    envelope["To"] = Address(message.recipient_name, addr_spec=message.recipient_email)
    envelope["Date"] = localtime()
    fingerprint = hashlib.sha256(message.dedupe_key.encode()).hexdigest()[:32]
    envelope["Message-ID"] = f"<{fingerprint}@{sender.rpartition('@')[2].rstrip('>') or 'foodorder'}>"
    envelope["Auto-Submitted"] = "auto-generated"
    envelope["Content-Language"] = message.language
    envelope.set_content(body)
    for attachment in message.attachments:
        name, media_type, content = attach(attachment, message.language, base_url)
        main, _, sub = media_type.partition("/")
        envelope.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return envelope
