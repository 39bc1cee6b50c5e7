"""What the tests of a file share is found by each as it was made, and what would mix them up fails aloud."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select, text

from foodorder.accounts.models import Institution
from foodorder.db import clock, db
from tests.factories import CLOSES, NOW, World
from tests.kept import GROUND, once

made: list[str] = []
#: How much was made when the first of two tests began.
then: dict[str, int] = {}


@once
def kitchen(world: World, clock_at: Callable[[datetime], None]) -> Any:
    made.append("kitchen")
    clock_at(NOW)
    one = world.add_institution(name="Vrtec")
    one.farms = [world.add_producer()]
    return one


@once
def later(kitchen: Any, world: World, clock_at: Callable[[datetime], None]) -> Any:
    made.append("later")
    clock_at(CLOSES)
    world.second = world.add_institution(name="Drugi")  # type: ignore[attr-defined]
    return world


@pytest.mark.parametrize("_again", range(2))
def test_each_test_has_it_as_it_was_made(kitchen: Any, world: World, _again: int) -> None:
    assert then.setdefault("kitchen", len(made)) == len(made)
    assert (kitchen.name, clock()) == ("Vrtec", NOW)
    assert kitchen.farms[0].name
    assert not hasattr(world, "second")
    kitchen.name = "Drugačen"
    kitchen.farms.append("one more")
    world.second = None  # type: ignore[attr-defined]
    db.session.delete(kitchen.delivery_points[0])
    db.session.commit()


@pytest.mark.parametrize("_again", range(2))
def test_what_stands_on_another_shares_its_rows(later: Any, kitchen: Any, world: World, _again: int) -> None:
    assert then.setdefault("later", len(made)) == len(made)
    assert later is world
    assert clock() == CLOSES
    assert set(db.session.scalars(select(Institution))) == {kitchen, later.second}
    assert (kitchen.name, len(kitchen.delivery_points), len(kitchen.farms)) == ("Vrtec", 1, 1)
    db.session.delete(later.second.delivery_points[0])
    db.session.delete(later.second)
    db.session.commit()


def test_whoever_asks_for_less_finds_less(world: World) -> None:
    assert db.session.scalars(select(Institution)).all() == []
    assert clock() > NOW.replace(year=2000)
    assert clock() != CLOSES


def test_a_broken_transaction_is_mended(kitchen: Any, request: pytest.FixtureRequest) -> None:
    with pytest.raises(Exception, match="zero"):
        db.session.execute(text("SELECT 1 / 0"))
    assert GROUND.connection is not None


def test_after_it_all_is_there(later: Any) -> None:
    assert db.session.scalars(select(Institution.name).order_by(Institution.id)).all() == ["Vrtec", "Drugi"]


def test_whoever_wrote_before_is_told(world: World) -> None:
    db.session.execute(text("UPDATE municipality SET name = 'X'"))
    with pytest.raises(AssertionError, match="not kept wrote before"):
        GROUND.find_or_make(GROUND.asked[0], World, {})


def test_another_hour_is_told(kitchen: Any, clock_at: Callable[[datetime], None]) -> None:
    clock_at(CLOSES)
    with pytest.raises(AssertionError, match="is wanted at"):
        GROUND.find_or_make(GROUND.asked[1], World, {})
