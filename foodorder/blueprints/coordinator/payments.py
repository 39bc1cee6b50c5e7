"""Who in the municipality waits for money, and who is late with it."""

from typing import Any

from flask import abort, render_template

from foodorder.billing.outstanding import by_institution, by_producer, open_invoices
from foodorder.blueprints.coordinator.counter import bp
from foodorder.blueprints.shared.access import needs, present
from foodorder.db import clock
from foodorder.language import formats
from foodorder.rules.payments import BUCKET_LABELS
from foodorder.rules.permissions import Permission


@bp.get("/payments")
@needs(Permission.PAYMENTS_OVERSEE)
def payments() -> Any:
    """What is open between the municipality's kitchens and the farms, by how late it is."""
    ours = present().municipality or abort(404)
    today = formats.local(clock()).date()
    found = open_invoices(municipality_id=ours.id)
    return render_template(
        "coordinator/payments.html",
        producers=by_producer(found, today),
        institutions=by_institution(found, today),
        buckets=BUCKET_LABELS,
        late=[(one, one.days_late(today)) for one in found if one.days_late(today)],
        open=sum(one.open_cents for one in found),
    )
