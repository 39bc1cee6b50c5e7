"""A town with one thing of every kind, and strangers all around it.

"Ours" is one municipality with a kitchen and a farm; whatever a route's parameter can name, `Town.values`
names ours. Strangers are the people of another municipality, of the kitchen next door, of the farm next door.
Every name of ours has a mark in it, so that a page which shows what it should not is found by its text.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from foodorder.accounts.calendar import add_period
from foodorder.accounts.models import Certificate, HeadCount, Permit, Person
from foodorder.agreements.elsewhere import Purchase, enter
from foodorder.catalogue.law import parameters
from foodorder.catalogue.models import LegalParameter
from foodorder.db import db
from foodorder.ordering.drafts import save_draft
from foodorder.ordering.models import WeeklyOrder
from foodorder.ordering.schedules import ScheduleData, save_schedule
from foodorder.outbox import service as outbox
from foodorder.outbox.models import Message, MessageState
from foodorder.outbox.service import Recipient
from foodorder.procurement.additions import ask_addition
from foodorder.procurement.changes import ask_change
from foodorder.procurement.models import ChangeKind, ProcurementRecord
from foodorder.procurement.record_cycle import record_cycle
from foodorder.procurement.wanted import Wanted
from foodorder.rules.permissions import SCOPES, Role, Scope
from foodorder.trail.actor import COMMAND
from foodorder.trail.models import TrailEvent
from tests.factories import CLOSES, NOW, WEEK, World
from tests.guards.agreed_things import agreed_things
from tests.guards.delivered_things import delivered_things
from tests.guards.desk_things import desk_things
from tests.guards.flag_things import flag_things
from tests.guards.integrity_things import integrity_things
from tests.guards.issued_things import issued_things
from tests.guards.money_things import money_things
from tests.guards.readers import Reader, log_in
from tests.guards.released_things import write_all
from tests.guards.taken_things import taken_things
from tests.guards.window_things import window_things

NEXT_WEEK = WEEK + timedelta(days=7)
LATER = CLOSES + timedelta(hours=1)

#: In every name of ours; nobody else's page may show them.
KITCHEN, FARM, GOODS, PEOPLE = "Češminova kuhinja", "Brinova kmetija", "Modri lapuh", "Oseba Jelševa"


@dataclass
class Town:
    """What was built: parameters of routes → ours, our people, and strangers by a name."""

    values: dict[str, Any]
    ours: dict[Role, Reader]
    strangers: dict[str, Reader] = field(default_factory=dict)


#: Strangers by name → what of ours they must not see. A kitchen next door may know the farm and its goods.
STRANGERS: dict[str, tuple[Role, tuple[str, ...]]] = {
    "kitchen next door": (Role.KITCHEN_MANAGER, (KITCHEN, PEOPLE)),
    "approver next door": (Role.APPROVER, (KITCHEN, PEOPLE)),
    "accountant next door": (Role.ACCOUNTANT, (KITCHEN, PEOPLE)),
    "farm next door": (Role.PRODUCER, (KITCHEN, FARM, GOODS, PEOPLE)),
    "kitchen elsewhere": (Role.KITCHEN_MANAGER, (KITCHEN, FARM, GOODS, PEOPLE)),
    "farm elsewhere": (Role.PRODUCER, (KITCHEN, FARM, GOODS, PEOPLE)),
    "coordinator elsewhere": (Role.COORDINATOR, (KITCHEN, FARM, GOODS, PEOPLE)),
    "auditor elsewhere": (Role.AUDITOR, (KITCHEN, FARM, GOODS, PEOPLE)),
}


def build(world: World, clock_at: Callable[[datetime], None], size: int = 1) -> Town:
    """Our town with `size` kitchens, farms and people of each kind; a week recorded, the next one open."""
    clock_at(NOW)
    _limits()
    ours = world.municipality
    kitchens = [
        world.add_institution(doors=1, name=_name(KITCHEN, n), short_name=_name(KITCHEN, n))
        for n in range(size)
    ]
    farms = [world.add_producer(name=_name(FARM, n)) for n in range(size)]
    for farm in farms:
        db.session.add_all(_papers(farm))
    for kitchen in kitchens:
        db.session.add(
            HeadCount(delivery_point_id=kitchen.delivery_points[0].id, age_group="3-6", persons=40)
        )
    products = [world.add_product(farm) for farm in farms]
    for product in products:
        product.name = f"{GOODS} {product.id}"
    offers = [world.offer(product=product, available=900_000) for product in products]
    later = [world.offer(product=product, week=NEXT_WEEK) for product in products]
    cycle = world.cycle()
    for kitchen in kitchens:
        receipt = world.submit(cycle, kitchen, [(offer, "5") for offer in offers])
        world.wait_for_approval(kitchen, receipt, "count")
    upcoming = world.cycle(week=NEXT_WEEK, closes_at=CLOSES + timedelta(days=7))
    clock_at(CLOSES)
    record_cycle(cycle.id, actor=COMMAND)
    clock_at(LATER)
    world.submit(upcoming, kitchens[0], [(later[0], "3")])
    draft = world.typed(upcoming, kitchens[0], [(later[0], "4")])
    save_draft(upcoming.id, kitchens[0].id, draft, actor=COMMAND, now=LATER)
    record = db.session.scalars(select(ProcurementRecord).order_by(ProcurementRecord.id)).first()
    change = ask_change(
        record.id,
        ChangeKind.REDUCTION,
        [Wanted(1_000, record_line_id=record.record_lines[0].id)],
        "a trip",
        actor=COMMAND,
        now=LATER,
    )
    addition = ask_addition(
        cycle.id,
        kitchens[0].id,
        farms[0].id,
        [Wanted(1_000, None, offers[0].id, kitchens[0].delivery_points[0].id, WEEK)],
        "a trip",
        actor=COMMAND,
        now=LATER,
    )
    people = _people(world, kitchens[0], farms[0], ours)
    for _ in range(size - 1):
        _people(world, kitchens[0], farms[0], ours)
    order = db.session.scalars(select(WeeklyOrder).where(WeeklyOrder.cycle_id == cycle.id)).first()
    ana = db.session.get_one(Person, people[Role.KITCHEN_MANAGER].person_id)
    session_id = log_in(ana.id, LATER)[1]
    values = {
        "addition_id": addition.id,
        "certificate_id": farms[0].certificates[0].id,
        "change_id": change.id,
        "code": ours.code,
        "cycle_id": upcoming.id,
        "ending": "csv",
        "event_id": db.session.scalars(
            select(TrailEvent.id).where(TrailEvent.municipality_id == ours.id).order_by(TrailEvent.id.desc())
        ).first(),
        "farm_id": farms[0].farms[0].id,
        "food_type_id": products[0].food_type_id,
        "exhibit": "limits",
        "grant_id": ana.grants[0].id,
        "guide": "kitchen",
        "institution_id": kitchens[0].id,
        "line_id": record.record_lines[0].id,
        "message_id": _message(ours.id, size),
        "monday": NEXT_WEEK.isoformat(),
        "municipality_id": ours.id,
        "offer_id": later[0].id,
        "order_id": order.id,
        "period_id": _period(ours.id),
        "permit_id": farms[0].permits[0].id,
        "person_id": ana.id,
        "point_id": kitchens[0].delivery_points[0].id,
        "producer_id": farms[0].id,
        "product_id": products[0].id,
        "purchase_id": _purchase(kitchens[0], products[0].food_type_id),
        "record_id": record.id,
        "schedule_id": _schedule(ours.id),
        "secret": "a-link-that-nobody-was-sent",
        "session_id": session_id,
        "submission_id": order.current_submission_id,
        "version_id": record.record_lines[0].offer_version_id,
    }
    # Where the week of a paper must be recorded; the rest is about the open week.
    values["recorded_cycle_id"] = cycle.id
    values |= delivered_things(cycle.id, farms[0].id, GOODS, LATER)
    values |= agreed_things(world, kitchens, products, GOODS)
    values |= integrity_things(world, kitchens, farms, products, GOODS)
    values |= taken_things(kitchens[0], farms[0], GOODS)
    values |= money_things(kitchens[0], farms[0], GOODS, LATER)
    values |= issued_things(kitchens[0], farms[0], GOODS, LATER)
    values |= desk_things(ours.id, people[Role.AUDITOR].person_id, GOODS, LATER)
    values |= window_things(ours, kitchens[0], WEEK.year)
    values |= flag_things(ours, kitchens[0], farms[0], record, GOODS, LATER)
    write_all(cycle.id)
    town = Town(values, people)
    _strangers(world, town)
    db.session.commit()
    return town


def _name(mark: str, number: int) -> str:
    return f"{mark} {number}" if number else mark


def _papers(farm: Any) -> list[Any]:
    until = date(2027, 12, 31)
    return [
        Certificate(
            producer_id=farm.id,
            scheme="organic",
            number=GOODS,
            body="K",
            valid_from=date(2026, 1, 1),
            valid_to=until,
        ),
        Permit(
            producer_id=farm.id,
            kind="food_business",
            number=GOODS,
            valid_from=date(2026, 1, 1),
            valid_to=until,
        ),
    ]


def _people(world: World, kitchen: Any, farm: Any, municipality: Any) -> dict[Role, Reader]:
    """One person in each role."""
    reach = {
        Scope.INSTITUTION: {"institution_id": kitchen.id},
        Scope.PRODUCER: {"producer_id": farm.id},
        Scope.MUNICIPALITY: {"municipality_id": municipality.id},
        Scope.INSTALLATION: {},
    }
    people = {}
    for role in Role:
        person = world.add_person(role, **reach[SCOPES[role]])
        person.name, person.language = f"{PEOPLE} {person.id}", "en"
        people[role] = Reader(role, person.id, log_in(person.id, LATER)[0])
    return people


def _strangers(world: World, town: Town) -> None:
    elsewhere = world.add_municipality()
    world.offer(world.add_producer(elsewhere), week=NEXT_WEEK)
    world.cycle(week=NEXT_WEEK, closes_at=CLOSES + timedelta(days=7), municipality=elsewhere)
    reach = {
        "kitchen next door": {"institution_id": world.add_institution().id},
        "farm next door": {"producer_id": world.add_producer().id},
        "kitchen elsewhere": {"institution_id": world.add_institution(municipality=elsewhere).id},
        "farm elsewhere": {"producer_id": world.add_producer(elsewhere).id},
        "coordinator elsewhere": {"municipality_id": elsewhere.id},
        "auditor elsewhere": {"municipality_id": elsewhere.id},
    }
    reach["approver next door"] = reach["accountant next door"] = reach["kitchen next door"]
    for name, (role, hidden) in STRANGERS.items():
        person = world.add_person(role, **reach[name])
        person.language = "en"
        town.strangers[name] = Reader(role, person.id, log_in(person.id, LATER)[0], hidden)


def _message(municipality_id: int, size: int) -> int:
    for number in range(size):
        outbox.queue(
            "admission_admitted",
            [Recipient(PEOPLE, None, "en")],
            key=f"guard {number}",
            data={"producer": FARM, "municipality": "Kranj", "contact": ""},
            municipality_id=municipality_id,
        )
    message = db.session.scalars(
        select(Message).where(Message.template == "admission_admitted").order_by(Message.id)
    ).first()
    assert message.state == MessageState.NO_ADDRESS
    return message.id


def _purchase(kitchen: Any, food_type_id: int) -> int:
    bought = Purchase(month=date(2026, 10, 1), food_type_id=food_type_id, net_cents=100, supplier=GOODS)
    return enter(kitchen, bought, actor=COMMAND, now=LATER).id


def _limits() -> None:
    """What the report on exempted lots compares with."""
    for key, value in (
        ("procurement.exempted_lot_limit", 8_000_000), ("procurement.exempted_lots_share", 2_000),
    ):  # fmt: skip
        if not any(row.key == key for row in parameters()):
            db.session.add(
                LegalParameter(
                    country="SI", key=key, value=value, unit="x", valid_from=date(2016, 4, 1), source="test",
                    certainty="S",
                )
            )  # fmt: skip
    db.session.flush()
    db.session.info.pop("law", None)


def _period(municipality_id: int) -> int:
    first, last = date(2027, 2, 15), date(2027, 2, 19)
    return add_period(municipality_id, GOODS, first, last, closes_all=False, actor=COMMAND, now=LATER).id


def _schedule(municipality_id: int) -> int:
    data = ScheduleData(GOODS, 2, time(8), 4, time(12), NEXT_WEEK + timedelta(days=7), weeks_ahead=2)
    return save_schedule(municipality_id, data, actor=COMMAND, now=LATER).id
