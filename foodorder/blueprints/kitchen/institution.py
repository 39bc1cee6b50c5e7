"""Our kitchen: its data, doors, head-counts and budget."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from wtforms import SelectField
from wtforms.validators import NumberRange, Optional

from foodorder.accounts.duties import clashes_at
from foodorder.accounts.institutions import (
    AGE_GROUPS,
    set_budget,
    set_head_counts,
    set_pack_choice,
)
from foodorder.accounts.queries import point_of, whole_institution
from foodorder.blueprints.kitchen import bp
from foodorder.blueprints.kitchen.ours import our_institution
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.forms import BaseForm, CountField, MoneyField, options
from foodorder.db import clock, transaction
from foodorder.language import gettext
from foodorder.language import lazy_gettext as _l
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.permissions import ROLE_LABELS, Permission

#: Words of the age groups of head-counts, in years.
AGE_LABELS = {
    "1-3": N_("1 to 3 years"),
    "3-6": N_("3 to 6 years"),
    "6-11": N_("6 to 11 years"),
    "11-15": N_("11 to 15 years"),
    "15-19": N_("15 to 19 years"),
    "staff": N_("staff"),
}


class KitchenForm(BaseForm):
    """What a kitchen decides itself."""

    weekly_budget_cents = MoneyField(
        _l("Budget of a week, net"),
        [Optional()],
        description=_l("Shown while you order, and never passed by rounding up. Empty: no budget."),
    )
    pack_choice = SelectField(
        _l("When crates do not come out even"),
        choices=options([("down", _l("rather less")), ("up", _l("rather more"))]),
        description=_l("Asked with every order; this is what stands there at first."),
    )


class HeadCountForm(BaseForm):
    """How many eat at one door, by age group; an empty field is nobody."""

    def counts(self) -> dict[str, int]:
        """Persons by age group."""
        return {group: self[f"age_{place}"].data or 0 for place, group in enumerate(AGE_GROUPS)}


for _place, _group in enumerate(AGE_GROUPS):
    setattr(
        HeadCountForm,
        f"age_{_place}",
        CountField(_l(AGE_LABELS[_group]), [Optional(), NumberRange(min=0, max=10_000)]),
    )


@bp.route("/institution", methods=["GET", "POST"])
@needs(Permission.INSTITUTION_SEE)
def institution() -> Any:
    """Our data; the kitchen manager sets budget and packs."""
    ours = whole_institution(our_institution().id)
    form = KitchenForm(obj=ours)
    may_edit = present().may(Permission.INSTITUTION_EDIT)
    if may_edit and form.validate_on_submit():
        try:
            with transaction():
                actor, now = present().actor, clock()
                set_budget(ours, form.weekly_budget_cents.data, actor=actor, now=now)
                set_pack_choice(ours, form.pack_choice.data, actor=actor, now=now)
        except Refusal as reason:
            form.refuse(reason)
        else:
            flash(gettext("Saved."), "success")
            return redirect(url_for(".institution"), code=303)
    shown = render_template(
        "kitchen/institution.html",
        institution=ours,
        form=form,
        may_edit=may_edit,
        ages=AGE_LABELS,
        clashes=clashes_at(ours.id),
        role_labels=ROLE_LABELS,
    )
    return shown, 422 if form.errors else 200


@bp.route("/institution/points/<int:point_id>", methods=["GET", "POST"])
@needs(Permission.INSTITUTION_EDIT)
def head_counts(point_id: int) -> Any:
    """How many eat at one of our doors."""
    point = point_of(our_institution().id, point_id) or abort(404)
    known = {count.age_group: count.persons for count in point.head_counts}
    form = HeadCountForm(data={f"age_{place}": known.get(group) for place, group in enumerate(AGE_GROUPS)})
    if form.validate_on_submit():
        with transaction():
            set_head_counts(point, form.counts(), actor=present().actor, now=clock())
        flash(gettext("Saved."), "success")
        return redirect(url_for(".institution"), code=303)
    return render_template("kitchen/head_counts.html", point=point, form=form), 422 if form.errors else 200
