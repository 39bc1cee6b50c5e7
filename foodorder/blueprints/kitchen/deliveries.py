"""What comes when: the deliveries of the next days, as the records in force say."""

from contextlib import suppress
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from flask import Response, render_template, request, url_for

from foodorder.blueprints.kitchen import bp
from foodorder.blueprints.kitchen.ours import our_institution
from foodorder.blueprints.kitchen.records import download
from foodorder.blueprints.shared.access import needs
from foodorder.db import clock
from foodorder.delivery.queries import links_for
from foodorder.language import formats, get_locale
from foodorder.procurement.documents.store import make
from foodorder.procurement.supply import deliveries as find_deliveries
from foodorder.procurement.supply import next_delivery
from foodorder.rules.permissions import Permission

#: Two weeks from the first day that is shown.
SPAN = timedelta(days=13)


def first_day() -> date:
    """The day from which on deliveries are shown: ?from=, or the next on which something comes, or today."""
    try:
        asked = date.fromisoformat(request.args.get("from", ""))
    except ValueError:
        today = formats.local(clock()).date()
        return next_delivery(our_institution().id, today) or today
    return min(max(asked, date(2020, 1, 6)), date(2100, 1, 4))


@bp.get("/deliveries")
@needs(Permission.RECORDS_SEE)
def deliveries() -> Any:
    """Two weeks of deliveries by day, door and farm; what is over is reached by going earlier."""
    first = first_day()
    coming = find_deliveries(our_institution().id, first, first + SPAN)
    days = [
        (day, [(door, list(farms)) for door, farms in groupby(at_day, lambda one: one.delivery_point)])
        for day, at_day in groupby(coming, lambda one: one.delivery_date)
    ]
    return render_template(
        "kitchen/deliveries.html",
        days=days,
        notes=links_for(our_institution().id, first, first + SPAN),
        first=first,
        last=first + SPAN,
        today=formats.local(clock()).date(),
        before=_at(first - timedelta(days=14)),
        after=_at(first + timedelta(days=14)),
    )


def _at(first: date) -> str:
    address: dict[str, Any] = {"from": first}
    return url_for(".deliveries", **address)


@bp.get("/deliveries/<any(pdf, csv, xlsx):ending>")
@needs(Permission.RECORDS_SEE)
def deliveries_paper(ending: str) -> Response:
    """The same as a list to hang at the back door, of the day ?day= or of both weeks."""
    first = first_day()
    last = first + SPAN
    if "day" in request.args:
        with suppress(ValueError):
            first = last = date.fromisoformat(request.args["day"])
    file = make(
        "deliveries",
        ending,
        get_locale().language,
        institution_id=our_institution().id,
        first=first,
        last=last,
    )
    return download(file.name, file.media_type, file.content)
