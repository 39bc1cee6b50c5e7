"""What claims took off goods that are invoiced already: credit notes that the producer owes."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from foodorder.billing.credit import issue_credit_note
from foodorder.billing.models import Invoice
from foodorder.db import db
from foodorder.rules.claims import Claimed, ClaimOutcome, invoiceable
from foodorder.rules.credits import NothingToCredit
from foodorder.rules.settlement import InvoiceOrigin
from foodorder.trail.actor import Actor

# Lines with more invoiced than what was accepted and ended claims leave. What is still claimed waits.
_CLAIMED = text("""
SELECT l.id, a.quantity AS accepted, q.quantity AS invoiced,
       json_agg(json_build_array(c.quantity, c.was_accepted, c.outcome, c.replaced) ORDER BY c.id) AS claims,
       string_agg(DISTINCT c.words, '; ') AS words
  FROM claim c
  JOIN delivery_line l ON l.id = c.delivery_line_id
  JOIN delivery_note n ON n.id = l.note_id
  JOIN acceptance_line a ON a.id = l.acceptance_id
  JOIN invoiced_quantity q ON q.delivery_line_id = l.id
 WHERE c.resolved_at IS NOT NULL AND q.quantity > 0
   AND (CAST(:producer AS integer) IS NULL OR n.producer_id = :producer)
 GROUP BY l.id, a.quantity, q.quantity
 ORDER BY l.id
""")

_INVOICED = text("""
SELECT l.id, l.invoice_id, l.delivery_line_id, i.producer_id, i.institution_id, i.number,
       l.quantity - coalesce((SELECT sum(c.quantity) FROM invoice_line c WHERE c.credits_line_id = l.id), 0)
           ::bigint AS left
  FROM invoice_line l JOIN invoice i ON i.id = l.invoice_id
 WHERE l.delivery_line_id = ANY(CAST(:lines AS bigint[])) AND i.kind = 'invoice'
   AND i.origin IN ('issued', 'on_behalf')
 ORDER BY l.delivery_line_id, l.id DESC
""")


@dataclass(frozen=True, slots=True)
class Owed:
    """A credit note to be issued: thousandths by line of the invoice, and what the kitchen claimed."""

    invoice_id: int
    number: str
    producer_id: int
    institution_id: int
    quantities: Mapping[int, int]
    reason: str


def owed(producer_id: int | None = None) -> list[Owed]:
    """The credit notes that a producer owes, or all; what was invoiced last is credited first."""
    claimed = {
        row.id: row for row in db.session.execute(_CLAIMED, {"producer": producer_id}) if _too_much(row) > 0
    }
    open_of = {key: _too_much(row) for key, row in claimed.items()}
    quantities: defaultdict[int, dict[int, int]] = defaultdict(dict)
    words: defaultdict[int, list[str]] = defaultdict(list)
    invoices: dict[int, Row[Any]] = {}
    for line in db.session.execute(_INVOICED, {"lines": sorted(claimed)}):
        taken = min(line.left, open_of[line.delivery_line_id])
        if taken <= 0:
            continue
        open_of[line.delivery_line_id] -= taken
        quantities[line.invoice_id][line.id] = taken
        words[line.invoice_id].append(claimed[line.delivery_line_id].words)
        invoices[line.invoice_id] = line
    return [
        Owed(
            key, row.number, row.producer_id, row.institution_id, quantities[key],
            "; ".join(dict.fromkeys(words[key])),
        )
        for key, row in sorted(invoices.items())
    ]  # fmt: skip


def credit_owed(
    invoice_id: int,
    *,
    origin: InvoiceOrigin = InvoiceOrigin.ISSUED,
    actor: Actor,
    now: datetime,
) -> Invoice:
    """Issue the credit note that claims made due on an invoice. Raises NothingToCredit."""
    producer_id = db.session.get_one(Invoice, invoice_id).producer_id
    found = next((one for one in owed(producer_id) if one.invoice_id == invoice_id), None)
    if found is None:
        raise NothingToCredit
    return issue_credit_note(invoice_id, found.quantities, found.reason, origin=origin, actor=actor, now=now)


def _too_much(row: Row[Any]) -> int:
    ended = [
        Claimed(quantity, was_accepted, ClaimOutcome(outcome), replaced)
        for quantity, was_accepted, outcome, replaced in row.claims
    ]
    too_much: int = row.invoiced - invoiceable(row.accepted, ended)
    return too_much
