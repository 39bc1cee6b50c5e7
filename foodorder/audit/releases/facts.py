"""All that ever happened in a cycle, institution by institution, read at once for as many as are due."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from foodorder.audit.releases import moneys, notes, parties
from foodorder.db import db
from foodorder.exchange.ocds.model import (
    Bidder,
    Food,
    Line,
    Lot,
    Moved,
    Party,
    Process,
    Record,
    Round,
    Step,
    Technique,
)
from foodorder.ordering.models.cycles import cycle_name

_CYCLE = text("""
SELECT c.*, m.zone FROM cycle c JOIN municipality m ON m.id = c.municipality_id WHERE c.id = :cycle
""")

_MOVES = text("""
SELECT id, at, split_part(action, '.', 2) AS step, body FROM trail_event
 WHERE object_type = 'cycle' AND object_id = :cycle
   AND action IN ('cycle.planned', 'cycle.replanned', 'cycle.extended')
 ORDER BY at, id
""")

_FOODS = text("""
SELECT DISTINCT f.id, f.name_sl, f.sort_key, f.cpv, f.cpv_name_sl, f.unit
  FROM cycle_offer o JOIN offer f_o ON f_o.id = o.offer_id JOIN product p ON p.id = f_o.product_id
  JOIN food_type f ON f.id = p.food_type_id
 WHERE o.cycle_id = :cycle ORDER BY f.sort_key, f.id
""")

_BIDDERS = text("""
SELECT f.producer_id, max(v.created_at) AS at,
       (SELECT array_agg(DISTINCT l.lot_id) FROM cycle_lot_offer l
         WHERE l.cycle_id = :cycle AND l.producer_id = f.producer_id) AS lots
  FROM cycle_offer o JOIN offer f ON f.id = o.offer_id JOIN offer_version v ON v.id = o.offer_version_id
 WHERE o.cycle_id = :cycle GROUP BY f.producer_id ORDER BY f.producer_id
""")

# The lots that the cycle's offers fall under, for those who may order under them; and those ordered under.
LOTS = text("""
SELECT DISTINCT t.institution_id, l.id, l.position, l.number, l.name, l.kind AS lot_kind,
       a.id AS agreement_id, a.title, a.kind
  FROM (SELECT e.institution_id, o.lot_id
          FROM cycle c
          JOIN (SELECT DISTINCT lot_id FROM cycle_lot_offer WHERE cycle_id = :cycle) o ON true
          JOIN agreement_lot n ON n.id = o.lot_id
          JOIN agreement_institution e ON e.agreement_id = n.agreement_id
           AND (e.valid_from IS NULL OR e.valid_from <= c.week + 6)
           AND (e.valid_to IS NULL OR e.valid_to >= c.week)
         WHERE c.id = :cycle
        UNION
        SELECT institution_id, lot_id FROM procurement_record
         WHERE cycle_id = :cycle AND lot_id IS NOT NULL) t
  JOIN agreement_lot l ON l.id = t.lot_id JOIN agreement a ON a.id = l.agreement_id
 WHERE t.institution_id = ANY(CAST(:institutions AS integer[]))
 ORDER BY t.institution_id, lot_kind, agreement_id, l.position, l.id
""")

_LOT_FOODS = text("""
SELECT DISTINCT lot_id, food_type_id FROM cycle_lot_offer WHERE cycle_id = :cycle
""")

_RECORDS = text("""
SELECT r.id, r.institution_id, r.producer_id, r.basis, r.lot_id, r.number, r.version, r.recorded_at,
       r.net_cents, r.change_id, h.reason
  FROM procurement_record r LEFT JOIN record_change h ON h.id = r.change_id
 WHERE r.cycle_id = :cycle AND r.institution_id = ANY(CAST(:institutions AS integer[]))
 ORDER BY r.institution_id, r.year, r.sequence, r.version
""")

_LINES = text("""
SELECT l.record_id, coalesce(l.root_id, l.id) AS root, l.name, f.cpv, f.cpv_name_sl AS cpv_name, l.unit,
       l.quantity, l.price_cents, l.net_cents, l.delivery_date
  FROM procurement_record r JOIN record_line l ON l.record_id = r.id
  JOIN product p ON p.id = l.product_id JOIN food_type f ON f.id = p.food_type_id
 WHERE r.cycle_id = :cycle AND r.institution_id = ANY(CAST(:institutions AS integer[]))
 ORDER BY l.record_id, root
