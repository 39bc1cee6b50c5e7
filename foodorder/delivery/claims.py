"""Claims (reklamacije): open, answer, and bring to an end; what is bought elsewhere instead.

Every act holds the delivery note first, as acceptance and invoicing do, so that what may be invoiced of a
line never changes under their hands.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text

from foodorder.accounts.recipients import recipients_of_institution, recipients_of_producer
from foodorder.db import db
from foodorder.delivery.models import Claim, CoverPurchase
from foodorder.outbox import service as outbox
from foodorder.rules.claims import (
    ClaimAction,
    Claimed,
    ClaimKind,
    ClaimOutcome,
    ClaimState,
    Clock,
    Side,
    check_claim,
    check_close,
    clock,
    extra_cost,
    move,
)
from foodorder.rules.errors import N_, Refusal
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


class NotAccepted(Refusal):
    """A claim about a line of which nobody has written yet what came."""

    message = N_("Write first what came of this line.")


class WordsMissing(Refusal):
    """A claim, or an answer, without a word of what is wrong."""

    message = N_("Write in a few words what is wrong, or why: the other side reads it.")
    default_field = "words"


class PromiseInThePast(Refusal):
    """A replacement that is promised for a moment that has passed."""

    message = N_("Say a time to come at which you bring the replacement.")
    default_field = "promised_at"


@dataclass(frozen=True, slots=True)
class Replacement:
    """What came instead and was accepted: thousandths, its lot and use-by date."""

    quantity: int
    lot: str | None = None
    use_by: date | None = None


@dataclass(frozen=True, slots=True)
class Cover:
    """What was bought elsewhere: from whom, by which document, thousandths, net and VAT in cents."""

    supplier: str
    document: str
    bought_on: date
    quantity: int
    net_cents: int
    vat_cents: int


_HOLD = text("""
SELECT n.id FROM delivery_note n JOIN delivery_line l ON l.note_id = n.id WHERE l.id = :line FOR UPDATE OF n
""")

_LINE = text("""
SELECT l.id, l.name, l.unit, l.quantity AS sent, l.acceptance_id, a.quantity AS accepted, n.producer_id,
       n.institution_id, n.number, n.delivery_date, i.municipality_id, i.short_name AS institution,
       p.name AS producer, m.claim_minutes, r.price_cents,
       coalesce((SELECT sum(c.quantity) FILTER (WHERE NOT c.was_accepted) FROM claim c
                  WHERE c.delivery_line_id = l.id
                    AND c.outcome IS DISTINCT FROM 'withdrawn'), 0)::bigint AS claimed_refused,
       coalesce((SELECT sum(c.quantity - c.replaced) FILTER (WHERE c.was_accepted) FROM claim c
                  WHERE c.delivery_line_id = l.id
                    AND (c.outcome IS NULL OR c.outcome NOT IN ('withdrawn', 'refused'))), 0)::bigint
           AS claimed_accepted
  FROM delivery_line l
  JOIN delivery_note n ON n.id = l.note_id
  JOIN institution i ON i.id = n.institution_id
  JOIN municipality m ON m.id = i.municipality_id
  JOIN producer p ON p.id = n.producer_id
  JOIN record_line r ON r.id = l.record_line_id
  LEFT JOIN acceptance_line a ON a.id = l.acceptance_id
 WHERE l.id = :line
