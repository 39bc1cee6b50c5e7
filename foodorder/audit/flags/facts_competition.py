"""Facts about competition: our cycles, lots and sales as the processes of OCDS Cardinal."""

from typing import Any

from sqlalchemy import text

from foodorder.audit.flags.scope import Scope, rows
from foodorder.ordering.models import cycle_name
from foodorder.rules.red_flags.competition import CycleOffers, LotCase, SoldCode
from foodorder.rules.red_flags.model import Party
from foodorder.rules.red_flags.ocds import Award, AwardStatus, Bid, BidStatus, Process

_CYCLES = text("""
SELECT c.id, c.week, c.sequence, c.opens_at, c.closes_at,
       coalesce(jsonb_agg(DISTINCT jsonb_build_array(x.food_type_id, o.producer_id, v.price_cents, p.name))
                FILTER (WHERE o.id IS NOT NULL), '[]') AS offers
  FROM cycle c
  LEFT JOIN cycle_offer co ON co.cycle_id = c.id
  LEFT JOIN offer o ON o.id = co.offer_id
  LEFT JOIN offer_version v ON v.id = co.offer_version_id
  LEFT JOIN product x ON x.id = o.product_id
  LEFT JOIN producer p ON p.id = o.producer_id
 WHERE c.municipality_id = :municipality AND c.recorded_at IS NOT NULL AND c.week BETWEEN :first AND :last
 GROUP BY c.id
 ORDER BY c.week, c.sequence
""")

_LOTS = text("""
SELECT a.id AS agreement, a.title, t.id AS lot, t.number, t.name, greatest(a.valid_from, :first) AS day,
       coalesce((SELECT jsonb_agg(DISTINCT jsonb_build_array(s.producer_id, p.name))
                   FROM lot_supplier s JOIN producer p ON p.id = s.producer_id
                  WHERE s.lot_id = t.id AND s.valid_from <= :last
                    AND (s.valid_to IS NULL OR s.valid_to >= :first)), '[]') AS suppliers,
       coalesce((SELECT jsonb_agg(DISTINCT jsonb_build_array(q.producer_id, p.name, q.state))
                   FROM lot_application q JOIN producer p ON p.id = q.producer_id
                  WHERE q.lot_id = t.id AND q.state <> 'withdrawn'
                    AND q.applied_at < CAST(:last AS date) + 1), '[]') AS applications
  FROM agreement a
  JOIN agreement_lot t ON t.agreement_id = a.id AND t.kind = 'awarded'
 WHERE a.municipality_id = :municipality AND a.state <> 'draft'
   AND a.valid_from <= :last AND a.valid_to >= :first
 ORDER BY a.id, t.position
""")

_CODES = text("""
SELECT s.producer_id, p.name AS producer, t.cpv, count(*)::int AS cells, sum(s.net_cents)::bigint AS cents,
       min(s.month) AS first, (max(s.month) + interval '1 month - 1 day')::date AS last
  FROM institution i
  JOIN spend_cell s ON s.institution_id = i.id AND s.month BETWEEN :since AND :last
  JOIN producer p ON p.id = s.producer_id AND p.kind <> 'cooperative'
  JOIN food_type t ON t.id = s.food_type_id
 WHERE i.municipality_id = :municipality
 GROUP BY s.producer_id, p.name, t.cpv
HAVING sum(s.net_cents) > 0
 ORDER BY s.producer_id, t.cpv
 LIMIT :most
""")


def cycle_offers(scope: Scope) -> list[CycleOffers]:
    """The month's recorded cycles with what each producer asked for each food."""
    return [
        CycleOffers(
            row.id,
            cycle_name(row.week, row.sequence),
            row.week,
            Process(str(row.id), opens=row.opens_at, closes=row.closes_at),
            [(food, producer, cents) for food, producer, cents, _name in row.offers],
            {producer: name for _food, producer, _cents, name in row.offers},
        )
        for row in rows(_CYCLES, scope)
    ]


def lot_cases(scope: Scope) -> list[LotCase]:
    """The awarded lots in force in the month, with their suppliers and applications."""
    return [_lot(row) for row in rows(_LOTS, scope)]


def _lot(row: Any) -> LotCase:
    suppliers = {str(producer): name for producer, name in row.suppliers}
    applied = {str(producer): name for producer, name, _state in row.applications}
    refused = [
        str(producer)
        for producer, _name, state in row.applications
        if state == "refused" and str(producer) not in suppliers
    ]
    bids = [
        *(Bid(BidStatus.VALID, (name,)) for name in suppliers),
        *(Bid(BidStatus.DISQUALIFIED, (name,)) for name in refused),
    ]
    process = Process(
        str(row.lot),
        method="open",
        tenderers=len(suppliers | applied),
        bids=tuple(bids),
        awards=tuple(Award(AwardStatus.ACTIVE, (name,)) for name in suppliers),
    )
    name = f"{row.title}, {row.number} {row.name}"
    return LotCase(row.agreement, row.lot, name, row.day, process, suppliers | applied)


def sold_codes(scope: Scope) -> list[SoldCode]:
    """What producers sold of each CPV code in twelve months, but for cooperatives."""
    return [
        SoldCode(
            Party(row.producer_id, row.producer), row.cpv, row.cells, row.cents, row.first, row.last
        )
        for row in rows(_CODES, scope)
    ]  # fmt: skip
