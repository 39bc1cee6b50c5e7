"""Deviations of invoices from orders and acceptances: what was found, and what became of it.

As with invoices, a deviation belongs to a period when goods on its invoice were delivered there. One of the
whole invoice belongs to any of the goods on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from foodorder.audit.invoices import ANY_VERSION
from foodorder.audit.selection import LINES, Selection
from foodorder.db import db
from foodorder.language import formats, gettext
from foodorder.procurement.documents.tables import Column, Figure, Table
from foodorder.rules.errors import facts_from_json
from foodorder.rules.matching import FINDING_KINDS, FINDING_STATES, FindingKind, FindingState

#: Rows of a file.
MOST = 20_000
#: What can have become of one that is told of.
STATES = (FindingState.HELD, FindingState.DISPUTED, FindingState.EXPLAINED, FindingState.RELEASED)

_COLUMNS = """
SELECT f.id, f.kind, f.facts, f.cents, f.state, f.found_at, i.id AS invoice_id, i.number, i.issue_date,
       i.state AS invoice_state, n.id AS institution_id, n.short_name AS institution, p.name AS producer,
       coalesce(x.name, '') AS goods, r.record_id, k.number AS record, r.id AS record_line_id,
       d.action, d.words, who.name AS decided_by, approver.name AS approved_by
"""
_TOLD = """
  JOIN institution n ON n.id = i.institution_id
  JOIN producer p ON p.id = i.producer_id
  LEFT JOIN invoice_line x ON x.id = f.line_id
  LEFT JOIN record_line r ON r.id = x.record_line_id
  LEFT JOIN procurement_record k ON k.id = r.record_id
  LEFT JOIN LATERAL (SELECT * FROM invoice_finding_decision e WHERE e.finding_id = f.id
                      ORDER BY e.id DESC LIMIT 1) d ON true
  LEFT JOIN person who ON who.id = d.decided_by_id
  LEFT JOIN person approver ON approver.id = i.approved_by_id
"""
# Goods of the chosen kind: those of the line that differs, or any on the invoice that differs as a whole.
_GOODS = f"""
   AND EXISTS (SELECT {LINES} JOIN invoice_line y ON y.record_line_id = l.id
               {ANY_VERSION} AND y.invoice_id = i.id AND y.id = coalesce(f.line_id, y.id))
"""
_CHOSEN = """
  FROM invoice_finding f
  JOIN invoice i ON i.id = f.invoice_id
 WHERE f.state <> 'noted' AND i.institution_id = ANY(CAST(:institutions AS integer[]))
   AND i.supplied_from <= :last AND i.supplied_to >= :first
   AND (CAST(:producer AS integer) IS NULL OR i.producer_id = :producer)
"""
_OF_INVOICE = text(
    f"{_COLUMNS} FROM invoice_finding f JOIN invoice i ON i.id = f.invoice_id {_TOLD}"
    " WHERE f.invoice_id = :invoice AND f.state <> 'noted' ORDER BY f.id DESC"
)


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
    selection: Selection, state: FindingState | None = None, *, limit: int = MOST, offset: int = 0
) -> list[Deviation]:
    """What was found on invoices for goods of a selection, the newest first."""
    keys = {**selection.parameters(), "state": state, "limit": limit, "offset": offset}
    found = f"""{_COLUMNS} FROM (
      SELECT f.* {_chosen(selection)} AND (CAST(:state AS text) IS NULL OR f.state = :state)
       ORDER BY f.id DESC LIMIT :limit OFFSET :offset) f
      JOIN invoice i ON i.id = f.invoice_id {_TOLD} ORDER BY f.id DESC"""
    return [Deviation(**row._asdict()) for row in db.session.execute(text(found), keys)]


def of_invoice(invoice_id: int) -> list[Deviation]:
    """What was found on an invoice, the newest first."""
    return [Deviation(**row._asdict()) for row in db.session.execute(_OF_INVOICE, {"invoice": invoice_id})]


def counts(selection: Selection) -> dict[FindingState, int]:
    """How many there are in each state."""
    asked = text(f"SELECT f.state, count(*) AS found {_chosen(selection)} GROUP BY f.state")
    found = {row.state: row.found for row in db.session.execute(asked, selection.parameters())}
    return {state: found.get(state, 0) for state in STATES}


def _chosen(selection: Selection) -> str:
    return _CHOSEN + (_GOODS if selection.of_goods else "")


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
