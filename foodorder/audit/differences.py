"""The lines behind a difference between two steps of a selection, the newest day of delivery first.

One page of them is read at a time: their sums are those of the cells (`waterfall`). Quantities are
thousandths of the unit, money is net cents.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text

from foodorder.audit.invoices import ANY_VERSION, OF_THE_CYCLES
from foodorder.audit.selection import CHOSEN, LINES, OF_THE_WEEKS, PROVEN, Selection
from foodorder.audit.waterfall import Part
from foodorder.db import db
from foodorder.language import formats, gettext
from foodorder.procurement.documents.tables import Column, Figure, Table
from foodorder.rules.acceptance import ACCEPT_REASONS, AcceptReason
from foodorder.rules.aggregation import REASONS, Reason
from foodorder.rules.delivery import NOTE_STATES, NoteState
from foodorder.rules.errors import Amount, facts_from_json

#: Lines of a file.
MOST = 20_000

_NAMED = """
  JOIN institution i ON i.id = w.institution_id
  JOIN producer s ON s.id = w.producer_id
 ORDER BY w.delivery_date DESC, w.id DESC, w.line_id LIMIT :limit OFFSET :offset
"""
_HEAD = """
SELECT w.delivery_date, i.short_name AS institution, s.name AS producer, w.name, w.unit, w.before, w.after,
       w.cents, w.reason, w.facts, w.line_id, w.note_id, w.invoice_id
