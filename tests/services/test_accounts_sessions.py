"""Logged-in browsers: found by their secret, ended at once, working in one role at a time."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from foodorder.accounts import sessions
from foodorder.accounts.models import LoginSession, Person, RoleGrant
from foodorder.db import clock
from foodorder.rules.permissions import Role
from foodorder.trail.actor import COMMAND
from tests.factories import World
from tests.kept import once


@once
def person(world: World) -> Person:
    """A cook who also coordinates."""
    cook = world.add_person(institution_id=world.add_institution().id)
    world._add(
        RoleGrant(
            person_id=cook.id,
            role=Role.COORDINATOR,
            municipality_id=world.municipality.id,
            granted_at=clock(),
        )
    )
    return cook


def begin(person: Person) -> tuple[str, LoginSession]:
    return sessions.start_session(person, actor=COMMAND, now=clock(), user_agent="Firefox")


def test_a_session_is_found_by_its_secret_with_person_and_roles(person: Person, session: Session) -> None:
    secret, _begun = begin(person)
    session.expire_all()
    found = sessions.find_session(secret)
    assert found is not None
    assert (found.person_id, found.role) == (person.id, Role.KITCHEN_MANAGER)
    whole = sessions.load_session(found.session_id)
    assert whole.grant is not None
    assert whole.grant.institution_id == found.institution_id
    assert len(whole.person.grants) == 2


def test_the_secret_is_not_stored(person: Person, session: Session) -> None:
    secret, _begun = begin(person)
    stored = session.execute(select(LoginSession.secret_hash)).scalar_one()
    assert secret.encode() not in bytes(stored)
    assert bytes(stored) == sessions.digest(secret)


def test_a_wrong_secret_finds_nothing(person: Person) -> None:
    begin(person)
    assert sessions.find_session("wrong") is None


def test_a_revoked_session_is_gone_at_once(person: Person) -> None:
    secret, begun = begin(person)
    assert sessions.revoke_session(begun.id, person.id, actor=COMMAND, now=clock())
    assert sessions.find_session(secret) is None


def test_nobody_ends_anothers_session(person: Person, world: World) -> None:
    secret, begun = begin(person)
    stranger = world.add_person(institution_id=world.add_institution().id)
    assert not sessions.revoke_session(begun.id, stranger.id, actor=COMMAND, now=clock())
    assert sessions.find_session(secret) is not None


def test_a_session_that_was_not_used_runs_out(person: Person, session: Session) -> None:
    secret, begun = begin(person)
    begun.expires_at = clock() - timedelta(seconds=1)
    session.flush()
    assert sessions.find_session(secret) is None


def test_use_prolongs_a_session_but_is_not_written_at_every_page(person: Person) -> None:
    _secret, begun = begin(person)
    now = begun.last_seen_at
    assert not sessions.touch(begun, now + timedelta(minutes=9))
    later = now + timedelta(minutes=11)
    assert sessions.touch(begun, later)
    assert begun.expires_at == later + sessions.LIFE


def test_a_dismissed_person_is_out_everywhere(person: Person, session: Session) -> None:
    secret, _begun = begin(person)
    person.active = False
    session.flush()
    assert sessions.find_session(secret) is None


def test_logging_out_everywhere_else_keeps_this_browser(person: Person) -> None:
    here, begun = begin(person)
    elsewhere = [begin(person)[0] for _ in range(2)]
    assert sessions.revoke_all(person.id, actor=COMMAND, now=clock(), but=begun.id) == 2
    assert sessions.find_session(here) is not None
    assert all(sessions.find_session(secret) is None for secret in elsewhere)


def test_the_next_session_continues_in_the_role_of_the_last(person: Person) -> None:
    _secret, begun = begin(person)
    coordinator = next(grant for grant in person.grants if grant.role == Role.COORDINATOR)
    sessions.switch_role(begun, coordinator.id, actor=COMMAND, now=clock())
    _secret, after = begin(person)
    assert after.grant_id == coordinator.id


def test_switching_to_anothers_role_is_refused(person: Person, world: World) -> None:
    stranger = world.add_person(institution_id=world.add_institution().id)
    _secret, begun = begin(person)
    with pytest.raises(sessions.NotYourRole):
        sessions.switch_role(begun, stranger.grants[0].id, actor=COMMAND, now=clock())


def test_a_revoked_role_cannot_be_taken_up_again(person: Person, session: Session) -> None:
    _secret, begun = begin(person)
    grant = person.grants[1]
    grant.revoked_at = clock()
    session.flush()
    with pytest.raises(sessions.NotYourRole):
        sessions.switch_role(begun, grant.id, actor=COMMAND, now=clock())


def test_a_change_of_role_ends_acting_for_a_farm(person: Person, world: World) -> None:
    _secret, begun = begin(person)
    sessions.act_for(begun, world.add_producer().id, actor=COMMAND, now=clock())
    assert begun.on_behalf_of_producer_id is not None
    sessions.switch_role(begun, person.grants[0].id, actor=COMMAND, now=clock())
    assert begun.on_behalf_of_producer_id is None
