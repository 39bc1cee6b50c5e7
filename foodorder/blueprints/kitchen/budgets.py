"""Our budgets: what may be spent of each funding source, what is spent, and when a second person is asked."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from foodorder.accounts.budgets import budgets_of
from foodorder.blueprints.kitchen import bp
from foodorder.blueprints.kitchen.ours import our_institution
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.budget_form import BudgetForm, asked_year
from foodorder.db import clock, transaction
from foodorder.language import gettext
from foodorder.language.times import local
from foodorder.procurement.budgets import standing
from foodorder.rules.agreements import FUNDINGS
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission


@bp.get("/budgets")
@needs(Permission.INSTITUTION_SEE)
def budgets() -> Any:
    """Where we stand in a year; the accountant sets the budgets below."""
    year = shown_year()
    form = BudgetForm(formdata=None)
    form.begin_with(our_institution(), budgets_of(our_institution(), year))
    return show_budgets(form, year)


@bp.post("/budgets")
@needs(Permission.BUDGETS_EDIT)
def set_budgets() -> Any:
    """Set the budgets of a year, and when a second person is asked."""
    year, form = shown_year(), BudgetForm()
    if form.validate_on_submit():
        try:
            with transaction():
                form.save(our_institution(), year, actor=present().actor, now=clock())
        except Refusal as reason:
            form.refuse(reason)
        else:
            flash(gettext("Saved."), "success")
            return redirect(url_for(".budgets", year=year), code=303)
    return show_budgets(form, year), 422


def shown_year() -> int:
    """The year of the address, else the present one."""
    return asked_year(request.args.get("year"), local(clock()).year)


def show_budgets(form: BudgetForm, year: int) -> str:
    """The page of one year."""
    this = local(clock()).year
    return render_template(
        "kitchen/budgets.html",
        form=form,
        year=year,
        this_year=this,
        lines=standing(our_institution(), year, ahead=year >= this),
        fundings=FUNDINGS,
        institution=our_institution(),
        may_edit=present().may(Permission.BUDGETS_EDIT),
    )
