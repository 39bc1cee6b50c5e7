"""What the farms offer in a week: only what is in season, around the catalogue's prices, in whole packs."""

from dataclasses import dataclass
from datetime import date

from seeds.demo.appetite import chance, in_season
from seeds.demo.shapes import FoodType, Product
from seeds.demo.world import World

#: Prices and quantities of the data are of this year; both move by so many thousandths a year.
BASE_YEAR, PRICE_DRIFT, GROWTH = 2026, 30, 15
#: Weeks in a thousand in which a seasonal product is missing: hail, frost, rot.
MISSING = 20


@dataclass(frozen=True, slots=True)
class Offered:
    """A product in one delivery week.

    `price_cents` is net, of one unit; `available` in thousandths of the unit, None when unlimited; `days` the
    weekdays it can be brought, bit 0 = Monday; `stock_kind` 'unlimited', 'reserve' or 'share'; `behind` the
    products that come first, where the lot was awarded by rank: this one is for days on which they are out.
    """

    product: str
    producer: str
    food_type: str
    price_cents: int
    days: int
    stock_kind: str
    available: int | None
    behind: tuple[str, ...] = ()


def weekly_offers(world: World, monday: date) -> list[Offered]:
    """Every offer of the week of `monday` to all municipalities, in the order of the products."""
    found = []
    for product in world.products.values():
        food = world.food_types[product.food_type]
        missing = len(food.months) < 12 and chance(1000, "missing", product.code, monday) < MISSING
        if in_season(food, monday) and not missing:
            found.append(_offer(world, product, food, monday))
    return found


def _offer(world: World, product: Product, food: FoodType, monday: date) -> Offered:
    days = 0
    for admission in world.producers[product.producer].admissions:
        days |= admission.days
    limited = product.stock_kind != "unlimited"
    return Offered(
        product=product.code,
        producer=product.producer,
        food_type=food.code,
        price_cents=_price(product, food, monday),
        days=days,
        stock_kind=product.stock_kind,
        available=_available(product, food, monday) if limited else None,
    )


def _price(product: Product, food: FoodType, monday: date) -> int:
    """Dearer at both ends of the season and from year to year; a new price once a month at most."""
    price = (food.price_low + food.price_high) * product.price_permille
    price = price * _at_the_ends(food, monday, 1120, 1050, 970)
    price = price * (1000 + PRICE_DRIFT * (monday.year - BASE_YEAR))
    price = price * (970 + chance(61, "price", product.code, monday.year, monday.month))
    return max(1, (price + 10**12) // (2 * 10**12))


def _available(product: Product, food: FoodType, monday: date) -> int:
    quantity = product.weekly_quantity
    quantity = quantity * _at_the_ends(food, monday, 600, 750, 1050) // 1000
    quantity = quantity * (1000 + GROWTH * (monday.year - BASE_YEAR)) // 1000
    quantity = quantity * (700 + chance(500, "harvest", product.code, monday)) // 1000
    unit = product.pack or product.order_step
    return max(1, quantity // unit) * unit


def _at_the_ends(food: FoodType, monday: date, first: int, last: int, between: int) -> int:
    """`first` in the season's first month, `last` in its last, else `between`; 1000 without a season."""
    if len(food.months) == 12:
        return 1000
    month = monday.month
    if (month - 2) % 12 + 1 not in food.months:
        return first
    if month % 12 + 1 not in food.months:
        return last
    return between
