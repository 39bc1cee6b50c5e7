"""The producer's records, and the answers to what kitchens ask after the close."""

from typing import Any

from flask import Response, abort, current_app, flash, redirect, render_template, url_for
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired

from foodorder.blueprints.producer.counter import bp, producer
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.forms import BaseForm, options
from foodorder.blueprints.shared.record_page import record_context
from foodorder.blueprints.shared.record_papers import paper_of
from foodorder.db import clock, db, transaction
from foodorder.delivery.notes import make_notes
from foodorder.language import get_locale
from foodorder.language import gettext as _
from foodorder.language import lazy_gettext as _l
from foodorder.procurement import queries
from foodorder.procurement.changes import accept_change, refuse_change
from foodorder.procurement.documents.store import make
from foodorder.procurement.models import ProcurementRecord, RecordChange
from foodorder.procurement.practices import Judged, judge
from foodorder.procurement.requests import ChangeRow, open_additions
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission
from foodorder.rules.practices import GROUNDS, CostBearer

#: Who may bear the cost, as the producer reads it.
BEARERS = {
    CostBearer.NOBODY: _l("There is none"),
    CostBearer.INSTITUTION: _l("The kitchen"),
    CostBearer.PRODUCER: _l("You"),
}


class AnswerForm(BaseForm):
    """Yes or no to a request after the close, and who pays for what was already harvested."""

    decision = RadioField(
        _l("Your answer"),
        choices=options([("accept", _l("Yes")), ("refuse", _l("No"))]),
        validators=[InputRequired()],
    )
    cost_bearer = RadioField(_l("Who bears the cost, if you say yes?"), choices=options(BEARERS.items()))
    answer = TextAreaField(
        _l("In your words"), description=_l("Needed when you say no: the kitchen reads it.")
    )

    def offer(self, allowed: tuple[CostBearer, ...]) -> None:
        """Offer only whom the law allows to bear the cost; the first of them is chosen."""
        self.cost_bearer.choices = options((bearer, BEARERS[bearer]) for bearer in allowed)
        if not self.is_submitted():
            self.cost_bearer.data = allowed[0]


@bp.get("/records")
@needs(Permission.SUPPLY_SEE)
def records() -> str:
    """All records in force, newest week first; what waits for an answer stands on top."""
    rows = queries.records(queries.Scope(producer_id=producer().id))
    return render_template(
        "producer/records.html",
        records=rows,
        waiting=[row for row in rows if row.asked],
        additions=open_additions(producer_id=producer().id),
    )


@bp.route("/records/<int:record_id>", methods=["GET", "POST"])
@needs(Permission.SUPPLY_SEE)
def record(record_id: int) -> Any:
    """One record; a request that waits can be answered here."""
    context = record_context(
        own_record(record_id),
        pdf=url_for("producer.record_file", record_id=record_id, ending="pdf"),
        csv=url_for("producer.record_file", record_id=record_id, ending="csv"),
        form=url_for("producer.record_document", record_id=record_id, form="order"),
        version=url_for("producer.record", record_id=0),
    )
    form = AnswerForm()
    change = context["page"].open_change
    judged = judged_of(change)
    if judged:
        form.offer(judged.bearers)
    if form.is_submitted():
        if change is None or not present().may(Permission.RECORDS_CHANGE_ANSWER):
            abort(404)
        if form.validate() and (number := answered(change, record_id, form)):
            return redirect(url_for("producer.record", record_id=number), code=303)
    shown = render_template(
        "producer/record.html", form=form, change=change,
        ground=_(GROUNDS[judged.ground]) if judged else None, **context,
    )  # fmt: skip
    return shown, 422 if form.errors else 200


@bp.get("/records/<int:record_id>/<any(pdf, csv):ending>")
@needs(Permission.SUPPLY_SEE)
def record_file(record_id: int, ending: str) -> Any:
    """The paper of a record."""
    found = own_record(record_id)
    base_url = current_app.config["SETTINGS"].base_url
    with transaction():
        file = make("record", ending, get_locale().language, base_url, record_id=found.id)
    return Response(
        file.content,
        content_type=file.media_type,
        headers={"Content-Disposition": f'attachment; filename="{file.name}"'},
    )


@bp.get("/records/<int:record_id>/<any(answer, order, response):form>")
@needs(Permission.SUPPLY_SEE)
def record_document(record_id: int, form: str) -> Any:
    """The record as an order by standard, or our answer to it."""
    return paper_of(own_record(record_id), form)


def own_record(record_id: int) -> ProcurementRecord:
    """A record of this producer; 404 for everybody else's."""
    return queries.find_record(record_id, queries.Scope(producer_id=producer().id)) or abort(404)


def judged_of(change: ChangeRow | None) -> Judged | None:
    """What the law says of the request that waits."""
    return judge(db.session.get_one(RecordChange, change.id)) if change else None


def answered(change: ChangeRow, record_id: int, form: AnswerForm) -> int | None:
    """Answer the request; the number of the record to show then, None when it was refused by a rule."""
    actor, words = present().actor, form.answer.data or ""
    try:
        with transaction():
            if form.decision.data == "refuse":
                refuse_change(change.id, words, actor=actor, now=clock())
                number = change.record_id or record_id
            else:
                bearer = CostBearer(form.cost_bearer.data)
                following = accept_change(change.id, bearer, words, actor=actor, now=clock())
                # What is not on its way yet carries the new quantities at once.
                make_notes(following.cycle_id, following.producer_id, actor=actor, now=clock())
                number = following.id
    except Refusal as reason:
        form.refuse(reason)
        return None
    flash(_("Your answer is on its way to the kitchen."), "success")
    return number
