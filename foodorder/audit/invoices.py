"""Invoices of a selection with what was paid on them: in time, late, not at all, and what came back.

An invoice belongs to a period when goods on it were delivered there. Credit notes stand in the invoices that
they correct. Money is cents with VAT, as it is paid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import text

from foodorder.audit.selection import CHOSEN, LINES, OF_THE_WEEKS, Selection
from foodorder.db import db
from foodorder.language import gettext
from foodorder.procurement.documents.tables import Column, Figure, Table
from foodorder.rules.errors import N_
from foodorder.rules.settlement import INVOICE_STATES, InvoiceState


class Money(StrEnum):
    """How an invoice stands with its money."""

    PAID = "paid"
    #: Paid, but after the day it was due.
    LATE = "late"
    #: Something is open and not due yet.
    WAITS = "waits"
    #: Something is open and was due.
    OVERDUE = "overdue"
    #: Money went back: a transfer returned, a refund.
    RETURNED = "returned"
    CREDITED = "credited"


MONEY: Mapping[Money, str] = MappingProxyType(
    {
        Money.PAID: N_("paid in full"),
        Money.LATE: N_("paid late"),
        Money.WAITS: N_("open, not due yet"),
        Money.OVERDUE: N_("open and overdue"),
        Money.RETURNED: N_("money came back"),
        Money.CREDITED: N_("with a credit note"),
    }
)

#: Chosen lines of records in any version: what follows the record hangs on the version of its time.
ANY_VERSION = CHOSEN.replace("r.superseded_by_id IS NULL AND ", "")

#: Differences `x` of the cycles that a selection may have lines of: found by their cycle, not among all.
OF_THE_CYCLES = OF_THE_WEEKS.replace(" r.", " x.")

#: Each as a condition over the rows of `_ROWS`.
_MONEY = {
    Money.PAID: "paid_cents > 0 AND open_cents <= 0",
    Money.LATE: "paid_cents > 0 AND paid_on > due_date",
    Money.WAITS: "open_cents > 0 AND due_date >= :today",
    Money.OVERDUE: "open_cents > 0 AND due_date < :today",
    Money.RETURNED: "returned_cents > 0",
    Money.CREDITED: "credited_cents > 0",
}

# Goods of the chosen kind on an invoice: food, lawful basis of the record, certificate.
_GOODS = f"""
   AND EXISTS (SELECT {LINES}
                 JOIN invoice_line x ON x.record_line_id = l.id {ANY_VERSION} AND x.invoice_id = i.id)
"""

_ROWS = """
WITH found AS (
  SELECT i.id, i.number, i.state, i.institution_id, i.producer_id, i.issue_date, i.due_date,
         i.gross_cents, i.credited_cents, i.paid_cents,
         CASE WHEN i.state = 'rejected' THEN 0
              ELSE i.gross_cents - i.credited_cents - i.paid_cents END AS open_cents,
         money.paid_on, coalesce(money.returned_cents, 0)::bigint AS returned_cents
    FROM invoice i
    LEFT JOIN LATERAL (SELECT max(y.value_date) FILTER (WHERE y.amount_cents > 0) AS paid_on,
                              -sum(y.amount_cents) FILTER (WHERE y.amount_cents < 0) AS returned_cents
                         FROM payment y WHERE y.invoice_id = i.id) money ON true
   WHERE i.kind = 'invoice' AND i.institution_id = ANY(CAST(:institutions AS integer[]))
     AND i.supplied_from <= :last AND i.supplied_to >= :first
     AND (CAST(:producer AS integer) IS NULL OR i.producer_id = :producer)
     /* goods */
)
SELECT f.id, f.number, f.state, f.institution_id, n.short_name AS institution, f.producer_id,
       p.name AS producer, f.issue_date, f.due_date, f.gross_cents, f.credited_cents, f.paid_cents,
       f.open_cents, f.returned_cents, CASE WHEN f.paid_cents > 0 THEN f.paid_on END AS paid_on,
       CASE WHEN f.open_cents > 0 THEN greatest(CAST(:today AS date) - f.due_date, 0)
            WHEN f.paid_cents > 0 THEN greatest(f.paid_on - f.due_date, 0) ELSE 0 END AS days_late,
       count(*) OVER () AS all_invoices, sum(f.gross_cents) OVER ()::bigint AS all_gross,
       sum(f.credited_cents) OVER ()::bigint AS all_credited,
       sum(f.paid_cents) OVER ()::bigint AS all_paid, sum(f.open_cents) OVER ()::bigint AS all_open
  FROM found f
  JOIN institution n ON n.id = f.institution_id
  JOIN producer p ON p.id = f.producer_id
 WHERE /* money */
 ORDER BY f.issue_date DESC, f.id DESC
 LIMIT :limit OFFSET :offset
