"""Read records: one record as its page and paper show it, and lists of records.

Whoever asks names the scope it may see; a record outside it is not found.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import TextClause, select, text

from foodorder.db import db
from foodorder.procurement.differences import DifferenceRow, differences
from foodorder.procurement.models import ProcurementRecord
from foodorder.procurement.requests import ChangeRow, changes
from foodorder.rules.money import TaxedSum


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose records are asked for; what is None does not limit."""

    institution_id: int | None = None
    producer_id: int | None = None
    municipality_id: int | None = None
    cycle_id: int | None = None

    def parameters(self) -> dict[str, int]:
        """What limits, as the statements here take it."""
        asked = {
            "institution": self.institution_id,
            "producer": self.producer_id,
            "municipality": self.municipality_id,
            "cycle": self.cycle_id,
        }
        return {name: number for name, number in asked.items() if number is not None}


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One record in a list; sums in cents, weight in grams."""

    id: int
    number: str
    cycle_id: int
    week: date
    cycle: str
    institution_id: int
    institution: str
    producer_id: int
    producer: str
    basis: str
    recorded_at: datetime
    net_cents: int
    vat_cents: int
    gross_cents: int
    grams: int
    lines: int
    #: Requests after the close that wait for the producer's answer.
    asked: int


@dataclass(frozen=True, slots=True)
class Sums:
    """What the records in force come to: net, VAT and gross cents, grams."""

    records: int
    institutions: int
    producers: int
    lines: int
    net_cents: int
    vat_cents: int
    gross_cents: int
    grams: int


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of a record; quantities in thousandths, `ordered` None for an addition after the close."""

    id: int
    order_line_id: int | None
    change_id: int | None
    offer_version_id: int
    product_id: int
    delivery_date: date
    delivery_point_id: int
    delivery_point: str
    name: str
    farm: str
    unit: str
    ordered: int | None
    quantity: int
    grams: int
    price_cents: int
    net_cents: int
    vat_treatment: str
    vat_bp: int
    differences: tuple[DifferenceRow, ...] = ()


@dataclass(frozen=True, slots=True)
class VatRow:
    """One row of the VAT recapitulation: treatment, rate in basis points, sums in cents."""

    treatment: str
    bp: int
    sum: TaxedSum


@dataclass(frozen=True, slots=True)
class Stop:
    """The lines for one door on one day."""

    delivery_date: date
    delivery_point_id: int
    delivery_point: str
    lines: tuple[LineRow, ...]


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Everything a record's page and paper show."""

    record: ProcurementRecord
    lines: tuple[LineRow, ...]
    vat: tuple[VatRow, ...]
    #: Every difference of the order behind it, also of lines of which nothing is left.
    differences: tuple[DifferenceRow, ...]
    #: All versions, oldest first; the last is the one in force.
    versions: tuple[ProcurementRecord, ...]
    changes: tuple[ChangeRow, ...]

    @property
    def current(self) -> bool:
        """Whether this is the version in force."""
        return self.record.superseded_by_id is None

    @property
    def open_change(self) -> ChangeRow | None:
        """The request that waits for an answer, if any."""
        return next((change for change in self.changes if change.state == "asked"), None)

    @property
    def stops(self) -> tuple[Stop, ...]:
        """The lines by day and delivery point."""
        return tuple(
            Stop(day, point, name, tuple(lines))
            for (day, point, name), lines in groupby(
                self.lines, lambda line: (line.delivery_date, line.delivery_point_id, line.delivery_point)
            )
        )


_RECORDS = """
SELECT r.id, r.number, r.cycle_id, c.week, c.sequence, r.institution_id, i.short_name AS institution,
       r.producer_id, p.name AS producer, r.basis, r.recorded_at,
       r.net_cents, r.vat_cents, r.gross_cents, r.grams, r.lines,
       (SELECT count(*) FROM record_change h WHERE h.record_id = r.id AND h.state = 'asked') AS asked
FROM procurement_record r
JOIN cycle c ON c.id = r.cycle_id
JOIN institution i ON i.id = r.institution_id
JOIN producer p ON p.id = r.producer_id
WHERE r.superseded_by_id IS NULL /* and the scope */
ORDER BY c.week DESC, c.id DESC, i.sort_key, p.sort_key, r.sequence
LIMIT :limit OFFSET :offset
"""

