"""A delivery note by standard: the despatch advice (Peppol T16) of what left the farm."""

from flask import flash, redirect
from werkzeug.wrappers import Response

from foodorder.billing.papers.despatch import advice
from foodorder.billing.papers.goods import Parties
from foodorder.blueprints.shared.files import download
from foodorder.db import db
from foodorder.delivery.models import DeliveryNote
from foodorder.delivery.queries import NoteRow
from foodorder.exchange import ubl_despatch
from foodorder.language import gettext
from foodorder.procurement.documents.paper import file_name
from foodorder.rules.delivery import NoteState

LEFT = (NoteState.ON_THE_WAY, NoteState.RECEIVED)


def despatch_of(note: NoteRow, back: str) -> Response:
    """The file; `back` to the note's page of one that has not left, or on which nothing stands."""
    found = advice(db.session.get_one(DeliveryNote, note.id), Parties()) if note.state in LEFT else None
    if found is None:
        flash(gettext("There is no despatch advice before the goods have left the farm."), "info")
        return redirect(back, code=303)
    return download(
        file_name(["despatch", f"{note.number}.xml"]), "application/xml", ubl_despatch.write(found)
    )
