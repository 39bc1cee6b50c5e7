"""Readers of pages, and their browsers: logged in without the waiting of a log-in."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from foodorder.accounts.models import LoginSession, RoleGrant
from foodorder.accounts.sessions import LIFE, digest
from foodorder.db import db
from foodorder.rules.permissions import Role


@dataclass
class Reader:
    """Somebody with a role, and whether what they see is their own."""

    role: Role
    person_id: int
    #: Of the browser session that they are logged in with.
    secret: str
    #: The marks that must never stand on a page of theirs.
    hidden: tuple[str, ...] = ()


def log_in(person_id: int, now: datetime) -> tuple[str, int]:
    """A browser session without the waiting of a log-in: the secret of its cookie, and its id."""
    secret = secrets.token_urlsafe(16)
    grant_id = db.session.scalars(select(RoleGrant.id).where(RoleGrant.person_id == person_id)).first()
    session = LoginSession(
        secret_hash=digest(secret),
        person_id=person_id,
        grant_id=grant_id,
        created_at=now,
        last_seen_at=now,
        expires_at=now + LIFE,
    )
    db.session.add(session)
    db.session.flush()
    return secret, session.id


def browser(
    app: Flask, reader: Reader | None, kind: type[FlaskClient] = FlaskClient, *, seen: bool = True
) -> FlaskClient:
    """A fresh browser in which the reader is logged in; by default one that does not judge pages.

    `seen` a moment ago: the site does not note it again, as at most requests.
    """
    client = kind(app, app.response_class)
    if reader is not None:
        with client.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = reader.secret, True
            cookie["seen"] = datetime.now(UTC).timestamp() if seen else 0.0
    return client
