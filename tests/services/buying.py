"""A kitchen that buys by lawful basis: a small town for tests, and what they ask of it."""

from typing import Any

import pytest
from sqlalchemy import select

from foodorder.catalogue.models import FoodType, Offer
from foodorder.db import db
from foodorder.ordering.models import OrderLine
from foodorder.rules.ordering import OrderRefused
from tests.agreements import add_agreement, add_lot, add_supplier, counted, enforce, passed, recounted


def settle_town(world: Any) -> Any:
    """A food of one farm at 1.50 EUR, agreed at 1.00 EUR in a lot of 100 EUR and 200 kg."""
    enforce(world)
    world.food, world.farm, world.kitchen = (
        world.add_food_type(), world.add_producer(), world.add_institution(),
    )  # fmt: skip
    world.agreement = add_agreement(world, world.kitchen)
    world.lot = add_lot(world.agreement, world.food, cents=10_000, grams=200_000)
    add_supplier(world.lot, world.farm, price=100)
    world.carrots = world.offer(world.farm, product=world.add_product(world.farm, world.food))
    return world


def sells(
    town: Any, food: FoodType | None = None, producer: Any = None, *, pack: int | None = None, **values: Any
) -> Offer:
    """Another offer: of the town's food, by a farm that no lot knows, unless told."""
    producer = producer or town.add_producer()
    return town.offer(producer, product=town.add_product(producer, food or town.food, pack=pack), **values)


def refused(town: Any, cycle: Any, asked: Any, kitchen: Any = None, day: int = 0) -> dict[int, type]:
    """The classes of what is refused, by offer."""
    with pytest.raises(OrderRefused) as found:
        town.submit(cycle, kitchen or town.kitchen, asked, day=day)
    return {cell.offer: type(refusal) for cell, refusal in found.value.problems.items()}


def lines(receipt: Any) -> dict[int, OrderLine]:
    """The submitted lines by offer."""
    rows = db.session.scalars(select(OrderLine).where(OrderLine.submission_id == receipt.submission_id))
    return {line.offer_id: line for line in rows}


def right() -> bool:
    """Whether the counters are what the lines add up to, and no ceiling is passed."""
    db.session.expire_all()
    return counted() == recounted() and not passed()
