"""An offer as it was promised, version by version, and what was bought from it."""

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from foodorder.audit import lines
from foodorder.audit.codes import CODES
from foodorder.audit.events import events_of
from foodorder.blueprints.auditor.counter import bp, found, institution_id, municipality
from foodorder.blueprints.auditor.telling import told
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.readings import note_offers_read
from foodorder.language.times import delivery_week
from foodorder.ordering.readings import selling
from foodorder.rules.calendar import WORKDAYS
from foodorder.rules.permissions import Permission


@bp.get("/offers/<int:offer_id>")
@needs(Permission.SPEND_SEE)
def offer(offer_id: int) -> Response:
    """To the newest version of an offer."""
    version_id = found(lines.newest_version(offer_id))
    return redirect(url_for("auditor.offer_version", version_id=version_id))


@bp.get("/offer-versions/<int:version_id>")
@needs(Permission.SPEND_SEE)
def offer_version(version_id: int) -> str:
    """One version of an offer that a cycle of this municipality sold, among all its versions."""
    page = found(lines.offer(version_id, municipality().id, institution_id()))
    note_offers_read(*selling(page.chosen.offer_id, municipality().id))
    may = present().may(Permission.TRAIL_SEE)
    events = events_of([("offer", page.chosen.offer_id)], municipality().id) if may else []
    return render_template(
        "auditor/offer_version.html",
        page=page,
        version=page.chosen,
        week=delivery_week(page.chosen.week, WORKDAYS),
        codes=CODES,
        events=[told(event) for event in events],
    )
