"""What mails say: every message that is queued has its template, and reads well in each language."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from foodorder.accounts.passwords import ask_reset
from foodorder.catalogue.giving_less import withdraw_offer
from foodorder.catalogue.models import StockKind
from foodorder.config import PACKAGE, resource
from foodorder.language import LANGUAGES
from foodorder.ordering.cycles import cancel_cycle, extend_cycle
from foodorder.ordering.offers import tell_affected
from foodorder.ordering.reminders import remind
from foodorder.outbox.deliver import written
from foodorder.outbox.models import Message
from foodorder.procurement.changes import accept_change, ask_change, refuse_change, withdraw_change
from foodorder.procurement.models import ChangeKind, CostBearer, ProcurementRecord
from foodorder.procurement.record_cycle import record_cycle
from foodorder.procurement.wanted import Wanted
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.factories import CLOSES, NOW, WEEK, World
from tests.kept import once

BASE = "https://narocila.example.org"
TEMPLATES = resource("templates") / "emails"
QUEUED = re.compile(
    r"""(?:queue|tell|_tell|_tell_all|tell_producer|tell_institution)\(\s*(?:change,\s*)?"([a-z_]+)"|'((?:close|order)_[a-z]+)'"""
)

Told = dict[str, list[Message]]


def names_in_code() -> set[str]:
    """Templates that the stages name when they queue a message; an f-string names one per decision."""
    found = {
        first or second
        for path in PACKAGE.rglob("*.py")
        for first, second in QUEUED.findall(path.read_text())
        if "queue" in path.read_text()
        or "notices" in path.read_text()
        or "tell_producer" in path.read_text()
        or "INSERT INTO message" in path.read_text()
    }
    return found | {f"admission_{state}" for state in ("admitted", "refused", "suspended")}


def test_every_message_that_is_queued_has_a_template_and_every_template_a_message() -> None:
    there = {path.stem for path in TEMPLATES.glob("[a-z]*.txt")}
    assert there == names_in_code()


@once
def told(world: World, session: Session, clock_at: Callable[[datetime], None]) -> Told:
    """The messages of weeks in which everything happens, by template."""
    clock_at(NOW)
    world.municipality.name = "Mestna občina Kranj"
    farm, small = world.add_producer(name="Kmetija Čuček"), world.add_producer(name="Kmetija Mala")
    carrots = world.offer(product=world.add_product(farm, pack=5000), price=164)
    eggs = world.offer(farm, price=24, available=20_000, kind=StockKind.SHARE)
    frost = world.offer(small, price=300)
    late, early = world.add_institution(short_name="Vrtec Žirafa"), world.add_institution(name="OŠ Šenčur")
    person = world.add_person(institution_id=early.id)
    cycle = world.cycle()
    world.submit(
        cycle, early, [(carrots, "12"), (eggs, "30"), (frost, "2")], person=person, pack_choice="down"
    )
    remind(cycle.id, 24, actor=SCHEDULER)
    withdraw_offer(frost.id, "Pozeba", actor=COMMAND, now=NOW)
    tell_affected(frost.id)
    extend_cycle(cycle.id, CLOSES + timedelta(hours=1), "Bolezen", actor=COMMAND)
    clock_at(CLOSES + timedelta(hours=2))
    record_cycle(cycle.id, actor=SCHEDULER)
    record = session.scalars(select(ProcurementRecord)).one()
    line = next(line for line in record.record_lines if line.price_cents == 164)
    after = CLOSES + timedelta(hours=3)
    for verb in (withdraw_change, refuse_change, accept_change):
        wanted = [Wanted(5000, line.id)]
        change = ask_change(record.id, ChangeKind.REDUCTION, wanted, "Izlet", actor=COMMAND, now=after)
        if verb is refuse_change:
            refuse_change(change.id, "Je že pobrano.", actor=COMMAND, now=after)
        elif verb is accept_change:
            accept_change(change.id, CostBearer.NOBODY, "", actor=COMMAND, now=after)
        else:
            withdraw_change(change.id, actor=COMMAND, now=after)
    second = world.cycle(week=WEEK + timedelta(weeks=1), closes_at=CLOSES + timedelta(weeks=1))
    cancel_cycle(second.id, "Počitnice", actor=COMMAND)
    ask_reset(person.email, actor=COMMAND, now=NOW)
    assert late
    session.flush()
    messages: Told = {}
    for message in session.scalars(select(Message).order_by(Message.id)):
        messages.setdefault(message.template, []).append(message)
    return messages


def read(message: Message, language: str) -> tuple[str, str]:
    message.language = language
    return written(message, BASE)


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_every_mail_is_read_at_a_glance(told: Told, language: str) -> None:
    for message in (message for group in told.values() for message in group):
        subject, text = read(message, language)
        assert subject
        assert len(subject) < 100, subject
        assert "\n\n\n" not in text
        assert not re.search(r"%\(|\{\{|None|T\d\d:\d\d", text), text
        if message.municipality_id:
            assert "Mestna občina Kranj" in text.split("\n-- \n")[-1] + text
        assert BASE in text


def test_what_a_week_writes(told: Told) -> None:
    assert set(told) == {
        "cycle_opened", "order_receipt", "cycle_reminder", "offer_reduced", "cycle_extended",
        "close_producer", "close_institution", "change_asked", "change_withdrawn",
        "change_answered", "cycle_cancelled",
        "password_reset",
    }  # fmt: skip


def test_the_receipt_names_number_moment_sum_and_every_line(told: Told) -> None:
    subject, text = read(told["order_receipt"][0], "en")
    number = told["order_receipt"][0].data["number"]
    assert subject == f"Order {number} is submitted"
    assert "Submitted: Tuesday 24 November 2026 at 10:00:00" in text
    assert "12\N{NO-BREAK SPACE}kg" in text
    assert "Kmetija Čuček" in text
    assert "Mon\N{NO-BREAK SPACE}30\N{NO-BREAK SPACE}Nov" in text


def test_the_farmer_reads_what_to_harvest_and_gets_the_lists(told: Told) -> None:
    (message,) = told["close_producer"]
    subject, text = read(message, "en")
    assert subject.startswith("Cycle 2026-W49: what to bring")
    assert "10\N{NO-BREAK SPACE}kg" in text
    assert "1\N{NO-BREAK SPACE}" not in subject
    assert f"{BASE}/cycles/{message.object_id}" in text
    assert [(one["document"], one["format"]) for one in message.attachments] == [
        ("supply", "pdf"),
        ("supply", "xlsx"),
    ]


def test_the_kitchen_reads_its_records_and_why_something_differs(told: Told) -> None:
    (message,) = told["close_institution"]
    _, text = read(message, "en")
    assert "Rounded down from 12\N{NO-BREAK SPACE}kg to whole packs of 5\N{NO-BREAK SPACE}kg." in text
    assert "The producer withdrew this offer." in text
    assert f"{BASE}/records/" in text


def test_times_are_told_in_the_municipalitys_zone(told: Told, world: World) -> None:
    message = told["cycle_opened"][0]
    assert "12:00" in read(message, "en")[0]
    world.municipality.zone = "Europe/Lisbon"
    assert "11:00" in read(message, "en")[0]
