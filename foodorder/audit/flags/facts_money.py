"""Facts about invoices and payments."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import text

from foodorder.audit.flags.scope import Scope, rows
from foodorder.rules.red_flags.model import Party
from foodorder.rules.red_flags.money import Account, Handled, InvoicedLine

# What the three-way match found above accepted × agreed, unless a credit note or a later acceptance took it
# away. What somebody released counts: it was paid all the same.
_ABOVE = text("""
SELECT v.id, v.number, v.issue_date AS day, i.id AS institution_id, i.short_name AS institution,
       p.id AS producer_id, p.name AS producer, x.name, x.net_cents,
       coalesce(found.cents, 0)::bigint AS above
  FROM institution i
  JOIN invoice v ON v.institution_id = i.id AND v.kind = 'invoice' AND v.issue_date BETWEEN :first AND :last
  JOIN producer p ON p.id = v.producer_id
  JOIN invoice_line x ON x.invoice_id = v.id
  LEFT JOIN LATERAL (
    SELECT sum(f.cents) AS cents
      FROM invoice_finding f
     WHERE f.line_id = x.id AND f.cents > 0 AND f.state <> 'noted'
       AND NOT EXISTS (SELECT FROM invoice_finding_decision d
                        WHERE d.finding_id = f.id AND d.action = 'correct')
  ) found ON true
 WHERE i.municipality_id = :municipality AND v.state <> 'rejected'
   AND EXISTS (SELECT FROM invoice_finding f WHERE f.invoice_id = v.id AND f.cents > 0)
 ORDER BY v.id, x.position
 LIMIT :most
""")

_ACCOUNTS = text("""
WITH recent AS (
  SELECT DISTINCT v.producer_id FROM institution i JOIN invoice v ON v.institution_id = i.id
   WHERE i.municipality_id = :municipality AND v.kind = 'invoice' AND v.issue_date BETWEEN :first AND :last
)
SELECT v.id, v.number, v.issue_date, i.id AS institution_id, i.short_name AS institution, p.id AS producer_id,
       p.name AS producer, v.gross_cents,
       left(encode(sha256(convert_to(replace(v.iban, ' ', ''), 'UTF8')), 'hex'), 12) AS fingerprint,
       right(replace(v.iban, ' ', ''), 4) AS ending, v.issue_date >= :first AS recent,
       least((SELECT min(y.value_date) FROM payment y WHERE y.invoice_id = v.id AND y.amount_cents > 0),
             (SELECT min(b.execute_on) FROM payment_batch_line t JOIN payment_batch b ON b.id = t.batch_id
               WHERE t.invoice_id = v.id AND b.cancelled_at IS NULL)) AS paid
  FROM institution i
  JOIN invoice v ON v.institution_id = i.id AND v.kind = 'invoice' AND v.iban IS NOT NULL
  JOIN producer p ON p.id = v.producer_id
 WHERE i.municipality_id = :municipality AND v.producer_id IN (SELECT producer_id FROM recent)
   AND v.issue_date BETWEEN :since AND :last AND v.state <> 'rejected'
 ORDER BY v.producer_id, v.issue_date, v.id
 LIMIT :most
""")

_STEPS = text("""
SELECT v.id, v.number, v.issue_date AS day, v.gross_cents, i.id AS institution_id,
       i.short_name AS institution, p.id AS producer_id, p.name AS producer, v.approved_by_id,
       array_agg(DISTINCT s.submitted_by_id) AS ordered, array_agg(DISTINCT o.decided_by_id) AS approved,
       array_agg(DISTINCT a.person_id) AS accepted,
       (SELECT array_agg(DISTINCT b.created_by_id) FROM payment_batch_line t
          JOIN payment_batch b ON b.id = t.batch_id
         WHERE t.invoice_id = v.id AND b.cancelled_at IS NULL) AS paid
  FROM institution i
  JOIN invoice v ON v.institution_id = i.id AND v.kind = 'invoice' AND v.issue_date BETWEEN :first AND :last
  JOIN producer p ON p.id = v.producer_id
  JOIN invoice_line x ON x.invoice_id = v.id
  LEFT JOIN delivery_line d ON d.id = x.delivery_line_id
  LEFT JOIN acceptance_line a ON a.id = d.acceptance_id
  LEFT JOIN record_line l ON l.id = x.record_line_id
  LEFT JOIN order_line q ON q.id = l.order_line_id
  LEFT JOIN order_submission s ON s.id = q.submission_id
  LEFT JOIN order_approval o ON o.submission_id = s.id AND o.state = 'approved'
 WHERE i.municipality_id = :municipality
 GROUP BY v.id, i.id, p.id
 ORDER BY v.id
 LIMIT :most
""")

_NAMES = text("SELECT id, name FROM person WHERE id = ANY(CAST(:persons AS integer[]))")


def invoiced_lines(scope: Scope) -> list[InvoicedLine]:
    """Lines of the month's invoices that ask for more than is right; of such an invoice all lines."""
    return [
        InvoicedLine(
            Party(row.institution_id, row.institution), Party(row.producer_id, row.producer), row.id,
            row.number, row.name, row.day, row.net_cents, row.net_cents - row.above,
        )
        for row in rows(_ABOVE, scope)
    ]  # fmt: skip


def accounts(scope: Scope) -> list[Account]:
    """A year's invoices of the producers who invoiced in the month, with their accounts."""
    return [
        Account(
            Party(row.institution_id, row.institution), Party(row.producer_id, row.producer), row.id,
            row.number, row.issue_date, row.fingerprint, f"… {row.ending}", row.gross_cents, row.paid,
            row.recent,
        )
        for row in rows(_ACCOUNTS, scope)
    ]  # fmt: skip


def handled(scope: Scope) -> list[Handled]:
    """Who ordered, approved, accepted, passed and paid what is on the month's invoices."""
    found = [(row, _steps(row)) for row in rows(_STEPS, scope)]
    persons = {person for _row, steps in found for some in steps.values() for person in some}
    names = {row.id: row.name for row in rows(_NAMES, scope, persons=sorted(persons))}
    return [
        Handled(
            Party(row.institution_id, row.institution), Party(row.producer_id, row.producer), row.id,
            row.number, row.day, row.gross_cents, steps, names,
        )
        for row, steps in found
    ]  # fmt: skip


def _steps(row: Any) -> dict[str, frozenset[int]]:
    by: dict[str, Iterable[int | None] | None] = {
        "ordered": row.ordered,
        "approved": row.approved,
        "accepted": row.accepted,
        "passed": [row.approved_by_id],
        "paid": row.paid,
    }
    return {step: frozenset(one for one in some or () if one is not None) for step, some in by.items()}
