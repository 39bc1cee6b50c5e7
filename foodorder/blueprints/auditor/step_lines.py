"""The lines behind a difference between two steps from ordered to paid."""

from flask import abort, render_template, request, url_for
from werkzeug.wrappers import Response

from foodorder.audit import differences
from foodorder.audit.differences import LISTED, DifferenceLine
from foodorder.audit.exports import render
from foodorder.audit.questions.waterfall import REASONS
from foodorder.audit.waterfall import Part
from foodorder.blueprints.auditor.counter import bp, download, municipality, show
from foodorder.blueprints.auditor.filters import Filter, Filters, chosen
from foodorder.blueprints.shared.access import needs
from foodorder.language import gettext
from foodorder.rules.permissions import Permission

#: Lines on one page.
PAGE = 50


@bp.get("/spend/lines")
@needs(Permission.SPEND_SEE)
def step_lines() -> str:
    """The lines of one part of a difference (?part=), with what there was before and after the step."""
    filters, part = _asked()
    number = max(1, min(request.args.get("page", 1, type=int), 10_000))
    found = differences.lines(filters.selection, part, limit=PAGE + 1, offset=(number - 1) * PAGE)
    shown = found[:PAGE]
    return render_template(
        "auditor/step_lines.html",
        filters=filters,
        heading=gettext(REASONS[part]),
        table=show(differences.table(shown), [_links(one) for one in shown]),
        number=number,
        more=len(found) > PAGE,
    )


@bp.get("/spend/lines.<any(csv, xlsx):ending>")
@needs(Permission.SPEND_EXPORT)
def step_lines_file(ending: str) -> Response:
    """The same as a file."""
    filters, part = _asked()
    table = differences.table(differences.lines(filters.selection, part))
    title = gettext("%(table)s, %(municipality)s, %(period)s", table=gettext(REASONS[part]),
                    municipality=municipality().name, period=filters.period)  # fmt: skip
    return download(render(table, ending, title, f"{table.name}-{municipality().code}"))


def _asked() -> tuple[Filters, Part]:
    """The filters with a box for the part; the first part where none is named, 404 for an unknown one."""
    filters = chosen()
    value = request.args.get("part", Part.CUT.value)
    if value not in {part.value for part in LISTED}:
        abort(404)
    part = Part(value)
    options = [(one.value, gettext(words)) for one, words in REASONS.items() if one in LISTED]
    filters.boxes.append(Filter("part", gettext("Difference"), options, value))
    filters.args["part"] = value
    return filters, part


def _links(one: DifferenceLine) -> dict[str, str]:
    links = {}
    if one.line_id is not None:
        links["food"] = url_for("auditor.line", line_id=one.line_id)
    if one.note_id is not None:
        links["after"] = url_for("auditor.note", note_id=one.note_id)
    if one.invoice_id is not None:
        links["net"] = url_for("auditor.invoice", invoice_id=one.invoice_id)
    return links
