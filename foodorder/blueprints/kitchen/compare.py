"""The offers of one food type compared by the published criteria, each score down to its inputs."""

from dataclasses import dataclass
from typing import Any

from flask import abort, render_template, request

from foodorder.accounts.models import ProducerKind
from foodorder.accounts.sellers import SUPPLY
from foodorder.agreements.criteria import Published
from foodorder.blueprints.kitchen import bp
from foodorder.blueprints.kitchen.ours import our_cycle, our_institution
from foodorder.blueprints.kitchen.remarks import farm_of
from foodorder.blueprints.shared.access import needs
from foodorder.blueprints.shared.readings import note_offers_read
from foodorder.blueprints.shared.scores import heads, points, value_words
from foodorder.language import formats as write
from foodorder.language import get_locale, gettext
from foodorder.ordering.comparison import criteria_of
from foodorder.ordering.market import Food, Line
from foodorder.ordering.page import OrderPage, order_page
from foodorder.ordering.standing import scores_of_lines
from foodorder.rules.permissions import Permission
from foodorder.rules.scoring import Part, Rule, Score, opened


@dataclass(frozen=True, slots=True)
class Scored:
    """One offer: who, its line, each criterion as (input, points) in words, and the sum."""

    line: Line
    farm: str
    parts: list[tuple[str, str]]
    total: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Offers that are compared with each other: the criteria with their weights, and the offers."""

    published: Published
    heads: list[tuple[str, int]]
    offers: list[Scored]


@bp.get("/order/<int:cycle_id>/compare/<int:food_type_id>")
@needs(Permission.OFFERS_BROWSE)
def compare(cycle_id: int, food_type_id: int) -> Any:
    """Why the offers of a food stand in their order, seen from one of our doors (?point=)."""
    cycle = our_cycle(cycle_id)
    page = order_page(cycle.id, our_institution().id, request.args.get("point", type=int))
    if page is None:
        return render_template("kitchen/no_door.html")
    note_offers_read(cycle.id)
    foods = {food.id: food for group in page.groups for food in group.foods}
    food = foods.get(food_type_id) or abort(404)
    compared = comparisons(page, food)
    scored = {one.line.offer for comparison in compared for one in comparison.offers}
    return render_template(
        "kitchen/compare.html",
        cycle=cycle,
        page=page,
        food=food,
        name=food.name_sl if get_locale().language == "sl" else food.name_en,
        comparisons=compared,
        others=[
            (line, farm_of(page, line)) for line in food.lines if line.published and line.offer not in scored
        ],
    )


def comparisons(page: OrderPage, food: Food) -> list[Comparison]:
    """What is compared of a food, as the page's door sees it."""
    return [
        Comparison(
            published,
            heads(published.rule),
            [scored(page, score, published.rule, found) for score in found],
        )
        for published, found in scores_of_lines(food.lines, criteria_of(page.row.cycle_id))
    ]


def scored(page: OrderPage, score: Score, rule: Rule, among: list[Score]) -> Scored:
    """One offer in words."""
    line = page.lines[score.offered.offer]
    lowest = min(other.offered.paid_cents for other in among)
    parts = [(input_words(part, line), points(part.points)) for part in opened(rule, score, lowest)]
    return Scored(line, farm_of(page, line), parts, points(score.total))


def input_words(part: Part, line: Line) -> str:
    """What went into a criterion, with its unit."""
    words = value_words(part, line.unit)
    if part.unit == "supply":
        return gettext(SUPPLY[ProducerKind(line.kind)])
    if part.unit == "grams":
        return f"{words} ({write.distance(line.metres)})"
    return words
