"""The close applies the municipality's rules, and every difference says why."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from foodorder.accounts.budgets import Period, set_budget
from foodorder.catalogue.models import Offer, StockKind
from foodorder.ordering.models import Cycle
from foodorder.procurement.differences import allocations, differences
from foodorder.procurement.models import ProcurementRecord
from foodorder.procurement.record_cycle import Closed, record_cycle
from foodorder.rules.agreements import Funding
from foodorder.rules.ordering import Cell
from foodorder.trail.actor import SCHEDULER
from tests.factories import CLOSES, NOW, WEEK, World
from tests.kept import once

At = Callable[[datetime], None]


@once
def market(world: World, clock_at: At) -> World:
    """The world in the middle of an ordering week."""
    clock_at(NOW)
    return world


@pytest.fixture
def close(clock_at: At) -> Callable[[Cycle], Closed]:
    """Close a cycle at its deadline."""

    def at_deadline(cycle: Cycle) -> Closed:
        clock_at(CLOSES)
        return record_cycle(cycle.id, actor=SCHEDULER)

    return at_deadline


def told(cycle: Cycle) -> list[tuple[str, int, str]]:
    """Kind, signed quantity and reason in English of each difference."""
    return [(row.kind, row.quantity, row.why.message % row.why.facts) for row in differences(cycle.id)]


def recorded(session: Session, offer: Offer) -> dict[int, int]:
    """Quantity recorded of an offer by institution."""
    rows = session.execute(
        text(
            "SELECT r.institution_id, sum(l.quantity)::bigint AS quantity FROM record_line l"
            " JOIN procurement_record r ON r.id = l.record_id"
            " JOIN offer_version v ON v.id = l.offer_version_id"
            " WHERE v.offer_id = :offer AND r.superseded_by_id IS NULL GROUP BY r.institution_id"
        ),
        {"offer": offer.id},
    )
    return {row.institution_id: row.quantity for row in rows}


def test_a_withdrawn_offer_is_cancelled_and_the_rest_recorded(
    market: World, session: Session, close: Callable[[Cycle], Closed]
) -> None:
    farm = market.add_producer()
    hail, fine = market.offer(farm), market.offer(farm)
    kitchen = market.add_institution()
    cycle = market.cycle()
    market.submit(cycle, kitchen, [(hail, "4"), (fine, "6")])
    hail.state, hail.withdrawn_reason = "withdrawn", "hail"
    session.flush()

    closed = close(cycle)

    assert (closed.ordered_grams, closed.recorded_grams, closed.differences_grams) == (10000, 6000, 4000)
    assert told(cycle) == [("cancelled", -4000, "The producer withdrew this offer.")]


@pytest.mark.parametrize(("unapproved", "kilos"), [("drop", 0), ("count", 4)])
def test_an_order_that_nobody_approved_counts_or_not_as_its_institution_says(
    market: World, session: Session, close: Callable[[Cycle], Closed], unapproved: str, kilos: int
) -> None:
    offer = market.offer(available=10000)
    waiting, approved = market.add_institution(), market.add_institution()
    cycle = market.cycle()
    market.wait_for_approval(waiting, market.submit(cycle, waiting, [(offer, "4")]), unapproved)
    done = market.wait_for_approval(approved, market.submit(cycle, approved, [(offer, "6")]), "drop")
    done.state = "approved"
    session.flush()

    closed = close(cycle)

    assert recorded(session, offer) == {approved.id: 6000} | ({waiting.id: 4000} if kilos else {})
    assert closed.ordered_grams == closed.recorded_grams + closed.differences_grams == 10000
    expected = (
        [] if kilos else [("cancelled", -4000, "Cancelled: nobody approved the order before the deadline.")]
    )
    assert told(cycle) == expected
    session.refresh(offer)
    assert offer.taken == 6000 + kilos * 1000


@pytest.mark.parametrize(
    ("rule", "choice", "kilos"),
    [("up", "down", 10), ("down", "up", 5), ("ask", "up", 10), ("ask", "down", 5)],
)
def test_packs_are_rounded_by_the_municipalitys_rule_or_the_kitchens_choice(
    market: World, session: Session, close: Callable[[Cycle], Closed], rule: str, choice: str, kilos: int
) -> None:
    market.municipality.pack_rounding = rule
    offer = market.offer(pack=5000)
    kitchen = market.add_institution()
    cycle = market.cycle()
    market.submit(cycle, kitchen, [(offer, "7")], pack_choice=choice)

    close(cycle)

    assert recorded(session, offer) == {kitchen.id: kilos * 1000}


def test_a_pack_binds_the_sum_over_the_days_of_one_door(
    market: World, session: Session, close: Callable[[Cycle], Closed]
) -> None:
    offer = market.offer(pack=5000)
    kitchen = market.add_institution(doors=2)
    first, second = (point.id for point in kitchen.delivery_points)
    cycle = market.cycle()
    days = [WEEK + timedelta(days=n) for n in range(3)]
    typed = {
        Cell(offer.id, first, days[0]): "3",
        Cell(offer.id, first, days[1]): "2",
        Cell(offer.id, second, days[2]): "4",
    }
    market.submit(cycle, kitchen, typed, pack_choice="up")

    closed = close(cycle)

    # Three and two make a crate at the first door; only the second door is rounded.
    assert closed.recorded_grams == 10000
    assert [(kind, quantity) for kind, quantity, _ in told(cycle)] == [("rounding", 1000)]


def test_rounding_up_never_passes_the_stock_or_the_budget(
    market: World, session: Session, close: Callable[[Cycle], Closed]
) -> None:
    market.municipality.pack_rounding = "up"
    scarce = market.offer(pack=5000, available=8000)
    plenty = market.offer(pack=5000, price=100)
    rich, poor = market.add_institution(), market.add_institution(weekly_budget_cents=800)
    cycle = market.cycle()
    market.submit(cycle, rich, [(scarce, "7")])
    market.submit(cycle, poor, [(plenty, "7")])

    close(cycle)

    assert (recorded(session, scarce), recorded(session, plenty)) == ({rich.id: 5000}, {poor.id: 5000})
    reasons = [row.why.message for row in differences(cycle.id)]
    assert "too little left" in reasons[0]
    assert "budget" in reasons[1]
    session.refresh(scarce)
    assert scarce.taken == 5000


def test_a_budget_of_the_year_stands_before_the_usual_week(
    market: World, session: Session, close: Callable[[Cycle], Closed]
) -> None:
    market.municipality.pack_rounding = "up"
    offer = market.offer(pack=5000, price=100)
    kitchen = market.add_institution(weekly_budget_cents=2000)
    set_budget(kitchen, Funding.REGULAR, Period.WEEK, 2026, 800, actor=SCHEDULER, now=NOW)
    set_budget(kitchen, Funding.REGULAR, Period.WEEK, 2027, 5000, actor=SCHEDULER, now=NOW)
    cycle = market.cycle()
    market.submit(cycle, kitchen, [(offer, "7")])

    close(cycle)

    assert recorded(session, offer) == {kitchen.id: 5000}


@pytest.mark.parametrize(("rule", "records"), [("cancel", 1), ("waive", 2)])
def test_an_order_below_the_farms_minimum_is_cancelled_or_the_minimum_waived(
    market: World, session: Session, close: Callable[[Cycle], Closed], rule: str, records: int
) -> None:
    market.municipality.minimum_rule = rule
    offer = market.offer(market.add_producer(minimum_cents=1000), price=100)
    small, large = market.add_institution(), market.add_institution()
    cycle = market.cycle()
    market.submit(cycle, small, [(offer, "9")])
    market.submit(cycle, large, [(offer, "10")])

    assert close(cycle).records == records

    waived = {
        record.institution_id: record.waived_minimum_cents
        for record in session.scalars(select(ProcurementRecord))
    }
    if rule == "waive":
        assert (waived, told(cycle)) == ({small.id: 1000, large.id: None}, [])
    else:
        assert waived == {large.id: None}
        assert told(cycle) == [
            (
                "cancelled",
                -9000,
                "Cancelled: the order from this producer came to 9.00 EUR, their minimum is 10.00 EUR.",
            )
        ]


def test_scarce_supply_is_shared_and_the_sharing_explained(
    market: World, session: Session, close: Callable[[Cycle], Closed]
) -> None:
    offer = market.offer(pack=5000, available=40000, kind=StockKind.SHARE)
    kitchens = [market.add_institution() for _ in range(3)]
    cycle = market.cycle()
    for kitchen, kilos in zip(kitchens, ("5", "20", "30"), strict=True):
        market.submit(cycle, kitchen, [(offer, kilos)])

    closed = close(cycle)

    given = recorded(session, offer)
    assert given[kitchens[0].id] == 5000, "the small order is served first"
    assert sum(given.values()) == 40000
    assert closed.differences_grams == 15000
    (shared,) = allocations(cycle.id)
    assert (shared.available, shared.asked, shared.given) == (40000, 55000, 40000)
    assert [(row.asked, row.given) for row in shared.shares] == [
        (asked, given[kitchen.id]) for asked, kitchen in zip((5000, 20000, 30000), kitchens, strict=True)
    ]
    assert shared.explanation[0].message.startswith("Asked %(asked)s")
    assert {row.allocation_id for row in differences(cycle.id)} == {shared.id}
    session.refresh(offer)
    assert offer.taken == 40000


def test_two_municipalities_count_on_one_stock(
    market: World, session: Session, close: Callable[[Cycle], Closed], clock_at: At
) -> None:
    other = market.add_municipality()
    farm = market.add_producer(market.municipality, other)
    offer = market.offer(farm, available=10000, kind=StockKind.SHARE)
    here, there = market.add_institution(), market.add_institution(municipality=other)
    first, second = market.cycle(), market.cycle(municipality=other)
    market.submit(first, here, [(offer, "8")])
    market.submit(second, there, [(offer, "8")])

    close(first)
    close(second)

    assert recorded(session, offer) == {here.id: 8000, there.id: 2000}
    session.refresh(offer)
    assert offer.taken == 10000


def test_nothing_left_by_the_other_municipality_is_scarcity_not_withdrawal(
    market: World, session: Session, close: Callable[[Cycle], Closed]
) -> None:
    other = market.add_municipality()
    farm = market.add_producer(market.municipality, other)
    offer = market.offer(farm, available=8000, kind=StockKind.SHARE)
    here, there = market.add_institution(), market.add_institution(municipality=other)
    first, second = market.cycle(), market.cycle(municipality=other)
    market.submit(first, here, [(offer, "8")])
    market.submit(second, there, [(offer, "3")])

    close(first)
    close(second)

    assert [row.why.message[:6] for row in differences(second.id)] == ["Scarce"]


def test_what_another_open_cycle_has_reserved_stays_its_own(
    market: World, session: Session, close: Callable[[Cycle], Closed]
) -> None:
    market.municipality.pack_rounding = "up"
    other = market.add_municipality()
    farm = market.add_producer(market.municipality, other)
    offer = market.offer(farm, pack=5000, available=14000)
    here, there = market.add_institution(), market.add_institution(municipality=other)
    first, second = market.cycle(), market.cycle(municipality=other)
    market.submit(first, here, [(offer, "7")])
    market.submit(second, there, [(offer, "5")])

    close(first)

    # Rounding seven up to ten would take what the other municipality's kitchen has reserved.
    assert recorded(session, offer) == {here.id: 5000}


def test_a_reserved_offer_that_was_reduced_is_shared_by_what_each_cycle_holds(
    market: World, session: Session, close: Callable[[Cycle], Closed]
) -> None:
    other = market.add_municipality()
    farm = market.add_producer(market.municipality, other)
    offer = market.offer(farm, available=20000)
    here, there = market.add_institution(), market.add_institution(municipality=other)
    first, second = market.cycle(), market.cycle(municipality=other)
    market.submit(first, here, [(offer, "12")])
    market.submit(second, there, [(offer, "8")])
    offer.available = 10000  # frost
    session.flush()

    close(first)
    close(second)

    assert recorded(session, offer) == {here.id: 6000, there.id: 4000}


def test_not_a_gram_is_lost_where_grams_are_rounded(
    market: World, session: Session, close: Callable[[Cycle], Closed]
) -> None:
    farm = market.add_producer()
    # A quarter of a litre weighs 257.5 g, three quarters 772.5 g.
    litre = market.add_food_type("LTR", grams_per_unit=1030)
    gone, scarce = (
        market.offer(product=market.add_product(farm, litre, step=250), available=available, kind=kind)
        for available, kind in ((None, None), (1000, StockKind.SHARE))
    )
    kitchens = [market.add_institution() for _ in range(2)]
    cycle = market.cycle()
    market.submit(cycle, kitchens[0], [(gone, "0,25"), (scarce, "0,75")])
    market.submit(cycle, kitchens[1], [(gone, "0,75"), (scarce, "0,75")])
    gone.state, gone.withdrawn_reason = "withdrawn", "a sick cow"
    session.flush()

    closed = close(cycle)

    assert closed.ordered_grams == 258 + 773 + 773 + 773
    assert closed.recorded_grams + closed.differences_grams == closed.ordered_grams
    with pytest.raises(ValueError, match="g of differences"):
        replace(closed, recorded_grams=closed.recorded_grams - 1)
