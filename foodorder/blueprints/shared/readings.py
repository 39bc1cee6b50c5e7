"""Pages that show the offers of a cycle note who reads them before the close."""

from flask import after_this_request
from werkzeug.wrappers import Response

from foodorder.blueprints.shared.access import present
from foodorder.db import db
from foodorder.ordering.readings import note_reading


def note_offers_read(*cycles: int) -> None:
    """Note, once this page is made, that the present person reads the offers of these cycles."""
    somebody = present()
    actor, institution = somebody.actor, somebody.institution
    institution_id = institution.id if institution else None

    @after_this_request
    def note(response: Response) -> Response:
        if response.status_code < 400:
            new = [note_reading(cycle, institution_id, actor=actor) for cycle in cycles]
            if any(new):
                db.session.commit()
        return response
