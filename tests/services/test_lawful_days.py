"""Each day of delivery has its own basis: lots, prices and certificates that begin or end within the week."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from foodorder.agreements.models import agreement_institution
from foodorder.db import db
from foodorder.ordering.models import OrderLine
from foodorder.ordering.page import order_page
from foodorder.ordering.place import withdraw_order
from foodorder.ordering.substitutes import substitutes_for
from foodorder.procurement.models import ProcurementRecord, RecordLine
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.ordering import Cell, OrderRefused
from foodorder.rules.sourcing import (
    AboveCeiling,
    AboveThreshold,
    AnotherComesFirst,
    CeilingReached,
    NotCoveredThatDay,
    NotEntitledThatDay,
    OutsideTheTerm,
)
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.agreements import (
    add_agreement,
    add_certificate,
    add_exempted,
    add_kind,
    add_lot,
    add_price,
    add_supplier,
    set_threshold,
    used,
)
from tests.factories import CLOSES, NOW, WEEK
from tests.kept import once
from tests.services.buying import right, sells, settle_town

DAY = timedelta(days=1)
TUESDAY, WEDNESDAY = WEEK + DAY, WEEK + 2 * DAY


@once
def town(world, clock_at):
    clock_at(NOW)
    world.close_at = clock_at
    return settle_town(world)


def week_of(town, offer, *days, quantity="1"):
    """The same of an offer on several weekdays, by cell."""
    door = town.kitchen.delivery_points[0].id
    return {Cell(offer.id, door, WEEK + day * DAY): quantity for day in days}


def bought(receipt):
    """(basis, lot, price) of an order's lines by weekday."""
    rows = db.session.scalars(select(OrderLine).where(OrderLine.submission_id == receipt.submission_id))
    return {row.delivery_date.weekday(): (row.basis, row.lot_id, row.price_cents) for row in rows}


def refused_days(town, cycle, typed):
    with pytest.raises(OrderRefused) as found:
        town.submit(cycle, town.kitchen, typed)
    return {cell.day.weekday(): type(refusal) for cell, refusal in found.value.problems.items()}


def ends_on_monday(town):
    town.agreement.valid_to = WEEK


def begins_on_tuesday(town):
    town.agreement.valid_from = TUESDAY


def supplier_leaves(town):
    statement = text("UPDATE lot_supplier SET valid_to = :day WHERE lot_id = :lot")
    db.session.execute(statement, {"day": WEEK, "lot": town.lot.id})


def institution_leaves(town):
    db.session.flush()
    db.session.execute(agreement_institution.update().values(valid_to=WEEK))


def institution_joins(town):
    db.session.flush()
    db.session.execute(agreement_institution.update().values(valid_from=TUESDAY))


def certificate_ends(town):
    town.lot.scheme = "organic"
    add_certificate(town.carrots.product, "organic", WEEK - 60 * DAY, WEEK)


@pytest.mark.parametrize(
    ("change", "lot_days", "reason"),
    [
        (ends_on_monday, {0}, OutsideTheTerm),
        (begins_on_tuesday, {1, 2}, OutsideTheTerm),
        (supplier_leaves, {0}, NotCoveredThatDay),
        (institution_leaves, {0}, NotEntitledThatDay),
        (institution_joins, {1, 2}, NotEntitledThatDay),
        (certificate_ends, {0}, NotCoveredThatDay),
    ],
)
@pytest.mark.parametrize("other", ["exempted", "evidence", None])
def test_on_the_other_days_the_next_channel_holds_or_none(town, change, lot_days, reason, other):
    change(town)
    if other == "exempted":
        exempted = add_exempted(another(town), town.food, cents=1_000_000)
    elif other == "evidence":
        add_kind(town, town.food)
    cycle = town.cycle()
    week = {0, 1, 2}
    if other is None:
        assert refused_days(town, cycle, week_of(town, town.carrots, *week)) == dict.fromkeys(
            week - lot_days, reason
        )
        found = bought(town.submit(cycle, town.kitchen, week_of(town, town.carrots, *lot_days)))
        assert found == dict.fromkeys(lot_days, ("call_off", town.lot.id, 100))
        assert right()
        return
    elsewhere = ("exempted", exempted.id, 150) if other == "exempted" else ("evidence", None, 150)
    found = bought(town.submit(cycle, town.kitchen, week_of(town, town.carrots, *week)))
    assert found == {day: ("call_off", town.lot.id, 100) if day in lot_days else elsewhere for day in week}
    assert used(town.lot.ceiling) == [(100 * len(lot_days), 1_000 * len(lot_days))]
    assert right()
    withdraw_order(cycle.id, town.kitchen.id, actor=COMMAND)
    assert used(town.lot.ceiling) == [(0, 0)]
    assert right()


def another(town):
    """A second agreement of the kitchen, for lots that hold all week."""
    return add_agreement(town, town.kitchen)


def test_a_price_that_changes_within_the_week_is_charged_from_its_day(town):
    add_price(town.lot, town.farm, town.food, 120, valid_from=TUESDAY)
    cycle = town.cycle()
    line = order_page(cycle.id, town.kitchen.id).lines[town.carrots.id]
    assert [line.price_on(day) for day in range(3)] == [100, 120, 120]
    typed = week_of(town, town.carrots, 0, 1)
    page = order_page(cycle.id, town.kitchen.id, typed=typed)
    receipt = town.submit(cycle, town.kitchen, typed)
    assert {day: price for day, (_, _, price) in bought(receipt).items()} == {0: 100, 1: 120}
    assert page.totals.net == receipt.net_cents == 220
    assert right()


