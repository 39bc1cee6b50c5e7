"""What the institutions buy from the wholesaler: entered month by month, after the month is over.

It is most of their food, and little of it is organic: so the shares of a year are those of all food. It has
nothing of the kinds that are ordered here below the threshold, which would otherwise count with them.
"""

from datetime import date, datetime

from sqlalchemy import select, text

from foodorder.accounts.models import Institution
from foodorder.agreements.elsewhere import Purchase, enter_all
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

# Months of which something was bought here and nothing of elsewhere is entered, and how much it was.
_DUE = text("""
SELECT n.institution_id, date_trunc('month', n.week)::date AS month, sum(n.grams)::bigint AS grams
  FROM weekly_need n
 WHERE n.week < :before AND n.grams > 0 AND NOT EXISTS (
       SELECT FROM purchase_elsewhere e WHERE e.institution_id = n.institution_id
          AND e.month = date_trunc('month', n.week)::date AND e.voided_at IS NULL)
 GROUP BY 1, 2 ORDER BY 1, 2
""")


def enter_due(world: World, book: Book, now: datetime) -> int:
    """Every institution enters the months that are over; returns how many months were entered."""
    this_month = local(now).date().replace(day=1)
    foods = {food.code: food.id for food in db.session.scalars(select(FoodType))}
    codes = {number: code for code, number in book.institutions.items()}
    entered = 0
    for due in db.session.execute(_DUE, {"before": this_month}).all():
        code = codes.get(due.institution_id)
        if code not in book.kitchens or _months(due.month, this_month) <= LATE.get(code, 0):
            continue
        purchases = [
            purchase
            for row in rows(DATA / "elsewhere.tsv")
            if (purchase := _purchase(world, code, row, due.month, due.grams, foods)).grams
        ]
        institution = db.session.get_one(Institution, due.institution_id)
        enter_all(institution, purchases, actor=book.kitchens[code], now=now)
        entered += 1
    return entered


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


def _months(month: date, present: date) -> int:
    return (present.year - month.year) * 12 + present.month - month.month
