"""Budgets of one kitchen of the municipality, as its accountant sees them."""

from flask import render_template, request

from foodorder.accounts.budgets import budgets_of
from foodorder.accounts.models import Institution
from foodorder.blueprints.coordinator.counter import Answer, bp, done, own_institution
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.budget_form import BudgetForm, asked_year
from foodorder.db import clock, transaction
from foodorder.language import gettext as _
from foodorder.language.times import local
from foodorder.procurement.budgets import standing
from foodorder.rules.agreements import FUNDINGS
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission


@bp.route("/institutions/<int:institution_id>/budgets", methods=["GET", "POST"])
@needs(Permission.BUDGETS_EDIT)
def budgets(institution_id: int) -> Answer:
    """What a kitchen may spend, what it spent, and when a second person approves its orders."""
    own = own_institution(institution_id)
    this = local(clock()).year
    year = asked_year(request.args.get("year"), this)
    form = BudgetForm()
    if request.method == "GET":
        form.begin_with(own, budgets_of(own, year))
    elif form.validate_on_submit():
        try:
            with transaction():
                form.save(own, year, actor=present().actor, now=clock())
        except Refusal as reason:
            form.refuse(reason)
        else:
            return done(_("Saved."), "coordinator.budgets", institution_id=institution_id, year=year)
    return _page(form, own_institution(institution_id), year, this)


def _page(form: BudgetForm, own: Institution, year: int, this: int) -> tuple[str, int]:
    shown = render_template(
        "coordinator/budgets.html",
        form=form,
        institution=own,
        year=year,
        this_year=this,
        lines=standing(own, year, ahead=year >= this),
        fundings=FUNDINGS,
    )
    return shown, 422 if form.errors else 200
