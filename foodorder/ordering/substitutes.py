"""What may come instead of an ordered line, among the offers of the same cycle (rules/substitution.py)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import Row, text

from foodorder.catalogue.models import StockKind
from foodorder.db import db
from foodorder.ordering.comparison import Goods, compare, criteria_of, read_goods, seen_from
from foodorder.ordering.lawful import holdings
from foodorder.ordering.terms import Situation, situation
from foodorder.rules.agreements import Substitution
from foodorder.rules.allergens import Declaration
from foodorder.rules.errors import Refusal
from foodorder.rules.substitution import Candidate, Ordered, check_substitute, needed_schemes, needs_consent
from foodorder.rules.vat import price_paid_cents

_LINE = text("""
SELECT l.id, l.cycle_id, l.institution_id, l.offer_id, l.delivery_point_id, l.delivery_date, l.name, l.unit,
       coalesce(CAST(:quantity AS bigint), l.quantity) AS quantity, l.price_cents, l.vat_bp, l.order_step,
       l.substitution, v.allergens, v.traces,
       pr.food_type_id, i.vat_payer, lot.scheme, d.latitude, d.longitude, s.order_id,
       (SELECT json_agg(ce.scheme)
          FROM product_certificate pc JOIN certificate ce ON ce.id = pc.certificate_id
         WHERE pc.product_id = l.product_id
           AND l.delivery_date BETWEEN ce.valid_from AND ce.valid_to) AS schemes
  FROM order_line l
  JOIN order_submission s ON s.id = l.submission_id
  JOIN institution i ON i.id = l.institution_id
  JOIN delivery_point d ON d.id = l.delivery_point_id
  JOIN offer_version v ON v.id = l.offer_version_id
  JOIN product pr ON pr.id = l.product_id
  LEFT JOIN agreement_lot lot ON lot.id = l.lot_id
 WHERE l.id = :line
""")

# Lines that count, of offers that were withdrawn or hold less than was asked of them.
_SHORT = text("""
SELECT l.id, l.offer_id, l.name, l.unit, l.quantity, l.delivery_date, l.substitution, l.delivery_point_id,
       d.name AS delivery_point, p.name AS producer, o.state, o.available, o.taken, o.withdrawn_reason
  FROM weekly_order w
  JOIN order_line l ON l.submission_id = w.current_submission_id
  JOIN offer o ON o.id = l.offer_id
  JOIN producer p ON p.id = o.producer_id
  JOIN delivery_point d ON d.id = l.delivery_point_id
 WHERE w.cycle_id = :cycle AND w.institution_id = :institution
   AND (o.state = 'withdrawn' OR o.taken > o.available)
 ORDER BY l.delivery_date, l.name, l.id
""")

_LINES = text("""
SELECT l.id FROM weekly_order w
  JOIN order_line l ON l.submission_id = w.current_submission_id AND l.offer_id = :offer
 WHERE w.cycle_id = :cycle AND w.institution_id = :institution
 ORDER BY l.id
