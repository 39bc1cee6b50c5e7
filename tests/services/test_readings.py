"""Who read the offers of a cycle before its close is noted once per person, role and day, and sealed."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from foodorder.ordering.models import Cycle
from foodorder.ordering.readings import note_reading, readings, selling
from foodorder.rules.permissions import Role
from foodorder.trail.actor import COMMAND, Actor, Source
from foodorder.trail.models import TrailEvent
from tests.factories import CLOSES, NOW, OPENS, World

At = Callable[[datetime], None]


@pytest.fixture
def cycle(world: World, clock_at: At) -> Cycle:
    clock_at(NOW)
    world.sold = world.offer(world.add_producer())  # type: ignore[attr-defined]
    return world.cycle()


def events(session: Session) -> list[TrailEvent]:
    return list(session.scalars(select(TrailEvent).where(TrailEvent.action == "offers.read")))


def test_once_per_person_role_and_day(world: World, cycle: Cycle, clock_at: At, session: Session) -> None:
    kitchen = world.add_institution()
    cook = world.actor(world.add_person(institution_id=kitchen.id))
    assert note_reading(cycle.id, kitchen.id, actor=cook)
    assert not note_reading(cycle.id, kitchen.id, actor=cook)
    clock_at(NOW + timedelta(hours=2))
    assert not note_reading(cycle.id, kitchen.id, actor=cook)
    # A minute before midnight in Ljubljana is another day than a minute after it, though the same day in UTC.
    clock_at(NOW.replace(hour=22, minute=59))
    assert not note_reading(cycle.id, kitchen.id, actor=cook)
    clock_at(NOW.replace(hour=23, minute=1))
    assert note_reading(cycle.id, kitchen.id, actor=cook)
    assert note_reading(cycle.id, None, actor=Actor(Source.PERSON, cook.person_id, Role.COORDINATOR))
    assert {(one.role, one.institution, one.day.day) for one in readings(cycle.id)} == {
        (Role.KITCHEN_MANAGER, kitchen.short_name, 24),
        (Role.KITCHEN_MANAGER, kitchen.short_name, 25),
        (Role.COORDINATOR, None, 25),
    }
    assert [event.object_id for event in events(session)] == [cycle.id] * 3
    assert events(session)[0].municipality_id == world.municipality.id


def test_before_the_opening_counts_and_after_the_close_does_not(
    world: World, clock_at: At, session: Session
) -> None:
    clock_at(OPENS - timedelta(hours=1))
    planned = world.cycle(opened=False)
    coordinator = world.actor(
        world.add_person(Role.COORDINATOR, municipality_id=world.municipality.id), Role.COORDINATOR
    )
    assert note_reading(planned.id, None, actor=coordinator)
    assert [one.before_opening for one in readings(planned.id)] == [True]
    clock_at(CLOSES)
    assert not note_reading(planned.id, None, actor=coordinator)
    assert len(events(session)) == 1


def test_the_clock_and_commands_read_nothing(cycle: Cycle) -> None:
    assert not note_reading(cycle.id, None, actor=COMMAND)
    assert readings(cycle.id) == []


def test_which_cycles_sell_an_offer_now(world: World, cycle: Cycle, session: Session) -> None:
    offer = world.sold  # type: ignore[attr-defined]
    assert selling(offer.id, world.municipality.id) == [cycle.id]
    assert selling(offer.id, world.add_municipality().id) == []
    cycle.state = "recorded"
    session.flush()
    assert selling(offer.id, world.municipality.id) == []
