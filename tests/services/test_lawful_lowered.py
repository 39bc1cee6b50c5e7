"""A ceiling lowered below what is ordered: orders may become smaller, step by step, and never larger."""

from typing import Any

import pytest

from foodorder.db import db
from foodorder.rules.ordering import OrderRefused
from tests.agreements import used
from tests.factories import World
from tests.kept import once
from tests.services.buying import settle_town


@once
def town(world: World, session: Any) -> Any:
    return settle_town(world)


def test_an_order_above_a_lowered_ceiling_shrinks_in_steps_and_never_grows(town: Any) -> None:
    cycle = town.cycle()
    town.submit(cycle, town.kitchen, [(town.carrots, "20")])
    ceiling = town.lot.ceiling
    ceiling.limit_cents = 500
    db.session.flush()
    for quantity, cents in (("18", 1_800), ("12", 1_200)):
        town.submit(cycle, town.kitchen, [(town.carrots, quantity)])
        assert used(ceiling)[0][0] == cents
    with pytest.raises(OrderRefused), db.session.begin_nested():
        town.submit(cycle, town.kitchen, [(town.carrots, "13")])
    assert used(ceiling)[0][0] == 1_200
    ceiling.limit_cents = 1_300
    db.session.flush()
    town.submit(cycle, town.kitchen, [(town.carrots, "13")])
    assert used(ceiling)[0][0] == 1_300
