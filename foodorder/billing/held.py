"""Who issues invoices and credit notes holds what they count on: the issuer, the notes, what is invoiced.

Everybody takes them in this order. One issuer writes one document after the other, so that numbers have no
gap; acceptances and claims hold the note, so that nothing is taken back while it is being invoiced.
"""

from collections.abc import Collection, Iterable

from sqlalchemy import text

from foodorder.db import db
from foodorder.rules.settlement import InvoiceKind

_HOLD_ISSUER = text("SELECT 1 FROM producer WHERE id = :producer FOR NO KEY UPDATE")

# In key order, so that two who invoice never wait for each other; a correction of an acceptance, and a claim,
# hold the note as well.
_HOLD_NOTES = text("""
SELECT id FROM delivery_note
 WHERE id IN (SELECT note_id FROM delivery_line WHERE id = ANY(CAST(:lines AS bigint[])))
 ORDER BY id FOR SHARE
""")

_OPEN_COUNTS = text("""
INSERT INTO invoiced_quantity (delivery_line_id, sent, quantity, net_cents)
SELECT id, quantity, 0, 0 FROM delivery_line WHERE id = ANY(CAST(:lines AS bigint[])) ORDER BY id
ON CONFLICT DO NOTHING
""")

_HOLD_COUNTS = text("""
SELECT delivery_line_id FROM invoiced_quantity WHERE delivery_line_id = ANY(CAST(:lines AS bigint[]))
 ORDER BY delivery_line_id FOR UPDATE
""")

_COUNT = text("""
UPDATE invoiced_quantity q SET quantity = q.quantity + x.quantity, net_cents = q.net_cents + x.net
  FROM unnest(CAST(:lines AS bigint[]), CAST(:quantities AS bigint[]), CAST(:nets AS bigint[]))
       AS x (line, quantity, net)
 WHERE q.delivery_line_id = x.line
""")

_NUMBER = text("""
INSERT INTO invoice_counter AS c (producer_id, kind, year, last) VALUES (:producer, :kind, :year, 1)
ON CONFLICT (producer_id, kind, year) DO UPDATE SET last = c.last + 1
RETURNING last
""")


def take_number(producer_id: int, kind: InvoiceKind, year: int) -> int:
    """The next number of an issuer: whoever else asks waits for this transaction, so no gap is left."""
    number: int = db.session.execute(
        _NUMBER, {"producer": producer_id, "kind": kind.value, "year": year}
    ).scalar_one()
    return number


def count(rows: Iterable[tuple[int, int, int]]) -> None:
    """Count what is invoiced of delivered lines: line, thousandths, net cents; below zero where credited."""
    lines, quantities, nets = zip(*rows, strict=True)
    db.session.execute(
        _COUNT,
        {
            "lines": list(lines), "quantities": list(quantities), "nets": list(nets),
        },
    )  # fmt: skip


def hold_issuer(producer_id: int) -> None:
    """Wait for whoever issues for the same producer now; before anything else is held."""
    db.session.execute(_HOLD_ISSUER, {"producer": producer_id})


def hold(lines: Collection[int]) -> None:
    """Hold delivered lines against everybody who would accept, claim, invoice or credit them meanwhile."""
    for statement in (_HOLD_NOTES, _OPEN_COUNTS, _HOLD_COUNTS):
        db.session.execute(statement, {"lines": sorted(lines)})
