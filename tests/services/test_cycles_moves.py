"""A cycle's moves: opening, extending, cancelling, and what is due, by the database's clock."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from foodorder.db import db
from foodorder.ordering import cycles, due
from foodorder.ordering.models import CycleOffer, ReminderSent
from foodorder.ordering.queries import cycle_of, kitchens_of, next_cycle, open_cycles
from foodorder.outbox.models import Message
from foodorder.rules.cycle import (
    MOVES,
    Action,
    ClosesBeforeItOpens,
    CycleNotYetOpen,
    IllegalMove,
    NotAnExtension,
    State,
)
from foodorder.rules.permissions import Role
from foodorder.trail.actor import SCHEDULER
from foodorder.trail.models import TrailEvent
from tests.factories import CLOSES, NOW, OPENS, WEEK

HOUR = timedelta(hours=1)
TINY = timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def tuesday(clock_at):
    clock_at(NOW)


def sold(cycle):
    rows = db.session.scalars(select(CycleOffer).where(CycleOffer.cycle_id == cycle.id)).all()
    return {row.offer_id: (row.offer_version_id, row.days) for row in rows}


def events(cycle):
    rows = db.session.scalars(
        select(TrailEvent)
        .where(TrailEvent.object_type == "cycle", TrailEvent.object_id == cycle.id)
        .order_by(TrailEvent.id)
    ).all()
    return {row.action: json.loads(row.body) for row in rows}


def mails(template):
    return sorted(
        message.recipient_email
        for message in db.session.scalars(select(Message).where(Message.template == template))
    )


def state(cycle):
    db.session.refresh(cycle)
    return cycle.state


# Every move, in every state


@pytest.mark.parametrize("before", list(State))
@pytest.mark.parametrize("action", [Action.OPEN, Action.EXTEND, Action.CANCEL])
def test_only_the_table_of_moves_moves_a_cycle(world, before, action):
    cycle = world.cycle(opened=False)
    cycle.state = before
    db.session.flush()
    verbs = {
        Action.OPEN: lambda: cycles.open_cycle(cycle.id, actor=SCHEDULER),
        Action.EXTEND: lambda: cycles.extend_cycle(cycle.id, CLOSES + HOUR, "Snow", actor=world.actor()),
        Action.CANCEL: lambda: cycles.cancel_cycle(cycle.id, "Snow", actor=world.actor()),
    }
    if (before, action) in MOVES:
        verbs[action]()
        assert state(cycle) == MOVES[before, action]
    elif (before, action) == (State.OPEN, Action.OPEN):
        assert verbs[action]() is False
    else:
        with pytest.raises(IllegalMove):
            verbs[action]()
        assert state(cycle) == before


# Opening


def test_opening_freezes_what_is_offered_there_that_week(world):
    neighbour = world.add_municipality()
    here = world.offer(world.add_producer(days=0b01110), days=0b00111)
    abroad = world.offer(world.add_producer(neighbour))
    other_week = world.offer(week=WEEK + timedelta(days=7))
    withdrawn, suspended, never = world.offer(), world.offer(), world.offer(days=0b1000000)
    withdrawn.state = "withdrawn"
    suspended.product.producer.admissions[0].state = "suspended"
    db.session.flush()
    cycle = world.cycle(opened=False)
    newest = world.offer(product=here.product, price=199, days=0b00111).versions[-1]
    assert cycles.open_cycle(cycle.id, actor=SCHEDULER) is True
    assert sold(cycle) == {here.id: (newest.id, 0b00110)}
    assert state(cycle) == "open"
    assert cycle.opened_at == NOW
    assert {abroad.id, other_week.id, never.id}.isdisjoint(sold(cycle))
    assert events(cycle)["cycle.opened"]["after"] == {"offers": 1, "state": "open"}


def test_a_later_price_does_not_reach_an_open_cycle(world):
    offer = world.offer(price=150)
    cycle = world.cycle()
    before = sold(cycle)
    world.offer(product=offer.product, price=300)
    assert sold(cycle) == before
    assert cycles.open_cycle(cycle.id, actor=SCHEDULER) is False
    assert sold(cycle) == before


def test_every_kitchen_manager_is_told_once(world):
    first, second = world.add_institution(), world.add_institution()
    person = world.add_person(institution_id=first.id)
    world.add_institution(active=False)
    world.add_institution(municipality=world.add_municipality())
    cycle = world.cycle()
    assert mails("cycle_opened") == sorted([person.email, second.email])
    cycles.open_cycle(cycle.id, actor=SCHEDULER)
    assert len(mails("cycle_opened")) == 2


def test_the_scheduler_opens_at_the_hour_and_a_person_may_open_before(world, clock_at):
    cycle = world.cycle(opened=False)
    clock_at(OPENS - TINY)
    with pytest.raises(CycleNotYetOpen):
        cycles.open_cycle(cycle.id, actor=SCHEDULER)
    coordinator = world.add_person(Role.COORDINATOR, municipality_id=world.municipality.id)
    cycles.open_cycle(cycle.id, actor=world.actor(coordinator, role=Role.COORDINATOR))
    assert state(cycle) == "open"
    assert cycle.opens_at == OPENS - TINY


def test_a_late_opening_keeps_the_planned_hour(world, clock_at):
    cycle = world.cycle(opened=False)
    clock_at(OPENS + HOUR)
    cycles.open_cycle(cycle.id, actor=SCHEDULER)
    db.session.refresh(cycle)
    assert (cycle.opens_at, cycle.opened_at) == (OPENS, OPENS + HOUR)


def test_a_cycle_that_was_missed_altogether_opens_without_calling_anybody(world, clock_at):
    world.add_institution()
    cycle = world.cycle(opened=False)
    clock_at(CLOSES + HOUR)
    assert [item.cycle_id for item in due.due_to_open()] == [cycle.id]
    cycles.open_cycle(cycle.id, actor=SCHEDULER)
    assert mails("cycle_opened") == []
    assert [(item.cycle_id, item.at) for item in due.due_to_close()] == [(cycle.id, CLOSES)]


def test_a_request_opens_a_cycle_that_is_due_before_the_scheduler_does(world, clock_at):
    cycle = world.cycle(opened=False)
    clock_at(OPENS - TINY)
    assert cycles.open_if_due(cycle.id, actor=SCHEDULER) is False
    clock_at(OPENS)
    assert cycles.open_if_due(cycle.id, actor=SCHEDULER) is True
    assert cycles.open_if_due(cycle.id, actor=SCHEDULER) is False
    assert state(cycle) == "open"


# Extending


def test_an_extension_moves_the_deadline_arms_the_reminders_and_tells_all_why(world, clock_at):
    kitchen = world.add_institution()
    offer = world.offer()
    cycle = world.cycle()
    db.session.add(ReminderSent(cycle_id=cycle.id, hours_before=24, at=NOW))
    db.session.flush()
    cycles.extend_cycle(cycle.id, CLOSES + HOUR, " Snow on the roads ", actor=world.actor())
    clock_at(CLOSES + HOUR - TINY)
    assert world.submit(cycle, kitchen, [(offer, "1")]).lines == 1
    assert db.session.scalars(select(ReminderSent)).all() == []
    assert mails("cycle_extended") == sorted([kitchen.email, offer.product.producer.email])
    event = events(cycle)["cycle.extended"]
    assert event["reason"] == "Snow on the roads"
    assert due.due_to_close() == []


@pytest.mark.parametrize(
    ("clock", "closes_at", "refusal"),
    [
        (NOW, CLOSES, NotAnExtension),
        (NOW, CLOSES - HOUR, NotAnExtension),
        (CLOSES + 2 * HOUR, CLOSES + HOUR, NotAnExtension),
        (NOW, OPENS - HOUR, ClosesBeforeItOpens),
    ],
)
def test_an_extension_goes_forward_only(world, clock_at, clock, closes_at, refusal):
    cycle = world.cycle()
    clock_at(clock)
    with pytest.raises(refusal):
        cycles.extend_cycle(cycle.id, closes_at, "Snow", actor=world.actor())


def test_a_reason_is_needed(world):
    cycle = world.cycle()
    with pytest.raises(cycles.ReasonNeeded):
        cycles.extend_cycle(cycle.id, CLOSES + HOUR, "  ", actor=world.actor())
    with pytest.raises(cycles.ReasonNeeded):
        cycles.cancel_cycle(cycle.id, "", actor=world.actor())


# Cancelling


def test_cancelling_frees_limited_offers_and_tells_all(world):
    kitchen = world.add_institution()
    offer = world.offer(available=10_000)
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(offer, "6")])
    cycles.cancel_cycle(cycle.id, "No deliveries", actor=world.actor())
    db.session.refresh(offer)
    assert offer.taken == 0
    assert (state(cycle), cycle.reason, cycle.cancelled_at) == ("cancelled", "No deliveries", NOW)
    assert len(mails("cycle_cancelled")) == 2


# Planning and reading


def test_a_cycle_needs_a_day_and_an_hour(world):
    with pytest.raises(ClosesBeforeItOpens):
        world.cycle(opens_at=CLOSES, closes_at=CLOSES)
    with pytest.raises(cycles.NoDeliveryDays):
        world.cycle(days=0)


def test_a_second_cycle_of_a_week_has_its_own_name(world):
    assert [world.cycle(opened=False).name for _ in range(2)] == ["2026-W49", "2026-W49/2"]


def test_what_is_due_is_found_however_long_ago(world, clock_at):
    first, second = world.cycle(opened=False), world.cycle()
    clock_at(CLOSES + timedelta(days=400))
    assert [(item.cycle_id, item.at) for item in due.due_to_open()] == [(first.id, OPENS)]
    assert [(item.cycle_id, item.at) for item in due.due_to_close()] == [(second.id, CLOSES)]


def test_a_close_that_failed_waits_for_a_person(world, clock_at):
    cycle = world.cycle()
    cycle.state = "closed"
    db.session.flush()
    clock_at(CLOSES + HOUR)
    assert due.due_to_close() == []


def test_cycles_are_read_within_a_municipality(world):
    neighbour = world.add_municipality()
    cycle = world.cycle()
    planned = world.cycle(week=WEEK + timedelta(days=7), closes_at=CLOSES + timedelta(days=7), opened=False)
    assert cycle_of(world.municipality.id, cycle.id) is cycle
    assert cycle_of(neighbour.id, cycle.id) is None
    assert next_cycle(world.municipality.id) is cycle
    assert [row.id for row in open_cycles(world.municipality.id)] == [cycle.id]
    cycle.state = "recorded"
    db.session.flush()
    assert next_cycle(world.municipality.id) is planned
    assert next_cycle(neighbour.id) is None


def test_the_kitchens_of_a_cycle_with_what_they_submitted(world):
    kitchen, school, closed = (
        world.add_institution(),
        world.add_institution(kind="school"),
        world.add_institution(active=False),
    )
    offer = world.offer()
    cycle = world.cycle(school_days=0)
    receipt = world.submit(cycle, kitchen, [(offer, "2")])
    rows = kitchens_of(cycle.id)
    assert [(row.institution_id, row.number, row.net_cents) for row in rows] == [
        (kitchen.id, receipt.number, 300)
    ]
    assert {school.id, closed.id}.isdisjoint(row.institution_id for row in rows)
