"""The rows behind a record, as they stand in the tables, from its offers to its payments.

A record is meant with all its versions; of the order, the lines to this producer. Money is cents, quantities
are thousandths of the unit, weight is grams, times are UTC. Log-ins, addresses and telephones are in none of
them; people stand by their number, with their names in people.json.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import select, text

from foodorder.db import db
from foodorder.procurement.models import ProcurementRecord

#: The keys that the statements below share, each found by those before it.
_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "lines": "SELECT id FROM record_line WHERE record_id = ANY(:records)",
        "roots": "SELECT DISTINCT coalesce(root_id, id) FROM record_line WHERE id = ANY(:lines)",
        "offers": "SELECT DISTINCT v.offer_id FROM record_line l JOIN offer_version v"
        " ON v.id = l.offer_version_id WHERE l.id = ANY(:lines)",
        "orders": "SELECT DISTINCT b.order_id FROM record_line l JOIN order_line o ON o.id = l.order_line_id"
        " JOIN order_submission b ON b.id = o.submission_id WHERE l.id = ANY(:lines)",
        "submissions": "SELECT id FROM order_submission WHERE order_id = ANY(:orders)",
        "changes": "SELECT id FROM record_change WHERE record_id = ANY(:records) OR id IN"
        " (SELECT change_id FROM procurement_record WHERE id = ANY(:records))",
        "sent": "SELECT id FROM delivery_line WHERE root_line_id = ANY(:roots)",
        "notes": "SELECT DISTINCT note_id FROM delivery_line WHERE id = ANY(:sent)",
        "claims": "SELECT id FROM claim WHERE delivery_line_id = ANY(:sent)",
        "invoices": "SELECT DISTINCT invoice_id FROM invoice_line WHERE record_line_id = ANY(:lines)"
        " OR delivery_line_id = ANY(:sent)",
    }
)

#: Name of a file → the rows in it.
_ROWS: Mapping[str, str] = MappingProxyType(
    {
        "record/versions": "SELECT r.*, i.name AS institution, p.name AS producer FROM procurement_record r"
        " JOIN institution i ON i.id = r.institution_id JOIN producer p ON p.id = r.producer_id"
        " WHERE r.id = ANY(:records) ORDER BY r.version",
        "record/lines": "SELECT * FROM record_line WHERE id = ANY(:lines) ORDER BY id",
        "record/vat": "SELECT * FROM record_vat WHERE record_id = ANY(:records) ORDER BY 1, 2, 3",
        "record/differences": "SELECT d.* FROM difference d JOIN order_line o ON o.id = d.order_line_id"
        " WHERE o.submission_id = ANY(:submissions) AND o.producer_id = :producer ORDER BY d.id",
        "record/allocations": "SELECT a.* FROM allocation a WHERE a.offer_id = ANY(:offers)"
        " AND a.cycle_id = :cycle ORDER BY a.id",
        "record/changes": "SELECT * FROM record_change WHERE id = ANY(:changes) ORDER BY id",
        "record/change_lines": "SELECT * FROM record_change_line WHERE change_id = ANY(:changes) ORDER BY id",
        "offers/offers": "SELECT * FROM offer WHERE id = ANY(:offers) ORDER BY id",
        "offers/versions": "SELECT * FROM offer_version WHERE offer_id = ANY(:offers)"
        " ORDER BY offer_id, version",
        "order/submissions": "SELECT * FROM order_submission WHERE id = ANY(:submissions) ORDER BY version",
        "order/lines": "SELECT * FROM order_line WHERE submission_id = ANY(:submissions)"
        " AND producer_id = :producer ORDER BY submission_id, id",
        "order/approvals": "SELECT * FROM order_approval WHERE submission_id = ANY(:submissions)"
        " ORDER BY asked_at",
        "order/choices": "SELECT c.* FROM offer_choice c WHERE c.submission_id = ANY(:submissions)"
        " AND c.food_type_id IN (SELECT p.food_type_id FROM record_line l JOIN product p"
        " ON p.id = l.product_id WHERE l.id = ANY(:lines)) ORDER BY 1, 2",
        "delivery/notes": "SELECT * FROM delivery_note WHERE id = ANY(:notes) ORDER BY id",
        "delivery/lines": "SELECT * FROM delivery_line WHERE id = ANY(:sent) ORDER BY id",
        "delivery/shortfalls": "SELECT * FROM shortfall WHERE root_line_id = ANY(:roots) ORDER BY id",
        "delivery/acceptances": "SELECT * FROM acceptance_line WHERE delivery_line_id = ANY(:sent)"
        " ORDER BY delivery_line_id, version",
        "claims/claims": "SELECT * FROM claim WHERE id = ANY(:claims) ORDER BY id",
        "claims/cover_purchases": "SELECT * FROM cover_purchase WHERE claim_id = ANY(:claims) ORDER BY id",
        "invoices/invoices": "SELECT * FROM invoice WHERE id = ANY(:invoices) ORDER BY id",
        "invoices/lines": "SELECT * FROM invoice_line WHERE invoice_id = ANY(:invoices)"
        " ORDER BY invoice_id, position",
        "invoices/vat": "SELECT * FROM invoice_vat WHERE invoice_id = ANY(:invoices) ORDER BY 1, 2, 3",
        "invoices/findings": "SELECT * FROM invoice_finding WHERE invoice_id = ANY(:invoices) ORDER BY id",
        "invoices/decisions": "SELECT d.* FROM invoice_finding_decision d JOIN invoice_finding f"
        " ON f.id = d.finding_id WHERE f.invoice_id = ANY(:invoices) ORDER BY d.id",
        "payments/payments": "SELECT y.*, b.booked_on, b.reference AS bank_reference, b.end_to_end,"
        " s.statement FROM payment y LEFT JOIN bank_entry b ON b.id = y.bank_entry_id"
        " LEFT JOIN bank_statement s ON s.id = b.statement_id"
        " WHERE y.invoice_id = ANY(:invoices) ORDER BY y.id",
        "payments/transfers": "SELECT l.*, b.execute_on, b.created_at, b.created_by_id, b.cancelled_at"
        " FROM payment_batch_line l JOIN payment_batch b ON b.id = l.batch_id"
        " WHERE l.invoice_id = ANY(:invoices) ORDER BY l.id",
    }
)  # fmt: skip

_PEOPLE = text("SELECT id, name FROM person WHERE id = ANY(:people) ORDER BY id")


@dataclass(frozen=True, slots=True)
class Whole:
    """All that belongs to a record, by the numbers of its rows."""

    producer: int
    cycle: int
    records: list[int]
    lines: list[int]
    roots: list[int]
    offers: list[int]
    orders: list[int]
    submissions: list[int]
    changes: list[int]
    sent: list[int]
    notes: list[int]
    claims: list[int]
    invoices: list[int]

    @property
    def things(self) -> list[tuple[str, int]]:
        """What events of the trail tell of it."""
        kinds = {
            "procurement_record": self.records, "record_change": self.changes, "weekly_order": self.orders,
            "offer": self.offers, "delivery_note": self.notes, "delivery_line": self.sent,
            "claim": self.claims, "invoice": self.invoices, "cycle": [self.cycle],
        }  # fmt: skip
        return [(kind, number) for kind, numbers in kinds.items() for number in numbers]


def versions(record: ProcurementRecord) -> list[int]:
    """All versions of a record, oldest first."""
    same = select(ProcurementRecord.id).where(
        ProcurementRecord.institution_id == record.institution_id,
        ProcurementRecord.year == record.year,
        ProcurementRecord.sequence == record.sequence,
    )
    return list(db.session.scalars(same.order_by(ProcurementRecord.version)))


def whole(records: Sequence[int], producer: int, cycle: int) -> Whole:
    """Everything that belongs to all versions of a record."""
    keys: dict[str, Any] = {"records": list(records)}
    for name, statement in _KEYS.items():
        keys[name] = sorted(db.session.scalars(text(statement), _asked(statement, keys)))
    return Whole(producer, cycle, **keys)


def tables(of: Whole) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """(name of a file, its rows) of everything there is."""
    keys = {name: getattr(of, name) for name in Whole.__slots__}
    for name, statement in _ROWS.items():
        rows = db.session.execute(text(statement), _asked(statement, keys))
        yield f"{name}.json", [row._asdict() for row in rows]


def _asked(statement: str, keys: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in keys.items() if f":{name}" in statement}


def people_in(rows: Sequence[Mapping[str, Any]]) -> set[int]:
    """The numbers of people that stand in rows."""
    found = {
        value for row in rows for key, value in row.items() if key == "person_id" or key.endswith("_by_id")
    }
    return {one for one in found if isinstance(one, int)}


def people(numbers: set[int]) -> list[dict[str, Any]]:
    """Names of the people who stand in the rows and in the trail."""
    return [row._asdict() for row in db.session.execute(_PEOPLE, {"people": sorted(numbers)})]


def written(rows: Any) -> bytes:
    """Rows as JSON for people and machines; instants and days in their ISO form."""
    return (json.dumps(rows, indent=1, ensure_ascii=False, default=_plain) + "\n").encode()


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