""")


def open_claim(
    line_id: int,
    kind: ClaimKind,
    quantity: int,
    words: str,
    *,
    was_accepted: bool,
    actor: Actor,
    now: datetime,
) -> Claim:
    """Claim a quantity (thousandths) of a delivered line: of what was refused, or of what was accepted first.

    The clock runs from now, by the municipality's agreed minutes; the producer is told at once.
    Raises NotAccepted, WordsMissing, NothingClaimed or ClaimedTooMuch.
    """
    line = _held(line_id)
    if line.acceptance_id is None:
        raise NotAccepted
    if not words.strip():
        raise WordsMissing
    refused = line.sent - line.accepted - line.claimed_refused
    check_claim(quantity, line.accepted - line.claimed_accepted if was_accepted else refused, line.unit)
    claim = Claim(
        delivery_line_id=line_id,
        acceptance_id=line.acceptance_id,
        kind=kind.value,
        state=ClaimState.OPEN.value,
        quantity=quantity,
        was_accepted=was_accepted,
        words=words.strip(),
        opened_at=now,
        opened_by_id=actor.person_id,
        due_at=clock(now, line.claim_minutes, now).due_at,
    )
    db.session.add(claim)
    db.session.flush()
    _record(claim, line, "claim.opened", actor, now)
    _tell("claim_opened", claim, line)
    return claim


def promise(claim_id: int, promised_at: datetime, words: str = "", *, actor: Actor, now: datetime) -> Claim:
    """The producer brings other goods, at a time that is said. Raises IllegalClaimMove, PromiseInThePast."""
    if promised_at < now:
        raise PromiseInThePast
    claim, line = _held_claim(claim_id)
    claim.promised_at = promised_at
    return _answer(claim, line, ClaimAction.PROMISE, words, actor, now)


def decline(claim_id: int, words: str, *, actor: Actor, now: datetime) -> Claim:
    """The producer cannot replace it: the kitchen may buy elsewhere at once. Raises IllegalClaimMove."""
    claim, line = _held_claim(claim_id)
    return _answer(claim, line, ClaimAction.DECLINE, words, actor, now)


def contest(claim_id: int, words: str, *, actor: Actor, now: datetime) -> Claim:
    """The producer does not agree, and says why. Raises IllegalClaimMove, WordsMissing."""
    if not words.strip():
        raise WordsMissing
    claim, line = _held_claim(claim_id)
    return _answer(claim, line, ClaimAction.CONTEST, words, actor, now)


def close_claim(
    claim_id: int,
    outcome: ClaimOutcome,
    side: Side,
    *,
    replacement: Replacement | None = None,
    cover: Cover | None = None,
    actor: Actor,
    now: datetime,
) -> Claim:
    """Bring a claim to its end: replaced, credited, covered elsewhere, withdrawn, or not upheld.

    Raises IllegalClaimMove, NotYoursToClose, ReplacedTooMuch, ReplacementStillPossible or CoveredTooMuch.
    """
    claim, line = _held_claim(claim_id)
    replaced = replacement.quantity if replacement and outcome is ClaimOutcome.REPLACED else 0
    ending = Claimed(claim.quantity, claim.was_accepted, outcome, replaced)
    timer = Clock(claim.due_at, claim.due_at - now)
    check_close(ClaimState(claim.state), ending, side, timer, line.unit)
    if outcome is ClaimOutcome.COVERED:
        claim.cover = _cover(cover, ending, line, actor, now)
    if replacement and replaced:
        claim.replacement_lot = replacement.lot
        claim.replacement_use_by = replacement.use_by
    claim.replaced = replaced
    claim.state = move(ClaimState(claim.state), ClaimAction.CLOSE).value
    claim.outcome = outcome.value
    claim.resolved_at = now
    claim.resolved_by_id = actor.person_id
    _record(claim, line, f"claim.{outcome.value}", actor, now)
    _tell("claim_closed", claim, line)
    return claim


def _cover(
    cover: Cover | None, ending: Claimed, line: Row[Any], actor: Actor, now: datetime
) -> CoverPurchase:
    if cover is None or not cover.supplier.strip() or not cover.document.strip():
        raise WordsMissing(field="document")
    return CoverPurchase(
        supplier=cover.supplier.strip(),
        document=cover.document.strip(),
        bought_on=cover.bought_on,
        quantity=cover.quantity,
        net_cents=cover.net_cents,
        vat_cents=cover.vat_cents,
        gross_cents=cover.net_cents + cover.vat_cents,
        extra_cents=extra_cost(cover.quantity, cover.net_cents, line.price_cents, ending, line.unit),
        entered_at=now,
        entered_by_id=actor.person_id,
    )


def _held(line_id: int) -> Row[Any]:
    db.session.execute(_HOLD, {"line": line_id}).one()
    return db.session.execute(_LINE, {"line": line_id}).one()


def _held_claim(claim_id: int) -> tuple[Claim, Row[Any]]:
    """A claim as it is once its note is held: somebody else may have answered it meanwhile."""
    claim = db.session.get_one(Claim, claim_id)
    line = _held(claim.delivery_line_id)
    db.session.refresh(claim)
    return claim, line


def _answer(
    claim: Claim, line: Row[Any], action: ClaimAction, words: str, actor: Actor, now: datetime
) -> Claim:
    claim.state = move(ClaimState(claim.state), action).value
    claim.answer = words.strip() or None
    claim.answered_at = now
    claim.answered_by_id = actor.person_id
    _record(claim, line, f"claim.{claim.state}", actor, now)
    _tell("claim_answered", claim, line)
    return claim


def _record(claim: Claim, line: Row[Any], action: str, actor: Actor, now: datetime) -> None:
    db.session.flush()
    trail.record(
        actor,
        action,
        "claim",
        claim.id,
        now=now,
        municipality_id=line.municipality_id,
        after={"line": line.id, "state": claim.state, "quantity": claim.quantity, "replaced": claim.replaced},
        reason=claim.answer or claim.words,
    )


def _tell(template: str, claim: Claim, line: Row[Any]) -> None:
    """Both sides at once: what one of them writes, the other people of their house read, too."""
    outbox.queue(
        template,
        recipients_of_producer(line.producer_id) + recipients_of_institution(line.institution_id),
        key=f"claim {claim.id} {claim.state} {claim.outcome or ''}",
        data={
            "claim": claim.id,
            "kind": claim.kind,
            "state": claim.state,
            "outcome": claim.outcome,
            "name": line.name,
            "unit": line.unit,
            "quantity": claim.quantity,
            "replaced": claim.replaced,
            "words": claim.words,
            "answer": claim.answer,
            "due_at": claim.due_at.isoformat(),
            "promised_at": claim.promised_at.isoformat() if claim.promised_at else None,
            "producer": line.producer,
            "institution": line.institution,
            "number": line.number,
            "delivery_date": line.delivery_date.isoformat(),
        },
        municipality_id=line.municipality_id,
        object_type="claim",
        object_id=claim.id,
    )
