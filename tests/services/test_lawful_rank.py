"""Who may call off from a lot, when, and from whom first."""

from datetime import timedelta

import pytest

from foodorder.catalogue.models import StockKind
from foodorder.db import db
from foodorder.ordering.place import withdraw_order
from foodorder.rules.agreements import AgreementState
from foodorder.rules.sourcing import (
    AnotherComesFirst,
    NoLawfulBasis,
    OutsideTheTerm,
)
from foodorder.trail.actor import COMMAND
from tests.agreements import (
    add_interest,
    add_supplier,
    used,
)
from tests.factories import NOW, WEEK
from tests.kept import once
from tests.services.buying import lines, refused, sells, settle_town

DAY = timedelta(days=1)


@once
def town(world, clock_at):
    clock_at(NOW)
    return settle_town(world)


# Who may call off, and when


def test_an_institution_that_is_not_entitled_has_no_lot(town):
    stranger = town.add_institution()
    cycle = town.cycle()
    assert refused(town, cycle, [(town.carrots, "1")], stranger) == {town.carrots.id: NoLawfulBasis}


def test_an_agreement_that_ended_meanwhile_orders_nothing(town):
    cycle = town.cycle()
    town.submit(cycle, town.kitchen, [(town.carrots, "10")])
    town.agreement.state = AgreementState.ENDED
    assert refused(town, cycle, [(town.carrots, "11")]) == {town.carrots.id: NoLawfulBasis}
    # … and what counted on it is given back when it goes
    withdraw_order(cycle.id, town.kitchen.id, actor=COMMAND)
    assert used(town.lot.ceiling) == [(0, 0)]


def test_a_day_after_the_term_s_last_is_refused(town):
    town.agreement.valid_to = WEEK + 2 * DAY
    cycle = town.cycle()
    assert refused(town, cycle, [(town.carrots, "1")], day=3) == {town.carrots.id: OutsideTheTerm}
    town.submit(cycle, town.kitchen, [(town.carrots, "1")], day=2)


@pytest.fixture
def second(town):
    """An offer of the lot's second supplier."""
    producer = town.add_producer()
    add_supplier(town.lot, producer, rank=2, price=100)
    return sells(town, None, producer)


def test_the_second_waits_for_the_first(town, second):
    cycle = town.cycle()
    assert refused(town, cycle, [(second, "1")]) == {second.id: AnotherComesFirst}
    assert lines(town.submit(cycle, town.kitchen, [(town.carrots, "1")])).keys() == {town.carrots.id}


@pytest.mark.parametrize(
    ("available", "first", "more", "allowed"),
    [
        # the first is out: taken by this order, or by what was submitted before
        (10_000, "10", "1", True),
        (10_000, "9", "1", False),
        (0, None, "1", True),
        # less than a step is left: nobody can order it
        (10_500, "10", "1", True),
    ],
)
def test_the_second_may_be_ordered_when_the_first_is_out(town, second, available, first, more, allowed):
    town.carrots.stock_kind, town.carrots.available = StockKind.RESERVE, available
    cycle = town.cycle()
    asked = [(second, more)] + ([(town.carrots, first)] if first else [])
    if allowed:
        town.submit(cycle, town.kitchen, asked)
        # submitted again, what it holds of the first is still not left there
        town.submit(cycle, town.kitchen, [*asked[1:], (second, "2")])
    else:
        assert refused(town, cycle, asked) == {second.id: AnotherComesFirst}


def test_what_others_took_of_the_first_is_not_left_there(town, second):
    other = town.add_institution()
    town.agreement.institutions.append(other)
    town.carrots.stock_kind, town.carrots.available = StockKind.RESERVE, 10_000
    cycle = town.cycle()
    town.submit(cycle, other, [(town.carrots, "9")])
    assert refused(town, cycle, [(second, "1")]) == {second.id: AnotherComesFirst}
    town.submit(cycle, other, [(town.carrots, "10")])
    town.submit(cycle, town.kitchen, [(second, "1")])


@pytest.mark.parametrize("how", ["withdrawn", "suspended", "another day", "barred", "nothing to share"])
def test_a_first_who_does_not_come_or_may_not_be_ordered_from_does_not_come_first(town, second, how):
    cycle = town.cycle()
    if how == "withdrawn":
        town.carrots.state, town.carrots.withdrawn_reason = "withdrawn", "hail"
    elif how == "suspended":
        db.session.execute(db.text("UPDATE admission SET state = 'suspended'"
                                   " WHERE producer_id = :one"), {"one": town.farm.id})  # fmt: skip
    elif how == "another day":
        db.session.execute(db.text("UPDATE cycle_offer SET days = 2 WHERE offer_id = :one"),
                           {"one": town.carrots.id})  # fmt: skip
    elif how == "barred":
        add_interest(town, town.farm, town.kitchen)
    else:
        town.carrots.stock_kind, town.carrots.available = StockKind.SHARE, 0
    town.submit(cycle, town.kitchen, [(second, "1")])
