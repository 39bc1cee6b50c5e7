"""Passwords: argon2id, checked in the same time whether or not the account exists."""

from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from sqlalchemy import select

from foodorder.accounts import limits, sessions, tokens
from foodorder.accounts.models import Person, TokenPurpose
from foodorder.db import db
from foodorder.outbox import service as outbox
from foodorder.outbox.service import Recipient
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.passwords import check_password
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

#: argon2id with the least that OWASP's Password Storage Cheat Sheet asks for: many log in at once.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
#: Verified when there is no account or no password yet, so that the answer takes as long.
NOBODY = HASHER.hash("nobody has this password")


class WrongCredentials(Refusal):
    """E-mail or password is wrong: never which of them."""

    message = N_("The e-mail address and the password do not belong together. Check both.")


class WrongPassword(Refusal):
    """The present password, asked for before a change."""

    message = N_("This is not your present password.")
    default_field = "present"


def plain_email(text: str) -> str:
    """An e-mail address as it is stored: without blanks, in small letters."""
    return text.strip().lower()


def hash_password(password: str) -> str:
    """The argon2id hash of a password, with its parameters and salt."""
    return HASHER.hash(password)


def fits(stored: str | None, password: str) -> bool:
    """Whether the password belongs to a stored hash; takes as long when there is none."""
    try:
        HASHER.verify(stored or NOBODY, password)
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False
    return stored is not None


def check_credentials(email: str, password: str) -> Person:
    """The active person whom an address and a password belong to.

    Raises WrongCredentials, after the same work whether or not there is such an account. The hash is
    renewed when its parameters changed; the account's counted attempts are forgotten.
    """
    person = db.session.scalar(select(Person).where(Person.email == plain_email(email)))
    right = fits(person.password_hash if person else None, password)
    if person is None or not right or not person.active:
        raise WrongCredentials
    if person.password_hash and HASHER.check_needs_rehash(person.password_hash):
        person.password_hash = hash_password(password)
    limits.forget(email)
    return person


def ask_reset(email: str, *, actor: Actor, now: datetime) -> None:
    """Mail a link for a new password, if there is such an account; the caller answers the same either way."""
    person = db.session.scalar(select(Person).where(Person.email == plain_email(email), Person.active))
    if person is None:
        return
    secret = tokens.issue(person.id, TokenPurpose.PASSWORD, now)
    outbox.queue(
        "password_reset",
        [Recipient(person.name, person.email, person.language)],
        key=f"password {person.id} {now.isoformat()}",
        data={"name": person.name, "path": f"/password/{secret}"},
    )
    trail.record(actor, "password.reset_asked", "person", person.id, now=now)


def set_by_link(secret: str, password: str, *, actor: Actor, now: datetime) -> Person:
    """Set the password by a mailed link, which is used up, and log the person out everywhere.

    Raises LinkVoid or a refusal of rules.passwords (the link then still works).
    """
    person = tokens.person_of(secret, TokenPurpose.PASSWORD, now)
    if person is None:
        raise tokens.LinkVoid
    check_password(password, email=person.email, name=person.name)
    person = tokens.use(secret, TokenPurpose.PASSWORD, now)
    _set(person, password, actor=actor, now=now)
    sessions.revoke_all(person.id, actor=actor, now=now)
    return person


def change_password(
    person: Person, present: str, password: str, *, session_id: int | None, actor: Actor, now: datetime
) -> None:
    """Change one's own password and log out every other browser.

    Raises WrongPassword or a refusal of rules.passwords.
    """
    if not fits(person.password_hash, present):
        raise WrongPassword
    check_password(password, email=person.email, name=person.name)
    _set(person, password, actor=actor, now=now)
    sessions.revoke_all(person.id, actor=actor, now=now, but=session_id)


def _set(person: Person, password: str, *, actor: Actor, now: datetime) -> None:
    person.password_hash = hash_password(password)
    person.password_set_at = now
    trail.record(actor, "password.set", "person", person.id, now=now)
