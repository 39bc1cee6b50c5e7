"""What a cycle sells to one kitchen: offers with farm of origin, price as paid, marks and what is left.

Two statements, however many offers there are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import text

from foodorder.db import db
from foodorder.ordering.bases import Bases, price_under
from foodorder.ordering.comparison import criteria_of, lot_seed
from foodorder.ordering.farms import Farm, Taxes
from foodorder.ordering.lawful import Holding, bases_of
from foodorder.ordering.shelf import Food, Group, Line, Mark, OnDay, Point
from foodorder.ordering.standing import put_in_order
from foodorder.ordering.terms import left_for
from foodorder.rules.allocation import lot
from foodorder.rules.calendar import dates_of, days_mask
from foodorder.rules.certificates import QUALITY_SCHEMES, Held, valid_on
from foodorder.rules.errors import Refusal
from foodorder.rules.geography import air_metres
from foodorder.rules.offers import days_in_season
from foodorder.rules.sourcing import Choice
from foodorder.rules.vat import TaxType, price_paid_cents

__all__ = ["Food", "Group", "Line", "Mark", "Market", "OnDay", "Point", "day_of", "read_market"]

_OFFERS = text("""
SELECT co.offer_id, pr.id AS product_id, o.producer_id, p.name AS producer, pr.food_type_id, v.farm_id,
       v.name, v.unit, v.price_cents, co.days, v.order_step, v.pack, v.minimum_quantity, v.grams_per_unit,
       v.allergens, v.traces, o.stock_kind, o.available, o.taken, v.harvest_hours, p.kind,
       o.state = 'published' AND coalesce(a.state = 'admitted', false) AS published
  FROM cycle_offer co
  JOIN offer o ON o.id = co.offer_id
  JOIN offer_version v ON v.id = co.offer_version_id
  JOIN product pr ON pr.id = o.product_id
  JOIN producer p ON p.id = o.producer_id
  LEFT JOIN admission a ON a.producer_id = o.producer_id AND a.municipality_id = :municipality
 WHERE co.cycle_id = :cycle
""")


class Sold(NamedTuple):
    """A row of _OFFERS: a plain tuple, for its columns are read thousands of times."""

    offer_id: int
    product_id: int
    producer_id: int
    producer: str
    food_type_id: int
    farm_id: int
    name: str
    unit: str
    price_cents: int
    days: int
    order_step: int
    pack: int | None
    minimum_quantity: int
    grams_per_unit: int
    allergens: list[int]
    traces: list[int]
    stock_kind: str
    available: int | None
    taken: int
    harvest_hours: int | None
    kind: str
    published: bool


# What many offers share, read once: producers, farms, food types, certificates by product.
_BESIDE = text("""
WITH sold AS (
    SELECT DISTINCT o.product_id, o.producer_id, v.farm_id, pr.food_type_id
      FROM cycle_offer co JOIN offer o ON o.id = co.offer_id JOIN product pr ON pr.id = o.product_id
      JOIN offer_version v ON v.id = co.offer_version_id
     WHERE co.cycle_id = :cycle
)
SELECT (SELECT json_agg(json_build_array(p.id, p.name, p.tax_type, coalesce(a.minimum_cents, 0), (
                   SELECT json_agg(json_build_array(valid_from, valid_to))
                     FROM permit WHERE producer_id = p.id AND kind = 'flat_rate')) ORDER BY p.sort_key, p.id)
          FROM producer p
          LEFT JOIN admission a ON a.producer_id = p.id AND a.municipality_id = :municipality
         WHERE p.id IN (SELECT producer_id FROM sold)) AS producers,
       (SELECT json_agg(json_build_array(
                   id, name, village || CASE country WHEN 'SI' THEN '' ELSE ' (' || country || ')' END,
                   latitude, longitude))
          FROM farm WHERE id IN (SELECT farm_id FROM sold)) AS farms,
       (SELECT json_agg(json_build_array(f.id, g.id, g.code, g.name_sl, g.name_en, f.name_sl, f.name_en,
                                         f.unit, f.months, f.vat_class) ORDER BY g.position, f.sort_key, f.id)
          FROM food_type f JOIN food_group g ON g.id = f.food_group_id
         WHERE f.id IN (SELECT food_type_id FROM sold)) AS foods,
       (SELECT json_agg(json_build_array(pc.product_id, c.scheme, c.valid_from, c.valid_to) ORDER BY c.id)
          FROM product_certificate pc JOIN certificate c ON c.id = pc.certificate_id
         WHERE pc.product_id IN (SELECT product_id FROM sold)
           AND c.valid_to >= :week AND c.valid_from <= :week + 6) AS certificates
