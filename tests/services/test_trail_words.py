"""An event tells old and new as people read it: money, weights, days and codes in words, numbers by name."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select, text

from foodorder.audit import words
from foodorder.audit.events import Change, Event
from foodorder.audit.names import named, names_of
from foodorder.audit.trail_list import Asked, actions, events, people
from foodorder.db import db
from foodorder.language import speaking
from foodorder.rules.permissions import Role
from foodorder.trail import service as trail
from foodorder.trail.models import TrailConcern
from tests.factories import NOW, World


@pytest.mark.parametrize(
    ("thing", "key", "stored", "told"),
    [
        ("invoice", "net_cents", 123_456, "1.234,56 €"),
        ("agreement", "limit_grams", 4_302_000, "4.302 kg"),
        ("offer", "available", 365_500, "365,5"),
        ("delivery_line", "accepted", 9_500, "9,5"),
        ("delivery_line", "temperature", 73, "7,3 °C"),
        ("agreement", "share", 9_500, "95,0 %"),
        ("cycle", "state", "open", "odprto"),
        ("claim", "state", "open", "Čaka na dobavitelja"),
        ("invoice", "state", "matched", "Se ujema, čaka na odobritev"),
        ("institution", "pack_rounding", "ask", "izbere vsaka kuhinja"),
        ("product", "unit", "KGM", "kg"),
        ("person", "valid_until", "2026-12-31 23:00:00+00:00", "petek, 1. januar 2027 ob 00:00"),
        ("person", "unheard_of", "as_it_is", "as_it_is"),
        ("person", "active", True, "da"),
    ],
)
def test_values_are_told_in_words(thing: str, key: str, stored: object, told: str) -> None:
    with speaking("sl"):
        assert words.value(key, stored, thing).replace("\xa0", " ") == told


def test_numbers_are_told_by_name(world: World) -> None:
    farm, kitchen = world.add_producer(), world.add_institution()
    changes = (
        Change("producer", None, farm.id),
        Change("institutions", [], [kitchen.id]),
        Change("lines", 3, 4),
        Change("active", None, True),
    )
    whom = f"producer {farm.id}"
    event = Event(
        1,
        NOW,
        None,
        None,
        None,
        "command",
        whom,
        "a.b",
        "agreement",
        1,
        None,
        changes,
        None,
        None,
        None,
        None,
    )
    names = names_of([event])
    assert named("producer", farm.id, names) == f"{farm.name} ({farm.id})"
    assert named("institutions", [kitchen.id], names) == [f"{kitchen.short_name} ({kitchen.id})"]
    assert named("lines", 4, names) == 4
    assert named("producer", farm.id + 1_000, names) == farm.id + 1_000
    assert names_of([]) == {}


def test_whom_events_concern(world: World, clock_at: Callable[[datetime], None]) -> None:
    """By the thing, by whom somebody acted for, and by what the event names."""
    clock_at(NOW)
    farm, kitchen = world.add_producer(), world.add_institution()
    coordinator = world.actor(
        world.add_person(Role.COORDINATOR, municipality_id=world.municipality.id), Role.COORDINATOR
    )
    of = {"now": NOW, "municipality_id": world.municipality.id}
    trail.record(coordinator, "institution.changed", "institution", kitchen.id, **of)
    trail.record(coordinator.acting_for(f"producer {farm.id}"), "a.behalf", "cycle", 1, **of)
    trail.record(
        coordinator, "a.names", "agreement", 1, after={"institution": kitchen.id, "producer": "x"}, **of
    )
    trail.record(coordinator, "a.nobody", "municipality", world.municipality.id, **of)
    trail.seal()
    asked = Asked(world.municipality.id, institution_id=kitchen.id)
    assert [one.action for one in events(asked)] == ["a.names", "institution.changed"]
    assert [one.action for one in events(Asked(world.municipality.id, producer_id=farm.id))] == ["a.behalf"]
    assert events(Asked(world.municipality.id, institution_id=kitchen.id, producer_id=farm.id)) == []
    assert events(Asked(world.add_municipality().id, institution_id=kitchen.id)) == []
    assert len(db.session.scalars(select(TrailConcern)).all()) == 3
    # Made anew it is the same.
    db.session.execute(text("SELECT foodorder_concern(ARRAY(SELECT event_id FROM trail_sealed))"))
    assert len(db.session.scalars(select(TrailConcern)).all()) == 3
    assert actions(world.municipality.id) == ["a.behalf", "a.names", "a.nobody", "institution.changed"]
    assert [key for key, _ in people(world.municipality.id)] == [coordinator.person_id]
