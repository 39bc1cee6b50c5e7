"""A kitchen that gives up perishable food at short notice pays for it (Directive (EU) 2019/633)."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from foodorder.catalogue.models import LegalParameter
from foodorder.outbox import render
from foodorder.outbox.models import Message
from foodorder.procurement.changes import accept_change, ask_change, refuse_change
from foodorder.procurement.models import ChangeKind, ProcurementRecord, RecordChange
from foodorder.procurement.practices import in_advance, judge
from foodorder.procurement.record_cycle import record_cycle
from foodorder.procurement.wanted import Wanted
from foodorder.rules.practices import BuyerBearsTheCost, CostBearer, Ground, Initiative
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.factories import CLOSES, NOW, World
from tests.kept import once

AFTER = CLOSES + timedelta(hours=2)
NOBODY, INSTITUTION, PRODUCER = CostBearer.NOBODY, CostBearer.INSTITUTION, CostBearer.PRODUCER


@once
def week(world: World, session: Session, clock_at: Callable[[datetime], None]) -> Any:
    """A closed week with a line of lettuce, which keeps a week, and one of flour, which keeps."""
    clock_at(NOW)
    farm = world.add_producer()
    lettuce, flour = world.add_food_type(shelf_life_days=7), world.add_food_type()
    offers = [world.offer(product=world.add_product(farm, food)) for food in (lettuce, flour)]
    cycle = world.cycle()
    world.submit(cycle, world.add_institution(), [(offer, "10") for offer in offers])
    clock_at(CLOSES)
    record_cycle(cycle.id, actor=SCHEDULER)
    world.record = session.scalars(select(ProcurementRecord)).one()
    products = [offer.product_id for offer in offers]
    world.lines = sorted(world.record.record_lines, key=lambda line: products.index(line.product_id))
    return world


def ask(week: Any, *places: int, kind: ChangeKind = ChangeKind.REDUCTION, **more: Any) -> RecordChange:
    quantity = 4000 if kind is ChangeKind.REDUCTION else 12_000
    wanted = [Wanted(quantity, week.lines[place].id) for place in places]
    return ask_change(week.record.id, kind, wanted, "a trip", **{"actor": COMMAND, "now": AFTER, **more})


def set_number(key: str, value: int, session: Session) -> None:
    session.execute(LegalParameter.__table__.update().where(LegalParameter.key == key).values(value=value))
    session.info.pop("law", None)


@pytest.mark.parametrize("bearer", [NOBODY, PRODUCER])
@pytest.mark.parametrize("places", [(0,), (0, 1)])
def test_nobody_but_the_buyer_pays_for_perishables_given_up_late(
    week: Any, session: Session, bearer: CostBearer, places: tuple[int, ...]
) -> None:
    change = ask(week, *places)
    with pytest.raises(BuyerBearsTheCost) as refused, session.begin_nested():
        accept_change(change.id, bearer, actor=COMMAND, now=AFTER)
    assert refused.value.field == "cost_bearer"
    session.refresh(change)
    assert (change.state, change.cost_bearer, change.ground) == ("asked", None, None)
    assert session.scalars(select(ProcurementRecord)).all() == [week.record]


def test_the_buyer_may_pay_and_it_is_written_why(week: Any, session: Session) -> None:
    change = ask(week, 0)
    accept_change(change.id, INSTITUTION, actor=COMMAND, now=AFTER)
    assert (change.cost_bearer, change.ground) == ("institution", "buyer_bears")
    body = json.loads(
        session.scalars(text("SELECT body FROM trail_event WHERE action = 'change.accepted'")).one()
    )
    assert (body["after"]["cost_bearer"], body["after"]["ground"]) == ("institution", "buyer_bears")
    mails = session.scalars(select(Message).where(Message.template == "change_answered")).all()
    assert mails
    for mail in mails:
        assert "2019/633" in render.mail(mail.template, "en", {**mail.data, "base_url": "http://x"})[1]


def test_a_producer_may_still_say_no(week: Any) -> None:
    change = ask(week, 0)
    refuse_change(change.id, "it is cut", actor=COMMAND, now=AFTER)
    assert (change.state, change.ground) == ("refused", None)


@pytest.mark.parametrize("bearer", list(CostBearer))
def test_of_food_that_keeps_both_agree(week: Any, bearer: CostBearer) -> None:
    change = ask(week, 1)
    accept_change(change.id, bearer, actor=COMMAND, now=AFTER)
    assert (change.cost_bearer, change.ground) == (bearer, Ground.NOT_PERISHABLE)


@pytest.mark.parametrize("bearer", list(CostBearer))
def test_what_the_producer_cannot_deliver_is_their_own_wish(week: Any, bearer: CostBearer) -> None:
    change = ask(week, 0, initiative=Initiative.PRODUCER)
    accept_change(change.id, bearer, actor=COMMAND, now=AFTER)
    assert (change.initiative, change.ground) == ("producer", Ground.PRODUCERS_WISH)


def test_an_addition_takes_nothing_from_anybody(week: Any) -> None:
    change = ask(week, 0, kind=ChangeKind.ADDITION)
    accept_change(change.id, NOBODY, actor=COMMAND, now=AFTER)
    assert change.ground == Ground.ADDITION


def test_the_law_of_the_day_decides(week: Any, session: Session) -> None:
    """With a notice of two days, four days before the delivery are enough."""
    set_number("utp.cancellation_notice", 2, session)
    change = ask(week, 0)
    assert judge(change).ground is Ground.ENOUGH_NOTICE
    set_number("utp.cancellation_notice", 30, session)
    set_number("utp.shelf_life", 6, session)
    assert judge(change).ground is Ground.NOT_PERISHABLE


def test_the_day_of_asking_counts_and_not_that_of_the_answer(week: Any, session: Session) -> None:
    """Half past midnight in Kranj is the day before in UTC: four days before the Monday, or three."""
    set_number("utp.cancellation_notice", 4, session)
    thursday = ask(week, 0)
    assert judge(thursday).ground is Ground.ENOUGH_NOTICE
    friday = datetime.fromisoformat("2026-11-26T23:30:00+00:00")
    assert list(in_advance(week.record, friday).protected) == [week.lines[0].id]
    accept_change(thursday.id, NOBODY, actor=COMMAND, now=friday)
    assert thursday.ground == Ground.ENOUGH_NOTICE


def test_a_kitchen_is_told_before_it_asks(week: Any) -> None:
    told = in_advance(week.record, AFTER)
    assert list(told.protected) == [week.lines[0].id]
    assert told.limits.notice_days == 30
    assert told.protected[week.lines[0].id].delivery_date == date(2026, 11, 30)
