"""Claims as the farm reads them: what is wrong, how long there is to mend it, an answer in one tap."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for

from foodorder.blueprints.producer.counter import bp, producer
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.claim_page import AnswerForm, claim_context, list_context
from foodorder.db import clock, transaction
from foodorder.delivery import claims as service
from foodorder.delivery.claim_queries import ClaimRow, ClaimScope, claims_of, find_claim
from foodorder.language import gettext as _
from foodorder.rules.claims import MOVES, ClaimAction, ClaimOutcome, ClaimState, Side
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission


def own_claim(claim_id: int) -> ClaimRow:
    """A claim about this producer's goods; 404 for everybody else's."""
    return find_claim(claim_id, ClaimScope(producer_id=producer().id)) or abort(404)


@bp.get("/claims")
@needs(Permission.SUPPLY_SEE)
def claims() -> Any:
    """All claims, those that wait on top."""
    return render_template(
        "producer/claims.html", **list_context(claims_of(ClaimScope(producer_id=producer().id)))
    )


@bp.get("/claims/<int:claim_id>")
@needs(Permission.SUPPLY_SEE)
def claim(claim_id: int) -> Any:
    """A claim, and the answers that are possible now."""
    return _page(own_claim(claim_id), AnswerForm())


@bp.post("/claims/<int:claim_id>/<any(promise, decline, contest, credit):answer>")
@needs(Permission.CLAIMS_ANSWER)
def answer_claim(claim_id: int, answer: str) -> Any:
    """Bring it, say that it cannot be brought, disagree, or take it off the bill."""
    found, form = own_claim(claim_id), AnswerForm()
    if form.validate_on_submit():
        try:
            with transaction():
                _answer(found, answer, form)
        except Refusal as reason:
            form.refuse(reason)
        else:
            flash(_("Answered. The kitchen was told at once."), "success")
            return redirect(url_for("producer.claim", claim_id=claim_id), code=303)
    return _page(found, form)


def _answer(found: ClaimRow, answer: str, form: AnswerForm) -> None:
    actor, now, words = present().actor, clock(), form.words.data or ""
    if answer == "promise":
        service.promise(found.id, now + form.wait, words, actor=actor, now=now)
    elif answer == "decline":
        service.decline(found.id, words, actor=actor, now=now)
    elif answer == "contest":
        service.contest(found.id, words, actor=actor, now=now)
    else:
        service.close_claim(found.id, ClaimOutcome.CREDITED, Side.SUPPLIER, actor=actor, now=now)


def _page(found: ClaimRow, form: AnswerForm) -> Any:
    state = ClaimState(found.state)
    page = render_template(
        "producer/claim.html",
        form=form,
        possible={action.value for action in ClaimAction if (state, action) in MOVES},
        may_answer=present().may(Permission.CLAIMS_ANSWER),
        **claim_context(found),
    )
    return page, 422 if form.errors else 200
