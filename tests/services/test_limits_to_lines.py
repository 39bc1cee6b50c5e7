"""From what is used of an agreement's limit to the records that it was used by."""

from datetime import date
from typing import Any

import pytest

from foodorder.audit import lines
from foodorder.audit.questions import agreements
from foodorder.audit.questions.frame import Asked
from foodorder.audit.selection import Selection
from foodorder.db import db
from foodorder.procurement.record_cycle import record_cycle
from foodorder.trail.actor import SCHEDULER
from tests.agreements import add_ceiling, add_kind, add_lot, add_supplier
from tests.factories import CLOSES, NOW, WEEK
from tests.services.buying import sells, settle_town

PERIOD = (date(2026, 1, 1), date(2026, 12, 31))
#: Parameters of an address → of a selection.
NAMES = {"agreement": "agreement_id", "lot": "lot_id", "producer": "producer_id",
         "institution": "institution_id", "basis": "basis"}  # fmt: skip


@pytest.fixture
def bought(world: Any, clock_at: Any) -> Any:
    """Two lots and a purchase outside of them."""
    clock_at(NOW)
    town = settle_town(world)
    second = add_lot(town.agreement, town.add_food_type(), cents=5_000)
    add_supplier(second, town.farm, price=200)
    eggs = sells(town, second.food_types[0], town.farm)
    herbs = sells(town, town.add_food_type(), town.farm)
    add_kind(town, herbs.product.food_type)
    add_ceiling(town.agreement, cents=100_000)
    cycle = town.cycle()
    town.submit(cycle, town.kitchen, [(town.carrots, "11"), (eggs, "1"), (herbs, "2")])
    clock_at(CLOSES)
    record_cycle(cycle.id, actor=SCHEDULER)
    db.session.expire_all()
    return town


def test_what_is_used_of_a_limit_leads_to_records_that_come_to_it(bought: Any) -> None:
    whole = Selection(bought.municipality.id, *PERIOD)
    told = agreements.answer(Asked(whole, (WEEK, WEEK), WEEK))
    compared = set()
    for exhibit in told.exhibits:
        keys = [column.key for column in exhibit.table.columns]
        for row, leads in zip(exhibit.table.rows, exhibit.leads, strict=True):
            asked = {NAMES[name]: one for name, one in leads["used_net"].of.items() if name in NAMES}
            behind = lines.records(Selection(bought.municipality.id, *PERIOD, **asked))
            figures = {"used_net": behind.net_cents, "used_weight": behind.grams}
            shown = {key: row[keys.index(key)] for key in figures if row[keys.index(key)] is not None}
            assert shown == {key: figures[key] for key in shown}
            assert leads["used_net"] is leads["used"]
            assert leads["limit_net"].page == "agreement"
            compared |= {*shown.items()}
    assert compared >= {("used_net", 1_100), ("used_net", 200), ("used_net", 1_300), ("used_weight", 11_000)}
    assert lines.records(whole).net_cents == 1_600
