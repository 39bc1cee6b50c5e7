"""The coordinator's counter over HTTP: decisions, producers, kitchens, people."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from foodorder.accounts import admission
from foodorder.accounts.models import (
    Admission,
    AdmissionState,
    Certificate,
    DeliveryPoint,
    Institution,
    LoginSession,
    Municipality,
    PersonalDetail,
    Producer,
    RoleGrant,
)
from foodorder.db import db
from foodorder.outbox.models import Message
from foodorder.trail.actor import COMMAND
from tests.factories import NOW, WEEK
from tests.web.desk import desk, tuesday

__all__ = ["desk", "tuesday"]


def applicant(world, name="Kmetija Nad potokom"):
    """A farm that asks to be let in."""
    producer = world.add_producer(name=name)
    standing = db.session.get(Admission, (producer.id, world.municipality.id))
    db.session.delete(standing)
    db.session.flush()
    admission.apply(producer, world.municipality.id, actor=COMMAND, now=NOW)
    db.session.commit()
    return producer.id


def standing(world, producer_id):
    db.session.expire_all()
    return db.session.get(Admission, (producer_id, world.municipality.id))


# Today


def test_an_empty_municipality_is_told_to_plan(desk):
    page = desk.get("/coordinator/").text
    assert "No cycle is planned ahead" in page
    assert "No cycle is open or planned" in page


def test_an_application_is_decided_from_the_first_page(desk, world):
    producer_id = applicant(world)
    page = desk.get("/coordinator/").text
    assert (
        "Kmetija Nad potokom from Voklo asks to be admitted: tax number checked and no certificate." in page
    )
    answer = desk.post(f"/coordinator/producers/{producer_id}/admit", follow_redirects=True)
    assert "is admitted and told so" in answer.text
    assert standing(world, producer_id).state == AdmissionState.ADMITTED


def test_a_refusal_needs_a_reason_and_keeps_it(desk, world):
    producer_id = applicant(world)
    refuse = f"/coordinator/producers/{producer_id}/refuse"
    assert desk.post(refuse, data={"reason": "  "}).status_code == 422
    desk.post(refuse, data={"reason": "The permit is missing."})
    own = standing(world, producer_id)
    assert (own.state, own.reason) == (AdmissionState.REFUSED, "The permit is missing.")


def test_certificates_that_end_and_farms_without_offers_are_named(desk, world):
    farm = world.add_producer(name="Kmetija Pri treh jablanah")
    world.offer(farm, week=WEEK - timedelta(weeks=1))
    db.session.add(
        Certificate(
            producer_id=farm.id, scheme="organic", number="1", body="SI-EKO-001",
            valid_from=NOW.date() - timedelta(days=300), valid_to=NOW.date() + timedelta(days=10),
        )
    )  # fmt: skip
    world.cycle()
    db.session.commit()
    page = desk.get("/coordinator/").text
    assert "“Organic” of Kmetija Pri treh jablanah ends on" in page
    assert "Kmetija Pri treh jablanah had 1 offer the week before and has none for the week of" in page


def test_who_has_not_ordered_is_listed_and_reminded_once_a_day(desk, world):
    offer = world.offer()
    late, early = world.add_institution(short_name="OŠ Pozna"), world.add_institution(short_name="OŠ Zgodnja")
    cycle = world.cycle()
    world.submit(cycle, early, [(offer, "5")])
    db.session.commit()
    table = desk.get("/coordinator/").text.partition("Who has not ordered")[2]
    assert late.short_name in table
    assert early.short_name not in table
    remind = f"/coordinator/cycles/{cycle.id}/remind"
    assert "1 reminder is on its way" in desk.post(remind, follow_redirects=True).text
    assert "Nobody was reminded" in desk.post(remind, follow_redirects=True).text


# Producers


def new_producer(**more):
    return {
        "name": "Kmetija Ob mejici", "kind": "farm", "phone": "040 000 000", "language": "sl",
        "village": "Trboje", "postcode": "4000", "town": "Kranj", "coordinates": "46.2, 14.4",
        "tax_type": "exempt", "tax_number": "90000013", "days": ["0", "3"], "minimum_cents": "25,50",
        **more,
    }  # fmt: skip


def test_a_farmer_without_email_is_entered_and_acted_for(desk, world):
    answer = desk.post("/coordinator/producers/new", data=new_producer(), follow_redirects=True)
    assert "Kmetija Ob mejici is entered and admitted" in answer.text
    producer = db.session.scalars(select(Producer).where(Producer.name == "Kmetija Ob mejici")).one()
    own = standing(world, producer.id)
    assert (own.state, own.days, own.minimum_cents) == (AdmissionState.ADMITTED, 0b1001, 2550)
    assert producer.email is None
    assert db.session.scalars(select(PersonalDetail.value).where(PersonalDetail.kind == "phone")).one()

    answer = desk.post(f"/coordinator/producers/{producer.id}/act", follow_redirects=True)
    assert "You are acting for Kmetija Ob mejici" in answer.text
    assert db.session.scalars(select(LoginSession.on_behalf_of_producer_id)).one() == producer.id
    desk.post("/coordinator/acting/stop")
    db.session.expire_all()
    assert db.session.scalars(select(LoginSession.on_behalf_of_producer_id)).one() is None


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("tax_number", "90000009", "tax number"),
        ("coordinates", "somewhere", "Write two numbers within Slovenia"),
        ("village", "   ", "Fill in this field."),
        ("minimum_cents", "abc", "is not a number"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(desk, field, value, words):
    answer = desk.post("/coordinator/producers/new", data=new_producer(**{field: value}))
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="Kmetija Ob mejici"' in answer.text
    assert db.session.scalars(select(Producer)).all() == []


def test_a_coordinator_says_that_a_producer_is_a_reseller(desk, world):
    shop = world.add_producer(name="Trgovina Zelje")
    db.session.commit()
    page = desk.get(f"/coordinator/producers/{shop.id}")
    assert f"/coordinator/producers/{shop.id}/kind" in page.text
    assert desk.get(f"/coordinator/producers/{shop.id}/kind").status_code == 200
    assert desk.post(f"/coordinator/producers/{shop.id}/kind", data={"kind": "reseller"}).status_code == 303
    assert "A reseller: sells on" in desk.get(f"/coordinator/producers/{shop.id}").text
    assert desk.post(f"/coordinator/producers/{shop.id}/kind", data={"kind": "shop"}).status_code == 422
    assert shop.kind == "reseller"


def test_terms_and_suspension(desk, world):
    farm = world.add_producer()
    db.session.commit()
    place = f"/coordinator/producers/{farm.id}"
    assert desk.post(f"{place}/terms", data={"minimum_cents": "10"}).status_code == 422
    desk.post(f"{place}/terms", data={"days": ["1"], "minimum_cents": ""})
    assert (standing(world, farm.id).days, standing(world, farm.id).minimum_cents) == (2, 0)
    desk.post(f"{place}/suspend", data={"reason": "No permit any more."})
    assert standing(world, farm.id).state == AdmissionState.SUSPENDED
    assert "Suspended" in desk.get("/coordinator/producers").text


# Kitchens


KITCHEN = {
    "code": "OSN", "name": "Osnovna šola Nova", "short_name": "OŠ Nova", "kind": "school", "address": "Pot 2",
    "postcode": "4000", "town": "Kranj", "tax_number": "90000013", "weekly_budget_cents": "1.250,50",
    "pack_choice": "up",
}  # fmt: skip
DOOR = {
    "name": "Kuhinja", "address": "Pot 2", "postcode": "4000", "town": "Kranj",
    "coordinates": "46,23957, 14,35561",
    "windows-0-days": ["0", "1"], "windows-0-starts": "06:00", "windows-0-ends": "07:30", "group_6_11": "210",
}  # fmt: skip


def test_a_kitchen_is_entered_with_its_door_and_changed(desk):
    desk.post("/coordinator/institutions/new", data=KITCHEN)
    kitchen = db.session.scalars(select(Institution)).one()
    assert (kitchen.weekly_budget_cents, kitchen.pack_choice) == (125_050, "up")
    desk.post(f"/coordinator/institutions/{kitchen.id}/points/new", data=DOOR)
    door = db.session.scalars(select(DeliveryPoint)).one()
    assert (door.latitude, door.windows[0].days, door.head_counts[0].persons) == (46.23957, 3, 210)
    page = desk.get(f"/coordinator/institutions/{kitchen.id}/points/{door.id}").text
    assert 'value="46.23957, 14.35561"' in page
    assert 'value="06:00"' in page
    desk.post(f"/coordinator/institutions/{kitchen.id}/edit", data={**KITCHEN, "weekly_budget_cents": ""})
    db.session.expire_all()
    assert kitchen.weekly_budget_cents is None
    desk.post(f"/coordinator/institutions/{kitchen.id}/rest")
    assert "Rests" in desk.get("/coordinator/institutions").text


def test_a_window_that_ends_first_is_refused_beside_its_field(desk, world):
    kitchen = world.add_institution(doors=0)
    db.session.commit()
    wrong = {**DOOR, "windows-0-ends": "05:00"}
    answer = desk.post(f"/coordinator/institutions/{kitchen.id}/points/new", data=wrong)
    assert answer.status_code == 422
    assert "must end after it begins" in answer.text
    assert 'value="Kuhinja"' in answer.text


def test_the_municipality_sets_its_own_rules(desk, world):
    typed = {
        "pack_rounding": "up",
        "minimum_rule": "waive",
        "contact_email": "a@example.org",
        "language": "sl",
        "window": "shut",
        "public_small_producers": "named",
    }
    desk.post("/coordinator/settings", data=typed)
    db.session.expire_all()
    own = db.session.get(Municipality, world.municipality.id)
    assert (own.pack_rounding, own.minimum_rule) == ("up", "waive")
    assert (own.public_window, own.public_small_producers) == (False, "named")


# People


def test_somebody_is_invited_and_let_go(desk, world):
    kitchen = world.add_institution()
    db.session.commit()
    typed = {"name": "Ana Primer", "email": "ana@example.org", "role": "kitchen_manager", "language": "sl"}
    desk.post("/coordinator/people/invite", data={**typed, "place": f"i{kitchen.id}"})
    grant = db.session.scalars(select(RoleGrant).where(RoleGrant.institution_id == kitchen.id)).one()
    assert "Invited, not here yet" in desk.get(f"/coordinator/institutions/{kitchen.id}").text
    desk.post(f"/coordinator/people/{grant.id}/revoke")
    db.session.expire_all()
    assert grant.revoked_at is not None


@pytest.mark.parametrize(("role", "kind"), [("producer", "i"), ("auditor", "m"), ("administrator", "m")])
def test_a_role_goes_only_where_it_exists_and_may_be_given(desk, world, role, kind):
    kitchen = world.add_institution()
    db.session.commit()
    number = kitchen.id if kind == "i" else world.municipality.id
    typed = {"name": "Ana", "email": "ana@example.org", "role": role, "place": f"{kind}{number}"}
    assert desk.post("/coordinator/people/invite", data={**typed, "language": "sl"}).status_code == 422


def test_the_link_of_an_invitation_is_for_its_recipient_alone(desk, world):
    kitchen = world.add_institution()
    db.session.commit()
    typed = {"name": "Ana Primer", "email": "ana@example.org", "role": "kitchen_manager", "language": "sl"}
    desk.post("/coordinator/people/invite", data={**typed, "place": f"i{kitchen.id}"})
    mail = db.session.scalars(select(Message).where(Message.template == "invitation")).one()
    page = desk.get(f"/coordinator/messages/{mail.id}").text
    assert mail.data["path"] not in page
    assert "/…" in page
