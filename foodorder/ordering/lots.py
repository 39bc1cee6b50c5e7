"""The offers of a cycle that fall under lots: rank and agreed price are frozen with the offer.

A lot covers an offer when it buys the food, its agreement is in force in the delivery week, and the producer
is a supplier with an agreed price; in an open lot (exempted lots) whoever is admitted. A lot for goods of a
certificate scheme covers only products whose certificate holds in the whole week.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from foodorder.db import db

_FREEZE = """
INSERT INTO cycle_lot_offer (cycle_id, offer_id, lot_id, producer_id, food_type_id, rank, price_cents,
                             agreed_price_id)
SELECT c.id, o.id, l.id, o.producer_id, pr.food_type_id, s.rank, p.price_cents, p.id
  FROM cycle c
  JOIN cycle_offer co ON co.cycle_id = c.id
  JOIN offer o ON o.id = co.offer_id
  JOIN product pr ON pr.id = o.product_id
  JOIN lot_food_type lf ON lf.food_type_id = pr.food_type_id
  JOIN agreement_lot l ON l.id = lf.lot_id
  JOIN agreement a ON a.id = l.agreement_id AND a.municipality_id = c.municipality_id
                  AND a.state = 'in_force' AND a.valid_from <= c.week + 6 AND c.week <= a.valid_to
  LEFT JOIN lot_supplier s ON s.lot_id = l.id AND s.producer_id = o.producer_id
                          AND s.valid_from <= c.week AND (s.valid_to IS NULL OR c.week <= s.valid_to)
  LEFT JOIN LATERAL (
       SELECT id, price_cents FROM agreed_price
        WHERE lot_id = l.id AND producer_id = o.producer_id AND food_type_id = pr.food_type_id
          AND (product_id IS NULL OR product_id = pr.id) AND valid_from <= c.week
        ORDER BY product_id IS NULL, valid_from DESC, id DESC LIMIT 1) p ON true
 WHERE c.id = :cycle AND (l.mode = 'open' OR (s.id IS NOT NULL AND p.id IS NOT NULL))
   AND (l.scheme IS NULL OR EXISTS (
        SELECT FROM product_certificate pc JOIN certificate t ON t.id = pc.certificate_id
         WHERE pc.product_id = pr.id AND t.scheme = l.scheme
           AND t.valid_from <= c.week AND c.week + 6 <= t.valid_to)) {only}
ON CONFLICT (cycle_id, offer_id, lot_id) DO NOTHING
"""
_ALL = text(_FREEZE.format(only=""))
_SOME = text(_FREEZE.format(only="AND o.id = ANY(CAST(:offers AS integer[]))"))

# By the same conditions, before any cycle: which agreed prices hold for a producer's products in a week.
_AGREED = text("""
SELECT pr.id, m.name, l.number, p.price_cents
  FROM product pr
  JOIN lot_food_type lf ON lf.food_type_id = pr.food_type_id
  JOIN agreement_lot l ON l.id = lf.lot_id
  JOIN agreement a ON a.id = l.agreement_id AND a.state = 'in_force'
                  AND a.valid_from <= CAST(:week AS date) + 6 AND :week <= a.valid_to
  JOIN municipality m ON m.id = a.municipality_id
  JOIN lot_supplier s ON s.lot_id = l.id AND s.producer_id = pr.producer_id
                     AND s.valid_from <= :week AND (s.valid_to IS NULL OR :week <= s.valid_to)
  JOIN LATERAL (
       SELECT price_cents FROM agreed_price
        WHERE lot_id = l.id AND producer_id = pr.producer_id AND food_type_id = pr.food_type_id
          AND (product_id IS NULL OR product_id = pr.id) AND valid_from <= :week
        ORDER BY product_id IS NULL, valid_from DESC, id DESC LIMIT 1) p ON true
 WHERE pr.producer_id = :producer AND pr.active
   AND (l.scheme IS NULL OR EXISTS (
        SELECT FROM product_certificate pc JOIN certificate t ON t.id = pc.certificate_id
         WHERE pc.product_id = pr.id AND t.scheme = l.scheme
           AND t.valid_from <= :week AND CAST(:week AS date) + 6 <= t.valid_to))
 ORDER BY m.sort_key, a.id, l.position
""")


@dataclass(frozen=True, slots=True)
class Agreed:
    """A price that holds whatever the offer says: whose lot, net cents of one unit."""

    municipality: str
    lot: str
    price_cents: int


def agreed_prices(producer_id: int, week: date) -> dict[int, list[Agreed]]:
    """The agreed prices of a producer's products in a delivery week (its Monday), by product."""
    found: dict[int, list[Agreed]] = {}
    for product, *agreed in db.session.execute(_AGREED, {"producer": producer_id, "week": week}):
        found.setdefault(product, []).append(Agreed(*agreed))
    return found


def freeze_lots(cycle_id: int, offers: Collection[int] | None = None) -> None:
    """Note which lots cover the offers that a cycle sells, or some of them that it took up late."""
    if offers is None:
        db.session.execute(_ALL, {"cycle": cycle_id})
    else:
        db.session.execute(_SOME, {"cycle": cycle_id, "offers": list(offers)})
