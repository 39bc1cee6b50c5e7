"""The outbox: what was written to whom, what became of it; try again, read, print."""

from flask import current_app, redirect, render_template, request, url_for
from jinja2 import TemplateError
from werkzeug.wrappers import Response

from foodorder.blueprints.coordinator.counter import bp, done, found, municipality
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.page import flash_undo
from foodorder.config import Settings
from foodorder.db import clock, transaction
from foodorder.language import gettext as _
from foodorder.language import ngettext
from foodorder.outbox import by_hand, render
from foodorder.outbox.models import Message, MessageState
from foodorder.outbox.queries import MessageFilter, message_counts, message_of, undelivered
from foodorder.outbox.queries import messages as read_messages
from foodorder.outbox.service import without_secrets
from foodorder.rules.permissions import Permission

SIZE = 50


@bp.get("/messages")
@needs(Permission.OUTBOX_SEE)
def messages() -> str:
    """A page of the outbox, filtered by state and words."""
    own = municipality()
    state = request.args.get("state", "")
    wanted = MessageFilter(
        MessageState(state) if state in set(MessageState) else None,
        request.args.get("words", "").strip()[:100],
    )
    page = max(request.args.get("page", 1, type=int), 1)
    rows, total = read_messages(own.id, wanted, page=page, size=SIZE)
    return render_template(
        "coordinator/messages.html",
        rows=[(message, subject_of(message)) for message in rows],
        total=total,
        page=page,
        pages=-(-total // SIZE),
        wanted=wanted,
        counts=message_counts(own.id),
        states=list(MessageState),
        mail=_settings().mail,
    )


@bp.get("/messages/<int:message_id>")
@needs(Permission.OUTBOX_SEE)
def message(message_id: int) -> str:
    """One message as its recipient reads it, and what the mail server said."""
    own = found(message_of(municipality().id, message_id))
    subject, text = text_of(own)
    return render_template("coordinator/message.html", message=own, subject=subject, text=text)


@bp.get("/messages/print")
@needs(Permission.OUTBOX_SEE)
def print_messages() -> str:
    """All messages that wait for paper, each on a sheet of its own."""
    waiting = undelivered(municipality().id, (MessageState.NO_ADDRESS,))
    return render_template(
        "coordinator/print_messages.html", sheets=[(message, *text_of(message)) for message in waiting]
    )


@bp.post("/messages/retry")
@bp.post("/messages/<int:message_id>/retry")
@needs(Permission.OUTBOX_RETRY)
def retry_messages(message_id: int | None = None) -> Response:
    """Try a failed message again from the beginning, or all of them."""
    own = municipality()
    with transaction():
        count = by_hand.retry_failed(own.id, _one(message_id), actor=present().actor, now=clock())
    said = ngettext(
        "%(count)s message is tried again.", "%(count)s messages are tried again.", count, count=count
    )
    return done(said, "coordinator.messages")


@bp.post("/messages/printed")
@bp.post("/messages/<int:message_id>/printed")
@needs(Permission.OUTBOX_RETRY)
def mark_printed(message_id: int | None = None) -> Response:
    """Note that messages were handed over on paper; for ten seconds it can be taken back."""
    own = municipality()
    chosen = _one(message_id) or [int(text) for text in request.form.getlist("message") if text.isdecimal()]
    with transaction():
        count = by_hand.mark_printed(own.id, chosen, actor=present().actor, now=clock())
    said = ngettext(
        "%(count)s message is marked as printed.",
        "%(count)s messages are marked as printed.",
        count,
        count=count,
    )
    if message_id is None:
        return done(said, "coordinator.messages")
    flash_undo(said, url_for("coordinator.not_printed", message_id=message_id))
    return redirect(url_for("coordinator.message", message_id=message_id), code=303)


@bp.post("/messages/<int:message_id>/not-printed")
@needs(Permission.OUTBOX_RETRY)
def not_printed(message_id: int) -> Response:
    """Take the note back."""
    with transaction():
        by_hand.unmark_printed(municipality().id, _one(message_id), actor=present().actor, now=clock())
    return done(_("The message waits again."), "coordinator.message", message_id=message_id)


def _one(message_id: int | None) -> list[int]:
    return [] if message_id is None else [found(message_of(municipality().id, message_id)).id]


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def text_of(message: Message) -> tuple[str, str]:
    """Subject and text as the recipient reads them, without what would let the reader in."""
    base_url = _settings().base_url or request.url_root.rstrip("/")
    try:
        return render.mail(
            message.template, message.language, {**without_secrets(message.data), "base_url": base_url}
        )
    except (TemplateError, KeyError, ValueError, TypeError):
        current_app.logger.exception("message %s cannot be rendered", message.id)
        return message.template, _("This message cannot be shown: its text could not be made.")


def subject_of(message: Message) -> str:
    """The subject alone."""
    return text_of(message)[0]
