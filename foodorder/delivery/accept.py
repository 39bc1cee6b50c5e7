"""Accept what came, line by line, and correct it later: each writing is a version that names the one it saw.

Whoever notes something without a signal sends it later with the key that their device made: sent twice, it is
one acceptance. Two people never overwrite each other: the second is shown what the first wrote.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from foodorder.db import db
from foodorder.rules.acceptance import (
    AcceptReason,
    ChangedMeanwhile,
    Decision,
    Outcome,
    Standing,
    accepted_grams,
    check,
    check_correction,
    next_version,
)
from foodorder.rules.claims import Claimed, ClaimOutcome, effect
from foodorder.rules.corrections import check_against_claims
from foodorder.rules.delivery import NoteAction, NoteState, move
from foodorder.rules.errors import N_, Amount, Refusal, facts_to_json
from foodorder.rules.temperature import BEYOND, Judged, TemperatureLimit, judge
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


class NotYourDelivery(Refusal):
    """A line that does not come to this institution."""

    message = N_("This delivery does not come to your kitchen.")


class DeliveryCancelled(Refusal):
    """A note that the producer cancelled."""

    message = N_("The producer cancelled this delivery.")


class BeyondLimit(Refusal):
    """Food accepted beyond its temperature limit, without a word why."""

    message = N_("It is beyond its temperature limit. Refuse it, or write why you accept it all the same.")
    default_field = "words"


class AlreadyAccepted(Refusal):
    """“All as announced” for a line that somebody has decided on."""

    message = N_("Somebody has written what came of this already.")


@dataclass(frozen=True, slots=True)
class Noted:
    """What a person noted of a line. `expected`: the version they saw, 0 for none.

    `temperature`: tenths of a degree Celsius; `weighed`: net grams of goods that are not sold by weight;
    `noted_at`: the device's clock (UTC), at most now.
    """

    line_id: int
    decision: Decision
    expected: int
    key: UUID
    noted_at: datetime
    temperature: int | None = None
    lot: str | None = None
    weighed: int | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The acceptance in force after a writing; `repeated`: it had been written already."""

    id: int
    line_id: int
    version: int
    outcome: Outcome
    judged: Judged
    repeated: bool


# The note first, then its lines: two phones at one stop write one after the other.
_HOLD = text("""
SELECT n.id FROM delivery_note n JOIN delivery_line l ON l.note_id = n.id
 WHERE l.id = :line AND n.institution_id = :institution
   FOR UPDATE OF n
""")

_LINE = text("""
SELECT l.id, l.note_id, l.quantity, l.unit, l.grams_per_unit, l.temperature, n.state, i.municipality_id,
       coalesce(q.quantity, 0) AS invoiced,
       (SELECT json_agg(json_build_array(c.quantity, c.was_accepted, c.outcome, c.replaced))
          FROM claim c WHERE c.delivery_line_id = l.id) AS claims,
       a.id AS acceptance_id, a.version, a.quantity AS accepted, a.reason, a.words, a.temperature AS measured,
       a.lot, a.outcome, a.key, p.name AS person,
       t.lowest, t.highest, t.tolerance
  FROM delivery_line l
  JOIN delivery_note n ON n.id = l.note_id
  JOIN institution i ON i.id = n.institution_id
  LEFT JOIN acceptance_line a ON a.id = l.acceptance_id
  LEFT JOIN person p ON p.id = a.person_id
  LEFT JOIN invoiced_quantity q ON q.delivery_line_id = l.id
  LEFT JOIN temperature_limit t ON t.code = l.temperature
 WHERE l.id = :line
""")

_KNOWN = text("SELECT id, delivery_line_id, version, outcome FROM acceptance_line WHERE key = :key")

_WRITE = text("""
INSERT INTO acceptance_line (delivery_line_id, version, key, outcome, quantity, grams, reason, words,
                             temperature, temperature_facts, lot, noted_at, received_at, person_id)
VALUES (:line, :version, :key, :outcome, :quantity, :grams, :reason, :words, :temperature,
        CAST(:facts AS jsonb), :lot, :noted_at, :now, :person)
RETURNING id
""")

