"""Claims of a selection: what was wrong with which goods, and what came of it. Sums are net cents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from foodorder.audit.invoices import ANY_VERSION
from foodorder.audit.selection import LINES, Selection
from foodorder.db import db
from foodorder.language import gettext
from foodorder.language.times import local
from foodorder.procurement.documents.tables import Column, Figure, Table
from foodorder.rules.claims import (
    CLAIM_KINDS,
    CLAIM_OUTCOMES,
    CLAIM_STATES,
    ClaimKind,
    ClaimOutcome,
    ClaimState,
)
from foodorder.rules.errors import Amount

_CLAIMS = text(f"""
SELECT c.id, c.kind, c.state, c.outcome, c.opened_at, c.resolved_at, c.quantity, d.name, d.unit,
       l.id AS line_id, l.delivery_date, n.id AS note_id, n.number AS note, i.id AS institution_id,
       i.short_name AS institution, s.id AS producer_id, s.name AS producer, v.extra_cents,
       count(*) OVER () AS claims, count(*) FILTER (WHERE c.resolved_at IS NULL) OVER () AS open,
       sum(v.extra_cents) OVER ()::bigint AS all_extra
{LINES}
  JOIN delivery_line d ON d.record_line_id = l.id
  JOIN claim c ON c.delivery_line_id = d.id
  JOIN delivery_note n ON n.id = d.note_id
  JOIN institution i ON i.id = r.institution_id
  JOIN producer s ON s.id = r.producer_id
  LEFT JOIN cover_purchase v ON v.claim_id = c.id
{ANY_VERSION} AND (CAST(:state AS text) IS NULL OR c.state = :state)
 ORDER BY (c.resolved_at IS NOT NULL), CASE WHEN c.resolved_at IS NULL THEN c.due_at END,
       l.delivery_date DESC, c.id DESC
 LIMIT :limit OFFSET :offset
""")


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim; `quantity` in thousandths of the unit, `extra_cents`: what buying elsewhere cost more."""

    id: int
    kind: str
    state: str
    outcome: str | None
    opened_at: datetime
    resolved_at: datetime | None
    quantity: int
    name: str
    unit: str
    line_id: int
    delivery_date: date
    note_id: int
    note: str
    institution_id: int
    institution: str
    producer_id: int
    producer: str
    extra_cents: int | None

    @property
    def stands(self) -> str:
        """Where it stands, or how it ended."""
        if self.outcome:
            return gettext(CLAIM_OUTCOMES[ClaimOutcome(self.outcome)])
        return gettext(CLAIM_STATES[ClaimState(self.state)])


@dataclass(frozen=True, slots=True)
class ClaimList:
    """Some claims of a selection; how many there are of it, how many of them are open, what all cost more."""

    rows: tuple[ClaimRow, ...] = ()
    claims: int = 0
    open: int = 0
    extra_cents: int = 0


def claims(
    selection: Selection, state: ClaimState | None = None, *, limit: int | None = None, offset: int = 0
) -> ClaimList:
    """Claims about goods of a selection, those that wait first; behind the last one the list is empty."""
    keys = {**selection.parameters(), "state": state, "limit": limit, "offset": offset}
    rows, sums = [], (0, 0, 0)
    for row in db.session.execute(_CLAIMS, keys):
        values = row._asdict()
        sums = (values.pop("claims"), values.pop("open"), values.pop("all_extra") or 0)
        rows.append(ClaimRow(**values))
    return ClaimList(tuple(rows), *sums)


def table(rows: Sequence[ClaimRow]) -> Table:
    """As a table, for the page and as a file."""
    columns = (
        Column("food", gettext("Food"), share=2),
        Column("quantity", gettext("Quantity"), Figure.QUANTITY),
        Column("kind", gettext("What is wrong"), share=2),
        Column("institution", gettext("Institution"), share=2),
        Column("producer", gettext("Producer"), share=2),
        Column("day", gettext("Delivery"), Figure.DAY),
        Column("note", gettext("Delivery note")),
        Column("opened", gettext("Claimed"), Figure.DAY),
        Column("closed", gettext("Closed"), Figure.DAY),
        Column("state", gettext("State"), share=3),
        Column("extra", gettext("At the supplier’s cost, net"), Figure.MONEY),
    )
    found = tuple(
        (
            one.name, Amount(one.quantity, one.unit), gettext(CLAIM_KINDS[ClaimKind(one.kind)]),
            one.institution, one.producer, one.delivery_date, one.note, local(one.opened_at).date(),
            local(one.resolved_at).date() if one.resolved_at else None, one.stands, one.extra_cents,
        )
        for one in rows
    )  # fmt: skip
    return Table(gettext("Claims"), columns, found)
