"""Urgent additions after the close from farms of which the kitchen has no record that they fit."""

from collections.abc import Sequence
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import Row, text

from foodorder.accounts.personal import Detail, details_of
from foodorder.blueprints.kitchen import bp
from foodorder.blueprints.kitchen.ask import AskForm, additions_to_ask, read_additions
from foodorder.blueprints.kitchen.delivery_note import Gap, gaps_of, our_note
from foodorder.blueprints.kitchen.ours import our_cycle, our_institution
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.forms import EmptyForm
from foodorder.db import clock, db, transaction
from foodorder.language import formats, gettext
from foodorder.procurement import additions as service
from foodorder.procurement.changes import withdraw_change
from foodorder.procurement.documents.record import COSTS
from foodorder.procurement.requests import ChangeRow, find_addition, records_made
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission

_FARMS = text("""
SELECT p.id, p.name, string_agg(DISTINCT v.name, ', ' ORDER BY v.name) AS foods
  FROM cycle_offer co
  JOIN offer o ON o.id = co.offer_id AND o.state = 'published'
  JOIN offer_version v ON v.id = co.offer_version_id
  JOIN producer p ON p.id = o.producer_id
 WHERE co.cycle_id = :cycle
 GROUP BY p.id ORDER BY p.sort_key, p.id
""")


@bp.route("/records/additions/of-cycle/<int:cycle_id>", methods=["GET", "POST"])
@needs(Permission.RECORDS_CHANGE_REQUEST)
def ask_addition(cycle_id: int) -> Any:
    """Choose a farm that sells in the cycle, and ask it for what was not ordered from it."""
    cycle = our_cycle(cycle_id)
    farms = farms_of(cycle.id)
    farm = next((one for one in farms if one.id == request.args.get("producer", type=int)), None)
    gap, form = asked_gap(), AskForm()
    offers = additions_to_ask(cycle, our_institution(), farm.id) if farm else None
    wrong: dict[str, str] = {}
    if not form.is_submitted():
        form.reason.data = request.args.get("reason", "")
    if farm and offers and form.validate_on_submit():
        try:
            wanted = read_additions(request.form, offers)
            with transaction():
                change = service.ask_addition(
                    cycle.id, our_institution().id, farm.id, wanted, form.reason.data or "",
                    instead=instead_of(gap), actor=present().actor, now=clock(),
                )  # fmt: skip
                number = change.id
        except Refusal as reason:
            if reason.field and reason.field in request.form and reason.field not in form:
                wrong[reason.field] = formats.refusal(reason)
            else:
                form.refuse(reason)
        else:
            flash(gettext("The producer was asked. You will get a message with the answer."), "success")
            return redirect(url_for(".addition", addition_id=number), code=303)
    shown = render_template(
        "kitchen/ask_addition.html",
        cycle=cycle,
        farms=farms,
        farm=farm,
        form=form,
        offers=offers,
        wrong=wrong,
        typed=request.form if request.method == "POST" else request.args,
        gap=gap,
        gap_note=request.args.get("note", type=int) if gap else None,
        gap_line=request.args.get("line", type=int) if gap else None,
        phone=details_of(producer_id=farm.id).get(Detail.PHONE) if farm else None,
    )
    return shown, 422 if form.errors or wrong else 200


def farms_of(cycle_id: int) -> Sequence[Row[Any]]:
    """The producers that sell in a cycle: number, name and what they sell."""
    return db.session.execute(_FARMS, {"cycle": cycle_id}).all()


def asked_gap() -> Gap | None:
    """What another farm does not bring, named by its note and line in the address; 404 if it is not ours."""
    number, line = request.args.get("note", type=int), request.args.get("line", type=int)
    if number is None:
        return None
    gaps = gaps_of(our_note(number))
    return next((gap for gap in gaps if gap.line.first.root_line_id == line), None) or abort(404)


def instead_of(gap: Gap | None) -> service.Instead | None:
    """The ordered line behind a gap."""
    order_line = gap.line.first.order_line_id if gap else None
    return service.Instead(order_line, gap.missing) if gap and order_line else None


def our_addition(addition_id: int) -> ChangeRow:
    """An addition that our kitchen asked for; 404 for all others."""
    return find_addition(addition_id, institution_id=our_institution().id) or abort(404)


@bp.get("/records/additions/<int:addition_id>")
@needs(Permission.RECORDS_SEE)
def addition(addition_id: int) -> Any:
    """What was asked, and what the producer answered."""
    change = our_addition(addition_id)
    return render_template(
        "kitchen/addition.html", change=change, made=records_made(change.id), costs=costs()
    )


def costs() -> dict[str, str]:
    """Who bears the cost, in words."""
    return {bearer.value: gettext(words) for bearer, words in COSTS.items()}


@bp.post("/records/additions/<int:addition_id>/withdraw")
@needs(Permission.RECORDS_CHANGE_REQUEST)
def withdraw_addition(addition_id: int) -> Any:
    """Take back a request that was not answered yet."""
    change = our_addition(addition_id)
    if not EmptyForm().validate_on_submit():
        abort(404)
    try:
        with transaction():
            withdraw_change(change.id, actor=present().actor, now=clock())
    except Refusal as reason:
        flash(formats.refusal(reason), "danger")
    else:
        flash(gettext("The request was taken back."), "success")
    return redirect(url_for(".addition", addition_id=change.id), code=303)
