"""What an order is taxed and checked by: the day of delivery, this municipality, this account."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from foodorder.accounts import limits
from foodorder.accounts.models import AdmissionState, Permit
from foodorder.catalogue.giving_less import reduce_offer, withdraw_offer
from foodorder.catalogue.models import LegalParameter
from foodorder.ordering.models import OrderLine
from foodorder.ordering.offers import tell_affected
from foodorder.ordering.place import withdraw_order
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.limits import LOGIN_PER_ACCOUNT
from foodorder.rules.ordering import OfferEnded, OrderRefused
from foodorder.rules.vat import TaxType
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.factories import CLOSES, NOW, WEEK, World

At = Callable[[datetime], None]
TUESDAY = WEEK + timedelta(days=1)


@pytest.fixture(autouse=True)
def tuesday(clock_at: At) -> At:
    clock_at(NOW)
    return clock_at


def taxes(session: Session) -> dict[date, tuple[str, int]]:
    lines = session.scalars(select(OrderLine)).all()
    return {line.delivery_date: (line.vat_treatment, line.vat_bp) for line in lines}


def test_the_rate_is_that_of_the_day_of_delivery(world: World, session: Session) -> None:
    session.execute(text("UPDATE legal_parameter SET valid_to = :day WHERE key = 'vat.food'"), {"day": WEEK})
    session.add(
        LegalParameter(
            country="SI",
            key="vat.food",
            value=500,
            unit="bp",
            valid_from=TUESDAY,
            source="test",
            certainty="S",
        )
    )
    kitchen, offer = world.add_institution(), world.offer()
    cycle = world.cycle()
    typed = {
        **world.typed(cycle, kitchen, [(offer, "1")]),
        **world.typed(cycle, kitchen, [(offer, "1")], day=1),
    }
    world.submit(cycle, kitchen, typed)
    assert taxes(session) == {WEEK: ("vat", 950), TUESDAY: ("vat", 500)}


def test_a_permit_counts_on_the_days_it_holds(world: World, session: Session) -> None:
    farm = world.add_producer(tax_type=TaxType.FLAT_RATE)
    session.add(
        Permit(producer_id=farm.id, kind="flat_rate", number="1", valid_from=date(2020, 1, 1), valid_to=WEEK)
    )
    kitchen, offer = world.add_institution(vat_payer=True), world.offer(farm)
    cycle = world.cycle()
    typed = {
        **world.typed(cycle, kitchen, [(offer, "1")]),
        **world.typed(cycle, kitchen, [(offer, "1")], day=1),
    }
    world.submit(cycle, kitchen, typed)
    assert taxes(session) == {WEEK: ("flat_rate", 800), TUESDAY: ("exempt", 0)}


def test_a_farm_suspended_here_sells_nothing_here_though_admitted_elsewhere(
    world: World, session: Session
) -> None:
    elsewhere = world.add_municipality()
    farm = world.add_producer(world.municipality, elsewhere)
    offer, here, there = (
        world.offer(farm),
        world.add_institution(),
        world.add_institution(municipality=elsewhere),
    )
    cycle, other = world.cycle(), world.cycle(municipality=elsewhere)
    for admission in farm.admissions:
        if admission.municipality_id == world.municipality.id:
            admission.state = AdmissionState.SUSPENDED
    session.flush()
    with pytest.raises(OrderRefused) as refused:
        world.submit(cycle, here, [(offer, "1")])
    assert {type(problem) for problem in refused.value.problems.values()} == {OfferEnded}
    assert world.submit(other, there, [(offer, "1")]).lines == 1


def test_an_order_taken_back_is_in_no_record_until_it_is_given_again(
    world: World, session: Session, tuesday: At
) -> None:
    kitchen, other, offer = world.add_institution(), world.add_institution(), world.offer()
    cycle = world.cycle()
    for room in (kitchen, other):
        world.submit(cycle, room, [(offer, "4")])
        withdraw_order(cycle.id, room.id, actor=COMMAND)
    world.submit(cycle, other, [(offer, "3")])
    tuesday(CLOSES)
    closed = record_cycle(cycle.id, actor=SCHEDULER)
    assert (closed.orders, closed.ordered_grams, closed.recorded_grams) == (1, 3_000, 3_000)


def test_spelling_an_address_otherwise_gives_no_more_attempts(session: Session) -> None:
    spellings = ["ana@example.org", " Ana@example.org", "ANA@EXAMPLE.ORG "]
    attempts = range(LOGIN_PER_ACCOUNT.attempts + 1)
    answers = [limits.count_login(spellings[n % 3], f"192.0.2.{n}", NOW) for n in attempts]
    assert answers[-1] is not None


def test_whoever_ordered_is_told_of_every_reduction_and_of_the_end(world: World, session: Session) -> None:
    kitchen, offer = world.add_institution(), world.offer(available=10_000)
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(offer, "4")])
    for left in (8_000, 6_000):
        reduce_offer(offer.id, left, "hail", actor=COMMAND, now=NOW)
        assert tell_affected(offer.id) == 1
        assert tell_affected(offer.id) == 0
    withdraw_offer(offer.id, "frost", actor=COMMAND, now=NOW)
    assert tell_affected(offer.id) == 1
