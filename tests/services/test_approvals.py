"""Orders that need a second person: asked for, approved, sent back, overtaken, and the deadline."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from foodorder.accounts.budgets import Period, set_budget
from foodorder.accounts.interests import Declaring, declare
from foodorder.accounts.models import Unapproved
from foodorder.catalogue.models import StockKind
from foodorder.db import db
from foodorder.ordering.approvals import (
    approvals_of,
    approvers,
    newest_approval,
)
from foodorder.ordering.cycles import extend_cycle
from foodorder.ordering.decisions import approve, send_back
from foodorder.ordering.models import OrderApproval
from foodorder.ordering.place import withdraw_order
from foodorder.ordering.queries import draft_of, standing_submission
from foodorder.ordering.reminders import remind
from foodorder.outbox.deliver import written
from foodorder.outbox.models import Message
from foodorder.procurement.differences import differences
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.agreements import Funding
from foodorder.rules.approval import NotWaiting, NotYourOwnOrder, TooLateToDecide, WordMissing
from foodorder.rules.cycle import CycleNotOpen
from foodorder.rules.integrity import OwnInterest, Relation
from foodorder.rules.permissions import Role
from foodorder.trail.actor import COMMAND, SCHEDULER
from foodorder.trail.models import TrailEvent
from tests.agreements import add_interest
from tests.factories import CLOSES, NOW, WEEK
from tests.kept import once

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
TODAY = NOW.date()
LIMIT = 1000


@pytest.fixture(autouse=True)
def tuesday(clock_at):
    clock_at(NOW)
    return clock_at


class Week:
    """A kitchen with a limit of 10 €, who cooks, who approves, and an offer of 1,50 € a kilogram."""

    def __init__(self, world):
        self.world = world
        self.kitchen = world.add_institution(approval_limit_cents=LIMIT)
        self.cook = world.add_person(institution_id=self.kitchen.id)
        self.head = world.add_person(Role.APPROVER, institution_id=self.kitchen.id)
        self.farm = world.add_producer()
        self.offer = world.offer(self.farm, available=100_000)
        self.cycle = world.cycle()

    def submit(self, kilos, person=None):
        return self.world.submit(self.cycle, self.kitchen, [(self.offer, kilos)], person=person or self.cook)

    @property
    def approver(self):
        return self.world.actor(self.head, Role.APPROVER)


@once
def week(world):
    return Week(world)


def states(order_id):
    rows = db.session.execute(
        select(OrderApproval.state)
        .where(OrderApproval.order_id == order_id)
        .order_by(OrderApproval.submission_id)
    )
    return list(rows.scalars())


def mails(template):
    rows = db.session.scalars(select(Message).where(Message.template == template).order_by(Message.id))
    return list(rows)


def taken(offer):
    db.session.refresh(offer)
    return offer.taken


# Asking


def test_an_order_above_the_limit_waits_for_the_approver(week):
    receipt = week.submit("7")  # 10,50 €
    approval = newest_approval(receipt.order_id)
    assert (approval.row.state, approval.waits) == ("waiting", True)
    assert approval.row.why == [
        {"code": "above_limit", "facts": {"net": {"cents": 1050}, "limit": {"cents": 1000}}}
    ]
    (mail,) = mails("approval_asked")
    assert mail.recipient_email == week.head.email
    subject, text = written(mail, "https://example.org")
    assert "10,50" in subject
    assert f"https://example.org/kitchen/approvals/{receipt.submission_id}" in text
    assert "več od meje" in text
    event = db.session.scalars(select(TrailEvent).where(TrailEvent.action == "order.approval_asked")).one()
    assert (event.object_id, event.actor_id) == (receipt.order_id, week.cook.id)
    assert json.loads(event.body)["after"]["why"] == ["above_limit"]


def test_an_order_within_the_limit_waits_for_nobody(week):
    receipt = week.submit("6")
    assert newest_approval(receipt.order_id) is None
    assert mails("approval_asked") == []


def test_without_a_limit_a_submission_costs_no_statement_more(week, monkeypatch):
    week.kitchen.approval_limit_cents = None
    db.session.flush()
    monkeypatch.setattr(
        "foodorder.ordering.approvals.db", None, raising=True
    )  # any statement of this module would fail
    week.submit("70")
    withdraw_order(week.cycle.id, week.kitchen.id, actor=COMMAND)


@pytest.mark.parametrize(("period", "code"), [(Period.WEEK, "week_budget"), (Period.YEAR, "year_budget")])
def test_an_order_beyond_a_budget_waits_although_below_the_limit(week, period, code):
    set_budget(week.kitchen, Funding.REGULAR, period, 2026, 800, actor=COMMAND, now=NOW)
    first = week.submit("5")
    assert newest_approval(first.order_id) is None
    second = week.submit("6")
    assert [one["code"] for one in newest_approval(second.order_id).row.why] == [code]


def test_the_week_counts_what_another_cycle_of_it_holds(week, world):
    set_budget(week.kitchen, Funding.REGULAR, Period.WEEK, 2026, 800, actor=COMMAND, now=NOW)
    week.submit("3")
    again = world.cycle(week=WEEK)
    receipt = world.submit(again, week.kitchen, [(week.offer, "3")])
    assert [one["code"] for one in newest_approval(receipt.order_id).row.why] == ["week_budget"]


def test_the_institutions_usual_week_is_a_budget_of_regular_meals(week):
    week.kitchen.weekly_budget_cents = 500
    receipt = week.submit("4")
    assert [one["code"] for one in newest_approval(receipt.order_id).row.why] == ["week_budget"]


def test_what_waited_in_vain_and_was_dropped_took_nothing_of_the_year(week, world, clock_at):
    set_budget(week.kitchen, Funding.REGULAR, Period.YEAR, 2026, 1600, actor=COMMAND, now=NOW)
    later = WEEK + timedelta(weeks=1)
    offer = world.offer(week.farm, week=later)
    next_cycle = world.cycle(week=later, closes_at=CLOSES + timedelta(weeks=1))
    week.submit("7")
    clock_at(CLOSES)
    record_cycle(week.cycle.id, actor=SCHEDULER)
    receipt = world.submit(next_cycle, week.kitchen, [(offer, "6")])
    assert newest_approval(receipt.order_id) is None
    week.kitchen.unapproved = Unapproved.COUNT
    receipt = world.submit(next_cycle, week.kitchen, [(offer, "5")])
    assert [one["code"] for one in newest_approval(receipt.order_id).row.why] == ["year_budget"]


def test_a_newer_submission_overtakes_what_waited(week):
    first = week.submit("7")
    week.submit("8")
    assert states(first.order_id) == ["overtaken", "waiting"]
    week.submit("2")
    assert states(first.order_id) == ["overtaken", "overtaken"]


def test_a_withdrawal_overtakes_what_waited(week):
    receipt = week.submit("7")
    withdraw_order(week.cycle.id, week.kitchen.id, actor=COMMAND)
    assert states(receipt.order_id) == ["overtaken"]


def test_the_same_order_again_asks_nobody_again(week):
    week.submit("7")
    week.submit("7")
    assert len(mails("approval_asked")) == 1


def test_neither_who_ordered_nor_who_has_an_interest_is_asked(week, world):
    partial = world.add_person(Role.APPROVER, institution_id=week.kitchen.id)
    world.add_person(Role.APPROVER, institution_id=world.add_institution().id)
    tie = Declaring(
        name="X", office="Y", producer_id=week.farm.id, relation=Relation.FAMILY, declared_on=NOW.date(),
        valid_from=NOW.date(), person_id=partial.id,
    )  # fmt: skip
    declare(world.municipality, tie, actor=COMMAND, now=NOW)
    receipt = week.submit("7", person=week.head)
    assert approvers(receipt.submission_id) == []
    receipt = week.submit("8")
    assert [row.id for row in approvers(receipt.submission_id)] == [week.head.id]
    with pytest.raises(OwnInterest):
        approve(receipt.submission_id, actor=world.actor(partial, Role.APPROVER))


@pytest.mark.parametrize(
    ("values", "asked"),
    [
        # at 23:30 UTC of 24 November it is 25 November in Kranj
        ({"valid_from": TODAY + DAY}, False),
        ({"valid_from": TODAY + 2 * DAY}, True),
        ({"valid_from": TODAY, "valid_to": TODAY}, True),
        ({"valid_from": TODAY, "valid_to": TODAY + DAY}, False),
    ],
)
def test_an_interest_stands_on_the_days_of_the_municipality_s_calendar(week, world, clock_at, values, asked):
    clock_at(NOW.replace(hour=23, minute=30))
    receipt = week.submit("7")
    add_interest(world, week.farm, None, person_id=week.head.id, **values)
    assert [row.id for row in approvers(receipt.submission_id)] == ([week.head.id] if asked else [])


# Answering


def test_approved_it_counts_and_the_kitchen_hears(week):
    receipt = week.submit("7")
    approve(receipt.submission_id, "V redu.", actor=week.approver)
    approval = newest_approval(receipt.order_id)
    assert (approval.row.state, approval.row.decider, approval.row.words) == (
        "approved",
        week.head.name,
        "V redu.",
    )
    assert standing_submission(week.cycle.id, week.kitchen.id).id == receipt.submission_id
    (mail,) = mails("approval_answered")
    assert mail.recipient_email == week.cook.email
    assert "odobr" in written(mail, "https://example.org")[0]
    event = db.session.scalars(select(TrailEvent).where(TrailEvent.action == "order.approved")).one()
    assert (event.actor_id, event.at) == (week.head.id, NOW)


def test_approving_twice_is_approving_once(week):
    receipt = week.submit("7")
    approve(receipt.submission_id, actor=week.approver)
    approve(receipt.submission_id, actor=week.approver)
    assert len(mails("approval_answered")) == 1


def test_sent_back_it_is_a_draft_with_the_word_and_its_stock_is_free(week):
    receipt = week.submit("7")
    assert taken(week.offer) == 7000
    send_back(receipt.submission_id, " Manj korenja ", actor=week.approver)
    assert standing_submission(week.cycle.id, week.kitchen.id) is None
    assert list(draft_of(receipt.order_id).values()) == ["7"]
    assert taken(week.offer) == 0
    approval = newest_approval(receipt.order_id)
    assert (approval.row.state, approval.row.words) == ("sent_back", "Manj korenja")
    (mail,) = mails("approval_answered")
    assert "Manj korenja" in written(mail, "https://example.org")[1]


def test_sending_back_needs_a_word(week):
    receipt = week.submit("7")
    with pytest.raises(WordMissing):
        send_back(receipt.submission_id, "  ", actor=week.approver)


def test_nobody_approves_or_sends_back_their_own_order(week):
    receipt = week.submit("7", person=week.head)
    for decide in (lambda: approve(receipt.submission_id, actor=week.approver),
                   lambda: send_back(receipt.submission_id, "x", actor=week.approver)):  # fmt: skip
        with pytest.raises(NotYourOwnOrder):
            decide()


def test_what_was_changed_meanwhile_cannot_be_approved(week):
    old = week.submit("7")
    new = week.submit("8")
    with pytest.raises(NotWaiting):
        approve(old.submission_id, actor=week.approver)
    approve(new.submission_id, actor=week.approver)


def test_what_needed_no_approval_cannot_be_approved(week):
    receipt = week.submit("1")
    with pytest.raises(NotWaiting):
        approve(receipt.submission_id, actor=week.approver)


def test_the_answer_counts_until_the_deadline_and_not_after(week, clock_at):
    receipt = week.submit("7")
    clock_at(CLOSES)
    with pytest.raises(TooLateToDecide) as refused:
        approve(receipt.submission_id, actor=week.approver)
    assert isinstance(refused.value, CycleNotOpen)
    with pytest.raises(TooLateToDecide):
        send_back(receipt.submission_id, "x", actor=week.approver)
    clock_at(CLOSES - SECOND)
    approve(receipt.submission_id, actor=week.approver)


# The deadline


def test_approvers_are_reminded_with_the_kitchens_once(week, clock_at):
    week.submit("7")
    clock_at(CLOSES - timedelta(hours=24))
    remind(week.cycle.id, 24, actor=SCHEDULER)
    remind(week.cycle.id, 24, actor=SCHEDULER)
    (mail,) = mails("approval_reminder")
    assert mail.recipient_email == week.head.email
    assert "Brez vašega odgovora" in written(mail, "https://example.org")[1]
    clock_at(CLOSES - timedelta(hours=2))
    remind(week.cycle.id, 2, actor=SCHEDULER)
    extend_cycle(week.cycle.id, CLOSES + timedelta(hours=1), "Sneg", actor=COMMAND)
    remind(week.cycle.id, 2, actor=SCHEDULER)
    assert len(mails("approval_reminder")) == 3


def test_who_has_answered_is_not_reminded(week):
    approve(week.submit("7").submission_id, actor=week.approver)
    remind(week.cycle.id, 24, actor=SCHEDULER)
    assert mails("approval_reminder") == []


@pytest.mark.parametrize(("unapproved", "word"), [("drop", "Ne šteje"), ("count", "revizor")])
def test_at_the_deadline_kitchen_and_approver_hear_what_became_of_it(week, clock_at, unapproved, word):
    week.kitchen.unapproved = unapproved
    week.submit("7")
    clock_at(CLOSES)
    record_cycle(week.cycle.id, actor=SCHEDULER)
    told = {mail.recipient_email: mail for mail in mails("close_institution")}
    assert told.keys() == {week.cook.email, week.head.email}
    for mail in told.values():
        text = written(mail, "https://example.org")[1]
        assert "nihče ni odobril" in text
        assert word in text
    assert len(differences(week.cycle.id)) == (1 if unapproved == "drop" else 0)


def test_of_an_approved_order_only_the_kitchen_hears_at_the_close(week, clock_at):
    approve(week.submit("7").submission_id, actor=week.approver)
    clock_at(CLOSES)
    record_cycle(week.cycle.id, actor=SCHEDULER)
    (mail,) = mails("close_institution")
    assert mail.recipient_email == week.cook.email
    assert "nihče ni odobril" not in written(mail, "https://example.org")[1]


def test_the_list_begins_with_what_waits(week, world, clock_at):
    later = WEEK + timedelta(weeks=1)
    offer = world.offer(week.farm, week=later, kind=StockKind.UNLIMITED)
    next_cycle = world.cycle(week=later, closes_at=CLOSES + timedelta(weeks=1))
    done = world.submit(next_cycle, week.kitchen, [(offer, "9")], person=week.cook)
    approve(done.submission_id, actor=week.approver)
    waiting = week.submit("7")
    listed = approvals_of(week.kitchen.id)
    assert [approval.row.submission_id for approval in listed] == [waiting.submission_id, done.submission_id]
    clock_at(CLOSES)
    missed = next(
        one for one in approvals_of(week.kitchen.id) if one.row.submission_id == waiting.submission_id
    )
    assert (missed.waits, missed.missed) == (False, True)
