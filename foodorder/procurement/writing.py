"""Write procurement records after the close: the next version of one, or the first of one that is new.

Sums are computed first and inserted once, for a record is frozen at once.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import text

from foodorder.db import db
from foodorder.procurement.basis_facts import facts_of
from foodorder.procurement.lawful import Moved
from foodorder.procurement.models import ProcurementRecord, RecordChange, RecordLine, RecordVat
from foodorder.rules.money import NOTHING, TaxedSum, line_net, vat_of
from foodorder.rules.ordering import AboveWhatIsLeft, Cell
from foodorder.rules.quantity import grams


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the coming record, before its sums; quantity in thousandths, price in net cents."""

    order_line_id: int | None
    change_id: int | None
    root_id: int | None
    delivery_point_id: int
    delivery_date: date
    offer_id: int
    offer_version_id: int
    product_id: int
    food_type_id: int
    name: str
    unit: str
    quantity: int
    grams_per_unit: int
    price_cents: int
    vat_treatment: str
    vat_bp: int


#: In key order, so that two answers never wait for each other.
_HOLD_STOCK = text("""
SELECT id, available - taken AS left FROM offer
WHERE id = ANY(CAST(:offers AS integer[])) AND available IS NOT NULL
ORDER BY id
FOR NO KEY UPDATE
""")

_TAKE_STOCK = text("""
UPDATE offer SET taken = greatest(taken + :delta, 0) WHERE id = :offer
""")

_SUPERSEDE = text("UPDATE procurement_record SET superseded_by_id = :next WHERE id = :record")

#: Gap-free: a rollback gives the number back.
_NUMBER = text("""
INSERT INTO record_counter AS c (institution_id, year, last) VALUES (:institution, :year, 1)
ON CONFLICT (institution_id, year) DO UPDATE SET last = c.last + 1
RETURNING last
""")

#: The producer's minimum for the municipality, where what the kitchen has of it stays below.
_WAIVED = text("""
SELECT a.minimum_cents
  FROM admission a
  JOIN institution i ON i.id = :institution AND a.municipality_id = i.municipality_id
 WHERE a.producer_id = :producer
   AND a.minimum_cents > :net + (
       SELECT coalesce(sum(r.net_cents), 0) FROM procurement_record r
        WHERE r.cycle_id = :cycle AND r.institution_id = :institution AND r.producer_id = :producer
          AND r.superseded_by_id IS NULL)
""")


def moved(line: Line, before: int) -> Moved:
    """By how much a line changes."""
    return Moved(
        Cell(line.offer_id, line.delivery_point_id, line.delivery_date),
        line.food_type_id,
        line.quantity - before,
        line_net(line.price_cents, line.quantity) - line_net(line.price_cents, before),
        grams(line.quantity, line.grams_per_unit) - grams(before, line.grams_per_unit),
    )


def take_stock(deltas: Mapping[int, int], units: Mapping[int, str]) -> None:
    """Count on limited offers (by number) by how much more is bought, thousandths. Raises AboveWhatIsLeft."""
    for row in db.session.execute(_HOLD_STOCK, {"offers": sorted(deltas)}).all():
        if deltas[row.id] > max(row.left, 0):
            raise AboveWhatIsLeft(left=max(row.left, 0), unit=units[row.id])
        db.session.execute(_TAKE_STOCK, {"offer": row.id, "delta": deltas[row.id]})


def write_next(
    record: ProcurementRecord, change: RecordChange, lines: list[Line], now: datetime
) -> ProcurementRecord:
    """The version that follows a record: the same number and basis, the next version; the old one ends."""
    version = record.version + 1
    following = ProcurementRecord(
        basis=record.basis,
        lot_id=record.lot_id,
        basis_facts=record.basis_facts,
        year=record.year,
        sequence=record.sequence,
        version=version,
        number=f"{record.number.removesuffix(f'/{record.version}')}/{version}",
        waived_minimum_cents=record.waived_minimum_cents,
        replaces_id=record.id,
    )
    _write(following, change, lines, now)
    db.session.execute(_SUPERSEDE, {"next": following.id, "record": record.id})
    db.session.expire(record)
    return following


def write_first(
    change: RecordChange, basis: str, lot_id: int | None, lines: list[Line], now: datetime
) -> ProcurementRecord:
    """A record of its own, with the next number of the institution and local year.

    The producer's yes waives their minimum where it is not reached.
    """
    year = now.astimezone(ZoneInfo(change.institution.municipality.zone)).year
    sequence = db.session.execute(_NUMBER, {"institution": change.institution_id, "year": year}).scalar_one()
    whose = {"cycle": change.cycle_id, "institution": change.institution_id, "producer": change.producer_id}
    net = sum(line_net(line.price_cents, line.quantity) for line in lines)
    record = ProcurementRecord(
        basis=basis,
        lot_id=lot_id,
        basis_facts=facts_of(basis, lot_id, now),
        year=year,
        sequence=sequence,
        version=1,
        number=f"{change.institution.code}-{year}-{sequence:04}",
        waived_minimum_cents=db.session.scalar(_WAIVED, {**whose, "net": net}),
    )
    return _write(record, change, lines, now)


def _write(
    record: ProcurementRecord, change: RecordChange, lines: list[Line], now: datetime
) -> ProcurementRecord:
    """Fill in whose it is, its lines and its sums."""
    vat = _recapitulation(lines)
    total = sum((row for row in vat.values()), NOTHING)
    weights = [grams(line.quantity, line.grams_per_unit) for line in lines]
    record.cycle_id, record.institution_id = change.cycle_id, change.institution_id
    record.producer_id, record.change_id, record.recorded_at = change.producer_id, change.id, now
    record.net_cents, record.vat_cents, record.gross_cents = total.net, total.vat, total.gross
    record.grams, record.lines = sum(weights), len(lines)
    record.record_lines = [
        _record_line(record, line, weight) for line, weight in zip(lines, weights, strict=True)
    ]
    record.vat_rows = [
        RecordVat(vat_treatment=treatment, vat_bp=bp, net_cents=row.net, vat_cents=row.vat)
        for (treatment, bp), row in sorted(vat.items())
    ]
    db.session.add(record)
    db.session.flush()
    return record


def _record_line(record: ProcurementRecord, line: Line, weight: int) -> RecordLine:
    return RecordLine(
        order_line_id=line.order_line_id,
        change_id=line.change_id,
        root_id=line.root_id,
        institution_id=record.institution_id,
        delivery_point_id=line.delivery_point_id,
        delivery_date=line.delivery_date,
        offer_version_id=line.offer_version_id,
        product_id=line.product_id,
        name=line.name,
        unit=line.unit,
        quantity=line.quantity,
        grams=weight,
        price_cents=line.price_cents,
        net_cents=line_net(line.price_cents, line.quantity),
        vat_treatment=line.vat_treatment,
        vat_bp=line.vat_bp,
    )


def _recapitulation(lines: Iterable[Line]) -> dict[tuple[str, int], TaxedSum]:
    """Net and VAT per treatment and rate, VAT once on each net sum (EN 16931, BR-S-09)."""
    net: defaultdict[tuple[str, int], int] = defaultdict(int)
    for line in lines:
        net[line.vat_treatment, line.vat_bp] += line_net(line.price_cents, line.quantity)
    return {key: TaxedSum.of(cents, vat_of(cents, key[1])) for key, cents in net.items()}
