"""The people of the installation: coordinators, auditors, administrators."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, render_template, url_for

from foodorder.accounts import people as service
from foodorder.accounts import queries
from foodorder.accounts.models import Person, RoleGrant
from foodorder.accounts.municipalities import every_municipality
from foodorder.accounts.roles import reach_for, revoke_grant
from foodorder.blueprints.administrator.counter import bp
from foodorder.blueprints.administrator.forms import InviteForm
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.forms import EmptyForm, options
from foodorder.db import clock, db, transaction
from foodorder.language import DEFAULT_ZONE, formats
from foodorder.language import gettext as _
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import ROLE_LABELS, Permission, Role


@bp.route("/people", methods=["GET", "POST"])
@needs(Permission.INSTALLATION_MANAGE)
def people() -> Any:
    """Who runs and checks, and the form that invites another."""
    form = InviteForm()
    taking_part = ((one.id, one.name) for one in every_municipality(active=True))
    form.municipality.choices = options([("", _("none")), *taking_part])
    if form.validate_on_submit():
        try:
            with transaction():
                invite(form)
            flash(_("The invitation is on its way to %(email)s.", email=form.email.data), "success")
            return redirect(url_for("administrator.people"), code=303)
        except Refusal as reason:
            form.refuse(reason)
    page = render_template(
        "administrator/people.html",
        form=form,
        grants=queries.staff_of_installation(),
        role_labels=ROLE_LABELS,
    )
    return page, 422 if form.errors else 200


def invite(form: InviteForm) -> None:
    """Invite whom the form names; raises what the service refuses."""
    role = Role(form.role.data)
    service.invite(
        form.email.data or "",
        form.name.data or "",
        role,
        reach_for(role, form.municipality.data),
        language=form.language.data,
        valid_until=end_of(form.valid_until.data),
        actor=present().actor,
        now=clock(),
    )


def end_of(day: date | None) -> datetime | None:
    """The moment a day ends in the zone of the country, in UTC."""
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(DEFAULT_ZONE)).astimezone(UTC)


@bp.post("/roles/<int:grant_id>/revoke")
@needs(Permission.INSTALLATION_MANAGE)
def revoke(grant_id: int) -> Any:
    """Take a role away; it ends in every browser at once."""
    grant = _chosen(grant_id)
    name = grant.person.name
    try:
        with transaction():
            revoke_grant(grant, actor=present().actor, now=clock())
        flash(_("%(name)s does not have the role any more.", name=name), "success")
    except Refusal as reason:
        flash(formats.refusal(reason), "error")
    return redirect(url_for("administrator.people"), code=303)


@bp.post("/roles/<int:grant_id>/invite")
@needs(Permission.INSTALLATION_MANAGE)
def invite_again(grant_id: int) -> Any:
    """Mail the invitation again to somebody who has not come yet."""
    person = _chosen(grant_id).person
    with transaction():
        service.invite_again(person, actor=present().actor, now=clock())
    flash(_("The invitation was sent again."), "success")
    return redirect(url_for("administrator.people"), code=303)


@bp.post("/people/<int:person_id>/<any(dismiss, readmit):verb>")
@needs(Permission.INSTALLATION_MANAGE)
def let_go(person_id: int, verb: str) -> Any:
    """Lock somebody out with all their roles, or let them in again."""
    person = db.session.get(Person, person_id)
    if person is None:
        abort(404)
    if not EmptyForm().validate_on_submit():
        abort(400)
    act = service.deactivate_person if verb == "dismiss" else service.reactivate_person
    try:
        with transaction():
            act(person, actor=present().actor, now=clock())
        flash(_("Saved."), "success")
    except Refusal as reason:
        flash(formats.refusal(reason), "error")
    return redirect(url_for("administrator.people"), code=303)


def _chosen(grant_id: int) -> RoleGrant:
    grant = queries.grant_by_id(grant_id)
    if grant is None:
        abort(404)
    if not EmptyForm().validate_on_submit():
        abort(400)
    return grant
