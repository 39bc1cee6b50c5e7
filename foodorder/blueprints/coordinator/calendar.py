"""Days without deliveries: school holidays and public holidays that schedules leave out."""

from datetime import timedelta

from flask import redirect, url_for
from werkzeug.wrappers import Response

from foodorder.accounts.calendar import add_period, period_of, periods, remove_period
from foodorder.accounts.models import CalendarPeriod
from foodorder.blueprints.coordinator.counter import Answer, bp, done, found, local_day, municipality, page
from foodorder.blueprints.coordinator.cycle_forms import PeriodForm, closed_words
from foodorder.blueprints.coordinator.typed import texts
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.page import flash_undo
from foodorder.db import clock, transaction
from foodorder.language import gettext as _
from foodorder.ordering.queries import schedules_of
from foodorder.ordering.schedules import plan_ahead
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission

#: What the page shows, back and ahead.
BACK, AHEAD = timedelta(weeks=8), timedelta(weeks=80)


@bp.route("/calendar", methods=["GET", "POST"])
@needs(Permission.SCHEDULES_MANAGE)
def calendar() -> Answer:
    """The calendar, and a form that adds to it."""
    own, form = municipality(), PeriodForm()
    if form.validate_on_submit() and _saved(form, None):
        return done(_("The days are entered. Planned cycles follow."), "coordinator.calendar")
    today = local_day(clock())
    return page(
        "coordinator/calendar.html",
        form,
        periods=periods(own.id, today - BACK, today + AHEAD),
        closed_words=closed_words,
    )


@bp.route("/calendar/<int:period_id>", methods=["GET", "POST"])
@needs(Permission.SCHEDULES_MANAGE)
def period(period_id: int) -> Answer:
    """Correct a period."""
    own = found(period_of(municipality().id, period_id))
    form = PeriodForm(obj=own, closes_all="all" if own.closes_all else "schools")
    if not form.is_submitted():
        form.closes_all.data = "all" if own.closes_all else "schools"
    elif form.validate() and _saved(form, own):
        return done(_("The days are changed. Planned cycles follow."), "coordinator.calendar")
    return page("coordinator/period.html", form, period=own)


@bp.post("/calendar/<int:period_id>/remove")
@needs(Permission.SCHEDULES_MANAGE)
def remove_days(period_id: int) -> Response:
    """Take a period out; for ten seconds it can be put back."""
    own = found(period_of(municipality().id, period_id))
    typed = {
        "name": own.name,
        "starts_on": own.starts_on.isoformat(),
        "ends_on": own.ends_on.isoformat(),
        "closes_all": "all" if own.closes_all else "schools",
        "source": own.source or "",
    }
    with transaction():
        remove_period(own, actor=present().actor, now=clock())
        _replan()
    flash_undo(_("“%(name)s” is taken out.", name=typed["name"]), url_for("coordinator.calendar"), typed)
    return redirect(url_for("coordinator.calendar"), code=303)


def _saved(form: PeriodForm, old: CalendarPeriod | None) -> bool:
    """Add what was typed, in place of the old period if there is one; False when it was refused."""
    own, actor, now = municipality(), present().actor, clock()
    try:
        with transaction():
            if old is not None:
                remove_period(old, actor=actor, now=now)
            add_period(
                own.id, **texts(form, "name", "starts_on", "ends_on", "source"),
                closes_all=form.closes_all.data == "all",
                actor=actor, now=now,
            )  # fmt: skip
            _replan()
    except Refusal as reason:
        form.refuse(reason)
        return False
    return True


def _replan() -> None:
    """Let planned cycles follow the calendar at once."""
    for schedule in schedules_of(municipality().id):
        if schedule.active:
            plan_ahead(schedule.id, actor=present().actor, now=clock())
