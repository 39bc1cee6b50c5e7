"""The close writes records: once, whole, gap-free, and only after the deadline."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from foodorder.ordering.cycles import cancel_cycle
from foodorder.ordering.models import Cycle
from foodorder.ordering.place import withdraw_order
from foodorder.outbox import render
from foodorder.outbox.models import Message
from foodorder.procurement import record_cycle as closing
from foodorder.procurement.models import ProcurementRecord
from foodorder.procurement.record_cycle import (
    Closed,
    CycleNotFound,
    DeadlineAhead,
    mark_failed,
    record_cycle,
)
from foodorder.rules.cycle import IllegalMove
from foodorder.trail import service as trail
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.factories import CLOSES, NOW, WEEK, World
from tests.kept import once

At = Callable[[datetime], None]


@once
def market(world: World, clock_at: At) -> Any:
    """Two farms with two offers each, two kitchens that ordered 5 kg and 3 kg of each."""
    clock_at(NOW)
    world.farms = [world.add_producer(), world.add_producer()]
    world.offers = [world.offer(farm, price=100 + 50 * n) for farm in world.farms for n in (0, 1)]
    world.kitchens = [world.add_institution(), world.add_institution()]
    world.week = world.cycle()
    for kitchen, kilos in zip(world.kitchens, ("5", "3"), strict=True):
        world.submit(world.week, kitchen, [(offer, kilos) for offer in world.offers])
    clock_at(CLOSES)
    return world


def all_records(session: Session) -> list[ProcurementRecord]:
    kitchen, number = ProcurementRecord.institution_id, ProcurementRecord.sequence
    return list(
        session.scalars(select(ProcurementRecord).order_by(kitchen, number, ProcurementRecord.version))
    )


def test_a_record_for_each_kitchen_and_farm_with_lines_and_vat(market: Any, session: Session) -> None:
    closed = record_cycle(market.week.id, actor=SCHEDULER)

    # 5 kg and 3 kg at 1.00 and 1.50 EUR from each of two farms; 9.5 % VAT on each record's net sum.
    assert closed == Closed(
        cycle_id=market.week.id, orders=2, lines=8, records=4, producers=2, net_cents=2 * (1250 + 750),
        vat_cents=2 * (119 + 71), gross_cents=4380, ordered_grams=32000, recorded_grams=32000,
        differences_grams=0,
    )  # fmt: skip
    first = all_records(session)[0]
    assert (first.net_cents, first.vat_cents, first.gross_cents) == (1250, 119, 1369)
    assert (first.grams, first.lines) == (10000, 2)
    assert [line.net_cents for line in first.record_lines] == [500, 750]
    assert [(row.vat_treatment, row.vat_bp, row.net_cents, row.vat_cents) for row in first.vat_rows] == [
        ("vat", 950, 1250, 119)
    ]
    session.refresh(market.week)
    assert (market.week.state, market.week.closed_at, market.week.recorded_at) == ("recorded", CLOSES, CLOSES)


def test_running_it_again_changes_nothing(market: Any, session: Session) -> None:
    first = record_cycle(market.week.id, actor=SCHEDULER)
    tables = ("procurement_record", "record_line", "trail_event", "message", "record_counter")
    counted = [session.execute(text(f"SELECT count(*) FROM {table}")).scalar() for table in tables]

    assert record_cycle(market.week.id, actor=SCHEDULER) == first
    assert [session.execute(text(f"SELECT count(*) FROM {table}")).scalar() for table in tables] == counted


def test_numbers_have_no_gaps_over_the_weeks(market: Any, session: Session, clock_at: At) -> None:
    record_cycle(market.week.id, actor=SCHEDULER)
    clock_at(NOW)
    next_week = WEEK + timedelta(days=7)
    offers = [market.offer(farm, week=next_week) for farm in market.farms]
    second = market.cycle(week=next_week)
    market.submit(second, market.kitchens[0], [(offer, "1") for offer in offers])
    clock_at(CLOSES)
    record_cycle(second.id, actor=SCHEDULER)

    code = market.kitchens[0].code
    mine = sorted(
        record.number for record in all_records(session) if record.institution_id == market.kitchens[0].id
    )
    assert mine == [f"{code}-2026-{number:04}" for number in (1, 2, 3, 4)]


def test_the_year_of_a_number_is_the_municipalitys(market: Any, session: Session, clock_at: At) -> None:
    clock_at(datetime(2026, 12, 31, 23, 30, tzinfo=UTC))  # half past midnight in Kranj
    record_cycle(market.week.id, actor=SCHEDULER)

    assert {(record.year, record.number.split("-")[1]) for record in all_records(session)} == {(2027, "2027")}


def test_nothing_is_closed_before_the_deadline(market: Any, session: Session, clock_at: At) -> None:
    clock_at(CLOSES - timedelta(microseconds=1))

    with pytest.raises(DeadlineAhead):
        record_cycle(market.week.id, actor=SCHEDULER)
    assert session.get_one(Cycle, market.week.id).state == "open"


@pytest.mark.parametrize("opened", [False, True])
def test_a_planned_or_cancelled_cycle_is_not_closed(world: World, clock_at: At, opened: bool) -> None:
    clock_at(NOW)
    cycle = world.cycle(opened=opened)
    if opened:
        cancel_cycle(cycle.id, "no drivers", actor=COMMAND)
    clock_at(CLOSES)

    with pytest.raises(IllegalMove):
        record_cycle(cycle.id, actor=SCHEDULER)


def test_an_unknown_cycle_is_refused(session: Session) -> None:
    with pytest.raises(CycleNotFound):
        record_cycle(0, actor=SCHEDULER)


def test_a_week_without_orders_is_recorded_empty(world: World, clock_at: At) -> None:
    clock_at(NOW)
    cycle = world.cycle()
    clock_at(CLOSES)

    closed = record_cycle(cycle.id, actor=SCHEDULER)

    assert (closed.orders, closed.records, closed.gross_cents) == (0, 0, 0)


def test_only_the_submission_that_stands_counts(market: Any, session: Session, clock_at: At) -> None:
    clock_at(NOW)
    market.submit(market.week, market.kitchens[0], [(market.offers[0], "7")])
    withdraw_order(market.week.id, market.kitchens[1].id, actor=COMMAND)
    clock_at(CLOSES)

    closed = record_cycle(market.week.id, actor=SCHEDULER)

    assert (closed.orders, closed.lines, closed.records, closed.recorded_grams) == (1, 1, 1, 7000)


@pytest.mark.parametrize("step", range(len(closing.STEPS)), ids=[step.__name__ for step in closing.STEPS])
def test_a_failure_at_any_step_leaves_nothing_and_can_be_tried_again(
    market: Any, session: Session, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    def breaks(_: object) -> None:
        raise RuntimeError("the disk is full")

    cycle_id, code = market.week.id, market.kitchens[0].code
    session.commit()
    with monkeypatch.context() as broken:
        broken.setattr(closing, "STEPS", (*closing.STEPS[:step], breaks, *closing.STEPS[step:]))
        with pytest.raises(RuntimeError, match="disk"):
            record_cycle(cycle_id, actor=SCHEDULER)
    session.rollback()
    mark_failed(cycle_id, "RuntimeError: the disk is full", actor=SCHEDULER)
    session.commit()

    failed = session.get_one(Cycle, cycle_id)
    assert (failed.state, failed.failure, failed.failures) == ("closed", "RuntimeError: the disk is full", 1)
    assert not all_records(session)

    assert record_cycle(cycle_id, actor=COMMAND).records == 4
    session.refresh(failed)
    assert (failed.state, failed.failure, failed.failed_at, failed.failures) == ("recorded", None, None, 1)
    assert {f"{code}-2026-0001", f"{code}-2026-0002"} <= {record.number for record in all_records(session)}


def test_a_failure_is_not_noted_on_a_cycle_that_was_recorded_meanwhile(market: Any, session: Session) -> None:
    record_cycle(market.week.id, actor=SCHEDULER)

    mark_failed(market.week.id, "too late", actor=SCHEDULER)

    session.refresh(market.week)
    assert (market.week.state, market.week.failure) == ("recorded", None)


def test_every_move_and_record_is_in_the_trail_which_can_be_sealed(market: Any, session: Session) -> None:
    record_cycle(market.week.id, actor=SCHEDULER)

    told = dict(
        session.execute(
            text(
                "SELECT action, count(*) FROM trail_event"
                " WHERE action LIKE 'record.%' OR action LIKE 'cycle.%' GROUP BY action"
            )
        ).all()
    )
    assert told == {
        "cycle.planned": 1,
        "cycle.opened": 1,
        "cycle.closed": 1,
        "cycle.recorded": 1,
        "record.written": 4,
    }
    trail.seal()
    assert trail.verify(CLOSES).problem is None


def test_each_farm_is_told_what_to_harvest_and_each_kitchen_what_it_gets(
    market: Any, session: Session
) -> None:
    manager = market.add_person(institution_id=market.kitchens[0].id)
    market.farms[1].email = None
    session.flush()

    record_cycle(market.week.id, actor=SCHEDULER)

    farms = session.scalars(
        select(Message).where(Message.template == "close_producer").order_by(Message.id)
    ).all()
    assert [(mail.recipient_email, mail.state) for mail in farms] == [
        (market.farms[0].email, "queued"),
        (None, "no_address"),
    ]
    assert [row["quantity"] for row in farms[0].data["products"]] == [8000, 8000]
    assert [(row["document"], row["format"]) for row in farms[0].attachments] == [
        ("supply", "pdf"),
        ("supply", "xlsx"),
    ]
    kitchens = session.scalars(select(Message).where(Message.template == "close_institution")).all()
    assert {mail.recipient_email for mail in kitchens} == {manager.email, market.kitchens[1].email}
    assert {len(mail.data["records"]) for mail in kitchens} == {2}
    for mail in [*farms, *kitchens]:
        subject, words = render.mail(
            mail.template, mail.language, {**mail.data, "base_url": "http://localhost"}
        )
        assert market.week.name in subject
        assert "%(" not in words


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE procurement_record SET net_cents = 0, gross_cents = vat_cents",
        "UPDATE record_line SET quantity = 1",
        "DELETE FROM record_vat",
        "DELETE FROM procurement_record",
        "UPDATE difference SET reason = 'x'",
        "TRUNCATE record_line",
    ],
)
def test_what_is_recorded_cannot_be_changed(market: Any, session: Session, statement: str) -> None:
    record_cycle(market.week.id, actor=SCHEDULER)

    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text(statement))


def test_deliveries_are_dated_in_the_cycles_week(market: Any, session: Session) -> None:
    record_cycle(market.week.id, actor=SCHEDULER)

    assert {line.delivery_date for record in all_records(session) for line in record.record_lines} == {
        date(2026, 11, 30)
    }
