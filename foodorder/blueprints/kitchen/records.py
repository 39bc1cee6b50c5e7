"""Procurement records of the kitchen: list, page, papers, and requests after the close."""

from collections.abc import Sequence
from typing import Any

from flask import Response, abort, current_app, flash, redirect, render_template, request, url_for

from foodorder.blueprints.kitchen import bp
from foodorder.blueprints.kitchen.ask import AskForm, lines_to_ask, read_wanted
from foodorder.blueprints.kitchen.ours import our_institution
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.forms import EmptyForm
from foodorder.blueprints.shared.record_page import record_context
from foodorder.blueprints.shared.record_papers import paper_of
from foodorder.db import clock, transaction
from foodorder.language import formats, get_locale, gettext
from foodorder.ordering.queries import standing_submission
from foodorder.procurement.additions import ask_more
from foodorder.procurement.changes import ask_change, withdraw_change
from foodorder.procurement.documents.store import make
from foodorder.procurement.models import ChangeKind, ProcurementRecord, RecordChange
from foodorder.procurement.practices import in_advance
from foodorder.procurement.queries import Scope, find_record, record_page
from foodorder.procurement.queries import records as find_records
from foodorder.procurement.queries import sums as sums_of
from foodorder.procurement.requests import open_additions
from foodorder.procurement.wanted import Wanted
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission

#: Records on one page of the list.
PAGE = 50


def our_record(record_id: int) -> ProcurementRecord:
    """A record of our kitchen; 404 for another's."""
    return find_record(record_id, Scope(institution_id=our_institution().id)) or abort(404)


@bp.get("/records")
@needs(Permission.RECORDS_SEE)
def records() -> Any:
    """The records in force, newest week first; ?cycle= shows one cycle's."""
    scope = Scope(institution_id=our_institution().id, cycle_id=request.args.get("cycle", type=int))
    page = max(1, min(request.args.get("page", 1, type=int), 10_000))
    rows = find_records(scope, limit=PAGE, offset=(page - 1) * PAGE)
    sums = sums_of(scope)
    return render_template(
        "kitchen/records.html",
        records=rows,
        waiting=open_additions(institution_id=our_institution().id),
        sums=sums,
        scope=scope,
        number=page,
        pages=(sums.records + PAGE - 1) // PAGE,
    )


@bp.get("/records/<int:record_id>")
@needs(Permission.RECORDS_SEE)
def record(record_id: int) -> Any:
    """One record, as the paper it replaces."""
    found = our_record(record_id)
    submission = standing_submission(found.cycle_id, found.institution_id)
    context = record_context(
        found,
        pdf=url_for(".record_file", record_id=found.id, ending="pdf"),
        csv=url_for(".record_file", record_id=found.id, ending="csv"),
        form=url_for(".record_document", record_id=found.id, form="order"),
        order=url_for(".receipt", submission_id=submission.id) if submission else None,
        version=url_for(".record", record_id=0),
    )
    return render_template("kitchen/record.html", **context)


@bp.get("/records/<int:record_id>/<any(pdf, csv):ending>")
@needs(Permission.RECORDS_SEE)
def record_file(record_id: int, ending: str) -> Response:
    """The record as a paper or for a machine."""
    found = our_record(record_id)
    with transaction():
        file = make(
            "record",
            ending,
            get_locale().language,
            current_app.config["SETTINGS"].base_url,
            record_id=found.id,
        )
    return download(file.name, file.media_type, file.content)


@bp.get("/records/<int:record_id>/<any(answer, order, response):form>")
@needs(Permission.RECORDS_SEE)
def record_document(record_id: int, form: str) -> Any:
    """The record as an order by standard, or the producer's answer to it."""
    return paper_of(our_record(record_id), form)


def download(name: str, media_type: str, content: bytes) -> Response:
    """A file to keep."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, content_type=media_type, headers=headers)


@bp.route("/records/<int:record_id>/ask", methods=["GET", "POST"])
@needs(Permission.RECORDS_CHANGE_REQUEST)
def ask(record_id: int) -> Any:
    """Ask the producer for less, or for more, after the close."""
    found = our_record(record_id)
    kind = ChangeKind.ADDITION if request.args.get("kind") == "addition" else ChangeKind.REDUCTION
    page, form = record_page(found), AskForm()
    lines, offers = lines_to_ask(page, kind)
    wrong: dict[str, str] = {}
    if not form.is_submitted():
        form.reason.data = request.args.get("reason", "")
    if form.validate_on_submit():
        try:
            wanted = read_wanted(request.form, page, offers)
            with transaction():
                asked = _asked(found.id, kind, wanted, form)
                apart = asked.id if asked.record_id is None else None
        except Refusal as reason:
            # The quantities are no fields of the form: what is wrong in one is told to the template.
            if reason.field and reason.field in request.form:
                wrong[reason.field] = formats.refusal(reason)
            else:
                form.refuse(reason)
        else:
            flash(gettext("The producer was asked. You will get a message with the answer."), "success")
            if apart is not None:
                return redirect(url_for(".addition", addition_id=apart), code=303)
            return redirect(url_for(".record", record_id=found.id), code=303)
    shown = render_template(
        "kitchen/ask.html",
        record=found,
        page=page,
        kind=kind,
        form=form,
        lines=lines,
        offers=offers,
        wrong=wrong,
        # A page that says what may come instead fills the form in by its address.
        typed=request.form if request.method == "POST" else request.args,
        told=in_advance(found, clock()) if kind is ChangeKind.REDUCTION else None,
    )
    return shown, 422 if form.errors or wrong else 200


def _asked(record_id: int, kind: ChangeKind, wanted: Sequence[Wanted], form: AskForm) -> RecordChange:
    """Ask for less of a record, or for more: with it, or where its basis does not carry it, apart."""
    actor, reason = present().actor, form.reason.data or ""
    if kind is ChangeKind.ADDITION:
        return ask_more(record_id, wanted, reason, actor=actor, now=clock())
    return ask_change(record_id, kind, wanted, reason, initiative=form.initiative, actor=actor, now=clock())


@bp.post("/changes/<int:record_id>/<int:change_id>/withdraw")
@needs(Permission.RECORDS_CHANGE_REQUEST)
def withdraw_request(record_id: int, change_id: int) -> Any:
    """Take back a request that was not answered yet."""
    page = record_page(our_record(record_id))
    if EmptyForm().validate_on_submit() is False or change_id not in {one.id for one in page.changes}:
        abort(404)
    with transaction():
        withdraw_change(change_id, actor=present().actor, now=clock())
    flash(gettext("The request was taken back."), "success")
    return redirect(url_for(".record", record_id=record_id), code=303)
