"""Weekly schedules, with the weeks they would make before anything is saved."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from flask import request

from foodorder.accounts.calendar import periods
from foodorder.accounts.models import Municipality
from foodorder.blueprints.coordinator.counter import Answer, bp, done, found, local_day, municipality, page
from foodorder.blueprints.coordinator.cycle_forms import ScheduleForm
from foodorder.blueprints.shared.access import needs, present
from foodorder.db import clock, transaction
from foodorder.language import gettext as _
from foodorder.ordering.models import Schedule
from foodorder.ordering.queries import schedules_of
from foodorder.ordering.schedules import FIELDS, ScheduleData, save_schedule
from foodorder.rules.calendar import Period, PlannedWeek, ScheduleRule, monday_of, plan_weeks
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission


@bp.route("/schedules/new", methods=["GET", "POST"])
@bp.route("/schedules/<int:schedule_id>", methods=["GET", "POST"])
@needs(Permission.SCHEDULES_MANAGE)
def schedule(schedule_id: int | None = None) -> Answer:
    """Make or change a schedule; "preview" shows the weeks it would make and saves nothing."""
    own, now = municipality(), clock()
    present_one = None if schedule_id is None else _schedule(own, schedule_id)
    form = ScheduleForm(obj=present_one)
    if present_one is None and not form.is_submitted():
        form.starts_on.data = monday_of(local_day(now)) + timedelta(weeks=2)
    weeks: Sequence[PlannedWeek] = ()
    if not form.is_submitted() or form.validate():
        try:
            weeks = _preview(own, form, now)
            if form.is_submitted() and "save" in request.form:
                with transaction():
                    save_schedule(own.id, _data(form), actor=present().actor, now=now, schedule=present_one)
                return done(_("The schedule is saved, and its cycles are planned."), "coordinator.cycles")
        except Refusal as reason:
            form.refuse(reason, "closes_weekday" if reason.field == "closes_at" else None)
    return page("coordinator/schedule.html", form, schedule=present_one, weeks=weeks)


def _schedule(own: Municipality, schedule_id: int) -> Schedule:
    return found(next((one for one in schedules_of(own.id) if one.id == schedule_id), None))


def _data(form: ScheduleForm) -> ScheduleData:
    return ScheduleData(**{name: form[name].data for name in FIELDS})


def _preview(own: Municipality, form: ScheduleForm, now: datetime) -> list[PlannedWeek]:
    """The weeks that the form would make, with the holidays taken out. Raises ClosesBeforeItOpens."""
    data = _data(form)
    if not form.is_submitted() and form.opens_time.data is None:
        return []
    first: date = max(monday_of(data.starts_on), monday_of(local_day(now)))
    closed = [
        Period(period.starts_on, period.ends_on)
        for period in periods(own.id, first, first + timedelta(weeks=data.weeks_ahead))
        if period.closes_all
    ]
    rule = ScheduleRule(
        opens_weeks_before=data.opens_weeks_before,
        opens_weekday=data.opens_weekday,
        opens_time=data.opens_time,
        closes_weeks_before=data.closes_weeks_before,
        closes_weekday=data.closes_weekday,
        closes_time=data.closes_time,
        days=data.days,
        zone=own.zone,
    )
    return [week for week in plan_weeks(rule, first, data.weeks_ahead, closed) if week.closes_at > now]