""")


@dataclass(frozen=True, slots=True)
class Substitute:
    """An offer that may come instead, best first by the published criteria; `quantity` in thousandths."""

    offer: int
    name: str
    producer: str
    farm: str
    unit: str
    paid_cents: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What may come instead of a line: whether the kitchen is asked first, or why nothing may come.

    `refused`: the other offers of the food type (name, producer) with what speaks against each.
    """

    line: Row[Any]
    substitutes: tuple[Substitute, ...]
    ask: bool
    never: Refusal | None
    refused: tuple[tuple[str, str, Refusal], ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What was read for a line and serves the other lines of its order too; see substitutes_for."""

    orders: dict[int, Situation] = field(default_factory=dict)
    goods: dict[tuple[int, int, date], dict[int, Goods]] = field(default_factory=dict)

    def meets(self, line: Any) -> dict[int, Goods]:
        """The offers of the line's food on its day, from its door."""
        key, place = (line.order_id, line.food_type_id, line.delivery_date), (line.latitude, line.longitude)
        if line.order_id not in self.orders:
            self.orders[line.order_id] = situation(line.order_id)
        now = self.orders[line.order_id]
        if key not in self.goods:
            self.goods[key] = read_goods(now.row, now.days, holdings(now), place, key[1:2], key[2])
        return seen_from(self.goods[key], place)


def substitutes_for(order_line_id: int, quantity: int | None = None, known: Known | None = None) -> Answer:
    """What may come instead of an order line on its day at its door, for its whole quantity or so much of it.

    `known` is given where lines of one order are asked for one after the other, at the same moment.
    Raises NoResultFound when there is no such line.
    """
    line = db.session.execute(_LINE, {"line": order_line_id, "quantity": quantity}).one()
    try:
        ask = needs_consent(Substitution(line.substitution))
    except Refusal as refusal:
        return Answer(line, (), False, refusal, ())
    goods, day = (known or Known()).meets(line), line.delivery_date
    ordered = _ordered(line)
    fit: list[Goods] = []
    refused: list[tuple[str, str, Refusal]] = []
    for one in goods.values():
        if one.offer == line.offer_id or one.row.food_type_id != line.food_type_id:
            continue
        try:
            if (barred := one.refusal_on(day)) is not None:
                raise barred
            check_substitute(replace(ordered, quantity=_enough(one, line)), _candidate(one, day))
            fit.append(one)
        except Refusal as refusal:
            refused.append((one.row.name, one.row.producer, refusal))
    best = _ranks(line.cycle_id, goods)
    fit.sort(key=lambda one: (best.get(one.offer, len(best)), one.paid_cents, one.offer))
    return Answer(line, tuple(_substitute(one, line) for one in fit), ask, None, tuple(refused))


def _ordered(line: Any) -> Ordered:
    return Ordered(
        line.food_type_id,
        line.unit,
        line.quantity,
        line.delivery_date,
        price_paid_cents(line.price_cents, line.vat_bp, buyer_deducts=line.vat_payer),
        Declaration(frozenset(line.allergens), frozenset(line.traces)),
        needed_schemes(line.schemes or (), line.scheme),
    )


def _candidate(goods: Goods, day: date) -> Candidate:
    row = goods.row
    return Candidate(
        row.food_type_id,
        row.unit,
        goods.paid_cents,
        Declaration(frozenset(row.allergens), frozenset(row.traces)),
        goods.schemes_on(day.weekday()),
        goods.days,
        None if row.stock_kind == StockKind.UNLIMITED else max(int(row.available - row.taken), 0),
        row.published,
    )


def _ranks(cycle_id: int, goods: dict[int, Goods]) -> dict[int, int]:
    """The place of each offer by the published criteria."""
    fields = [field for found in compare(cycle_id, goods, criteria_of(cycle_id)).values() for field in found]
    scored = sorted(
        (-score.total, score.offered.lot, score.offered.offer) for f in fields for score in f.scores
    )
    return {offer: place for place, (_total, _lot, offer) in enumerate(scored)}


def _substitute(goods: Goods, line: Any) -> Substitute:
    row = goods.row
    return Substitute(
        goods.offer,
        row.name,
        row.producer,
        row.farm,
        row.unit,
        goods.paid_cents,
        _enough(goods, line),
    )


def _enough(goods: Goods, line: Any) -> int:
    """The line's quantity, raised to the offer's step and least quantity."""
    least = max(int(line.quantity), int(goods.row.minimum_quantity))
    return least + -least % int(goods.row.order_step)


def short_lines(cycle_id: int, institution_id: int) -> Sequence[Row[Any]]:
    """The lines of the submitted order whose offer was withdrawn, or holds less than was asked of it."""
    return db.session.execute(_SHORT, {"cycle": cycle_id, "institution": institution_id}).all()


def substitutes_of_offer(cycle_id: int, institution_id: int, offer_id: int) -> list[str]:
    """Who could bring the same food instead, in words for a message: "name, producer", each once."""
    keys = {"cycle": cycle_id, "institution": institution_id, "offer": offer_id}
    told: dict[str, None] = {}
    known = Known()
    for line in db.session.scalars(_LINES, keys).all():
        for one in substitutes_for(line, known=known).substitutes:
            told[f"{one.name}, {one.producer}"] = None
    return list(told)
