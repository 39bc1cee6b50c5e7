"""What lies behind a cycle: one kitchen's order, one record, all offers, and what the close would do now."""

from flask import abort, render_template, url_for

from foodorder.blueprints.coordinator import reading
from foodorder.blueprints.coordinator.counter import bp, found, municipality, own_cycle, own_institution
from foodorder.blueprints.coordinator.cycle_words import state_sentence, week_words
from foodorder.blueprints.shared.access import needs
from foodorder.blueprints.shared.readings import note_offers_read
from foodorder.blueprints.shared.record_page import record_context
from foodorder.db import clock, db
from foodorder.language import get_locale
from foodorder.ordering.queries import lines_of, standing_submission
from foodorder.procurement.models import ProcurementRecord
from foodorder.procurement.queries import Scope, find_record
from foodorder.procurement.simulate import simulate as simulate_close
from foodorder.rules.cycle import State
from foodorder.rules.permissions import Permission


@bp.get("/cycles/<int:cycle_id>/orders/<int:institution_id>")
@needs(Permission.CYCLES_MANAGE)
def order(cycle_id: int, institution_id: int) -> str:
    """What one kitchen ordered, as it stands."""
    cycle, institution = own_cycle(cycle_id), own_institution(institution_id)
    submission = found(standing_submission(cycle.id, institution.id))
    return render_template(
        "coordinator/order.html",
        cycle=cycle,
        week=week_words(cycle),
        institution=institution,
        submission=submission,
        lines=lines_of(submission.id),
        producers=reading.producer_names(submission.id),
    )


@bp.get("/records/<int:record_id>")
@needs(Permission.CYCLES_MANAGE)
def record(record_id: int) -> str:
    """A procurement record of this municipality."""
    one = own_record(record_id)
    context = record_context(
        one,
        pdf=url_for("coordinator.record_file", record_id=one.id, ending="pdf"),
        csv=url_for("coordinator.record_file", record_id=one.id, ending="csv"),
        version=url_for("coordinator.record", record_id=0),
    )
    return render_template("coordinator/record.html", **context)


def own_record(record_id: int) -> ProcurementRecord:
    """A record of an institution of this municipality; 404 for another's."""
    return found(find_record(record_id, Scope(municipality_id=municipality().id)))


@bp.get("/cycles/<int:cycle_id>/offers")
@needs(Permission.CYCLES_MANAGE)
def offers(cycle_id: int) -> str:
    """Everything a cycle sells, to look through and to print for a kitchen without a computer."""
    cycle = own_cycle(cycle_id)
    note_offers_read(cycle.id)
    slovene = get_locale().language == "sl"
    return render_template(
        "coordinator/offers.html",
        cycle=cycle,
        week=week_words(cycle),
        sentence=state_sentence(cycle, clock()),
        rows=reading.offers_sold(cycle.id),
        group_name="group_sl" if slovene else "group_en",
        food_name="name_sl" if slovene else "name_en",
    )


@bp.get("/cycles/<int:cycle_id>/simulate")
@needs(Permission.CYCLES_MANAGE)
def simulate(cycle_id: int) -> str:
    """What closing at this moment would give; nothing is written, and kitchens go on ordering."""
    cycle = own_cycle(cycle_id)
    if cycle.state not in (State.OPEN, State.CLOSED):
        abort(404)
    week, now = week_words(cycle), clock()
    outcome = simulate_close(cycle.id)
    db.session.rollback()
    return render_template(
        "coordinator/simulate.html", cycle=own_cycle(cycle_id), week=week, now=now, outcome=outcome
    )
