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
from foodorder.ordering.drafts import start_from
from foodorder.ordering.models import OrderLine
from foodorder.ordering.offers import tell_affected
from foodorder.ordering.page import order_page
from foodorder.ordering.place import withdraw_order
from foodorder.ordering.queries import not_ordered
from foodorder.outbox.models import Message
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.limits import LOGIN_PER_ACCOUNT
from foodorder.rules.ordering import NotThatDay, OfferEnded, OrderRefused
from foodorder.rules.vat import TaxType
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.factories import CLOSES, NOW, WEEK, World

At = Callable[[datetime], None]
TUESDAY = WEEK + timedelta(days=1)
SEVEN = timedelta(days=7)


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


def test_an_order_keeps_to_the_price_and_the_days_that_its_cycle_opened_with(
    world: World, session: Session
) -> None:
    kitchen, offer = world.add_institution(), world.offer(price=150, days=0b00001)
    cycle = world.cycle()
    world.offer(product=offer.product, price=300, days=0b00010)
    receipt = world.submit(cycle, kitchen, [(offer, "2")])
    line = session.scalars(select(OrderLine)).one()
    assert (receipt.net_cents, line.price_cents, line.net_cents) == (300, 150, 300)
    assert [version.id for version in offer.versions if version.version == 1] == [line.offer_version_id]
    with pytest.raises(OrderRefused) as refused:
        world.submit(cycle, kitchen, [(offer, "2")], day=1)
    assert {type(problem) for problem in refused.value.problems.values()} == {NotThatDay}


def test_what_only_another_cycle_sells_is_not_sold_here(world: World) -> None:
    elsewhere = world.add_municipality()
    here, there = world.offer(), world.offer(world.add_producer(elsewhere))
    cycle, kitchen = world.cycle(), world.add_institution()
    world.cycle(municipality=elsewhere)
    # Published after this week's first cycle opened, and sold by its second.
    late = world.offer()
    second = world.cycle()
    with pytest.raises(OrderRefused) as refused:
        world.submit(cycle, kitchen, [(here, "1"), (there, "1"), (late, "1")])
    assert {cell.offer: type(problem) for cell, problem in refused.value.problems.items()} == {
        there.id: OfferEnded,
        late.id: OfferEnded,
    }
    assert world.submit(second, kitchen, [(here, "1"), (late, "1")]).lines == 2


@pytest.mark.parametrize(
    ("kind", "rests"),
    [("school", True), ("secondary_school", True), ("kindergarten", False), ("home", False)],
)
def test_schools_rest_in_their_holidays_and_others_do_not(world: World, kind: str, rests: bool) -> None:
    last = world.offer()
    offer = world.offer(product=last.product, week=WEEK + SEVEN)
    kitchen = world.add_institution(kind=kind)
    before = world.submit(world.cycle(), kitchen, [(last, "1")])
    cycle = world.cycle(week=WEEK + SEVEN, closes_at=CLOSES + SEVEN, school_days=0)
    page = order_page(cycle.id, kitchen.id)
    assert page is not None
    assert (page.days == ()) is rests
    assert [row.institution_id for row in not_ordered(cycle.id)] == ([] if rests else [kitchen.id])
    started = start_from(cycle.id, kitchen.id, before.order_id, actor=COMMAND, now=NOW)
    assert started.cells == (0 if rests else 1)
    if rests:
        with pytest.raises(OrderRefused):
            world.submit(cycle, kitchen, [(offer, "1")])
    else:
        assert world.submit(cycle, kitchen, [(offer, "1")]).lines == 1


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


def test_the_kitchens_of_every_municipality_that_ordered_are_told(world: World, session: Session) -> None:
    elsewhere = world.add_municipality()
    offer = world.offer(world.add_producer(world.municipality, elsewhere))
    kitchens = []
    for place in (world.municipality, elsewhere):
        cycle, second = world.cycle(municipality=place), world.cycle(municipality=place)
        for one in (cycle, second):
            kitchens.append(world.add_institution(municipality=place))
            world.submit(one, kitchens[-1], [(offer, "4")])
    withdraw_offer(offer.id, "frost", actor=COMMAND, now=NOW)
    assert tell_affected(offer.id) == 4
    told = session.scalars(select(Message.recipient_email).where(Message.template == "offer_reduced")).all()
    assert sorted(told) == sorted(kitchen.email for kitchen in kitchens)
