"""People: invited, given roles, let go."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from foodorder.accounts import people, queries, roles, sessions, tokens
from foodorder.accounts.models import Person, TokenPurpose
from foodorder.db import clock
from foodorder.outbox.models import Message
from foodorder.rules.permissions import NotAllowed, Role
from foodorder.trail.actor import COMMAND, Actor, Source
from foodorder.trail.models import TrailEvent
from tests.factories import World

GOOD = "three words apart"


def administrator(email: str = "boss@example.org") -> Person:
    person = people.create_person(email, "Boss", password=GOOD, actor=COMMAND, now=clock())
    roles.grant_role(person, Role.ADMINISTRATOR, roles.Reach(), actor=COMMAND, now=clock())
    return person


def coordinator(world: World) -> Actor:
    person = world.add_person(Role.COORDINATOR, municipality_id=world.municipality.id)
    return Actor(Source.PERSON, person.id, Role.COORDINATOR)


def invite(world: World, **more: object) -> Person:
    reach = roles.Reach(institution_id=world.add_institution().id)
    return people.invite(
        "cook@example.org", "Cook", Role.KITCHEN_MANAGER, reach, actor=coordinator(world), now=clock(), **more
    )


def secret_of(session: Session) -> str:
    data = session.scalars(select(Message.data).order_by(Message.id.desc())).first()
    assert data is not None
    return str(data["path"]).rpartition("/")[2]


def test_an_invitation_is_mailed_and_used_once(world: World, session: Session) -> None:
    person = invite(world)
    secret = secret_of(session)
    people.accept_invitation(secret, "Ana Cook", GOOD, actor=COMMAND, now=clock())
    assert person.name == "Ana Cook"
    assert person.password_hash
    with pytest.raises(tokens.LinkVoid):
        people.accept_invitation(secret, "Ana", GOOD, actor=COMMAND, now=clock())


def test_an_invitation_runs_out_after_seven_days(world: World, session: Session) -> None:
    invite(world)
    secret = secret_of(session)
    assert (
        tokens.person_of(secret, TokenPurpose.INVITATION, clock() + timedelta(days=6, hours=23)) is not None
    )
    assert tokens.person_of(secret, TokenPurpose.INVITATION, clock() + timedelta(days=7, seconds=1)) is None


def test_inviting_again_makes_the_first_link_void(world: World, session: Session) -> None:
    person = invite(world)
    first = secret_of(session)
    people.invite_again(person, actor=COMMAND, now=clock() + timedelta(minutes=1))
    assert secret_of(session) != first
    assert tokens.person_of(first, TokenPurpose.INVITATION, clock()) is None


def test_whoever_has_a_password_is_only_told(world: World, session: Session) -> None:
    people.create_person("cook@example.org", "Cook", password=GOOD, actor=COMMAND, now=clock())
    invite(world)
    data = session.scalars(select(Message.data)).one()
    assert data["path"] == "/login"
    assert not data["new"]


def test_a_coordinator_makes_no_auditors_of_their_own_work(world: World) -> None:
    reach = roles.Reach(municipality_id=world.municipality.id)
    with pytest.raises(NotAllowed):
        people.invite("a@example.org", "A", Role.AUDITOR, reach, actor=coordinator(world), now=clock())


def test_a_role_is_not_given_twice(world: World) -> None:
    person = invite(world)
    with pytest.raises(roles.HasRoleAlready):
        roles.grant_role(
            person, Role.KITCHEN_MANAGER, roles.reach_of(person.grants[0]), actor=COMMAND, now=clock()
        )


def test_an_outside_auditor_comes_again_after_the_time_ran_out(world: World) -> None:
    person = people.create_person("auditor@example.org", "A", password=GOOD, actor=COMMAND, now=clock())
    reach, now = roles.Reach(municipality_id=world.municipality.id), clock()
    roles.grant_role(
        person, Role.AUDITOR, reach, valid_until=now + timedelta(days=30), actor=COMMAND, now=now
    )
    assert sessions.live_grants(person.id, now + timedelta(days=30)) == []
    later = now + timedelta(days=60)
    roles.grant_role(
        person, Role.AUDITOR, reach, valid_until=later + timedelta(days=30), actor=COMMAND, now=later
    )
    assert len(sessions.live_grants(person.id, later)) == 1


def test_an_access_that_ends_in_the_past_is_refused(world: World) -> None:
    person = people.create_person("auditor@example.org", "A", actor=COMMAND, now=clock())
    reach = roles.Reach(municipality_id=world.municipality.id)
    with pytest.raises(roles.EndsInThePast):
        roles.grant_role(person, Role.AUDITOR, reach, valid_until=clock(), actor=COMMAND, now=clock())


def test_a_revoked_role_ends_at_once(world: World) -> None:
    person = invite(world)
    roles.revoke_grant(person.grants[0], reason="left", actor=coordinator(world), now=clock())
    assert sessions.live_grants(person.id, clock()) == []
    assert queries.people_of_institution(person.grants[0].institution_id or 0) == []


def test_the_last_administrator_stays(world: World) -> None:
    first, second = administrator(), administrator("second@example.org")
    people.deactivate_person(second, actor=COMMAND, now=clock())
    with pytest.raises(roles.LastAdministrator):
        people.deactivate_person(first, actor=COMMAND, now=clock())
    with pytest.raises(roles.LastAdministrator):
        roles.revoke_grant(first.grants[0], actor=COMMAND, now=clock())


def test_the_trail_holds_no_name_and_no_address_of_a_person(world: World, session: Session) -> None:
    person = invite(world)
    people.edit_person(person, name="Berta Kralj", language="en", actor=COMMAND, now=clock())
    bodies = " ".join(session.scalars(select(TrailEvent.body).where(TrailEvent.object_type == "person")))
    assert "cook@example.org" not in bodies
    assert "Berta" not in bodies
    assert '"language":"en"' in bodies


def test_a_coordinator_lets_an_auditor_in_for_a_time_and_cannot_send_them_away(world: World) -> None:
    """Who is audited may open the door, but neither for good nor close it again."""
    person = people.create_person("auditor@example.org", "A", password=GOOD, actor=COMMAND, now=clock())
    reach, by = roles.Reach(municipality_id=world.municipality.id), coordinator(world)
    for until, refusal in ((None, roles.EndWanted), (timedelta(days=367), roles.EndsTooLate)):
        with pytest.raises(refusal):
            roles.grant_role(
                person, Role.AUDITOR, reach, valid_until=until and clock() + until, actor=by, now=clock()
            )
    grant = roles.grant_role(
        person, Role.AUDITOR, reach, valid_until=clock() + timedelta(days=30), actor=by, now=clock()
    )
    assert [one.id for one in sessions.live_grants(person.id, clock())] == [grant.id]
    with pytest.raises(NotAllowed):
        roles.revoke_grant(grant, actor=by, now=clock())
    with pytest.raises(NotAllowed):
        roles.grant_role(
            person, Role.ADMINISTRATOR, roles.Reach(), valid_until=clock() + timedelta(days=1), actor=by,
            now=clock(),
        )  # fmt: skip
