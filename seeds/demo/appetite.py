"""What the kitchens want: head-counts × menu × season × holidays, worked out in whole numbers.

Deterministic: the same world, week and institution always want the same. Chance comes from `chance`, a
checksum of words, so that nothing depends on the order in which weeks or kitchens are asked.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from zlib import crc32

from seeds.demo.shapes import DeliveryPoint, FoodType, Ingredient, Institution
from seeds.demo.world import World

#: Which courses of the day's menu each meal is made of.
COURSES = {
    "breakfast": ("snack",),
    "snack": ("snack",),
    "fruit": ("fruit",),
    "lunch": ("soup", "main", "side", "salad"),
    "afternoon": ("afternoon",),
}
KINDERGARTEN_AGES = frozenset({"1-3", "3-6"})
WEEKDAYS = range(5)
#: Attendance in thousandths: kindergartens run through school holidays, half full; cooks and teachers partly.
HOLIDAY_CHILDREN, HOLIDAY_STAFF = 560, 200
#: The head-counts are of this year; appetite and enrolment grow by so many thousandths a year.
BASE_YEAR, GROWTH = 2026, 12


@dataclass(frozen=True, slots=True)
class Wanted:
    """One wish of a kitchen: so much of a food type at a delivery point.

    `quantity` is in thousandths of the unit, a multiple of the food type's step. `weekday` (0 = Monday) is
    when it is needed, `days` the weekdays (bit 0 = Monday) on which it may be brought: fresh goods the same
    day or the day before, stored goods on any day of the week.
    """

    institution: str
    point: str
    food_type: str
    weekday: int
    days: int
    quantity: int
    organic: bool


def chance(below: int, *words: object) -> int:
    """A number from 0 to `below` − 1 that depends on the words alone."""
    return crc32("|".join(map(str, words)).encode()) % below


def in_season(food: FoodType, monday: date) -> bool:
    """Whether the food is there from Monday to Friday of the week."""
    return monday.month in food.months and (monday + timedelta(days=4)).month in food.months


def cooking_days(world: World, monday: date) -> dict[int, bool]:
    """The weekdays (0–4) somebody cooks → whether schools are open on them."""
    found = {}
    for weekday in WEEKDAYS:
        day = monday + timedelta(days=weekday)
        on = [one for one in world.holidays if one.first_day <= day <= one.last_day]
        if not any(one.closes_all for one in on):
            found[weekday] = not on
    return found


def meals_per_day(world: World, institution: Institution, ages: frozenset[str] | None = None) -> int:
    """Meals of a normal day, of all who eat there or of some age groups."""
    thousandths = sum(
        heads * shares.get(age, 0)
        for point in institution.points
        for age, heads in point.heads.items()
        if ages is None or age in ages
        for shares in world.meals.values()
    )
    return thousandths // 1000


def weekly_demand(world: World, monday: date, institution: str) -> list[Wanted]:
    """What an institution (by code) wants in the week of `monday`, in a fixed order. Raises KeyError."""
    buyer = world.institutions[institution]
    open_days = cooking_days(world, monday)
    grams: dict[tuple[str, str, int], int] = defaultdict(int)
    rotation = (monday.toordinal() // 7 + buyer.menu_offset) % 5
    for weekday, school in open_days.items():
        menu = world.menu[rotation, weekday]
        for meal, portions in _portions(world, buyer, monday, school).items():
            for course in COURSES[meal]:
                for food, per_portion in _foods(world, menu[course], monday, weekday):
                    for point, thousandths in portions.items():
                        grams[point, food, weekday] += thousandths * per_portion
    return _batches(world, buyer, grams, frozenset(open_days))


def _portions(world: World, buyer: Institution, monday: date, school: bool) -> dict[str, dict[str, int]]:
    """meal → point that cooks it → thousandths of a portion of a pupil of 6 to 11."""
    growth = 1000 + GROWTH * (monday.year - BASE_YEAR)
    found: dict[str, dict[str, int]] = {}
    for meal, shares in world.meals.items():
        at: dict[str, int] = defaultdict(int)
        for point in buyer.points:
            cook = point.cooked_at or point.code if meal == "lunch" else point.code
            at[cook] += sum(
                heads
                * shares.get(age, 0)
                * world.portions[age]
                // 1000
                * _attendance(age, point, monday, school)
                for age, heads in point.heads.items()
            )
        found[meal] = {point: portions * growth // 1_000_000 for point, portions in at.items() if portions}
    return found


def _attendance(age: str, point: DeliveryPoint, monday: date, school: bool) -> int:
    """How many of a thousand come on a day of this week."""
    usual = 955 + chance(45, point.code, age, monday)
    if school:
        return usual
    if age in KINDERGARTEN_AGES:
        return usual * HOLIDAY_CHILDREN // 1000
    # In a school without kindergarten nobody is there in the holidays.
    small = KINDERGARTEN_AGES & point.heads.keys()
    return HOLIDAY_STAFF if age == "staff" and small else 0


def _foods(world: World, dish: str, monday: date, weekday: int) -> list[tuple[str, int]]:
    """The dish's foods with grams per portion, each the seasonal one of its alternatives."""
    found = []
    for place, ingredient in enumerate(world.dishes[dish]):
        food = _seasonal(world, ingredient, monday, dish, place, weekday)
        if food is not None:
            found.append((food, ingredient.grams))
    return found


def _seasonal(world: World, ingredient: Ingredient, monday: date, *words: object) -> str | None:
    """One of the first three alternatives in season, so that the same dish varies from week to week."""
    there = [code for code in ingredient.alternatives if in_season(world.food_types[code], monday)][:3]
    return there[chance(len(there), monday, *words)] if there else None


def _batches(
    world: World, buyer: Institution, grams: dict[tuple[str, str, int], int], open_days: frozenset[int]
) -> list[Wanted]:
    """Daily needs gathered into deliveries, as long as the food keeps, and rounded to its step.

    `grams` holds thousandths of a gram.
    """
    amounts: dict[tuple[str, str, int, int], int] = defaultdict(int)
    for (point, code, weekday), amount in grams.items():
        needed, days = _delivery(world.food_types[code].keeps_days, weekday, open_days)
        amounts[point, code, needed, days] += amount
    wanted = []
    for (point, code, weekday, days), amount in sorted(amounts.items()):
        food = world.food_types[code]
        exact = amount // food.grams_per_unit
        steps = (exact + food.step // 2) // food.step
        # Who needs a little buys the least there is; next to nothing comes from the store.
        if steps == 0 and exact * 4 >= food.step:
            steps = 1
        if steps:
            organic = chance(10_000, "organic", buyer.code, code) < buyer.organic_target_bp
            wanted.append(Wanted(buyer.code, point, code, weekday, days, steps * food.step, organic))
    return wanted


def _delivery(keeps_days: int, weekday: int, open_days: frozenset[int]) -> tuple[int, int]:
    """When a delivery for use on `weekday` is needed, and the set of days on which it may come.

    What keeps for a week comes once a week, what keeps for days twice, the rest on the day or the day before.
    """
    if keeps_days >= 4:
        return min(open_days), _mask(open_days)
    if keeps_days >= 2:
        half = [day for day in open_days if (day < 3) == (weekday < 3)]
        return min(half), _mask(day for day in half if day < min(half) + keeps_days)
    return weekday, _mask(day for day in open_days if weekday - keeps_days <= day <= weekday)


def _mask(days: Iterable[int]) -> int:
    """A set of weekdays as bits, bit 0 = Monday."""
    return sum(1 << day for day in days)
