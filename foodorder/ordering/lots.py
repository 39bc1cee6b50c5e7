"""The offers of a cycle that fall under lots: rank and agreed price are frozen with the offer, by weekday.

A lot covers an offer on the days on which it buys the food, the producer is a supplier, and a price is
agreed; an open lot (exempted lots) takes whoever is admitted. A lot for goods of a certificate scheme covers
a product on the days on which its certificate holds. Most offers have one row for the whole week. The
agreement's term and who is entitled are read live: an amendment reaches cycles that are open.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from foodorder.db import db
from foodorder.rules.calendar import EVERY_DAY

# What is the same on several days is one row.
_FREEZE = """
INSERT INTO cycle_lot_offer (cycle_id, offer_id, lot_id, days, producer_id, food_type_id, rank, price_cents,
                             agreed_price_id)
SELECT c.id, o.id, l.id, sum(1 << (d.day - c.week)), o.producer_id, pr.food_type_id, s.rank, p.price_cents,
       p.id
  FROM cycle c
  JOIN cycle_offer co ON co.cycle_id = c.id
  JOIN offer o ON o.id = co.offer_id
  JOIN product pr ON pr.id = o.product_id
  JOIN lot_food_type lf ON lf.food_type_id = pr.food_type_id
  JOIN agreement_lot l ON l.id = lf.lot_id
  JOIN agreement a ON a.id = l.agreement_id AND a.municipality_id = c.municipality_id
                  AND a.state = 'in_force' AND a.valid_from <= c.week + 6 AND c.week <= a.valid_to
 CROSS JOIN LATERAL (SELECT c.week + weekday AS day FROM generate_series(0, 6) AS weekday) d
  LEFT JOIN lot_supplier s ON s.lot_id = l.id AND s.producer_id = o.producer_id
                          AND s.valid_from <= d.day AND (s.valid_to IS NULL OR d.day <= s.valid_to)
  LEFT JOIN LATERAL (
       SELECT id, price_cents FROM agreed_price
        WHERE lot_id = l.id AND producer_id = o.producer_id AND food_type_id = pr.food_type_id
          AND (product_id IS NULL OR product_id = pr.id) AND valid_from <= d.day
        ORDER BY product_id IS NULL, valid_from DESC, id DESC LIMIT 1) p ON true
 WHERE c.id = :cycle AND (l.mode = 'open' OR (s.id IS NOT NULL AND p.id IS NOT NULL))
   AND (l.scheme IS NULL OR EXISTS (
        SELECT FROM product_certificate pc JOIN certificate t ON t.id = pc.certificate_id
         WHERE pc.product_id = pr.id AND t.scheme = l.scheme
           AND d.day BETWEEN t.valid_from AND t.valid_to)) {only}
 GROUP BY c.id, o.id, l.id, pr.food_type_id, s.rank, p.price_cents, p.id
ON CONFLICT DO NOTHING
"""
_ALL = text(_FREEZE.format(only=""))
_SOME = text(_FREEZE.format(only="AND o.id = ANY(CAST(:offers AS integer[]))"))

# By the same conditions, before any cycle: which agreed prices hold for a producer's products in a week.
_AGREED = text("""
SELECT pr.id, m.name, l.number, p.price_cents,
       sum(1 << (d.day - CAST(:week AS date)))::integer AS days
  FROM product pr
  JOIN lot_food_type lf ON lf.food_type_id = pr.food_type_id
  JOIN agreement_lot l ON l.id = lf.lot_id
  JOIN agreement a ON a.id = l.agreement_id AND a.state = 'in_force'
  JOIN municipality m ON m.id = a.municipality_id
 CROSS JOIN LATERAL (SELECT CAST(:week AS date) + weekday AS day FROM generate_series(0, 6) AS weekday) d
  JOIN lot_supplier s ON s.lot_id = l.id AND s.producer_id = pr.producer_id
                     AND s.valid_from <= d.day AND (s.valid_to IS NULL OR d.day <= s.valid_to)
  JOIN LATERAL (
       SELECT price_cents FROM agreed_price
        WHERE lot_id = l.id AND producer_id = pr.producer_id AND food_type_id = pr.food_type_id
          AND (product_id IS NULL OR product_id = pr.id) AND valid_from <= d.day
        ORDER BY product_id IS NULL, valid_from DESC, id DESC LIMIT 1) p ON true
 WHERE pr.producer_id = :producer AND pr.active AND d.day BETWEEN a.valid_from AND a.valid_to
   AND (l.scheme IS NULL OR EXISTS (
        SELECT FROM product_certificate pc JOIN certificate t ON t.id = pc.certificate_id
         WHERE pc.product_id = pr.id AND t.scheme = l.scheme
           AND d.day BETWEEN t.valid_from AND t.valid_to))
 GROUP BY pr.id, m.name, m.sort_key, a.id, l.id, p.price_cents
 ORDER BY m.sort_key, a.id, l.position, min(d.day)
""")


@dataclass(frozen=True, slots=True)
class Agreed:
    """A price that holds whatever the offer says: whose lot, net cents of one unit, on which weekdays."""

    municipality: str
    lot: str
    price_cents: int
    days: int

    @property
    def whole_week(self) -> bool:
        """Whether it holds on every day of the week."""
        return self.days == EVERY_DAY


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
