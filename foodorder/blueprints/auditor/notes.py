"""A delivery note as auditors and coordinators read it: what came, who accepted it, and its invoice."""

from flask import current_app, render_template
from werkzeug.wrappers import Response

from foodorder.audit import steps
from foodorder.billing.queries import of_note as invoices_of
from foodorder.blueprints.auditor.counter import bp, found, institution_id, municipality
from foodorder.blueprints.auditor.telling import happened
from foodorder.blueprints.shared.access import needs
from foodorder.blueprints.shared.files import download
from foodorder.db import transaction
from foodorder.delivery import documents
from foodorder.delivery.queries import NoteRow, find_note
from foodorder.language import get_locale, gettext
from foodorder.rules.acceptance import ACCEPT_REASONS, OUTCOMES
from foodorder.rules.delivery import NOTE_STATES, NoteState
from foodorder.rules.permissions import Permission


def seen_note(note_id: int) -> NoteRow:
    """A note within the reader's reach; 404 for others."""
    only = institution_id()
    if only is not None:
        return found(find_note(note_id, institution_id=only))
    return found(find_note(note_id, municipality_id=municipality().id))


@bp.get("/notes/<int:note_id>")
@needs(Permission.SPEND_SEE)
def note(note_id: int) -> str:
    """What came, every version of what was accepted of it, and its trail."""
    own = seen_note(note_id)
    accepted = steps.acceptances(note_id)
    things = [("delivery_note", note_id)]
    things += [("delivery_line", lot.id) for line in own.lines for lot in line.lots]
    return render_template(
        "auditor/note.html",
        note=own,
        state=gettext(NOTE_STATES[NoteState(own.state)]),
        accepted=accepted,
        outcomes=OUTCOMES,
        reasons=ACCEPT_REASONS,
        invoices=invoices_of(note_id),
        events=happened(things),
    )


@bp.get("/notes/<int:note_id>.pdf")
@needs(Permission.SPEND_SEE)
def note_paper(note_id: int) -> Response:
    """The note as a paper."""
    own = seen_note(note_id)
    with transaction():
        base_url = current_app.config["SETTINGS"].base_url
        file = documents.of_note("note", own, get_locale().language, base_url)
    return download(file.name, file.media_type, file.content)
