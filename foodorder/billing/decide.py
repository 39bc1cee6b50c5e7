"""People decide what becomes of a difference: explain, dispute, answer, withdraw, release.

Who may do what is in rules/findings.py; who releases is never who explained. Every decision keeps its words.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from foodorder.accounts.recipients import recipients_of_institution, recipients_of_producer
from foodorder.billing.match import COMPARED, findings_of, follow, hold_invoice
from foodorder.billing.models import Finding, FindingDecision, Invoice
from foodorder.db import db
from foodorder.outbox import service as outbox
from foodorder.rules.findings import (
    FindingAction,
    Hand,
    IllegalFindingMove,
    check_release,
    decide,
)
from foodorder.rules.matching import FindingState
from foodorder.rules.permissions import Role
from foodorder.rules.settlement import InvoiceState
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


@dataclass(frozen=True, slots=True)
class Decided:
    """A finding after a decision, and its invoice."""

    finding: Finding
    invoice: Invoice


def decide_finding(
    finding_id: int,
    action: FindingAction,
    words: str,
    *,
    hand: Hand,
    actor: Actor,
    now: datetime,
) -> Decided:
    """Decide about a finding of an invoice that is not approved or paid yet.

    Raises IllegalFindingMove, FindingWordsMissing, ExplainedThemselves.
    """
    invoice = hold_invoice(db.session.get_one(Finding, finding_id).invoice_id)
    finding = db.session.scalars(
        select(Finding).where(Finding.id == finding_id).execution_options(populate_existing=True)
    ).one()
    if InvoiceState(invoice.state) not in COMPARED:
        raise IllegalFindingMove(state=invoice.state, action=action.value)
    before = FindingState(finding.state)
    state = decide(before, action, hand, words)
    if action is FindingAction.RELEASE:
        check_release(actor.person_id or 0, explained_by(finding))
    finding.state = state.value
    finding.decisions.append(
        FindingDecision(
            action=action.value,
            state=state.value,
            words=words.strip(),
            decided_at=now,
            decided_by_id=actor.person_id,
        )
    )
    db.session.flush()
    _leave_event(finding, invoice, action, before, words, actor, now)
    follow(invoice, findings_of(invoice.id), actor, now)
    if action in (FindingAction.DISPUTE, FindingAction.ANSWER):
        _tell(finding, invoice, action, words)
    return Decided(finding, invoice)


def explained_by(finding: Finding) -> set[int]:
    """Who explained a finding."""
    return {
        one.decided_by_id
        for one in finding.decisions
        if one.action == FindingAction.EXPLAIN and one.decided_by_id is not None
    }


def _leave_event(
    finding: Finding,
    invoice: Invoice,
    action: FindingAction,
    before: FindingState,
    words: str,
    actor: Actor,
    now: datetime,
) -> None:
    trail.record(
        actor,
        f"difference.{action.value}",
        "invoice",
        invoice.id,
        now=now,
        municipality_id=invoice.institution.municipality_id,
        before={"state": before.value},
        after={"state": finding.state, "difference": finding.kind, "cents": finding.cents},
        reason=words.strip(),
    )


def _tell(finding: Finding, invoice: Invoice, action: FindingAction, words: str) -> None:
    """The supplier reads disputes, the accountant the answers."""
    data = {
        "invoice": invoice.id,
        "number": invoice.number,
        "producer": invoice.parties["seller"]["name"],
        "institution": invoice.institution.short_name,
        "goods": finding.line.name if finding.line else "",
        "words": words.strip(),
    }
    about: dict[str, Any] = {
        "key": f"difference {finding.id} {action.value} {len(finding.decisions)}",
        "data": data,
        "municipality_id": invoice.institution.municipality_id,
        "object_type": "invoice",
        "object_id": invoice.id,
    }
    if action is FindingAction.DISPUTE:
        outbox.queue("difference_disputed", recipients_of_producer(invoice.producer_id), **about)
    else:
        people = recipients_of_institution(invoice.institution_id, (Role.ACCOUNTANT,))
        outbox.queue("difference_answered", people, **about)