"""


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice with its money; `days_late`: of the last payment, or until today while something is open."""

    id: int
    number: str
    state: str
    institution_id: int
    institution: str
    producer_id: int
    producer: str
    issue_date: date
    due_date: date
    gross_cents: int
    credited_cents: int
    paid_cents: int
    open_cents: int
    returned_cents: int
    paid_on: date | None
    days_late: int


@dataclass(frozen=True, slots=True)
class InvoiceList:
    """Some invoices of a selection, and what all of them come to."""

    rows: tuple[InvoiceRow, ...] = ()
    invoices: int = 0
    gross_cents: int = 0
    credited_cents: int = 0
    paid_cents: int = 0
    open_cents: int = 0


_SUMS = ("all_invoices", "all_gross", "all_credited", "all_paid", "all_open")


def invoices(
    selection: Selection,
    today: date,
    money: Money | None = None,
    *,
    limit: int | None = None,
    offset: int = 0,
) -> InvoiceList:
    """The invoices with goods of a selection, the newest first; behind the last one the list is empty."""
    keys = {**selection.parameters(), "today": today, "limit": limit, "offset": offset}
    asked = _ROWS.replace("/* goods */", _GOODS if selection.of_goods else "")
    asked = asked.replace("/* money */", _MONEY[money] if money else "true")
    rows: list[InvoiceRow] = []
    sums: Sequence[int] = (0, 0, 0, 0, 0)
    for row in db.session.execute(text(asked), keys):
        values: dict[str, Any] = row._asdict()
        sums = [values.pop(name) for name in _SUMS]
        rows.append(InvoiceRow(**values))
    return InvoiceList(tuple(rows), *sums)


def table(found: InvoiceList) -> Table:
    """As a table, for the page and as a file."""
    columns = (
        Column("invoice", gettext("Invoice")),
        Column("institution", gettext("Institution"), share=2),
        Column("producer", gettext("Producer"), share=2),
        Column("issued", gettext("Issued"), Figure.DAY),
        Column("due", gettext("Due"), Figure.DAY),
        Column("gross", gettext("Sum with VAT"), Figure.MONEY),
        Column("open", gettext("Still open"), Figure.MONEY),
        Column("state", gettext("State"), share=2),
        Column("paid", gettext("Paid"), Figure.MONEY),
        Column("paid_on", gettext("Paid on"), Figure.DAY),
        Column("late", gettext("Days late"), Figure.COUNT),
        Column("credited", gettext("Credited"), Figure.MONEY),
        Column("returned", gettext("Came back"), Figure.MONEY),
    )
    rows = tuple(
        (
            one.number, one.institution, one.producer, one.issue_date, one.due_date, one.gross_cents,
            one.open_cents or None, gettext(INVOICE_STATES[InvoiceState(one.state)]), one.paid_cents or None,
            one.paid_on, one.days_late or None, one.credited_cents or None, one.returned_cents or None,
        )
        for one in found.rows
    )  # fmt: skip
    sums = (
        gettext("Together"), None, None, None, None, found.gross_cents, found.open_cents, None,
        found.paid_cents, None, None, found.credited_cents, None,
    )  # fmt: skip
    return Table(gettext("Invoices and payments"), columns, rows, (sums,))
