"""Logged-in browsers: begun at log-in, found by the cookie's secret, ended by log-out or from another device.

The cookie holds a random secret, the table only its SHA-256: who reads the database cannot log in.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import or_, select, text, update
from sqlalchemy.orm import joinedload

from foodorder.accounts.models import Institution, LoginSession, Person, RoleGrant
from foodorder.db import db
from foodorder.rules.errors import N_, Refusal
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

#: A browser that was not used for so long is logged out: a draft begun in the evening is finished at six.
LIFE = timedelta(hours=36)
#: How often the time of the last use is written: not at every page.
SEEN_EVERY = timedelta(minutes=10)


class NotYourRole(Refusal):
    """A role that the person does not have, or has no more."""

    message = N_("You do not have this role any more. Ask the coordinator of your municipality.")


def digest(secret: str) -> bytes:
    """SHA-256 of a secret: what is stored of sessions and mailed links."""
    return hashlib.sha256(secret.encode()).digest()


def live_grants(person_id: int, now: datetime) -> list[RoleGrant]:
    """The person's roles that are neither revoked nor past their end, oldest first."""
    return list(
        db.session.scalars(
            select(RoleGrant)
            .where(
                RoleGrant.person_id == person_id,
                RoleGrant.revoked_at.is_(None),
                or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until > now),
            )
            .order_by(RoleGrant.id)
        )
    )


def start_session(
    person: Person, *, actor: Actor, now: datetime, user_agent: str | None = None
) -> tuple[str, LoginSession]:
    """Log a browser in; returns the secret for its cookie and the session.

    The person continues in the role they worked in last, else in their first.
    """
    secret = secrets.token_urlsafe(32)
    session = LoginSession(
        secret_hash=digest(secret),
        person_id=person.id,
        grant_id=_grant_to_begin_with(person.id, now),
        created_at=now,
        last_seen_at=now,
        expires_at=now + LIFE,
        user_agent=(user_agent or "")[:300] or None,
    )
    db.session.add(session)
    db.session.flush()
    trail.record(actor, "session.started", "person", person.id, now=now)
    return secret, session


def _grant_to_begin_with(person_id: int, now: datetime) -> int | None:
    grants = [grant.id for grant in live_grants(person_id, now)]
    last = db.session.scalar(
        select(LoginSession.grant_id)
        .where(LoginSession.person_id == person_id, LoginSession.grant_id.in_(grants))
        .order_by(LoginSession.last_seen_at.desc())
        .limit(1)
    )
    return last or next(iter(grants), None)


# A role that was revoked or is past its end is none.
_FIND = text("""
SELECT s.id AS session_id, s.person_id, p.language, s.on_behalf_of_producer_id AS on_behalf_of, g.role,
       g.institution_id, coalesce(here.zone, m.zone) AS zone
  FROM login_session s
  JOIN person p ON p.id = s.person_id AND p.active
  LEFT JOIN role_grant g ON g.id = s.grant_id AND g.revoked_at IS NULL
        AND (g.valid_until IS NULL OR g.valid_until > foodorder_clock())
  LEFT JOIN institution i ON i.id = g.institution_id
  LEFT JOIN municipality here ON here.id = i.municipality_id
  LEFT JOIN municipality m ON m.id = g.municipality_id
 WHERE s.secret_hash = :secret_hash AND s.revoked_at IS NULL AND s.expires_at > foodorder_clock()
""")

_WHOLE = (
    joinedload(LoginSession.person)
    .joinedload(Person.grants)
    .options(
        joinedload(RoleGrant.institution).joinedload(Institution.municipality),
        joinedload(RoleGrant.producer),
        joinedload(RoleGrant.municipality),
    ),
)


class Found(NamedTuple):
    """A live session in plain values: what every request asks, and many ask nothing more.

    `role` and what follows are of the present role, None without a live one; `zone` that of its
    municipality, None for those whose role is in none.
    """

    session_id: int
    person_id: int
    language: str
    on_behalf_of: int | None
    role: str | None
    institution_id: int | None
    zone: str | None


def find_session(secret: str) -> Found | None:
    """The live session behind a cookie's secret; None once it is over, revoked, or its person dismissed."""
    row = db.session.execute(_FIND, {"secret_hash": digest(secret)}).one_or_none()
    return Found._make(row) if row else None


def load_session(session_id: int) -> LoginSession:
    """A session with its person, all roles and organisations, in one query."""
    return db.session.get_one(LoginSession, session_id, options=_WHOLE)


def touch(session: LoginSession, now: datetime) -> bool:
    """Note that a session is used, at most every ten minutes; returns whether it wrote. Without the trail."""
    if now - session.last_seen_at < SEEN_EVERY:
        return False
    session.last_seen_at = now
    session.expires_at = now + LIFE
    return True


def switch_role(session: LoginSession, grant_id: int, *, actor: Actor, now: datetime) -> RoleGrant:
    """Continue in another role of the same person, on nobody's behalf. Raises NotYourRole."""
    grant = next((one for one in live_grants(session.person_id, now) if one.id == grant_id), None)
    if grant is None:
        raise NotYourRole
    session.grant_id = grant.id
    session.on_behalf_of_producer_id = None
    trail.record(
        actor, "session.role_switched", "person", session.person_id, now=now,
        municipality_id=grant.municipality_id, after={"grant": grant.id, "role": grant.role},
    )  # fmt: skip
    return grant


def act_for(session: LoginSession, producer_id: int | None, *, actor: Actor, now: datetime) -> None:
    """Let a coordinator act for a producer from here on, or for nobody (None).

    The counter has made sure that the producer belongs to the coordinator's municipality.
    """
    before, session.on_behalf_of_producer_id = session.on_behalf_of_producer_id, producer_id
    trail.record(
        actor, "session.acts_for", "person", session.person_id, now=now,
        before={"producer": before} if before else None, after={"producer": producer_id},
    )  # fmt: skip


def sessions_of(person_id: int, now: datetime) -> list[LoginSession]:
    """Where a person is logged in, last used first."""
    return list(
        db.session.scalars(
            select(LoginSession)
            .where(
                LoginSession.person_id == person_id,
                LoginSession.revoked_at.is_(None),
                LoginSession.expires_at > now,
            )
            .order_by(LoginSession.last_seen_at.desc(), LoginSession.id.desc())
        )
    )


def revoke_session(session_id: int, person_id: int, *, actor: Actor, now: datetime) -> bool:
    """Log one browser of a person out; False if there is no such live session of theirs."""
    return _revoke(person_id, actor=actor, now=now, only=session_id) > 0


def revoke_all(person_id: int, *, actor: Actor, now: datetime, but: int | None = None) -> int:
    """Log a person out everywhere, but for the session `but`; returns how many browsers that were."""
    return _revoke(person_id, actor=actor, now=now, but=but)


def _revoke(
    person_id: int, *, actor: Actor, now: datetime, only: int | None = None, but: int | None = None
) -> int:
    statement = (
        update(LoginSession)
        .where(LoginSession.person_id == person_id, LoginSession.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(LoginSession.id)
    )
    if only is not None:
        statement = statement.where(LoginSession.id == only)
    if but is not None:
        statement = statement.where(LoginSession.id != but)
    ended = list(db.session.scalars(statement))
    if ended:
        trail.record(actor, "session.ended", "person", person_id, now=now, after={"sessions": ended})
    return len(ended)
