"""Another offer than the first by the published criteria: who chooses it says why, and it stays on file.

The reasons are typed beside the order and kept with its draft; at submission each choice is frozen with the
scores that it was made against. Asked only where the municipality orders on a lawful basis.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from foodorder.catalogue.models import StockKind
from foodorder.db import db
from foodorder.ordering.comparison import Field, Goods, compare, criteria_of, read_goods, seen_from
from foodorder.ordering.lawful import Holding, holdings
from foodorder.ordering.terms import Situation, hold_order
from foodorder.rules.agreements import Enforcement
from foodorder.rules.calendar import falls_on
from foodorder.rules.choosing import Wanted, passed_over
from foodorder.rules.errors import Refusal
from foodorder.rules.ordering import Cell
from foodorder.rules.scoring import ChoiceUnexplained, Reason, WordsNeeded, check_reason, opened

#: What is longer than this is no reason any more; the rest is cut off.
LONGEST_WORDS = 300

_DOORS = text("""
SELECT id, latitude, longitude FROM delivery_point WHERE id = ANY(CAST(:doors AS integer[])) ORDER BY id
""")

_REASONS = text("SELECT food_type_id, code, words FROM order_reason WHERE order_id = :order")

_KEEP = text("""
WITH given AS (
    SELECT g.food_type_id, g.code, g.words
      FROM json_to_recordset(CAST(:given AS json)) AS g(food_type_id integer, code text, words text)
      JOIN food_type f ON f.id = g.food_type_id
), dropped AS (
    DELETE FROM order_reason r USING given g
     WHERE r.order_id = :order AND r.food_type_id = g.food_type_id AND g.code IS NULL
)
INSERT INTO order_reason (order_id, food_type_id, code, words)
SELECT :order, food_type_id, code, words FROM given WHERE code IS NOT NULL
ON CONFLICT (order_id, food_type_id) DO UPDATE SET code = excluded.code, words = excluded.words
""")

# What was said in another week holds for the same food, unless something was said already.
_CARRY = text("""
INSERT INTO order_reason (order_id, food_type_id, code, words)
SELECT :order, c.food_type_id, c.code, c.words
  FROM weekly_order w JOIN offer_choice c ON c.submission_id = w.current_submission_id
 WHERE w.id = :source AND w.institution_id = (SELECT institution_id FROM weekly_order WHERE id = :order)
ON CONFLICT (order_id, food_type_id) DO NOTHING
""")

_FREEZE = text("""
INSERT INTO offer_choice (submission_id, food_type_id, first_offer_id, chosen_offer_id, code, words, scores)
SELECT :submission, c.food_type_id, c.first_offer_id, c.chosen_offer_id, c.code, c.words, c.scores
  FROM json_to_recordset(CAST(:choices AS json))
       AS c(food_type_id integer, first_offer_id integer, chosen_offer_id integer, code text, words text,
            scores jsonb)
""")


@dataclass(frozen=True, slots=True)
class Given:
    """A reason as it was given: a code of rules/scoring.py and the kitchen's own words."""

    code: Reason
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Of a food type: the offer that is passed over, the one chosen instead, and why (None: nobody said)."""

    food_type: int
    door: int
    field: Field
    first: int
    chosen: int
    reason: Given | None

    @property
    def difference(self) -> int:
        """Points between the two, hundredths."""
        totals = {score.offered.offer: score.total for score in self.field.scores}
        return totals[self.first] - totals[self.chosen]


def reasons_of(order_id: int | None) -> dict[int, Given]:
    """The reasons kept beside an order's draft, by food type."""
    if order_id is None:
        return {}
    rows = db.session.execute(_REASONS, {"order": order_id})
    return {row.food_type_id: Given(Reason(row.code), row.words) for row in rows}


def keep_reasons(cycle_id: int, institution_id: int, given: Mapping[int, Given | None]) -> None:
    """Keep reasons beside the draft, by food type; None takes one away, the others stay.

    Raises NoSuchCycle.
    """
    if not given:
        return
    rows = [
        {
            "food_type_id": food,
            "code": reason.code.value if reason else None,
            "words": ((reason.words or "").replace("\0", "").strip()[:LONGEST_WORDS] or None)
            if reason
            else None,
        }
        for food, reason in given.items()
    ]
    order_id = hold_order(cycle_id, institution_id)
    db.session.execute(_KEEP, {"order": order_id, "given": json.dumps(rows)})


def carry_reasons(order_id: int, source_order_id: int) -> None:
    """Begin with the reasons of another week's order of the same kitchen."""
    db.session.execute(_CARRY, {"order": order_id, "source": source_order_id})


def choices_made(now: Situation, quantities: Mapping[Cell, int], offers: Mapping[int, Any]) -> list[Choice]:
    """The food types of an order in which another offer than the first is chosen, with the reasons given.

    `quantities` by cell, in thousandths; `offers` the rows of `terms.offers_of`. Nothing where the
    municipality does not ask.
    """
    foods = {offers[cell.offer].food_type_id for cell in quantities}
    return find_choices(now.row, now.days, foods, quantities, holdings(now))


