"""Mailed links: each works once, for a time, and a newer one makes the older ones void."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update

from foodorder.accounts.models import OneTimeToken, Person, TokenPurpose
from foodorder.accounts.sessions import digest
from foodorder.db import db
from foodorder.rules.errors import N_, Refusal

LIFE = {
    TokenPurpose.INVITATION: timedelta(days=7),
    TokenPurpose.PASSWORD: timedelta(hours=2),
}


class LinkVoid(Refusal):
    """A mailed link that was used, replaced, too old or mistyped: which one is nobody's business."""

    message = N_("This link does not work any more. Ask for a new one.")


def issue(person_id: int, purpose: TokenPurpose, now: datetime) -> str:
    """Make a link's secret; earlier links of the person for the same purpose stop working."""
    _void(person_id, now, purpose)
    secret = secrets.token_urlsafe(32)
    db.session.add(
        OneTimeToken(
            person_id=person_id, purpose=purpose, secret_hash=digest(secret), expires_at=now + LIFE[purpose]
        )
    )
    db.session.flush()
    return secret


def person_of(secret: str, purpose: TokenPurpose, now: datetime) -> Person | None:
    """Whom a link that still works for this purpose belongs to; None for every other."""
    return db.session.scalar(
        select(Person)
        .join(OneTimeToken, OneTimeToken.person_id == Person.id)
        .where(
            OneTimeToken.secret_hash == digest(secret),
            OneTimeToken.purpose == purpose,
            OneTimeToken.used_at.is_(None),
            OneTimeToken.expires_at > now,
            Person.active,
        )
    )


def use(secret: str, purpose: TokenPurpose, now: datetime) -> Person:
    """Use a link up, whoever comes first, and with it every other of the person. Raises LinkVoid.

    Whoever chooses a password by one link is not to find another set by an older mail.
    """
    person_id = db.session.scalar(
        update(OneTimeToken)
        .where(
            OneTimeToken.secret_hash == digest(secret),
            OneTimeToken.purpose == purpose,
            OneTimeToken.used_at.is_(None),
            OneTimeToken.expires_at > now,
        )
        .values(used_at=now)
        .returning(OneTimeToken.person_id)
    )
    person = db.session.get(Person, person_id) if person_id else None
    if person is None or not person.active:
        raise LinkVoid
    _void(person.id, now)
    return person


def _void(person_id: int, now: datetime, purpose: TokenPurpose | None = None) -> None:
    """Make the open links of a person void: those for one purpose, or all."""
    open_links = update(OneTimeToken).where(
        OneTimeToken.person_id == person_id, OneTimeToken.used_at.is_(None)
    )
    if purpose is not None:
        open_links = open_links.where(OneTimeToken.purpose == purpose)
    db.session.execute(open_links.values(used_at=now))
