"""What became of recorded goods: how they came, what was accepted, on which invoice they are, what was paid.

Read from a line of a record in any of its versions: the line's first version is its identity, and notes and
invoices hang on that. Quantities are thousandths of the unit, money is cents.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text

from foodorder.db import db

# The lines of all versions that are the same line: its root, and what grew from it.
_SAME = """
WITH root AS (SELECT coalesce(root_id, id) AS id FROM record_line WHERE /* lines */),
     same AS (SELECT id FROM root UNION SELECT l.id FROM record_line l JOIN root ON l.root_id = root.id)
"""

_DELIVERIES = """
SELECT d.id, d.part, d.quantity AS sent, d.unit, d.lot, n.id AS note_id, n.number AS note, n.delivery_date,
       n.state, n.left_at, a.quantity AS accepted, a.outcome, a.reason, a.noted_at, a.version,
       p.name AS accepted_by
  FROM delivery_line d
  JOIN delivery_note n ON n.id = d.note_id
  LEFT JOIN acceptance_line a ON a.id = d.acceptance_id
  LEFT JOIN person p ON p.id = a.person_id
 WHERE d.root_line_id IN (SELECT id FROM root)
 ORDER BY n.delivery_date, n.id, d.part
"""

_INVOICES = """
SELECT i.id, i.kind, i.number, i.state, i.issue_date, i.due_date, x.quantity, x.unit, x.net_cents,
       i.gross_cents, i.paid_cents
  FROM invoice_line x
  JOIN invoice i ON i.id = x.invoice_id
 WHERE x.record_line_id IN (SELECT id FROM same)
 ORDER BY i.id, x.position
"""

_PAYMENTS = """
SELECT y.id, y.invoice_id, i.number AS invoice, y.kind, y.amount_cents, y.value_date, i.due_date
  FROM payment y
  JOIN invoice i ON i.id = y.invoice_id
 WHERE y.invoice_id IN (SELECT x.invoice_id FROM invoice_line x
                         WHERE x.record_line_id IN (SELECT id FROM same))
 ORDER BY y.id
"""

_CLAIMS = """
SELECT c.id, c.kind, c.state, c.quantity, d.unit
  FROM claim c JOIN delivery_line d ON d.id = c.delivery_line_id
 WHERE d.root_line_id IN (SELECT id FROM root)
 ORDER BY c.id
"""

_ACCEPTANCES = text("""
SELECT a.id, d.name, d.unit, d.quantity AS sent, a.version, a.outcome, a.quantity, a.reason, a.words,
       a.temperature, a.lot, a.noted_at, a.received_at, p.name AS person, d.acceptance_id = a.id AS in_force,
       d.record_line_id AS line_id
  FROM acceptance_line a
  JOIN delivery_line d ON d.id = a.delivery_line_id
  LEFT JOIN person p ON p.id = a.person_id
 WHERE d.note_id = :note
 ORDER BY d.position, d.part, a.version
""")


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of one line, or of all lines of a record, after the close."""

    deliveries: Sequence[Row[Any]]
    claims: Sequence[Row[Any]]
    invoices: Sequence[Row[Any]]
    payments: Sequence[Row[Any]]

    @property
    def note_id(self) -> int | None:
        """The first delivery note."""
        return self.deliveries[0].note_id if self.deliveries else None

    @property
    def invoice_id(self) -> int | None:
        """The first invoice."""
        return self.invoices[0].id if self.invoices else None

    @property
    def things(self) -> list[tuple[str, int]]:
        """What events of the trail tell of these steps."""
        found = [("delivery_note", one.note_id) for one in self.deliveries]
        found += [("delivery_line", one.id) for one in self.deliveries]
        found += [("claim", one.id) for one in self.claims]
        found += [("invoice", one.id) for one in self.invoices]
        return list(dict.fromkeys(found))


def of_line(line_id: int) -> Steps:
    """What became of a recorded line, in whatever version it is asked for."""
    return _steps("id = :key", line_id)


def of_record(record_id: int) -> Steps:
    """What became of all lines of one version of a record."""
    return _steps("record_id = :key", record_id)


def acceptances(note_id: int) -> Sequence[Row[Any]]:
    """Every version of what was accepted of a note's lines, and by whom."""
    return db.session.execute(_ACCEPTANCES, {"note": note_id}).all()


def _steps(lines: str, key: int) -> Steps:
    same = _SAME.replace("/* lines */", lines)
    asked = (_DELIVERIES, _CLAIMS, _INVOICES, _PAYMENTS)
    return Steps(*(db.session.execute(text(same + one), {"key": key}).all() for one in asked))
