"""Which money pays a kitchen's lines: the EU's school scheme every week, a traditional breakfast once a year.

Pupils get fruit once a week as a separate free meal (domain.md §2.4); on the third Friday of November
everybody has bread, butter, honey, milk and an apple of the neighbourhood. What neither pays is regular.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from foodorder.rules.agreements import Funding
from foodorder.rules.funding import SCHEME_INSTITUTION
from seeds.demo.appetite import chance
from seeds.demo.choice import Ordered
from seeds.demo.shapes import Institution
from seeds.demo.world import World

PUPILS = ("6-11", "11-15")
#: The scheme's fruit of a week costs at most so many cents a pupil: six euros in forty weeks.
A_WEEK = 15

#: What the breakfast is of; it comes on the Friday or the day before (0 = Monday), what keeps on any day.
KEEPS = frozenset({"maslo", "med", "jabolka"})
BREAKFAST, COMES_ON = frozenset({"kruh", "maslo", "med", "mleko", "jabolka"}), frozenset({3, 4})


def third_friday(year: int) -> date:
    """The day of the traditional Slovene breakfast."""
    first = date(year, 11, 1)
    return first + timedelta(days=(4 - first.weekday()) % 7 + 14)


def fundings(
    world: World, institution: Institution, lines: Sequence[Ordered], monday: date
) -> dict[str, Funding]:
    """Product → the money that pays it, where that is not the usual: a product has one source a week."""
    days: dict[str, set[int]] = defaultdict(set)
    cents: dict[str, int] = defaultdict(int)
    foods: dict[str, str] = {}
    for line in lines:
        days[line.product].add(line.weekday)
        cents[line.product] += line.quantity * line.price_cents // 1000
        foods[line.product] = line.food_type
    found: dict[str, Funding] = {}
    pupils = sum(point.heads.get(age, 0) for point in institution.points for age in PUPILS)
    fruit = [
        product
        for product, food in sorted(foods.items())
        if world.food_types[food].group == "fruit" and cents[product] <= pupils * A_WEEK
    ]
    if institution.kind == SCHEME_INSTITUTION and fruit:
        chosen = fruit[chance(len(fruit), "school scheme", institution.code, monday)]
        found[chosen] = Funding.SCHOOL_SCHEME
    if monday <= third_friday(monday.year) < monday + timedelta(days=7):
        found |= {
            product: Funding.BREAKFAST
            for product, food in foods.items()
            if food in BREAKFAST and (food in KEEPS or days[product] <= COMES_ON)
        }
    return found
