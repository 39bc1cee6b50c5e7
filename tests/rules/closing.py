"""A line of an order, and the close of such lines."""

from datetime import date

from foodorder.rules.aggregation import REASONS, Close, Line, PackRounding
from foodorder.rules.facts import plain

KG = 1000
MONDAY, TUESDAY, FRIDAY = date(2025, 12, 1), date(2025, 12, 2), date(2025, 12, 5)
SCHOOL, KINDERGARTEN = 1, 2
CARROTS = Line(
    id=1,
    institution=SCHOOL,
    delivery_point=10,
    delivery_date=MONDAY,
    offer=100,
    product=100,
    producer=7,
    quantity=10 * KG,
    price_cents=150,
    step=1 * KG,
    pack=12 * KG,
)


def close(*lines, **how):
    rounding = how.pop("rounding", PackRounding.UP)
    return Close(lines=lines, seed="week 49", rounding=dict.fromkeys((SCHOOL, KINDERGARTEN), rounding), **how)


def sentence(difference):
    return REASONS[difference.reason] % {name: plain(fact) for name, fact in difference.facts.items()}
