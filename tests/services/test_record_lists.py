"""Lists of records: each scope gives its own, by a statement that names no other limit."""

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from foodorder.procurement.queries import Scope, records, sums
from foodorder.procurement.record_cycle import record_cycle
from foodorder.trail.actor import SCHEDULER
from tests.factories import CLOSES, NOW, World
from tests.kept import once


@once
def closed(world: World, session: Session, clock_at: Callable[[datetime], None]) -> World:
    """Two towns; in the first, two kitchens bought of two farms."""
    clock_at(NOW)
    here, there = world.municipality, world.add_municipality()
    world.cycles = []
    for town, kitchens, farms in ((here, 2, 2), (there, 1, 1)):
        offers = [world.offer(world.add_producer(town)) for _ in range(farms)]
        cycle = world.cycle(municipality=town)
        world.cycles.append(cycle)
        for _ in range(kitchens):
            kitchen = world.add_institution(municipality=town)
            world.submit(cycle, kitchen, [(offer, "9") for offer in offers])
    clock_at(CLOSES)
    for cycle in world.cycles:
        record_cycle(cycle.id, actor=SCHEDULER)
    session.flush()
    return world


def test_a_scope_gives_its_own_records_and_their_sums(closed: World) -> None:
    here, there = closed.cycles
    [first, *_] = every = records(Scope(cycle_id=here.id))
    of = {
        Scope(): 5,
        Scope(cycle_id=here.id): 4,
        Scope(cycle_id=there.id): 1,
        Scope(municipality_id=closed.municipality.id): 4,
        Scope(institution_id=first.institution_id): 2,
        Scope(producer_id=first.producer_id): 2,
        Scope(first.institution_id, first.producer_id, closed.municipality.id, here.id): 1,
        Scope(first.institution_id, cycle_id=there.id): 0,
    }
    for scope, count in of.items():
        assert (len(records(scope)), sums(scope).records) == (count, count), scope
    assert sums(Scope(cycle_id=here.id)).gross_cents == sum(row.gross_cents for row in every)
    assert records(Scope(cycle_id=here.id), limit=2, offset=1) == every[1:3]


@pytest.mark.parametrize("name", [field.name for field in fields(Scope)])
def test_a_statement_has_no_other_limit_than_its_scope(session: Session, name: str) -> None:
    """Otherwise the plan that it gets after five runs reads every record there is."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    records(Scope(**{name: 1}))
    sums(Scope(**{name: 1}))
    event.remove(Engine, "before_cursor_execute", note)
    told = [statement for statement in sent if "FROM procurement_record" in statement]
    assert len(told) == 2
    for statement in told:
        limits = statement[statement.index("WHERE r.superseded_by_id") :]
        assert [field.name for field in fields(Scope) if f"{field.name} = " in limits] == [name]
