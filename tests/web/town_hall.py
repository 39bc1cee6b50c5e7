"""An agreement of a municipality, drafted and in force, and the coordinator at the desk."""

from foodorder.agreements import force, suppliers
from foodorder.agreements.prices import agree_prices
from foodorder.db import db
from tests.factories import NOW
from tests.kept import once, once_for_all
from tests.services.agreed import ACT, EUR, agreement_in, enact, lot_of
from tests.services.test_agreements_draft import price
from tests.web.office import coordinator_of

TODAY = NOW.date()
AMENDMENT = {"signed_on": TODAY, "effective_on": TODAY, "reason": "The frost was hard."}


@once_for_all
def tuesday(clock_at, world):
    clock_at(NOW)
    enact()


@once
def desk(app, world):
    return coordinator_of(app, world)


@once
def town(world):
    """A draft for one kitchen: lot 1 with carrots of one farm at 1.50 EUR."""
    kitchen = world.add_institution()
    farm = world.add_producer(name="Kmetija Čuk")
    carrots = world.add_food_type(name_sl="Korenje", name_en="Carrots")
    agreement = agreement_in(world, kitchen)
    lot = lot_of(agreement, carrots, limit_cents=100_000 * EUR)
    suppliers.add_supplier(lot, farm.id, **ACT)
    agree_prices(agreement, [price(lot, farm, carrots)], **ACT)
    db.session.commit()
    return agreement, lot, farm, carrots


@once
def in_force(town):
    force.put_in_force(town[0], **ACT)
    db.session.commit()
    return town


def at(agreement, rest=""):
    return f"/coordinator/agreements/{agreement.id}{rest}"
