"""The approver's page: orders that wait for a second person, and what there is to see about each.

And what the kitchen reads about it, in advance and after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from wtforms import TextAreaField
from wtforms.validators import Length

from foodorder.accounts.models import Institution, Producer
from foodorder.blueprints.kitchen import bp
from foodorder.blueprints.kitchen.ours import our_institution
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.forms import BaseForm
from foodorder.db import db, retrying
from foodorder.language import approvals as words
from foodorder.language import formats, get_locale, gettext
from foodorder.language import lazy_gettext as _l
from foodorder.ordering.approvals import Approval, approval_of, approvals_of, approvers, newest_approval
from foodorder.ordering.decisions import approve, send_back
from foodorder.ordering.queries import lines_of
from foodorder.procurement.budgets import change_by
from foodorder.procurement.unusual import unusual
from foodorder.rules.agreements import FUNDINGS
from foodorder.rules.approval import WordMissing
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission


class AnswerForm(BaseForm):
    """The word with which an order is sent back."""

    words = TextAreaField(_l("What should the kitchen change?"), [Length(max=500)])


@bp.get("/approvals")
@needs(Permission.ORDERS_APPROVE)
def approvals() -> str:
    """Orders that needed approval: those that wait first."""
    listed = approvals_of(our_institution().id)
    return render_template("kitchen/approvals.html", approvals=listed, institution=our_institution())


@bp.route("/approvals/<int:submission_id>", methods=["GET", "POST"])
@needs(Permission.ORDERS_APPROVE)
def approval(submission_id: int) -> Any:
    """One order: its sum, the budget before and after, what is unusual; approve, or send back with a word."""
    found = approval_of(our_institution().id, submission_id) or abort(404)
    number, form = found.row.number, AnswerForm()
    if request.method == "GET":
        return show_approval(found, form)
    if not form.validate():
        return show_approval(found, form, 422)
    try:
        said = _answered(submission_id, form, number)
    except WordMissing as reason:
        form.refuse(reason)
        return show_approval(found, form, 422)
    except Refusal as reason:
        return show_approval(approval_of(our_institution().id, submission_id) or found, form, 409, reason)
    flash(said, "success")
    return redirect(url_for(".approvals"), code=303)


def _answered(submission_id: int, form: AnswerForm, number: str) -> str:
    """Give the answer that was pressed; returns what to say about it."""
    actor, typed = present().actor, form.words.data or ""
    if request.form.get("answer") == "back":
        retrying(lambda: send_back(submission_id, typed, actor=actor))
        return gettext("The order %(number)s was sent back. The kitchen is told.", number=number)
    retrying(lambda: approve(submission_id, actor=actor))
    return gettext("The order %(number)s is approved. The kitchen is told.", number=number)


def show_approval(
    found: Approval, form: AnswerForm, status: int = 200, refusal: Refusal | None = None
) -> tuple[str, int]:
    """The page of one order, with what an answer was refused for."""
    row, institution = found.row, our_institution()
    lines = lines_of(row.submission_id)
    names = dict(
        db.session.execute(
            select(Producer.id, Producer.name).where(Producer.id.in_({line.producer_id for line in lines}))
        ).all()
    )
    body = render_template(
        "kitchen/approval.html",
        approval=found,
        row=row,
        form=form,
        refusal=refusal,
        why=reasons(found),
        changes=change_by(institution, row.submission_id, counted=found.open and row.state != "overtaken"),
        fundings=FUNDINGS,
        unusual=unusual(institution.id, row.submission_id),
        slovene=get_locale().language == "sl",
        farms=[
            (names[producer], list(farm)) for producer, farm in groupby(lines, lambda line: line.producer_id)
        ],
        own=present().person.id == row.submitted_by_id,
    )
    return body, status


def reasons(found: Approval) -> list[str]:
    """Why a second person is asked, in the reader's language."""
    return [words.why(one["code"], one["facts"]) for one in found.row.why]


@dataclass(frozen=True, slots=True)
class Notice:
    """What the kitchen reads of approval: the newest question about an order, or only that there may be
    one."""

    institution: Institution
    approval: Approval | None
    names: str
    why: Sequence[str]

    @property
    def counts(self) -> bool:
        """Whether an order that nobody approves counts all the same."""
        return self.institution.unapproved == "count"

    @property
    def sent_back(self) -> bool:
        """Whether the newest answer was to change the order."""
        return self.approval is not None and self.approval.row.state == "sent_back"


def approval_notice(order_id: int | None, submission_id: int | None) -> Notice | None:
    """For kitchen/_approval.html: of a submission, or of the order where none stands; None: never asked."""
    institution = our_institution()
    found = None
    if submission_id:
        found = approval_of(institution.id, submission_id)
    elif order_id and (newest := newest_approval(order_id)) and newest.row.state == "sent_back":
        found = newest
    if found is None and institution.approval_limit_cents is None:
        return None
    may = approvers(found.row.submission_id) if found and found.waits else ()
    return Notice(
        institution, found, formats.listed([person.name for person in may]), reasons(found) if found else ()
    )


@bp.context_processor
def notices() -> dict[str, Any]:
    """What templates of the kitchen ask."""
    return {"approval_notice": approval_notice}
