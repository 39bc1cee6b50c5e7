"""Facts that flags are raised by, where the database does the counting."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy import text

from foodorder.audit.flags.facts_sellers import weeks_sold
from foodorder.audit.flags.scope import Scope
from foodorder.db import db
from foodorder.procurement.record_cycle import record_cycle
from foodorder.trail.actor import SCHEDULER
from tests.factories import CLOSES, NOW, WEEK, World

WEEKLY = timedelta(weeks=1)


def test_the_most_before_a_week_is_of_what_was_sold_and_published_before_it(
    world: World, clock_at: Callable[[datetime], None]
) -> None:
    kitchen, farm = world.add_institution(), world.add_producer()
    carrots = world.add_product(farm)
    # Published and sold by week: what is published in a week itself is no past of it.
    for week, (available, sold) in enumerate([(20_000, "12"), (None, "30"), (90_000, "25"), (15_000, "5")]):
        clock_at(NOW + week * WEEKLY)
        offer = world.offer(farm, product=carrots, week=WEEK + week * WEEKLY, available=available)
        cycle = world.cycle(week=offer.week, closes_at=CLOSES + week * WEEKLY)
        world.submit(cycle, kitchen, [(offer, sold)])
        clock_at(CLOSES + week * WEEKLY)
        record_cycle(cycle.id, actor=SCHEDULER)
    december = weeks_sold(Scope.of(world.municipality.id, date(2026, 12, 15)))
    assert [(one.week, one.quantity, one.weeks, one.before) for one in december] == [
        (WEEK + WEEKLY, 30_000, 1, 20_000),
        (WEEK + 2 * WEEKLY, 25_000, 2, 30_000),
        (WEEK + 3 * WEEKLY, 5_000, 3, 90_000),
    ]
    november = weeks_sold(Scope.of(world.municipality.id, WEEK))
    assert [(one.week, one.weeks, one.before) for one in november] == [(WEEK, 0, None)]
    assert db.session.scalar(text("SELECT count(*) FROM procurement_record")) == 4
