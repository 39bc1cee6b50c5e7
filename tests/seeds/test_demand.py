"""Weeks of the demo look like the real thing: money, lines, seasons, packs, scarcity."""

import time
from collections import defaultdict
from datetime import date, timedelta

import pytest

from seeds.demo.demand import OrderingWeek, load_world, ordering_week, weekly_demand, weekly_offers

WORLD = load_world()
NORMAL = [date(2025, 12, 1), date(2026, 1, 19), date(2026, 3, 9), date(2026, 5, 18), date(2026, 6, 8)]
NORMAL += [date(2026, 9, 14), date(2026, 10, 12), date(2026, 11, 23), date(2026, 11, 30)]
SUMMER = [date(2026, 7, 13), date(2026, 8, 10)]
WEEKS = {monday: ordering_week(WORLD, monday, "052") for monday in NORMAL + SUMMER}


def net_cents(week: OrderingWeek) -> int:
    return sum(
        (line.price_cents * line.quantity + 500) // 1000 for lines in week.orders.values() for line in lines
    )


def asked(week: OrderingWeek) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for lines in week.orders.values():
        for line in lines:
            found[line.product] += line.quantity
    return found


@pytest.mark.parametrize("monday", NORMAL, ids=str)
def test_a_normal_school_week_of_twelve_kitchens(monday: date) -> None:
    week = WEEKS[monday]
    lines = [line for order in week.orders.values() for line in order]
    kilograms = sum(
        line.quantity * WORLD.food_types[line.food_type].grams_per_unit // 1_000_000 for line in lines
    )
    assert len(week.orders) == 12
    assert 6_000_000 <= net_cents(week) <= 12_000_000
    assert 1_500 <= len(lines) <= 3_000
    assert 18_000 <= kilograms <= 32_000


@pytest.mark.parametrize("monday", SUMMER, ids=str)
def test_in_summer_only_children_of_kindergarten_age_are_cooked_for(monday: date) -> None:
    week = WEEKS[monday]
    assert 500_000 <= net_cents(week) <= 2_000_000
    assert "KV" in week.orders
    assert "BCN" not in week.orders
    assert "OSMC" not in week.orders


def test_nobody_cooks_on_public_holidays_or_a_whole_week_off() -> None:
    # Easter Monday 2026 is 6 April.
    assert all(
        wish.weekday != 0 and not wish.days & 1 for wish in weekly_demand(WORLD, date(2026, 4, 6), "OSS")
    )
    assert weekly_demand(WORLD, date(2026, 2, 16), "BCN") == []


@pytest.mark.parametrize("monday", WEEKS, ids=str)
def test_everything_offered_and_ordered_is_in_season(monday: date) -> None:
    week = WEEKS[monday]
    for offer in week.offers:
        food = WORLD.food_types[offer.food_type]
        assert {monday.month, (monday + timedelta(days=4)).month} <= food.months, offer.product
    assert asked(week).keys() <= {offer.product for offer in week.offers}


@pytest.mark.parametrize("monday", WEEKS, ids=str)
def test_lines_keep_step_minimum_and_delivery_days_and_come_once(monday: date) -> None:
    for institution, lines in WEEKS[monday].orders.items():
        points = {point.code for point in WORLD.institutions[institution].points}
        keys = {(line.point, line.product, line.weekday) for line in lines}
        assert len(keys) == len(lines)
        for line in lines:
            product = WORLD.products[line.product]
            admission = next(
                one for one in WORLD.producers[line.producer].admissions if one.municipality == "052"
            )
            assert line.quantity > 0
            assert line.quantity % product.order_step == 0
            assert line.quantity >= product.minimum_quantity
            assert admission.days >> line.weekday & 1
            assert line.point in points


@pytest.mark.parametrize("monday", WEEKS, ids=str)
def test_reserved_offers_are_never_passed_over_all_municipalities(monday: date) -> None:
    taken = asked(WEEKS[monday])
    for municipality in ("122", "131"):
        for product, quantity in asked(ordering_week(WORLD, monday, municipality, taken)).items():
            taken[product] = taken.get(product, 0) + quantity
    for offer in WEEKS[monday].offers:
        if offer.stock_kind == "reserve":
            assert taken.get(offer.product, 0) <= (offer.available or 0), offer.product
        assert (offer.available is None) == (offer.stock_kind == "unlimited")


