"""The records behind a sum, one record, and one of its lines from offer to record."""

from flask import current_app, render_template, request, url_for
from werkzeug.wrappers import Response

from foodorder.audit import lines, steps, tables, words
from foodorder.audit.exports import render
from foodorder.blueprints.auditor.counter import (
    bp,
    download,
    found,
    institution_id,
    municipality,
    show,
)
from foodorder.blueprints.auditor.filters import ORIGIN, Filters, chosen
from foodorder.blueprints.auditor.neighbours import stages
from foodorder.blueprints.auditor.telling import happened
from foodorder.blueprints.shared.access import needs
from foodorder.blueprints.shared.record_page import record_context
from foodorder.db import transaction
from foodorder.language import get_locale, gettext
from foodorder.ordering.page import LOCAL_METRES
from foodorder.procurement.documents import words as paper_words
from foodorder.procurement.documents.store import make
from foodorder.procurement.models import ProcurementRecord
from foodorder.procurement.queries import Scope, find_record
from foodorder.rules.acceptance import ACCEPT_REASONS, OUTCOMES
from foodorder.rules.certificates import SCHEMES
from foodorder.rules.claims import CLAIM_KINDS, CLAIM_STATES
from foodorder.rules.delivery import NOTE_STATES
from foodorder.rules.payments import PAYMENT_KINDS
from foodorder.rules.permissions import Permission

#: Records on one page of the list.
PAGE = 50


def _lined() -> Filters:
    """The filters of a list of lines."""
    return chosen({ORIGIN})


@bp.get("/records")
@needs(Permission.SPEND_SEE)
def records() -> str:
    """The records with lines in the selection, newest week first."""
    filters = _lined()
    number = max(1, min(request.args.get("page", 1, type=int), 10_000))
    sums = lines.records(filters.selection, limit=PAGE, offset=(number - 1) * PAGE)
    rows, whole = sums.rows, institution_id() is None
    links = [
        {
            "record": url_for("auditor.record", record_id=row.id),
            **({"week": url_for("auditor.cycle", cycle_id=row.cycle_id)} if whole else {}),
            "institution": url_for(
                "auditor.records", **{**filters.args, "institution": str(row.institution_id)}
            ),
            "producer": url_for("auditor.records", **{**filters.args, "producer": str(row.producer_id)}),
            "net": url_for("auditor.record", record_id=row.id),
        }
        for row in rows
    ]
    return render_template(
        "auditor/records.html",
        filters=filters,
        sums=sums,
        # One basis for all says nothing in a column.
        table=show(tables.records(rows).without(*(() if filters.several_bases else ("basis",))), links),
        number=number,
        pages=(sums.records + PAGE - 1) // PAGE,
    )


@bp.get("/records.<any(csv, xlsx):ending>")
@needs(Permission.SPEND_EXPORT)
def records_file(ending: str) -> Response:
    """All records of the selection, as a file."""
    filters = _lined()
    table = tables.records(lines.records(filters.selection).rows)
    title = gettext("Records of %(municipality)s, %(period)s",
                    municipality=municipality().name, period=filters.period)  # fmt: skip
    return download(render(table, ending, title, f"{table.name}-{municipality().code}"))


@bp.get("/records/lines.<any(csv, xlsx):ending>")
@needs(Permission.SPEND_EXPORT)
def lines_file(ending: str) -> Response:
    """All lines of the selection with the keys of order line and offer version, as a file."""
    filters = _lined()
    table = tables.all_lines(filters.selection)
    title = gettext("Lines of records of %(municipality)s, %(period)s",
                    municipality=municipality().name, period=filters.period)  # fmt: skip
    return download(render(table, ending, title, f"{table.name}-{municipality().code}"))


def own_record(record_id: int) -> ProcurementRecord:
    """A record within the reader's reach; 404 for others."""
    return found(find_record(record_id, Scope(institution_id(), municipality_id=municipality().id)))


@bp.get("/records/<int:record_id>")
@needs(Permission.SPEND_SEE)
def record(record_id: int) -> str:
    """A record as the paper it replaces, each of its lines leading to where it came from."""
    one = own_record(record_id)
    context = record_context(
        one,
        pdf=url_for("auditor.record_file", record_id=one.id, ending="pdf"),
        csv=url_for("auditor.record_file", record_id=one.id, ending="csv"),
        version=url_for("auditor.record", record_id=0),
        line=url_for("auditor.line", line_id=0),
    )
    things = [("procurement_record", version.id) for version in context["page"].versions]
    things += [("record_change", change.id) for change in context["page"].changes]
    became = steps.of_record(one.id)
    return render_template(
        "auditor/record.html", events=happened(things), steps=became, stages=stages(became), **context
    )


@bp.get("/records/<int:record_id>/<any(pdf, csv):ending>")
@needs(Permission.SPEND_SEE)
def record_file(record_id: int, ending: str) -> Response:
    """The record as a paper or for a machine."""
    one = own_record(record_id)
    with transaction():
        base_url = current_app.config["SETTINGS"].base_url
        file = make("record", ending, get_locale().language, base_url, record_id=one.id)
    return download(file)


@bp.get("/records/lines/<int:line_id>")
@needs(Permission.SPEND_SEE)
def line(line_id: int) -> str:
    """One line from offer to record, with the trail of everything on its way."""
    page = found(lines.line(line_id, municipality().id, institution_id()))
    things = [("offer", page.line.offer_id), ("procurement_record", page.line.record_id)]
    if page.line.order_id:
        things.append(("weekly_order", page.line.order_id))
    if page.line.change_id:
        things.append(("record_change", page.line.change_id))
    became = steps.of_line(line_id)
    things += became.things
    return render_template(
        "auditor/line.html",
        page=page,
        line=page.line,
        schemes=SCHEMES,
        near=page.metres <= LOCAL_METRES,
        basis=paper_words.basis(page.line.basis, page.line.basis_facts),
        treatment=paper_words.treatment(page.line.vat_treatment, page.line.vat_bp),
        events=happened(things),
        words=words,
        steps=became,
        stages=stages(became),
        outcomes=OUTCOMES,
        accept_reasons=ACCEPT_REASONS,
        claim_kinds=CLAIM_KINDS,
        claim_states=CLAIM_STATES,
        payment_kinds=PAYMENT_KINDS,
        note_states=NOTE_STATES,
    )
