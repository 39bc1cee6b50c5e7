"""A delivery note as the kitchen reads it: what comes, what does not, and what may come instead."""

from dataclasses import dataclass
from typing import Any

from flask import abort, current_app, render_template, request, url_for

from foodorder.accounts.personal import Detail, details_of
from foodorder.billing.queries import of_note as invoices_of
from foodorder.blueprints.kitchen import bp
from foodorder.blueprints.kitchen.ours import our_institution
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.files import download
from foodorder.blueprints.shared.note_papers import despatch_of
from foodorder.catalogue.models import Offer
from foodorder.db import db, transaction
from foodorder.delivery import documents
from foodorder.delivery.queries import LineRow, NoteRow, find_note
from foodorder.language import formats, get_locale
from foodorder.language import gettext as _
from foodorder.ordering.substitutes import Answer, Substitute, substitutes_for
from foodorder.rules.delivery import NOTE_STATES, NoteState
from foodorder.rules.permissions import Permission
from foodorder.rules.quantity import as_typed


@dataclass(frozen=True, slots=True)
class Instead:
    """An offer that may come instead: where to ask for it, and whom to call."""

    offer: Substitute
    ask: str
    phone: str | None


@dataclass(frozen=True, slots=True)
class Gap:
    """A line that does not come whole: what is missing (thousandths), and what may come instead."""

    line: LineRow
    missing: int
    answer: Answer | None
    instead: list[Instead]


def our_note(note_id: int) -> NoteRow:
    """A note that comes to our kitchen; 404 for all others."""
    return find_note(note_id, institution_id=our_institution().id) or abort(404)


@bp.get("/deliveries/notes/<int:note_id>")
@needs(Permission.RECORDS_SEE)
def delivery_note(note_id: int) -> Any:
    """What comes with a note, and what may come instead of what does not."""
    found = our_note(note_id)
    return render_template(
        "kitchen/delivery_note.html",
        note=found,
        invoices=invoices_of(found.id),
        state=_(NOTE_STATES[NoteState(found.state)]),
        gaps=gaps_of(found),
        may_ask=present().may(Permission.RECORDS_CHANGE_REQUEST),
        read_line=request.args.get("line", ""),
    )


def gaps_of(found: NoteRow) -> list[Gap]:
    """What does not come of a note, as the producer told it."""
    gaps = []
    for line in found.lines:
        missing = (
            line.told if found.state == NoteState.CANCELLED else min(line.told, line.ordered - line.quantity)
        )
        if missing > 0:
            order_line = line.first.order_line_id
            answer = substitutes_for(order_line, missing) if order_line else None
            offers = answer.substitutes if answer else ()
            gaps.append(Gap(line, missing, answer, [_instead(found, line, one) for one in offers]))
    return gaps


def _instead(found: NoteRow, line: LineRow, one: Substitute) -> Instead:
    """Where to ask the other producer for an addition, the form filled in, and their telephone."""
    producer_id = db.session.get_one(Offer, one.offer).producer_id
    fields: dict[str, Any] = {
        "note": found.id,
        "line": line.first.root_line_id,
        "new-0-offer": one.offer,
        "new-0-door": found.delivery_point_id,
        "new-0-day": found.delivery_date.isoformat(),
        "new-0": as_typed(one.quantity),
        "reason": _(
            "%(producer)s cannot deliver on %(day)s.",
            producer=found.producer,
            day=formats.long_day(found.delivery_date),
        ),
    }
    ask = url_for(".ask_addition", cycle_id=found.cycle_id, producer=producer_id, **fields)
    return Instead(one, ask, details_of(producer_id=producer_id).get(Detail.PHONE))


@bp.get("/deliveries/notes/<int:note_id>.pdf")
@needs(Permission.RECORDS_SEE)
def delivery_note_paper(note_id: int) -> Any:
    """The note as a paper."""
    found = our_note(note_id)
    with transaction():
        base_url = current_app.config["SETTINGS"].base_url
        file = documents.of_note("note", found, get_locale().language, base_url)
    return download(file.name, file.media_type, file.content)


@bp.get("/deliveries/notes/<int:note_id>.xml")
@needs(Permission.RECORDS_SEE)
def delivery_note_file(note_id: int) -> Any:
    """The note by standard, once it has left the farm."""
    return despatch_of(our_note(note_id), url_for(".delivery_note", note_id=note_id))
