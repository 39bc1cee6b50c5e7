"""The coordinator's counter over HTTP: schedules, calendar, and what is done with cycles."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from foodorder.accounts.models import CalendarPeriod, DeliveryPoint, Producer
from foodorder.blueprints.coordinator import printing
from foodorder.db import db
from foodorder.ordering.models import Cycle, Schedule, WeeklyOrder
from foodorder.outbox.models import Message
from foodorder.procurement import record_cycle as close
from foodorder.procurement.models import ProcurementRecord
from foodorder.procurement.supply import matrix
from foodorder.rules.cycle import State
from tests.factories import CLOSES, WEEK
from tests.kept import once
from tests.web.office import coordinator_of

AFTER = CLOSES + timedelta(minutes=10)


@pytest.fixture(autouse=True)
def an_hour_before_the_deadline(clock_at):
    clock_at(CLOSES - timedelta(hours=1))
    return clock_at


@once
def desk(app, world):
    return coordinator_of(app, world)


@once
def ordered(world):
    """An open cycle with one order of two lines, one of a farm below its minimum."""
    kitchen = world.add_institution(short_name="Vrtec Ena")
    enough = world.offer(price=200)
    below = world.offer(world.add_producer(name="Kmetija Majhna", minimum_cents=5_000))
    cycle = world.cycle()
    world.submit(cycle, kitchen, [(enough, "12"), (below, "3")])
    db.session.commit()
    return cycle


def state_of(cycle):
    db.session.expire_all()
    return db.session.get(Cycle, cycle.id).state


def schedule(**more):
    return {
        "name": "Weekly", "opens_weekday": "3", "opens_weeks_before": "2", "opens_time": "13:00",
        "closes_weekday": "3", "closes_weeks_before": "1", "closes_time": "12:00",
        "days": ["0", "1", "2", "3", "4"], "starts_on": "2026-12-09", "weeks_ahead": "4", "active": "y",
        **more,
    }  # fmt: skip


# Schedules and calendar


def test_a_preview_shows_the_weeks_without_holidays_and_saves_nothing(desk, world):
    world._add(
        CalendarPeriod(
            municipality_id=world.municipality.id, name="Božič", starts_on=date(2026, 12, 25),
            ends_on=date(2026, 12, 26), closes_all=True,
        )
    )  # fmt: skip
    db.session.commit()
    page = desk.post("/coordinator/schedules/new", data=schedule(preview="1")).text
    rows = page.partition("Weeks that this schedule makes")[2]
    assert "Mon\xa07\xa0Dec\xa02026" in rows
    assert "Mon, Tue, Wed, Thu</td>" in rows
    assert db.session.scalars(select(Schedule)).all() == []


def test_a_saved_schedule_plans_its_cycles_and_can_be_changed(desk):
    desk.post("/coordinator/schedules/new", data=schedule(save="1"))
    made = db.session.scalars(select(Schedule)).one()
    assert made.starts_on == date(2026, 12, 7)
    assert len(db.session.scalars(select(Cycle)).all()) == 4
    desk.post(f"/coordinator/schedules/{made.id}", data=schedule(save="1", closes_time="10:00"))
    db.session.expire_all()
    assert {cycle.closes_at.hour for cycle in db.session.scalars(select(Cycle))} == {9}


def test_a_schedule_that_closes_first_is_refused_beside_its_field(desk):
    answer = desk.post("/coordinator/schedules/new", data=schedule(save="1", opens_weeks_before="1"))
    assert answer.status_code == 422
    assert "The deadline must be after the opening" in answer.text


def test_days_are_entered_changed_removed_and_put_back(desk):
    typed = {"name": "Jesenske", "starts_on": "2026-12-07", "ends_on": "2026-12-11", "closes_all": "all"}
    desk.post("/coordinator/schedules/new", data=schedule(save="1"))
    desk.post("/coordinator/calendar", data=typed)
    period = db.session.scalars(select(CalendarPeriod)).one()
    desk.post(f"/coordinator/calendar/{period.id}", data={**typed, "ends_on": "2026-12-08"})
    period = db.session.scalars(select(CalendarPeriod)).one()
    assert period.ends_on == date(2026, 12, 8)
    cycle = db.session.scalars(select(Cycle).order_by(Cycle.week)).first()
    assert cycle.days == 0b11100
    page = desk.post(f"/coordinator/calendar/{period.id}/remove", follow_redirects=True).text
    assert "data-undo" in page
    assert db.session.scalars(select(CalendarPeriod)).all() == []
    wrong = {**typed, "ends_on": "2026-12-01"}
    assert desk.post("/coordinator/calendar", data=wrong).status_code == 422


# Moves


def test_a_cycle_is_planned_alone_opened_extended_and_cancelled(desk, world):
    world.add_institution()
    db.session.commit()
    typed = {
        "week": "2026-12-02", "opens_on": "2026-11-25", "opens_time": "08:00", "closes_on": "2026-11-27",
        "closes_time": "12:00", "days": ["1", "3"],
    }  # fmt: skip
    desk.post("/coordinator/cycles/new", data=typed)
    cycle = db.session.scalars(select(Cycle)).one()
    assert (cycle.week, cycle.days, cycle.closes_at.hour) == (WEEK, 0b1010, 11)
    desk.post(f"/coordinator/cycles/{cycle.id}/open")
    assert state_of(cycle) == State.OPEN
    extend = f"/coordinator/cycles/{cycle.id}/extend"
    earlier = {"closes_on": "2026-11-26", "closes_time": "12:00", "reason": "Holiday"}
    assert desk.post(extend, data=earlier).status_code == 422
    desk.post(extend, data={**earlier, "closes_on": "2026-11-28"})
    db.session.expire_all()
    assert cycle.closes_at.day == 28
    cancel = f"/coordinator/cycles/{cycle.id}/cancel"
    assert desk.post(cancel, data={"reason": ""}).status_code == 422
    desk.post(cancel, data={"reason": "Snow"})
    assert state_of(cycle) == State.CANCELLED
    told = set(db.session.scalars(select(Message.template)))
    assert {"cycle_opened", "cycle_extended", "cycle_cancelled"} <= told
    assert "Snow" in desk.get(f"/coordinator/cycles/{cycle.id}").text


def test_the_close_is_simulated_without_writing(desk, ordered):
    page = desk.get(f"/coordinator/cycles/{ordered.id}/simulate").text
    assert "their minimum is" in page
    assert db.session.scalars(select(ProcurementRecord)).all() == []
    assert state_of(ordered) == State.OPEN


def test_nothing_is_closed_before_the_deadline(desk, ordered):
    answer = desk.post(f"/coordinator/cycles/{ordered.id}/close")
    assert answer.status_code == 409
    assert state_of(ordered) == State.OPEN


def test_a_close_that_nobody_made_is_asked_for_and_made(desk, ordered, clock_at):
    clock_at(AFTER)
    assert "nothing closed it" in desk.get("/coordinator/").text
    page = desk.post(f"/coordinator/cycles/{ordered.id}/close", follow_redirects=True).text
    assert "The close is done: 1 record was written." in page
    assert state_of(ordered) == State.RECORDED
    assert "Cancelled: the order from this producer came to" in page


def test_a_failed_close_stands_in_red_with_its_cause_until_it_works(desk, ordered, clock_at, monkeypatch):
    clock_at(AFTER)

    def fail(work):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(close, "STEPS", (*close.STEPS[:3], fail))
    again = f"/coordinator/cycles/{ordered.id}/close"
    desk.post(again)
    assert state_of(ordered) == State.CLOSED
    page = desk.get("/coordinator/").text
    assert "decision-bad" in page
    assert "RuntimeError: the disk is full" in page
    desk.post(again, data={"next": "/coordinator/"})
    assert "failed 2 times" in desk.get("/coordinator/").text
    monkeypatch.undo()
    assert "The close is done" in desk.post(again, follow_redirects=True).text
    assert "decision-bad" not in desk.get("/coordinator/").text


def test_lists_count_the_full_packs_and_what_is_left_beside_them(desk, ordered, clock_at, monkeypatch):
    clock_at(AFTER)
    desk.post(f"/coordinator/cycles/{ordered.id}/close")

    def loose(cycle_id, producer_id):
        """Sums that a request after the close left between two packs."""
        load = matrix(cycle_id, producer_id)
        rows = [replace(load.products[0], pack=5_000, quantity=milli) for milli in (12_000, 15_000, 3_000)]
        return replace(load, products=tuple(rows))

    monkeypatch.setattr(printing, "matrix", loose)
    lists = desk.get(f"/coordinator/cycles/{ordered.id}/lists").text.replace("\xa0", " ")
    assert re.findall(r'</b><span class="sub">(.*?)</span>', lists) == ["2 × 5 kg + 2 kg", "3 × 5 kg"]


def test_one_cycle_s_order_record_lists_and_offers(desk, ordered, clock_at):
    kitchen_id = db.session.scalars(select(WeeklyOrder.institution_id)).one()
    assert "Vrtec Ena" in desk.get(f"/coordinator/cycles/{ordered.id}/orders/{kitchen_id}").text
    assert "Kmetija Majhna" in desk.get(f"/coordinator/cycles/{ordered.id}/offers").text
    clock_at(AFTER)
    desk.post(f"/coordinator/cycles/{ordered.id}/close")
    record = db.session.scalars(select(ProcurementRecord)).one()
    assert record.number in desk.get(f"/coordinator/records/{record.id}").text
    lists = desk.get(f"/coordinator/cycles/{ordered.id}/lists?producer={record.producer_id}").text
    assert "12\xa0kg" in lists
    assert "Vrtec Ena" in lists
    assert desk.get(f"/coordinator/cycles/{ordered.id}/lists?producer=999999").status_code == 404
    for path, words in (
        (f"records/{record.id}/csv", "2026-11-30"),
        (f"cycles/{ordered.id}/lists/{record.producer_id}/csv", "Vrtec Ena"),
        (f"cycles/{ordered.id}/offers/csv", "Kmetija Majhna"),
        ("producers/list/csv", "Kmetija Majhna"),
    ):
        assert words in desk.get(f"/coordinator/{path}").get_data(as_text=True), path


def test_every_page_opens_and_reads_well(desk, ordered, clock_at):
    desk.post("/coordinator/schedules/new", data=schedule(save="1"))
    holidays = {
        "name": "Jesenske",
        "starts_on": "2026-12-07",
        "ends_on": "2026-12-11",
        "closes_all": "schools",
    }
    desk.post("/coordinator/calendar", data=holidays)
    made = db.session.scalars(select(Schedule.id)).one()
    period = db.session.scalars(select(CalendarPeriod.id)).one()
    kitchen = f"institutions/{db.session.scalars(select(WeeklyOrder.institution_id)).one()}"
    farm = db.session.scalars(select(Producer.id)).first()
    door = db.session.scalars(select(DeliveryPoint.id)).one()
    pages = (
        "", "cycles", "cycles/new", f"cycles/{ordered.id}", f"cycles/{ordered.id}/extend",
        f"cycles/{ordered.id}/cancel", f"cycles/{ordered.id}/simulate", f"cycles/{ordered.id}/offers",
        f"schedules/{made}", "schedules/new", "calendar", f"calendar/{period}", "producers", "producers/new",
        f"producers/{farm}", f"producers/{farm}/terms", f"producers/{farm}/suspend", "institutions",
        "institutions/new", kitchen, f"{kitchen}/edit", f"{kitchen}/points/{door}", "people/invite",
        "settings", "messages",
        "messages/print",
    )  # fmt: skip
    for page in pages:
        assert desk.get(f"/coordinator/{page}").status_code == 200, page
    clock_at(AFTER)
    desk.post(f"/coordinator/cycles/{ordered.id}/close")
    for page in ("", f"cycles/{ordered.id}", f"cycles/{ordered.id}/lists", "messages/print"):
        assert desk.get(f"/coordinator/{page}").status_code == 200, page
    for message_id in db.session.scalars(select(Message.id)):
        assert desk.get(f"/coordinator/messages/{message_id}").status_code == 200
