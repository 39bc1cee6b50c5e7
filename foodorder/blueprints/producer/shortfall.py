"""“I cannot deliver”: one product of a day, door by door, with the reason; kitchens are told at once."""

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for

from foodorder.blueprints.producer.counter import bp, producer
from foodorder.blueprints.producer.deliveries import day_of, read_day
from foodorder.blueprints.producer.delivery_notes import ReasonForm
from foodorder.blueprints.shared.access import needs, present
from foodorder.db import clock, transaction
from foodorder.delivery.queries import LineRow, NoteRow
from foodorder.delivery.shortfalls import Less, tell_short
from foodorder.language import formats, ngettext
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission
from foodorder.rules.quantity import parse_quantity

#: A line on a note that has not left.
Open = tuple[NoteRow, LineRow]


@bp.route("/deliveries/<day>/short/<int:product_id>", methods=["GET", "POST"])
@needs(Permission.DELIVERIES_SEND)
def short(day: str, product_id: int) -> Any:
    """Less, or none, of a product on a day, and why."""
    chosen = day_of(read_day(day))
    lines = [
        (note, line)
        for note in chosen.open
        for line in note.lines
        if line.first.product_id == product_id and line.quantity
    ]
    if not lines:
        abort(404)
    form, wrong = ReasonForm(), dict[str, str]()
    if form.validate_on_submit():
        wanted = read_less(request.form, lines, wrong)
        if not wrong and (told := tell(wanted, form, wrong)):
            flash(
                ngettext("%(count)s kitchen was told.", "%(count)s kitchens were told.", told, count=told),
                "success",
            )
            return redirect(url_for("producer.deliveries", day=day), code=303)
    page = render_template(
        "producer/short.html", day=chosen, lines=lines, form=form, wrong=wrong, first=lines[0][1].first
    )
    return page, 422 if form.errors or wrong else 200


def read_less(typed: Mapping[str, str], lines: list[Open], wrong: dict[str, str]) -> list[Less]:
    """What was typed: how much comes of each line; an empty box and the same quantity change nothing."""
    nothing = "none" in typed
    wanted = []
    for note, line in lines:
        name = f"q-{note.id}-{line.first.root_line_id}"
        text = "0" if nothing else typed.get(name, "").strip()
        try:
            quantity = parse_quantity(text, unit=line.first.unit) if text else line.quantity
        except Refusal as reason:
            wrong[name] = formats.refusal(reason)
            continue
        if quantity != line.quantity:
            wanted.append(Less(note.id, line.first.root_line_id, quantity, name))
    return wanted


def tell(wanted: list[Less], form: ReasonForm, wrong: dict[str, str]) -> int:
    """Tell the kitchens; returns to how many, 0 with the reason beside its field when it cannot be."""
    try:
        with transaction():
            rows = tell_short(
                producer().id, wanted, form.why, form.words.data or "", actor=present().actor, now=clock()
            )
            return len({row.note_id for row in rows})
    except Refusal as reason:
        if reason.field and reason.field.startswith("q-"):
            wrong[reason.field] = formats.refusal(reason)
        else:
            form.refuse(reason)
        return 0
