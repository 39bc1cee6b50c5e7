"""Agreements of the municipality as an auditor reads them: everything, and nothing to change."""

from flask import render_template
from werkzeug.wrappers import Response

from foodorder.agreements.documents import document_of
from foodorder.agreements.queries import agreement_of, agreements_of
from foodorder.blueprints.auditor.counter import bp, found, whole_municipality
from foodorder.blueprints.shared.access import needs
from foodorder.blueprints.shared.agreement_page import list_context, page_context
from foodorder.blueprints.shared.files import download
from foodorder.rules.permissions import Permission


@bp.get("/agreements")
@needs(Permission.AGREEMENTS_SEE)
def agreements() -> str:
    """All agreements, with what is used of them."""
    context = list_context(agreements_of(whole_municipality().id))
    return render_template("auditor/agreements.html", **context)


@bp.get("/agreements/<int:agreement_id>")
@needs(Permission.AGREEMENTS_SEE)
def agreement(agreement_id: int) -> str:
    """One agreement: lots, suppliers, prices on any day, ceilings, amendments."""
    own = found(agreement_of(whole_municipality().id, agreement_id))
    return render_template("auditor/agreement.html", **page_context(own))


@bp.get("/agreements/<int:agreement_id>/documents/<int:agreement_document_id>")
@needs(Permission.AGREEMENTS_SEE)
def agreement_document(agreement_id: int, agreement_document_id: int) -> Response:
    """A document of the agreement, to keep."""
    own = found(agreement_of(whole_municipality().id, agreement_id))
    file = found(document_of(own, agreement_document_id))
    return download(file.name, file.media_type, file.content)