""")

_BUDGETS = text("""
SELECT id, weekly_budget_cents FROM institution WHERE id = ANY(CAST(:institutions AS integer[]))
""")


def contract_number(number: str, version: int) -> str:
    """The number that all versions of a record share."""
    return number.removesuffix(f"/{version}") if version > 1 else number


def processes(cycle_id: int, ocids: Mapping[int, str], agreements: Mapping[int, str]) -> list[Process]:
    """A cycle's processes. `ocids`: of the institutions; `agreements`: of those whose lots are used."""
    where = {"cycle": cycle_id, "institutions": sorted(ocids)}
    cycle = db.session.execute(_CYCLE, {"cycle": cycle_id}).one()
    round_ = _round(cycle)
    buyers = parties.institutions(ocids)
    budgets = {row.id: row.weekly_budget_cents for row in db.session.execute(_BUDGETS, where)}
    lots = _lots(where, agreements)
    foods, food_lots = db.session.execute(_FOODS, where).all(), _food_lots(cycle_id)
    rows = db.session.execute(_RECORDS, where).all()
    offering = db.session.execute(_BIDDERS, where).all()
    sellers = parties.producers({row.producer_id for row in (*rows, *offering)})
    bidders = tuple(
        Bidder(party=sellers[row.producer_id], at=row.at, lots=frozenset(row.lots or ())) for row in offering
    )
    records = _records(rows, where, sellers)
    numbers = {
        record.id: record.number for found in records.values() for record in found
    }  # fmt: skip
    brought = notes.deliveries(where, numbers, sellers)
    invoiced, paid = moneys.moneys(where, numbers, sellers)
    return [
        Process(
            ocid=ocid, buyer=buyers[institution], round=round_, budget_cents=budgets[institution],
            foods=_foods(foods, food_lots, lots[institution]), lots=tuple(lots[institution]),
            bidders=_of_lots(bidders, lots[institution]), records=tuple(records[institution]),
            deliveries=tuple(brought[institution]), invoices=tuple(invoiced[institution]),
            payments=tuple(paid[institution]),
        )
        for institution, ocid in sorted(ocids.items())
    ]  # fmt: skip


def _round(cycle: Row[Any]) -> Round:
    moves = tuple(
        _moved(row) for row in db.session.execute(_MOVES, {"cycle": cycle.id})
    )  # fmt: skip
    return Round(
        name=cycle_name(cycle.week, cycle.sequence), week=cycle.week, days=cycle.days,
        opens_at=cycle.opens_at, closes_at=cycle.closes_at, opened_at=cycle.opened_at,
        recorded_at=cycle.recorded_at, cancelled_at=cycle.cancelled_at, reason=cycle.reason,
        zone=cycle.zone, moves=moves,
    )  # fmt: skip


def _moved(row: Row[Any]) -> Moved:
    body = json.loads(row.body)
    after = body.get("after", {})
    times = {key: datetime.fromisoformat(after[key]) for key in ("opens_at", "closes_at") if key in after}
    return Moved(
        id=row.id, step=Step(row.step), at=row.at, days=after.get("days"), reason=body.get("reason"), **times
    )


def _lots(where: Mapping[str, Any], agreements: Mapping[int, str]) -> defaultdict[int, list[Lot]]:
    found: defaultdict[int, list[Lot]] = defaultdict(list)
    for row in db.session.execute(LOTS, where):
        found[row.institution_id].append(
            Lot(
                id=row.id,
                number=row.number,
                name=row.name,
                agreement_ocid=agreements[row.agreement_id],
                agreement_title=row.title,
                technique=Technique(row.kind),
            )
        )
    return found


def _food_lots(cycle_id: int) -> dict[int, set[int]]:
    found: defaultdict[int, set[int]] = defaultdict(set)
    for row in db.session.execute(_LOT_FOODS, {"cycle": cycle_id}):
        found[row.food_type_id].add(row.lot_id)
    return found


def _foods(
    rows: Sequence[Row[Any]], food_lots: Mapping[int, Collection[int]], lots: Sequence[Lot]
) -> tuple[Food, ...]:
    """What is sold, each food under the first of the institution's lots: awarded ones come first."""
    order = [lot.id for lot in lots]
    return tuple(
        Food(
            id=row.id, name=row.name_sl, cpv=row.cpv, cpv_name=row.cpv_name_sl, unit=row.unit,
            lot=next((lot for lot in order if lot in food_lots.get(row.id, ())), None),
        )
        for row in rows
    )  # fmt: skip


def _of_lots(bidders: Sequence[Bidder], lots: Sequence[Lot]) -> tuple[Bidder, ...]:
    """The bidders, each with those of its lots that are the institution's, too."""
    own = {lot.id for lot in lots}
    return tuple(Bidder(party=one.party, at=one.at, lots=one.lots & own) for one in bidders)


def _records(
    rows: Sequence[Row[Any]], where: Mapping[str, Any], sellers: Mapping[int, Party]
) -> defaultdict[int, list[Record]]:
    lines: defaultdict[int, list[Line]] = defaultdict(list)
    for row in db.session.execute(_LINES, where):
        values = row._asdict()
        lines[values.pop("record_id")].append(Line(**values))
    found: defaultdict[int, list[Record]] = defaultdict(list)
    for row in rows:
        found[row.institution_id].append(
            Record(
                id=row.id,
                number=contract_number(row.number, row.version),
                version=row.version,
                recorded_at=row.recorded_at,
                producer=sellers[row.producer_id],
                basis=row.basis,
                lot=row.lot_id,
                net_cents=row.net_cents,
                lines=tuple(lines[row.id]),
                later=row.change_id is not None,
                reason=row.reason,
            )
        )
    return found
