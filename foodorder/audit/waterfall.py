"""From ordered to paid: what the steps of a selection come to, and why one is not the next.

The steps are added up from the cells. A difference is told in parts: those that are still under way or were
decided are few at any time and are read as they are; what is left of the difference is the last part, so that
the parts of every difference add up to it. Net cents.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import text

from foodorder.audit.cells import CELLS, rows
from foodorder.audit.invoices import ANY_VERSION, OF_THE_CYCLES
from foodorder.audit.selection import LINES, PROVEN, Selection
from foodorder.db import db


class Step(StrEnum):
    """How far goods and money have come."""

    ORDERED = "ordered"
    RECORDED = "recorded"
    DELIVERED = "delivered"
    ACCEPTED = "accepted"
    INVOICED = "invoiced"
    PAID = "paid"


class Part(StrEnum):
    """Why a step comes to more or less than the one before it."""

    CUT = "cut"
    ROUNDING = "rounding"
    CANCELLED = "cancelled"
    #: Requests after the close: less, or an addition.
    CHANGED = "changed"
    TO_COME = "to_come"
    CALLED_OFF = "called_off"
    #: Less left the farm than was recorded, or it left without a delivery note.
    SHORT = "short"
    NOT_ACCEPTED_YET = "not_accepted_yet"
    REFUSED = "refused"
    CREDITED = "credited"
    #: Accepted, and on no invoice (below zero) or on one for more than was accepted.
    NOT_INVOICED = "not_invoiced"
    NOT_DUE = "not_due"
    OVERDUE = "overdue"
    #: Cents of payments in part, and what was paid before a credit note.
    SETTLING = "settling"


#: The parts of the difference between a step and the one before it; the last of each is what is left.
PARTS: Mapping[Step, tuple[Part, ...]] = {
    Step.RECORDED: (Part.CUT, Part.ROUNDING, Part.CANCELLED, Part.CHANGED),
    Step.DELIVERED: (Part.TO_COME, Part.CALLED_OFF, Part.SHORT),
    Step.ACCEPTED: (Part.NOT_ACCEPTED_YET, Part.REFUSED),
    Step.INVOICED: (Part.CREDITED, Part.NOT_INVOICED),
    Step.PAID: (Part.NOT_DUE, Part.OVERDUE, Part.SETTLING),
}

_STEPS = """
       coalesce(sum(ordered_cents), 0)::bigint AS ordered, coalesce(sum(net_cents), 0)::bigint AS recorded,
       coalesce(sum(delivered_cents), 0)::bigint AS delivered,
       coalesce(sum(accepted_cents), 0)::bigint AS accepted,
       coalesce(sum(invoiced_cents), 0)::bigint AS invoiced, coalesce(sum(paid_cents), 0)::bigint AS paid
  FROM cell
"""
_ALL = text(f"{CELLS} SELECT {_STEPS}")
_MONTHS = text(f"{CELLS} SELECT month AS key, {_STEPS} GROUP BY month ORDER BY month")
_INSTITUTIONS = text(f"""{CELLS}, found AS (SELECT institution_id, {_STEPS} GROUP BY institution_id)
SELECT i.id AS key, i.short_name AS name, f.* FROM found f JOIN institution i ON i.id = f.institution_id
 ORDER BY i.sort_key, i.id""")  # noqa: S608 - only constants are put together

# The same conditions, of lines of orders.
_OF_ORDERS = (ANY_VERSION + OF_THE_CYCLES).replace(" r.", " l.")

# Of a line with several differences each is worth what it changed of what stood then.
_AT_THE_CLOSE = text(f"""
WITH changed AS (
  SELECT x.kind, x.quantity, l.price_cents,
         l.quantity + sum(x.quantity) OVER (PARTITION BY x.order_line_id ORDER BY x.id) AS after
    FROM difference x
    JOIN order_line l ON l.id = x.order_line_id
    JOIN product p ON p.id = l.product_id
    JOIN food_type t ON t.id = p.food_type_id
    {PROVEN}
  {_OF_ORDERS}
)
SELECT kind AS part, sum((price_cents * after + 500) / 1000
                         - (price_cents * (after - quantity) + 500) / 1000)::bigint AS cents
  FROM changed GROUP BY kind
""")  # noqa: S608

# Everything after the record hangs on the line in its first version.
_GOODS = f"""{LINES} JOIN delivery_line d ON d.root_line_id = l.id JOIN delivery_note n ON n.id = d.note_id
{ANY_VERSION} AND n.institution_id = ANY(CAST(:institutions AS integer[]))
   AND n.delivery_date BETWEEN CAST(:first AS date) - 31 AND CAST(:last AS date) + 31"""

_UNDER_WAY = text(f"""
SELECT CASE n.state WHEN 'cancelled' THEN 'called_off' ELSE 'to_come' END AS part,
       -sum((l.price_cents * d.ordered + 500) / 1000)::bigint AS cents
 {_GOODS} AND n.state IN ('draft', 'prepared', 'cancelled') AND d.acceptance_id IS NULL GROUP BY 1
 UNION ALL
SELECT 'not_accepted_yet', -sum((l.price_cents * d.quantity + 500) / 1000)::bigint
 {_GOODS} AND n.state IN ('on_the_way', 'received') AND d.acceptance_id IS NULL