_POINT = text("UPDATE delivery_line SET acceptance_id = :acceptance WHERE id = :line")

_SENT = text("""
INSERT INTO record_line_sent (root_line_id, sent_at)
SELECT DISTINCT root_line_id, CAST(:now AS timestamptz) FROM delivery_line WHERE note_id = :note
ON CONFLICT DO NOTHING
""")

# Of what does not come nobody has to say anything.
_OPEN_LINES = text("""
SELECT count(*) FROM delivery_line WHERE note_id = :note AND acceptance_id IS NULL AND quantity > 0
""")

_NOTE_LINES = text("""
SELECT l.id, l.quantity, l.acceptance_id FROM delivery_line l JOIN delivery_note n ON n.id = l.note_id
 WHERE n.id = :note AND n.institution_id = :institution ORDER BY l.position, l.part
""")


def accept(noted: Noted, *, institution_id: int, actor: Actor, now: datetime) -> Accepted:
    """Write what a person noted of a line; the same again (by its key, or word for word) writes nothing.

    Raises NotYourDelivery, DeliveryCancelled, ChangedMeanwhile, BeyondLimit, AlreadyInvoiced,
    CorrectionReasonMissing, ClaimedOfAccepted, ClaimedOfRefused, and what rules/acceptance.check raises.
    """
    if db.session.execute(_HOLD, {"line": noted.line_id, "institution": institution_id}).first() is None:
        raise NotYourDelivery
    line = db.session.execute(_LINE, {"line": noted.line_id}).one()
    noted = _carried(line, noted)
    judged = judge(noted.temperature, _limit(line))
    known = db.session.execute(_KNOWN, {"key": noted.key}).first()
    if known is not None:
        if known.delivery_line_id != noted.line_id:
            raise NotYourDelivery
        return Accepted(known.id, noted.line_id, known.version, Outcome(known.outcome), judged, True)
    if line.state == NoteState.CANCELLED:
        raise DeliveryCancelled
    result = check(noted.decision, line.quantity, line.unit)
    version = _version(line, noted)
    if version == line.version:
        return Accepted(line.acceptance_id, line.id, version, result, judged, True)
    _check_words(line, noted, judged)
    acceptance = _write(line, noted, version, result, judged, actor, now)
    _move_note(line, now)
    _leave_event(line, noted, result, actor, now)
    return Accepted(acceptance, line.id, version, result, judged, False)


def accept_as_announced(
    note_id: int, keys: Sequence[tuple[int, UUID]], *, institution_id: int, actor: Actor, now: datetime
) -> list[Accepted]:
    """Accept every line of a note of which nobody wrote yet, as it was announced; `keys`: line → key.

    Raises NotYourDelivery, AlreadyAccepted when nothing is left, and what `accept` raises.
    """
    lines = db.session.execute(_NOTE_LINES, {"note": note_id, "institution": institution_id}).all()
    if not lines:
        raise NotYourDelivery
    given = dict(keys)
    waiting = [line for line in lines if line.acceptance_id is None and line.id in given]
    if not waiting:
        raise AlreadyAccepted
    return [
        accept(
            Noted(line.id, Decision(line.quantity), 0, given[line.id], now),
            institution_id=institution_id, actor=actor, now=now,
        )
        for line in waiting
    ]  # fmt: skip


def _limit(line: Row[Any]) -> TemperatureLimit | None:
    return TemperatureLimit(line.lowest, line.highest, line.tolerance) if line.temperature else None


def _standing(line: Row[Any]) -> Standing | None:
    if line.acceptance_id is None:
        return None
    return Standing(line.version, line.person or "", _decision(line))


def _decision(line: Row[Any]) -> Decision:
    reason = AcceptReason(line.reason) if line.reason else None
    return Decision(line.accepted, reason, line.words or "")


