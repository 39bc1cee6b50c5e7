"""After the close a kitchen asks for less or more; an accepted request makes the record's next version."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from foodorder.catalogue.models import LegalParameter
from foodorder.outbox import render
from foodorder.outbox.models import Message
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
from foodorder.procurement.models import ChangeKind, CostBearer, ProcurementRecord, RecordChange, RecordLine
from foodorder.procurement.queries import Scope, find_record, record_page, records, sums
from foodorder.procurement.record_cycle import record_cycle
from foodorder.procurement.supply import deliveries, matrix, stops
from foodorder.procurement.wanted import (
    DeliveryOver,
    NothingAsked,
    NotLess,
    NotMore,
    RecordReplaced,
    Wanted,
)
from foodorder.rules.ordering import AboveWhatIsLeft, NotThatDay, NotYourDeliveryPoint, OfferEnded
from foodorder.rules.quantity import NotAMultiple
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.factories import CLOSES, NOW, WEEK, World
from tests.kept import once

AFTER = CLOSES + timedelta(hours=2)
REDUCTION, ADDITION = ChangeKind.REDUCTION, ChangeKind.ADDITION


@once
def closed(world: World, session: Session, clock_at: Callable[[datetime], None]) -> Any:
    """A closed week: a kitchen has 10 kg and 4 kg from a farm that also sells eggs, 6 kg of them left."""
    clock_at(NOW)
    farm = world.add_producer()
    world.carrots, world.beets = world.offer(farm, price=200), world.offer(farm, price=100)
    world.eggs = world.offer(farm, price=300, available=6000, days=0b00011)
    world.elsewhere = world.offer()
    world.kitchen, world.stranger = world.add_institution(), world.add_institution()
    world.farm = farm
    world.week = world.cycle()
    world.submit(world.week, world.kitchen, [(world.carrots, "10"), (world.beets, "4")])
    clock_at(CLOSES)
    record_cycle(world.week.id, actor=SCHEDULER)
    world.record = session.scalars(select(ProcurementRecord)).one()
    world.lines = {line.name: line for line in world.record.record_lines}
    world.carrot_line = next(line for line in world.record.record_lines if line.price_cents == 200)
    world.beet_line = next(line for line in world.record.record_lines if line.price_cents == 100)
    world.door = world.kitchen.delivery_points[0].id
    return world


def ask(closed: Any, kind: ChangeKind, *wanted: Wanted, now: datetime = AFTER) -> RecordChange:
    return ask_change(closed.record.id, kind, wanted, "school trip", actor=COMMAND, now=now)


def new_eggs(closed: Any, quantity: int = 2000, **other: Any) -> Wanted:
    values = {"offer_id": closed.eggs.id, "delivery_point_id": closed.door, "delivery_date": WEEK, **other}
    return Wanted(quantity, **values)


def test_a_reduction_makes_a_second_version_that_names_the_first(closed: Any, session: Session) -> None:
    change = ask(closed, REDUCTION, Wanted(6000, closed.carrot_line.id), Wanted(0, closed.beet_line.id))
    second = accept_change(change.id, CostBearer.INSTITUTION, "half is cut already", actor=COMMAND, now=AFTER)

    first = closed.record
    session.refresh(first)
    assert (first.net_cents, first.lines, first.superseded_by_id) == (2400, 2, second.id)
    assert second.number == f"{first.number}/2"
    assert (second.sequence, second.year, second.replaces_id) == (first.sequence, first.year, first.id)
    assert (second.net_cents, second.vat_cents, second.gross_cents, second.grams) == (1200, 114, 1314, 6000)
    assert [(line.order_line_id, line.quantity) for line in second.record_lines] == [
        (closed.carrot_line.order_line_id, 6000)
    ]
    assert change.cost_bearer == "institution"
    assert [row.id for row in records(Scope(institution_id=closed.kitchen.id))] == [second.id]
    assert sums(Scope(cycle_id=closed.week.id)).net_cents == 1200


def test_the_page_shows_versions_requests_and_who_bears_the_cost(closed: Any, session: Session) -> None:
    change = ask(closed, REDUCTION, Wanted(6000, closed.carrot_line.id))
    waiting = record_page(closed.record)
    assert waiting.open_change is not None
    assert waiting.open_change.lines[0].before == 10000
    assert records(Scope(producer_id=closed.farm.id))[0].asked == 1

    second = accept_change(change.id, CostBearer.NOBODY, actor=COMMAND, now=AFTER)
    page = record_page(second)

    assert [version.number for version in page.versions] == [closed.record.number, second.number]
    assert page.current
    assert not record_page(closed.record).current
    assert [(row.kind, row.state, row.cost_bearer) for row in page.changes] == [
        ("reduction", "accepted", "nobody")
    ]
    assert page.open_change is None
    assert [line.ordered for line in page.lines] == [10000, 4000]
    assert page.record.gross_cents == sum(row.sum.gross for row in page.vat)


def test_an_addition_takes_the_cycles_price_and_the_stock(closed: Any, session: Session) -> None:
    change = ask(closed, ADDITION, Wanted(12000, closed.carrot_line.id), new_eggs(closed))
    second = accept_change(change.id, CostBearer.INSTITUTION, actor=COMMAND, now=AFTER)

    added = next(line for line in second.record_lines if line.order_line_id is None)
    assert (added.change_id, added.quantity, added.price_cents, added.net_cents) == (
        change.id,
        2000,
        300,
        600,
    )
    assert second.net_cents == 2400 + 400 + 600
    session.refresh(closed.eggs)
    assert closed.eggs.taken == 2000

    third = accept_change(
        ask_change(
            second.id, REDUCTION, [Wanted(1000, added.id)], "fewer guests", actor=COMMAND, now=AFTER
        ).id,
        CostBearer.PRODUCER,
        actor=COMMAND,
        now=AFTER,
    )
    assert third.number == f"{closed.record.number}/3"
    session.refresh(closed.eggs)
    assert closed.eggs.taken == 1000


def test_an_addition_is_taxed_by_its_day_of_delivery(closed: Any, session: Session) -> None:
    tuesday = WEEK + timedelta(days=1)
    session.execute(text("UPDATE legal_parameter SET valid_to = :day WHERE key = 'vat.food'"), {"day": WEEK})
    session.add(
        LegalParameter(
            country="SI",
            key="vat.food",
            value=500,
            unit="bp",
            valid_from=tuesday,
            source="test",
            certainty="S",
        )
    )
    session.flush()
    change = ask(closed, ADDITION, new_eggs(closed), new_eggs(closed, 1000, delivery_date=tuesday))
    second = accept_change(change.id, CostBearer.NOBODY, actor=COMMAND, now=AFTER)
    added = {line.delivery_date: line.vat_bp for line in second.record_lines if line.order_line_id is None}
    assert added == {WEEK: 950, tuesday: 500}
    assert sorted((row.vat_bp, row.net_cents) for row in second.vat_rows) == [(500, 300), (950, 2400 + 600)]


def test_a_line_of_another_kitchens_record_is_not_asked_for(
    closed: Any, session: Session, clock_at: Callable[[datetime], None]
) -> None:
    clock_at(NOW)
    again = closed.cycle()
    closed.submit(again, closed.stranger, [(closed.carrots, "8")])
    clock_at(CLOSES)
    record_cycle(again.id, actor=SCHEDULER)
    theirs = session.scalars(select(RecordLine).where(RecordLine.institution_id == closed.stranger.id)).one()
    with pytest.raises(RecordReplaced):
        ask(closed, REDUCTION, Wanted(1000, theirs.id))


def test_an_addition_never_oversells(closed: Any, session: Session) -> None:
    change = ask(closed, ADDITION, new_eggs(closed, 7000))

    with pytest.raises(AboveWhatIsLeft), session.begin_nested():
        accept_change(change.id, CostBearer.NOBODY, actor=COMMAND, now=AFTER)
    session.refresh(change)
    assert change.state == "asked"


def test_a_refusal_leaves_the_record_and_says_why(closed: Any, session: Session) -> None:
    change = ask(closed, REDUCTION, Wanted(0, closed.beet_line.id))

    with pytest.raises(ReasonMissing):
        refuse_change(change.id, " ", actor=COMMAND, now=AFTER)
    refuse_change(change.id, "already washed and packed", actor=COMMAND, now=AFTER)

    assert (change.state, change.answer) == ("refused", "already washed and packed")
    assert session.scalars(select(ProcurementRecord)).all() == [closed.record]


def test_a_request_can_be_withdrawn_until_it_is_answered(closed: Any) -> None:
    change = ask(closed, REDUCTION, Wanted(0, closed.beet_line.id))
    with pytest.raises(AlreadyAsked):
        ask(closed, REDUCTION, Wanted(1000, closed.carrot_line.id))
    withdraw_change(change.id, actor=COMMAND, now=AFTER)

    again = ask(closed, REDUCTION, Wanted(1000, closed.carrot_line.id))
    accept_change(again.id, CostBearer.NOBODY, actor=COMMAND, now=AFTER)
    for late in (
        lambda: withdraw_change(again.id, actor=COMMAND, now=AFTER),
        lambda: refuse_change(change.id, "no", actor=COMMAND, now=AFTER),
        lambda: accept_change(change.id, CostBearer.NOBODY, actor=COMMAND, now=AFTER),
    ):
        with pytest.raises(AlreadyAnswered):
            late()
    with pytest.raises(RecordReplaced):
        ask(closed, REDUCTION, Wanted(0, closed.beet_line.id))


def test_an_acceptance_says_who_bears_the_cost(closed: Any) -> None:
    change = ask(closed, REDUCTION, Wanted(0, closed.beet_line.id))

    with pytest.raises(CostBearerMissing):
        accept_change(change.id, None, actor=COMMAND, now=AFTER)


@pytest.mark.parametrize(
    ("kind", "wanted", "refusal"),
    [
        (REDUCTION, lambda w: Wanted(10000, w.carrot_line.id), NotLess),
        (REDUCTION, lambda w: Wanted(11000, w.carrot_line.id), NotLess),
        (REDUCTION, lambda w: Wanted(-1000, w.carrot_line.id), NotLess),
        (REDUCTION, new_eggs, NotLess),
        (ADDITION, lambda w: Wanted(10000, w.carrot_line.id), NotMore),
        (ADDITION, lambda w: new_eggs(w, 0), NotMore),
        (REDUCTION, lambda w: Wanted(500, w.carrot_line.id), NotAMultiple),
        (ADDITION, lambda w: new_eggs(w, 1500), NotAMultiple),
        (ADDITION, lambda w: new_eggs(w, delivery_date=WEEK + timedelta(days=4)), NotThatDay),
        (ADDITION, lambda w: new_eggs(w, delivery_date=WEEK + timedelta(days=7)), NotThatDay),
        (ADDITION, lambda w: new_eggs(w, offer_id=w.elsewhere.id), OfferEnded),
        (ADDITION, lambda w: new_eggs(w, offer_id=0), OfferEnded),
        (
            ADDITION,
            lambda w: new_eggs(w, delivery_point_id=w.stranger.delivery_points[0].id),
            NotYourDeliveryPoint,
        ),
        (REDUCTION, lambda w: Wanted(0, 0), RecordReplaced),
    ],
)
def test_what_cannot_be_asked_is_refused(
    closed: Any, kind: ChangeKind, wanted: Callable[[Any], Wanted], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        ask(closed, kind, wanted(closed))


def test_a_request_needs_a_change_a_reason_and_a_delivery_ahead(closed: Any) -> None:
    with pytest.raises(NothingAsked):
        ask(closed, REDUCTION)
    with pytest.raises(ReasonMissing):
        ask_change(
            closed.record.id, REDUCTION, [Wanted(0, closed.beet_line.id)], " ", actor=COMMAND, now=AFTER
        )
    with pytest.raises(DeliveryOver):
        # Half past midnight of Tuesday in Kranj is still Monday in UTC.
        ask(closed, REDUCTION, Wanted(0, closed.beet_line.id), now=datetime(2026, 11, 30, 23, 30, tzinfo=UTC))


def test_both_sides_are_told_and_the_trail_knows(closed: Any, session: Session) -> None:
    change = ask(closed, REDUCTION, Wanted(0, closed.beet_line.id))
    accept_change(change.id, CostBearer.PRODUCER, actor=COMMAND, now=AFTER)

    told = session.execute(
        select(Message.template, Message.recipient_email)
        .where(Message.template.like("change%"))
        .order_by(Message.id)
    ).all()
    assert [tuple(row) for row in told] == [
        ("change_asked", closed.farm.email),
        ("change_answered", closed.kitchen.email),
        ("change_answered", closed.farm.email),
    ]
    for mail in session.scalars(select(Message).where(Message.template.like("change%"))):
        _, words = render.mail(mail.template, mail.language, {**mail.data, "base_url": "http://localhost"})
        assert "Korenje" in words
    actions = session.scalars(text("SELECT action FROM trail_event ORDER BY id DESC LIMIT 3")).all()
    assert set(actions) == {"change.asked", "change.accepted", "record.written"}


def test_the_lists_follow_the_version_in_force(closed: Any) -> None:
    change = ask(closed, REDUCTION, Wanted(6000, closed.carrot_line.id), Wanted(0, closed.beet_line.id))
    accept_change(change.id, CostBearer.NOBODY, actor=COMMAND, now=AFTER)

    table = matrix(closed.week.id, closed.farm.id)
    assert [(row.quantity, row.by_day) for row in table.products] == [(6000, {WEEK: 6000})]
    assert table.cells == {(table.products[0].product_id, closed.kitchen.id): 6000}
    (stop,) = stops(closed.week.id, closed.farm.id)
    assert [line.quantity for line in stop.lines] == [6000]
    (delivery,) = deliveries(closed.kitchen.id, WEEK, WEEK + timedelta(days=6))
    assert (delivery.producer_id, [line.quantity for line in delivery.lines]) == (closed.farm.id, [6000])


def test_a_record_outside_the_scope_is_not_found(closed: Any) -> None:
    record = closed.record
    assert find_record(record.id, Scope(institution_id=closed.kitchen.id, cycle_id=closed.week.id)) is record
    for stranger in (
        Scope(institution_id=closed.stranger.id),
        Scope(producer_id=closed.elsewhere.producer_id),
        Scope(municipality_id=closed.municipality.id + 1),
    ):
        assert find_record(record.id, stranger) is None


def test_a_superseded_record_is_superseded_once(closed: Any, session: Session) -> None:
    change = ask(closed, REDUCTION, Wanted(0, closed.beet_line.id))
    accept_change(change.id, CostBearer.NOBODY, actor=COMMAND, now=AFTER)

    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text("UPDATE procurement_record SET superseded_by_id = NULL"))
