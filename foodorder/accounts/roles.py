"""Roles: who is what, where, until when."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from foodorder.accounts.models import Institution, Municipality, Person, Producer, RoleGrant
from foodorder.db import db
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.permissions import SCOPES, NotAllowed, Role, Scope, may_invite, may_invite_for_a_time
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


class EndWanted(NotAllowed):
    """An outside auditor without a last day, let in by somebody who may only do so for a time."""

    message = N_("Say until which day. Only the administrator lets auditors in without an end.")
    default_field = "valid_until"


class EndsTooLate(NotAllowed):
    """An access limited in time that is hardly limited."""

    message = N_("Choose a day within a year. It can be given again.")
    default_field = "valid_until"


#: The longest access of somebody who is let in for a time.
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a role holds: one institution, producer or municipality; none of them for administrators."""

    institution_id: int | None = None
    producer_id: int | None = None
    municipality_id: int | None = None


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
    Raises NotAllowed when the giver's role may not give this one, EndWanted or EndsTooLate when it may only
    for a time, EndsInThePast, HasRoleAlready.
    """
    if actor.role is not None:
        _check_giver(Role(actor.role), role, valid_until, now)
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
        actor, "role.granted", "person", person.id, now=now, municipality_id=municipality_of(reach),
        after=_described(grant),
    )  # fmt: skip
    return grant


def _check_giver(giver: Role, role: Role, valid_until: datetime | None, now: datetime) -> None:
    if may_invite(giver, role):
        return
    if not may_invite_for_a_time(giver, role):
        raise NotAllowed
    if valid_until is None:
        raise EndWanted
    if valid_until > now + LONGEST:
        raise EndsTooLate


def revoke_grant(grant: RoleGrant, *, reason: str | None = None, actor: Actor, now: datetime) -> None:
    """Take a role away; it ends in every browser at once. Raises NotAllowed, LastAdministrator."""
    if grant.revoked_at is not None:
        return
    if actor.role is not None and not may_invite(Role(actor.role), Role(grant.role)):
        raise NotAllowed
    if grant.role == Role.ADMINISTRATOR:
        keep_an_administrator(grant.person_id)
    grant.revoked_at = now
    trail.record(
        actor, "role.revoked", "person", grant.person_id, now=now, reason=reason,
        municipality_id=municipality_of(reach_of(grant)),
        before=_described(grant),
    )  # fmt: skip


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


def keep_an_administrator(leaving_id: int) -> None:
    """Refuse that the last one leaves; locks them all, so that two do not dismiss each other at once.

    Raises LastAdministrator.
    """
    administrators = db.session.scalars(
        select(RoleGrant)
        .join(RoleGrant.person)
        .where(RoleGrant.role == Role.ADMINISTRATOR, RoleGrant.revoked_at.is_(None), Person.active)
        .order_by(RoleGrant.id)
        .with_for_update(of=RoleGrant)
    ).all()
    if all(grant.person_id == leaving_id for grant in administrators):
        raise LastAdministrator


def municipality_of(reach: Reach) -> int | None:
    """The municipality whose auditors may read of a role; None for producers and the installation."""
    if reach.institution_id is not None:
        return db.session.scalar(
            select(Institution.municipality_id).where(Institution.id == reach.institution_id)
        )
    return reach.municipality_id


def reach_of(grant: RoleGrant) -> Reach:
    """Where a role holds."""
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
