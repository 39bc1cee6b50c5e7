"""People: brought in by invitation, given roles, let go."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from foodorder.accounts import sessions, tokens
from foodorder.accounts.changing import change
from foodorder.accounts.models import Institution, Municipality, Person, Producer, RoleGrant, TokenPurpose
from foodorder.accounts.passwords import hash_password, plain_email
from foodorder.db import db
from foodorder.outbox import service as outbox
from foodorder.outbox.service import Recipient
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.passwords import check_password
from foodorder.rules.permissions import ROLE_LABELS, SCOPES, NotAllowed, Role, Scope, may_invite
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


class HasRoleAlready(Refusal):
    """The same role in the same organisation, a second time."""

    message = N_("%(name)s has this role already.")
    default_field = "email"


class LastAdministrator(Refusal):
    """Without any administrator nobody could let anybody in."""

    message = N_("This is the last administrator. Give the role to somebody else first.")


class EndsInThePast(Refusal):
    """A limited access that would be over before it begins."""

    message = N_("Choose a day in the future.")
    default_field = "valid_until"


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a role holds: one institution, producer or municipality; none of them for administrators."""

    institution_id: int | None = None
    producer_id: int | None = None
    municipality_id: int | None = None


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


def grant_role(
    person: Person,
    role: Role,
    reach: Reach,
    *,
    valid_until: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> RoleGrant:
    """Give a person a role, until a time if it is limited (outside auditors).

    The counter has made sure that the organisation is within the giver's reach.
    Raises NotAllowed when the giver's role may not give this one, EndsInThePast, HasRoleAlready.
    """
    if actor.role is not None and not may_invite(Role(actor.role), role):
        raise NotAllowed
    if valid_until is not None and valid_until <= now:
        raise EndsInThePast
    _end_expired(person, role, reach, now)
    if _holding(person, role, reach):
        raise HasRoleAlready(name=person.name)
    grant = RoleGrant(
        person_id=person.id,
        role=role,
        institution_id=reach.institution_id,
        producer_id=reach.producer_id,
        municipality_id=reach.municipality_id,
        granted_at=now,
        granted_by_id=actor.person_id,
        valid_until=valid_until,
    )
    db.session.add(grant)
    db.session.flush()
    trail.record(
        actor, "role.granted", "person", person.id, now=now, municipality_id=_municipality_of(reach),
        after=_described(grant),
    )  # fmt: skip
    return grant


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
    reach = _reach_of(grant)
    outbox.queue(
        "invitation",
        [Recipient(person.name, person.email, person.language)],
        key=f"invitation {grant.id} {now.isoformat()}",
        data={
            "name": person.name,
            "role": ROLE_LABELS[Role(grant.role)],
            "organisation": organisation_name(reach),
            "new": person.password_hash is None,
            "path": path,
        },
        municipality_id=_municipality_of(reach),
        object_type="person",
        object_id=person.id,
    )


def accept_invitation(secret: str, name: str, password: str, *, actor: Actor, now: datetime) -> Person:
    """Use an invitation: the person's own spelling of the name, and a password.

    Raises LinkVoid or a refusal of rules.passwords (the link then still works).
    """
    person = tokens.person_of(secret, now)
    if person is None:
        raise tokens.LinkVoid
    check_password(password, email=person.email, name=name)
    person = tokens.use(secret, now)
    person.name = name
    person.password_hash = hash_password(password)
    person.password_set_at = now
    trail.record(actor, "person.joined", "person", person.id, now=now)
    return person


def revoke_grant(grant: RoleGrant, *, reason: str | None = None, actor: Actor, now: datetime) -> None:
    """Take a role away; it ends in every browser at once. Raises NotAllowed, LastAdministrator."""
    if grant.revoked_at is not None:
        return
    if actor.role is not None and not may_invite(Role(actor.role), Role(grant.role)):
        raise NotAllowed
    if grant.role == Role.ADMINISTRATOR:
        _keep_an_administrator(grant.person_id)
    grant.revoked_at = now
    trail.record(
        actor, "role.revoked", "person", grant.person_id, now=now, reason=reason,
        municipality_id=_municipality_of(_reach_of(grant)),
        before=_described(grant),
    )  # fmt: skip


def deactivate_person(person: Person, *, reason: str | None = None, actor: Actor, now: datetime) -> None:
    """Let somebody go: logged out everywhere, never in again until reactivated. Raises LastAdministrator."""
    if not person.active:
        return
    if any(grant.role == Role.ADMINISTRATOR for grant in sessions.live_grants(person.id, now)):
        _keep_an_administrator(person.id)
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


def set_language(person: Person, language: str, *, actor: Actor, now: datetime) -> None:
    """Remember the language a person chose."""
    edit_person(person, name=person.name, language=language, actor=actor, now=now)


def organisation_name(reach: Reach) -> str:
    """The organisation of a role; empty for the whole installation."""
    for table, key in (
        (Institution, reach.institution_id),
        (Producer, reach.producer_id),
        (Municipality, reach.municipality_id),
    ):
        if key is not None:
            return str(db.session.scalars(select(table.name).where(table.id == key)).one())
    return ""


def reach_for(role: Role, organisation_id: int | None) -> Reach:
    """The reach of a role over one organisation, whose kind follows from the role."""
    match SCOPES[role]:
        case Scope.INSTITUTION:
            return Reach(institution_id=organisation_id)
        case Scope.PRODUCER:
            return Reach(producer_id=organisation_id)
        case Scope.MUNICIPALITY:
            return Reach(municipality_id=organisation_id)
        case Scope.INSTALLATION:
            return Reach()


def _holding(person: Person, role: Role, reach: Reach) -> list[RoleGrant]:
    return list(
        db.session.scalars(
            select(RoleGrant).where(
                RoleGrant.person_id == person.id,
                RoleGrant.role == role,
                RoleGrant.revoked_at.is_(None),
                RoleGrant.institution_id.is_not_distinct_from(reach.institution_id),
                RoleGrant.producer_id.is_not_distinct_from(reach.producer_id),
                RoleGrant.municipality_id.is_not_distinct_from(reach.municipality_id),
            )
        )
    )


def _end_expired(person: Person, role: Role, reach: Reach, now: datetime) -> None:
    """A limited role that has run out makes room for a new one."""
    for grant in _holding(person, role, reach):
        if grant.valid_until is not None and grant.valid_until <= now:
            grant.revoked_at = grant.valid_until
    db.session.flush()


def _keep_an_administrator(leaving_id: int) -> None:
    """Raises LastAdministrator. Locks the administrators, so that two do not dismiss each other at once."""
    administrators = db.session.scalars(
        select(RoleGrant)
        .join(RoleGrant.person)
        .where(RoleGrant.role == Role.ADMINISTRATOR, RoleGrant.revoked_at.is_(None), Person.active)
        .order_by(RoleGrant.id)
        .with_for_update(of=RoleGrant)
    ).all()
    if all(grant.person_id == leaving_id for grant in administrators):
        raise LastAdministrator


def _municipality_of(reach: Reach) -> int | None:
    if reach.institution_id is not None:
        return db.session.scalar(
            select(Institution.municipality_id).where(Institution.id == reach.institution_id)
        )
    return reach.municipality_id


def _reach_of(grant: RoleGrant) -> Reach:
    return Reach(grant.institution_id, grant.producer_id, grant.municipality_id)


def _described(grant: RoleGrant) -> dict[str, object]:
    held = {
        "role": grant.role,
        "institution": grant.institution_id,
        "producer": grant.producer_id,
        "municipality": grant.municipality_id,
        "valid_until": grant.valid_until,
    }
    return {name: value for name, value in held.items() if value is not None}
