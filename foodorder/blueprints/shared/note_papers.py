"""A delivery note by standard: the despatch advice (Peppol T16) of what left the farm."""

from flask import abort
from werkzeug.wrappers import Response

from foodorder.billing.papers.despatch import advice
from foodorder.billing.papers.goods import Parties
from foodorder.blueprints.shared.files import download
from foodorder.db import db
from foodorder.delivery.models import DeliveryNote
from foodorder.delivery.queries import NoteRow
from foodorder.exchange import ubl_despatch
from foodorder.procurement.documents.paper import file_name
from foodorder.rules.delivery import NoteState

LEFT = (NoteState.ON_THE_WAY, NoteState.RECEIVED)


def despatch_of(note: NoteRow) -> Response:
    """The file; 404 of what has not left, and of a note on which nothing stands."""
    if note.state not in LEFT:
        abort(404)
    found = advice(db.session.get_one(DeliveryNote, note.id), Parties()) or abort(404)
    return download(
        file_name(["despatch", f"{note.number}.xml"]), "application/xml", ubl_despatch.write(found)
    )
