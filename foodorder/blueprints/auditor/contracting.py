"""Open contracting data for the auditor: everything, with names and contacts."""

from typing import Any

from flask import abort, render_template

from foodorder.audit.releases import due
from foodorder.audit.releases.export import Sort
from foodorder.audit.releases.queries import Part, counts
from foodorder.blueprints.auditor.counter import bp, whole_municipality
from foodorder.blueprints.shared.access import needs
from foodorder.blueprints.shared.packages import year_package
from foodorder.db import clock
from foodorder.rules.permissions import Permission


@bp.get("/ocds")
@needs(Permission.REPORTS_SEE)
def contracting() -> str:
    """The releases of each year, and where they are published."""
    municipality = whole_municipality()
    return render_template(
        "auditor/contracting.html",
        municipality=municipality,
        years=counts(municipality),
        waiting=due.count(),
        year=clock().year,
    )


@bp.get("/ocds/<any(releases, records):sort>-<int:year>.json")
@needs(Permission.REPORTS_SEE)
def contracting_file(sort: str, year: int) -> Any:
    """A year's releases, or the records of its cycles and agreements, as they were written."""
    if not 2000 <= year <= 2999:
        abort(404)
    return year_package(Part(whole_municipality(), year), Sort(sort), public=False) or abort(404)
