"""A change after the close: whose wish it is, and who pays for it."""

import re

from sqlalchemy import select

from foodorder.db import db
from foodorder.procurement.models import ProcurementRecord
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.permissions import Role
from foodorder.trail.actor import SCHEDULER
from tests.factories import CLOSES
from tests.kept import once
from tests.web.integrity import system
from tests.web.office import log_in

__all__ = ["system"]

# A change after the close


@once
def lettuce(app, system, clock_at):
    """A recorded week with perishable food, and both sides at their desks."""
    system.food.shelf_life_days = 7
    offer = system.offer(product=system.add_product(system.farm, system.food))
    cycle = system.cycle()
    system.submit(cycle, system.school, [(offer, "30")])
    clock_at(CLOSES)
    record_cycle(cycle.id, actor=SCHEDULER)
    system.record = db.session.scalars(select(ProcurementRecord)).one()
    system.kitchen = log_in(app, system, Role.KITCHEN_MANAGER, institution_id=system.school.id)
    system.seller = log_in(app, system, Role.PRODUCER, producer_id=system.farm.id)
    return system


def ask(system, **more):
    line = system.record.record_lines[0]
    data = {f"line-{line.id}": "10", "reason": "A class is on a trip", **more}
    return system.kitchen.post(f"/kitchen/records/{system.record.id}/ask?kind=reduction", data=data)


def test_a_kitchen_reads_in_advance_that_it_pays_and_the_farm_has_no_other_choice(lettuce):
    asking = f"/kitchen/records/{lettuce.record.id}/ask?kind="
    page = lettuce.kitchen.get(f"{asking}reduction").text
    assert "perishable: your kitchen bears the cost" in page
    assert "2019/633" in page
    assert "2019/633" not in lettuce.kitchen.get(f"{asking}addition").text
    assert ask(lettuce).status_code == 303
    path = f"/producer/records/{lettuce.record.id}"
    page = lettuce.seller.get(path).text
    assert re.findall(r'name="cost_bearer"[^>]*value="(\w+)"', page) == ["institution"]
    for forbidden in ("producer", "nobody"):
        answer = lettuce.seller.post(path, data={"decision": "accept", "cost_bearer": forbidden})
        assert answer.status_code == 422
    done = lettuce.seller.post(path, data={"decision": "accept", "cost_bearer": "institution"})
    assert "the contracting authority bears the whole cost" in lettuce.seller.get(done.location).text


def test_what_the_farm_cannot_bring_is_its_own_wish(lettuce):
    assert ask(lettuce, producers_wish="y").status_code == 303
    path = f"/producer/records/{lettuce.record.id}"
    page = lettuce.seller.get(path).text
    assert "If you did not, say no." in page
    assert len(re.findall(r'name="cost_bearer"', page)) == 3
    done = lettuce.seller.post(path, data={"decision": "accept", "cost_bearer": "nobody"})
    assert "The supplier asked for it" in lettuce.seller.get(done.location).text


def test_food_that_keeps_leaves_every_choice(lettuce):
    lettuce.food.shelf_life_days = None
    db.session.commit()
    page = lettuce.kitchen.get(f"/kitchen/records/{lettuce.record.id}/ask?kind=reduction").text
    assert "You and the producer agree who bears the cost" in page
    assert ask(lettuce).status_code == 303
    page = lettuce.seller.get(f"/producer/records/{lettuce.record.id}").text
    assert len(re.findall(r'name="cost_bearer"', page)) == 3
