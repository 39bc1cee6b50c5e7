"""What our kitchen buys elsewhere: the manager and the accountant enter it."""

from typing import Any

from flask import Response

from foodorder.blueprints.kitchen import bp
from foodorder.blueprints.kitchen.ours import our_institution
from foodorder.blueprints.kitchen.records import download
from foodorder.blueprints.shared import purchases as pages
from foodorder.blueprints.shared.access import needs
from foodorder.rules.permissions import Permission


def desk() -> pages.Desk:
    """Our own purchases."""
    return pages.Desk(our_institution(), {})


@bp.get("/purchases")
@needs(Permission.PURCHASES_ENTER)
def purchases() -> Any:
    """The months of a year and what was bought elsewhere in them."""
    return pages.list_page(desk())


@bp.route("/purchases/new", methods=["GET", "POST"])
@needs(Permission.PURCHASES_ENTER)
def new_purchase() -> Any:
    """Enter a purchase, or correct one."""
    return pages.form_page(desk())


@bp.route("/purchases/<int:purchase_id>/void", methods=["GET", "POST"])
@needs(Permission.PURCHASES_ENTER)
def void_purchase(purchase_id: int) -> Any:
    """Let a purchase count no longer."""
    return pages.void_page(desk(), purchase_id)


@bp.post("/purchases/nothing")
@needs(Permission.PURCHASES_ENTER)
def nothing_elsewhere() -> Any:
    """Say of a month that nothing was bought elsewhere."""
    return pages.nothing(desk())


@bp.route("/purchases/import", methods=["GET", "POST"])
@needs(Permission.PURCHASES_ENTER)
def import_purchases() -> Any:
    """Enter many purchases from a spreadsheet."""
    return pages.import_page(desk())


@bp.get("/purchases/template.<any(csv, xlsx):ending>")
@needs(Permission.PURCHASES_ENTER)
def purchases_template(ending: str) -> Response:
    """An empty table to fill in."""
    our_institution()
    file = pages.template_file(ending)
    return download(file.name, file.media_type, file.content)
