"""Where an institution stands with its budgets, and what is unusual about an order."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from foodorder.accounts.budgets import Period, set_budget
from foodorder.db import db
from foodorder.ordering.budgets import uses
from foodorder.ordering.models import OrderLine
from foodorder.procurement.budgets import change_by, standing
from foodorder.procurement.record_cycle import record_cycle
from foodorder.procurement.unusual import unusual
from foodorder.rules.agreements import Funding
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.factories import CLOSES, NOW, OPENS, WEEK
from tests.kept import once

#: The present week of these tests, three after that of the factories: no week is over that farms offer for.
PRESENT = 3
FRUIT, REGULAR = Funding.SCHOOL_SCHEME, Funding.REGULAR


@once
def kitchen(world, clock_at):
    clock_at(NOW)
    return world.add_institution()


class Weeks:
    """Recorded weeks before the present one, and an order in the open one."""

    def __init__(self, world, clock_at, kitchen):
        self.world, self.clock_at, self.kitchen = world, clock_at, kitchen
        self.farm = world.add_producer()
        self.product = world.add_product(self.farm)

    def order(self, week, kilos, price=150, product=None, record=True, fruit=False):
        """An order of one product for a week (0: the present one, -1: the one before it)."""
        later = timedelta(weeks=PRESENT + week)
        offer = self.world.offer(product=product or self.product, price=price, week=WEEK + later)
        self.clock_at(NOW + later)
        cycle = self.world.cycle(week=WEEK + later, opens_at=OPENS, closes_at=CLOSES + later)
        receipt = self.world.submit(cycle, self.kitchen, [(offer, kilos)])
        if fruit:
            _add_fruit(receipt)
        if record:
            self.clock_at(CLOSES + later)
            record_cycle(cycle.id, actor=SCHEDULER)
        return receipt


def _add_fruit(receipt):
    """The same line once more for the next day, of the school scheme: lines are frozen."""
    copied = [column.name for column in OrderLine.__table__.columns if column.name != "id"]
    values = {"funding": "'school_scheme'", "delivery_date": "delivery_date + 1"}
    sources = ", ".join(values.get(name, name) for name in copied)
    db.session.execute(
        text(
            f"INSERT INTO order_line ({', '.join(copied)}) SELECT {sources} FROM order_line"
            " WHERE submission_id = :submission"
        ),
        {"submission": receipt.submission_id},
    )


@pytest.fixture
def weeks(world, clock_at, kitchen):
    return Weeks(world, clock_at, kitchen)


def test_spent_is_what_is_recorded_and_ordered_what_is_open(weeks, kitchen):
    set_budget(kitchen, REGULAR, Period.YEAR, 2026, 10_000, actor=COMMAND, now=NOW)
    weeks.order(-1, "4")
    receipt = weeks.order(0, "6", record=False)
    (line,) = standing(kitchen, 2026)
    assert (line.funding, line.spent, line.ordered, line.left) == (REGULAR, 600, 900, 8500)
    assert (line.spent_bp, line.used_bp) == (600, 1500)
    # Two weeks of 7,50 € on average; one is left after that of 21 December.
    assert line.forecast == 1500 + 750
    (with_it,) = change_by(kitchen, receipt.submission_id, counted=True)
    assert (with_it.before, with_it.after, with_it.budget) == (600, 1500, 10_000)
    (beside,) = change_by(kitchen, receipt.submission_id, counted=False)
    assert (beside.before, beside.after) == (1500, 2400)


def test_a_line_counts_in_the_year_of_its_delivery(weeks, kitchen, world):
    # The week of 28 December: Monday is of this year, the rest of the next one.
    weeks.order(1, "4")
    assert [(line.spent, line.year) for line in standing(kitchen, 2026)] == [(600, None)]
    assert [line.spent for line in standing(kitchen, 2027)] == [0]
    assert [line.spent for line in standing(world.add_institution(), 2026)] == [0]


def test_each_funding_source_has_its_own_sum(weeks, kitchen):
    kitchen.weekly_budget_cents = 700
    set_budget(kitchen, FRUIT, Period.YEAR, 2026, 1000, actor=COMMAND, now=NOW)
    receipt = weeks.order(0, "6", record=False, fruit=True)
    regular, fruit = standing(kitchen, 2026)
    assert (regular.funding, regular.ordered, regular.week, regular.left) == (REGULAR, 900, 700, None)
    assert (fruit.funding, fruit.ordered, fruit.week, fruit.left) == (FRUIT, 900, None, 100)
    taken = {
        change.funding: change.after for change in change_by(kitchen, receipt.submission_id, counted=True)
    }
    assert taken == {REGULAR: 900, FRUIT: 900}
    regular, fruit = uses(kitchen, receipt.order_id, WEEK + timedelta(weeks=PRESENT))
    assert (regular.funding, regular.year, regular.order) == (REGULAR, None, 900)
    assert (fruit.funding, fruit.year, fruit.order) == (FRUIT, 2026, 900)


def test_what_was_dropped_is_neither_spent_nor_ordered(weeks, kitchen, world, clock_at):
    receipt = weeks.order(0, "6", record=False)
    world.wait_for_approval(kitchen, receipt, "drop")
    clock_at(CLOSES + timedelta(weeks=PRESENT))
    record_cycle(world_cycle(receipt), actor=SCHEDULER)
    (line,) = standing(kitchen, 2026)
    assert (line.spent, line.ordered, line.forecast) == (0, 0, None)


def world_cycle(receipt):
    found = text("SELECT cycle_id FROM order_submission WHERE id = :id")
    return db.session.execute(found, {"id": receipt.submission_id}).scalar_one()


# What is unusual


def test_the_first_order_is_from_a_new_farm_and_nothing_else_is_unusual(weeks, kitchen):
    receipt = weeks.order(0, "60", record=False)
    found = unusual(kitchen.id, receipt.submission_id)
    assert (found.farms, found.dearer, found.large, found.off_season) == ((weeks.farm.name,), (), (), ())


def test_the_usual_week_at_the_usual_price_is_not_unusual(weeks, kitchen):
    for week in (-3, -2, -1):
        weeks.order(week, "10")
    receipt = weeks.order(0, "15", price=164, record=False)
    assert not unusual(kitchen.id, receipt.submission_id)


def test_a_dearer_product_and_a_large_quantity_are_told(weeks, kitchen):
    for week, price in ((-3, 100), (-2, 200), (-1, 150)):
        weeks.order(week, "10", price=price)
    receipt = weeks.order(0, "16", price=165, record=False)
    found = unusual(kitchen.id, receipt.submission_id)
    (dearer,) = found.dearer
    assert (dearer.last_cents, dearer.now_cents, dearer.rise_bp) == (150, 165, 1000)
    (large,) = found.large
    assert (large.grams, large.usual) == (16_000, 10_000)
    assert found.farms == ()


def test_other_kitchens_weeks_are_not_ours(weeks, kitchen, world):
    weeks.order(-1, "10")
    weeks.kitchen = world.add_institution()
    receipt = weeks.order(0, "10", record=False)
    assert kitchen.id != weeks.kitchen.id
    assert unusual(weeks.kitchen.id, receipt.submission_id).farms == (weeks.farm.name,)


def test_food_off_season_is_told(weeks, kitchen, world):
    food = world.add_food_type()
    berries = world.add_product(weeks.farm, food)
    receipt = weeks.order(0, "1", product=berries, record=False)
    assert unusual(kitchen.id, receipt.submission_id).off_season == ()
    food.months = [6, 7]
    db.session.flush()
    assert unusual(kitchen.id, receipt.submission_id).off_season == (berries.name,)
