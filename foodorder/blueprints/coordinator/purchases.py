"""What kitchens buy elsewhere, entered by the coordinator in their place."""

from typing import Any

from werkzeug.wrappers import Response

from foodorder.blueprints.auditor.counter import download
from foodorder.blueprints.coordinator.counter import bp, own_institution
from foodorder.blueprints.shared import purchases as pages
from foodorder.blueprints.shared.access import needs
from foodorder.rules.permissions import Permission


def desk(institution_id: int) -> pages.Desk:
    """A kitchen's purchases; 404 for another municipality's kitchen."""
    return pages.Desk(own_institution(institution_id), {"institution_id": institution_id})


@bp.get("/institutions/<int:institution_id>/purchases")
@needs(Permission.PURCHASES_ENTER)
def purchases(institution_id: int) -> Any:
    """The months of a year and what was bought elsewhere in them."""
    return pages.list_page(desk(institution_id))


@bp.route("/institutions/<int:institution_id>/purchases/new", methods=["GET", "POST"])
@needs(Permission.PURCHASES_ENTER)
def new_purchase(institution_id: int) -> Any:
    """Enter a purchase, or correct one."""
    return pages.form_page(desk(institution_id))


@bp.route("/institutions/<int:institution_id>/purchases/<int:purchase_id>/void", methods=["GET", "POST"])
@needs(Permission.PURCHASES_ENTER)
def void_purchase(institution_id: int, purchase_id: int) -> Any:
    """Let a purchase count no longer."""
    return pages.void_page(desk(institution_id), purchase_id)


@bp.post("/institutions/<int:institution_id>/purchases/nothing")
@needs(Permission.PURCHASES_ENTER)
def nothing_elsewhere(institution_id: int) -> Any:
    """Say of a month that nothing was bought elsewhere."""
    return pages.nothing(desk(institution_id))


@bp.route("/institutions/<int:institution_id>/purchases/import", methods=["GET", "POST"])
@needs(Permission.PURCHASES_ENTER)
def import_purchases(institution_id: int) -> Any:
    """Enter many purchases from a spreadsheet."""
    return pages.import_page(desk(institution_id))


@bp.get("/institutions/<int:institution_id>/purchases/template.<any(csv, xlsx):ending>")
@needs(Permission.PURCHASES_ENTER)
def purchases_template(institution_id: int, ending: str) -> Response:
    """An empty table to fill in."""
    own_institution(institution_id)
    return download(pages.template_file(ending))
