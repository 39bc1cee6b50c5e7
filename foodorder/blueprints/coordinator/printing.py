"""Lists on paper and as files: what farmers have to bring, offers, producers, records."""

from typing import Any

from flask import abort, current_app, render_template, request
from werkzeug.wrappers import Response

from foodorder.blueprints.coordinator import reading
from foodorder.blueprints.coordinator.counter import bp, local_day, municipality, own_admission, own_cycle
from foodorder.blueprints.coordinator.cycle_words import week_words
from foodorder.blueprints.coordinator.orders import own_record
from foodorder.blueprints.shared.access import needs
from foodorder.blueprints.shared.readings import note_offers_read
from foodorder.db import clock, transaction
from foodorder.language import get_locale
from foodorder.procurement.documents.store import make
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


def _file(name: str, ending: str, **arguments: Any) -> Response:
    """A document to keep, made when it is first asked for."""
    with transaction():
        base_url = current_app.config["SETTINGS"].base_url
        file = make(name, ending, get_locale().language, base_url, **arguments)
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
    return Response(file.content, content_type=file.media_type, headers=headers)


@bp.get("/records/<int:record_id>/<any(pdf, csv, xlsx):ending>")
@needs(Permission.CYCLES_MANAGE)
def record_file(record_id: int, ending: str) -> Response:
    """A record as a paper or for a machine."""
    return _file("record", ending, record_id=own_record(record_id).id)


@bp.get("/cycles/<int:cycle_id>/offers/<any(pdf, csv, xlsx):ending>")
@needs(Permission.CYCLES_MANAGE)
def offers_file(cycle_id: int, ending: str) -> Response:
    """What a cycle sells, farm by farm."""
    cycle = own_cycle(cycle_id)
    note_offers_read(cycle.id)
    return _file("offers", ending, cycle_id=cycle.id)


@bp.get("/cycles/<int:cycle_id>/lists/<int:producer_id>/<any(pdf, csv, xlsx):ending>")
@needs(Permission.CYCLES_MANAGE)
def supply_file(cycle_id: int, producer_id: int, ending: str) -> Response:
    """What one producer has to bring."""
    own_admission(producer_id)
    return _file("supply", ending, cycle_id=own_cycle(cycle_id).id, producer_id=producer_id)


@bp.get("/producers/list/<any(pdf, csv, xlsx):ending>")
@needs(Permission.PRODUCERS_ADMIT)
def producers_file(ending: str) -> Response:
    """The producers of the municipality, with their telephones."""
    return _file("producers", ending, municipality_id=municipality().id, today=local_day(clock()))
