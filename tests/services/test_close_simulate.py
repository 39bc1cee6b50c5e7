"""A coordinator sees before the deadline what the close would do, and nothing happens by looking."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from foodorder.catalogue.models import StockKind
from foodorder.procurement.differences import allocations, differences
from foodorder.procurement.record_cycle import CycleNotFound, record_cycle
from foodorder.procurement.simulate import simulate
from foodorder.trail.actor import SCHEDULER
from tests.factories import CLOSES, NOW, World

TABLES = (
    "procurement_record",
    "record_line",
    "record_counter",
    "difference",
    "allocation",
    "trail_event",
    "message",
)


def test_the_simulation_says_what_the_close_then_does(
    world: World, session: Session, clock_at: Callable[[datetime], None]
) -> None:
    clock_at(NOW)
    world.municipality.minimum_rule = "waive"
    scarce = world.offer(available=10000, kind=StockKind.SHARE)
    packed = world.offer(world.add_producer(minimum_cents=100000), pack=5000)
    kitchens = [world.add_institution(), world.add_institution()]
    cycle = world.cycle()
    for kitchen in kitchens:
        world.submit(cycle, kitchen, [(scarce, "8"), (packed, "7")])
    before = [session.execute(text(f"SELECT count(*) FROM {table}")).scalar() for table in TABLES]

    simulated = simulate(cycle.id)

    after = [session.execute(text(f"SELECT count(*) FROM {table}")).scalar() for table in TABLES]
    assert after == before
    assert session.execute(text("SELECT count(*) FROM pg_class WHERE relname LIKE 'close\\_%'")).scalar() == 0
    session.refresh(cycle)
    assert cycle.state == "open"

    clock_at(CLOSES)
    closed = record_cycle(cycle.id, actor=SCHEDULER)
    for figure in (
        "orders", "lines", "records", "producers", "net_cents", "vat_cents", "gross_cents", "ordered_grams",
        "recorded_grams",
    ):  # fmt: skip
        assert getattr(simulated, figure) == getattr(closed, figure), figure
    there = differences(cycle.id)
    assert [
        (row.order_line_id, row.kind, row.quantity, row.grams, row.why) for row in simulated.differences
    ] == [(row.order_line_id, row.kind, row.quantity, row.grams, row.why) for row in there]
    assert [row.shares for row in simulated.allocations] == [row.shares for row in allocations(cycle.id)]
    assert [row.seed for row in simulated.allocations] == [row.seed for row in allocations(cycle.id)]
    assert [(row.institution, row.minimum_cents) for row in simulated.waivers] == [
        (kitchen.short_name, 100000) for kitchen in kitchens
    ]


def test_an_unknown_cycle_is_refused(session: Session) -> None:
    with pytest.raises(CycleNotFound):
        simulate(0)
