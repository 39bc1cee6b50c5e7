"""Urgent additions after the close that make a record of their own, on their own lawful basis."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from foodorder.accounts.models import Producer
from foodorder.catalogue.models import StockKind
from foodorder.db import db
from foodorder.delivery.models import DeliveryNote
from foodorder.delivery.notes import due_cycles, make_cycle_notes
from foodorder.ordering.models import OrderLine
from foodorder.outbox import render
from foodorder.outbox.models import Message
from foodorder.procurement.additions import (
    Instead,
    MoreThanMissing,
    NotInstead,
    StillOpen,
    accept_addition,
    ask_addition,
    ask_more,
)
from foodorder.procurement.apart import AnotherWaits
from foodorder.procurement.changes import (
    AlreadyAnswered,
    AlreadyAsked,
    CostBearerMissing,
    ReasonMissing,
    accept_change,
    ask_change,
    refuse_change,
    withdraw_change,
)
from foodorder.procurement.models import ChangeKind, CostBearer, ProcurementRecord
from foodorder.procurement.queries import record_page
from foodorder.procurement.record_cycle import record_cycle
from foodorder.procurement.requests import open_additions, records_made
from foodorder.procurement.wanted import NothingAsked, Wanted
from foodorder.rules import substitution as rule
from foodorder.rules.errors import Amount
from foodorder.rules.integrity import BarredProducer
from foodorder.rules.ordering import AboveWhatIsLeft, NotYourDeliveryPoint, OfferEnded
from foodorder.rules.sourcing import AboveCeiling, AboveThreshold
from foodorder.trail.actor import COMMAND, SCHEDULER
from foodorder.trail.models import TrailEvent
from tests.agreements import add_interest, add_kind, add_lot, add_supplier, used
from tests.criteria import add_offer, add_settings
from tests.factories import CLOSES, NOW, WEEK
from tests.kept import once
from tests.services.buying import right, sells, settle_town

AFTER = CLOSES + timedelta(hours=2)


@once
def town(world, clock_at):
    """A closed week: 10 kg under a lot; other farms sell under a second lot, or by evidence order."""
    clock_at(NOW)
    town = settle_town(world)
    town.other = town.add_producer(minimum_cents=2_000)
    second = add_lot(town.agreement, town.add_food_type(), cents=5_000)
    add_supplier(second, town.other, price=50)
    town.second = second
    town.eggs = sells(town, second.food_types[0], town.other, price=80)
    herb = town.add_food_type()
    add_kind(town, town.food, herb)
    town.herbs = sells(town, herb, town.other, price=100, stock_kind=StockKind.RESERVE, available=20_000)
    town.leeks = sells(town, herb, town.farm, price=100)
    town.week = town.cycle()
    town.submit(town.week, town.kitchen, [(town.carrots, "10")])
    clock_at(CLOSES)
    record_cycle(town.week.id, actor=SCHEDULER)
    clock_at(AFTER)
    return town


def want(town, offer, kilograms, kitchen=None, day=0):
    door = (kitchen or town.kitchen).delivery_points[0].id
    return Wanted(
        kilograms * 1000, offer_id=offer.id, delivery_point_id=door, delivery_date=WEEK + timedelta(days=day)
    )


def ask(town, *wanted, kitchen=None, producer=None, reason="trip", instead=None):
    return ask_addition(
        town.week.id,
        (kitchen or town.kitchen).id,
        (producer or town.other).id,
        wanted,
        reason,
        instead=instead,
        actor=COMMAND,
        now=AFTER,
    )


def accept(change):
    return accept_addition(change.id, CostBearer.NOBODY, actor=COMMAND, now=AFTER)


def threshold(cents):
    db.session.execute(
        text("UPDATE legal_parameter SET value = :cents WHERE key = 'procurement.threshold_goods'"),
        {"cents": cents},
    )
    db.session.info.pop("law", None)


def numbers():
    rows = db.session.scalars(select(ProcurementRecord).order_by(ProcurementRecord.id))
    return [(record.sequence, record.version, record.basis) for record in rows]


def test_yes_makes_a_record_for_each_lawful_basis_with_the_next_numbers(town):
    records = accept(ask(town, want(town, town.eggs, 30), want(town, town.herbs, 5)))
    assert numbers() == [(1, 1, "call_off"), (2, 1, "call_off"), (3, 1, "evidence")]
    call_off, evidence = records
    assert call_off.number == f"{town.kitchen.code}-2026-0002"
    assert (call_off.lot_id, call_off.producer_id, call_off.net_cents) == (
        town.second.id, town.other.id, 1_500,
    )  # fmt: skip
    assert (evidence.lot_id, evidence.net_cents, evidence.grams) == (None, 500, 5_000)
    assert call_off.basis_facts["lot"] == town.second.number
    assert "threshold_cents" in evidence.basis_facts
    assert used(town.second.ceiling) == [(1_500, 30_000)]
    assert right()
    assert town.herbs.taken == 5_000


def test_the_record_says_whose_request_it_was_and_that_the_minimum_was_waived(town):
    [record] = accept(ask(town, want(town, town.herbs, 5)))
    assert record.waived_minimum_cents == 2_000
    page = record_page(record)
    assert [(one.record_id, one.state, one.reason) for one in page.changes] == [(None, "accepted", "trip")]
    [line] = page.lines
    assert (line.ordered, line.change_id, line.quantity) == (None, page.changes[0].id, 5_000)
    assert sum(row.sum.net for row in page.vat) == 500
    assert [row.number for row in records_made(page.changes[0].id)] == [record.number]


def test_a_minimum_that_is_reached_is_not_waived(town):
    [record] = accept(ask(town, want(town, town.herbs, 20)))
    assert record.waived_minimum_cents is None


def test_what_fits_a_record_in_force_becomes_its_next_version(town):
    [first] = accept(ask(town, want(town, town.herbs, 5)))
    [second] = accept(ask(town, want(town, town.herbs, 4, day=1)))
    assert (second.sequence, second.version, second.replaces_id) == (first.sequence, 2, first.id)
    assert [line.quantity for line in second.record_lines] == [5_000, 4_000]
    assert second.record_lines[0].root_id == first.record_lines[0].id
    assert right()
    assert town.herbs.taken == 9_000


def test_a_kitchen_that_ordered_nothing_gets_its_first_record(town):
    kitchen = town.add_institution()
    [record] = accept(ask(town, want(town, town.herbs, 5, kitchen), kitchen=kitchen))
    assert (record.sequence, record.institution_id, record.basis) == (1, kitchen.id, "evidence")
    assert right()


def test_more_on_another_basis_than_the_records_is_a_record_of_its_own(town):
    record = db.session.scalars(select(ProcurementRecord)).one()
    wanted = [Wanted(12_000, record.record_lines[0].id), want(town, town.leeks, 3)]
    change = ask_more(record.id, wanted, "trip", actor=COMMAND, now=AFTER)
    assert change.record_id is None
    longer, other = accept(change)
    assert (longer.replaces_id, [line.quantity for line in longer.record_lines]) == (
        record.id, [10_000, 2_000],
    )  # fmt: skip
    assert (other.version, other.basis, other.net_cents) == (1, "evidence", 300)
    assert right()


def test_more_on_the_same_basis_stays_a_request_about_the_record(town):
    record = db.session.scalars(select(ProcurementRecord)).one()
    change = ask_more(
        record.id, [Wanted(12_000, record.record_lines[0].id)], "trip", actor=COMMAND, now=AFTER
    )
    assert change.record_id == record.id


def test_above_a_ceiling_when_asked_and_when_answered(town):
    with pytest.raises(AboveCeiling):
        ask(town, want(town, town.eggs, 101))
    change = ask(town, want(town, town.eggs, 100))
    town.second.ceiling.limit_cents = 4_999
    with pytest.raises(AboveCeiling):
        accept(change)
    assert len(numbers()) == 1


def test_above_the_threshold(town):
    threshold(2_000)
    accept(ask(town, want(town, town.herbs, 5)))
    with pytest.raises(AboveThreshold):
        ask(town, want(town, town.herbs, 5))


def test_no_more_than_there_is(town):
    kitchen = town.add_institution()
    first = ask(town, want(town, town.herbs, 12))
    second = ask(town, want(town, town.herbs, 12, kitchen), kitchen=kitchen)
    accept(first)
    with pytest.raises(AboveWhatIsLeft) as found:
        accept(second)
    assert found.value.facts["left"] == Amount(8_000, "KGM")
    db.session.expire_all()
    assert town.herbs.taken == 12_000


def test_a_barred_producer_is_not_asked(town):
    add_interest(town, town.other, town.kitchen)
    with pytest.raises(BarredProducer):
        ask(town, want(town, town.herbs, 1))


def test_only_the_producers_own_goods_for_the_kitchens_own_doors(town):
    with pytest.raises(OfferEnded):
        ask(town, want(town, town.carrots, 1))
    with pytest.raises(NotYourDeliveryPoint):
        ask(town, want(town, town.herbs, 1, town.add_institution()))
    with pytest.raises(NothingAsked):
        ask(town)
    with pytest.raises(ReasonMissing):
        ask(town, want(town, town.herbs, 1), reason=" ")


def test_not_before_the_close(town):
    later = town.cycle(week=WEEK + timedelta(days=7), closes_at=CLOSES + timedelta(days=7))
    with pytest.raises(StillOpen):
        ask_addition(later.id, town.kitchen.id, town.other.id, [], "trip", actor=COMMAND, now=AFTER)


def test_one_at_a_time_and_answered_once(town):
    change = ask(town, want(town, town.herbs, 1))
    with pytest.raises(AlreadyAsked):
        ask(town, want(town, town.herbs, 1))
    with pytest.raises(CostBearerMissing):
        accept_addition(change.id, None, actor=COMMAND, now=AFTER)
    assert [one.id for one in open_additions(producer_id=town.other.id)] == [change.id]
    assert [one.id for one in open_additions(institution_id=town.kitchen.id)] == [change.id]
    assert open_additions(producer_id=town.farm.id) == ()
    withdraw_change(change.id, actor=COMMAND, now=AFTER)
    with pytest.raises(AlreadyAnswered):
        accept(change)
    refuse_change(ask(town, want(town, town.herbs, 1)).id, "no herbs", actor=COMMAND, now=AFTER)
    assert open_additions() == ()
    assert len(numbers()) == 1


def test_a_request_about_the_record_is_answered_first(town):
    record = db.session.scalars(select(ProcurementRecord)).one()
    line = record.record_lines[0]
    change = ask(town, want(town, town.carrots, 1), producer=town.farm)
    less = ask_change(
        record.id, ChangeKind.REDUCTION, [Wanted(8_000, line.id)], "ill", actor=COMMAND, now=AFTER
    )
    with pytest.raises(AnotherWaits), db.session.begin_nested():
        accept(change)
    accept_change(less.id, CostBearer.INSTITUTION, actor=COMMAND, now=AFTER)
    [record] = accept(change)
    assert (record.version, [line.quantity for line in record.record_lines]) == (3, [8_000, 1_000])


def test_both_sides_are_told_and_the_trail_knows(town):
    [record] = accept(ask(town, want(town, town.herbs, 5)))
    rows = db.session.scalars(select(Message).where(Message.template.like("change_%")))
    told = {(message.template, message.data["side"]): message.data for message in rows}
    assert set(told) == {
        ("change_asked", "producer"), ("change_answered", "institution"), ("change_answered", "producer"),
    }  # fmt: skip
    for (template, _side), data in told.items():
        subject, body = render.mail(template, "en", {**data, "base_url": "https://x"})
        assert "addition" in subject
        assert ("https://x/additions/" in body) == (template == "change_asked")
    assert told["change_answered", "institution"]["number"] == record.number
    actions = db.session.scalars(select(TrailEvent.action).order_by(TrailEvent.id)).all()
    assert actions[-3:] == ["change.asked", "change.accepted", "record.written"]


@pytest.mark.parametrize(("end", "words"), [(refuse_change, "refused"), (withdraw_change, "withdrew")])
def test_a_no_is_told_in_words_of_its_own(town, end, words):
    change = ask(town, want(town, town.herbs, 5))
    answer = ("no herbs",) if end is refuse_change else ()
    end(change.id, *answer, actor=COMMAND, now=AFTER)
    message = db.session.scalars(select(Message).order_by(Message.id.desc()).limit(1)).one()
    subject, body = render.mail(message.template, "en", {**message.data, "base_url": "https://x"})
    assert words in subject
    assert "None" not in subject + body
    assert f"https://x/additions/{change.id}" in body


def test_the_delivery_note_is_made_by_the_job(town):
    make_cycle_notes(town.week.id, actor=SCHEDULER, now=AFTER)
    assert due_cycles() == []
    accept(ask(town, want(town, town.herbs, 5)))
    assert due_cycles() == [town.week.id]
    make_cycle_notes(town.week.id, actor=SCHEDULER, now=AFTER)
    note = db.session.scalars(select(DeliveryNote).where(DeliveryNote.producer_id == town.other.id)).one()
    assert [line.quantity for line in note.lines] == [5_000]


@once
def short(world, clock_at):
    """10 kg of organic food ordered, of which 6 kg will not come; others that may or may not come."""
    clock_at(NOW)
    add_settings()
    town, food = world, world.add_food_type()
    town.kitchen = world.add_institution()
    town.ordered = add_offer(world, food, scheme="organic", price=150)
    town.equal = add_offer(world, food, scheme="organic", price=150)
    town.plain = add_offer(world, food, price=100)
    town.dear = add_offer(world, food, scheme="organic", price=151)
    town.nuts = add_offer(world, food, scheme="organic", price=150, allergens=(8,))
    town.other_food = add_offer(world, world.add_food_type(), scheme="organic", price=150)
    town.week = world.cycle()
    town.submit(town.week, town.kitchen, [(town.ordered, "10")])
    clock_at(CLOSES)
    record_cycle(town.week.id, actor=SCHEDULER)
    clock_at(AFTER)
    town.line = db.session.scalars(select(OrderLine)).one()
    return town


def instead(town, offer, kilograms, day=0):
    return ask(
        town,
        want(town, offer, kilograms, day=day),
        producer=db.session.get_one(Producer, offer.producer_id),
        instead=Instead(town.line.id, 6_000),
    )


def test_a_substitute_comes_instead(short):
    [record] = accept(instead(short, short.equal, 6))
    assert (record.producer_id, record.net_cents) == (short.equal.producer_id, 900)


@pytest.mark.parametrize(
    ("offer", "refusal"),
    [
        ("plain", rule.LosesOrganic),
        ("dear", rule.DearerThanAgreed),
        ("nuts", rule.BringsAllergen),
        ("other_food", NotInstead),
    ],
)
def test_what_may_not_come_instead_is_refused_with_why(short, offer, refusal):
    with pytest.raises(refusal):
        instead(short, getattr(short, offer), 1)


def test_no_more_than_is_missing_and_on_its_own_day(short):
    with pytest.raises(MoreThanMissing):
        instead(short, short.equal, 7)
    with pytest.raises(NotInstead):
        instead(short, short.equal, 6, day=1)


def test_the_rules_hold_again_when_it_is_answered(short):
    change = instead(short, short.equal, 6)
    db.session.execute(
        text("DELETE FROM product_certificate WHERE product_id = :p"), {"p": short.equal.product_id}
    )
    db.session.expire_all()
    with pytest.raises(rule.LosesOrganic):
        accept(change)
