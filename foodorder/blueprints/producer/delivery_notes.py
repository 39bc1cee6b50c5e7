"""One delivery note: corrected, packed, on its way, called off; its paper and its labels."""

from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from foodorder.billing.queries import of_note as invoices_of
from foodorder.blueprints.producer.counter import bp, producer
from foodorder.blueprints.producer.deliveries import state_words
from foodorder.blueprints.producer.note_form import NoteForm
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.files import download
from foodorder.blueprints.shared.forms import BaseForm, EmptyForm, options
from foodorder.blueprints.shared.note_papers import despatch_of
from foodorder.db import clock, transaction
from foodorder.delivery import documents, moves
from foodorder.delivery.corrections import LinesRefused, correct_note
from foodorder.delivery.moves import NotReady
from foodorder.delivery.queries import NoteRow, find_note
from foodorder.language import get_locale
from foodorder.language import gettext as _
from foodorder.language import lazy_gettext as _l
from foodorder.rules.delivery import SHORT_REASONS, NoteState, ShortReason
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission

#: The longest remark and the longest words of a reason.
LONGEST_WORDS = 500


class ReasonForm(BaseForm):
    """Why something cannot be delivered."""

    reason = RadioField(_l("Why?"), validators=[InputRequired()])
    words = TextAreaField(
        _l("In your words"),
        [Length(max=LONGEST_WORDS)],
        description=_l("The kitchens read it at once, with the reason."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reason.choices = options((reason, _(label)) for reason, label in SHORT_REASONS.items())

    @property
    def why(self) -> ShortReason:
        """The reason that was chosen."""
        return ShortReason(self.reason.data)


def own_note(note_id: int) -> NoteRow:
    """A note of this producer; 404 for everybody else's."""
    return find_note(note_id, producer_id=producer().id) or abort(404)


def note_page(found: NoteRow, form: NoteForm | None = None) -> Any:
    """The page of a note, with its form while it is a draft."""
    form = form or NoteForm(found)
    page = render_template(
        "producer/note.html",
        note=found,
        form=form,
        invoices=invoices_of(found.id),
        state_words=state_words,
        reasons={reason.value: _(label) for reason, label in SHORT_REASONS.items()},
        may_send=present().may(Permission.DELIVERIES_SEND),
        editable=found.state == NoteState.DRAFT and present().may(Permission.DELIVERIES_SEND),
    )
    return (page, 422) if form.errors else page


@bp.get("/deliveries/notes/<int:note_id>")
@needs(Permission.SUPPLY_SEE)
def note(note_id: int) -> Any:
    """A note: what it carries, where it stands, what can be done with it."""
    return note_page(own_note(note_id))


@bp.post("/deliveries/notes/<int:note_id>")
@needs(Permission.DELIVERIES_SEND)
def save_note(note_id: int) -> Any:
    """Save what was typed; `then`: pack it, or send it on its way."""
    found = own_note(note_id)
    form = NoteForm(found, request.form)
    corrections = form.corrections()
    if not EmptyForm().validate_on_submit():
        abort(400)
    if form.errors:
        return note_page(found, form)
    actor, now, then = present().actor, clock(), request.form.get("then", "")
    try:
        with transaction():
            remark = request.form.get("remark", "")[:LONGEST_WORDS]
            correct_note(producer().id, note_id, corrections, remark, actor=actor, now=now)
            if then == "pack":
                moves.prepare(producer().id, [note_id], actor=actor, now=now)
            elif then == "leave":
                moves.leave(producer().id, [note_id], actor=actor, now=now)
    except LinesRefused as reason:
        form.refuse(reason)
    except NotReady as reason:
        for problem in reason.problems:
            form.refuse_line(problem.root_line_id, problem.refusal)
    if form.errors:
        return note_page(found, form)
    words = {"pack": _("Packed."), "leave": _("On the way.")}
    flash(words.get(then, _("Saved.")), "success")
    return redirect(url_for("producer.note", note_id=note_id), code=303)


@bp.post("/deliveries/notes/<int:note_id>/<any(pack, leave, reopen):action>")
@needs(Permission.DELIVERIES_SEND)
def move_note(note_id: int, action: str) -> Any:
    """Pack a note as it is, send it on its way, or open a packed one again."""
    found = own_note(note_id)
    if not EmptyForm().validate_on_submit():
        abort(400)
    actor, now = present().actor, clock()
    try:
        with transaction():
            if action == "reopen":
                moves.reopen(found.producer_id, note_id, actor=actor, now=now)
            elif action == "pack":
                moves.prepare(found.producer_id, [note_id], actor=actor, now=now)
            else:
                moves.leave(found.producer_id, [note_id], actor=actor, now=now)
    except NotReady as reason:
        form = NoteForm(found)
        for problem in reason.problems:
            form.refuse_line(problem.root_line_id, problem.refusal)
        return note_page(found, form)
    words = {"pack": _("Packed."), "leave": _("On the way."), "reopen": _("The note is open again.")}
    flash(words[action], "success")
    return redirect(url_for("producer.note", note_id=note_id), code=303)


@bp.route("/deliveries/notes/<int:note_id>/cancel", methods=["GET", "POST"])
@needs(Permission.DELIVERIES_SEND)
def cancel_note(note_id: int) -> Any:
    """Nothing of it comes, and why."""
    found, form = own_note(note_id), ReasonForm()
    if found.state in (NoteState.RECEIVED, NoteState.CANCELLED):
        abort(404)
    if form.validate_on_submit():
        try:
            with transaction():
                moves.cancel(
                    found.producer_id, note_id, form.why, form.words.data or "",
                    actor=present().actor, now=clock(),
                )  # fmt: skip
        except Refusal as reason:
            form.refuse(reason)
        else:
            flash(_("The delivery is called off. The kitchen was told."), "success")
            return redirect(url_for("producer.note", note_id=note_id), code=303)
    page = render_template("producer/cancel_note.html", note=found, form=form)
    return page, 422 if form.errors else 200


@bp.get("/deliveries/notes/<int:note_id>/<any(note, labels):paper>.pdf")
@needs(Permission.SUPPLY_SEE)
def note_paper(note_id: int, paper: str) -> Any:
    """The note as it travels, or the labels of its goods (?single=1: one a page)."""
    found = own_note(note_id)
    base_url = current_app.config["SETTINGS"].base_url
    with transaction():
        file = documents.of_note(
            paper, found, get_locale().language, base_url, single="single" in request.args
        )
    return download(file.name, file.media_type, file.content)


@bp.get("/deliveries/notes/<int:note_id>/despatch.xml")
@needs(Permission.SUPPLY_SEE)
def note_file(note_id: int) -> Any:
    """The note by standard, once it has left the farm."""
    return despatch_of(own_note(note_id), url_for("producer.note", note_id=note_id))