def _version(line: Row[Any], noted: Noted) -> int:
    """The version that a note becomes; measuring or naming a lot afterwards is a version, too."""
    standing = _standing(line)
    version = next_version(standing, noted.expected, noted.decision, line.unit)
    same = (noted.temperature, noted.lot) == (line.measured, line.lot)
    if standing is None or version != standing.version or same:
        return version
    if standing.version != noted.expected:
        accepted = Amount(line.accepted, line.unit)
        raise ChangedMeanwhile(version=standing.version, person=standing.person, accepted=accepted)
    return standing.version + 1


def _carried(line: Row[Any], noted: Noted) -> Noted:
    """What was measured and read before holds on where nothing new is said of it."""
    return replace(
        noted,
        temperature=line.measured if noted.temperature is None else noted.temperature,
        lot=noted.lot or line.lot,
    )


def _check_words(line: Row[Any], noted: Noted, judged: Judged) -> None:
    if noted.decision.accepted and judged.verdict in BEYOND and not noted.decision.words.strip():
        raise BeyondLimit
    if line.acceptance_id is not None:
        claims = _claims(line)
        if noted.decision.accepted != line.accepted:
            check_against_claims(noted.decision.accepted, line.quantity, claims, line.unit)
        by_claims = sum(effect(claim) for claim in claims)
        check_correction(_decision(line), noted.decision, line.invoiced, line.unit, by_claims)


def _claims(line: Row[Any]) -> list[Claimed]:
    return [
        Claimed(quantity, was_accepted, ClaimOutcome(outcome) if outcome else None, replaced)
        for quantity, was_accepted, outcome, replaced in line.claims or ()
    ]


def _write(
    line: Row[Any], noted: Noted, version: int, result: Outcome, judged: Judged, actor: Actor, now: datetime
) -> int:
    decision = noted.decision
    acceptance: int = db.session.execute(
        _WRITE,
        {
            "line": line.id,
            "version": version,
            "key": noted.key,
            "outcome": result.value,
            "quantity": decision.accepted,
            "grams": accepted_grams(decision.accepted, line.unit, line.grams_per_unit, noted.weighed),
            "reason": decision.reason.value if decision.reason else None,
            "words": decision.words.strip() or None,
            "temperature": noted.temperature,
            "facts": json.dumps({"verdict": judged.verdict.value, **facts_to_json(judged.facts)}),
            "lot": noted.lot,
            "noted_at": min(noted.noted_at, now),
            "now": now,
            "person": actor.person_id,
        },
    ).scalar_one()
    db.session.execute(_POINT, {"line": line.id, "acceptance": acceptance})
    return acceptance


def _move_note(line: Row[Any], now: datetime) -> None:
    """A note is received when all its lines are; with the first of them its goods have left the farm."""
    if line.state == NoteState.RECEIVED:
        return
    db.session.execute(_SENT, {"note": line.note_id, "now": now})
    if db.session.execute(_OPEN_LINES, {"note": line.note_id}).scalar_one():
        return
    state = NoteState(line.state)
    if state is NoteState.DRAFT:
        # A farmer who told nothing brought the goods all the same.
        state = move(state, NoteAction.PREPARE)
    received = move(state, NoteAction.RECEIVE)
    db.session.execute(
        text("UPDATE delivery_note SET state = :state, received_at = :now WHERE id = :note"),
        {"state": received.value, "now": now, "note": line.note_id},
    )


def _leave_event(line: Row[Any], noted: Noted, result: Outcome, actor: Actor, now: datetime) -> None:
    standing = _standing(line)
    trail.record(
        actor,
        "delivery.corrected" if standing else "delivery.accepted",
        "delivery_line",
        line.id,
        now=now,
        municipality_id=line.municipality_id,
        before=asdict(standing.decision) if standing else None,
        after={"outcome": result.value, **asdict(noted.decision), "temperature": noted.temperature},
        reason=noted.decision.words.strip() or None,
    )
