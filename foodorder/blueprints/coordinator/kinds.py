"""Kinds of purchases, and whether only what has a lawful basis may be ordered."""

from flask import abort
from werkzeug.wrappers import Response
from wtforms import RadioField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from foodorder.agreements.kinds import (
    copy_defaults,
    foods_with_kinds,
    kind_of,
    kinds_of,
    remove_kind,
    save_kind,
    set_enforcement,
)
from foodorder.agreements.models import SubjectKind
from foodorder.blueprints.coordinator.counter import Answer, bp, done, found, municipality, page
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.forms import BaseForm, EmptyForm, options
from foodorder.db import clock, transaction
from foodorder.language import gettext as _
from foodorder.language import lazy_gettext as _l
from foodorder.rules.agreements import Enforcement
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission

ENFORCEMENTS = {
    Enforcement.ENFORCED: _l("Only what has a lawful basis can be ordered"),
    Enforcement.OFF: _l("Whatever is offered can be ordered; no lawful basis is determined"),
}


class EnforcementForm(BaseForm):
    """Whether the rules are enforced."""

    lawful_basis = RadioField(
        _l("Lawful basis of orders"), [InputRequired()], choices=options(ENFORCEMENTS.items())
    )


class KindForm(BaseForm):
    """A kind of purchase."""

    name = StringField(_l("Name"), [DataRequired(), Length(max=80)])
    cpv = StringField(
        _l("CPV codes"), [DataRequired(), Length(max=400)],
        description=_l("Codes or their beginnings, parted by commas: 03221, 15331. The longest decides."),
    )  # fmt: skip

    def codes(self) -> list[str]:
        """The codes that were typed."""
        return str(self.cpv.data).replace(",", " ").replace(";", " ").split()


@bp.route("/kinds", methods=["GET", "POST"])
@needs(Permission.AGREEMENTS_MANAGE)
def kinds() -> Answer:
    """The kinds, which food is of which, and whether the rules are enforced."""
    own = municipality()
    form = EnforcementForm(obj=own)
    if form.validate_on_submit():
        try:
            with transaction():
                set_enforcement(own, Enforcement(form.lawful_basis.data), actor=present().actor, now=clock())
        except Refusal as reason:
            form.refuse(reason)
        else:
            return done(_("Saved."), "coordinator.kinds")
    own = municipality()
    rows = foods_with_kinds(own.id)
    missing = sum(row.kind is None for row in rows)
    return page("coordinator/kinds.html", form, kinds=kinds_of(own.id), foods=rows, missing=missing)


@bp.post("/kinds/defaults")
@needs(Permission.AGREEMENTS_MANAGE)
def usual_kinds() -> Response:
    """Begin with the usual kinds."""
    if not EmptyForm().validate_on_submit():
        abort(400)
    own = municipality()
    with transaction():
        copy_defaults(own.id, language=own.language, actor=present().actor, now=clock())
    return done(_("Now there are the usual kinds. Change what is different here."), "coordinator.kinds")


@bp.route("/kinds/new", methods=["GET", "POST"])
@needs(Permission.AGREEMENTS_MANAGE)
def new_kind() -> Answer:
    """Define a kind."""
    return _edit(KindForm(), None)


@bp.route("/kinds/<int:kind_id>", methods=["GET", "POST"])
@needs(Permission.AGREEMENTS_MANAGE)
def change_kind(kind_id: int) -> Answer:
    """Change a kind's name and codes."""
    kind = own_kind(kind_id)
    return _edit(KindForm(data={"name": kind.name, "cpv": ", ".join(kind.cpv)}), kind)


@bp.post("/kinds/<int:kind_id>/remove")
@needs(Permission.AGREEMENTS_MANAGE)
def remove_kind_(kind_id: int) -> Response:
    """Give a kind up."""
    kind = own_kind(kind_id)
    if not EmptyForm().validate_on_submit():
        abort(400)
    with transaction():
        remove_kind(kind, actor=present().actor, now=clock())
    return done(_("The kind is gone; its foods belong to the next that fits."), "coordinator.kinds")


def own_kind(kind_id: int) -> SubjectKind:
    """A kind of this municipality; 404 for another's."""
    return found(kind_of(municipality().id, kind_id))


def _edit(form: KindForm, kind: SubjectKind | None) -> Answer:
    kind_id = kind.id if kind else None
    if form.validate_on_submit():
        try:
            with transaction():
                save_kind(
                    municipality().id, str(form.name.data), form.codes(), kind=kind, actor=present().actor,
                    now=clock(),
                )  # fmt: skip
        except Refusal as reason:
            form.refuse(reason)
        else:
            return done(_("Saved."), "coordinator.kinds")
    return page("coordinator/kind.html", form, kind=own_kind(kind_id) if kind_id else None)
