"""Lists on paper for farmers without e-mail: what to harvest, where to bring it."""

from flask import abort, render_template, request

from foodorder.blueprints.coordinator import reading
from foodorder.blueprints.coordinator.counter import bp, own_cycle
from foodorder.blueprints.coordinator.cycle_words import week_words
from foodorder.blueprints.shared.access import needs
from foodorder.procurement.supply import matrix, stops
from foodorder.rules.permissions import Permission


@bp.get("/cycles/<int:cycle_id>/lists")
@needs(Permission.CYCLES_MANAGE)
def print_supplies(cycle_id: int) -> str:
    """The lists of one producer or of all, each on its sheet; `paper=1`: of those without e-mail."""
    cycle = own_cycle(cycle_id)
    suppliers = reading.suppliers_of(cycle.id)
    chosen = request.args.get("producer", type=int)
    if chosen is not None:
        suppliers = [supplier for supplier in suppliers if supplier.id == chosen] or abort(404)
    if "paper" in request.args:
        suppliers = [supplier for supplier in suppliers if not supplier.email]
    return render_template(
        "coordinator/supplies.html",
        cycle=cycle,
        week=week_words(cycle),
        chosen=chosen,
        sheets=[
            (supplier, matrix(cycle.id, supplier.id), stops(cycle.id, supplier.id)) for supplier in suppliers
        ],
    )
