"""Read invoices beside orders and acceptances: what waits for a decision, and one of them line by line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text

from foodorder.billing.models import Invoice
from foodorder.billing.sides import Beside, beside
from foodorder.db import db
from foodorder.rules.errors import Amount, Fact, Money, Price, facts_from_json
from foodorder.rules.findings import FindingAction
from foodorder.rules.matching import FINDING_KINDS, FindingKind, FindingState, value

_WAITING = """
SELECT i.id, i.number, i.parties -> 'seller' ->> 'name' AS producer, n.id AS institution_id,
       n.short_name AS institution, i.issue_date, i.due_date, i.gross_cents - i.credited_cents AS open_cents,
       i.state, i.origin,
       count(f.id) FILTER (WHERE f.state = 'held') AS held,
       count(f.id) FILTER (WHERE f.state = 'explained') AS explained,
       count(f.id) FILTER (WHERE f.state = 'disputed') AS disputed,
       count(f.id) FILTER (WHERE f.state = 'disputed' AND (
           SELECT d.action FROM invoice_finding_decision d
            WHERE d.finding_id = f.id ORDER BY d.id DESC LIMIT 1
       ) = 'answer') AS answered,
       coalesce(sum(f.cents) FILTER (WHERE f.state IN ('held', 'explained', 'disputed')), 0)::bigint AS cents
  FROM invoice i
  JOIN institution n ON n.id = i.institution_id
  LEFT JOIN invoice_finding f ON f.invoice_id = i.id
 WHERE /* scope */
 GROUP BY i.id, n.id
 ORDER BY i.due_date, i.id
"""

_FINDINGS = text("""
SELECT f.id, f.line_id, f.kind, f.facts, f.cents, f.state, f.found_at,
       coalesce((SELECT json_agg(json_build_array(d.action, d.words, p.name, d.decided_by_id, d.decided_at)
                                 ORDER BY d.id)
                   FROM invoice_finding_decision d LEFT JOIN person p ON p.id = d.decided_by_id
                  WHERE d.finding_id = f.id), '[]') AS decisions
  FROM invoice_finding f
 WHERE f.invoice_id = :invoice
 ORDER BY f.id
""")

_BEHIND = text("""
SELECT x.id, r.record_id, k.number AS record, r.cycle_id, l.note_id, n.number AS note, n.delivery_date,
       a.noted_at, accepter.name AS accepted_by, orderer.name AS ordered_by, s.submitted_at
  FROM invoice_line x
  JOIN delivery_line l ON l.id = x.delivery_line_id
  JOIN delivery_note n ON n.id = l.note_id
  JOIN (SELECT r.*, k.cycle_id FROM record_line r JOIN procurement_record k ON k.id = r.record_id) r
    ON r.id = l.record_line_id
  JOIN procurement_record k ON k.id = r.record_id
  LEFT JOIN acceptance_line a ON a.id = l.acceptance_id
  LEFT JOIN person accepter ON accepter.id = a.person_id
  LEFT JOIN order_line o ON o.id = r.order_line_id
  LEFT JOIN order_submission s ON s.id = o.submission_id
  LEFT JOIN person orderer ON orderer.id = s.submitted_by_id
 WHERE x.invoice_id = :invoice
""")

_HELD = text("""
SELECT count(*) AS held,
       count(*) FILTER (WHERE EXISTS (SELECT FROM invoice_finding f
                                       WHERE f.invoice_id = i.id AND f.state = 'disputed')) AS disputed
  FROM invoice i JOIN institution n ON n.id = i.institution_id
 WHERE i.state = 'held' AND n.municipality_id = :municipality
""")

_PEOPLE = text("SELECT id, name FROM person WHERE id = ANY(CAST(:ids AS integer[]))")


@dataclass(frozen=True, slots=True)
class Waiting:
    """An invoice that is not approved yet, its differences by state; `cents`: what they are about, net."""

    id: int
    number: str
    producer: str
    institution_id: int
    institution: str
    issue_date: date
    due_date: date
    open_cents: int
    state: str
    origin: str
    held: int
    explained: int
    disputed: int
    answered: int
    cents: int

    @property
    def urgency(self) -> int:
        """What needs a decision first: held and answered, explained, agreed, disputed, given back."""
        if self.held or self.answered:
            return 0
        if self.explained:
            return 1
        return {"matched": 2, "received": 2, "held": 3}.get(self.state, 4)


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody did with a difference; `who` None: a rule."""

    action: str
    words: str
    who: str | None
    who_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Difference:
    """A finding, ready to be said."""

    id: int
    line_id: int | None
    kind: str
    facts: dict[str, Fact]
    cents: int
    state: str
    decisions: tuple[Decision, ...]

    @property
    def message(self) -> str:
        """Its sentence, marked for translation."""
        return FINDING_KINDS[FindingKind(self.kind)]

    @property
    def open(self) -> bool:
        """Whether somebody must do something about it."""
        return self.state not in (FindingState.NOTED, FindingState.RELEASED)

    @property
    def answered(self) -> bool:
        """Whether the supplier has answered the dispute."""
        return bool(self.decisions) and self.decisions[-1].action == FindingAction.ANSWER

    def explained_by(self, person_id: int) -> bool:
        """Whether a person explained it: then another releases it."""
        return any(one.action == FindingAction.EXPLAIN and one.who_id == person_id for one in self.decisions)


