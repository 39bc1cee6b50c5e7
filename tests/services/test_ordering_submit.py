"""Submitting and withdrawing an order, on a real database."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from foodorder.catalogue.models import StockKind
from foodorder.db import db
from foodorder.ordering import drafts
from foodorder.ordering.models import OrderLine, OrderSubmission, WeeklyOrder
from foodorder.ordering.place import submit_order, withdraw_order
from foodorder.ordering.queries import draft_of, lines_of, standing_submission
from foodorder.outbox.models import Message
from foodorder.rules.cycle import CycleNotOpen, CycleNotYetOpen, DeadlinePassed
from foodorder.rules.ordering import Cell, NothingOrdered, NothingToWithdraw, OrderRefused, SubmittedMeanwhile
from foodorder.rules.vat import TaxType
from foodorder.trail.models import TrailEvent
from tests.factories import CLOSES, NOW, OPENS, WEEK

SECOND = timedelta(seconds=1)
TINY = timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def tuesday(clock_at):
    """The clock stands at an hour in which the cycle takes orders, until a test moves it."""
    clock_at(NOW)
    return clock_at


@pytest.fixture
def kitchen(world):
    return world.add_institution(doors=2)


def problems(world, cycle, kitchen, asked, **more):
    with pytest.raises(OrderRefused) as refused:
        world.submit(cycle, kitchen, asked, **more)
    return refused.value.problems


def names(found):
    return {type(refusal).__name__ for refusal in found.values()}


def quantities(receipt):
    return {line.offer_id: line.quantity for line in lines_of(receipt.submission_id)}


def taken(offer):
    db.session.refresh(offer)
    return offer.taken


# What a submission writes


def test_a_submitted_order_is_a_receipt_and_lines(world, kitchen):
    carrots, milk = world.offer(price=150), world.offer(price=99, step=500, minimum=1000, pack=2000)
    cycle = world.cycle()
    receipt = world.submit(cycle, kitchen, [(carrots, "12"), (milk, "2,5")], pack_choice="up")
    assert receipt.number == f"{kitchen.code}-2026-W49/1"
    assert (receipt.version, receipt.submitted_at, receipt.repeated) == (1, NOW, False)
    assert (receipt.lines, receipt.net_cents, receipt.grams) == (2, 1800 + 248, 14_500)
    assert receipt.vat_cents == 171 + 24  # 9.5 % on each producer's net sum
    assert receipt.gross_cents == receipt.net_cents + receipt.vat_cents
    line = next(line for line in lines_of(receipt.submission_id) if line.offer_id == milk.id)
    assert (line.quantity, line.net_cents, line.grams, line.price_cents) == (2500, 248, 2500, 99)
    assert (line.order_step, line.pack, line.vat_treatment, line.vat_bp) == (500, 2000, "vat", 950)
    assert (line.producer_id, line.product_id, line.basis) == (
        milk.producer_id,
        milk.product_id,
        "unclassified",
    )
    assert standing_submission(cycle.id, kitchen.id).pack_choice == "up"


def test_it_leaves_an_event_and_a_receipt_by_mail(world, kitchen):
    person = world.add_person(institution_id=kitchen.id)
    cycle_offer = world.offer()
    receipt = world.submit(world.cycle(), kitchen, [(cycle_offer, "3")], person=person)
    event = db.session.scalars(
        select(TrailEvent).where(
            TrailEvent.action == "order.submitted", TrailEvent.object_id == receipt.order_id
        )
    ).one()
    assert (event.at, event.actor_id, event.municipality_id) == (NOW, person.id, world.municipality.id)
    assert json.loads(event.body)["after"] == {"lines": 1, "net_cents": 450, "number": receipt.number}
    message = db.session.scalars(select(Message).where(Message.template == "order_receipt")).one()
    assert (message.recipient_email, message.data["number"]) == (person.email, receipt.number)
    assert [line["quantity"] for line in message.data["lines"]] == [3000]


def test_what_is_empty_or_zero_is_no_line(world, kitchen):
    first, second, third = (world.offer() for _ in range(3))
    receipt = world.submit(world.cycle(), kitchen, [(first, "2"), (second, "  "), (third, "0")])
    assert quantities(receipt) == {first.id: 2000}


def test_one_offer_on_several_days_and_doors(world, kitchen):
    offer = world.offer()
    cycle = world.cycle()
    doors = [door.id for door in kitchen.delivery_points]
    typed = {Cell(offer.id, door, WEEK + timedelta(days=day)): "1" for door in doors for day in (0, 2, 4)}
    assert world.submit(cycle, kitchen, typed).lines == 6


@pytest.mark.parametrize(
    ("tax_type", "permit", "charges_vat", "expected"),
    [
        (TaxType.VAT_PAYER, False, False, ("vat", 950)),
        (TaxType.FLAT_RATE, True, True, ("flat_rate", 800)),
        (TaxType.FLAT_RATE, True, False, ("exempt", 0)),
        (TaxType.FLAT_RATE, False, True, ("exempt", 0)),
        (TaxType.EXEMPT, True, True, ("exempt", 0)),
    ],
)
def test_vat_follows_the_producer_and_the_kitchen(world, tax_type, permit, charges_vat, expected):
    kitchen = world.add_institution(vat_payer=charges_vat)
    offer = world.offer(world.add_producer(tax_type=tax_type, permit=permit))
    receipt = world.submit(world.cycle(), kitchen, [(offer, "10")])
    line = lines_of(receipt.submission_id)[0]
    assert (line.vat_treatment, line.vat_bp) == expected


def test_the_budget_informs_and_never_refuses(world):
    kitchen = world.add_institution(weekly_budget_cents=1000)
    offer = world.offer(price=150)
    cycle = world.cycle()
    assert world.submit(cycle, kitchen, [(offer, "6")]).over_budget_cents is None
    assert world.submit(cycle, kitchen, [(offer, "10")]).over_budget_cents == 500


# Again, and again


def test_a_new_submission_replaces_the_old_one_and_keeps_it(world, kitchen):
    offer = world.offer()
    cycle = world.cycle()
    first = world.submit(cycle, kitchen, [(offer, "3")])
    second = world.submit(cycle, kitchen, [(offer, "5")])
    assert second.number.endswith("/2")
    assert standing_submission(cycle.id, kitchen.id).id == second.submission_id
    assert quantities(first) == {offer.id: 3000}
    assert quantities(second) == {offer.id: 5000}


def test_the_same_order_sent_twice_is_one_order(world, kitchen):
    offer = world.offer(available=10_000)
    cycle = world.cycle()
    first = world.submit(cycle, kitchen, [(offer, "3")])
    again = world.submit(cycle, kitchen, [(offer, "3,0")])
    assert again.repeated
    assert (again.submission_id, again.number) == (first.submission_id, first.number)
    assert taken(offer) == 3000
    assert db.session.scalars(select(OrderSubmission.id)).all() == [first.submission_id]


def test_the_same_order_sent_again_after_the_deadline_has_its_receipt(world, kitchen, clock_at):
    offer = world.offer()
    cycle = world.cycle()
    first = world.submit(cycle, kitchen, [(offer, "3")])
    clock_at(CLOSES + SECOND)
    assert world.submit(cycle, kitchen, [(offer, "3")]).submission_id == first.submission_id
    with pytest.raises(DeadlinePassed):
        world.submit(cycle, kitchen, [(offer, "4")])


def test_another_pack_choice_is_another_order(world, kitchen):
    offer = world.offer()
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(offer, "3")], pack_choice="down")
    assert world.submit(cycle, kitchen, [(offer, "3")], pack_choice="up").version == 2


def test_a_stale_page_does_not_overwrite_what_a_colleague_submitted(world, kitchen):
    offer = world.offer()
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(offer, "3")], seen=0)
    with pytest.raises(SubmittedMeanwhile):
        world.submit(cycle, kitchen, [(offer, "7")], seen=0)
    assert world.submit(cycle, kitchen, [(offer, "7")], seen=1).version == 2


# The deadline


@pytest.mark.parametrize(
    ("moment", "refusal"),
    [
        (OPENS - TINY, CycleNotYetOpen),
        (OPENS, None),
        (CLOSES - TINY, None),
        (CLOSES, DeadlinePassed),
        (CLOSES + SECOND, DeadlinePassed),
    ],
)
def test_an_order_is_accepted_from_the_opening_until_just_before_the_deadline(
    world, kitchen, clock_at, moment, refusal
):
    offer = world.offer()
    clock_at(OPENS)
    cycle = world.cycle()
    clock_at(moment)
    if refusal is None:
        assert world.submit(cycle, kitchen, [(offer, "3")]).submitted_at == moment
    else:
        with pytest.raises(refusal):
            world.submit(cycle, kitchen, [(offer, "3")])


@pytest.mark.parametrize("state", ["draft", "planned", "closed", "recorded", "settled", "cancelled"])
def test_only_an_open_cycle_takes_orders(world, kitchen, state):
    offer = world.offer()
    cycle = world.cycle()
    cycle.state = state
    db.session.flush()
    with pytest.raises(CycleNotOpen):
        world.submit(cycle, kitchen, [(offer, "3")])
    with pytest.raises(CycleNotOpen):
        withdraw_order(cycle.id, kitchen.id, actor=world.actor())
    assert db.session.scalars(select(OrderSubmission.id)).all() == []


# What is not possible


def test_every_problem_is_said_at_once_beside_its_cell(world, kitchen):
    stranger = world.add_institution()
    good, stepped, small, monday, short = (
        world.offer(),
        world.offer(step=5000),
        world.offer(minimum=10_000),
        world.offer(days=0b00001),
        world.offer(available=4000),
    )
    gone = world.offer()
    cycle = world.cycle()
    later = world.offer()  # published after the opening, and not taken up
    gone.state = "withdrawn"
    db.session.flush()
    door, tuesday = kitchen.delivery_points[0].id, WEEK + timedelta(days=1)
    typed = {
        Cell(good.id, door, tuesday): "2",
        Cell(stepped.id, door, tuesday): "7",
        Cell(small.id, door, tuesday): "3",
        Cell(monday.id, door, tuesday): "3",
        Cell(short.id, door, tuesday): "5",
        Cell(gone.id, door, tuesday): "1",
        Cell(later.id, door, tuesday): "1",
        Cell(10**9, door, tuesday): "1",
        Cell(good.id, stranger.delivery_points[0].id, tuesday): "1",
        Cell(good.id, door, WEEK + timedelta(days=9)): "1",
        Cell(good.id, door, WEEK): "two",
        Cell(stepped.id, door, WEEK): "-5",
    }
    found = problems(world, cycle, kitchen, typed)
    said = {(cell.offer, cell.delivery_point == door, cell.day): type(found[cell]).__name__ for cell in found}
    assert said == {
        (stepped.id, True, tuesday): "NotAMultiple",
        (small.id, True, tuesday): "BelowMinimumQuantity",
        (monday.id, True, tuesday): "NotThatDay",
        (short.id, True, tuesday): "AboveWhatIsLeft",
        (gone.id, True, tuesday): "OfferEnded",
        (later.id, True, tuesday): "OfferEnded",
        (10**9, True, tuesday): "OfferEnded",
        (good.id, False, tuesday): "NotYourDeliveryPoint",
        (good.id, True, WEEK + timedelta(days=9)): "NotThatDay",
        (good.id, True, WEEK): "NotANumber",
        (stepped.id, True, WEEK): "Negative",
    }
    assert db.session.scalars(select(OrderLine.id)).all() == []
    assert taken(short) == 0


def test_an_order_without_a_quantity_is_refused(world, kitchen):
    offer = world.offer()
    cycle = world.cycle()
    with pytest.raises(NothingOrdered):
        world.submit(cycle, kitchen, [(offer, "0")])


def test_a_door_that_is_no_longer_used_takes_nothing(world, kitchen):
    offer = world.offer()
    cycle = world.cycle()
    kitchen.delivery_points[0].active = False
    db.session.flush()
    assert names(problems(world, cycle, kitchen, [(offer, "1")])) == {"NotYourDeliveryPoint"}


def test_a_school_takes_nothing_in_its_holidays(world):
    school, kindergarten = world.add_institution(kind="school"), world.add_institution()
    offer = world.offer()
    cycle = world.cycle(school_days=0b00011)
    assert names(problems(world, cycle, school, [(offer, "1")], day=2)) == {"NotThatDay"}
    assert world.submit(cycle, school, [(offer, "1")], day=1).lines == 1
    assert world.submit(cycle, kindergarten, [(offer, "1")], day=2).lines == 1


def test_a_farm_that_does_not_drive_there_that_day_sells_nothing_that_day(world, kitchen):
    offer = world.offer(world.add_producer(days=0b00100))
    cycle = world.cycle()
    assert names(problems(world, cycle, kitchen, [(offer, "1")], day=1)) == {"NotThatDay"}
    assert world.submit(cycle, kitchen, [(offer, "1")], day=2).lines == 1


def test_a_suspended_producer_sells_nothing_more(world, kitchen):
    producer = world.add_producer()
    offer = world.offer(producer)
    cycle = world.cycle()
    producer.admissions[0].state = "suspended"
    db.session.flush()
    assert names(problems(world, cycle, kitchen, [(offer, "1")])) == {"OfferEnded"}


# Limited offers


def test_a_reserved_quantity_is_counted_and_refused_beyond(world, kitchen):
    other = world.add_institution()
    offer = world.offer(available=10_000)
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(offer, "6")])
    found = problems(world, cycle, other, [(offer, "5")])
    assert [refusal.left for refusal in found.values()] == [4000]
    world.submit(cycle, other, [(offer, "4")])
    assert taken(offer) == 10_000


def test_what_an_order_holds_is_left_for_it(world, kitchen):
    offer = world.offer(available=10_000)
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(offer, "6")])
    world.submit(cycle, kitchen, [(offer, "10")])
    assert taken(offer) == 10_000
    world.submit(cycle, kitchen, [(offer, "2")])
    assert taken(offer) == 2000


def test_the_sum_over_days_counts_and_every_cell_says_so(world, kitchen):
    offer = world.offer(available=10_000)
    cycle = world.cycle()
    door = kitchen.delivery_points[0].id
    typed = {Cell(offer.id, door, WEEK + timedelta(days=day)): "6" for day in (0, 1)}
    assert len(problems(world, cycle, kitchen, typed)) == 2


def test_a_shared_quantity_may_be_asked_above_what_there_is(world, kitchen):
    offer = world.offer(available=10_000, kind=StockKind.SHARE)
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(offer, "60")])
    assert taken(offer) == 60_000


def test_an_offer_cut_below_what_was_asked_leaves_an_order_what_it_holds(world, kitchen):
    offer = world.offer(available=10_000)
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(offer, "8")])
    offer.available = 5000  # hail
    db.session.flush()
    found = problems(world, cycle, kitchen, [(offer, "9")])
    assert [refusal.left for refusal in found.values()] == [8000]
    world.submit(cycle, kitchen, [(offer, "7")])
    assert taken(offer) == 7000


def test_who_was_faster_by_a_moment_is_noticed_by_the_last_statement(world, kitchen, monkeypatch):
    """The stock is read, then taken: what somebody took in between is not taken twice."""
    from foodorder.ordering import place  # noqa: PLC0415

    offer = world.offer(available=10_000)
    cycle = world.cycle()
    read = place.terms_of

    def read_and_be_overtaken(*arguments):
        terms = read(*arguments)
        db.session.execute(db.update(type(offer)).values(taken=7000))
        return terms

    monkeypatch.setattr(place, "terms_of", read_and_be_overtaken)
    assert names(problems(world, cycle, kitchen, [(offer, "6")])) == {"AboveWhatIsLeft"}


def test_an_offer_of_two_municipalities_is_counted_once(world, kitchen):
    neighbour = world.add_municipality()
    offer = world.offer(world.add_producer(world.municipality, neighbour), available=10_000)
    there = world.add_institution(municipality=neighbour)
    world.submit(world.cycle(), kitchen, [(offer, "6")])
    found = problems(world, world.cycle(municipality=neighbour), there, [(offer, "5")])
    assert [refusal.left for refusal in found.values()] == [4000]


# Withdrawing


def test_withdrawing_gives_back_the_stock_and_keeps_what_was_typed(world, kitchen):
    offer = world.offer(available=10_000, step=500)
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(offer, "6,5")])
    withdraw_order(cycle.id, kitchen.id, actor=world.actor())
    assert taken(offer) == 0
    assert standing_submission(cycle.id, kitchen.id) is None
    order = db.session.scalars(select(WeeklyOrder)).one()
    assert (order.withdrawn_at, order.has_draft) == (NOW, True)
    assert list(draft_of(order.id).values()) == ["6,5"]
    with pytest.raises(NothingToWithdraw):
        withdraw_order(cycle.id, kitchen.id, actor=world.actor())
    again = submit_order(cycle.id, kitchen.id, draft_of(order.id), "down", actor=world.actor())
    assert (again.version, taken(offer)) == (2, 6500)


def test_withdrawing_does_not_touch_a_draft_that_was_begun(world, kitchen):
    offer = world.offer()
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(offer, "6")])
    drafts.save_draft(
        cycle.id, kitchen.id, world.typed(cycle, kitchen, [(offer, "9")]), actor=world.actor(), now=NOW
    )
    withdraw_order(cycle.id, kitchen.id, actor=world.actor())
    order = db.session.scalars(select(WeeklyOrder)).one()
    assert list(draft_of(order.id).values()) == ["9"]
