"""What a close, its messages and the records after it promise where a small slip would show nowhere else."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from foodorder.accounts import calendar
from foodorder.accounts.models import Admission, AdmissionState
from foodorder.catalogue.models import Offer, StockKind
from foodorder.ordering import cycles
from foodorder.ordering.models import Cycle, CycleOffer
from foodorder.ordering.schedules import ScheduleData, save_schedule
from foodorder.outbox import by_hand
from foodorder.outbox import service as outbox
from foodorder.outbox.models import Message, MessageState
from foodorder.outbox.service import Recipient
from foodorder.procurement.changes import accept_change, ask_change
from foodorder.procurement.for_producer import sold_of
from foodorder.procurement.models import ChangeKind, CostBearer, ProcurementRecord
from foodorder.procurement.queries import Scope, sums
from foodorder.procurement.record_cycle import record_cycle
from foodorder.procurement.wanted import Wanted
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.factories import CLOSES, NOW, OPENS, WEEK, World

At = Callable[[datetime], None]
SEVEN = timedelta(days=7)
BY: dict[str, Any] = {"actor": COMMAND, "now": NOW}

FROZEN = (
    "trail_event", "trail_block", "trail_sealed", "offer_version", "order_submission", "order_line",
    "procurement_record", "record_line", "record_vat", "difference", "allocation", "record_change_line",
)  # fmt: skip


@pytest.fixture(autouse=True)
def tuesday(clock_at: At) -> At:
    clock_at(NOW)
    return clock_at


@pytest.mark.parametrize("table", [*FROZEN, "clock_offset", "alembic_version"])
def test_the_application_may_not_touch_what_is_frozen_nor_the_clock(session: Session, table: str) -> None:
    column = session.scalar(
        text("SELECT attname FROM pg_attribute WHERE attrelid = CAST(:t AS regclass) AND attnum = 1"),
        {"t": table},
    )
    for attempt in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with pytest.raises(DBAPIError, match="permission denied"), session.begin_nested():
            session.execute(text(attempt))


def test_every_frozen_table_refuses_changes_by_itself(session: Session) -> None:
    """Also to the owner of the tables, who needs no permission."""
    guarded = session.execute(
        text(
            "SELECT c.relname, count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE t.tgname LIKE 'frozen%' AND t.tgenabled = 'O' GROUP BY 1"
        )
    ).all()
    # Three, where one change is allowed (to be superseded, voided, finished, paid, decided, cancelled); four,
    # where lines that were written elsewhere find their goods later.
    two = {
        *FROZEN, "agreement_amendment", "offer_choice", "criteria", "record_line_sent",
        "shortfall", "acceptance_line", "acceptance_photo", "cover_purchase", "invoice_vat", "invoice_file",
        "invoice_finding_decision", "payment", "payment_batch_line", "bank_statement",
        "ocds_process", "ocds_release", "flag_note", "offer_reading", "sample", "sample_line",
    }  # fmt: skip
    three = {
        "procurement_record", "purchase_elsewhere", "trail_check", "subject_kind_past", "invoice",
        "bank_entry", "payment_batch",
    }  # fmt: skip
    kinds = {**dict.fromkeys(two, 2), **dict.fromkeys(three, 3), "invoice_line": 4}
    assert {row.relname: row.count for row in guarded} == kinds


def test_both_sides_are_told_of_every_close_anew(world: World, session: Session, tuesday: At) -> None:
    farm, kitchen = world.add_producer(), world.add_institution()
    for week in (WEEK, WEEK + SEVEN):
        tuesday(NOW)
        offer = world.offer(farm, week=week)
        cycle = world.cycle(week=week)
        world.submit(cycle, kitchen, [(offer, "3")])
        tuesday(CLOSES)
        record_cycle(cycle.id, actor=SCHEDULER)
    told = session.scalars(select(Message.template).where(Message.template.like("close%"))).all()
    assert sorted(told) == ["close_institution"] * 2 + ["close_producer"] * 2


def test_vat_is_rounded_on_sums_in_the_receipt_as_on_the_record(world: World, tuesday: At) -> None:
    farm, kitchen = world.add_producer(), world.add_institution()
    offers = [world.offer(farm, price=5), world.offer(farm, price=5)]
    cycle = world.cycle()
    # 9.5 % of 5 cents is nothing, twice; of 10 cents it is a cent.
    receipt = world.submit(cycle, kitchen, [(offer, "1") for offer in offers])
    assert (receipt.net_cents, receipt.vat_cents) == (10, 1)
    tuesday(CLOSES)
    assert record_cycle(cycle.id, actor=SCHEDULER).vat_cents == 1


def test_vat_of_a_corrected_record_is_rounded_on_sums(world: World, session: Session, tuesday: At) -> None:
    farm, kitchen = world.add_producer(), world.add_institution()
    offers = [world.offer(farm, price=price) for price in (5, 5, 100)]
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(offer, "1") for offer in offers])
    tuesday(CLOSES)
    record_cycle(cycle.id, actor=SCHEDULER)
    record = session.scalars(select(ProcurementRecord)).one()
    [dear] = [line.id for line in record.record_lines if line.price_cents == 100]
    asked = ask_change(record.id, ChangeKind.REDUCTION, [Wanted(0, dear)], "ill", **BY)
    replacing = accept_change(asked.id, CostBearer.NOBODY, **BY)
    assert (replacing.net_cents, replacing.vat_cents, replacing.gross_cents) == (10, 1, 11)


def test_a_records_grams_are_those_of_its_lines(world: World, session: Session, tuesday: At) -> None:
    product = world.add_product(world.add_producer(), world.add_food_type(grams_per_unit=33), step=500)
    offer, kitchen = world.offer(product=product), world.add_institution()
    cycle = world.cycle()
    typed = {cell: "0,5" for day in (0, 1) for cell in world.typed(cycle, kitchen, [(offer, "")], day=day)}
    # Half of 33 g is 16.5 g, so 17 g; two lines weigh 34 g and not 33 g.
    assert world.submit(cycle, kitchen, typed).grams == 34
    tuesday(CLOSES)
    record_cycle(cycle.id, actor=SCHEDULER)
    record = session.scalars(select(ProcurementRecord)).one()
    assert record.grams == sum(line.grams for line in record.record_lines) == 34


def test_a_minimum_binds_in_its_own_municipality_only(world: World, session: Session, tuesday: At) -> None:
    farm, elsewhere = world.add_producer(), world.add_municipality()
    session.add(
        Admission(
            producer_id=farm.id, municipality_id=elsewhere.id, state=AdmissionState.ADMITTED,
            applied_at=NOW, decided_at=NOW, days=31, minimum_cents=900_000,
        )
    )  # fmt: skip
    offer, kitchen = world.offer(farm), world.add_institution()
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(offer, "3")])
    tuesday(CLOSES)
    closed = record_cycle(cycle.id, actor=SCHEDULER)
    assert (closed.records, closed.differences_grams) == (1, 0)


@pytest.mark.parametrize("state", [AdmissionState.APPLIED, AdmissionState.REFUSED, AdmissionState.SUSPENDED])
def test_a_cycle_opens_without_producers_that_may_not_sell(
    world: World, session: Session, state: AdmissionState
) -> None:
    farm, gone = world.add_producer(), world.add_producer()
    for producer in (farm, gone):
        world.offer(producer)
    session.get_one(Admission, (farm.id, world.municipality.id)).state = state
    gone.active = False
    session.flush()
    cycle = world.cycle()
    assert session.scalars(select(CycleOffer).where(CycleOffer.cycle_id == cycle.id)).all() == []


def test_a_cycle_keeps_the_rules_it_was_planned_with(world: World, session: Session, tuesday: At) -> None:
    offer, kitchen = world.offer(pack=5_000), world.add_institution()
    world.municipality.pack_rounding = "up"
    session.flush()
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(offer, "7")])
    world.municipality.pack_rounding = "down"
    session.flush()
    tuesday(CLOSES)
    assert record_cycle(cycle.id, actor=SCHEDULER).recorded_grams == 10_000


def corrected(world: World, session: Session, tuesday: At, kind: StockKind) -> tuple[Offer, int]:
    """A limited offer of 10 kg, of which a first cycle took 8 kg and gave 5 kg of them back."""
    offer, kitchen = world.offer(available=10_000, kind=kind), world.add_institution()
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(offer, "8")])
    tuesday(CLOSES)
    record_cycle(cycle.id, actor=SCHEDULER)
    record = session.scalars(select(ProcurementRecord)).one()
    less = [Wanted(3_000, record.record_lines[0].id)]
    asked = ask_change(record.id, ChangeKind.REDUCTION, less, "ill", **BY)
    accept_change(asked.id, CostBearer.NOBODY, **BY)
    tuesday(NOW)
    session.refresh(offer)
    return offer, cycle.id


@pytest.mark.parametrize("kind", [StockKind.RESERVE, StockKind.SHARE])
def test_what_a_correction_gave_back_is_there_for_others(
    world: World, session: Session, tuesday: At, kind: StockKind
) -> None:
    offer, first = corrected(world, session, tuesday, kind)
    assert offer.taken == 3_000
    assert sold_of(offer.producer_id, [offer.id]) == {offer.id: 3_000}
    assert sums(Scope(cycle_id=first)).grams == 3_000
    second = world.cycle(opens_at=OPENS)
    world.submit(second, world.add_institution(), [(offer, "7")])
    tuesday(CLOSES)
    assert record_cycle(second.id, actor=SCHEDULER).recorded_grams == 7_000
    session.refresh(offer)
    assert offer.taken == 10_000


def test_a_withdrawn_or_cancelled_order_is_not_sold(world: World) -> None:
    offer, kitchen = world.offer(), world.add_institution()
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(offer, "3")])
    assert sold_of(offer.producer_id, [offer.id]) == {offer.id: 3_000}
    cycles.cancel_cycle(cycle.id, "snow", actor=COMMAND)
    assert sold_of(offer.producer_id, [offer.id]) == {}


def test_every_extension_is_told(world: World, session: Session) -> None:
    world.add_institution()
    cycle = world.cycle()
    for days in (1, 2):
        cycles.extend_cycle(cycle.id, CLOSES + timedelta(days=days), "snow", actor=COMMAND)
    told = session.scalars(select(Message.data).where(Message.template == "cycle_extended")).all()
    assert len({data["closes_at"] for data in told}) == len(told) == 2


def test_a_coordinator_takes_only_the_own_municipalitys_messages_in_hand(
    world: World, session: Session
) -> None:
    mine, other = world.municipality.id, world.add_municipality().id
    for town in (mine, other):
        people = [Recipient("Ana", "ana@example.org", "sl"), Recipient("Kmet", None, "sl")]
        outbox.queue("x", people, key=f"x {town}", data={}, municipality_id=town)
    session.execute(text("UPDATE message SET state = 'failed' WHERE state = 'queued'"))
    everything = list(session.scalars(select(Message.id)))
    assert by_hand.retry_failed(mine, everything, **BY) == 1
    assert by_hand.mark_printed(mine, everything, **BY) == 1
    states = session.scalars(select(Message.state).where(Message.municipality_id == other)).all()
    assert set(states) == {MessageState.FAILED, MessageState.NO_ADDRESS}


def test_holidays_of_another_municipality_close_nothing_here(world: World, session: Session) -> None:
    other, monday = world.add_municipality(), WEEK + SEVEN
    calendar.add_period(other.id, "Praznik", monday, monday + SEVEN, closes_all=True, **BY)
    weekly = ScheduleData("Weekly", 4, time(8), 3, time(12), monday, weeks_ahead=2)
    schedule = save_schedule(world.municipality.id, weekly, **BY)
    made = session.scalars(select(Cycle).where(Cycle.schedule_id == schedule.id)).all()
    assert {(cycle.days, cycle.school_days) for cycle in made} == {(0b11111, 0b11111)}
