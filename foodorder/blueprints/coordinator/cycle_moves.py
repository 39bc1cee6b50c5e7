"""What a coordinator does with a cycle: open, extend, cancel, remind, close again, simulate."""

from flask import redirect, url_for
from werkzeug.wrappers import Response

from foodorder.blueprints.coordinator.counter import Answer, back, bp, done, municipality, own_cycle, page
from foodorder.blueprints.coordinator.cycle_forms import CycleForm, ExtendForm, ReasonForm
from foodorder.blueprints.coordinator.cycle_words import week_words
from foodorder.blueprints.shared.access import needs, present
from foodorder.db import clock, retrying, transaction
from foodorder.jobs import words
from foodorder.language import gettext as _
from foodorder.language import ngettext
from foodorder.language.times import long_moment
from foodorder.ordering import cycles as verbs
from foodorder.ordering.reminders import remind as write_reminders
from foodorder.procurement.record_cycle import Closed, mark_failed, record_cycle
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission
from foodorder.trail import service as trail


@bp.post("/cycles/<int:cycle_id>/open")
@needs(Permission.CYCLES_MANAGE)
def open_now(cycle_id: int) -> Response:
    """Open a planned cycle before its time."""
    own, actor = own_cycle(cycle_id), present().actor
    retrying(lambda: verbs.open_cycle(own.id, actor=actor))
    return done(_("The cycle is open, and the kitchens are told."), "coordinator.cycle", cycle_id=cycle_id)


@bp.route("/cycles/<int:cycle_id>/extend", methods=["GET", "POST"])
@needs(Permission.CYCLES_MANAGE)
def extend(cycle_id: int) -> Answer:
    """Move the deadline later, with a reason that everybody reads."""
    own, form = own_cycle(cycle_id), ExtendForm()
    week = week_words(own)
    if not form.is_submitted():
        form.begin_with(own.closes_at)
    elif form.validate():
        try:
            closes_at = form.deadline()
            with transaction():
                verbs.extend_cycle(own.id, closes_at, form.reason.data or "", actor=present().actor)
        except Refusal as reason:
            form.refuse(reason, "closes_on" if reason.field == "closes_at" else None)
        else:
            said = _(
                "The week of %(week)s now closes on %(closes)s.", week=week, closes=long_moment(closes_at)
            )
            return done(said, "coordinator.cycle", cycle_id=cycle_id)
    return page("coordinator/extend.html", form, cycle=own_cycle(cycle_id), week=week)


@bp.route("/cycles/<int:cycle_id>/cancel", methods=["GET", "POST"])
@needs(Permission.CYCLES_MANAGE)
def cancel(cycle_id: int) -> Answer:
    """Give a cycle up before its close, with a reason that everybody reads."""
    own, form = own_cycle(cycle_id), ReasonForm()
    week = week_words(own)
    if form.validate_on_submit():
        try:
            with transaction():
                verbs.cancel_cycle(own.id, form.reason.data or "", actor=present().actor)
        except Refusal as reason:
            form.refuse(reason)
        else:
            return done(
                _("The week of %(week)s is cancelled.", week=week), "coordinator.cycle", cycle_id=cycle_id
            )
    return page("coordinator/cancel.html", form, cycle=own_cycle(cycle_id), week=week)


@bp.post("/cycles/<int:cycle_id>/remind")
@needs(Permission.CYCLES_MANAGE)
def remind(cycle_id: int) -> Response:
    """Write to the kitchens that have not ordered; once a day by hand."""
    own = own_cycle(cycle_id)
    with transaction():
        told = write_reminders(own.id, 0, actor=present().actor)
    if told:
        said = ngettext(
            "%(count)s reminder is on its way.", "%(count)s reminders are on their way.", told, count=told
        )
    else:
        said = _("Nobody was reminded: everybody has ordered, or was reminded by hand today already.")
    return done(said, "coordinator.cycle", cycle_id=cycle_id)


@bp.post("/cycles/<int:cycle_id>/close")
@needs(Permission.CYCLES_MANAGE)
def close(cycle_id: int) -> Response:
    """Close a cycle whose deadline has passed: again after a failure, or because the scheduler rests."""
    own = own_cycle(cycle_id)
    closed = _close(own.id)
    if closed is None:
        return back("coordinator.cycle", cycle_id=cycle_id)
    said = ngettext(
        "The close is done: %(count)s record was written.",
        "The close is done: %(count)s records were written.",
        closed.records, count=closed.records,
    )  # fmt: skip
    return done(said, "coordinator.cycle", cycle_id=cycle_id)


def _close(cycle_id: int) -> Closed | None:
    """The close as the scheduler does it, on this person's account; None when it failed again."""
    actor = present().actor
    try:
        closed = retrying(lambda: record_cycle(cycle_id, actor=actor))
    except Refusal:
        raise
    except Exception as error:
        cause = words(error)
        with transaction():
            mark_failed(cycle_id, cause, actor=actor)
        return None
    with transaction():
        trail.seal()
    return closed


@bp.route("/cycles/new", methods=["GET", "POST"])
@needs(Permission.CYCLES_MANAGE)
def new_cycle() -> Answer:
    """Plan one cycle outside every schedule, for instance a second one of a week."""
    form = CycleForm()
    if form.validate_on_submit():
        opens_at, closes_at = form.window()
        days = form.days.data
        try:
            with transaction():
                made = verbs.plan_cycle(
                    municipality().id, form.monday(), opens_at=opens_at, closes_at=closes_at,
                    days=days, school_days=days, actor=present().actor, now=clock(),
                )  # fmt: skip
                cycle_id = made.id
        except Refusal as reason:
            form.refuse(reason, "closes_on" if reason.field == "closes_at" else None)
        else:
            return redirect(url_for("coordinator.cycle", cycle_id=cycle_id), code=303)
    return page("coordinator/new_cycle.html", form)
