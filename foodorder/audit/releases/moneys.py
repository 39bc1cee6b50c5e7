"""Invoices and payments of a cycle's records.

An invoice may hold goods of many cycles: what of it, and of each payment for it, belongs to a contract goes
by the gross value of its lines, so that all parts together are the whole to the cent.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text

from foodorder.db import db
from foodorder.exchange.ocds.model import Invoiced, Paid, Party
from foodorder.rules.settlement import InvoiceKind

_OURS = """
SELECT DISTINCT x.invoice_id
  FROM procurement_record r JOIN record_line l ON l.record_id = r.id
  JOIN invoice_line x ON x.record_line_id = l.id
 WHERE r.cycle_id = :cycle AND r.institution_id = ANY(CAST(:institutions AS integer[]))
"""

_INVOICES = text(f"""
SELECT i.id, i.kind, i.number, i.issued_at, i.due_date, i.institution_id, i.producer_id, i.gross_cents,
       i.credited_cents, i.corrects_id, c.number AS corrects_number
  FROM invoice i LEFT JOIN invoice c ON c.id = i.corrects_id
 WHERE i.id IN ({_OURS}) ORDER BY i.issued_at, i.id
""")  # noqa: S608 - only constants are put together

# All lines of these invoices, also those of other cycles: they have their parts, too.
_LINES = text(f"""
SELECT x.invoice_id, x.net_cents * (10000 + x.vat_bp) AS weight, l.record_id
  FROM invoice_line x LEFT JOIN record_line l ON l.id = x.record_line_id
 WHERE x.invoice_id IN ({_OURS}) ORDER BY x.invoice_id, x.position
""")  # noqa: S608 - only constants are put together

_PAYMENTS = text(f"""
SELECT p.id, p.invoice_id, p.amount_cents, p.value_date, p.noted_at,
       sum(p.amount_cents) OVER (PARTITION BY p.invoice_id ORDER BY p.noted_at, p.id)::bigint AS so_far
  FROM payment p WHERE p.invoice_id IN ({_OURS}) ORDER BY p.noted_at, p.id
""")  # noqa: S608 - only constants are put together


def moneys(
    where: Mapping[str, Any], numbers: Mapping[int, str], sellers: Mapping[int, Party]
) -> tuple[defaultdict[int, list[Invoiced]], defaultdict[int, list[Paid]]]:
    """Invoices and payments by institution. `numbers`: the contract that each record is a version of."""
    lines: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for row in db.session.execute(_LINES, where):
        lines[row.invoice_id].append(row)
    invoices = {row.id: row for row in db.session.execute(_INVOICES, where)}
    invoiced: defaultdict[int, list[Invoiced]] = defaultdict(list)
    for row in invoices.values():
        invoiced[row.institution_id].append(
            Invoiced(
                id=row.id,
                number=row.number,
                at=row.issued_at,
                due=row.due_date,
                producer=sellers[row.producer_id],
                gross=shares(row.gross_cents, lines[row.id], numbers),
                corrects=row.corrects_id if row.kind == InvoiceKind.CREDIT_NOTE else None,
                corrects_number=row.corrects_number,
            )
        )
    paid: defaultdict[int, list[Paid]] = defaultdict(list)
    for row in db.session.execute(_PAYMENTS, where):
        invoice = invoices[row.invoice_id]
        parts = shares(abs(row.amount_cents), lines[row.invoice_id], numbers)
        if parts := {contract: cents for contract, cents in parts.items() if cents}:
            paid[invoice.institution_id].append(
                Paid(
                    id=row.id,
                    invoice_id=invoice.id,
                    invoice=invoice.number,
                    at=row.noted_at,
                    value_date=row.value_date,
                    producer=sellers[invoice.producer_id],
                    shares=parts,
                    back=row.amount_cents < 0,
                    full=row.so_far >= invoice.gross_cents - invoice.credited_cents > 0,
                )
            )
    return invoiced, paid


def shares(cents: int, lines: Sequence[Row[Any]], numbers: Mapping[int, str]) -> dict[str, int]:
    """What of an amount belongs to each of our contracts, by the weight of lines; the rest is of others."""
    total, so_far = sum(line.weight for line in lines), 0
    found: dict[str, int] = {}
    for line in lines:
        before, so_far = so_far, so_far + line.weight
        contract = numbers.get(line.record_id)
        if contract is not None and total:
            part = cents * so_far // total - cents * before // total
            found[contract] = found.get(contract, 0) + part
    return dict(sorted(found.items()))