_SUMS = """
SELECT count(*) AS records, count(DISTINCT r.institution_id) AS institutions,
       count(DISTINCT r.producer_id) AS producers, coalesce(sum(r.lines), 0)::integer AS lines,
       coalesce(sum(r.net_cents), 0)::bigint AS net_cents, coalesce(sum(r.vat_cents), 0)::bigint AS vat_cents,
       coalesce(sum(r.gross_cents), 0)::bigint AS gross_cents, coalesce(sum(r.grams), 0)::bigint AS grams
FROM procurement_record r
JOIN institution i ON i.id = r.institution_id
WHERE r.superseded_by_id IS NULL /* and the scope */
"""

_LINES = text("""
SELECT l.id, l.order_line_id, l.change_id, l.offer_version_id, l.product_id, l.delivery_date,
       l.delivery_point_id, d.name AS delivery_point, l.name, f.name AS farm, l.unit,
       o.quantity AS ordered, l.quantity, l.grams,
       l.price_cents, l.net_cents, l.vat_treatment, l.vat_bp
FROM record_line l
JOIN delivery_point d ON d.id = l.delivery_point_id
JOIN product s ON s.id = l.product_id
JOIN offer_version v ON v.id = l.offer_version_id
JOIN farm f ON f.id = v.farm_id
LEFT JOIN order_line o ON o.id = l.order_line_id
WHERE l.record_id = :record
ORDER BY l.delivery_date, d.position, d.id, s.sort_key, l.id
""")


_LIMITS = {
    "institution": "AND r.institution_id = :institution",
    "producer": "AND r.producer_id = :producer",
    "municipality": "AND i.municipality_id = :municipality",
    "cycle": "AND r.cycle_id = :cycle",
}


@cache
def _within(statement: str, limits: tuple[str, ...]) -> TextClause:
    """A statement with no other limits than those of its scope.

    With "(:x IS NULL OR …)" for each, the general plan that a statement gets after five runs would have to
    fit every scope and could use no index.
    """
    return text(statement.replace("/* and the scope */", " ".join(_LIMITS[name] for name in limits)))


def cycle_name(week: date, sequence: int) -> str:
    """Short name of a cycle for people: 2026-W49, with /2 for a second cycle of the week."""
    year, number, _ = week.isocalendar()
    return f"{year}-W{number:02}" + (f"/{sequence}" if sequence > 1 else "")


def records(scope: Scope, *, limit: int = 500, offset: int = 0) -> list[RecordRow]:
    """The records in force of a scope, newest week first."""
    asked = scope.parameters()
    rows = db.session.execute(_within(_RECORDS, tuple(asked)), {**asked, "limit": limit, "offset": offset})
    return [_record_row(row._asdict()) for row in rows]


def _record_row(values: dict[str, Any]) -> RecordRow:
    sequence = values.pop("sequence")
    return RecordRow(**values, cycle=cycle_name(values["week"], sequence))


def sums(scope: Scope) -> Sums:
    """What the records in force of a scope come to."""
    asked = scope.parameters()
    return Sums(**db.session.execute(_within(_SUMS, tuple(asked)), asked).one()._asdict())


def find_record(record_id: int, scope: Scope) -> ProcurementRecord | None:
    """One record in any version, if it lies in the scope."""
    record = db.session.get(ProcurementRecord, record_id)
    if record is None:
        return None
    seen = (
        (scope.institution_id, record.institution_id),
        (scope.producer_id, record.producer_id),
        (scope.cycle_id, record.cycle_id),
        (scope.municipality_id, record.institution.municipality_id),
    )
    return record if all(asked is None or asked == there for asked, there in seen) else None


def record_page(record: ProcurementRecord) -> RecordPage:
    """All that a record's page shows, in seven statements whatever its length."""
    told = differences(
        record.cycle_id,
        institution_id=record.institution_id,
        producer_id=record.producer_id,
        basis=record.basis,
    )
    by_line = {key: tuple(rows) for key, rows in groupby(told, lambda row: row.order_line_id)}
    lines = tuple(
        LineRow(**row._asdict(), differences=by_line.get(row.order_line_id, ()))
        for row in db.session.execute(_LINES, {"record": record.id})
    )
    vat = tuple(
        VatRow(row.vat_treatment, row.vat_bp, TaxedSum.of(row.net_cents, row.vat_cents))
        for row in record.vat_rows
    )
    versions = tuple(
        db.session.scalars(
            select(ProcurementRecord)
            .where(
                ProcurementRecord.institution_id == record.institution_id,
                ProcurementRecord.year == record.year,
                ProcurementRecord.sequence == record.sequence,
            )
            .order_by(ProcurementRecord.version)
        )
    )
    return RecordPage(
        record, lines, vat, tuple(told), versions, changes([version.id for version in versions])
    )
