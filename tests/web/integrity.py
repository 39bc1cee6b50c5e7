"""A dynamic purchasing system that farms apply to, and people who look at it."""

import io

from werkzeug.datastructures import FileStorage

from foodorder.agreements.applications import apply
from foodorder.agreements.suppliers import add_supplier
from foodorder.db import db
from foodorder.rules.agreements import AgreementKind, AgreementState, AwardMode
from foodorder.trail.actor import COMMAND
from tests.factories import NOW
from tests.kept import once
from tests.services.agreed import agreement_in, enact, lot_of
from tests.web.office import coordinator_of

ACT = {"actor": COMMAND, "now": NOW}
PDF = b"%PDF-1.7 izjava"


@once
def system(world, clock_at):
    """A dynamic purchasing system in force, with a ranked and a parallel lot, and a farm that may apply."""
    clock_at(NOW)
    world.stop = clock_at
    enact()
    world.farm, world.first = world.add_producer(name="Kmetija Nova"), world.add_producer()
    world.school = world.add_institution()
    world.agreement = agreement_in(world, world.school, kind=AgreementKind.DPS)
    world.food = world.add_food_type()
    world.lot = lot_of(world.agreement, world.food)
    world.shared = lot_of(world.agreement, world.food, number="2", mode=AwardMode.PARALLEL)
    add_supplier(world.lot, world.first.id, **ACT)
    world.agreement.state = AgreementState.IN_FORCE
    db.session.commit()
    return world


@once
def office(app, system):
    return coordinator_of(app, system)


def file(name="izjava.pdf", content=PDF):
    return FileStorage(io.BytesIO(content), name)


def applied(system, lot=None):
    one = apply((lot or system.lot).id, system.farm.id, [("izjava č.pdf", PDF)], "Korenje", **ACT)
    db.session.commit()
    return one
