"""Kitchens of the municipality: the list, one kitchen's page, new ones."""

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from foodorder.accounts.duties import clashes_at, clashes_in
from foodorder.accounts.institutions import create_institution, edit_institution, set_active
from foodorder.accounts.queries import institutions_of, people_of_institution, people_of_municipality
from foodorder.blueprints.coordinator.counter import Answer, bp, done, municipality, own_institution, page
from foodorder.blueprints.coordinator.institution_forms import GROUPS, KINDS, PACK_CHOICES, InstitutionForm
from foodorder.blueprints.coordinator.people import may_revoke
from foodorder.blueprints.shared.access import needs, present
from foodorder.db import clock, transaction
from foodorder.language import gettext as _
from foodorder.ordering.queries import past_orders
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import ROLE_LABELS, Permission


@bp.get("/institutions")
@needs(Permission.INSTITUTIONS_MANAGE)
def institutions() -> str:
    """Kitchens, people with their roles, and the municipality's own rules."""
    own = municipality()
    return render_template(
        "coordinator/institutions.html",
        municipality=own,
        institutions=institutions_of(own.id, active=False),
        kinds=KINDS,
        grants=people_of_municipality(own.id),
        clashes=clashes_in(own.id),
        role_labels=ROLE_LABELS,
        may_revoke=may_revoke,
    )


@bp.get("/institutions/<int:institution_id>")
@needs(Permission.INSTITUTIONS_MANAGE)
def institution(institution_id: int) -> str:
    """One kitchen: its doors, who eats there, who works there, what it ordered."""
    own = own_institution(institution_id)
    return render_template(
        "coordinator/institution.html",
        institution=own,
        grants=people_of_institution(own.id),
        clashes=clashes_at(own.id),
        orders=past_orders(own.id, limit=8),
        kinds=KINDS,
        groups=GROUPS,
        pack_choices=PACK_CHOICES,
        role_labels=ROLE_LABELS,
        may_revoke=may_revoke,
    )


@bp.route("/institutions/new", methods=["GET", "POST"])
@needs(Permission.INSTITUTIONS_MANAGE)
def new_institution() -> Answer:
    """Enter a kitchen; its doors come next."""
    form = InstitutionForm()
    if form.validate_on_submit():
        try:
            with transaction():
                made = create_institution(
                    municipality().id, form.institution(), actor=present().actor, now=clock()
                )
                institution_id = made.id
        except Refusal as reason:
            form.refuse(reason)
        else:
            return redirect(url_for("coordinator.new_point", institution_id=institution_id), code=303)
    return page("coordinator/edit_institution.html", form, institution=None)


@bp.route("/institutions/<int:institution_id>/edit", methods=["GET", "POST"])
@needs(Permission.INSTITUTIONS_MANAGE)
def change_institution(institution_id: int) -> Answer:
    """Change what is written about a kitchen, its budget and its choice of packs."""
    own = own_institution(institution_id)
    form = InstitutionForm(obj=own)
    if form.validate_on_submit():
        try:
            with transaction():
                edit_institution(own, form.institution(), actor=present().actor, now=clock())
        except Refusal as reason:
            form.refuse(reason)
        else:
            return done(_("Saved."), "coordinator.institution", institution_id=institution_id)
    return page("coordinator/edit_institution.html", form, institution=own_institution(institution_id))


@bp.post("/institutions/<int:institution_id>/<any(rest, resume):verb>")
@needs(Permission.INSTITUTIONS_MANAGE)
def rest_institution(institution_id: int, verb: str) -> Response:
    """Let a kitchen rest, or take part again."""
    own = own_institution(institution_id)
    name, active = own.short_name, verb == "resume"
    with transaction():
        set_active(own, active, actor=present().actor, now=clock())
    said = (
        _("%(kitchen)s takes part again.", kitchen=name)
        if active
        else _("%(kitchen)s rests: it is not asked to order any more.", kitchen=name)
    )
    return done(said, "coordinator.institution", institution_id=institution_id)
