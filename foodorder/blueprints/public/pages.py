"""The first page, help for each role, the accessibility statement, whom to ask."""

from typing import Any

from flask import abort, redirect, render_template, url_for

from foodorder.accounts.municipalities import every_municipality
from foodorder.blueprints.public.counter import bp
from foodorder.blueprints.shared.access import acting, public
from foodorder.blueprints.shared.navigation import first_page
from foodorder.db import clock
from foodorder.ordering.queries import open_cycles
from foodorder.rules.errors import N_
from foodorder.rules.permissions import Role

#: Role in the address of a help page → who that is.
GUIDES = {
    "kitchen": N_("For kitchens"),
    "farm": N_("For farms"),
    "accountant": N_("For accountants"),
    "coordinator": N_("For coordinators"),
    "auditor": N_("For auditors"),
    "administrator": N_("For administrators"),
}

GUIDE_OF = {
    Role.KITCHEN_MANAGER: "kitchen",
    Role.APPROVER: "kitchen",
    Role.ACCOUNTANT: "accountant",
    Role.PRODUCER: "farm",
    Role.COORDINATOR: "coordinator",
    Role.AUDITOR: "auditor",
    Role.ADMINISTRATOR: "administrator",
}


@bp.get("/")
@public
def home() -> Any:
    """What this is and what is open; whoever works here goes straight to their work."""
    who = acting()
    if who is not None and first_page(who) != "public.home":
        return redirect(url_for(first_page(who)))
    return render_template(
        "public/home.html", cycles=open_cycles(), municipalities=taking_part(), now=clock()
    )


def taking_part() -> dict[int, Any]:
    """The municipalities that take part, by their number."""
    return {municipality.id: municipality for municipality in every_municipality(active=True)}


@bp.get("/help")
@public
def help() -> Any:
    """All guides, one's own first."""
    who = acting()
    own = GUIDE_OF[who.role] if who else None
    return render_template("public/help.html", guides=GUIDES, own=own)


@bp.get("/help/<guide>")
@public
def guide(guide: str) -> Any:
    """The guide for one role."""
    if guide not in GUIDES:
        abort(404)
    return render_template(f"public/help_{guide}.html", title=GUIDES[guide], guides=GUIDES, own=guide)


@bp.get("/accessibility")
@public
def accessibility() -> Any:
    """The statement that the law on accessible websites asks for (ZDSMA)."""
    return render_template("public/accessibility.html")


@bp.get("/contact")
@public
def contact() -> Any:
    """Whom to ask in each municipality."""
    return render_template("public/contact.html", municipalities=taking_part().values())
