"""The next version of a record, after an accepted request: a full copy with the changed quantities."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from foodorder.db import db
from foodorder.ordering.bases import Bases
from foodorder.ordering.terms import Situation, offers_of, situation, treatment_of
from foodorder.procurement.lawful import (
    Moved,
    bases_for,
    check_limits,
    check_same,
    count_moved,
    hold_institution,
)
from foodorder.procurement.models import ProcurementRecord, RecordChange, RecordLine, RecordVat
from foodorder.procurement.wanted import AlreadySent
from foodorder.rules.money import NOTHING, TaxedSum, line_net, vat_of
from foodorder.rules.ordering import AboveWhatIsLeft, Cell
from foodorder.rules.quantity import grams


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the coming version, before its sums; quantity in thousandths, price in net cents."""

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


@dataclass(frozen=True, slots=True)
class _Sold:
    """The situation of the record's order, the rows of offers by number, and what is asked of new ones."""

    at: Situation
    offers: dict[int, Any]
    new: list[Any]
    #: Rows of offer versions that new lines name, by number.
    versions: dict[int, Any]


_LINES = text("""
SELECT l.id, l.order_line_id, l.change_id, coalesce(l.root_id, l.id) AS root_id, l.delivery_point_id,
       l.delivery_date, v.offer_id, l.offer_version_id, l.product_id, p.food_type_id, l.name, l.unit,
       l.quantity, v.grams_per_unit, l.price_cents, l.vat_treatment, l.vat_bp,
       EXISTS (SELECT FROM record_line_sent s WHERE s.root_line_id = coalesce(l.root_id, l.id)) AS sent
FROM record_line l JOIN offer_version v ON v.id = l.offer_version_id JOIN product p ON p.id = l.product_id
WHERE l.record_id = :record
ORDER BY l.id
""")

_VERSIONS = text("""
SELECT v.id, v.offer_id, o.product_id FROM offer_version v JOIN offer o ON o.id = v.offer_id
WHERE v.id = ANY(CAST(:versions AS integer[]))
""")

_ORDER = text("SELECT id FROM weekly_order WHERE cycle_id = :cycle AND institution_id = :institution")

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


def next_version(record: ProcurementRecord, change: RecordChange, *, now: datetime) -> ProcurementRecord:
    """Write the version that follows `record` by `change`: the same number and basis, the next version.

    Raises AboveWhatIsLeft when a limited offer has less left than the change adds, and what
    `check_next_version` raises.
    """
    hold_institution(record)
    pairs = _kept(record, change)
    sold = _sold(record, change, pairs)
    _take_stock(pairs, sold)
    pairs += _lawful_additions(record, change, pairs, sold)
    following = _write(record, change, [line for line, _ in pairs if line.quantity > 0], now)
    count_moved(record, [_moved(line, before) for line, before in pairs if line.quantity != before])
    db.session.execute(_SUPERSEDE, {"next": following.id, "record": record.id})
    db.session.expire(record)
    return following


def check_next_version(record: ProcurementRecord, change: RecordChange) -> None:
    """Refuse a request for more than the record's lawful basis allows now.

    Raises OtherBasis, CeilingReached, AboveCeiling, AboveThreshold, and the others that `lawful` names.
    """
    pairs = _kept(record, change)
    _lawful_additions(record, change, pairs, _sold(record, change, pairs))


def _lawful_additions(
    record: ProcurementRecord, change: RecordChange, kept: list[tuple[_Line, int]], sold: _Sold | None
) -> list[tuple[_Line, int]]:
    """The lines of offers that were not in the record; all that grows is checked."""
    if sold is None:
        return []
    bases = bases_for(record, sold.at.row, sold.offers)
    check_same(record, bases, _places(kept, sold))
    added = [(_added(sold, line, bases, change), 0) for line in sold.new]
    more = [_moved(line, before) for line, before in (*kept, *added) if line.quantity > before]
    check_limits(bases, more, sold.offers)
    return added


def _places(kept: list[tuple[_Line, int]], sold: _Sold) -> set[tuple[int, date]]:
    """Of which offers there is to be more, on which days."""
    grown = {(line.offer_id, line.delivery_date) for line, before in kept if line.quantity > before}
    return grown | {(sold.versions[line.offer_version_id].offer_id, line.delivery_date) for line in sold.new}


def _kept(record: ProcurementRecord, change: RecordChange) -> list[tuple[_Line, int]]:
    """The record's lines with the quantities they get, each beside what it had. Raises AlreadySent."""
    wanted = {line.record_line_id: line.quantity for line in change.lines if line.record_line_id}
    pairs = []
    for row in db.session.execute(_LINES, {"record": record.id}):
        values = row._asdict()
        quantity = wanted.get(values.pop("id"), row.quantity)
        if values.pop("sent") and quantity != row.quantity:
            raise AlreadySent
        line = _Line(**values)
        if quantity != row.quantity:
            line = replace(line, quantity=quantity, change_id=change.id)
        pairs.append((line, row.quantity))
    return pairs


