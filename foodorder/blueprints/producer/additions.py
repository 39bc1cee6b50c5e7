"""The producer's answer to an urgent addition that makes a record of its own."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for

from foodorder.blueprints.producer.counter import bp, producer
from foodorder.blueprints.producer.records import AnswerForm, judged_of
from foodorder.blueprints.shared.access import needs, present
from foodorder.db import clock, transaction
from foodorder.delivery.notes import make_notes
from foodorder.language import gettext as _
from foodorder.procurement.additions import accept_addition
from foodorder.procurement.changes import refuse_change
from foodorder.procurement.documents.record import COSTS
from foodorder.procurement.requests import ChangeRow, find_addition, records_made
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission
from foodorder.rules.practices import GROUNDS, CostBearer


@bp.route("/records/additions/<int:addition_id>", methods=["GET", "POST"])
@needs(Permission.SUPPLY_SEE)
def addition(addition_id: int) -> Any:
    """What a kitchen asks for; the answer is given here."""
    change = find_addition(addition_id, producer_id=producer().id) or abort(404)
    form = AnswerForm()
    judged = judged_of(change)
    if judged:
        form.offer(judged.bearers)
    if form.is_submitted():
        if not present().may(Permission.RECORDS_CHANGE_ANSWER):
            abort(404)
        if form.validate() and answered(change, form):
            return redirect(url_for("producer.addition", addition_id=change.id), code=303)
    shown = render_template(
        "producer/addition.html", form=form, change=change, made=records_made(change.id),
        ground=_(GROUNDS[judged.ground]) if judged else None,
        costs={bearer.value: _(words) for bearer, words in COSTS.items()},
    )  # fmt: skip
    return shown, 422 if form.errors else 200


def answered(change: ChangeRow, form: AnswerForm) -> bool:
    """Answer the request; False when a rule refused it."""
    actor, words = present().actor, form.answer.data or ""
    try:
        with transaction():
            if form.decision.data == "refuse":
                refuse_change(change.id, words, actor=actor, now=clock())
            else:
                bearer = CostBearer(form.cost_bearer.data)
                accept_addition(change.id, bearer, words, actor=actor, now=clock())
                make_notes(change.cycle_id, change.producer_id, actor=actor, now=clock())
    except Refusal as reason:
        form.refuse(reason)
        return False
    flash(_("Your answer is on its way to the kitchen."), "success")
    return True
