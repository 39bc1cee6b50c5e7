"""Read claims: a kitchen's, a producer's, a municipality's; each with its line, its clock and its end."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text

from foodorder.db import db
from foodorder.delivery.photos import photos_of
from foodorder.rules.claims import (
    CLAIM_KINDS,
    CLAIM_OUTCOMES,
    CLAIM_STATES,
    ClaimKind,
    ClaimOutcome,
    ClaimState,
)

#: Claims on one page.
MOST = 200


@dataclass(frozen=True, slots=True)
class ClaimScope:
    """Whose claims: of an institution, a producer or a municipality; all named ones hold together."""

    institution_id: int | None = None
    producer_id: int | None = None
    municipality_id: int | None = None


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim with its line; quantities in thousandths of the unit, prices and sums net in cents."""

    id: int
    delivery_line_id: int
    kind: str
    state: str
    quantity: int
    was_accepted: bool
    words: str
    opened_at: datetime
    opened_by: str | None
    due_at: datetime
    answer: str | None
    answered_at: datetime | None
    answered_by: str | None
    promised_at: datetime | None
    outcome: str | None
    replaced: int
    replacement_lot: str | None
    replacement_use_by: date | None
    resolved_at: datetime | None
    resolved_by: str | None
    name: str
    unit: str
    sent: int
    accepted: int | None
    price_cents: int
    note_id: int
    number: str
    delivery_date: date
    record_id: int
    record: str
    producer_id: int
    producer: str
    institution_id: int
    institution: str
    municipality_id: int
    supplier: str | None
    document: str | None
    bought_on: date | None
    covered: int | None
    net_cents: int | None
    vat_cents: int | None
    extra_cents: int | None

    @property
    def is_open(self) -> bool:
        """Whether it waits for somebody."""
        return self.resolved_at is None

    @property
    def what(self) -> str:
        """What is wrong, marked for translation."""
        return CLAIM_KINDS[ClaimKind(self.kind)]

    @property
    def stands(self) -> str:
        """Where it stands, or how it ended, marked for translation."""
        if self.outcome:
            return CLAIM_OUTCOMES[ClaimOutcome(self.outcome)]
        return CLAIM_STATES[ClaimState(self.state)]

    def left(self, now: datetime) -> timedelta:
        """How long the producer still has to replace it; below zero when the time is over."""
        return self.due_at - now


_CLAIMS = """
SELECT c.id, c.delivery_line_id, c.kind, c.state, c.quantity, c.was_accepted, c.words, c.opened_at,
       o.name AS opened_by, c.due_at, c.answer, c.answered_at, w.name AS answered_by, c.promised_at,
       c.outcome, c.replaced, c.replacement_lot, c.replacement_use_by, c.resolved_at, e.name AS resolved_by,
       l.name, l.unit, l.quantity AS sent, a.quantity AS accepted, r.price_cents,
       n.id AS note_id, n.number, n.delivery_date, r.record_id, k.number AS record,
       n.producer_id, p.name AS producer, n.institution_id, i.short_name AS institution, i.municipality_id,
       v.supplier, v.document, v.bought_on, v.quantity AS covered, v.net_cents, v.vat_cents, v.extra_cents
  FROM claim c
  JOIN delivery_line l ON l.id = c.delivery_line_id
  JOIN record_line r ON r.id = l.record_line_id
  JOIN procurement_record k ON k.id = r.record_id
  JOIN delivery_note n ON n.id = l.note_id
  JOIN producer p ON p.id = n.producer_id
  JOIN institution i ON i.id = n.institution_id
  LEFT JOIN acceptance_line a ON a.id = l.acceptance_id
  LEFT JOIN cover_purchase v ON v.claim_id = c.id
  LEFT JOIN person o ON o.id = c.opened_by_id
  LEFT JOIN person w ON w.id = c.answered_by_id
  LEFT JOIN person e ON e.id = c.resolved_by_id
 WHERE /* scope */
 ORDER BY (c.resolved_at IS NOT NULL), CASE WHEN c.resolved_at IS NULL THEN c.due_at END, c.id DESC
 LIMIT :most
"""

_LINE = text("""
SELECT l.id, l.note_id, l.name, l.unit, l.quantity, n.number, n.delivery_date, n.producer_id,
       p.name AS producer, coalesce(a.quantity, 0) AS accepted, a.reason, a.words, a.version,
       coalesce((SELECT sum(c.quantity) FROM claim c WHERE c.delivery_line_id = l.id AND NOT c.was_accepted
                    AND c.outcome IS DISTINCT FROM 'withdrawn'), 0)::bigint AS claimed_refused,
       coalesce((SELECT sum(c.quantity - c.replaced) FROM claim c
                  WHERE c.delivery_line_id = l.id AND c.was_accepted
                    AND (c.outcome IS NULL OR c.outcome NOT IN ('withdrawn', 'refused'))), 0)::bigint
           AS claimed_accepted
  FROM delivery_line l
  JOIN delivery_note n ON n.id = l.note_id
  JOIN producer p ON p.id = n.producer_id
  LEFT JOIN acceptance_line a ON a.id = l.acceptance_id
 WHERE l.id = :line AND n.institution_id = :institution
""")


def claims_of(scope: ClaimScope, *, open_only: bool = False, note_id: int | None = None) -> list[ClaimRow]:
    """Claims, those that wait first and the most urgent of them on top."""
    parts = ["c.resolved_at IS NULL"] if open_only else []
    parts += ["n.id = :note"] if note_id is not None else []
    return _claims(scope, parts, note=note_id)


def find_claim(claim_id: int, scope: ClaimScope) -> ClaimRow | None:
    """One claim, if it lies in the scope."""
    return next(iter(_claims(scope, ["c.id = :claim"], claim=claim_id)), None)


def claimable(line_id: int, institution_id: int) -> Any | None:
    """A delivered line of a kitchen with what was claimed of it before; None for another's."""
    return db.session.execute(_LINE, {"line": line_id, "institution": institution_id}).one_or_none()


def pictures_of(claim: ClaimRow) -> tuple[int, ...]:
    """The pictures that belong to the claim's line."""
    return photos_of([claim.delivery_line_id]).get(claim.delivery_line_id, ())


def _claims(scope: ClaimScope, parts: list[str], **parameters: Any) -> list[ClaimRow]:
    keys = {
        "n.institution_id": scope.institution_id,
        "n.producer_id": scope.producer_id,
        "i.municipality_id": scope.municipality_id,
    }
    where = [*parts, *(f"{column} = :{column[2:]}" for column, value in keys.items() if value is not None)]
    values = {column[2:]: value for column, value in keys.items()}
    statement = text(_CLAIMS.replace("/* scope */", " AND ".join(where) or "true"))
    rows = db.session.execute(statement, {**values, **parameters, "most": MOST})
    return [ClaimRow(**row._asdict()) for row in rows]
