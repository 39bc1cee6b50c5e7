"""Promise: no ceiling is passed and no threshold reached, however many kitchens order at once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from foodorder.db import db, retrying, transaction
from foodorder.ordering.place import submit_order, withdraw_order
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.agreements import AwardMode
from foodorder.rules.errors import Refusal
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.agreements import (
    add_agreement,
    add_ceiling,
    add_kind,
    add_lot,
    add_supplier,
    counted,
    enforce,
    passed,
    recounted,
)
from tests.promises.house import AFTER, OPEN, House

pytestmark = pytest.mark.race

KITCHENS, TIMES = 16, 8


def at_once(house: House, tasks: list[Callable[[], Any]]) -> list[Any]:
    """Run all tasks at the same moment, each on a connection of its own; what each returned."""
    start = Barrier(len(tasks))

    def run(task: Callable[[], Any]) -> Any:
        with house.app.app_context():
            start.wait()
            try:
                return task()
            finally:
                db.session.remove()

    db.session.remove()
    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))


def test_many_kitchens_at_once_never_pass_a_ceiling(house: House) -> None:
    world = house.world
    house.set_clock(OPEN)
    with transaction():
        enforce(world)
        rooms = [world.add_institution() for _ in range(KITCHENS)]
        agreement = add_agreement(world, *rooms)
        farm = world.add_producer()
        # Two lots of an agreement with ceilings at each level, so that orders could wait in a circle.
        offers = []
        for limit in ({"cents": 3_000}, {"grams": 25_000}):
            food = world.add_food_type()
            lot = add_lot(agreement, food, mode=AwardMode.PARALLEL, **limit)
            add_supplier(lot, farm, rank=None, share_bp=10_000, price=100)
            add_ceiling(agreement, lot, farm, cents=2_800)
            offers.append(world.offer(farm, product=world.add_product(farm, food)))
        add_ceiling(agreement, cents=5_000)
        cycle = world.cycle()
        cycle_id, rooms_ids = cycle.id, [room.id for room in rooms]
        orders = [
            [
                world.typed(
                    cycle,
                    room,
                    list(zip(offers, (str(1 + (n * 7 + k) % 9), str(1 + (n + k) % 6)), strict=True)),
                )
                for n in range(TIMES)
            ]
            for k, room in enumerate(rooms)
        ]

    def order_again_and_again(k: int) -> tuple[int, int, int]:
        acknowledged = accepted = refused = 0
        for n in range(TIMES):
            try:
                receipt = retrying(
                    lambda n=n: submit_order(cycle_id, rooms_ids[k], orders[k][n], "down", actor=COMMAND)
                )
                acknowledged, accepted = receipt.net_cents, accepted + 1
                with transaction():
                    assert not passed(), "a ceiling is passed for a while"
            except Refusal:
                refused += 1
            if n % 4 == 2 and acknowledged:
                retrying(lambda: withdraw_order(cycle_id, rooms_ids[k], actor=COMMAND))
                acknowledged = 0
        return acknowledged, accepted, refused

    results = at_once(house, [lambda k=k: order_again_and_again(k) for k in range(KITCHENS)])

    acknowledged, accepted, refused = (sum(column) for column in zip(*results, strict=True))
    assert accepted + refused == KITCHENS * TIMES
    assert refused > 0, "nobody was refused: there was room for all"
    with transaction():
        assert not passed()
        assert counted() == recounted()
    [(used,)] = house.ask("SELECT used_cents FROM ceiling WHERE lot_id IS NULL")
    assert used == acknowledged > 0

    house.set_clock(AFTER)
    closed = retrying(lambda: record_cycle(cycle_id, actor=SCHEDULER))
    assert closed.net_cents == acknowledged
    with transaction():
        assert counted() == recounted()


def test_two_cycles_of_one_week_never_reach_the_threshold_together(house: House) -> None:
    world = house.world
    house.set_clock(OPEN)
    with transaction():
        enforce(world, threshold=10_000)
        rooms = [world.add_institution() for _ in range(12)]
        food = world.add_food_type()
        add_kind(world, food)
        farm = world.add_producer()
        offer = world.offer(farm, product=world.add_product(farm, food), price=100)
        orders = [
            (cycle.id, room.id, world.typed(cycle, room, [(offer, "60")]))
            for cycle in (world.cycle(), world.cycle())
            for room in rooms
        ]

    def order(cycle_id: int, room_id: int, typed: Any) -> int | None:
        try:
            retrying(lambda: submit_order(cycle_id, room_id, typed, "down", actor=COMMAND))
        except Refusal:
            return None
        return room_id

    accepted = Counter(at_once(house, [lambda one=one: order(*one) for one in orders]))
    assert accepted.pop(None) == len(rooms)
    assert set(accepted.values()) == {1}
    with transaction():
        assert counted() == recounted()
