"""What we paid too much: it pays another invoice of the same producer, or it came back."""

from typing import Any

from foodorder.blueprints.kitchen import bp
from foodorder.blueprints.kitchen.statements import desk
from foodorder.blueprints.shared import excess as pages
from foodorder.blueprints.shared.access import needs
from foodorder.rules.permissions import Permission


@bp.get("/payments/excess")
@needs(Permission.PAYMENTS_MAKE)
def excess() -> Any:
    """What was paid too much, and what can become of it."""
    return pages.excess_page(desk())


@bp.post("/payments/excess/<int:invoice_id>/set-off")
@needs(Permission.PAYMENTS_MAKE)
def set_off(invoice_id: int) -> Any:
    """It pays another invoice."""
    return pages.set_off(desk(), invoice_id)


@bp.post("/payments/excess/<int:invoice_id>/back")
@needs(Permission.PAYMENTS_MAKE)
def excess_back(invoice_id: int) -> Any:
    """It came back."""
    return pages.came_back(desk(), invoice_id)
