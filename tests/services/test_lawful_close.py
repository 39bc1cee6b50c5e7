"""The close keeps every ceiling and threshold, counts what is recorded, and writes down what it rests on."""

import pytest
from sqlalchemy import select

from foodorder.catalogue.models import StockKind
from foodorder.db import db
from foodorder.procurement.models import Difference, ProcurementRecord
from foodorder.procurement.record_cycle import record_cycle
from foodorder.procurement.simulate import simulate
from foodorder.rules.agreements import AwardMode
from foodorder.trail.actor import SCHEDULER
from tests.agreements import add_exempted, add_kind, add_lot, add_supplier, set_threshold, used
from tests.factories import CLOSES, NOW
from tests.kept import once
from tests.services.buying import right, sells, settle_town


@once
def town(world, clock_at):
    clock_at(NOW)
    world.close_at = clock_at
    return settle_town(world)


def close(town, cycle):
    """Close the cycle, and see that the simulation foresaw it and the counters follow."""
    town.close_at(CLOSES)
    foreseen = simulate(cycle.id)
    closed = record_cycle(cycle.id, actor=SCHEDULER)
    assert (foreseen.net_cents, foreseen.records) == (closed.net_cents, closed.records)
    assert right()
    return db.session.scalars(
        select(ProcurementRecord)
        .where(ProcurementRecord.cycle_id == cycle.id)
        .order_by(ProcurementRecord.sequence)
    ).all()


def reasons():
    return {
        (one.order_line.offer_id, one.reason, one.quantity) for one in db.session.scalars(select(Difference))
    }


def test_a_record_for_each_lot_with_what_it_rests_on_as_it_was(town):
    second = add_lot(town.agreement, town.add_food_type(), cents=5_000)
    add_supplier(second, town.farm, price=200)
    eggs = sells(town, second.food_types[0], town.farm)
    herbs = sells(town, town.add_food_type(), town.farm)
    add_kind(town, herbs.product.food_type)
    cycle = town.cycle()
    town.submit(cycle, town.kitchen, [(town.carrots, "10"), (eggs, "1"), (herbs, "2")])
    town.submit(cycle, town.kitchen, [(town.carrots, "11"), (eggs, "1"), (herbs, "2")])
    records = {(one.basis, one.lot_id): one for one in close(town, cycle)}

    assert {key: (one.net_cents, one.lines) for key, one in records.items()} == {
        ("call_off", town.lot.id): (1_100, 1),
        ("call_off", second.id): (200, 1),
        ("evidence", None): (300, 1),
    }
    assert sorted(one.sequence for one in records.values()) == [1, 2, 3]
    facts = {
        "agreement": town.agreement.id, "title": "Živila", "portal_number": "JN004321/2026",
        "kind": "framework", "lot": "2", "lot_name": "Sklop 2", "mode": "ranked",
    }  # fmt: skip
    assert records["call_off", second.id].basis_facts == facts
    assert records["evidence", None].basis_facts == {"threshold_cents": 4_000_000, "source": "art. 21"}

    town.agreement.title, second.name = "Živila in aneks", "Jajca"
    db.session.flush()
    db.session.expire_all()
    assert records["call_off", second.id].basis_facts == facts


def test_cuts_and_cancelled_lines_are_free_again(town):
    other = town.add_institution()
    town.agreement.institutions.append(other)
    town.carrots.stock_kind, town.carrots.available = StockKind.SHARE, 50_000
    cycle = town.cycle()
    for kitchen in (town.kitchen, other):
        town.submit(cycle, kitchen, [(town.carrots, "40")])
    assert used(town.lot.ceiling) == [(8_000, 80_000)]
    close(town, cycle)
    assert used(town.lot.ceiling) == [(5_000, 50_000)]


def test_what_nobody_approved_counts_no_more(town):
    cycle = town.cycle()
    receipt = town.submit(cycle, town.kitchen, [(town.carrots, "40")])
    town.wait_for_approval(town.kitchen, receipt, "drop")
    assert close(town, cycle) == []
    assert used(town.lot.ceiling) == [(0, 0)]


