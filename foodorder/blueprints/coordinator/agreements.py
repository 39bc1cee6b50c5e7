"""Agreements of the municipality: the list, one agreement, drafts, in force, ended."""

from typing import Any

from flask import abort, redirect, render_template, url_for
from werkzeug.wrappers import Response

from foodorder.agreements.ceilings import limits_of
from foodorder.agreements.draft import create_agreement, edit_agreement
from foodorder.agreements.force import NotComplete, end_agreement, missing, put_in_force
from foodorder.agreements.models import Agreement, AgreementLot
from foodorder.agreements.queries import agreement_of, agreements_of, lot_of
from foodorder.blueprints.coordinator.agreement_forms import AgreementForm, EndForm
from foodorder.blueprints.coordinator.counter import Answer, bp, done, found, municipality, page
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.agreement_page import list_context, page_context
from foodorder.blueprints.shared.forms import EmptyForm
from foodorder.db import clock, transaction
from foodorder.language import gettext as _
from foodorder.rules.agreements import AgreementState
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission


def own_agreement(agreement_id: int) -> Agreement:
    """An agreement of this municipality; 404 for another's."""
    return found(agreement_of(municipality().id, agreement_id))


def own_lot(agreement_id: int, lot_id: int) -> AgreementLot:
    """A lot of an agreement of this municipality; 404 for others."""
    return found(lot_of(own_agreement(agreement_id), lot_id))


def to_agreement(agreement_id: int) -> Response:
    """To the agreement's page."""
    return redirect(url_for("coordinator.agreement", agreement_id=agreement_id), code=303)


@bp.get("/agreements")
@needs(Permission.AGREEMENTS_MANAGE)
def agreements() -> str:
    """All of them: how much of the term is gone, how much of the ceilings used."""
    context = list_context(agreements_of(municipality().id))
    return render_template("coordinator/agreements.html", municipality=municipality(), **context)


@bp.get("/agreements/<int:agreement_id>")
@needs(Permission.AGREEMENTS_MANAGE)
def agreement(agreement_id: int) -> str:
    """One agreement with all that belongs to it, and the next step."""
    own = own_agreement(agreement_id)
    problems = missing(own) if own.state == AgreementState.DRAFT else []
    return _page(own, problems)


def _page(own: Agreement, problems: list[Refusal]) -> str:
    return render_template("coordinator/agreement.html", problems=problems, **page_context(own))


@bp.route("/agreements/new", methods=["GET", "POST"])
@needs(Permission.AGREEMENTS_MANAGE)
def new_agreement() -> Answer:
    """Begin a draft."""
    form = AgreementForm()
    if form.validate_on_submit():
        try:
            with transaction():
                made = create_agreement(
                    municipality().id, form.agreement(), actor=present().actor, now=clock()
                )
                agreement_id = made.id
        except Refusal as reason:
            form.refuse(reason)
        else:
            return to_agreement(agreement_id)
    return page("coordinator/agreement_edit.html", form, agreement=None)


@bp.route("/agreements/<int:agreement_id>/edit", methods=["GET", "POST"])
@needs(Permission.AGREEMENTS_MANAGE)
def edit_agreement_(agreement_id: int) -> Answer:
    """Change a draft; what is in force has amendments instead."""
    own = own_agreement(agreement_id)
    if own.state != AgreementState.DRAFT:
        return to_agreement(agreement_id)
    limits = limits_of(own)
    form = AgreementForm(obj=own, limit_cents=limits.cents, limit_grams=limits.grams)
    if form.validate_on_submit():
        try:
            with transaction():
                edit_agreement(own, form.agreement(), actor=present().actor, now=clock())
        except Refusal as reason:
            form.refuse(reason)
        else:
            return done(_("Saved."), "coordinator.agreement", agreement_id=agreement_id)
    return page("coordinator/agreement_edit.html", form, agreement=own_agreement(agreement_id))


@bp.post("/agreements/<int:agreement_id>/put-in-force")
@needs(Permission.AGREEMENTS_MANAGE)
def put_agreement_in_force(agreement_id: int) -> Any:
    """Kitchens may order under it from now on."""
    own = own_agreement(agreement_id)
    if not EmptyForm().validate_on_submit():
        abort(400)
    try:
        with transaction():
            put_in_force(own, actor=present().actor, now=clock())
    except NotComplete as reason:
        return _page(own_agreement(agreement_id), reason.problems), 422
    return done(
        _("It is in force. From now on it changes by amendments only."),
        "coordinator.agreement",
        agreement_id=agreement_id,
    )


@bp.route("/agreements/<int:agreement_id>/end", methods=["GET", "POST"])
@needs(Permission.AGREEMENTS_MANAGE)
def end_agreement_(agreement_id: int) -> Answer:
    """Let nothing more be ordered under it."""
    own = own_agreement(agreement_id)
    form = EndForm()
    if form.validate_on_submit():
        try:
            with transaction():
                end_agreement(own, str(form.reason.data), actor=present().actor, now=clock())
        except Refusal as reason:
            form.refuse(reason)
        else:
            return done(_("It has ended."), "coordinator.agreement", agreement_id=agreement_id)
    return page("coordinator/agreement_end.html", form, agreement=own_agreement(agreement_id))
