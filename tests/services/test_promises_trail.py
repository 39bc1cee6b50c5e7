"""Every business write leaves its event: the acts are listed, so that one that falls silent is missed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from foodorder.accounts import (
    admission,
    calendar,
    institutions,
    municipalities,
    passwords,
    people,
    personal,
    producers,
    roles,
    sessions,
)
from foodorder.accounts.models import Admission, InstitutionKind
from foodorder.accounts.personal import Detail
from foodorder.accounts.producers import CertificateData, FarmData, PermitData, ProducerData
from foodorder.catalogue import giving_less, products
from foodorder.catalogue.models import OfferVersion, StockKind
from foodorder.catalogue.offers import Entry, publish_offers
from foodorder.ordering import carry, cycles, drafts, offers, place, reminders, schedules
from foodorder.outbox import by_hand
from foodorder.outbox import service as outbox
from foodorder.outbox.models import Message, MessageState
from foodorder.outbox.service import Recipient
from foodorder.procurement import changes
from foodorder.procurement.models import ChangeKind, ProcurementRecord
from foodorder.procurement.record_cycle import mark_failed, record_cycle
from foodorder.procurement.wanted import Wanted
from foodorder.rules.aggregation import MinimumRule, PackRounding
from foodorder.rules.permissions import Role
from foodorder.rules.vat import TaxType
from foodorder.trail import checks
from foodorder.trail import service as trail
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.factories import CLOSES, NOW, WEEK, World

BY: dict[str, Any] = {"actor": COMMAND, "now": NOW}
SEVEN = timedelta(days=7)
NEW_YEAR = date(2026, 1, 1)
GOOD, BETTER = "three words apart", "four words set apart"
PLACE: dict[str, Any] = {
    "village": "Voklo", "postcode": "4208", "town": "Šenčur", "latitude": 46.22, "longitude": 14.41,
}  # fmt: skip

At = Callable[[datetime], None]
Left = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def tuesday(clock_at: At) -> At:
    clock_at(NOW)
    return clock_at


@pytest.fixture
def left(session: Session) -> Iterator[Left]:
    """What an act leaves in the trail: the actions, in their order. At the end the trail holds together."""

    def by(act: Callable[..., Any], *arguments: Any, **more: Any) -> list[str]:
        session.flush()
        session.expire_all()
        before = session.scalar(text("SELECT coalesce(max(id), 0) FROM trail_event"))
        act(*arguments, **more)
        told = text("SELECT action FROM trail_event WHERE id > :before ORDER BY id")
        return list(session.scalars(told, {"before": before}))

    yield by
    trail.seal()
    assert trail.verify(NOW).problem is None


def test_of_people_and_their_log_ins(world: World, left: Left) -> None:
    kitchen = roles.Reach(institution_id=world.add_institution().id)
    farm = world.add_producer()
    person = people.create_person("ana@example.org", "Ana", password=GOOD, **BY)
    assert left(people.create_person, "new@example.org", "Nova", **BY) == ["person.created"]
    assert left(roles.grant_role, person, Role.KITCHEN_MANAGER, kitchen, **BY) == ["role.granted"]
    [grant] = sessions.live_grants(person.id, NOW)
    _, login = sessions.start_session(person, **BY)
    assert left(sessions.start_session, person, **BY) == ["session.started"]
    assert left(sessions.switch_role, login, grant.id, **BY) == ["session.role_switched"]
    assert left(sessions.act_for, login, farm.id, **BY) == ["session.acts_for"]
    assert left(passwords.ask_reset, person.email, **BY) == ["password.reset_asked"]
    assert left(passwords.change_password, person, GOOD, BETTER, session_id=login.id, **BY) == [
        "password.set",
        "session.ended",
    ]
    assert left(people.edit_person, person, name="Ana B.", language="en", **BY) == ["person.changed"]
    assert left(roles.revoke_grant, grant, **BY) == ["role.revoked"]
    assert left(people.deactivate_person, person, **BY) == ["session.ended", "person.deactivated"]
    assert left(people.reactivate_person, person, **BY) == ["person.reactivated"]
    guest = people.invite("guest@example.org", "Gost", Role.KITCHEN_MANAGER, kitchen, **BY)
    assert left(people.invite_again, guest, **BY) == ["person.invited_again"]


def test_of_municipalities_and_kitchens(world: World, left: Left) -> None:
    town, kitchen = world.add_municipality(active=False), world.add_institution()
    assert left(municipalities.activate, town, **BY) == ["municipality.activated"]
    rules = municipalities.MunicipalitySettings("a@example.org", PackRounding.UP, MinimumRule.WAIVE)
    assert left(municipalities.save_settings, town, rules, **BY) == ["municipality.changed"]
    assert left(municipalities.deactivate, town, **BY) == ["municipality.deactivated"]
    days = date(2027, 2, 15), date(2027, 2, 19)
    assert left(calendar.add_period, town.id, "Počitnice", *days, closes_all=False, **BY) == [
        "calendar.period_added"
    ]
    [period] = calendar.periods(town.id, *days)
    assert left(calendar.remove_period, period, **BY) == ["calendar.period_removed"]

    school = institutions.InstitutionData(
        code="OSS", name="Šola", short_name="Šola", kind=InstitutionKind.SCHOOL,
        address="Pot 2", postcode="4000", town="Kranj", tax_number="96335556",
    )  # fmt: skip
    door = institutions.PointData(
        name="Kuhinja", address="Pot 2", postcode="4000", town="Kranj", latitude=46.23, longitude=14.34
    )
    assert left(institutions.create_institution, town.id, school, **BY) == ["institution.created"]
    assert left(institutions.set_budget, kitchen, 90_000, **BY) == ["institution.budget_set"]
    assert left(institutions.set_pack_choice, kitchen, "up", **BY) == ["institution.pack_choice_set"]
    assert left(institutions.set_active, kitchen, False, **BY) == ["institution.changed"]
    renamed = replace(school, code=kitchen.code)
    assert left(institutions.edit_institution, kitchen, renamed, **BY) == ["institution.changed"]
    assert left(institutions.add_point, kitchen, door, **BY) == ["delivery_point.created"]
    point = kitchen.delivery_points[0]
    assert left(institutions.set_head_counts, point, {"staff": 4}, **BY) == ["delivery_point.head_counts_set"]
    assert left(institutions.close_point, point, **BY) == ["delivery_point.changed"]


def test_of_farms(world: World, left: Left) -> None:
    new = ProducerData(name="Žagar", tax_type=TaxType.VAT_PAYER, tax_number="94533318", **PLACE)
    farm = world.add_producer()
    assert left(producers.create_producer, new, **BY) == ["producer.registered"]
    assert left(producers.edit_producer, farm, replace(new, tax_number="96335556"), **BY) == [
        "producer.changed"
    ]
    place = FarmData(name="Vrh", **PLACE)
    assert left(producers.add_farm, farm, place, **BY) == ["farm.added"]
    assert left(producers.edit_farm, farm.farms[0], place, **BY) == ["farm.changed"]
    organic = CertificateData(
        scheme="organic", number="1", body="SI-EKO-002", valid_from=NEW_YEAR, valid_to=date(2026, 12, 31)
    )
    held = producers.add_certificate(farm, organic, **BY)
    assert left(producers.add_certificate, farm, organic, **BY) == ["certificate.added"]
    assert left(producers.edit_certificate, held, replace(organic, number="3"), **BY) == [
        "certificate.changed"
    ]
    permit = PermitData(kind="flat_rate", number="4230-1", valid_from=NEW_YEAR)
    given = producers.add_permit(farm, permit, **BY)
    assert left(producers.add_permit, farm, permit, **BY) == ["permit.added"]
    assert left(producers.edit_permit, given, replace(permit, number="4230-3"), **BY) == ["permit.changed"]
    whose: dict[str, Any] = {"producer_id": farm.id, **BY}
    assert left(personal.set_detail, Detail.PHONE, "040 000 000", **whose) == ["personal_detail.changed"]
    assert left(personal.set_detail, Detail.PHONE, "", **whose) == ["personal_detail.erased"]


def test_of_admissions(world: World, left: Left, session: Session) -> None:
    farm, town, other = world.add_producer(), world.add_municipality(), world.add_municipality()
    assert left(admission.apply, farm, town.id, **BY) == ["admission.applied"]
    asked = session.get_one(Admission, (farm.id, town.id))
    assert left(admission.refuse, asked, "far", **BY) == ["admission.refused"]
    assert left(admission.admit, asked, **BY) == ["admission.admitted"]
    assert left(producers.set_terms, asked, days=1, minimum_cents=2_000, **BY) == ["admission.terms_set"]
    assert left(admission.suspend, asked, "frost", **BY) == ["admission.suspended"]
    assert left(admission.admit_directly, farm, other.id, days=31, minimum_cents=0, **BY) == [
        "admission.admitted"
    ]


def test_of_products(world: World, left: Left) -> None:
    farm = world.add_producer()
    data = products.ProductData(world.add_food_type().id, farm.farms[0].id, "Skuta", 500)
    product = products.create_product(farm.id, replace(data, name="Sir"), **BY)
    assert left(products.create_product, farm.id, data, **BY) == ["product.created"]
    assert left(products.edit_product, product, replace(data, name="Sirnica"), **BY) == ["product.changed"]
    assert left(products.retire_product, product, **BY) == ["product.retired"]
    assert left(products.restore_product, product, **BY) == ["product.restored"]


def test_of_schedules(world: World, left: Left) -> None:
    weekly = schedules.ScheduleData("Weekly", 4, time(8), 3, time(12), WEEK + 2 * SEVEN, weeks_ahead=1)
    town = world.municipality.id
    assert left(schedules.save_schedule, town, weekly, **BY)[0] == "schedule.created"
    schedule = schedules.save_schedule(town, weekly, **BY)
    shorter = replace(weekly, days=0b1111)
    told = left(schedules.save_schedule, town, shorter, schedule=schedule, **BY)
    assert told == ["schedule.changed", "cycle.replanned"]


def test_of_a_cycle_under_way(world: World, left: Left, session: Session, tuesday: At) -> None:
    kitchen, other, farm = world.add_institution(), world.add_institution(), world.add_producer()
    product = world.add_product(farm)
    offer, later = world.offer(product=product), world.offer(product=product, week=WEEK + SEVEN)
    cycle, following = world.cycle(), world.cycle(week=WEEK + SEVEN, closes_at=CLOSES + SEVEN)
    world.submit(following, other, [(later, "1")])
    assert left(reminders.remind, cycle.id, 24, actor=SCHEDULER) == ["cycle.reminded"]
    assert left(reminders.remind, cycle.id, 24, actor=SCHEDULER) == []

    publish_offers(farm.id, WEEK, [Entry(product.id, 999, 0b11111, StockKind.UNLIMITED, None)], **BY)
    dearer = session.scalars(select(OfferVersion.id).where(OfferVersion.price_cents == 999)).one()
    assert left(
        offers.change_in_open_cycle, cycle.id, offer.id, dearer, "frost", actor=COMMAND
    ) == ["cycle.offer_changed"]  # fmt: skip

    drafts.save_draft(cycle.id, kitchen.id, world.typed(cycle, kitchen, [(offer, "7")]), **BY)
    tuesday(CLOSES)
    assert left(mark_failed, cycle.id, "no paper", actor=SCHEDULER) == ["cycle.close_failed"]
    assert left(carry.carry_drafts, cycle.id, actor=SCHEDULER, now=CLOSES) == ["drafts.carried"]
    assert left(cycles.cancel_cycle, following.id, "snow", actor=COMMAND) == ["cycle.cancelled"]


def test_of_orders_and_offers_and_a_cycles_moves(world: World, left: Left) -> None:
    kitchen, farm = world.add_institution(), world.add_producer()
    product = world.add_product(farm)
    entry = Entry(product.id, 150, 0b11111, StockKind.RESERVE, 9_000)
    assert left(publish_offers, farm.id, WEEK, [entry], **BY) == ["offer.published"]
    offer = world.offer(product=product, available=9_000)
    assert left(world.cycle, opened=False, week=WEEK + SEVEN) == ["cycle.planned"]
    cycle = world.cycle(opened=False)
    assert left(cycles.open_cycle, cycle.id, actor=SCHEDULER) == ["cycle.opened"]
    later = CLOSES + timedelta(hours=1)
    assert left(cycles.extend_cycle, cycle.id, later, "snow", actor=COMMAND) == ["cycle.extended"]
    assert left(world.submit, cycle, kitchen, [(offer, "3")]) == ["order.submitted"]
    assert left(place.withdraw_order, cycle.id, kitchen.id, actor=COMMAND) == ["order.withdrawn"]
    assert left(giving_less.reduce_offer, offer.id, 6_000, "hail", **BY) == ["offer.reduced"]
    assert left(giving_less.withdraw_offer, offer.id, "frost", **BY) == ["offer.withdrawn"]


def test_of_requests_after_the_close(world: World, left: Left, session: Session, tuesday: At) -> None:
    offer = world.offer()
    cycle = world.cycle()
    world.submit(cycle, world.add_institution(), [(offer, "9")])
    tuesday(CLOSES)
    record_cycle(cycle.id, actor=SCHEDULER)
    record = session.scalars(select(ProcurementRecord)).one()
    less = [Wanted(1000, record.record_lines[0].id)]
    asked = changes.ask_change(record.id, ChangeKind.REDUCTION, less, "ill", **BY)
    assert left(changes.refuse_change, asked.id, "cut already", **BY) == ["change.refused"]


def test_of_messages_that_a_person_takes_in_hand(world: World, left: Left, session: Session) -> None:
    town = world.municipality.id
    outbox.queue(
        "x", [Recipient("Kmet", None, "sl"), Recipient("Ana", "ana@example.org", "sl")],
        key="x", data={}, municipality_id=town,
    )  # fmt: skip
    failed = session.scalars(select(Message).where(Message.state == MessageState.QUEUED)).one()
    failed.state = MessageState.FAILED
    assert left(by_hand.retry_failed, town, **BY) == ["message.retried"]
    paper = session.scalars(select(Message.id).where(Message.state == MessageState.NO_ADDRESS)).all()
    assert left(by_hand.mark_printed, town, paper, **BY) == ["message.printed"]
    assert left(by_hand.unmark_printed, town, paper, **BY) == ["message.print_undone"]


def test_of_checks_of_the_trail_itself(left: Left) -> None:
    assert left(checks.ask, **BY) == ["trail_check.asked"]
    check = checks.take(now=NOW)
    assert check is not None
    assert left(checks.finish, check.id, checks.recompute(now=NOW), **BY) == ["trail_check.finished"]
