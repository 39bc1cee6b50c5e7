"""The demo's kitchens pay some lines from the school scheme, and the traditional breakfast once a year."""

from collections import Counter
from datetime import date, timedelta

import pytest

from foodorder.rules.agreements import Funding
from foodorder.rules.funding import check_funding
from seeds.demo.choice import choose
from seeds.demo.demand import load_world, weekly_demand, weekly_offers
from seeds.demo.funding import KEEPS, fundings, third_friday

WORLD = load_world()


def paid(code: str, monday: date) -> tuple[dict[str, Funding], list]:
    lines = choose(WORLD, weekly_demand(WORLD, monday, code), weekly_offers(WORLD, monday))
    return fundings(WORLD, WORLD.institutions[code], lines, monday), lines


@pytest.mark.parametrize(("year", "day"), [(2024, 15), (2025, 21), (2026, 20), (2027, 19), (2030, 15)])
def test_the_breakfast_is_on_the_third_friday_of_november(year: int, day: int) -> None:
    assert third_friday(year) == date(year, 11, day)


def test_only_what_the_law_allows_is_paid_so() -> None:
    found: Counter[Funding] = Counter()
    for code, institution in WORLD.institutions.items():
        for monday in (date(2026, 11, 9), date(2026, 11, 16), date(2026, 11, 23)):
            sources, lines = paid(code, monday)
            for product, funding in sources.items():
                own = [line for line in lines if line.product == product]
                food = WORLD.food_types[own[0].food_type]
                check_funding(funding, institution.kind, food.group)
                if funding is Funding.BREAKFAST:
                    assert monday == date(2026, 11, 16)
                    days = {monday + timedelta(days=line.weekday) for line in own}
                    assert own[0].food_type in KEEPS or days <= {date(2026, 11, 19), date(2026, 11, 20)}
            found.update(sources.values())
    assert found[Funding.SCHOOL_SCHEME] >= 10
    assert found[Funding.BREAKFAST] >= 5


def test_the_school_of_the_shown_log_in_has_both() -> None:
    assert {*paid("OSS", date(2026, 11, 16))[0].values()} == {Funding.SCHOOL_SCHEME, Funding.BREAKFAST}
