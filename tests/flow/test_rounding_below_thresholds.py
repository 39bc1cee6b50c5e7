"""Whatever is rounded up at the close, a kind of purchase with evidence orders stays below its threshold."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from foodorder.agreements.models import WeeklyNeed
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.agreements import AwardMode
from foodorder.rules.ordering import Cell
from foodorder.trail.actor import SCHEDULER
from tests.agreements import (
    add_agreement,
    add_exempted,
    add_kind,
    add_lot,
    add_supplier,
    enforce,
    set_threshold,
)
from tests.factories import CLOSES, NOW, WEEK, World
from tests.services.buying import right, sells


@dataclass(frozen=True)
class Wish:
    """Kilograms of an offer by weekday: by which channel, in which packs (kg; 0: none), at which price."""

    channel: str
    pack: int
    price: int
    asked: tuple[int, ...]


wishes = st.builds(
    Wish,
    channel=st.sampled_from(["call_off", "exempted", "evidence"]),
    pack=st.sampled_from([0, 5, 5, 7]),
    price=st.integers(50, 150),
    asked=st.lists(st.integers(1, 9), min_size=1, max_size=2).map(tuple),
)


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(wished=st.lists(wishes, min_size=2, max_size=5), slack=st.integers(0, 900))
def test_no_rounding_reaches_the_threshold_of_a_kind_with_evidence_orders(
    session: Session, clock_at: Callable[[datetime], None], wished: list[Wish], slack: int
) -> None:
    with session.begin_nested() as undone:
        session.info.pop("law", None)
        clock_at(NOW)
        world = World()
        world.municipality.pack_rounding = "up"
        enforce(world)
        kitchen, cells = world.add_institution(), {}
        door = kitchen.delivery_points[0].id
        agreement = add_agreement(world, kitchen)
        foods = [world.add_food_type() for _ in wished]
        add_kind(world, *foods)
        for food, wish in zip(foods, wished, strict=True):
            farm = world.add_producer()
            if wish.channel == "call_off":
                add_supplier(
                    add_lot(agreement, food, mode=AwardMode.PARALLEL), farm, rank=None, price=wish.price
                )
            elif wish.channel == "exempted":
                add_exempted(agreement, food)
            offer = sells(world, food, farm, pack=wish.pack * 1000 or None, price=wish.price)
            for day, asked in enumerate(wish.asked):
                cells[Cell(offer.id, door, WEEK + timedelta(day))] = str(asked)
        cycle = world.cycle()
        world.submit(cycle, kitchen, cells)
        needed = select(func.sum(WeeklyNeed.net_cents))
        before = session.scalar(needed) or 0
        set_threshold(before + slack + 1)
        clock_at(CLOSES)
        record_cycle(cycle.id, actor=SCHEDULER)
        assert right()
        if any(wish.channel == "evidence" for wish in wished):
            assert (session.scalar(needed) or 0) <= before + slack
        undone.rollback()
