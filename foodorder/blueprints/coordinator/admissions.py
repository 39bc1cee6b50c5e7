"""Decisions on producers: admit, refuse, suspend, and their terms in this municipality."""

from collections.abc import Callable

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from foodorder.accounts import admission as verbs
from foodorder.accounts.models import Admission
from foodorder.accounts.producers import set_terms
from foodorder.accounts.queries import people_of_producer
from foodorder.blueprints.coordinator.counter import Answer, bp, done, own_admission, page
from foodorder.blueprints.coordinator.cycle_forms import ReasonForm
from foodorder.blueprints.coordinator.producer_forms import TermsForm
from foodorder.blueprints.shared.access import needs, present
from foodorder.db import clock, transaction
from foodorder.language import gettext as _
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission


@bp.post("/producers/<int:producer_id>/admit")
@needs(Permission.PRODUCERS_ADMIT)
def admit(producer_id: int) -> Response:
    """Let a producer sell here, and tell them."""
    own = own_admission(producer_id)
    name = own.producer.name
    with transaction():
        verbs.admit(own, actor=present().actor, now=clock())
    people = people_of_producer(producer_id)
    said = (
        _("%(producer)s is admitted and told so. If that was a mistake, suspend them here.", producer=name)
        if people
        else _(
            "%(producer)s is admitted and told so. Nobody can log in for them yet: invite somebody below. "
            "If it was a mistake, suspend them here.",
            producer=name,
        )
    )
    flash(said, "success")
    return redirect(url_for("coordinator.producer", producer_id=producer_id), code=303)


@bp.route("/producers/<int:producer_id>/refuse", methods=["GET", "POST"])
@needs(Permission.PRODUCERS_ADMIT)
def refuse(producer_id: int) -> Answer:
    """Refuse an application with a reason that the producer reads."""
    own = own_admission(producer_id)
    said = _("The application of %(producer)s is refused, and they are told why.", producer=own.producer.name)
    return _with_reason(own, verbs.refuse, said, "coordinator/refuse.html")


@bp.route("/producers/<int:producer_id>/suspend", methods=["GET", "POST"])
@needs(Permission.PRODUCERS_ADMIT)
def suspend(producer_id: int) -> Answer:
    """Stop an admitted producer from selling here, with a reason that they read."""
    own = own_admission(producer_id)
    said = _("%(producer)s is suspended and told why.", producer=own.producer.name)
    return _with_reason(own, verbs.suspend, said, "coordinator/suspend.html")


def _with_reason(own: Admission, verb: Callable[..., None], said: str, template: str) -> Answer:
    form, producer_id = ReasonForm(), own.producer_id
    if form.validate_on_submit():
        try:
            with transaction():
                verb(own, form.reason.data, actor=present().actor, now=clock())
        except Refusal as reason:
            form.refuse(reason)
        else:
            return done(said, "coordinator.producers")
    return page(template, form, admission=own_admission(producer_id))


@bp.route("/producers/<int:producer_id>/terms", methods=["GET", "POST"])
@needs(Permission.PRODUCERS_ADMIT)
def terms(producer_id: int) -> Answer:
    """On which days a producer delivers here, and for what least order."""
    own = own_admission(producer_id)
    form = TermsForm(obj=own)
    if form.validate_on_submit():
        try:
            with transaction():
                set_terms(
                    own, days=form.days.data, minimum_cents=form.minimum_cents.data or 0,
                    actor=present().actor, now=clock(),
                )  # fmt: skip
        except Refusal as reason:
            form.refuse(reason)
        else:
            return done(_("The terms are saved."), "coordinator.producer", producer_id=producer_id)
    return page("coordinator/terms.html", form, admission=own_admission(producer_id))
