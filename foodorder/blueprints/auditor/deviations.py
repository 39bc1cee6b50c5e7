"""Deviations of invoices from orders and acceptances, and what people decided about them."""

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from foodorder.audit import deviations as listed
from foodorder.audit.deviations import STATES, Deviation
from foodorder.audit.exports import render
from foodorder.blueprints.auditor.counter import bp, download, municipality, show
from foodorder.blueprints.auditor.filters import Filters, chosen
from foodorder.blueprints.shared.access import needs, present
from foodorder.language import gettext
from foodorder.rules.matching import FINDING_STATES, FindingState
from foodorder.rules.permissions import Permission, Role

#: Rows on one page.
PAGE = 50


@bp.get("/deviations")
@needs(Permission.SPEND_SEE)
def deviations() -> str:
    """Differences that were found on invoices of the selection, the newest first, with counts by state."""
    filters, state = _asked()
    number = max(1, min(request.args.get("page", 1, type=int), 10_000))
    rows = listed.deviations(filters.selection, state, limit=PAGE, offset=(number - 1) * PAGE)
    counts = listed.counts(filters.selection)
    return render_template(
        "auditor/deviations.html",
        filters=filters,
        shown=show(listed.table(rows), [_links(row) for row in rows]),
        counts=[
            (
                gettext(FINDING_STATES[one]),
                count,
                url_for("auditor.deviations", **{**filters.args, "state": one.value}),
            )
            for one, count in counts.items()
        ],
        number=number,
        pages=((sum(counts.values()) if state is None else counts[state]) + PAGE - 1) // PAGE,
    )


@bp.get("/deviations.<any(csv, xlsx):ending>")
@needs(Permission.SPEND_EXPORT)
def deviations_file(ending: str) -> Response:
    """The same as a file, whole."""
    filters, state = _asked()
    table = listed.table(listed.deviations(filters.selection, state))
    title = gettext("%(table)s, %(municipality)s, %(period)s", table=table.name,
                    municipality=municipality().name, period=filters.period)  # fmt: skip
    return download(render(table, ending, title, f"{table.name}-{municipality().code}"))


def _asked() -> tuple[Filters, FindingState | None]:
    """The filters of this request, and what is to have become of the deviations."""
    filters = chosen()
    options = [(one.value, gettext(FINDING_STATES[one])) for one in STATES]
    value = filters.also("state", gettext("State"), options)
    return filters, FindingState(value) if value else None


def _links(row: Deviation) -> dict[str, str]:
    """To the recorded line, the record, and what happened to the invoice, as far as the reader may go."""
    links = {}
    if row.record_id is not None:
        links["record"] = url_for("auditor.record", record_id=row.record_id)
    if row.record_line_id is not None:
        links["goods"] = url_for("auditor.line", line_id=row.record_line_id)
    mine = present().role is Role.ACCOUNTANT
    page, key = ("kitchen.match", "matched_id") if mine else ("auditor.invoice", "invoice_id")
    links["invoice"] = links["cents"] = url_for(page, **{key: row.invoice_id})  # type: ignore[arg-type]
    return links