def test_the_page_says_the_basis_of_each_day_and_closes_what_has_none(town):
    supplier_leaves(town)
    cycle = town.cycle()
    line = order_page(cycle.id, town.kitchen.id).lines[town.carrots.id]
    assert (line.basis.basis, line.refusal, line.price_cents) == ("call_off", None, 100)
    assert line.closed == 0b11110
    assert [type(line.on(day).refusal) for day in range(2)] == [type(None), NotCoveredThatDay]
    add_kind(town, town.food)
    line = order_page(cycle.id, town.kitchen.id).lines[town.carrots.id]
    assert (line.closed, [line.on(day).basis.basis for day in range(2)]) == (0, ["call_off", "evidence"])


def test_a_week_with_one_basis_has_one_and_costs_nothing_more(town):
    cycle = town.cycle()
    page = order_page(cycle.id, town.kitchen.id)
    assert page.lines[town.carrots.id].by_day is None
    assert page.bases.by_day == {}


def test_a_change_on_a_day_without_delivery_is_none(town):
    # the agreement ends on Wednesday, and nothing is delivered after that
    town.agreement.valid_to = WEDNESDAY
    short = sells(town, town.food, town.farm, days=0b111)
    cycle = town.cycle()
    page = order_page(cycle.id, town.kitchen.id)
    assert page.lines[short.id].by_day is None
    assert page.lines[town.carrots.id].closed == 0b11000


def test_each_day_counts_on_its_own_ceilings_and_needs(town):
    supplier_leaves(town)
    add_kind(town, town.food)
    set_threshold(1_000)
    cycle = town.cycle()
    # 5 kg of the call-off at 1.00 and 3 kg by evidence at 1.50 are 9.50 EUR of a kind that must stay below 10
    typed = week_of(town, town.carrots, 0, quantity="5") | week_of(town, town.carrots, 1, quantity="3")
    assert refused_days(town, cycle, typed | week_of(town, town.carrots, 1, quantity="4")) == {
        1: AboveThreshold
    }
    town.submit(cycle, town.kitchen, typed)
    assert used(town.lot.ceiling) == [(500, 5_000)]
    assert right()
    # … and may be asked again, for the order itself holds it
    town.submit(cycle, town.kitchen, typed | week_of(town, town.carrots, 0, quantity="4"))
    assert used(town.lot.ceiling) == [(400, 4_000)]
    assert right()


def test_a_full_lot_refuses_its_own_days_only(town):
    supplier_leaves(town)
    add_kind(town, town.food)
    town.lot.ceiling.limit_cents = 300
    cycle = town.cycle()
    typed = week_of(town, town.carrots, 0, quantity="4") | week_of(town, town.carrots, 1, quantity="4")
    assert refused_days(town, cycle, typed) == {0: AboveCeiling}
    town.submit(cycle, town.kitchen, typed | week_of(town, town.carrots, 0, quantity="3"))
    assert used(town.lot.ceiling) == [(300, 3_000)]
    assert right()


def test_a_used_up_lot_is_told_on_its_days_and_the_gap_on_the_others(town):
    supplier_leaves(town)
    town.lot.ceiling.limit_cents = 0
    assert refused_days(town, town.cycle(), week_of(town, town.carrots, 0, 1)) == {
        0: CeilingReached, 1: NotCoveredThatDay,
    }  # fmt: skip


def test_the_first_of_a_ranked_lot_comes_first_on_its_days_only(town):
    # who was second becomes the only one on Tuesday, when the first has left
    supplier_leaves(town)
    second = town.add_producer()
    add_supplier(town.lot, second, rank=2, price=110)
    theirs = sells(town, town.food, second)
    cycle = town.cycle()
    assert refused_days(town, cycle, week_of(town, theirs, 0, 1)) == {0: AnotherComesFirst}
    assert bought(town.submit(cycle, town.kitchen, week_of(town, theirs, 1))) == {
        1: ("call_off", town.lot.id, 110)
    }


def test_the_close_writes_a_record_for_each_basis_of_one_offer(town):
    supplier_leaves(town)
    add_kind(town, town.food)
    cycle = town.cycle()
    town.submit(cycle, town.kitchen, week_of(town, town.carrots, 0, 1, 2))
    town.close_at(CLOSES)
    record_cycle(cycle.id, actor=SCHEDULER)
    rows = db.session.execute(
        select(
            ProcurementRecord.basis,
            ProcurementRecord.lot_id,
            RecordLine.delivery_date,
            RecordLine.price_cents,
        )
        .join(RecordLine, RecordLine.record_id == ProcurementRecord.id)
        .order_by(RecordLine.delivery_date)
    ).all()
    assert [tuple(row) for row in rows] == [
        ("call_off", town.lot.id, WEEK, 100),
        ("evidence", None, TUESDAY, 150),
        ("evidence", None, WEDNESDAY, 150),
    ]
    assert right()


def test_a_substitute_is_asked_for_its_basis_on_the_line_s_day(town):
    add_kind(town, other := town.add_food_type())
    lot = add_lot(town.agreement, other)
    first, second = town.add_producer(), town.add_producer()
    add_supplier(lot, first, rank=None, price=100)
    add_supplier(lot, second, rank=None, price=90, valid_to=WEEK)
    set_threshold(1)
    mine, theirs = sells(town, other, first), sells(town, other, second)
    cycle = town.cycle()
    receipt = town.submit(cycle, town.kitchen, week_of(town, mine, 0, 1))
    found = {}
    for line in db.session.scalars(select(OrderLine).where(OrderLine.submission_id == receipt.submission_id)):
        answer = substitutes_for(line.id)
        found[line.delivery_date.weekday()] = (
            [(one.offer, one.paid_cents) for one in answer.substitutes],
            [type(refusal) for *_, refusal in answer.refused],
        )
    assert found == {0: ([(theirs.id, 99)], []), 1: ([], [NotCoveredThatDay])}
