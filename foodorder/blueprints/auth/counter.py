"""What the pages of this counter share: who acts before anybody is logged in, and how a log-in begins."""

import time
from datetime import datetime
from typing import Any

from flask import Blueprint, g, request, session, url_for
from flask_login import current_user, login_user

from foodorder.accounts.models import Person
from foodorder.accounts.sessions import SEEN_EVERY, start_session, touch
from foodorder.blueprints.shared.access import acting, load_login
from foodorder.blueprints.shared.language import local_path
from foodorder.blueprints.shared.navigation import first_page
from foodorder.db import clock, transaction
from foodorder.trail.actor import Actor, Source

bp = Blueprint("auth", __name__)

#: An answer about an e-mail address takes at least so long, whether or not anybody has it. Seconds.
SLOWEST = 0.3


def somebody(person: Person | None = None) -> Actor:
    """The actor of a request that nobody is logged in for; a person once they have proved who they are."""
    return Actor(Source.PERSON, person.id if person else None, request_id=g.get("request_id"))


def typed(field: Any) -> str:
    """What stands in a text field; empty for none."""
    return str(field.data or "")


def address() -> str:
    """The network address attempts are counted by."""
    return request.remote_addr or "unknown"


def enter(person: Person, now: datetime) -> None:
    """Log this browser in, inside the caller's transaction."""
    secret, _login = start_session(
        person, actor=somebody(person), now=now, user_agent=request.user_agent.string
    )
    browser = load_login(secret)
    if browser is not None:
        login_user(browser)
    g.pop("acting", None)


def landing(target: str | None = None) -> str:
    """Where a person goes after the log-in: where they wanted to go, else the first page of their role."""
    if target and local_path(target) != "/":
        return local_path(target)
    who = acting()
    return url_for(first_page(who)) if who else url_for("auth.profile")


@bp.before_app_request
def note_use() -> None:
    """Keep the login session of somebody who works alive.

    When the last look was stands in the cookie, so that most requests ask nothing more of the database.
    """
    if (
        time.time() - session.get("seen", 0.0) < SEEN_EVERY.total_seconds()
        or not current_user.is_authenticated
    ):
        return
    session["seen"] = int(time.time())
    with transaction():
        touch(current_user.login, clock())


def take_time(started: float) -> None:
    """Answer no sooner than `SLOWEST` after `started` (time.monotonic), so that the time tells nothing."""
    time.sleep(max(0.0, SLOWEST - (time.monotonic() - started)))
