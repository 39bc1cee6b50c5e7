"""Deviations of invoices from orders and acceptances: all that was ever found, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from foodorder.db import db
from foodorder.language import formats, gettext
from foodorder.procurement.documents.tables import Column, Figure, Table
from foodorder.rules.errors import facts_from_json
from foodorder.rules.matching import FINDING_KINDS, FINDING_STATES, FindingKind, FindingState

#: Rows of the page and of the file.
MOST = 20_000

_FOUND = text("""
SELECT f.id, f.kind, f.facts, f.cents, f.state, f.found_at, i.id AS invoice_id, i.number, i.issue_date,
       i.state AS invoice_state, n.id AS institution_id, n.short_name AS institution, p.name AS producer,
       coalesce(x.name, '') AS goods, r.record_id, k.number AS record, r.id AS record_line_id,
       d.action, d.words, who.name AS decided_by, approver.name AS approved_by
  FROM invoice_finding f
  JOIN invoice i ON i.id = f.invoice_id
  JOIN institution n ON n.id = i.institution_id
  JOIN producer p ON p.id = i.producer_id
  LEFT JOIN invoice_line x ON x.id = f.line_id
  LEFT JOIN delivery_line l ON l.id = x.delivery_line_id
  LEFT JOIN record_line r ON r.id = l.record_line_id
  LEFT JOIN procurement_record k ON k.id = r.record_id
  LEFT JOIN LATERAL (SELECT * FROM invoice_finding_decision e WHERE e.finding_id = f.id
                      ORDER BY e.id DESC LIMIT 1) d ON true
  LEFT JOIN person who ON who.id = d.decided_by_id
  LEFT JOIN person approver ON approver.id = i.approved_by_id
 WHERE n.municipality_id = :municipality AND f.state <> 'noted'
   AND (CAST(:institution AS integer) IS NULL OR n.id = :institution)
   AND (CAST(:invoice AS bigint) IS NULL OR f.invoice_id = :invoice)
 ORDER BY f.id DESC
 LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Deviation:
    """One difference; `cents`: net, more (or below zero less) than was right."""

    id: int
    kind: str
    facts: dict[str, Any]
    cents: int
    state: str
    found_at: datetime
    invoice_id: int
    number: str
    issue_date: date
    invoice_state: str
    institution_id: int
    institution: str
    producer: str
    goods: str
    record_id: int | None
    record: str | None
    record_line_id: int | None
    action: str | None
    words: str | None
    decided_by: str | None
    approved_by: str | None

    @property
    def sentence(self) -> str:
        """What differs, in the reader's language."""
        return formats.sentence(FINDING_KINDS[FindingKind(self.kind)], facts_from_json(self.facts))

    @property
    def stands(self) -> str:
        """Its state in words."""
        return gettext(FINDING_STATES[FindingState(self.state)])


def deviations(
    municipality_id: int, institution_id: int | None, limit: int = MOST, *, invoice_id: int | None = None
) -> list[Deviation]:
    """What was found on invoices of a municipality, of one institution or on one; the newest first."""
    keys = {"municipality": municipality_id, "institution": institution_id, "invoice": invoice_id,
            "limit": limit}  # fmt: skip
    return [Deviation(**row._asdict()) for row in db.session.execute(_FOUND, keys)]


def table(rows: Sequence[Deviation]) -> Table:
    """As a table, for the page and as a file."""
    columns = (
        Column("institution", gettext("Institution"), share=2),
        Column("producer", gettext("Producer"), share=2),
        Column("invoice", gettext("Invoice")),
        Column("issued", gettext("Issued"), Figure.DAY),
        Column("goods", gettext("Food"), share=2),
        Column("difference", gettext("Difference"), share=3),
        Column("cents", gettext("Net"), Figure.MONEY),
        Column("state", gettext("State")),
        Column("why", gettext("Why"), share=3),
        Column("decided_by", gettext("By whom")),
        Column("approved_by", gettext("Approved for payment")),
        Column("record", gettext("Record")),
    )
    found = tuple(
        (
            row.institution, row.producer, row.number, row.issue_date, row.goods, row.sentence, row.cents,
            row.stands, row.words or "", row.decided_by or "",
            row.approved_by or "", row.record or "",
        )
        for row in rows
    )  # fmt: skip
    return Table(gettext("Deviations of invoices"), columns, found)


def counts(rows: Sequence[Deviation]) -> dict[str, int]:
    """How many there are by state."""
    found = dict.fromkeys((FindingState.HELD, FindingState.DISPUTED, FindingState.EXPLAINED,
                           FindingState.RELEASED), 0)  # fmt: skip
    for row in rows:
        found[FindingState(row.state)] += 1
    return {state.value: number for state, number in found.items()}
