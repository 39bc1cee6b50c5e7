"""The agreements under which the kitchen may call off."""

from flask import abort, render_template
from werkzeug.wrappers import Response

from foodorder.agreements.documents import document_of
from foodorder.agreements.queries import agreement_for, agreements_for
from foodorder.blueprints.kitchen import bp
from foodorder.blueprints.kitchen.ours import our_institution_id
from foodorder.blueprints.shared.access import needs
from foodorder.blueprints.shared.agreement_page import list_context, page_context
from foodorder.blueprints.shared.files import download
from foodorder.rules.permissions import Permission


@bp.get("/agreements")
@needs(Permission.AGREEMENTS_SEE)
def agreements() -> str:
    """What entitles this kitchen, and how much of it is used."""
    return render_template("kitchen/agreements.html", **list_context(agreements_for(our_institution_id())))


@bp.get("/agreements/<int:agreement_id>")
@needs(Permission.AGREEMENTS_SEE)
def agreement(agreement_id: int) -> str:
    """One agreement: what may be bought from whom, at which price."""
    own = agreement_for(our_institution_id(), agreement_id) or abort(404)
    return render_template("kitchen/agreement.html", **page_context(own))


@bp.get("/agreements/<int:agreement_id>/documents/<int:agreement_document_id>")
@needs(Permission.AGREEMENTS_SEE)
def agreement_document(agreement_id: int, agreement_document_id: int) -> Response:
    """A document of the agreement, to keep."""
    own = agreement_for(our_institution_id(), agreement_id) or abort(404)
    file = document_of(own, agreement_document_id) or abort(404)
    return download(file.name, file.media_type, file.content)
