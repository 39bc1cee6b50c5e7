"""Weekly schedules make cycles ahead: the school calendar, both clock changes, and again without change."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from foodorder.accounts.models import CalendarPeriod
from foodorder.db import db
from foodorder.ordering import cycles, schedules
from foodorder.ordering.models import Cycle
from foodorder.ordering.schedules import ScheduleData, active_schedules, plan_ahead, save_schedule
from foodorder.rules.cycle import ClosesBeforeItOpens
from foodorder.trail.actor import COMMAND, SCHEDULER

NOW = datetime(2026, 9, 2, 8, 0, tzinfo=UTC)
FIRST = date(2026, 9, 14)
WEEKLY = ScheduleData(
    name="Every week",
    opens_weekday=4,
    opens_time=time(8, 0),
    closes_weekday=3,
    closes_time=time(12, 0),
    starts_on=FIRST,
    weeks_ahead=4,
)


@pytest.fixture
def save(world):
    def saving(data=WEEKLY, now=NOW, **more):
        return save_schedule(world.municipality.id, data, actor=COMMAND, now=now, **more)

    return saving


def planned():
    return db.session.scalars(
        select(Cycle).order_by(Cycle.week, Cycle.sequence).execution_options(populate_existing=True)
    ).all()


def closed(world, first, last, *, to_all):
    db.session.add(
        CalendarPeriod(
            municipality_id=world.municipality.id, name="x", starts_on=first, ends_on=last, closes_all=to_all
        )
    )
    db.session.flush()


def test_a_schedule_makes_its_cycles_ahead_in_utc(world, save):
    world.municipality.pack_rounding, world.municipality.minimum_rule = "up", "waive"
    schedule = save()
    made = planned()
    # Four calendar weeks from the first delivery week on, while that still lies ahead.
    assert [cycle.week for cycle in made] == [FIRST + timedelta(weeks=week) for week in range(4)]
    first = made[0]
    assert first.opens_at == datetime(2026, 9, 4, 6, 0, tzinfo=UTC)
    assert first.closes_at == datetime(2026, 9, 10, 10, 0, tzinfo=UTC)
    assert (first.state, first.days, first.schedule_id) == ("planned", 0b11111, schedule.id)
    assert (first.pack_rounding, first.minimum_rule) == ("up", "waive")


def test_planning_again_makes_nothing_new(world, save):
    schedule = save()
    before = [cycle.id for cycle in planned()]
    assert plan_ahead(schedule.id, actor=SCHEDULER, now=NOW) == []
    later = plan_ahead(schedule.id, actor=SCHEDULER, now=NOW + timedelta(weeks=3))
    assert [cycle.week for cycle in later] == [FIRST + timedelta(weeks=4)]
    assert [cycle.id for cycle in planned()][:4] == before


def test_a_cancelled_cycle_is_not_made_again(world, save, clock_at):
    clock_at(NOW)
    schedule = save()
    cycles.cancel_cycle(planned()[0].id, "Fair", actor=COMMAND)
    assert plan_ahead(schedule.id, actor=SCHEDULER, now=NOW) == []


def test_a_week_whose_deadline_has_passed_is_not_made(world, save):
    save(now=datetime(2026, 9, 10, 10, 0, tzinfo=UTC))
    assert planned()[0].week == FIRST + timedelta(weeks=1)


@pytest.mark.parametrize(
    ("first", "opens_at", "closes_at"),
    [
        # Sunday 25 October 2026, 3:00 becomes 2:00: 2:30 happens twice, and means the first time.
        (
            date(2026, 11, 2),
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
            datetime(2026, 10, 29, 11, 0, tzinfo=UTC),
        ),
        # Sunday 28 March 2027, 2:00 becomes 3:00: 2:30 does not exist, and means 3:30.
        (date(2027, 4, 5), datetime(2027, 3, 28, 1, 30, tzinfo=UTC), datetime(2027, 4, 1, 10, 0, tzinfo=UTC)),
    ],
)
def test_both_clock_changes(world, save, first, opens_at, closes_at):
    data = replace(WEEKLY, opens_weekday=6, opens_time=time(2, 30), starts_on=first, weeks_ahead=1)
    save(data, now=datetime.combine(first, time(0), tzinfo=UTC) - timedelta(weeks=3))
    (cycle,) = planned()
    assert (cycle.opens_at, cycle.closes_at) == (opens_at, closes_at)


def test_the_calendar_takes_days_out_and_skips_weeks_without_any(world, save):
    closed(world, FIRST + timedelta(days=2), FIRST + timedelta(days=2), to_all=True)  # a holiday on Wednesday
    closed(world, FIRST + timedelta(days=7), FIRST + timedelta(days=13), to_all=True)
    closed(world, FIRST + timedelta(days=14), FIRST + timedelta(days=18), to_all=False)  # schools only
    save()
    assert [(cycle.week, cycle.days, cycle.school_days) for cycle in planned()] == [
        (FIRST, 0b11011, 0b11011),
        (FIRST + timedelta(days=14), 0b11111, 0),
        (FIRST + timedelta(days=21), 0b11111, 0b11111),
    ]


def test_planned_cycles_follow_the_calendar_and_open_ones_do_not(world, save, clock_at):
    clock_at(NOW + timedelta(days=3))
    schedule = save()
    opened, later = planned()[:2]
    cycles.open_cycle(opened.id, actor=SCHEDULER)
    for cycle in (opened, later):
        closed(world, cycle.week, cycle.week, to_all=True)
    plan_ahead(schedule.id, actor=SCHEDULER, now=NOW + timedelta(days=3))
    assert [cycle.days for cycle in planned()[:2]] == [0b11111, 0b11110]


def test_a_changed_schedule_changes_what_is_planned(world, save):
    schedule = save()
    save(replace(WEEKLY, closes_time=time(15, 0), name="Afternoon"), schedule=schedule)
    assert {cycle.closes_at.hour for cycle in planned()} == {13}
    assert schedule.name == "Afternoon"


def test_a_deadline_that_a_person_moved_is_kept_by_the_daily_planning(world, save, clock_at):
    clock_at(NOW)
    schedule = save()
    cycle = planned()[0]
    moved = cycle.closes_at + timedelta(hours=5)
    cycles.extend_cycle(cycle.id, moved, "Fair", actor=COMMAND)
    plan_ahead(schedule.id, actor=SCHEDULER, now=NOW)
    assert planned()[0].closes_at == moved


def test_two_schedules_of_one_week_do_not_collide(world, save):
    save()
    save(replace(WEEKLY, name="Dairy", days=0b00101))
    assert [cycle.name for cycle in planned()][:2] == ["2026-W38", "2026-W38/2"]


def test_only_active_schedules_of_active_municipalities_plan(world, save):
    schedule = save()
    assert active_schedules() == [schedule.id]
    world.municipality.active = False
    db.session.flush()
    assert active_schedules() == []


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"days": 0}, cycles.NoDeliveryDays),
        ({"opens_weekday": 3, "opens_weeks_before": 1, "opens_time": time(12, 0)}, ClosesBeforeItOpens),
    ],
)
def test_a_schedule_that_cannot_work_is_refused(world, save, change, refusal):
    with pytest.raises(refusal):
        save(replace(WEEKLY, **change))
    assert db.session.scalars(select(schedules.Schedule)).all() == []