def find_choices(
    row: Any,
    days: int,
    foods: Iterable[int],
    quantities: Mapping[Cell, int],
    held: Mapping[int, Holding],
) -> list[Choice]:
    """The same for whoever read the order: `row`, `days` and `held` as comparison.read_goods takes them.

    Of a food type that is chosen at several doors the choice with the largest difference is told.
    """
    if row.lawful_basis != Enforcement.ENFORCED or not quantities:
        return []
    criteria = criteria_of(row.cycle_id)
    doors = {cell.delivery_point for cell in quantities}
    places = {
        door: (latitude, longitude)
        for door, latitude, longitude in db.session.execute(_DOORS, {"doors": list(doors)})
    }
    if not criteria or not places:
        return []
    goods = read_goods(row, days, held, next(iter(places.values())), set(foods))
    reasons = reasons_of(row.order_id)
    asked = _sums(quantities)
    found: dict[int, Choice] = {}
    for door, place in places.items():
        here = {cell: quantity for cell, quantity in quantities.items() if cell.delivery_point == door}
        for food, fields in compare(row.cycle_id, seen_from(goods, place), criteria).items():
            for field in fields:
                pair = passed_over(_wanted(field, here, held, asked))
                if pair is None:
                    continue
                choice = Choice(food, door, field, *pair, reasons.get(food))
                if food not in found or choice.difference > found[food].difference:
                    found[food] = choice
    return [found[food] for food in sorted(found)]


def _sums(quantities: Mapping[Cell, int]) -> dict[int, int]:
    sums: dict[int, int] = {}
    for cell, quantity in quantities.items():
        sums[cell.offer] = sums.get(cell.offer, 0) + quantity
    return sums


def _wanted(
    field: Field, here: Mapping[Cell, int], held: Mapping[int, Holding], asked: Mapping[int, int]
) -> list[Wanted]:
    by_offer: dict[int, dict[int, int]] = {}
    for cell, quantity in here.items():
        # On a day on which an award says whom to order from, nothing is chosen.
        if cell.offer in field.goods and falls_on(field.goods[cell.offer].compared, cell.day):
            by_offer.setdefault(cell.offer, {})[cell.day.weekday()] = quantity
    return [
        Wanted(
            score.offered.offer,
            score.total,
            field.goods[score.offered.offer].compared,
            _left(field.goods[score.offered.offer], held, asked),
            field.goods[score.offered.offer].row.minimum_quantity,
            by_offer.get(score.offered.offer, {}),
        )
        for score in field.scores
    ]


def _left(goods: Goods, held: Mapping[int, Holding], asked: Mapping[int, int]) -> int | None:
    """What this order could still take: what is asked of it by all and by this order is not left."""
    if goods.row.stock_kind == StockKind.UNLIMITED:
        return None
    mine = held[goods.offer].quantity if goods.offer in held else 0
    return max(int(goods.row.available) - int(goods.row.taken) + mine - asked.get(goods.offer, 0), 0)


def missing_reasons(choices: Iterable[Choice]) -> dict[int, Refusal]:
    """What nobody gave a reason for, by food type; empty when the order may be submitted."""
    missing: dict[int, Refusal] = {}
    for choice in choices:
        if choice.reason is None:
            missing[choice.food_type] = ChoiceUnexplained(
                first=_name(choice.field.goods[choice.first]), chosen=_name(choice.field.goods[choice.chosen])
            )
            continue
        try:
            check_reason(choice.reason.code, choice.reason.words)
        except WordsNeeded as refusal:
            missing[choice.food_type] = refusal
    return missing


def _name(goods: Goods) -> str:
    return f"{goods.row.name}, {goods.row.producer}"


def choices_to_write(choices: Iterable[Choice]) -> list[dict[str, Any]]:
    """The rows of offer_choice for a submission: plain JSON, each score with its inputs, best first."""
    return [
        {
            "food_type_id": choice.food_type,
            "first_offer_id": choice.first,
            "chosen_offer_id": choice.chosen,
            "code": choice.reason.code.value,
            "words": choice.reason.words,
            "scores": scores_to_json(choice.field, choice.door),
        }
        for choice in choices
        if choice.reason is not None
    ]


def scores_to_json(field: Field, door: int) -> list[dict[str, Any]]:
    """A comparison as it is kept: one entry an offer, with weight, input, unit and points by criterion."""
    return [
        {
            "offer": score.offered.offer,
            "door": door,
            "criteria": field.published.id,
            "points": score.total,
            "lot": score.offered.lot,
            "parts": {
                part.criterion.value: {
                    "weight": part.weight, "value": part.value, "unit": part.unit, "best": part.best,
                    "points": part.points,
                }
                for part in opened(field.published.rule, score, field.lowest_cents)
            },
        }
        for score in field.scores
    ]  # fmt: skip


def write_choices(submission_id: int, choices: Iterable[Choice]) -> None:
    """Freeze the choices of a submission that was just written."""
    rows = choices_to_write(choices)
    if rows:
        db.session.execute(_FREEZE, {"submission": submission_id, "choices": json.dumps(rows)})
