"""On which basis an order is bought, and what it counts against ceilings: read live at submission."""

from datetime import timedelta

import pytest

from foodorder.ordering.cycles import cancel_cycle
from foodorder.ordering.page import order_page
from foodorder.ordering.place import withdraw_order
from foodorder.ordering.queries import draft_of
from foodorder.rules.agreements import AwardMode, Enforcement
from foodorder.rules.ordering import Cell
from foodorder.rules.sourcing import (
    AboveCeiling,
    AboveCeilingWeight,
    CeilingReached,
    NoLawfulBasis,
)
from foodorder.trail.actor import COMMAND
from tests.agreements import (
    add_ceiling,
    add_exempted,
    add_interest,
    add_kind,
    add_lot,
    add_supplier,
    used,
)
from tests.factories import NOW, WEEK
from tests.kept import once
from tests.services.buying import lines, refused, right, sells, settle_town

DAY = timedelta(days=1)


@once
def town(world, clock_at):
    clock_at(NOW)
    return settle_town(world)


# What is written


def test_a_line_has_its_basis_its_lot_and_the_agreed_price(town):
    plain = sells(town, town.add_food_type())
    add_kind(town, plain.product.food_type)
    town.exempted = add_exempted(town.agreement, town.add_food_type())
    berries = sells(town, town.exempted.food_types[0], price=300)
    cycle = town.cycle()
    found = lines(town.submit(cycle, town.kitchen, [(town.carrots, "10"), (plain, "2"), (berries, "1")]))

    line = found[town.carrots.id]
    assert (line.basis, line.lot_id, line.price_cents, line.net_cents) == ("call_off", town.lot.id, 100, 1000)
    assert line.agreed_price_id is not None
    assert (found[plain.id].basis, found[plain.id].lot_id, found[plain.id].price_cents) == (
        "evidence", None, 150,
    )  # fmt: skip
    assert (found[berries.id].basis, found[berries.id].lot_id) == ("exempted", town.exempted.id)
    assert (found[berries.id].price_cents, found[berries.id].agreed_price_id) == (300, None)
    assert used(town.lot.ceiling, town.exempted.ceiling) == [(1000, 10_000), (300, 1_000)]
    assert right()


def test_the_page_shows_the_price_and_the_basis_that_the_order_is_charged_by(town):
    cycle = town.cycle()
    page = order_page(cycle.id, town.kitchen.id)
    line = page.lines[town.carrots.id]
    assert (line.price_cents, line.basis.basis, line.refusal) == (100, "call_off", None)
    assert line.basis.candidate.lot == town.lot.id


def test_where_nothing_is_enforced_nothing_is_determined_and_nothing_refused(town):
    town.municipality.lawful_basis = Enforcement.OFF
    add_interest(town, town.farm, town.kitchen)
    stranger = sells(town, town.add_food_type())
    found = lines(town.submit(town.cycle(), town.kitchen, [(town.carrots, "5000"), (stranger, "1")]))
    assert {(line.basis, line.lot_id, line.price_cents) for line in found.values()} == {
        ("unclassified", None, 150)
    }
    assert used(town.lot.ceiling) == [(0, 0)]
    assert right()


# Ceilings


@pytest.mark.parametrize(("asked", "refusal"), [("100", None), ("101", AboveCeiling), ("201", AboveCeiling)])
def test_a_ceiling_is_used_to_its_last_cent(town, asked, refusal):
    cycle = town.cycle()
    if refusal:
        assert refused(town, cycle, [(town.carrots, asked)]) == {town.carrots.id: refusal}
        assert used(town.lot.ceiling) == [(0, 0)]
    else:
        town.submit(cycle, town.kitchen, [(town.carrots, asked)])
        assert used(town.lot.ceiling) == [(10_000, 100_000)]
    assert right()


def test_a_ceiling_by_weight_stops_too(town):
    town.lot.ceiling.limit_cents = None
    cycle = town.cycle()
    assert refused(town, cycle, [(town.carrots, "201")]) == {town.carrots.id: AboveCeilingWeight}
    town.submit(cycle, town.kitchen, [(town.carrots, "200")])
    assert used(town.lot.ceiling) == [(20_000, 200_000)]


def test_a_refused_order_leaves_what_was_submitted_and_loses_nothing(town):
    plain = sells(town, town.add_food_type())
    cycle = town.cycle()
    town.submit(cycle, town.kitchen, [(town.carrots, "10")])
    assert refused(town, cycle, [(town.carrots, "101"), (plain, "1")]) == {
        town.carrots.id: AboveCeiling, plain.id: NoLawfulBasis,
    }  # fmt: skip
    page = order_page(cycle.id, town.kitchen.id)
    assert page.standing == {Cell(town.carrots.id, town.kitchen.delivery_points[0].id, WEEK): 10_000}
    assert used(town.lot.ceiling) == [(1000, 10_000)]


