"""In lots awarded by rank the demo's kitchens order from the second only what the first cannot bring."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from foodorder.rules.sourcing import Better
from seeds.demo.choice import choose
from seeds.demo.demand import Offered, Ordered, load_world, weekly_demand, weekly_offers

WORLD = load_world()
MONDAY = date(2026, 11, 30)
FIRST, SECOND = "F39-kruh", "F36-kruh"


def offers_with(available: int | None, days: int = 0b11111) -> list[Offered]:
    """The week's offers, bread by rank: so much there is of the first, on these days."""
    kind = "unlimited" if available is None else "reserve"
    changes: dict[str, dict[str, Any]] = {
        FIRST: {"available": available, "stock_kind": kind, "days": days},
        SECOND: {"behind": (FIRST,), "days": 0b11111},
    }
    return [replace(one, **changes.get(one.product, {})) for one in weekly_offers(WORLD, MONDAY)]


def bread(offers: list[Offered], institution: str, taken: dict[str, int] | None = None) -> list[Ordered]:
    lines = choose(WORLD, weekly_demand(WORLD, MONDAY, institution), offers, taken)
    return [line for line in lines if line.product in {FIRST, SECOND}]


@pytest.mark.parametrize("institution", ["KV", "OSS", "OSP", "BCN"])
@pytest.mark.parametrize("available", [0, 400, *range(3_000, 90_000, 1_500), None])
@pytest.mark.parametrize("days", [0b11111, 0b10101])
def test_no_line_of_the_second_while_the_first_has_more(
    institution: str, available: int | None, days: int
) -> None:
    lines = bread(offers_with(available, days), institution)
    asked = sum(line.quantity for line in lines if line.product == FIRST)
    product = WORLD.products[FIRST]
    first = Better(1, "first", days, available, max(product.order_step, product.minimum_quantity))
    assert lines
    assert available is None or asked <= available
    for line in lines:
        if line.product == SECOND:
            assert not first.has_more(MONDAY + timedelta(days=line.weekday), asked), (line, asked)


def test_what_the_first_cannot_bring_comes_from_the_second() -> None:
    shared = bread(offers_with(10_500), "OSS")
    assert {line.product for line in shared} == {FIRST, SECOND}
    alone = bread(offers_with(None), "OSS")
    assert {line.product for line in alone} == {FIRST}
    together = sum(line.quantity for line in shared)
    assert abs(together - sum(line.quantity for line in alone)) <= 2_000


def test_what_others_took_is_not_there_any_more() -> None:
    lines = bread(offers_with(60_000), "OSS", {FIRST: 60_000})
    assert {line.product for line in lines} == {SECOND}
