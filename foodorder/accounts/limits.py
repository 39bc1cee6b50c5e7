"""Attempts counted in the database, so that any number of web processes count together.

Call `count_login` and its like in a transaction of its own, committed before the attempt is judged: one that
fails, or never ends, has counted all the same. That is why they return the refusal instead of raising it.
"""

import hashlib
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from foodorder.accounts.models import LoginAttempt
from foodorder.db import db
from foodorder.rules.limits import (
    FORGED_PER_ADDRESS,
    LOGIN_PER_ACCOUNT,
    LOGIN_PER_ADDRESS,
    REGISTER_PER_ADDRESS,
    RESET_PER_ACCOUNT,
    RESET_PER_ADDRESS,
    Limit,
    TooManyAttempts,
    check_attempts,
)


def count_login(email: str, address: str, now: datetime) -> TooManyAttempts | None:
    """Count an attempt to log in; returns the refusal if it is one too many."""
    return _count(
        now, (_key("login", email), LOGIN_PER_ACCOUNT), (_key("login from", address), LOGIN_PER_ADDRESS)
    )


def count_reset(email: str, address: str, now: datetime) -> TooManyAttempts | None:
    """Count a request for a new password; returns the refusal if it is one too many."""
    return _count(
        now, (_key("reset", email), RESET_PER_ACCOUNT), (_key("reset from", address), RESET_PER_ADDRESS)
    )


def count_registration(address: str, now: datetime) -> TooManyAttempts | None:
    """Count a producer's registration; returns the refusal if it is one too many."""
    return _count(now, (_key("register from", address), REGISTER_PER_ADDRESS))


def count_forgery(address: str, now: datetime) -> TooManyAttempts | None:
    """Count a message with a wrong signature; returns the refusal if it is one too many."""
    return _count(now, (_key("forged from", address), FORGED_PER_ADDRESS))


def forget(email: str) -> None:
    """Begin anew for an account after a log-in that succeeded."""
    db.session.execute(delete(LoginAttempt).where(LoginAttempt.key == _key("login", email)))


def _key(occasion: str, whose: str) -> bytes:
    return hashlib.sha256(f"{occasion}|{whose.strip().lower()}".encode()).digest()


def _count(now: datetime, *counted: tuple[bytes, Limit]) -> TooManyAttempts | None:
    limits = dict(counted)
    # In key order, so that two processes never wait for each other.
    rows = [
        {"key": key, "window_start": limits[key].window_start(now), "attempts": 1} for key in sorted(limits)
    ]
    statement = insert(LoginAttempt).values(rows)
    counts = db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["key", "window_start"], set_={"attempts": LoginAttempt.attempts + 1}
        ).returning(LoginAttempt.key, LoginAttempt.attempts)
    ).all()
    try:
        for key, attempts in counts:
            check_attempts(limits[bytes(key)], attempts, now)
    except TooManyAttempts as refusal:
        return refusal
    return None
