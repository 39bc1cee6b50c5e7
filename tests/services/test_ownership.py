"""A statement of owners is asked for above the law's value of deals (ZIntPK, art. 14(6))."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from foodorder.accounts.ownership import (
    OwnersMissing,
    SignedInTheFuture,
    enter_statement,
    statement_of,
    statements_of,
)
from foodorder.agreements.suppliers import add_supplier
from foodorder.audit.ownership import asked_for_statements, missing_statements
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.agreements import AgreementState, AwardMode
from foodorder.rules.files import read_file
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.factories import CLOSES, NOW, WEEK, World
from tests.services.agreed import agreement_in, enact, lot_of

ACT = {"actor": COMMAND, "now": NOW}
DAY = date(2026, 12, 10)

#: The week's record once more, under a lot.
COPY = """
INSERT INTO procurement_record (cycle_id, institution_id, producer_id, basis, lot_id, year, sequence, version,
  number, recorded_at, net_cents, vat_cents, gross_cents, grams, lines)
SELECT cycle_id, institution_id, producer_id, 'call_off', {lot}, year, sequence + 1, version, number || 'b',
  recorded_at, net_cents, vat_cents, gross_cents, grams, lines FROM procurement_record
"""
COPY_LINES = """
INSERT INTO record_line (record_id, order_line_id, institution_id, delivery_point_id, delivery_date,
  offer_version_id, product_id, name, unit, quantity, grams, price_cents, net_cents, vat_treatment, vat_bp)
SELECT (SELECT max(id) FROM procurement_record), order_line_id, institution_id, delivery_point_id,
  delivery_date, offer_version_id, product_id, name, unit, quantity, grams, price_cents, net_cents,
  vat_treatment, vat_bp FROM record_line
"""


def bought(world: World, clock_at: Callable[[datetime], None], *deals: tuple[Any, Any, str]) -> None:
    """A recorded week: (kitchen, offer at 10 EUR a kilogram, kilograms)."""
    clock_at(NOW)
    cycle = world.cycle()
    kitchens = {kitchen.id: kitchen for kitchen, _offer, _kg in deals}
    for kitchen in kitchens.values():
        world.submit(cycle, kitchen, [(offer, kg) for one, offer, kg in deals if one is kitchen])
    clock_at(CLOSES)
    record_cycle(cycle.id, actor=SCHEDULER)


def test_deals_above_ten_thousand_with_one_institution_ask_for_it(
    world: World, clock_at: Callable[[datetime], None]
) -> None:
    one, other = world.add_institution(), world.add_institution()
    large, exact, split = (world.offer(world.add_producer(), price=1000) for _ in range(3))
    bought(
        world, clock_at,
        (one, large, "1001"), (one, exact, "1000"), (one, split, "600"), (other, split, "600"),
    )  # fmt: skip
    (owing,) = missing_statements(world.municipality.id, DAY)
    assert (owing.producer_id, owing.institution_id, owing.deal_cents) == (
        large.producer_id, one.id, 1_001_000,
    )  # fmt: skip
    assert missing_statements(world.add_municipality().id, DAY) == []


def test_what_is_older_than_a_year_no_longer_counts(
    world: World, clock_at: Callable[[datetime], None]
) -> None:
    bought(world, clock_at, (world.add_institution(), world.offer(price=1000), "1001"))
    last = date(WEEK.year + 1, WEEK.month, WEEK.day)
    assert len(missing_statements(world.municipality.id, last - timedelta(days=1))) == 1
    assert missing_statements(world.municipality.id, last) == []


@pytest.fixture
def lot(world: World, session: Session) -> Any:
    """A lot in force that may be called off up to 12,000 EUR."""
    enact()
    world.farm, world.school = world.add_producer(), world.add_institution()
    agreement = agreement_in(world, world.school)
    world.food = world.add_food_type()
    world.lot = lot_of(agreement, world.food, limit_cents=1_200_000)
    add_supplier(world.lot, world.farm.id, **ACT)
    agreement.state = AgreementState.IN_FORCE
    session.flush()
    return world


def test_the_ceiling_of_a_lot_is_the_value_of_its_deal(lot: Any, session: Session) -> None:
    (owing,) = missing_statements(lot.municipality.id, DAY)
    assert (owing.producer_id, owing.institution_id, owing.deal_cents) == (
        lot.farm.id, lot.school.id, 1_200_000,
    )  # fmt: skip
    lot.lot.agreement.state = AgreementState.ENDED
    session.flush()
    assert missing_statements(lot.municipality.id, DAY) == []


def test_what_was_bought_under_the_lot_is_not_counted_twice(
    lot: Any, session: Session, clock_at: Callable[[datetime], None]
) -> None:
    """3,000 EUR bought under the lot lie within its 12,000; 3,000 EUR bought beside it come on top."""
    offer = lot.offer(product=lot.add_product(lot.farm, lot.food), price=1000)
    bought(lot, clock_at, (lot.school, offer, "300"))
    session.execute(text(COPY.format(lot=lot.lot.id)))
    session.execute(text(COPY_LINES))
    records = session.scalars(text("SELECT count(*) FROM record_line"))
    assert records.one() == 2
    (owing,) = missing_statements(lot.municipality.id, DAY)
    assert owing.deal_cents == 1_500_000


def test_a_supplier_in_parallel_is_bound_by_its_share(world: World, session: Session) -> None:
    enact()
    farms, school = [world.add_producer() for _ in range(2)], world.add_institution()
    agreement = agreement_in(world, school)
    lot = lot_of(agreement, world.add_food_type(), mode=AwardMode.PARALLEL, limit_cents=1_500_000)
    for farm, share in zip(farms, (8_000, 2_000), strict=True):
        add_supplier(lot, farm.id, share_bp=share, **ACT)
    agreement.state = AgreementState.IN_FORCE
    session.flush()
    (owing,) = missing_statements(world.municipality.id, DAY)
    assert (owing.producer_id, owing.deal_cents) == (farms[0].id, 1_200_000)


# Statements


def entered(world: World, producer: Any, **more: Any) -> Any:
    usual = {"signed_on": date(2026, 11, 20), "owners": "Ana Novak, 100 %", "document": None, **ACT}
    return enter_statement(producer, world.municipality, **{**usual, **more})


def test_a_statement_is_kept_with_its_file_and_the_debt_is_gone(lot: Any) -> None:
    row = entered(lot, lot.farm, document=read_file("izjava.pdf", b"%PDF-1.7"))
    (owing,) = asked_for_statements(lot.municipality.id, DAY)
    assert (owing.statement_id, owing.signed_on, owing.document_name) == (
        row.id, date(2026, 11, 20), "izjava.pdf",
    )  # fmt: skip
    assert missing_statements(lot.municipality.id, DAY) == []
    newer = entered(lot, lot.farm, signed_on=date(2026, 11, 23))
    assert asked_for_statements(lot.municipality.id, DAY)[0].statement_id == newer.id
    assert statements_of(lot.municipality.id, lot.farm.id) == [newer, row]


def test_a_statement_of_another_town_does_not_count_here(lot: Any) -> None:
    elsewhere = lot.add_municipality()
    row = entered(lot, lot.farm)
    assert statement_of(lot.municipality.id, row.id) is row
    assert statement_of(elsewhere.id, row.id) is None
    assert statements_of(elsewhere.id, lot.farm.id) == []


def test_what_is_no_statement_is_refused(lot: Any) -> None:
    with pytest.raises(SignedInTheFuture):
        entered(lot, lot.farm, signed_on=date(2026, 11, 25))
    with pytest.raises(OwnersMissing):
        entered(lot, lot.farm, owners=" ")
