"""Reminders: 24 and 2 hours before the deadline, once, to those who have not ordered."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from foodorder.db import db
from foodorder.ordering import cycles, drafts, due
from foodorder.ordering.reminders import remind
from foodorder.outbox.models import Message
from foodorder.trail.actor import SCHEDULER
from tests.factories import CLOSES, NOW
from tests.kept import once

HOUR = timedelta(hours=1)


def reminded():
    rows = db.session.scalars(select(Message).where(Message.template == "cycle_reminder")).all()
    return {row.recipient_email: row.data for row in rows}


@once
def week(world, clock_at):
    """One kitchen has ordered, one has typed, one has ordered and typed again, one has done nothing."""
    clock_at(NOW)
    offer = world.offer()
    kitchens = [world.add_institution() for _ in range(4)]
    cycle = world.cycle()
    for kitchen in (kitchens[0], kitchens[2]):
        world.submit(cycle, kitchen, [(offer, "3")])
    for kitchen in (kitchens[1], kitchens[2]):
        drafts.save_draft(
            cycle.id, kitchen.id, world.typed(cycle, kitchen, [(offer, "5")]), actor=world.actor(), now=NOW
        )
    return cycle, [kitchen.email for kitchen in kitchens]


@pytest.mark.parametrize(
    ("before", "hours"), [(25 * HOUR, None), (24 * HOUR, 24), (3 * HOUR, 24), (2 * HOUR, 2), (0 * HOUR, None)]
)
def test_which_reminder_is_due(week, clock_at, before, hours):
    cycle, _ = week
    clock_at(CLOSES - before)
    expected = [] if hours is None else [(cycle.id, hours, CLOSES - hours * HOUR)]
    assert [(item.cycle_id, item.hours, item.at) for item in due.due_to_remind()] == expected


def test_those_who_have_not_submitted_are_named(week, clock_at):
    cycle, (ordered, typed, again, nothing) = week
    clock_at(CLOSES - 24 * HOUR)
    assert remind(cycle.id, 24, actor=SCHEDULER) == 3
    told = reminded()
    assert ordered not in told
    assert (told[nothing]["submitted"], told[nothing]["typed"]) == (None, 0)
    assert (told[typed]["submitted"], told[typed]["typed"]) == (None, 1)
    assert told[again]["submitted"].endswith("/1")
    assert told[again]["typed"] == 1
    assert told[typed]["hours"] == 24


def test_a_reminder_is_written_once(week, clock_at):
    cycle, _ = week
    clock_at(CLOSES - 24 * HOUR)
    assert remind(cycle.id, 24, actor=SCHEDULER) == 3
    assert due.due_to_remind() == []
    assert remind(cycle.id, 24, actor=SCHEDULER) == 0
    clock_at(CLOSES - HOUR)
    assert remind(cycle.id, 2, actor=SCHEDULER) == 3


def test_an_extended_cycle_reminds_anew(week, clock_at, world):
    cycle, _ = week
    clock_at(CLOSES - 24 * HOUR)
    remind(cycle.id, 24, actor=SCHEDULER)
    cycles.extend_cycle(cycle.id, CLOSES + 12 * HOUR, "Snow", actor=world.actor())
    clock_at(CLOSES - 12 * HOUR)
    assert [item.hours for item in due.due_to_remind()] == [24]
    assert remind(cycle.id, 24, actor=SCHEDULER) == 3


def test_nobody_is_reminded_of_a_cycle_that_takes_no_orders(week, clock_at):
    cycle, _ = week
    clock_at(CLOSES)
    assert remind(cycle.id, 2, actor=SCHEDULER) == 0
    assert reminded() == {}


def test_a_coordinator_reminds_once_a_day(week, world):
    cycle, _ = week
    assert remind(cycle.id, 0, actor=world.actor()) == 3
    assert remind(cycle.id, 0, actor=world.actor()) == 0
