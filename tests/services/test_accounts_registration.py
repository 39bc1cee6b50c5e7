"""How a farm comes in: registers, proves the address, is admitted or refused."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from foodorder.accounts import admission, people, personal, producers, queries, recipients, registration
from foodorder.accounts.models import Admission, AdmissionState, Person, Producer
from foodorder.accounts.passwords import check_credentials
from foodorder.accounts.registration import Registering
from foodorder.accounts.tokens import LinkVoid
from foodorder.db import clock
from foodorder.outbox.models import Message
from foodorder.rules.checkdigits import WrongIban, WrongTaxNumber
from foodorder.rules.passwords import PasswordTooShort
from foodorder.rules.permissions import Role
from foodorder.trail.actor import COMMAND
from foodorder.trail.models import TrailEvent
from tests.factories import World

GOOD = "three words apart"
IBAN = "SI56998804072386227"


@pytest.fixture
def form(world: World) -> Registering:
    """A farm that registers in the world's municipality."""
    return Registering(
        email="Kmet@Example.org",
        contact_name="Tone Vzorec",
        phone="040 000 000",
        name="Kmetija Čebulica",
        tax_type="flat_rate",
        tax_number="SI 9453 3318",
        kmg_mid="100478932",
        iban="si56 9988 0407 2386 227",
        village="Podbrezje",
        postcode="4202",
        town="Naklo",
        latitude=46.299,
        longitude=14.286,
        products="krompir, korenje",
        certificates=[
            {
                "scheme": "organic",
                "number": "1",
                "body": "SI-EKO-002",
                "valid_from": "2026-01-01",
                "valid_to": "2026-12-31",
            }
        ],
        flat_rate_permit="4230-1",
        municipality_ids=[world.municipality.id],
    )


def register(form: Registering, session: Session) -> str:
    """Register; returns the mailed secret."""
    registration.register(form, now=clock())
    data = session.scalars(
        select(Message.data).where(Message.template == "registration_confirm").order_by(Message.id.desc())
    ).first()
    assert data is not None
    return str(data["path"]).rpartition("/")[2]


def confirmed(form: Registering, session: Session) -> Producer:
    return registration.confirm(register(form, session), GOOD, actor=COMMAND, now=clock())


def waiting(world: World, producer: Producer) -> Admission:
    found = queries.admission_of(world.municipality.id, producer.id)
    assert found is not None
    return found


def test_nothing_becomes_a_producer_before_the_link_is_used(form: Registering, session: Session) -> None:
    register(form, session)
    assert session.scalar(select(func.count()).select_from(Producer)) == 0
    assert session.scalar(select(func.count()).select_from(Person)) == 0


def test_the_link_makes_person_producer_and_application(
    form: Registering, session: Session, world: World
) -> None:
    coordinator = world.add_person(Role.COORDINATOR, municipality_id=world.municipality.id)
    producer = confirmed(form, session)
    assert producer.tax_number == "94533318"
    assert [certificate.scheme for certificate in producer.certificates] == ["organic"]
    assert [permit.kind for permit in producer.permits] == ["flat_rate"]
    assert personal.details_of(producer_id=producer.id)["iban"] == IBAN
    assert [one.producer_id for one in queries.applications(world.municipality.id)] == [producer.id]
    assert check_credentials("kmet@example.org", GOOD).grants[0].producer_id == producer.id
    told = session.scalars(
        select(Message.recipient_email).where(Message.template == "registration_received")
    ).all()
    assert told == [coordinator.email]


def test_the_link_works_once_and_for_seven_days(form: Registering, session: Session) -> None:
    secret = register(form, session)
    assert registration.find_registration(secret, clock() + timedelta(days=7, seconds=1)) is None
    registration.confirm(secret, GOOD, actor=COMMAND, now=clock())
    with pytest.raises(LinkVoid):
        registration.confirm(secret, GOOD, actor=COMMAND, now=clock())


def test_a_bad_password_leaves_the_link_alive(form: Registering, session: Session) -> None:
    secret = register(form, session)
    with pytest.raises(PasswordTooShort):
        registration.confirm(secret, "short", actor=COMMAND, now=clock())
    assert registration.find_registration(secret, clock()) is not None


