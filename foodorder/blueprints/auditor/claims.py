"""Claims as the auditor reads them: what came of them, and what was bought elsewhere."""

from typing import Any

from flask import render_template

from foodorder.blueprints.auditor.counter import bp, found, institution_id, municipality
from foodorder.blueprints.shared.access import needs
from foodorder.blueprints.shared.claim_page import claim_context, list_context
from foodorder.delivery.claim_queries import ClaimScope, claims_of, find_claim
from foodorder.rules.permissions import Permission


def scope() -> ClaimScope:
    """As far as the reader sees."""
    return ClaimScope(municipality_id=municipality().id, institution_id=institution_id())


@bp.get("/claims")
@needs(Permission.SPEND_SEE)
def claims() -> Any:
    """All claims, those that wait on top."""
    return render_template("auditor/claims.html", **list_context(claims_of(scope())))


@bp.get("/claims/<int:claim_id>")
@needs(Permission.SPEND_SEE)
def claim(claim_id: int) -> Any:
    """A claim with its clock, its answer and its end."""
    return render_template("auditor/claim.html", **claim_context(found(find_claim(claim_id, scope()))))