def _sold(record: ProcurementRecord, change: RecordChange, kept: list[tuple[_Line, int]]) -> _Sold | None:
    """What the cycle sells of the offers of which there is to be more; None where there is only less."""
    grown = {line.offer_id for line, before in kept if line.quantity > before}
    new = [line for line in change.lines if line.offer_version_id is not None]
    if not new and not grown:
        return None
    scope = {"cycle": record.cycle_id, "institution": record.institution_id}
    at = situation(db.session.execute(_ORDER, scope).scalar_one())
    versions = {
        row.id: row
        for row in db.session.execute(_VERSIONS, {"versions": [line.offer_version_id for line in new]})
    }
    return _Sold(at, offers_of(at, grown | {row.offer_id for row in versions.values()}), new, versions)


def _added(sold: _Sold, line: Any, bases: Bases, change: RecordChange) -> _Line:
    """A line of an offer that was not in the record, at the agreed price or the cycle's frozen one."""
    version = sold.versions[line.offer_version_id]
    offer = sold.offers[version.offer_id]
    taxed = treatment_of(sold.at, offer, line.delivery_date)
    return _Line(
        order_line_id=None,
        change_id=change.id,
        root_id=None,
        delivery_point_id=line.delivery_point_id,
        delivery_date=line.delivery_date,
        offer_id=offer.offer_id,
        offer_version_id=offer.offer_version_id,
        product_id=version.product_id,
        food_type_id=offer.food_type_id,
        name=offer.name,
        unit=offer.unit,
        quantity=line.quantity,
        grams_per_unit=offer.grams_per_unit,
        price_cents=bases.price(offer, line.delivery_date),
        vat_treatment=taxed.code.value,
        vat_bp=taxed.bp,
    )


def _moved(line: _Line, before: int) -> Moved:
    """By how much a line changes."""
    return Moved(
        Cell(line.offer_id, line.delivery_point_id, line.delivery_date),
        line.food_type_id,
        line.quantity - before,
        line_net(line.price_cents, line.quantity) - line_net(line.price_cents, before),
        grams(line.quantity, line.grams_per_unit) - grams(before, line.grams_per_unit),
    )


def _take_stock(pairs: Iterable[tuple[_Line, int]], sold: _Sold | None) -> None:
    """Count on limited offers what changes. Raises AboveWhatIsLeft."""
    deltas = defaultdict[int, int](int)
    units = {}
    for line, before in pairs:
        if line.quantity != before:
            deltas[line.offer_id] += line.quantity - before
            units[line.offer_id] = line.unit
    if sold is not None:
        for new in sold.new:
            offer = sold.offers[sold.versions[new.offer_version_id].offer_id]
            deltas[offer.offer_id] += new.quantity
            units[offer.offer_id] = offer.unit
    for row in db.session.execute(_HOLD_STOCK, {"offers": sorted(deltas)}).all():
        if deltas[row.id] > max(row.left, 0):
            raise AboveWhatIsLeft(left=max(row.left, 0), unit=units[row.id])
        db.session.execute(_TAKE_STOCK, {"offer": row.id, "delta": deltas[row.id]})


def _write(
    record: ProcurementRecord, change: RecordChange, lines: list[_Line], now: datetime
) -> ProcurementRecord:
    vat = _recapitulation(lines)
    total = sum((row for row in vat.values()), NOTHING)
    version = record.version + 1
    weights = [grams(line.quantity, line.grams_per_unit) for line in lines]
    following = ProcurementRecord(
        cycle_id=record.cycle_id,
        institution_id=record.institution_id,
        producer_id=record.producer_id,
        basis=record.basis,
        lot_id=record.lot_id,
        basis_facts=record.basis_facts,
        year=record.year,
        sequence=record.sequence,
        version=version,
        number=f"{record.number.removesuffix(f'/{record.version}')}/{version}",
        recorded_at=now,
        net_cents=total.net,
        vat_cents=total.vat,
        gross_cents=total.gross,
        grams=sum(weights),
        lines=len(lines),
        waived_minimum_cents=record.waived_minimum_cents,
        replaces_id=record.id,
        change_id=change.id,
        record_lines=[
            _record_line(record, line, weight) for line, weight in zip(lines, weights, strict=True)
        ],
        vat_rows=[
            RecordVat(vat_treatment=treatment, vat_bp=bp, net_cents=row.net, vat_cents=row.vat)
            for (treatment, bp), row in sorted(vat.items())
        ],
    )
    db.session.add(following)
    db.session.flush()
    return following


def _record_line(record: ProcurementRecord, line: _Line, weight: int) -> RecordLine:
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


def _recapitulation(lines: Iterable[_Line]) -> dict[tuple[str, int], TaxedSum]:
    """Net and VAT per treatment and rate, VAT once on each net sum (EN 16931, BR-S-09)."""
    net: defaultdict[tuple[str, int], int] = defaultdict(int)
    for line in lines:
        net[line.vat_treatment, line.vat_bp] += line_net(line.price_cents, line.quantity)
    return {key: TaxedSum.of(cents, vat_of(cents, key[1])) for key, cents in net.items()}
