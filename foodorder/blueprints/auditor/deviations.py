"""Deviations of invoices from orders and acceptances, and what people decided about them."""

from flask import render_template, url_for
from werkzeug.wrappers import Response

from foodorder.audit import deviations as found_there
from foodorder.audit.exports import render
from foodorder.blueprints.auditor.counter import bp, download, institution_id, municipality, show
from foodorder.blueprints.shared.access import needs, present
from foodorder.language import gettext
from foodorder.rules.matching import FINDING_STATES, FindingState
from foodorder.rules.permissions import Permission, Role

#: Rows of the page; the file has all.
ON_PAGE = 500


@bp.get("/deviations")
@needs(Permission.SPEND_SEE)
def deviations() -> str:
    """Every difference that was found on an invoice, the newest first, with counts by state."""
    rows = found_there.deviations(municipality().id, institution_id(), ON_PAGE)
    return render_template(
        "auditor/deviations.html",
        shown=show(found_there.table(rows), [_links(row) for row in rows]),
        counts=[
            (gettext(FINDING_STATES[FindingState(state)]), state, number)
            for state, number in found_there.counts(rows).items()
        ],
    )


@bp.get("/deviations.<any(csv, xlsx):ending>")
@needs(Permission.SPEND_EXPORT)
def deviations_file(ending: str) -> Response:
    """The same as a file, whole."""
    own = municipality()
    table = found_there.table(found_there.deviations(own.id, institution_id()))
    title = gettext("%(table)s, %(municipality)s", table=table.name, municipality=own.name)
    return download(render(table, ending, title, f"{table.name}-{own.code}"))


def _links(row: found_there.Deviation) -> dict[str, str]:
    """To the recorded line, the record, and what happened to the invoice, as far as the reader may go."""
    links = {}
    if row.record_id is not None:
        links["record"] = url_for("auditor.record", record_id=row.record_id)
    if row.record_line_id is not None:
        links["goods"] = url_for("auditor.line", line_id=row.record_line_id)
    mine = present().role is Role.ACCOUNTANT
    page, key = ("kitchen.match", "matched_id") if mine else ("auditor.invoice", "invoice_id")
    links["invoice"] = url_for(page, **{key: row.invoice_id})  # type: ignore[arg-type]
    return links
