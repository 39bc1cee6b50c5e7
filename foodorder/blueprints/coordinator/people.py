"""People with roles in the municipality: invited, and let go."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response
from wtforms import DateField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, Email, InputRequired, Length, Optional

from foodorder.accounts import people as service
from foodorder.accounts.models import AdmissionState, RoleGrant
from foodorder.accounts.queries import grant_of, institutions_of, producers_of
from foodorder.accounts.roles import Reach, revoke_grant
from foodorder.blueprints.coordinator.counter import bp, done, found, municipality, page
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.forms import BaseForm, options
from foodorder.db import clock, transaction
from foodorder.language import LANGUAGES, formats
from foodorder.language import gettext as _
from foodorder.language import lazy_gettext as _l
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.permissions import (
    ROLE_LABELS,
    SCOPES,
    Permission,
    Role,
    Scope,
    may_invite,
    may_invite_for_a_time,
)

#: Kind of place in the form → what a role there reaches over.
SCOPE_OF = {"i": Scope.INSTITUTION, "p": Scope.PRODUCER, "m": Scope.MUNICIPALITY}


def _place(kind: str, number: int, name: str, group: str) -> SelectChoice:
    return SelectChoice(f"{kind}{number}", name, optgroup=group)


class RoleElsewhere(Refusal):
    """A role in a place where it does not exist: a kitchen manager of a farm."""

    message = N_("This role does not go with this place. Choose another one.")
    default_field = "place"


class InviteForm(BaseForm):
    """Whom to invite, as what, where."""

    name = StringField(_l("Name and surname"), [DataRequired(), Length(max=120)])
    email = StringField(_l("E-mail"), [DataRequired(), Email(), Length(max=254)])
    role = SelectField(_l("Role"), [InputRequired()])
    place = SelectField(
        _l("Where"), [InputRequired()], description=_l("A kitchen, a producer, or the whole municipality.")
    )
    valid_until = DateField(
        _l("Access until"),
        [Optional()],
        description=_l(
            "The last day of an access limited in time; needed for auditors from outside. "
            "You cannot take theirs away before."
        ),
    )
    language = SelectField(
        _l("Language"), [InputRequired()], choices=options(LANGUAGES.items()), default="sl"
    )

    def offer(self) -> None:
        """The roles that may be given here, and the places within reach."""
        own, giver = municipality(), present().role
        self.role.choices = options(
            (role.value, _(ROLE_LABELS[role]) if may_invite(giver, role) else _("Auditor from outside"))
            for role in Role
            if may_invite_for_a_time(giver, role)
        )
        admitted = producers_of(own.id, (AdmissionState.ADMITTED, AdmissionState.SUSPENDED))
        self.place.choices = [
            *(_place("i", one.id, one.short_name, _("Kitchens")) for one in institutions_of(own.id)),
            *(_place("p", one.producer_id, one.producer.name, _("Producers")) for one in admitted),
            _place("m", own.id, own.name, _("Municipality")),
        ]

    def reach(self) -> Reach:
        """Where the role holds. Raises RoleElsewhere."""
        kind, number = self.place.data[0], int(self.place.data[1:])
        if SCOPES[Role(self.role.data)] is not SCOPE_OF[kind]:
            raise RoleElsewhere
        return Reach(**{f"{SCOPE_OF[kind].value}_id": number})


def end_of(day: date | None) -> datetime | None:
    """The moment a day ends in the municipality's zone, in UTC."""
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=1), time(), formats.zone()).astimezone(UTC)


def may_revoke(grant: RoleGrant) -> bool:
    """Whether the coordinator may take this role away: what one may give, and not one's own."""
    mine = present()
    return may_invite(mine.role, Role(grant.role)) and grant.id != mine.grant.id


@bp.route("/people/invite", methods=["GET", "POST"])
@needs(Permission.PEOPLE_INVITE)
def invite() -> Any:
    """Bring somebody in with a role and mail them how to log in."""
    municipality()
    form = InviteForm(role=request.args.get("role"), place=request.args.get("place"))
    form.offer()
    if form.validate_on_submit():
        try:
            with transaction():
                service.invite(
                    form.email.data or "", form.name.data or "", Role(form.role.data), form.reach(),
                    language=form.language.data, valid_until=end_of(form.valid_until.data),
                    actor=present().actor, now=clock(),
                )  # fmt: skip
        except Refusal as reason:
            form.refuse(reason)
        else:
            flash(_("The invitation is on its way to %(email)s.", email=form.email.data), "success")
            return redirect(url_for("coordinator.institutions", _anchor="people"), code=303)
    return page("coordinator/invite.html", form)


@bp.post("/people/<int:grant_id>/revoke")
@needs(Permission.PEOPLE_INVITE)
def revoke(grant_id: int) -> Response:
    """Take a role away; it ends in every browser at once."""
    grant = found(grant_of(municipality().id, grant_id))
    words = {"name": grant.person.name, "role": _(ROLE_LABELS[Role(grant.role)])}
    with transaction():
        revoke_grant(grant, actor=present().actor, now=clock())
    return done(
        _("%(name)s is not %(role)s any more.", **words), "coordinator.institutions", _anchor="people"
    )


@bp.post("/people/<int:grant_id>/invite")
@needs(Permission.PEOPLE_INVITE)
def invite_again(grant_id: int) -> Response:
    """Mail the invitation again to somebody who has not come yet."""
    grant = found(grant_of(municipality().id, grant_id))
    with transaction():
        service.invite_again(grant.person, actor=present().actor, now=clock())
    return done(_("The invitation was sent again."), "coordinator.institutions", _anchor="people")
