"""Submitting an order, on a real database: its lines, its receipt, again, and until when."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from foodorder.db import db
from foodorder.ordering.models import OrderSubmission
from foodorder.ordering.place import withdraw_order
from foodorder.ordering.queries import lines_of, standing_submission
from foodorder.outbox.models import Message
from foodorder.rules.cycle import CycleNotOpen, CycleNotYetOpen, DeadlinePassed
from foodorder.rules.ordering import Cell, SubmittedMeanwhile
from foodorder.rules.vat import TaxType
from foodorder.trail.models import TrailEvent
from tests.factories import CLOSES, NOW, OPENS, WEEK
from tests.services.ordered import kitchen, taken, tuesday

__all__ = ["kitchen", "tuesday"]

SECOND = timedelta(seconds=1)
TINY = timedelta(microseconds=1)


def quantities(receipt):
    return {line.offer_id: line.quantity for line in lines_of(receipt.submission_id)}


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
