"""Claims of the municipality: where kitchen and farm do not agree, the coordinator decides."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for

from foodorder.blueprints.coordinator.counter import bp, municipality
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.claim_page import claim_context, list_context
from foodorder.blueprints.shared.forms import EmptyForm
from foodorder.db import clock, transaction
from foodorder.delivery import claims as service
from foodorder.delivery.claim_queries import ClaimRow, ClaimScope, claims_of, find_claim
from foodorder.language import gettext as _
from foodorder.rules.claims import ClaimOutcome, Side
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission


def our_claim(claim_id: int) -> ClaimRow:
    """A claim in our municipality; 404 for all others."""
    return find_claim(claim_id, ClaimScope(municipality_id=municipality().id)) or abort(404)


@bp.get("/claims")
@needs(Permission.CLAIMS_DECIDE)
def claims() -> Any:
    """All claims, those that wait on top."""
    rows = claims_of(ClaimScope(municipality_id=municipality().id))
    return render_template("coordinator/claims.html", **list_context(rows))


@bp.get("/claims/<int:claim_id>")
@needs(Permission.CLAIMS_DECIDE)
def claim(claim_id: int) -> Any:
    """A claim with what both sides say."""
    return render_template("coordinator/claim.html", form=EmptyForm(), **claim_context(our_claim(claim_id)))


@bp.post("/claims/<int:claim_id>/<any(credited, refused):outcome>")
@needs(Permission.CLAIMS_DECIDE)
def decide_claim(claim_id: int, outcome: str) -> Any:
    """It is not paid, or it is paid in full."""
    found, form = our_claim(claim_id), EmptyForm()
    if not form.validate_on_submit():
        abort(400)
    try:
        with transaction():
            service.close_claim(
                claim_id, ClaimOutcome(outcome), Side.COORDINATOR, actor=present().actor, now=clock()
            )
    except Refusal as reason:
        form.refuse(reason)
        return render_template("coordinator/claim.html", form=form, **claim_context(found)), 422
    flash(_("Decided. Both sides were told."), "success")
    return redirect(url_for(".claim", claim_id=claim_id), code=303)
