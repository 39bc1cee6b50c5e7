"""Delivery points of a kitchen: address, windows, head-counts."""

from werkzeug.wrappers import Response

from foodorder.accounts.institutions import add_point, close_point, edit_point
from foodorder.accounts.models import DeliveryPoint
from foodorder.accounts.queries import point_of
from foodorder.blueprints.coordinator.counter import Answer, bp, done, found, own_institution, page
from foodorder.blueprints.coordinator.institution_forms import PointForm
from foodorder.blueprints.shared.access import needs, present
from foodorder.db import clock, transaction
from foodorder.language import gettext as _
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission


def _own_point(institution_id: int, point_id: int) -> DeliveryPoint:
    return found(point_of(own_institution(institution_id).id, point_id))


@bp.route("/institutions/<int:institution_id>/points/new", methods=["GET", "POST"])
@needs(Permission.INSTITUTIONS_MANAGE)
def new_point(institution_id: int) -> Answer:
    """Enter a door of a kitchen."""
    own, form = own_institution(institution_id), PointForm()
    if not form.is_submitted():
        form.address.data, form.postcode.data, form.town.data = own.address, own.postcode, own.town
    if form.validate_on_submit():
        try:
            with transaction():
                add_point(own, form.point(), actor=present().actor, now=clock())
        except Refusal as reason:
            form.refuse(reason)
        else:
            return done(
                _("The delivery point is entered."), "coordinator.institution", institution_id=institution_id
            )
    return page("coordinator/point.html", form, institution=own_institution(institution_id), point=None)


@bp.route("/institutions/<int:institution_id>/points/<int:point_id>", methods=["GET", "POST"])
@needs(Permission.INSTITUTIONS_MANAGE)
def point(institution_id: int, point_id: int) -> Answer:
    """Change a door."""
    own = _own_point(institution_id, point_id)
    form = PointForm(data=_columns(own))
    if not form.is_submitted():
        form.begin_with(own)
    if form.validate_on_submit():
        try:
            with transaction():
                edit_point(own, form.point(), actor=present().actor, now=clock())
        except Refusal as reason:
            form.refuse(reason)
        else:
            return done(_("Saved."), "coordinator.institution", institution_id=institution_id)
    return page(
        "coordinator/point.html",
        form,
        institution=own_institution(institution_id),
        point=_own_point(institution_id, point_id),
    )


def _columns(own: DeliveryPoint) -> dict[str, str | None]:
    return {
        name: getattr(own, name) for name in ("name", "address", "postcode", "town", "instructions", "phone")
    }


@bp.post("/institutions/<int:institution_id>/points/<int:point_id>/close")
@needs(Permission.INSTITUTIONS_MANAGE)
def close_door(institution_id: int, point_id: int) -> Response:
    """Take a door out of use; what was ordered for it stays."""
    own = _own_point(institution_id, point_id)
    with transaction():
        close_point(own, actor=present().actor, now=clock())
    return done(
        _("The delivery point is out of use."), "coordinator.institution", institution_id=institution_id
    )
