"""What to bring: the harvest, the stops in order, products × kitchens; as page and as papers."""

from typing import Any

from flask import Response, abort, current_app, render_template

from foodorder.blueprints.producer.counter import bp, chosen_week, producer, weeks
from foodorder.blueprints.producer.load import load_of
from foodorder.blueprints.producer.week_words import state_sentences
from foodorder.blueprints.shared.access import needs
from foodorder.db import transaction
from foodorder.language import get_locale
from foodorder.ordering.for_producer import ProducerWeek
from foodorder.procurement.documents.store import FORMATS, make
from foodorder.rules.permissions import Permission


@bp.get("/supply")
@bp.get("/supply/<monday>")
@needs(Permission.SUPPLY_SEE)
def supply(monday: str | None = None) -> str:
    """The week's load; without a day in the address the newest week that is closed."""
    known = weeks()
    closed = [week for week in known if week.recorded]
    chosen = chosen_week(monday, known) if monday or not closed else closed[-1]
    load = load_of(producer(), chosen.recorded)
    ordered = {record.cycle_id for record in load.records}
    return render_template(
        "producer/supply.html",
        week=chosen,
        weeks_around=shown(chosen, known),
        load=load,
        cycles=[cycle for cycle in chosen.recorded if cycle.id in ordered],
        formats=FORMATS,
        state_sentences=state_sentences(chosen),
    )


def shown(chosen: ProducerWeek, known: list[ProducerWeek]) -> list[ProducerWeek]:
    """The weeks to choose from: the last closed ones, and the one on the page."""
    closed = [week for week in known if week.recorded][-5:]
    return closed if chosen in closed else sorted([*closed, chosen], key=lambda week: week.week)


@bp.get("/supply/<int:cycle_id>/<string:ending>")
@needs(Permission.SUPPLY_SEE)
def supply_file(cycle_id: int, ending: str) -> Any:
    """The papers of one cycle: pdf, xlsx or csv."""
    own = {cycle.id for week in weeks() for cycle in week.recorded}
    if cycle_id not in own or ending not in FORMATS:
        abort(404)
    with transaction():
        file = make(
            "supply",
            ending,
            get_locale().language,
            current_app.config["SETTINGS"].base_url,
            cycle_id=cycle_id,
            producer_id=producer().id,
        )
    return Response(
        file.content,
        content_type=file.media_type,
        headers={"Content-Disposition": f'attachment; filename="{file.name}"'},
    )
