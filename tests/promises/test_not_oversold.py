"""Promise: what is scarce is not oversold. Broken by hundreds of orders at once for one limited offer."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from foodorder.db import db, retrying, transaction
from foodorder.ordering.place import submit_order
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.ordering import OrderRefused
from foodorder.trail.actor import SCHEDULER
from tests.promises.house import AFTER, OPEN, House

pytestmark = pytest.mark.race

KITCHENS, TIMES, AVAILABLE = 40, 8, 100_000


def test_hundreds_of_orders_at_once_never_take_more_than_there_is(house: House) -> None:
    world = house.world
    house.set_clock(OPEN)
    with transaction():
        rooms = [world.add_institution() for _ in range(KITCHENS)]
        farm = world.add_producer()
        # In two offers, so that orders could also wait for each other in a circle.
        scarce, other = world.offer(farm, available=AVAILABLE), world.offer(farm, available=AVAILABLE * 2)
        cycle = world.cycle()
        cycle_id, rooms_ids = cycle.id, [room.id for room in rooms]
        orders = [
            [
                world.typed(cycle, room, [(scarce, str(1 + (n * 7 + k) % 9)), (other, str(1 + n % 5))])
                for n in range(TIMES)
            ]
            for k, room in enumerate(rooms)
        ]
        scarce_id = scarce.id

    def order_again_and_again(k: int) -> tuple[int, int]:
        accepted = refused = 0
        with house.app.app_context():
            for n in range(TIMES):
                try:
                    retrying(
                        lambda n=n: submit_order(
                            cycle_id, rooms_ids[k], orders[k][n], "down", actor=world.actor()
                        )
                    )
                    accepted += 1
                except OrderRefused:
                    refused += 1
            db.session.remove()
        return accepted, refused

    db.session.remove()
    with ThreadPoolExecutor(KITCHENS) as pool:
        results = list(pool.map(order_again_and_again, range(KITCHENS)))

    accepted, refused = (sum(column) for column in zip(*results, strict=True))
    assert accepted + refused == KITCHENS * TIMES
    assert refused > 0, "nobody was refused: the offer was not scarce"
    [(ordered,)] = house.ask(
        "SELECT coalesce(sum(l.quantity), 0)::bigint FROM weekly_order o"
        " JOIN order_line l ON l.submission_id = o.current_submission_id WHERE l.offer_id = :offer",
        offer=scarce_id,
    )
    [(taken,)] = house.ask("SELECT taken FROM offer WHERE id = :offer", offer=scarce_id)
    assert taken == ordered <= AVAILABLE

    house.set_clock(AFTER)
    closed = retrying(lambda: record_cycle(cycle_id, actor=SCHEDULER))
    assert closed.differences_grams == 0
