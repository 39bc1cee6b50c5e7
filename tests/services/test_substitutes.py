"""What may come instead of an ordered line, among the offers of the same cycle."""

from sqlalchemy import select

from foodorder.catalogue.giving_less import withdraw_offer
from foodorder.db import db
from foodorder.ordering import offers
from foodorder.ordering.models import OrderLine
from foodorder.ordering.options import Option, save_options
from foodorder.ordering.substitutes import short_lines, substitutes_for, substitutes_of_offer
from foodorder.outbox.models import Message
from foodorder.outbox.render import mail
from foodorder.rules import substitution as rule
from foodorder.rules.agreements import Substitution
from tests.criteria import add_offer, add_settings
from tests.factories import NOW, WEEK
from tests.kept import once


@once
def line(world, clock_at):
    """An organic line of 10 kg on Monday, and offers beside it."""
    clock_at(NOW)
    add_settings()
    world.food = food = world.add_food_type()
    world.kitchen = world.add_institution()
    world.organic = {"scheme": "organic", "price": 150}
    world.ordered = add_offer(world, food, **world.organic, available=30_000)
    world.equal = add_offer(world, food, **world.organic)
    world.fresh = add_offer(world, food, **world.organic, hours=1, step=4_000)
    world.plain = add_offer(world, food, price=100)
    world.dear = add_offer(world, food, scheme="organic", price=151)
    world.nuts = add_offer(world, food, **world.organic, allergens=(8,))
    world.tuesday = add_offer(world, food, **world.organic, days=0b00010)
    world.little = add_offer(world, food, **world.organic, available=9_000)
    world.other_food = add_offer(world, world.add_food_type(), **world.organic)
    world.sold = world.cycle()
    world.submit(world.sold, world.kitchen, [(world.ordered, "10")])
    return db.session.scalars(select(OrderLine)).one()


def test_the_possible_ones_best_first_and_the_others_with_their_reason(world, line):
    answer = substitutes_for(line.id)
    assert [one.offer for one in answer.substitutes] == [world.fresh.id, world.equal.id]
    assert [one.quantity for one in answer.substitutes] == [12_000, 10_000], "raised to the offer's step"
    assert answer.substitutes[0].paid_cents == 164
    assert answer.ask
    assert {type(refusal) for *_names, refusal in answer.refused} == {
        rule.LosesOrganic, rule.DearerThanAgreed, rule.BringsAllergen, rule.NotDelivered, rule.NotEnough,
    }  # fmt: skip


def test_what_must_be_raised_to_a_step_needs_that_much_left(world, line):
    world.fresh.stock_kind, world.fresh.available = "reserve", 11_000
    db.session.flush()
    assert [one.offer for one in substitutes_for(line.id).substitutes] == [world.equal.id]


def test_nothing_comes_instead_where_the_kitchen_said_never(world, line):
    never = {world.ordered.id: Option(substitution=Substitution.NEVER)}
    save_options(world.sold.id, world.kitchen.id, never, actor=world.actor(), now=NOW)
    world.submit(world.sold, world.kitchen, [(world.ordered, "10")])
    said = db.session.scalars(select(OrderLine).order_by(OrderLine.id.desc())).first()
    answer = substitutes_for(said.id)
    assert isinstance(answer.never, rule.NoSubstitute)
    assert (answer.substitutes, answer.refused, answer.ask) == ((), (), False)
    assert substitutes_of_offer(world.sold.id, world.kitchen.id, world.ordered.id) == []


def test_lines_that_fall_short_are_listed(world, line):
    assert short_lines(world.sold.id, world.kitchen.id) == []
    world.ordered.available = 5_000
    db.session.flush()
    assert [row.id for row in short_lines(world.sold.id, world.kitchen.id)] == [line.id]
    world.ordered.available, world.ordered.state = 30_000, "withdrawn"
    db.session.flush()
    assert [row.id for row in short_lines(world.sold.id, world.kitchen.id)] == [line.id]
    assert short_lines(world.sold.id, world.add_institution().id) == []


def test_a_message_names_them_once(world, line):
    told = substitutes_of_offer(world.sold.id, world.kitchen.id, world.ordered.id)
    assert len(told) == 2
    assert world.fresh.product.name in told[0]


def test_the_notice_of_a_withdrawal_names_what_may_come_instead(world, line):
    offers.hold(world.ordered.producer_id, WEEK)
    withdraw_offer(world.ordered.id, "toča", actor=world.actor(), now=NOW)
    assert offers.tell_affected(world.ordered.id) == 1
    message = db.session.scalars(select(Message).where(Message.template == "offer_reduced")).one()
    assert len(message.data["substitutes"]) == 2
    _subject, text = mail(message.template, "en", {**message.data, "base_url": "https://x"})
    assert f"https://x/kitchen/order/{world.sold.id}/substitutes" in text
    assert world.fresh.product.name in text