def test_whoever_can_log_in_already_keeps_the_password(form: Registering, session: Session) -> None:
    person = people.create_person("kmet@example.org", "Tone", password=GOOD, actor=COMMAND, now=clock())
    before = person.password_hash
    producer = registration.confirm(register(form, session), None, actor=COMMAND, now=clock())
    assert person.password_hash == before
    assert person.grants[0].producer_id == producer.id


def test_a_tax_number_is_registered_once(form: Registering, session: Session) -> None:
    other = register(replace(form, email="other@example.org"), session)
    confirmed(form, session)
    with pytest.raises(producers.TaxNumberTaken):
        registration.register(form, now=clock())
    with pytest.raises(producers.TaxNumberTaken):
        registration.confirm(other, GOOD, actor=COMMAND, now=clock())


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"tax_number": "94533319"}, WrongTaxNumber),
        ({"iban": "SI56998804072386228"}, WrongIban),
        ({"municipality_ids": []}, registration.NoMunicipality),
        ({"municipality_ids": [10**6]}, registration.NoMunicipality),
    ],
)
def test_wrong_numbers_are_refused_by_name(
    form: Registering, wrong: dict[str, object], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        registration.register(replace(form, **wrong), now=clock())  # type: ignore[arg-type]


def test_a_farm_applies_to_several_municipalities(form: Registering, session: Session, world: World) -> None:
    other = world.add_municipality()
    producer = confirmed(replace(form, municipality_ids=[world.municipality.id, other.id]), session)
    assert producers.serves(producer.id) == [world.municipality.id, other.id]


def test_admitting_tells_the_farm(form: Registering, session: Session, world: World) -> None:
    producer = confirmed(form, session)
    admission.admit(waiting(world, producer), actor=COMMAND, now=clock())
    assert waiting(world, producer).state == AdmissionState.ADMITTED
    mailed = session.scalars(select(Message.recipient_email).where(Message.template == "admission_admitted"))
    assert mailed.all() == ["kmet@example.org"]


def test_a_refusal_needs_a_reason_and_may_be_followed_by_a_new_application(
    form: Registering, session: Session, world: World
) -> None:
    producer = confirmed(form, session)
    with pytest.raises(admission.ReasonMissing):
        admission.refuse(waiting(world, producer), "  ", actor=COMMAND, now=clock())
    admission.refuse(waiting(world, producer), "The certificate is missing.", actor=COMMAND, now=clock())
    assert queries.applications(world.municipality.id) == []
    admission.apply(producer, world.municipality.id, actor=COMMAND, now=clock() + timedelta(days=1))
    assert len(queries.applications(world.municipality.id)) == 1


A, R, S, W = AdmissionState.ADMITTED, AdmissionState.REFUSED, AdmissionState.SUSPENDED, AdmissionState.APPLIED


@pytest.mark.parametrize(
    ("state", "verb", "after"),
    [
        (W, "admit", A), (R, "admit", A), (S, "admit", A), (A, "admit", None),
        (W, "refuse", R), (R, "refuse", None), (S, "refuse", None), (A, "refuse", None),
        (W, "suspend", None), (R, "suspend", None), (S, "suspend", None), (A, "suspend", S),
    ],
)  # fmt: skip
def test_every_decision_in_every_state(
    world: World, session: Session, state: AdmissionState, verb: str, after: AdmissionState | None
) -> None:
    standing = waiting(world, world.add_producer())
    standing.state = state
    session.flush()
    words = () if verb == "admit" else ("because",)
    if after is None:
        with pytest.raises(admission.DecidedAlready):
            getattr(admission, verb)(standing, *words, actor=COMMAND, now=clock())
    else:
        getattr(admission, verb)(standing, *words, actor=COMMAND, now=clock())
        session.refresh(standing)
        assert standing.state == after


def test_a_farm_without_e_mail_still_gets_its_message(world: World) -> None:
    farm = world.add_producer(email=None)
    assert [one.email for one in recipients.recipients_of_producer(farm.id)] == [None]


def test_the_trail_holds_neither_iban_nor_telephone(form: Registering, session: Session) -> None:
    confirmed(form, session)
    bodies = " ".join(session.scalars(select(TrailEvent.body)))
    assert "SI5699" not in bodies
    assert "040 000 000" not in bodies
    assert "example.org" not in bodies
