"""What kitchens paid us too much: it pays another invoice of theirs, or we give it back."""

from typing import Any

from foodorder.blueprints.producer.counter import bp
from foodorder.blueprints.producer.statements import desk
from foodorder.blueprints.shared import excess as pages
from foodorder.blueprints.shared.access import needs
from foodorder.rules.permissions import Permission


@bp.get("/payments/excess")
@needs(Permission.PAYMENTS_REFUND)
def excess() -> Any:
    """What was paid too much, and what can become of it."""
    return pages.excess_page(desk())


@bp.post("/payments/excess/<int:invoice_id>/set-off")
@needs(Permission.PAYMENTS_REFUND)
def set_off(invoice_id: int) -> Any:
    """It pays another invoice."""
    return pages.set_off(desk(), invoice_id)
