"""Stripe's messages: proved, kept, answered at once. What they say is done right after, or by the clock."""

from functools import partial

import structlog
from flask import abort, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from foodorder.accounts.limits import count_forgery
from foodorder.billing.stripe_gateway import ForgedMessage, verified
from foodorder.billing.webhooks import UnreadableMessage, do, keep
from foodorder.blueprints.shared.access import public
from foodorder.blueprints.shared.stripe import stripe_settings
from foodorder.blueprints.webhooks import bp
from foodorder.db import clock, retrying, transaction

log = structlog.get_logger()

#: Stripe's own messages stay far below it.
LARGEST = 256 * 1024


@bp.post("/stripe")
@public
def stripe() -> Response:
    """Take a message. 200: it is kept; 400: it is not Stripe's, or stale; 429: too many such from there."""
    settings = stripe_settings()
    request.max_content_length = LARGEST
    payload = request.get_data(cache=False)
    try:
        event = verified(payload, request.headers.get("Stripe-Signature", ""), settings.webhook_secret)
    except ForgedMessage as reason:
        log.warning("webhook_refused", reason=str(reason)[:200])
        return refused()
    try:
        with transaction():
            number = keep(event, now=clock())
    except UnreadableMessage:
        abort(400)
    try:
        retrying(partial(_do, number))
    except SQLAlchemyError:
        # It is kept: the clock tries again.
        log.exception("webhook_not_done", stripe_event=number)
    return Response("kept", 200, content_type="text/plain")


def _do(number: str) -> None:
    do(number, now=clock())


def refused() -> Response:
    """The answer to who is not Stripe; each is counted."""
    with transaction():
        too_many = count_forgery(request.remote_addr or "", clock())
    return Response("refused", 429 if too_many else 400, content_type="text/plain")
