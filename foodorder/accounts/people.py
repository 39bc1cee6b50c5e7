"""People: brought in by invitation, given roles, let go."""

from datetime import datetime

from sqlalchemy import select, update

from foodorder.accounts import sessions, tokens
from foodorder.accounts.changing import change
from foodorder.accounts.models import Person, RoleGrant, TokenPurpose
from foodorder.accounts.passwords import hash_password, plain_email
from foodorder.accounts.roles import (
    Reach,
    grant_role,
    keep_an_administrator,
    municipality_of,
    organisation_name,
    reach_of,
)
from foodorder.db import db
from foodorder.outbox import service as outbox
from foodorder.outbox.service import Recipient
from foodorder.rules.passwords import check_password
from foodorder.rules.permissions import ROLE_LABELS, Role
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


def create_person(
    email: str,
    name: str,
    *,
    language: str = "sl",
    password: str | None = None,
    password_hash: str | None = None,
    actor: Actor,
    now: datetime,
) -> Person:
    """Somebody new, or the person who has this address already.

    A password is set only for somebody new; `password_hash` is for seeds that give many the same one.
    Raises a refusal of rules.passwords.
    """
    person = find_person(email)
    if person is not None:
        return person
    if password is not None:
        check_password(password, email=email, name=name)
        password_hash = hash_password(password)
    person = Person(
        email=plain_email(email),
        name=name,
        language=language,
        password_hash=password_hash,
        password_set_at=now if password_hash else None,
        created_at=now,
    )
    db.session.add(person)
    db.session.flush()
    # Name and address may have to be erased one day; the trail keeps the number.
    trail.record(actor, "person.created", "person", person.id, now=now, after={"language": language})
    return person


def find_person(email: str) -> Person | None:
    """The person with an address."""
    return db.session.scalar(select(Person).where(Person.email == plain_email(email)))


def invite(
    email: str,
    name: str,
    role: Role,
    reach: Reach,
    *,
    language: str = "sl",
    valid_until: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> Person:
    """Bring somebody in with a role and mail them how to log in; raises what grant_role raises.

    Whoever has a password already is only told of the new role.
    """
    person = create_person(email, name, language=language, actor=actor, now=now)
    grant = grant_role(person, role, reach, valid_until=valid_until, actor=actor, now=now)
    _mail_invitation(person, grant, now)
    return person


def invite_again(person: Person, *, actor: Actor, now: datetime) -> None:
    """Mail a new invitation to somebody who has not chosen a password yet; the old link stops working."""
    grants = sessions.live_grants(person.id, now)
    if grants and person.password_hash is None:
        _mail_invitation(person, grants[0], now)
        trail.record(actor, "person.invited_again", "person", person.id, now=now)


def _mail_invitation(person: Person, grant: RoleGrant, now: datetime) -> None:
    path = "/login"
    if person.password_hash is None:
        path = f"/invitation/{tokens.issue(person.id, TokenPurpose.INVITATION, now)}"
    reach = reach_of(grant)
    outbox.queue(
        "invitation",
        [Recipient(person.name, person.email, person.language)],
        key=f"invitation {grant.id} {now.isoformat()}",
        data={
            "name": person.name,
            "role": ROLE_LABELS[Role(grant.role)],
            "organisation": organisation_name(reach),
            "new": person.password_hash is None,
            "until": grant.last_moment.isoformat() if grant.last_moment else None,
            "path": path,
        },
        municipality_id=municipality_of(reach),
        object_type="person",
        object_id=person.id,
    )


def accept_invitation(secret: str, name: str, password: str, *, actor: Actor, now: datetime) -> Person:
    """Use an invitation: the person's own spelling of the name, and a password.

    Raises LinkVoid or a refusal of rules.passwords (the link then still works).
    """
    person = tokens.person_of(secret, TokenPurpose.INVITATION, now)
    if person is None:
        raise tokens.LinkVoid
    check_password(password, email=person.email, name=name)
    person = tokens.use(secret, TokenPurpose.INVITATION, now)
    person.name = name
    person.password_hash = hash_password(password)
    person.password_set_at = now
    trail.record(actor, "person.joined", "person", person.id, now=now)
    sessions.revoke_all(person.id, actor=actor, now=now)
    return person


def deactivate_person(person: Person, *, reason: str | None = None, actor: Actor, now: datetime) -> None:
    """Let somebody go: logged out everywhere, never in again until reactivated. Raises LastAdministrator."""
    if not person.active:
        return
    if any(grant.role == Role.ADMINISTRATOR for grant in sessions.live_grants(person.id, now)):
        keep_an_administrator(person.id)
    person.active = False
    sessions.revoke_all(person.id, actor=actor, now=now)
    trail.record(actor, "person.deactivated", "person", person.id, now=now, reason=reason)


def reactivate_person(person: Person, *, actor: Actor, now: datetime) -> None:
    """Let somebody in again, with the roles that were not revoked."""
    if not person.active:
        person.active = True
        trail.record(actor, "person.reactivated", "person", person.id, now=now)


def edit_person(person: Person, *, name: str, language: str, actor: Actor, now: datetime) -> None:
    """Change one's own name or language. The trail learns that the name changed, not what it was."""
    _before, after = change(person, {"name": name, "language": language})
    if after:
        hidden = {"name": "changed"} if "name" in after else {}
        trail.record(
            actor, "person.changed", "person", person.id, now=now, before=None, after={**after, **hidden}
        )


def choose_language(person_id: int, language: str) -> None:
    """Remember the language a person chose by the switch of the top bar; a taste, so without the trail."""
    db.session.execute(update(Person).where(Person.id == person_id).values(language=language))
