"""After the close: less is free again, more is bought on the record's own basis or not at all."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from foodorder.catalogue.models import StockKind
from foodorder.db import db
from foodorder.procurement.changes import accept_change, ask_change
from foodorder.procurement.lawful import OtherBasis
from foodorder.procurement.models import ChangeKind, CostBearer, ProcurementRecord
from foodorder.procurement.record_cycle import record_cycle
from foodorder.procurement.wanted import Wanted
from foodorder.rules.agreements import AgreementState, Enforcement
from foodorder.rules.integrity import BarredProducer
from foodorder.rules.sourcing import (
    AboveCeiling,
    AboveCeilingWeight,
    AboveThreshold,
    AnotherComesFirst,
    CeilingReached,
    OutsideTheTerm,
)
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.agreements import add_interest, add_kind, add_lot, add_supplier, used
from tests.factories import CLOSES, NOW, WEEK
from tests.kept import once
from tests.services.buying import right, sells, settle_town

AFTER = CLOSES + timedelta(hours=2)


@once
def town(world, clock_at):
    """A closed week: 90 kg under the lot, 30 kg of another farm's herbs as an evidence order."""
    clock_at(NOW)
    town = settle_town(world)
    town.beets = sells(town, None, town.farm, price=170)
    town.herbs_farm = town.add_producer()
    town.herbs = sells(town, town.add_food_type(), town.herbs_farm, price=100)
    add_kind(town, town.food, town.herbs.product.food_type)
    second = add_lot(town.agreement, town.add_food_type(), cents=5_000)
    add_supplier(second, town.farm, price=50)
    town.eggs = sells(town, second.food_types[0], town.farm)
    town.week = town.cycle()
    town.submit(town.week, town.kitchen, [(town.carrots, "90"), (town.herbs, "30")])
    clock_at(CLOSES)
    record_cycle(town.week.id, actor=SCHEDULER)
    return town


def record(town, basis="call_off"):
    return db.session.scalars(
        select(ProcurementRecord).where(
            ProcurementRecord.basis == basis, ProcurementRecord.superseded_by_id.is_(None)
        )
    ).one()


def ask(town, *wanted, kind=ChangeKind.ADDITION, basis="call_off"):
    return ask_change(record(town, basis).id, kind, wanted, "trip", actor=COMMAND, now=AFTER)


def more(town, kilograms, basis="call_off"):
    """So much of the record's first line instead."""
    return Wanted(kilograms * 1000, record(town, basis).record_lines[0].id)


def new(town, offer, kilograms, day=0):
    door = town.kitchen.delivery_points[0].id
    return Wanted(
        kilograms * 1000, offer_id=offer.id, delivery_point_id=door, delivery_date=WEEK + timedelta(days=day)
    )


def accept(change):
    return accept_change(change.id, CostBearer.INSTITUTION, actor=COMMAND, now=AFTER)


def threshold(cents):
    db.session.execute(
        db.text("UPDATE legal_parameter SET value = :cents WHERE key = 'procurement.threshold_goods'"),
        {"cents": cents},
    )
    db.session.info.pop("law", None)


def test_less_is_free_again_and_the_next_version_keeps_its_basis(town):
    first = record(town)
    second = accept(ask(town, more(town, 40), kind=ChangeKind.REDUCTION))
    assert used(town.lot.ceiling) == [(4_000, 40_000)]
    assert right()
    assert (second.version, second.basis, second.lot_id) == (2, "call_off", town.lot.id)
    assert second.basis_facts == first.basis_facts != {}


def test_less_is_taken_even_where_nothing_may_be_bought_any_more(town):
    town.agreement.state = AgreementState.ENDED
    add_interest(town, town.farm, town.kitchen)
    accept(ask(town, more(town, 0), kind=ChangeKind.REDUCTION))
    assert used(town.lot.ceiling) == [(0, 0)]
    assert right()


def test_more_fits_under_the_ceiling_at_the_price_agreed(town):
    following = accept(ask(town, more(town, 95), new(town, town.beets, 5)))
    assert {(line.name, line.price_cents, line.quantity) for line in following.record_lines} == {
        (town.carrots.versions[0].name, 100, 95_000),
        (town.beets.versions[0].name, 100, 5_000),
    }
    assert used(town.lot.ceiling) == [(10_000, 100_000)]
    assert right()