@pytest.mark.parametrize(
    ("cents", "grams", "recorded", "reason"),
    [
        # 96 kg in packs of 5 kg at 1.00 EUR: whole packs are 95 or 100
        (10_000, 100_000, 100_000, "pack_up"),
        (9_999, None, 95_000, "pack_down_ceiling"),
        (None, 99_999, 95_000, "pack_down_ceiling"),
        (None, None, 100_000, "pack_up"),
    ],
)
def test_rounding_up_never_passes_a_ceiling(town, cents, grams, recorded, reason):
    town.municipality.pack_rounding = "up"
    lot = add_lot(town.agreement, town.add_food_type(), cents=cents, grams=grams)
    add_supplier(lot, town.farm, price=100)
    packed = sells(town, lot.food_types[0], town.farm, pack=5_000)
    cycle = town.cycle()
    town.submit(cycle, town.kitchen, [(packed, "96")])
    close(town, cycle)
    assert used(lot.ceiling) == [(recorded // 10, recorded)]
    assert reasons() == {(packed.id, reason, recorded - 96_000)}


@pytest.mark.parametrize(("cents", "recorded"), [(1_000, 10_000), (999, 5_000), (800, 5_000)])
def test_what_one_line_is_rounded_up_by_is_not_left_for_the_next(town, cents, recorded):
    town.municipality.pack_rounding = "up"
    lot = add_lot(town.agreement, town.add_food_type(), mode=AwardMode.PARALLEL, cents=cents)
    asked = []
    for _ in range(2):
        farm = town.add_producer()
        add_supplier(lot, farm, rank=None, share_bp=5_000, price=100)
        asked.append((sells(town, lot.food_types[0], farm, pack=5_000), "4"))
    cycle = town.cycle()
    town.submit(cycle, town.kitchen, asked)
    close(town, cycle)
    assert used(lot.ceiling) == [(recorded // 10, recorded)]


def test_what_was_cancelled_makes_room_to_round_up(town):
    town.municipality.pack_rounding = "up"
    lot = add_lot(town.agreement, town.add_food_type(), cents=1_000)
    add_supplier(lot, town.farm, price=100)
    packed = sells(town, lot.food_types[0], town.farm, pack=5_000)
    hailed = sells(town, lot.food_types[0], town.farm)
    cycle = town.cycle()
    town.submit(cycle, town.kitchen, [(packed, "6"), (hailed, "4")])
    hailed.state, hailed.withdrawn_reason = "withdrawn", "hail"
    close(town, cycle)
    assert used(lot.ceiling) == [(1_000, 10_000)]
    assert reasons() == {(packed.id, "pack_up", 4_000), (hailed.id, "withdrawn", -4_000)}


@pytest.mark.parametrize(("elsewhere", "reason"), [(0, "pack_up"), (1, "pack_down_ceiling")])
def test_rounding_up_never_reaches_the_threshold(town, elsewhere, reason):
    town.municipality.pack_rounding = "up"
    food = town.add_food_type()
    add_kind(town, food, town.food)
    packed = sells(town, food, price=100, pack=5_000)
    db.session.execute(
        db.text("UPDATE legal_parameter SET value = 1101 WHERE key = 'procurement.threshold_goods'")
    )
    db.session.info.pop("law", None)
    cycle = town.cycle()
    # 10.00 EUR when rounded up, 1.00 EUR under the lot: a cent below the threshold
    town.submit(cycle, town.kitchen, [(packed, "6"), (town.carrots, "1")])
    db.session.execute(
        db.text("UPDATE legal_parameter SET value = :value WHERE key = 'procurement.threshold_goods'"),
        {"value": 1101 - elsewhere},
    )
    db.session.info.pop("law", None)
    close(town, cycle)
    assert {found for _, found, _ in reasons()} == {reason}


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [
        # 4 kg of a call-off at 1.00 and 4 kg by evidence at 1.00, in packs of 5 kg: 10.00 EUR when both are
        # rounded up must stay below the threshold of the kind (art. 21 and 24: a need counts all channels)
        (1_001, {"call_off": 5_000, "evidence": 5_000}),
        (1_000, {"call_off": 5_000, "evidence": 0}),
        (900, {"call_off": 0, "evidence": 5_000}),
    ],
)
def test_a_call_off_rounded_up_takes_of_the_room_that_evidence_orders_have(town, threshold, expected):
    town.municipality.pack_rounding = "up"
    lot = add_lot(town.agreement, town.add_food_type())
    add_supplier(lot, town.farm, price=100)
    called = sells(town, lot.food_types[0], town.farm, pack=5_000)
    free = sells(town, town.add_food_type(), price=100, pack=5_000)
    add_kind(town, lot.food_types[0], free.product.food_type)
    cycle = town.cycle()
    town.submit(cycle, town.kitchen, [(called, "4"), (free, "4")])
    set_threshold(threshold)
    records = close(town, cycle)
    assert {one.basis: one.grams for one in records} == {key: got for key, got in expected.items() if got}


def test_a_call_off_is_rounded_up_beside_no_evidence_orders_whatever_the_threshold(town):
    town.municipality.pack_rounding = "up"
    lot = add_lot(town.agreement, town.add_food_type())
    add_supplier(lot, town.farm, price=100)
    called = sells(town, lot.food_types[0], town.farm, pack=5_000)
    add_kind(town, lot.food_types[0])
    set_threshold(1)
    cycle = town.cycle()
    town.submit(cycle, town.kitchen, [(called, "4")])
    (record,) = close(town, cycle)
    assert record.grams == 5_000


def test_an_exempted_lot_is_recorded_as_such(town):
    lot = add_exempted(town.agreement, town.add_food_type(), reason="lokalna")
    berries = sells(town, lot.food_types[0])
    cycle = town.cycle()
    town.submit(cycle, town.kitchen, [(berries, "2")])
    (record,) = close(town, cycle)
    assert (record.basis, record.lot_id, record.basis_facts["mode"]) == ("exempted", lot.id, "open")
