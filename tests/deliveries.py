"""A closed week with something to deliver: two kitchens, carrots and cheese of one farm, bread."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from foodorder.db import db
from foodorder.delivery.models import DeliveryLine, DeliveryNote
from foodorder.delivery.notes import make_cycle_notes
from foodorder.procurement.models import ProcurementRecord
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.ordering import Cell
from foodorder.trail.actor import SCHEDULER
from tests.factories import CLOSES, NOW, WEEK

#: Two hours after the close; the Monday and Wednesday on which something is brought.
AFTER = CLOSES + timedelta(hours=2)
MONDAY, WEDNESDAY = WEEK, WEEK + timedelta(days=2)


def close_week(
    world: Any, clock_at: Callable[[datetime], None], *, instead: bool = False, known: bool = False
) -> Any:
    """The cycle is recorded, no notes are made yet.

    Monday: carrots 10 kg and cheese 3 kg to the kitchen's first door, bread to its second, carrots 7 kg to
    the school; Wednesday: carrots 4 kg to the kitchen's first door. With `instead` a third farm sells carrots
    too; only when it is `known` the kitchen has ordered something from it.
    """
    clock_at(NOW)
    world.farm = world.add_producer(kmg_mid="100123456")
    world.baker = world.add_producer()
    dairy = world.add_food_type(shelf_life_days=14, animal_origin=True)
    world.carrots = world.offer(world.farm, price=200)
    world.cheese = world.offer(world.farm, product=world.add_product(world.farm, dairy), price=900)
    world.bread = world.offer(world.baker)
    if instead:
        world.third = world.add_producer()
        same = world.carrots.product.food_type
        world.instead = world.offer(world.third, product=world.add_product(world.third, same), price=200)
    world.kitchen, world.school = world.add_institution(doors=2), world.add_institution()
    world.doors = [door.id for door in world.kitchen.delivery_points]
    world.beets = world.offer(world.third) if known else None
    world.week = world.cycle()
    world.submit(
        world.week, world.kitchen,
        ({Cell(world.beets.id, world.doors[0], MONDAY): "2"} if known else {})
        | {
            Cell(world.carrots.id, world.doors[0], MONDAY): "10",
            Cell(world.cheese.id, world.doors[0], MONDAY): "3",
            Cell(world.bread.id, world.doors[1], MONDAY): "5",
            Cell(world.carrots.id, world.doors[0], WEDNESDAY): "4",
        },
    )  # fmt: skip
    world.submit(world.week, world.school, [(world.carrots, "7")])
    clock_at(CLOSES)
    record_cycle(world.week.id, actor=SCHEDULER)
    return world


def make(closed: Any, now: datetime = AFTER) -> list[DeliveryNote]:
    """Make the week's notes; returns the farm's, in the order of their numbers."""
    make_cycle_notes(closed.week.id, actor=SCHEDULER, now=now)
    return farm_notes(closed)


def farm_notes(closed: Any) -> list[DeliveryNote]:
    """The farm's notes, in the order of their numbers."""
    db.session.expire_all()
    chosen = select(DeliveryNote).where(DeliveryNote.producer_id == closed.farm.id)
    return list(db.session.scalars(chosen.order_by(DeliveryNote.sequence)))


def line_of(note: DeliveryNote, offer: Any) -> DeliveryLine:
    """The first lot of an offer's line on a note."""
    return next(line for line in note.lines if line.name == offer.versions[0].name and line.part == 1)


def record_of(closed: Any, institution: Any, producer: Any = None) -> ProcurementRecord:
    """The record in force of a kitchen with the farm (or another producer)."""
    return db.session.scalars(
        select(ProcurementRecord).where(
            ProcurementRecord.institution_id == institution.id,
            ProcurementRecord.producer_id == (producer or closed.farm).id,
            ProcurementRecord.superseded_by_id.is_(None),
        )
    ).one()
