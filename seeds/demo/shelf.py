"""What a kitchen finds on sale and may lawfully order: by the same reading as its order page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from foodorder.db import db
from foodorder.ordering.bases import Bases, price_under
from foodorder.ordering.lawful import bases_of
from foodorder.ordering.terms import SCHOOLS
from foodorder.rules.agreements import Basis
from foodorder.rules.sourcing import Better
from seeds.demo.shapes import Product
from seeds.demo.supply import Offered

_KITCHEN = text("""
SELECT c.id AS cycle_id, i.id AS institution_id, c.municipality_id, c.week, m.lawful_basis,
       foodorder_clock() AS clock, i.kind, c.days, c.school_days
  FROM cycle c JOIN municipality m ON m.id = c.municipality_id
  JOIN institution i ON i.id = :institution
 WHERE c.id = :cycle
""")

_ON_SALE = text("""
SELECT o.id AS offer_id, o.product_id, o.producer_id, p.name AS producer, pr.food_type_id, v.price_cents,
       co.days, o.stock_kind, o.available, o.taken
  FROM cycle_offer co
  JOIN offer o ON o.id = co.offer_id AND o.state = 'published'
  JOIN offer_version v ON v.id = co.offer_version_id
  JOIN product pr ON pr.id = o.product_id
  JOIN producer p ON p.id = o.producer_id
 WHERE co.cycle_id = :cycle
""")


@dataclass(frozen=True, slots=True)
class Shelf:
    """The offers that a kitchen may order, their numbers in the database, what others took; by product."""

    offers: list[Offered]
    numbers: dict[str, int]
    taken: dict[str, int]


def shelf(
    cycle_id: int, institution_id: int, codes: Mapping[int, str], products: Mapping[str, Product]
) -> Shelf:
    """What the institution may order of the cycle now. `codes`: the world's code of each product.

    Of a kind that is called off under lots nothing is bought beside them, even where the threshold would
    still allow it.
    """
    row = db.session.execute(_KITCHEN, {"cycle": cycle_id, "institution": institution_id}).one()
    on_sale = {one.offer_id: one for one in db.session.execute(_ON_SALE, {"cycle": cycle_id})}
    days = row.school_days if row.kind in SCHOOLS else row.days
    bases = bases_of(row, on_sale, {}, whole_cycle=True)
    db.session.rollback()
    under_lots = {
        bases.needs[on_sale[number].food_type_id].kind
        for number, choice in bases.choices.items()
        if choice.basis == Basis.CALL_OFF and on_sale[number].food_type_id in bases.needs
    }
    ours = {
        number: codes[on_sale[number].product_id]
        for number, choice in bases.choices.items()
        if on_sale[number].product_id in codes
        and (choice.basis != Basis.EVIDENCE or choice.need is None or choice.need.kind not in under_lots)
    }
    found = [
        offered
        for number, code in sorted(ours.items(), key=lambda item: item[1])
        if (offered := _offered(products[code], on_sale[number], days, bases, ours)).days
    ]
    return Shelf(
        found,
        {code: number for number, code in ours.items()},
        {code: on_sale[number].taken for number, code in ours.items()},
    )


def _offered(product: Product, row: Any, open_days: int, bases: Bases, ours: Mapping[int, str]) -> Offered:
    choice = bases.choices[row.offer_id]
    lot, behind, days = choice.candidate, [], row.days & open_days
    # Where the basis changes within the week, the days of the first.
    for weekday, other in bases.by_day.get(row.offer_id, {}).items():
        days &= ~(0 if other == choice else 1 << weekday)
    for better in lot.better if lot else ():
        if better.offer in ours:
            behind.append(ours[better.offer])
        else:
            days &= ~_comes(better)
    return Offered(
        product=product.code,
        producer=product.producer,
        food_type=product.food_type,
        price_cents=price_under(choice, row.price_cents),
        days=days,
        stock_kind=row.stock_kind,
        available=row.available,
        behind=tuple(behind),
    )


def _comes(better: Better) -> int:
    """The days on which an offer that is none of the demo's comes first."""
    return better.days if better.left is None or better.left >= better.least else 0