def test_submitting_again_counts_the_difference_and_may_use_what_it_holds(town):
    plain = sells(town, town.add_food_type())
    add_kind(town, plain.product.food_type)
    cycle = town.cycle()
    for asked, expected in (("90", 9_000), ("100", 10_000), ("100", 10_000), ("3", 300)):
        town.submit(cycle, town.kitchen, [(town.carrots, asked), (plain, "1")])
        assert used(town.lot.ceiling) == [(expected, expected * 10)]
        assert right()
    # what is no longer asked at all is free again
    town.submit(cycle, town.kitchen, [(plain, "1")])
    assert used(town.lot.ceiling) == [(0, 0)]
    assert right()


def test_a_full_lot_stays_open_for_the_order_that_filled_it(town):
    cycle = town.cycle()
    town.submit(cycle, town.kitchen, [(town.carrots, "100")])
    page = order_page(cycle.id, town.kitchen.id)
    assert page.lines[town.carrots.id].refusal is None
    assert not page.problems
    town.submit(cycle, town.kitchen, [(town.carrots, "99")])
    assert used(town.lot.ceiling) == [(9_900, 99_000)]


def test_withdrawing_and_cancelling_the_cycle_give_back_what_was_counted(town):
    cycle = town.cycle()
    asked = [(town.carrots, "60")]
    receipt = town.submit(cycle, town.kitchen, asked)
    withdraw_order(cycle.id, town.kitchen.id, actor=COMMAND)
    assert used(town.lot.ceiling) == [(0, 0)]
    assert right()
    assert list(draft_of(receipt.order_id).values()) == ["60"]
    town.submit(cycle, town.kitchen, asked)
    assert used(town.lot.ceiling) == [(6_000, 60_000)]
    cancel_cycle(cycle.id, "snow", actor=COMMAND)
    assert used(town.lot.ceiling) == [(0, 0)]
    assert right()


def test_two_kitchens_of_one_agreement_share_its_ceilings_and_each_has_its_own(town):
    other = town.add_institution()
    town.agreement.institutions.append(other)
    whole = add_ceiling(town.agreement)
    own = add_ceiling(town.agreement, institution=other, cents=3_000)
    cycle = town.cycle()
    town.submit(cycle, town.kitchen, [(town.carrots, "75")])
    assert refused(town, cycle, [(town.carrots, "26")], other) == {town.carrots.id: AboveCeiling}
    town.submit(cycle, other, [(town.carrots, "25")])
    assert used(town.lot.ceiling, whole, own) == [(10_000, 100_000), (10_000, 100_000), (2_500, 25_000)]
    town.submit(cycle, town.kitchen, [(town.carrots, "60")])
    assert refused(town, cycle, [(town.carrots, "31")], other) == {town.carrots.id: AboveCeiling}
    town.submit(cycle, other, [(town.carrots, "30")])
    assert right()


def test_suppliers_side_by_side_are_held_to_their_shares(town):
    food, second = town.add_food_type(), town.add_producer()
    lot = add_lot(town.agreement, food, mode=AwardMode.PARALLEL, cents=10_000)
    for producer, share in ((town.farm, 7_000), (second, 3_000)):
        add_supplier(lot, producer, rank=None, share_bp=share, price=100)
        add_ceiling(town.agreement, lot, producer, cents=share)
    mine, theirs = sells(town, food, town.farm), sells(town, food, second)
    cycle = town.cycle()
    assert refused(town, cycle, [(mine, "69"), (theirs, "31")]) == {theirs.id: AboveCeiling}
    town.submit(cycle, town.kitchen, [(mine, "70"), (theirs, "30")])
    assert right()


def test_exempted_lots_count_on_their_own_share_and_awarded_ones_do_not(town):
    share = add_ceiling(town.agreement, exempted=True, cents=500)
    lot = add_exempted(town.agreement, town.add_food_type())
    berries = sells(town, lot.food_types[0], price=100)
    cycle = town.cycle()
    assert refused(town, cycle, [(berries, "6"), (town.carrots, "10")]) == {berries.id: AboveCeiling}
    town.submit(cycle, town.kitchen, [(berries, "5"), (town.carrots, "10")])
    assert used(share) == [(500, 5_000)]
    assert right()


def test_a_full_lot_gives_way_to_the_next_and_without_one_says_so(town):
    other = town.add_institution()
    town.agreement.institutions.append(other)
    cycle = town.cycle()
    town.submit(cycle, town.kitchen, [(town.carrots, "100")])
    assert refused(town, cycle, [(town.carrots, "1")], other) == {town.carrots.id: CeilingReached}
    add_kind(town, town.food)
    found = lines(town.submit(cycle, other, [(town.carrots, "1")]))
    assert [(line.basis, line.price_cents) for line in found.values()] == [("evidence", 150)]
    assert right()