""")

# Open invoices and credit notes alone: what is done and paid is never read again. `c`: what credit notes took
# off a line.
_BILLED = f"""
  FROM invoice v
  JOIN invoice_line y ON y.invoice_id = v.id
  LEFT JOIN delivery_line d ON d.id = y.delivery_line_id
  JOIN record_line l ON l.id = coalesce(d.root_line_id, y.record_line_id)
  JOIN procurement_record r ON r.id = l.record_id
  JOIN product p ON p.id = l.product_id
  JOIN food_type t ON t.id = p.food_type_id
  {PROVEN}
 CROSS JOIN LATERAL (SELECT coalesce(sum(z.net_cents), 0)::bigint AS net_cents
                       FROM invoice_line z WHERE z.credits_line_id = y.id) c
{ANY_VERSION} AND v.institution_id = ANY(CAST(:institutions AS integer[])) AND v.state <> 'rejected'
   AND v.supplied_from <= :last AND v.supplied_to >= :first"""  # noqa: S608

_MONEY = text(f"""
SELECT 'credited' AS part, -sum(y.net_cents)::bigint AS cents {_BILLED} AND v.kind = 'credit_note'
 UNION ALL
SELECT CASE WHEN v.due_date < :today THEN 'overdue' ELSE 'not_due' END,
       -sum(y.net_cents - c.net_cents
            - foodorder_paid(y.net_cents, c.net_cents, v.paid_cents, v.credited_cents, v.gross_cents))::bigint
{_BILLED} AND v.kind = 'invoice' AND v.gross_cents > v.paid_cents + v.credited_cents GROUP BY 1
""")

_WITHOUT_CELL = text("""
SELECT y.name, v.id AS invoice_id, v.number, v.kind, v.issue_date, i.short_name AS institution,
       p.name AS producer, CASE v.kind WHEN 'invoice' THEN y.net_cents ELSE -y.net_cents END AS net_cents,
       count(*) OVER () AS all_lines,
       sum(CASE v.kind WHEN 'invoice' THEN y.net_cents ELSE -y.net_cents END) OVER ()::bigint AS all_cents
  FROM invoice v
  JOIN invoice_line y ON y.invoice_id = v.id
  JOIN institution i ON i.id = v.institution_id
  JOIN producer p ON p.id = v.producer_id
 WHERE v.institution_id = ANY(CAST(:institutions AS integer[])) AND v.state <> 'rejected'
   AND v.issue_date BETWEEN :first AND :last AND y.delivery_line_id IS NULL AND y.record_line_id IS NULL
   AND (CAST(:producer AS integer) IS NULL OR v.producer_id = :producer)
 ORDER BY v.issue_date DESC, y.id DESC LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Steps:
    """What the steps come to, net cents."""

    ordered: int = 0
    recorded: int = 0
    delivered: int = 0
    accepted: int = 0
    invoiced: int = 0
    paid: int = 0

    def of(self, step: Step) -> int:
        """What one step comes to."""
        cents: int = getattr(self, step.value)
        return cents

    def change(self, step: Step) -> int:
        """By how much a step is more (below zero: less) than the one before it."""
        all_steps = list(Step)
        return self.of(step) - self.of(all_steps[all_steps.index(step) - 1])


def steps(selection: Selection) -> Steps:
    """The steps of a selection."""
    return _steps(next(iter(rows(_ALL, selection))))


def by_month(selection: Selection) -> list[tuple[date, Steps]]:
    """The steps by month of delivery."""
    return [(row.key, _steps(row)) for row in rows(_MONTHS, selection)]


def by_institution(selection: Selection) -> list[tuple[int, str, Steps]]:
    """The steps by institution, in the order of their names: number, name, steps."""
    return [(row.key, row.name, _steps(row)) for row in rows(_INSTITUTIONS, selection)]


def parts(selection: Selection, found: Steps, today: date) -> dict[Part, int]:
    """Why each step is not the one before it: signed cents that add up to the differences."""
    keys = {**selection.parameters(), "today": today}
    told = dict.fromkeys(Part, 0)
    for statement in (_AT_THE_CLOSE, _UNDER_WAY, _MONEY):
        for row in db.session.execute(statement, keys):
            told[Part(row.part)] += row.cents or 0
    for step, of in PARTS.items():
        told[of[-1]] = found.change(step) - sum(told[one] for one in of[:-1])
    return told


@dataclass(frozen=True, slots=True)
class WithoutCell:
    """Invoiced lines that belong to no recorded goods: some of them, how many there are, net cents of all."""

    rows: tuple[Any, ...] = ()
    lines: int = 0
    net_cents: int = 0


def without_cell(selection: Selection, limit: int = 50) -> WithoutCell:
    """Charges, and lines of invoices written elsewhere that fit nothing; by the day of the invoice.

    Nothing where the selection asks for a certain food, basis or certificate: such lines have none.
    """
    kinds = (selection.food_group_id, selection.food_type_id, selection.cpv, selection.basis)
    if any(one is not None for one in (*kinds, selection.certificate)):
        return WithoutCell()
    found = db.session.execute(_WITHOUT_CELL, {**selection.parameters(), "limit": limit}).all()
    return WithoutCell(tuple(found), found[0].all_lines, found[0].all_cents) if found else WithoutCell()


def _steps(row: Any) -> Steps:
    return Steps(*(getattr(row, step.value) for step in Step))