""")


def _marks(rows: Iterable[list[Any]], monday: date) -> dict[int, tuple[Mark, ...]]:
    """The certificates of each product with the weekdays on which they are valid, each scheme once."""
    found: dict[int, dict[str, int]] = {}
    week = [monday + timedelta(days=weekday) for weekday in range(7)]
    masks: dict[tuple[str, str], int] = {}
    for product, scheme, valid_from, valid_to in rows:
        span = valid_from, valid_to
        if span not in masks:
            held = Held(scheme, date.fromisoformat(valid_from), date.fromisoformat(valid_to))
            masks[span] = days_mask(day.weekday() for day in week if valid_on(held, day))
        schemes = found.setdefault(product, {})
        schemes[scheme] = schemes.get(scheme, 0) | masks[span]
    return {product: tuple(Mark(*item) for item in schemes.items()) for product, schemes in found.items()}


@dataclass(slots=True)
class Market:
    """What the cycle sells, put together."""

    farms: dict[int, Farm]
    foods: dict[int, Food]
    groups: list[Group]
    lines: dict[int, Line]
    taxes: Taxes
    bases: Bases

    def bp_of(self, line: Line, day: date) -> int:
        """The rate of a line delivered on a day, basis points. Raises RateUnknown."""
        return self.taxes.bp_of(self.farms[line.producer], line.vat_class, day)


def read_market(row: Any, point: Point, open_days: int, taxes: Taxes, held: Mapping[int, Holding]) -> Market:
    """All offers of the cycle as one kitchen sees them from one door; `held`: what its order holds."""
    keys = {"cycle": row.cycle_id, "municipality": row.municipality_id, "week": row.week}
    beside = db.session.execute(_BESIDE, keys).one()
    farms = {
        number: Farm(number, name, TaxType(tax), minimum, _spans(permits or ()))
        for number, name, tax, minimum, permits in beside.producers or ()
    }
    places = {
        number: (name, village, air_metres(latitude, longitude, point.latitude, point.longitude))
        for number, name, village, latitude, longitude in beside.farms or ()
    }
    foods, groups = _foods(beside.foods or ())
    marks = _marks(beside.certificates or (), row.week)
    offers = {row[0]: Sold(*row) for row in db.session.execute(_OFFERS, keys).all()}
    bases = bases_of(row, offers, held, whole_cycle=True)
    lines: dict[int, Line] = {}
    seasons: dict[tuple[int, int], bool] = {}
    rates: dict[tuple[int, str, int], int] = {}
    seed = lot_seed(row.cycle_id)
    for offer in offers.values():
        food = foods[offer.food_type_id]
        days = offer.days & open_days
        taxed = offer.producer_id, food.vat_class, offer.days
        if taxed not in rates:
            first = row.week + timedelta(days=(offer.days & -offer.days).bit_length() - 1)
            rates[taxed] = taxes.bp_of(farms[offer.producer_id], food.vat_class, first)
        bp = rates[taxed]
        if (food.id, days) not in seasons:
            seasons[food.id, days] = bool(days_in_season(food.months, dates_of(row.week, days)))
        certificates = marks.get(offer.product_id, ())
        organic, quality = _counted(certificates) if certificates else (0, 0)
        basis, refusal = bases.choices.get(offer.offer_id), bases.refusals.get(offer.offer_id)
        by_day = None
        if offer.offer_id in bases.by_day:
            by_day = _by_day(bases, offer, days, bp, row)
            basis, refusal = _first(by_day, basis, refusal)
        price = price_under(basis, offer.price_cents)
        mine = held.get(offer.offer_id)
        farm, village, metres = places[offer.farm_id]
        lines[offer.offer_id] = Line(
            offer.offer_id,
            offer.product_id,
            offer.producer_id,
            offer.name,
            farm,
            village,
            metres,
            offer.unit,
            price,
            price_paid_cents(price, bp, buyer_deducts=row.vat_payer),
            bp,
            food.vat_class,
            days,
            offer.order_step,
            offer.pack,
            offer.minimum_quantity,
            offer.grams_per_unit,
            tuple(offer.allergens),
            tuple(offer.traces),
            certificates,
            organic,
            quality,
            offer.stock_kind,
            offer.available,
            offer.taken,
            left_for(offer, mine.quantity if mine else 0),
            seasons[food.id, days],
            offer.published,
            lot(seed, offer.offer_id),
            food.id,
            basis,
            refusal,
            offer.harvest_hours,
            offer.kind,
            by_day=by_day if by_day and len(set(by_day.values())) > 1 else None,
        )
        food.lines.append(lines[offer.offer_id])
    put_in_order((food.lines for food in foods.values()), criteria_of(row.cycle_id))
    return Market(farms, foods, groups, lines, taxes, bases)


def _counted(marks: Iterable[Mark]) -> tuple[int, int]:
    """Weekdays that count as organic, and those that count for other quality schemes: organic comes first."""
    organic = quality = 0
    for mark in marks:
        if mark.scheme == "organic":
            organic |= mark.days
        elif mark.scheme in QUALITY_SCHEMES:
            quality |= mark.days
    return organic, quality & ~organic


def _by_day(bases: Bases, offer: Any, days: int, bp: int, row: Any) -> dict[int, OnDay]:
    """What holds of an offer on each of the weekdays on which this kitchen can have it."""
    found = {}
    for day in dates_of(row.week, days):
        held = bases.on(offer.offer_id, day)
        price = price_under(held, offer.price_cents)
        found[day.weekday()] = OnDay(
            held if isinstance(held, Choice) else None,
            held if isinstance(held, Refusal) else None,
            price,
            price_paid_cents(price, bp, buyer_deducts=row.vat_payer),
        )
    return found


def _first(
    by_day: Mapping[int, OnDay], basis: Choice | None, refusal: Refusal | None
) -> tuple[Choice | None, Refusal | None]:
    """The basis of the first day that has one; why there is none if no day has; else as it was."""
    chosen = next((one.basis for one in by_day.values() if one.basis), None)
    if chosen is not None or not by_day:
        return chosen or basis, None if chosen else refusal
    return None, next(iter(by_day.values())).refusal


def _spans(permits: Iterable[list[Any]]) -> tuple[tuple[date, date | None], ...]:
    return tuple((date.fromisoformat(first), day_of(last)) for first, last in permits)


def _foods(rows: Iterable[list[Any]]) -> tuple[dict[int, Food], list[Group]]:
    foods: dict[int, Food] = {}
    groups: dict[int, Group] = {}
    for food, group, code, group_sl, group_en, name_sl, name_en, unit, months, vat_class in rows:
        foods[food] = Food(food, name_sl, name_en, unit, frozenset(months), vat_class)
        groups.setdefault(group, Group(code, group_sl, group_en)).foods.append(foods[food])
    return foods, list(groups.values())


def day_of(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