@pytest.mark.parametrize("monday", NORMAL, ids=str)
def test_every_normal_week_gives_the_rules_of_the_close_something_to_do(monday: date) -> None:
    week = WEEKS[monday]
    total = asked(week)
    shared = [
        one
        for one in week.offers
        if one.stock_kind == "share" and total.get(one.product, 0) > (one.available or 0)
    ]
    sums: dict[tuple[str, str], int] = defaultdict(int)
    money: dict[tuple[str, str], int] = defaultdict(int)
    for lines in week.orders.values():
        for line in lines:
            sums[line.product, line.point] += line.quantity
            money[line.institution, line.producer] += line.price_cents * line.quantity // 1000
    whole = [
        quantity % pack == 0
        for (product, _), quantity in sums.items()
        if (pack := WORLD.products[product].pack) is not None
    ]
    minimum = {
        producer.code: admission.minimum_cents
        for producer in WORLD.producers.values()
        for admission in producer.admissions
        if admission.municipality == "052"
    }
    below = [key for key, cents in money.items() if cents < minimum[key[1]]]
    assert 2 <= len(shared) <= 30
    assert len(whole) * 60 // 100 <= sum(whole) < len(whole)
    assert 1 <= len(below) <= 15


@pytest.mark.parametrize("monday", NORMAL, ids=str)
def test_demand_is_mostly_served(monday: date) -> None:
    week = WEEKS[monday]
    wanted: dict[str, int] = defaultdict(int)
    for buyer in WORLD.kitchens("052"):
        for wish in weekly_demand(WORLD, monday, buyer.code):
            wanted[wish.food_type] += wish.quantity * WORLD.food_types[wish.food_type].grams_per_unit // 1000
    served: dict[str, int] = defaultdict(int)
    for product, quantity in asked(week).items():
        food = WORLD.food_types[WORLD.products[product].food_type]
        served[food.code] += quantity * food.grams_per_unit // 1000
    assert sum(min(served[food], grams) for food, grams in wanted.items()) * 100 >= sum(wanted.values()) * 93


@pytest.mark.parametrize("monday", NORMAL, ids=str)
def test_kitchens_stay_within_their_weekly_budgets(monday: date) -> None:
    for institution, lines in WEEKS[monday].orders.items():
        net = sum((line.price_cents * line.quantity + 500) // 1000 for line in lines)
        budget = WORLD.institutions[institution].weekly_budget_cents
        assert net <= budget, institution
        assert net * 2 >= budget, institution


def test_prices_stay_around_the_catalogues_and_rise_over_the_years() -> None:
    for offer in WEEKS[date(2026, 11, 30)].offers:
        food = WORLD.food_types[offer.food_type]
        assert food.price_low * 7 // 10 <= offer.price_cents <= food.price_high * 17 // 10, offer.product
    before = {one.product: one.price_cents for one in weekly_offers(WORLD, date(2025, 5, 19))}
    after = {one.product: one.price_cents for one in weekly_offers(WORLD, date(2026, 5, 18))}
    both = before.keys() & after.keys()
    assert sum(after[code] for code in both) > sum(before[code] for code in both)


def test_a_price_changes_once_a_month_at_most() -> None:
    first = {one.product: one.price_cents for one in weekly_offers(WORLD, date(2026, 10, 5))}
    later = {one.product: one.price_cents for one in weekly_offers(WORLD, date(2026, 10, 19))}
    assert all(later[code] == price for code, price in first.items() if code in later)


def test_the_same_week_is_always_the_same() -> None:
    monday = date(2026, 11, 30)
    assert ordering_week(WORLD, monday, "052") == WEEKS[monday]


def test_a_week_is_made_fast() -> None:
    best = 1.0
    for _ in range(5):
        start = time.perf_counter()
        ordering_week(WORLD, date(2026, 9, 7), "052")
        best = min(best, time.perf_counter() - start)
    assert best < 0.2