@dataclass(frozen=True, slots=True)
class LineBeside:
    """A line: what was ordered, accepted and invoiced as facts, what is behind it, what does not agree."""

    id: int
    name: str
    ordered: Amount | None
    agreed: Price | None
    accepted: Amount | None
    accepted_value: Money | None
    invoiced: Amount
    price: Price
    net: Money
    behind: Row[Any] | None
    goods: int | None
    taken_in: bool
    differences: tuple[Difference, ...]

    @property
    def agrees(self) -> bool:
        """Whether nothing at all differs."""
        return not any(one.open or one.state == FindingState.NOTED for one in self.differences)


@dataclass(frozen=True, slots=True)
class Match:
    """An invoice line by line, the differences of the whole, and who did which step."""

    invoice: Invoice
    lines: tuple[LineBeside, ...]
    whole: tuple[Difference, ...]
    ordered_by: tuple[str, ...]
    accepted_by: tuple[str, ...]
    issued_by: str | None
    approved_by: str | None

    @property
    def open(self) -> int:
        """How many differences are not cleared."""
        every = [*self.whole, *(one for line in self.lines for one in line.differences)]
        return sum(one.open for one in every)


def waiting(institution_id: int) -> list[Waiting]:
    """An institution's invoices that are not approved yet, what needs a decision first."""
    found = _waiting(
        "i.institution_id = :owner AND i.kind = 'invoice'"
        " AND i.state IN ('received', 'held', 'matched', 'rejected')",
        institution_id,
    )
    return sorted(found, key=lambda one: (one.urgency, one.due_date, one.id))


def disputed(producer_id: int) -> list[Waiting]:
    """A producer's invoices with a dispute, or given back; what is not answered first."""
    found = _waiting(
        "i.producer_id = :owner AND (i.state = 'rejected' OR EXISTS (SELECT FROM invoice_finding g"
        " WHERE g.invoice_id = i.id AND g.state = 'disputed'))",
        producer_id,
    )
    return sorted(found, key=lambda one: (one.disputed <= one.answered, one.id))


def held_in(municipality_id: int) -> Row[Any]:
    """How many invoices of a municipality are `held`, and how many of these are `disputed`."""
    return db.session.execute(_HELD, {"municipality": municipality_id}).one()


def match_of(invoice: Invoice) -> Match:
    """One invoice beside its orders and acceptances."""
    keys = {"invoice": invoice.id}
    differences = [_difference(row) for row in db.session.execute(_FINDINGS, keys)]
    behind = {row.id: row for row in db.session.execute(_BEHIND, keys)}
    lines = tuple(_line(one, behind, differences) for one in beside(invoice.id))
    ids = [one for one in (invoice.issued_by_id, invoice.approved_by_id) if one is not None]
    names = {row.id: row.name for row in db.session.execute(_PEOPLE, {"ids": ids})}
    return Match(
        invoice=invoice,
        lines=lines,
        whole=tuple(one for one in differences if one.line_id is None),
        ordered_by=_names(row.ordered_by for row in behind.values()),
        accepted_by=_names(row.accepted_by for row in behind.values()),
        issued_by=names.get(invoice.issued_by_id or 0),
        approved_by=names.get(invoice.approved_by_id or 0),
    )


def _waiting(scope: str, owner: int) -> list[Waiting]:
    rows = db.session.execute(text(_WAITING.replace("/* scope */", scope)), {"owner": owner})
    return [Waiting(**row._asdict()) for row in rows]


def _difference(row: Row[Any]) -> Difference:
    decisions = tuple(
        Decision(action, words, who, who_id, datetime.fromisoformat(at))
        for action, words, who, who_id, at in row.decisions
    )
    return Difference(
        row.id, row.line_id, row.kind, facts_from_json(row.facts), row.cents, row.state, decisions
    )


def _line(one: Beside, behind: dict[int, Row[Any]], differences: Sequence[Difference]) -> LineBeside:
    sides, row = one.sides, one.row
    known = sides.ordered is not None
    accepted = None if one.accepted is None else Amount(one.accepted, sides.ordered_unit)
    return LineBeside(
        id=row.id,
        name=row.name,
        ordered=Amount(sides.ordered, sides.ordered_unit) if sides.ordered is not None else None,
        agreed=Price(sides.agreed, sides.ordered_unit) if known else None,
        accepted=accepted,
        accepted_value=Money(value(sides.agreed, accepted.milli)) if accepted else None,
        invoiced=Amount(sides.quantity, sides.unit),
        price=Price(sides.price, sides.unit),
        net=Money(sides.net),
        behind=behind.get(row.id),
        goods=row.delivery_line_id,
        taken_in=row.counted is not None,
        differences=tuple(found for found in differences if found.line_id == row.id),
    )


def _names(names: Any) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if name}))
