"""Links of mails and QR codes lead each reader to their own page."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import select

from foodorder.accounts.passwords import hash_password
from foodorder.db import db
from foodorder.ordering.models import WeeklyOrder
from foodorder.procurement.models import ProcurementRecord
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.permissions import Role
from foodorder.trail.actor import SCHEDULER
from tests.factories import CLOSES, NOW, WEEK, World
from tests.kept import once

PASSWORD = "dolgo geslo za preskus"


@once
def week(app: Flask, world: World, clock_at: Callable[[datetime], None]) -> Any:
    """A closed week of one kitchen and one farm."""
    clock_at(NOW)
    world.farm = world.add_producer()
    offer = world.offer(world.farm)
    world.kitchen, world.stranger = world.add_institution(), world.add_institution()
    world.week = world.cycle()
    world.submit(world.week, world.kitchen, [(offer, "5")])
    clock_at(CLOSES)
    record_cycle(world.week.id, actor=SCHEDULER)
    world.record = db.session.scalars(select(ProcurementRecord)).one()
    world.order = db.session.scalars(select(WeeklyOrder)).one()
    db.session.commit()
    return world


def led(app: Flask, week: Any, path: str, role: Role, **reach: int) -> tuple[int, str]:
    """Status and address that a person in a role is led to."""
    person = week.add_person(role, **reach)
    person.password_hash = hash_password(PASSWORD)
    db.session.commit()
    client = app.test_client()
    client.post("/login", data={"email": person.email, "password": PASSWORD})
    answer = client.get(path)
    return answer.status_code, answer.headers.get("Location", "")


def test_a_record_leads_everybody_to_their_own_page_of_it(app: Flask, week: Any) -> None:
    path = f"/records/{week.record.id}"
    readers: list[tuple[Role, dict[str, int], str]] = [
        (Role.KITCHEN_MANAGER, {"institution_id": week.kitchen.id}, "/kitchen"),
        (Role.ACCOUNTANT, {"institution_id": week.kitchen.id}, "/kitchen"),
        (Role.PRODUCER, {"producer_id": week.farm.id}, "/producer"),
        (Role.COORDINATOR, {"municipality_id": week.municipality.id}, "/coordinator"),
    ]
    for role, reach, counter in readers:
        assert led(app, week, path, role, **reach) == (302, f"{counter}{path}"), role


def test_a_visitor_logs_in_first(app: Flask, week: Any) -> None:
    answer = app.test_client().get(f"/records/{week.record.id}")
    assert answer.status_code in (302, 303)
    assert answer.headers["Location"].startswith("/login")


def test_a_receipt_leads_to_what_stands_and_never_a_stranger(app: Flask, week: Any) -> None:
    path = f"/orders/{week.order.id}"
    own = led(app, week, path, Role.KITCHEN_MANAGER, institution_id=week.kitchen.id)
    assert own == (302, f"/kitchen/receipts/{week.order.current_submission_id}")
    assert led(app, week, path, Role.KITCHEN_MANAGER, institution_id=week.stranger.id)[0] == 404


def test_a_cycle_leads_the_farmer_to_the_week_and_the_coordinator_to_its_page(app: Flask, week: Any) -> None:
    path = f"/cycles/{week.week.id}"
    farmer = led(app, week, path, Role.PRODUCER, producer_id=week.farm.id)
    assert farmer == (302, f"/producer/supply/{WEEK.isoformat()}")
    coordinator = led(app, week, path, Role.COORDINATOR, municipality_id=week.municipality.id)
    assert coordinator == (302, f"/coordinator/cycles/{week.week.id}")
