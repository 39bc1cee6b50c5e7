"""A day's deliveries: what to pick, the doors in driving order, everything on its way in one tap."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for

from foodorder.blueprints.producer.counter import bp, producer
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.files import download
from foodorder.blueprints.shared.forms import EmptyForm
from foodorder.db import clock, db, transaction
from foodorder.delivery import documents
from foodorder.delivery.corrections import LotOf, write_lots
from foodorder.delivery.moves import NotReady, Problem, leave
from foodorder.delivery.picking import PickRow, picked
from foodorder.delivery.queries import NoteRow, days_of, notes_of_day
from foodorder.language import formats, get_locale, ngettext
from foodorder.language import gettext as _
from foodorder.rules.delivery import NOTE_STATES, NoteState
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission
from foodorder.rules.route import driving_order

#: How far the days to choose from reach.
BACK, AHEAD = timedelta(days=14), timedelta(days=21)
#: What a note's state looks like: kind of badge.
LOOKS = {
    NoteState.DRAFT: "wait",
    NoteState.PREPARED: "info",
    NoteState.ON_THE_WAY: "ok",
    NoteState.RECEIVED: "ok",
    NoteState.CANCELLED: "off",
}


@dataclass(frozen=True, slots=True)
class Day:
    """One day's notes in driving order, and what to pick for them."""

    date: date
    notes: list[NoteRow]
    pick: list[PickRow]

    @property
    def open(self) -> list[NoteRow]:
        """Notes that have not left."""
        return [note for note in self.notes if note.is_open]

    @property
    def live(self) -> list[NoteRow]:
        """Notes that were not called off."""
        return [note for note in self.notes if note.state != NoteState.CANCELLED]


def state_words(state: str) -> tuple[str, str]:
    """A note's state in words, and the kind of its badge."""
    return _(NOTE_STATES[NoteState(state)]), LOOKS[NoteState(state)]


def day_of(day: date) -> Day:
    """The producer's deliveries of a day."""
    farm = producer()
    notes = driving_order(
        (farm.latitude, farm.longitude),
        notes_of_day(farm.id, day),
        lambda note: (note.latitude, note.longitude),
        lambda note: note.windows[-1].ends if note.windows else None,
    )
    return Day(day, notes, picked(notes))


def read_day(text: str) -> date:
    """A day of the address; 404 for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        abort(404)


@bp.get("/deliveries")
@bp.get("/deliveries/<day>")
@needs(Permission.SUPPLY_SEE)
def deliveries(day: str | None = None) -> Any:
    """A day's pick list and route; without a day in the address the next on which something is brought."""
    today = formats.local(clock()).date()
    days = days_of(producer().id, today - BACK, today + AHEAD)
    coming = [one.delivery_date for one in days if one.delivery_date >= today]
    if day is None and not days:
        return render_template("producer/deliveries.html", day=None)
    chosen = read_day(day) if day else (coming[0] if coming else days[-1].delivery_date)
    return day_page(chosen, days)


def day_page(
    chosen: date, days: Any = None, problems: list[Problem] | None = None, wrong: dict[str, str] | None = None
) -> Any:
    """The page of a day, with what keeps its notes from leaving."""
    today = formats.local(clock()).date()
    page = render_template(
        "producer/deliveries.html",
        day=day_of(chosen),
        days=days if days is not None else days_of(producer().id, today - BACK, today + AHEAD),
        today=today,
        problems=problems or [],
        wrong=wrong or {},
        state_words=state_words,
        may_send=present().may(Permission.DELIVERIES_SEND),
    )
    return (page, 422) if problems or wrong else page


@bp.post("/deliveries/<day>/leave")
@needs(Permission.DELIVERIES_SEND)
def leave_all(day: str) -> Any:
    """All as ordered and on my way: every note of the day that has not left."""
    chosen = read_day(day)
    notes = [note.id for note in day_of(chosen).open]
    if not EmptyForm().validate_on_submit() or not notes:
        abort(404)
    try:
        with transaction():
            leave(producer().id, notes, actor=present().actor, now=clock())
    except NotReady as reason:
        return day_page(chosen, problems=reason.problems)
    flash(said(len(notes)), "success")
    return redirect(url_for("producer.deliveries", day=day), code=303)


def said(count: int) -> str:
    """That notes are on their way."""
    return ngettext(
        "%(count)s delivery is on its way.", "%(count)s deliveries are on their way.", count, count=count
    )


@bp.post("/deliveries/<day>/lots")
@needs(Permission.DELIVERIES_SEND)
def write_day_lots(day: str) -> Any:
    """Write lots and use-by dates once for all doors of the day."""
    chosen = read_day(day)
    rows = {row.product_id for row in day_of(chosen).pick if row.one_lot}
    if not EmptyForm().validate_on_submit() or not rows:
        abort(404)
    lots, wrong = dict[int, LotOf](), dict[str, str]()
    for product in rows:
        typed = request.form.get(f"use_by-{product}", "").strip()
        try:
            use_by = date.fromisoformat(typed) if typed else None
        except ValueError:
            wrong[f"use_by-{product}"] = _("Write a date.")
            continue
        lots[product] = LotOf(request.form.get(f"lot-{product}", "").strip(), use_by)
    if not wrong:
        try:
            with transaction():
                write_lots(producer().id, chosen, lots, actor=present().actor, now=clock())
        except Refusal as reason:
            wrong[reason.field or ""] = formats.refusal(reason)
    if wrong:
        db.session.rollback()
        return day_page(chosen, wrong=wrong)
    flash(_("The batches stand on all notes of the day."), "success")
    return redirect(url_for("producer.deliveries", day=day), code=303)


@bp.get("/deliveries/<day>/<any(picking, route, labels, notes):paper>.pdf")
@needs(Permission.SUPPLY_SEE)
def day_paper(day: str, paper: str) -> Any:
    """The papers of a day: pick list, route sheet, labels (?single=1: one a page), all its notes."""
    chosen = day_of(read_day(day))
    if not chosen.live:
        abort(404)
    base_url = current_app.config["SETTINGS"].base_url
    with transaction():
        file = documents.of_day(
            paper, producer(), chosen.date, chosen.live, get_locale().language, base_url,
            single="single" in request.args,
        )  # fmt: skip
    return download(file.name, file.media_type, file.content)
