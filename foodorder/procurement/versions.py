"""The next version of a record, after an accepted request: a full copy with the changed quantities."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import text

from foodorder.db import db
from foodorder.ordering.bases import Bases
from foodorder.ordering.terms import Situation, offers_of, situation, treatment_of
from foodorder.procurement.lawful import (
    bases_for,
    check_limits,
    check_same,
    count_moved,
    hold_ceilings,
    hold_institution,
)
from foodorder.procurement.models import ProcurementRecord, RecordChange
from foodorder.procurement.wanted import AlreadySent
from foodorder.procurement.writing import Line, moved, take_stock, write_next


class Sold(Protocol):
    """What a new line is made from: the order's situation, rows of offers and of versions, by number."""

    @property
    def at(self) -> Situation: ...
    @property
    def offers(self) -> dict[int, Any]: ...
    @property
    def versions(self) -> dict[int, Any]: ...


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


def next_version(record: ProcurementRecord, change: RecordChange, *, now: datetime) -> ProcurementRecord:
    """Write the version that follows `record` by `change`: the same number and basis, the next version.

    Raises AboveWhatIsLeft when a limited offer has less left than the change adds, and what
    `check_next_version` raises.
    """
    hold_institution(record)
    pairs = _kept(record, change)
    sold = _sold(record, change, pairs)
    _take_stock(pairs, sold)
    hold_ceilings(record)
    pairs += _lawful_additions(record, change, pairs, sold)
    following = write_next(record, change, [line for line, _ in pairs if line.quantity > 0], now)
    count_moved(following, [moved(line, before) for line, before in pairs if line.quantity != before])
    return following


def check_next_version(record: ProcurementRecord, change: RecordChange) -> None:
    """Refuse a request for more than the record's lawful basis allows now.

    Raises OtherBasis, CeilingReached, AboveCeiling, AboveThreshold, and the others that `lawful` names.
    """
    pairs = _kept(record, change)
    _lawful_additions(record, change, pairs, _sold(record, change, pairs))


def _lawful_additions(
    record: ProcurementRecord, change: RecordChange, kept: list[tuple[Line, int]], sold: _Sold | None
) -> list[tuple[Line, int]]:
    """The lines of offers that were not in the record; all that grows is checked."""
    if sold is None:
        return []
    bases = bases_for(record, sold.at.row, sold.offers)
    check_same(record, bases, _places(kept, sold))
    added = [(added_line(sold, line, bases, change), 0) for line in sold.new]
    more = [moved(line, before) for line, before in (*kept, *added) if line.quantity > before]
    check_limits(bases, more, sold.offers)
    return added


def _places(kept: list[tuple[Line, int]], sold: _Sold) -> set[tuple[int, date]]:
    """Of which offers there is to be more, on which days."""
    grown = {(line.offer_id, line.delivery_date) for line, before in kept if line.quantity > before}
    return grown | {(sold.versions[line.offer_version_id].offer_id, line.delivery_date) for line in sold.new}


def _kept(record: ProcurementRecord, change: RecordChange) -> list[tuple[Line, int]]:
    """The record's lines with the quantities they get, each beside what it had. Raises AlreadySent."""
    wanted = {line.record_line_id: line.quantity for line in change.lines if line.record_line_id}
    pairs = []
    for row in db.session.execute(_LINES, {"record": record.id}):
        values = row._asdict()
        quantity = wanted.get(values.pop("id"), row.quantity)
        if values.pop("sent") and quantity != row.quantity:
            raise AlreadySent
        line = Line(**values)
        if quantity != row.quantity:
            line = replace(line, quantity=quantity, change_id=change.id)
        pairs.append((line, row.quantity))
    return pairs


def _sold(record: ProcurementRecord, change: RecordChange, kept: list[tuple[Line, int]]) -> _Sold | None:
    """What the cycle sells of the offers of which there is to be more; None where there is only less."""
    grown = {line.offer_id for line, before in kept if line.quantity > before}
    new = [line for line in change.lines if line.offer_version_id is not None]
    if not new and not grown:
        return None
    scope = {"cycle": record.cycle_id, "institution": record.institution_id}
    at = situation(db.session.execute(_ORDER, scope).scalar_one())
    versions = offer_versions(change)
    return _Sold(at, offers_of(at, grown | {row.offer_id for row in versions.values()}), new, versions)


def offer_versions(change: RecordChange) -> dict[int, Any]:
    """The versions of offers that a request's new lines name, by number."""
    named = [line.offer_version_id for line in change.lines if line.offer_version_id is not None]
    return {row.id: row for row in db.session.execute(_VERSIONS, {"versions": named})}


def kept_lines(record: ProcurementRecord) -> list[Line]:
    """The lines of a record as they are, for its next version."""
    return [Line(**_values(row)) for row in db.session.execute(_LINES, {"record": record.id})]


def _values(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row._asdict().items() if name not in ("id", "sent")}


def added_line(sold: Sold, line: Any, bases: Bases, change: RecordChange) -> Line:
    """A line of an offer that was not in the record, at the agreed price or the cycle's frozen one."""
    version = sold.versions[line.offer_version_id]
    offer = sold.offers[version.offer_id]
    taxed = treatment_of(sold.at, offer, line.delivery_date)
    return Line(
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


def _take_stock(pairs: list[tuple[Line, int]], sold: _Sold | None) -> None:
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
    take_stock(deltas, units)
