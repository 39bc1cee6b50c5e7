"""Applications to dynamic purchasing systems: what waits, one of them with its documents, the decision."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import Length

from foodorder.accounts.interests import local_day, withdrawn_from
from foodorder.accounts.queries import admission_of
from foodorder.agreements.application_queries import (
    application_of,
    applications_of_municipality,
    counted,
    days_left,
    document_of,
)
from foodorder.agreements.applications import admit, refuse
from foodorder.agreements.models import LotApplication
from foodorder.blueprints.coordinator.counter import Answer, bp, found, municipality, page
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.files import download
from foodorder.blueprints.shared.forms import BaseForm, ShareField
from foodorder.db import clock, transaction
from foodorder.language import gettext as _
from foodorder.language import lazy_gettext as _l
from foodorder.rules.agreements import APPLICATION_STATES
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission


class DecisionForm(BaseForm):
    """A decision on an application: the button says which; a refusal needs its reason."""

    share_bp = ShareField(_l("Share of the lot"), description=_l("Part of the lot’s value, in per cent."))
    reason = TextAreaField(
        _l("Reason"), [Length(max=1000)], description=_l("Needed to refuse. The producer reads it.")
    )


@bp.get("/applications")
@needs(Permission.AGREEMENTS_MANAGE)
def applications() -> str:
    """What waits, the most urgent first, and what was decided."""
    rows, now = applications_of_municipality(municipality().id), clock()
    waiting = sorted((one for one in rows if one.state == "asked"), key=lambda one: (one.decide_by, one.id))
    return render_template(
        "coordinator/applications.html",
        waiting=waiting,
        left=counted(waiting, now),
        decided=[one for one in rows if one.state != "asked"],
        states=APPLICATION_STATES,
    )


@bp.route("/applications/<int:application_id>", methods=["GET", "POST"])
@needs(Permission.AGREEMENTS_MANAGE)
def application(application_id: int) -> Answer:
    """One application with its documents, and the decision."""
    own, form = own_application(application_id), DecisionForm()
    if form.validate_on_submit():
        try:
            with transaction():
                said = _decide(own, form)
        except Refusal as reason:
            form.refuse(reason)
        else:
            flash(said, "success")
            return redirect(url_for("coordinator.applications"), code=303)
        own = own_application(application_id)
    today = local_day(municipality(), clock())
    return page(
        "coordinator/application.html",
        form,
        one=own,
        left=days_left(own, clock()) if own.state == "asked" else None,
        admission=admission_of(municipality().id, own.producer_id),
        kept_out=own.producer_id in withdrawn_from(present().actor, today),
        states=APPLICATION_STATES,
    )


def _decide(own: LotApplication, form: DecisionForm) -> str:
    """Decide as the button says; what was done, in words."""
    act: dict[str, Any] = {"actor": present().actor, "now": clock()}
    words = {"producer": own.producer.name, "lot": own.lot.number}
    if request.form.get("decision") == "admit":
        admit(own, form.reason.data, share_bp=form.share_bp.data, **act)
        return _("%(producer)s is admitted to lot %(lot)s and told so.", **words)
    refuse(own, form.reason.data or "", **act)
    return _("The application of %(producer)s for lot %(lot)s is refused, and they are told why.", **words)


@bp.get("/applications/<int:application_id>/documents/<int:document_id>")
@needs(Permission.AGREEMENTS_MANAGE)
def application_document(application_id: int, document_id: int) -> Response:
    """A file that came with an application to one of our lots."""
    file = found(document_of(own_application(application_id), document_id))
    return download(file.name, file.media_type, file.content)


def own_application(application_id: int) -> LotApplication:
    """An application to a lot of this municipality; 404 for another's."""
    return found(application_of(application_id, municipality_id=municipality().id))
