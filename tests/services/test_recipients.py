"""Who is written to: people with a live role, each once, else the organisation itself."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from foodorder.accounts.models import RoleGrant
from foodorder.accounts.recipients import (
    coordinators,
    recipients_of_institution,
    recipients_of_institutions,
    recipients_of_producer,
    recipients_of_producers,
)
from foodorder.outbox.service import Recipient
from foodorder.rules.permissions import Role
from tests.factories import NOW


def names(recipients: list[Recipient]) -> list[str]:
    return [one.name for one in recipients]


def test_people_with_one_of_the_roles_each_once_in_order(world: Any, session: Session) -> None:
    kitchen, other = world.add_institution(), world.add_institution()
    cook, second, accountant = (
        world.add_person(role, institution_id=kitchen.id)
        for role in (Role.KITCHEN_MANAGER, Role.KITCHEN_MANAGER, Role.ACCOUNTANT)
    )
    theirs = world.add_person(institution_id=other.id)
    session.add(RoleGrant(person_id=cook.id, role=Role.ACCOUNTANT, institution_id=kitchen.id, granted_at=NOW))
    second.language = "en"
    session.flush()

    assert recipients_of_institution(kitchen.id) == [
        Recipient(cook.name, cook.email, "sl"), Recipient(second.name, second.email, "en"),
    ]  # fmt: skip
    both = recipients_of_institutions([kitchen.id, other.id], (Role.KITCHEN_MANAGER, Role.ACCOUNTANT))
    assert {number: names(found) for number, found in both.items()} == {
        kitchen.id: [cook.name, second.name, accountant.name], other.id: [theirs.name],
    }  # fmt: skip


def test_who_has_left_is_not_written_to(
    world: Any, session: Session, clock_at: Callable[[datetime], None]
) -> None:
    farm = world.add_producer()
    left, ended, closed, there, until_tomorrow = (
        world.add_person(Role.PRODUCER, producer_id=farm.id) for _ in range(5)
    )
    clock_at(NOW)
    for person, change in (
        (left, {"revoked_at": NOW}),
        (ended, {"valid_until": NOW}),
        (until_tomorrow, {"valid_until": NOW + timedelta(days=1)}),
    ):
        session.execute(update(RoleGrant).where(RoleGrant.person_id == person.id).values(**change))
    closed.active = False
    session.flush()

    assert names(recipients_of_producer(farm.id)) == [there.name, until_tomorrow.name]


def test_without_people_the_organisation_itself(world: Any) -> None:
    kitchen = world.add_institution(email="kuhinja@example.org")
    farm, far = world.add_producer(email=None, language="en"), world.add_producer(email="far@example.org")

    assert recipients_of_institution(kitchen.id) == [Recipient(kitchen.name, "kuhinja@example.org", "sl")]
    assert recipients_of_producers([farm.id, far.id]) == {
        farm.id: [Recipient(farm.name, None, "en")],
        far.id: [Recipient(far.name, "far@example.org", far.language)],
    }


def test_coordinators_of_one_municipality_only(world: Any) -> None:
    town, other = world.municipality, world.add_municipality()
    assert coordinators(town.id) == []

    person = world.add_person(Role.COORDINATOR, municipality_id=town.id)
    world.add_person(Role.AUDITOR, municipality_id=town.id)

    assert names(coordinators(town.id)) == [person.name]
    assert coordinators(other.id) == []
