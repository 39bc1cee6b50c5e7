"""Statements of our institution's account: what left it, and what of it waits for a word."""

from typing import Any

from foodorder.billing.statements import Owner
from foodorder.blueprints.kitchen import bp
from foodorder.blueprints.kitchen.ours import our_institution_id
from foodorder.blueprints.shared import statements as pages
from foodorder.blueprints.shared.access import needs
from foodorder.rules.permissions import Permission


def desk() -> pages.Desk:
    """Our own account."""
    return pages.Desk(Owner(institution_id=our_institution_id()), "base.html")


@bp.route("/payments/statements", methods=["GET", "POST"])
@needs(Permission.STATEMENTS_READ)
def statements() -> Any:
    """What was read in, and the form for the next one."""
    return pages.statements_page(desk())


@bp.get("/payments/statements/<int:bank_statement_id>")
@needs(Permission.STATEMENTS_READ)
def statement(bank_statement_id: int) -> Any:
    """A statement and what came of each entry."""
    return pages.statement_page(desk(), bank_statement_id)


@bp.get("/payments/entries")
@needs(Permission.STATEMENTS_READ)
def entries() -> Any:
    """Entries that wait for a person."""
    return pages.entries_page(desk())


@bp.post("/payments/entries/<int:entry_id>/assign")
@needs(Permission.STATEMENTS_READ)
def assign_entry(entry_id: int) -> Any:
    """An entry pays an invoice."""
    return pages.assign(desk(), entry_id)


@bp.post("/payments/entries/<int:entry_id>/aside")
@needs(Permission.STATEMENTS_READ)
def set_entry_aside(entry_id: int) -> Any:
    """An entry concerns no invoice."""
    return pages.set_aside(desk(), entry_id)
