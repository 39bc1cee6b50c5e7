"""What the institutions buy from the wholesaler: entered month by month, after the month is over.

It is most of their food, and little of it is organic: so the shares of a year are those of all food. It has
nothing of the kinds that are ordered here below the threshold, which would otherwise count with them. Before
the demo's first month the farms of the neighbourhood sold to them too, without this system.
"""

from datetime import date, datetime

from sqlalchemy import select, text

from foodorder.accounts.models import Institution
from foodorder.agreements.elsewhere import Purchase, enter_all, enter_nothing
from foodorder.catalogue.models import FoodType
from foodorder.db import db
from foodorder.language.times import local
from seeds.demo.appetite import chance
from seeds.demo.load import Book
from seeds.demo.tables import DATA, Row, rows
from seeds.demo.world import World

#: Institutions that are so many months late with entering.
LATE = {"BCN": 1, "OSJP": 2}
#: How far amounts vary from month to month, in thousandths either way.
VARIES = 150

#: Months in which schools do not cook.
SUMMER = (7, 8)

# What was bought here month by month, and whether it is entered what was bought elsewhere.
_HERE = text("""
SELECT n.institution_id, date_trunc('month', n.week)::date AS month, sum(n.grams)::bigint AS grams,
       count(DISTINCT n.week) AS weeks
  FROM weekly_need n WHERE n.week < :before AND n.grams > 0
 GROUP BY 1, 2 ORDER BY 1, 2
""")
_ENTERED = text("SELECT DISTINCT institution_id, month FROM purchase_elsewhere WHERE voided_at IS NULL")


def enter_due(world: World, book: Book, now: datetime) -> int:
    """Every institution enters the months that are over; returns how many months were entered.

    Also those of the first year that came before the demo; of a month without meals, that nothing was bought.
    """
    this_month = local(now).date().replace(day=1)
    here: dict[int, dict[date, int]] = {}
    usual: dict[int, int] = {}
    for row in db.session.execute(_HERE, {"before": this_month}):
        here.setdefault(row.institution_id, {})[row.month] = row.grams
        month_of_four_weeks = row.grams * 4 // row.weeks
        usual[row.institution_id] = max(usual.get(row.institution_id, 0), month_of_four_weeks)
    there = {(row.institution_id, row.month) for row in db.session.execute(_ENTERED)} if here else set()
    foods = {food.code: food.id for food in db.session.scalars(select(FoodType))} if here else {}
    entered = 0
    for code, number in book.institutions.items():
        bought = here.get(number, {})
        for month in _months(min(bought), this_month, LATE.get(code, 0)) if bought else ():
            if code in book.kitchens and (number, month) not in there:
                purchases = _purchases(world, code, month, bought, usual[number], foods)
                _enter(book, code, month, purchases, now)
                entered += 1
    return entered


def _enter(book: Book, code: str, month: date, purchases: list[Purchase], now: datetime) -> None:
    institution = db.session.get_one(Institution, book.institutions[code])
    if purchases:
        enter_all(institution, purchases, actor=book.kitchens[code], now=now)
    else:
        enter_nothing(institution, month, actor=book.kitchens[code], now=now)


def _months(first: date, present: date, late: int) -> list[date]:
    """From January of the first year to the last month that is over, without the newest `late` ones."""
    count = (present.year - first.year) * 12 + present.month - 1 - late
    return (
        [date(first.year + number // 12, number % 12 + 1, 1) for number in range(count)] if count > 0 else []
    )


def _purchases(
    world: World, code: str, month: date, here: dict[date, int], usual: int, foods: dict[str, int]
) -> list[Purchase]:
    before = month < min(here)
    grams = usual if before else here.get(month, 0)
    if before and month.month in SUMMER and world.institutions[code].kind != "kindergarten":
        grams = 0
    return [
        purchase
        for row in rows(DATA / "elsewhere.tsv")
        if (before or not row["when"])
        and (purchase := _purchase(world, code, row, month, grams, foods)).grams
    ]


def _purchase(world: World, code: str, row: Row, month: date, grams: int, foods: dict[str, int]) -> Purchase:
    """So many thousandths of the weight that was bought here, in whole kilograms."""
    food = world.food_types[row["food_type"]]
    permille = int(row["permille"]) if month.month in food.months or row["origin"] != "SI" else 0
    varied = 1000 - VARIES + chance(2 * VARIES, "elsewhere", code, month, row["food_type"], row["scheme"])
    kilograms = grams * permille * varied // 1_000_000_000
    price = (food.price_low + food.price_high) * int(row["price_permille"]) // 2000
    return Purchase(
        month=month,
        food_type_id=foods[food.code],
        grams=kilograms * 1000,
        net_cents=kilograms * 1000 * price // food.grams_per_unit,
        scheme=row["scheme"] or None,
        origin=row["origin"],
        supplier=row["supplier"],
    )
