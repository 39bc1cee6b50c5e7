"""Weekly schedules: a rhythm in local words that makes cycles some weeks ahead.

Planning is done again each day, from any number of processes, and gives the same cycles: one per schedule and
delivery week. What is planned and not yet open follows the school calendar and the schedule; what is open is
never touched.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from foodorder.accounts.models import CalendarPeriod, Municipality
from foodorder.db import LOCK_SCHEDULE, db
from foodorder.ordering.cycles import NoDeliveryDays, plan_cycle
from foodorder.ordering.models import Cycle, Schedule
from foodorder.rules.calendar import Period, ScheduleRule, monday_of, open_days, plan_weeks, window
from foodorder.rules.cycle import State
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


@dataclass(frozen=True, slots=True)
class ScheduleData:
    """What a coordinator types: weekdays 0 = Monday, local times, `days` a bitmask (bit 0 = Monday)."""

    name: str
    opens_weekday: int
    opens_time: time
    closes_weekday: int
    closes_time: time
    starts_on: date
    opens_weeks_before: int = 2
    closes_weeks_before: int = 1
    days: int = 0b0011111
    weeks_ahead: int = 6
    active: bool = True


#: The columns that a person edits; nothing else is ever copied.
FIELDS = tuple(ScheduleData.__dataclass_fields__)


def save_schedule(
    municipality_id: int, data: ScheduleData, *, actor: Actor, now: datetime, schedule: Schedule | None = None
) -> Schedule:
    """Make a schedule, or change one; its planned cycles follow, open ones stay. Then plan ahead.

    Raises ClosesBeforeItOpens or NoDeliveryDays.
    """
    zone = db.session.get_one(Municipality, municipality_id).zone
    if not data.days:
        raise NoDeliveryDays
    values = {name: getattr(data, name) for name in FIELDS} | {"starts_on": monday_of(data.starts_on)}
    window(_rule(data, zone), values["starts_on"])
    before: dict[str, object] | None = None
    if schedule is None:
        schedule = Schedule(municipality_id=municipality_id, **values)
        db.session.add(schedule)
    else:
        before = {name: getattr(schedule, name) for name in FIELDS if getattr(schedule, name) != values[name]}
        for name, value in values.items():
            setattr(schedule, name, value)
    db.session.flush()
    trail.record(
        actor,
        "schedule.changed" if before is not None else "schedule.created",
        "schedule",
        schedule.id,
        now=now,
        municipality_id=municipality_id,
        before=before,
        after={name: values[name] for name in FIELDS if before is None or name in before},
    )
    if schedule.active:
        _plan(schedule, actor=actor, now=now, times=before is not None)
    return schedule


def active_schedules() -> list[int]:
    """The schedules that make cycles, of municipalities that take part."""
    return list(
        db.session.scalars(
            select(Schedule.id)
            .join(Municipality)
            .where(Schedule.active, Municipality.active)
            .order_by(Schedule.id)
        )
    )


def plan_ahead(schedule_id: int, *, actor: Actor, now: datetime) -> list[Cycle]:
    """Make the cycles that are missing, `weeks_ahead` weeks ahead; returns the new ones.

    A delivery week with no open day makes none, nor one whose deadline has passed; a cancelled cycle is not
    made again. Planned ones follow the calendar, but keep a deadline that a person has moved.
    Raises ClosesBeforeItOpens.
    """
    return _plan(db.session.get_one(Schedule, schedule_id), actor=actor, now=now)


def _plan(schedule: Schedule, *, actor: Actor, now: datetime, times: bool = False) -> list[Cycle]:
    """Make what is missing; with `times` planned cycles take the schedule's times too."""
    municipality_id = schedule.municipality_id
    db.session.execute(select(func.pg_advisory_xact_lock(LOCK_SCHEDULE, municipality_id)))
    zone = db.session.get_one(Municipality, municipality_id).zone
    first = max(schedule.starts_on, monday_of(now.astimezone(ZoneInfo(zone)).date()))
    closed_to_all, closed_to_schools = _calendar(municipality_id, first, schedule.weeks_ahead)
    planned = _planned(schedule.id, first)
    made = []
    for week in plan_weeks(_rule(schedule, zone), first, schedule.weeks_ahead, closed_to_all):
        school_days = open_days(week.days, week.monday, closed_to_schools)
        cycle = planned.get(week.monday)
        if cycle is None and week.closes_at > now:
            made.append(
                plan_cycle(
                    municipality_id,
                    week.monday,
                    opens_at=week.opens_at,
                    closes_at=week.closes_at,
                    days=week.days,
                    school_days=school_days,
                    schedule_id=schedule.id,
                    actor=actor,
                    now=now,
                )
            )
        elif cycle is not None and cycle.state == State.PLANNED and (not times or week.closes_at > now):
            values: dict[str, object] = {"days": week.days, "school_days": school_days}
            if times:
                values |= {"opens_at": week.opens_at, "closes_at": week.closes_at}
            _follow(cycle, values, actor=actor, now=now)
    return made


def _rule(words: Schedule | ScheduleData, zone: str) -> ScheduleRule:
    return ScheduleRule(
        opens_weeks_before=words.opens_weeks_before,
        opens_weekday=words.opens_weekday,
        opens_time=words.opens_time,
        closes_weeks_before=words.closes_weeks_before,
        closes_weekday=words.closes_weekday,
        closes_time=words.closes_time,
        days=words.days,
        zone=zone,
    )


def _calendar(municipality_id: int, first: date, weeks: int) -> tuple[list[Period], list[Period]]:
    """The periods closed to all, and those closed to schools (the former among them)."""
    rows = db.session.scalars(
        select(CalendarPeriod).where(
            CalendarPeriod.municipality_id == municipality_id,
            CalendarPeriod.ends_on >= first,
            CalendarPeriod.starts_on < first + timedelta(weeks=weeks),
        )
    ).all()
    to_all = [Period(row.starts_on, row.ends_on) for row in rows if row.closes_all]
    return to_all, [Period(row.starts_on, row.ends_on) for row in rows]


def _planned(schedule_id: int, first: date) -> dict[date, Cycle]:
    """The schedule's cycles from a week on, locked in order: an opening that runs meanwhile is waited for."""
    rows = db.session.scalars(
        select(Cycle)
        .where(Cycle.schedule_id == schedule_id, Cycle.week >= first)
        .order_by(Cycle.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {cycle.week: cycle for cycle in rows}


def _follow(cycle: Cycle, values: dict[str, object], *, actor: Actor, now: datetime) -> None:
    """Bring a planned cycle in line with its schedule and the calendar."""
    before = {name: getattr(cycle, name) for name, value in values.items() if getattr(cycle, name) != value}
    if not before:
        return
    for name in before:
        setattr(cycle, name, values[name])
    db.session.flush()
    trail.record(
        actor,
        "cycle.replanned",
        "cycle",
        cycle.id,
        now=now,
        municipality_id=cycle.municipality_id,
        before=before,
        after={name: values[name] for name in before},
    )
