"""Segregation of duties: whose roles clash, and which large orders nobody approved."""

from flask import render_template

from foodorder.accounts.duties import clashes_in
from foodorder.audit.duties import unapproved
from foodorder.blueprints.auditor.counter import bp, whole_municipality
from foodorder.blueprints.shared.access import needs
from foodorder.rules.duties import APART, DUTIES, DUTIES_OF
from foodorder.rules.permissions import ROLE_LABELS, Permission


@bp.get("/duties")
@needs(Permission.SPEND_SEE)
def duties() -> str:
    """Persons with clashing roles, the rule that they clash with, and orders approved by nobody."""
    of = whole_municipality()
    return render_template(
        "auditor/duties.html",
        people=clashes_in(of.id),
        orders=unapproved(of.id),
        apart=APART,
        words=DUTIES,
        duties_of=DUTIES_OF,
        role_labels=ROLE_LABELS,
    )