def test_a_new_line_alone_is_counted_too(town):
    accept(ask(town, new(town, town.beets, 10)))
    assert used(town.lot.ceiling) == [(10_000, 100_000)]
    assert right()


@pytest.mark.parametrize("moment", ["asked", "answered"])
def test_more_than_a_ceiling_leaves_is_refused_when_asked_and_when_answered(town, moment):
    if moment == "answered":
        change = ask(town, more(town, 95), new(town, town.beets, 5))
        town.lot.ceiling.limit_cents = 9_999
        with pytest.raises(AboveCeiling):
            accept(change)
    else:
        with pytest.raises(AboveCeiling):
            ask(town, more(town, 95), new(town, town.beets, 6))
        town.lot.ceiling.limit_cents, town.lot.ceiling.limit_grams = None, 100_000
        with pytest.raises(AboveCeilingWeight):
            ask(town, more(town, 101))


def test_a_full_ceiling_is_named_as_such(town):
    town.lot.ceiling.limit_cents = 9_000
    with pytest.raises(CeilingReached):
        ask(town, more(town, 91))


def test_what_belongs_to_another_lot_needs_a_record_of_its_own(town):
    with pytest.raises(OtherBasis):
        ask(town, new(town, town.eggs, 1))


def test_more_evidence_stays_below_the_threshold(town):
    # 90.00 EUR under the lot and 30.00 EUR by evidence are needed already
    threshold(13_001)
    with pytest.raises(AboveThreshold):
        ask(town, more(town, 41, "evidence"), basis="evidence")
    following = accept(ask(town, more(town, 40, "evidence"), basis="evidence"))
    assert (following.basis, following.lot_id, following.net_cents) == ("evidence", None, 4_000)
    assert right()


def test_more_is_refused_from_a_barred_farm_after_the_term_and_out_of_rank(town):
    town.agreement.valid_to = WEEK
    accept(ask(town, more(town, 91)))
    with pytest.raises(OutsideTheTerm):
        ask(town, new(town, town.beets, 1, day=1))
    town.agreement.valid_to = WEEK + timedelta(days=60)
    add_interest(town, town.farm, town.kitchen)
    with pytest.raises(BarredProducer):
        ask(town, more(town, 92))


def test_more_of_the_second_waits_for_the_first_after_the_close_too(world, clock_at):
    clock_at(NOW)
    town = settle_town(world)
    other = town.add_producer()
    add_supplier(town.lot, other, rank=2, price=100)
    second = sells(town, None, other)
    town.carrots.stock_kind, town.carrots.available = StockKind.RESERVE, 20_000
    week = town.cycle()
    town.submit(week, town.kitchen, [(town.carrots, "20"), (second, "10")])
    clock_at(CLOSES)
    record_cycle(week.id, actor=SCHEDULER)
    by_second = db.session.scalars(
        select(ProcurementRecord).where(ProcurementRecord.producer_id == other.id)
    ).one()
    (line,) = by_second.record_lines
    town.carrots.available = 30_000
    with pytest.raises(AnotherComesFirst):
        ask_change(
            by_second.id, ChangeKind.ADDITION, [Wanted(11_000, line.id)], "trip", actor=COMMAND, now=AFTER
        )
    town.carrots.available = 20_000
    change = ask_change(
        by_second.id, ChangeKind.ADDITION, [Wanted(11_000, line.id)], "trip", actor=COMMAND, now=AFTER
    )
    assert accept(change).net_cents == 1_100
    assert right()


def test_where_nothing_is_enforced_more_needs_no_basis(world, clock_at):
    clock_at(NOW)
    town = settle_town(world)
    town.municipality.lawful_basis = Enforcement.OFF
    week = town.cycle()
    town.submit(week, town.kitchen, [(town.carrots, "10")])
    clock_at(CLOSES)
    record_cycle(week.id, actor=SCHEDULER)
    following = accept(ask(town, more(town, 5_000, "unclassified"), basis="unclassified"))
    assert (following.basis, following.net_cents) == ("unclassified", 750_000)
    assert right()