"""
_ORDERED = (
    """
  FROM difference x
  JOIN order_line l ON l.id = x.order_line_id
  JOIN product p ON p.id = l.product_id
  JOIN food_type t ON t.id = p.food_type_id
  """
    + PROVEN
    + ANY_VERSION.replace(" r.", " l.")
    + OF_THE_CYCLES
)

_AT_THE_CLOSE = f"""{_HEAD} FROM (
  SELECT changed.*, c.line_id, NULL::bigint AS note_id, NULL::bigint AS invoice_id,
         before + quantity AS after,
         (price_cents * (before + quantity) + 500) / 1000 - (price_cents * before + 500) / 1000 AS cents
    FROM (
      SELECT x.id, x.kind, x.quantity, x.reason, x.facts, l.id AS order_line_id, l.delivery_date,
             l.institution_id, l.producer_id, l.name, l.unit, l.price_cents,
             l.quantity + sum(x.quantity) OVER (PARTITION BY x.order_line_id ORDER BY x.id) - x.quantity
               AS before
    {_ORDERED}
    ) changed
    LEFT JOIN LATERAL (SELECT max(y.id) AS line_id FROM record_line y
                        WHERE y.order_line_id = changed.order_line_id) c ON true
   WHERE changed.kind = :part) w {_NAMED}"""  # noqa: S608 - only constants are put together

# What was agreed after the close: lines of records in force that are not as the close left them, and lines
# that no version in force has any more.
_AFTER_THE_CLOSE = f"""{_HEAD} FROM (
  SELECT l.id, l.delivery_date, r.institution_id, r.producer_id, l.name, l.unit, f.quantity AS before,
         l.quantity AS after, l.net_cents - f.net_cents AS cents, 'agreed' AS reason, NULL::jsonb AS facts,
         l.id AS line_id, NULL::bigint AS note_id, NULL::bigint AS invoice_id
    {LINES} JOIN record_line f ON f.id = l.root_id {CHOSEN} {OF_THE_WEEKS} AND l.quantity <> f.quantity
     AND l.order_line_id IS NOT NULL
  UNION ALL
  SELECT l.id, l.delivery_date, r.institution_id, r.producer_id, l.name, l.unit, 0, l.quantity,
         l.net_cents, 'added', NULL, l.id, NULL, NULL
    {LINES} {CHOSEN} {OF_THE_WEEKS} AND l.order_line_id IS NULL
  UNION ALL
  SELECT l.id, l.delivery_date, r.institution_id, r.producer_id, l.name, l.unit, l.quantity, 0,
         -l.net_cents, 'dropped', NULL, l.id, NULL, NULL
    {LINES} {ANY_VERSION} {OF_THE_WEEKS} AND r.superseded_by_id IS NOT NULL AND l.root_id IS NULL
     AND l.order_line_id IS NOT NULL
     AND NOT EXISTS (SELECT FROM record_line y JOIN procurement_record v ON v.id = y.record_id
                      WHERE y.root_id = l.id AND v.superseded_by_id IS NULL)
) w {_NAMED}"""  # noqa: S608 - only constants are put together

_GOODS = f"""{LINES} JOIN delivery_line d ON d.root_line_id = l.id JOIN delivery_note n ON n.id = d.note_id
  LEFT JOIN acceptance_line a ON a.id = d.acceptance_id {ANY_VERSION}"""
_OF_GOODS = """
  SELECT d.id, l.delivery_date, r.institution_id, r.producer_id, d.name, d.unit, {before} AS before,
         {after} AS after,
         (l.price_cents * {after} + 500) / 1000 - (l.price_cents * {before} + 500) / 1000 AS cents,
         {reason} AS reason, NULL::jsonb AS facts, d.record_line_id AS line_id, n.id AS note_id,
         NULL::bigint AS invoice_id"""


def _goods(before: str, after: str, reason: str, condition: str) -> str:
    columns = _OF_GOODS.format(before=before, after=after, reason=reason)
    return f"{_HEAD} FROM ({columns} {_GOODS} AND {condition}) w {_NAMED}"


# Recorded, but less left: of notes that left, and lines that stand on no note at all.
_SHORT = f"""{_HEAD} FROM (
  SELECT l.id, l.delivery_date, r.institution_id, r.producer_id, l.name, l.unit, l.quantity AS before,
         coalesce(sent.quantity, 0) AS after,
         coalesce(sent.cents, 0) - l.net_cents AS cents,
         CASE WHEN sent.note_id IS NULL THEN 'no_note' ELSE 'short' END AS reason, NULL::jsonb AS facts,
         l.id AS line_id, sent.note_id, NULL::bigint AS invoice_id
    {LINES} LEFT JOIN LATERAL (
      SELECT sum(d.quantity)::bigint AS quantity, min(n.id) AS note_id,
             sum((l.price_cents * d.quantity + 500) / 1000)::bigint AS cents,
             bool_or(n.state IN ('draft', 'prepared', 'cancelled') AND d.acceptance_id IS NULL) AS waits
        FROM delivery_line d JOIN delivery_note n ON n.id = d.note_id
       WHERE d.root_line_id = coalesce(l.root_id, l.id)) sent ON true
  {CHOSEN} {OF_THE_WEEKS}
     AND coalesce(sent.quantity, 0) <> l.quantity AND sent.waits IS NOT TRUE) w {_NAMED}"""  # noqa: S608

# Beside what invoices hold of a delivered line, accepted or not; what credit notes took off is a part of its
# own. Invoices written elsewhere may name a recorded line alone.
_NOT_INVOICED = f"""{_HEAD} FROM (
  SELECT d.id, l.delivery_date, r.institution_id, r.producer_id, d.name, d.unit,
         coalesce(a.quantity, 0) AS before, q.quantity AS after,
         q.net_cents - coalesce((l.price_cents * a.quantity + 500) / 1000, 0) AS cents,
         CASE WHEN q.invoice_id IS NULL THEN 'not_invoiced' WHEN a.id IS NULL THEN 'not_accepted'
              ELSE 'otherwise' END AS reason,
         NULL::jsonb AS facts, d.record_line_id AS line_id, n.id AS note_id, q.invoice_id
    {LINES} JOIN delivery_line d ON d.root_line_id = l.id JOIN delivery_note n ON n.id = d.note_id
    LEFT JOIN acceptance_line a ON a.id = d.acceptance_id
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(y.quantity), 0)::bigint AS quantity, max(v.id) AS invoice_id,
             coalesce(sum(y.net_cents), 0)::bigint AS net_cents
        FROM invoice_line y JOIN invoice v ON v.id = y.invoice_id
       WHERE y.delivery_line_id = d.id AND v.kind = 'invoice' AND v.state <> 'rejected') q
  {ANY_VERSION} AND q.net_cents <> coalesce((l.price_cents * a.quantity + 500) / 1000, 0)
  UNION ALL
  SELECT l.id, l.delivery_date, r.institution_id, r.producer_id, y.name, y.unit, 0, y.quantity, y.net_cents,
         'not_accepted', NULL, l.id, NULL, v.id
    {LINES} JOIN invoice_line y ON y.record_line_id = l.id AND y.delivery_line_id IS NULL
    JOIN invoice v ON v.id = y.invoice_id
  {ANY_VERSION} AND v.kind = 'invoice' AND v.state <> 'rejected') w {_NAMED}"""  # noqa: S608

_GONE = "(n.state IN ('on_the_way', 'received') OR d.acceptance_id IS NOT NULL)"
_WAITS = "d.acceptance_id IS NULL AND d.ordered > 0 AND n.state"

_LINES = {
    Part.CUT: _AT_THE_CLOSE,
    Part.ROUNDING: _AT_THE_CLOSE,
    Part.CANCELLED: _AT_THE_CLOSE,
    Part.CHANGED: _AFTER_THE_CLOSE,
    Part.TO_COME: _goods("d.ordered", "0", "n.state", f"{_WAITS} IN ('draft', 'prepared')"),
    Part.CALLED_OFF: _goods("d.ordered", "0", "n.state", f"{_WAITS} = 'cancelled'"),
    Part.SHORT: _SHORT,
    Part.NOT_ACCEPTED_YET: _goods(
        "d.quantity", "0", "n.state", f"d.acceptance_id IS NULL AND d.quantity > 0 AND {_GONE}"
    ),
    Part.REFUSED: _goods("d.quantity", "a.quantity", "a.reason", "a.quantity <> d.quantity"),
    Part.NOT_INVOICED: _NOT_INVOICED,
}
#: The parts whose lines can be listed.
LISTED = frozenset(_LINES)


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """One line: what there was before the step and after it, and where to read on."""

    delivery_date: date
    institution: str
    producer: str
    name: str
    unit: str
    before: int
    after: int
    cents: int
    reason: str | None
    facts: dict[str, Any] | None
    line_id: int | None
    note_id: int | None
    invoice_id: int | None

    @property
    def why(self) -> str:
        """The reason in the reader's language."""
        if self.reason in set(Reason):
            return formats.sentence(REASONS[Reason(self.reason)], facts_from_json(self.facts or {}))
        if self.reason in set(NoteState):
            return gettext(NOTE_STATES[NoteState(self.reason)])
        if self.reason in set(AcceptReason):
            return gettext(ACCEPT_REASONS[AcceptReason(self.reason)])
        return {
            "agreed": gettext("Agreed after the close"),
            "added": gettext("Added after the close"),
            "dropped": gettext("Taken out after the close"),
            "no_note": gettext("On no delivery note"),
            "short": gettext("Less left the farm"),
            "not_invoiced": gettext("On no invoice"),
            "not_accepted": gettext("Invoiced, but not accepted"),
            "otherwise": gettext("Another sum is invoiced than was accepted"),
        }.get(self.reason or "", "")


def lines(selection: Selection, part: Part, *, limit: int = MOST, offset: int = 0) -> list[DifferenceLine]:
    """The lines of a part of a difference. Raises KeyError for a part that has no lines of its own."""
    keys = {**selection.parameters(), "part": part.value, "limit": limit, "offset": offset}
    return [DifferenceLine(**row._asdict()) for row in db.session.execute(text(_LINES[part]), keys)]


def table(found: Sequence[DifferenceLine]) -> Table:
    """As a table, for the page and as a file."""
    columns = (
        Column("day", gettext("Delivery"), Figure.DAY),
        Column("institution", gettext("Institution"), share=2),
        Column("producer", gettext("Producer"), share=2),
        Column("food", gettext("Food"), share=2),
        Column("before", gettext("Before"), Figure.QUANTITY),
        Column("after", gettext("After"), Figure.QUANTITY),
        Column("net", gettext("Net"), Figure.MONEY),
        Column("why", gettext("Why"), share=3),
    )
    rows = tuple(
        (
            one.delivery_date, one.institution, one.producer, one.name, Amount(one.before, one.unit),
            Amount(one.after, one.unit), one.cents, one.why,
        )
        for one in found
    )  # fmt: skip
    return Table(gettext("Lines of a difference"), columns, rows)
