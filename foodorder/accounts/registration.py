"""How a producer registers: fills in a form, and proves the e-mail address by the link that is mailed there.

Nothing a stranger writes becomes a producer before that. What follows is in `admission`.
"""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select, update

from foodorder.accounts import admission, people, roles
from foodorder.accounts.models import (
    Municipality,
    Producer,
    ProducerKind,
    Registration,
)
from foodorder.accounts.passwords import hash_password, plain_email
from foodorder.accounts.personal import Detail, set_detail
from foodorder.accounts.producers import (
    CertificateData,
    FarmData,
    PermitData,
    ProducerData,
    TaxNumberTaken,
    add_certificate,
    add_farm,
    add_permit,
    create_producer,
)
from foodorder.accounts.roles import Reach
from foodorder.accounts.sessions import digest
from foodorder.accounts.tokens import LinkVoid
from foodorder.db import db
from foodorder.outbox import service as outbox
from foodorder.outbox.service import Recipient
from foodorder.rules.checkdigits import check_holding_number, check_iban, check_tax_number
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.green import HOME
from foodorder.rules.passwords import check_password
from foodorder.rules.permissions import Role
from foodorder.rules.vat import TaxType
from foodorder.trail.actor import Actor

#: How long the mailed link works.
LIFE = timedelta(days=7)


class NoMunicipality(Refusal):
    """An application to nobody."""

    message = N_("Choose at least one municipality.")
    default_field = "municipalities"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registering:
    """What a producer writes about themselves in the form."""

    email: str
    contact_name: str
    phone: str
    name: str
    kind: str = ProducerKind.FARM
    tax_type: str
    tax_number: str
    kmg_mid: str | None
    iban: str
    village: str
    postcode: str
    town: str
    latitude: float
    longitude: float
    #: "What you grow", in the farmer's own words.
    products: str
    #: [{"scheme", "number", "body", "valid_from", "valid_to"}, …] with dates as ISO texts.
    certificates: Sequence[dict[str, str]] = field(default_factory=list)
    #: Number of the permit for the flat-rate compensation, and its first day as ISO text.
    flat_rate_permit: str | None = None
    flat_rate_from: str | None = None
    municipality_ids: Sequence[int]
    language: str = "sl"
    #: Where the farm lies, ISO 3166-1 alpha-2.
    country: str = HOME


def register(form: Registering, *, now: datetime) -> None:
    """Keep a registration and mail the link that proves the address.

    The answer is the same for an address that is known already; its owner gets the same link.
    Raises a refusal of rules.checkdigits, NoMunicipality, TaxNumberTaken.
    """
    number = check_tax_number(form.tax_number)
    check_iban(form.iban)
    if form.kmg_mid:
        check_holding_number(form.kmg_mid)
    if not _active(form.municipality_ids):
        raise NoMunicipality
    if db.session.scalar(select(Producer.id).where(Producer.tax_number == number)) is not None:
        raise TaxNumberTaken
    secret = secrets.token_urlsafe(32)
    registration = Registration(
        email=plain_email(form.email),
        language=form.language,
        data=asdict(form),
        secret_hash=digest(secret),
        created_at=now,
        expires_at=now + LIFE,
    )
    db.session.add(registration)
    db.session.flush()
    outbox.queue(
        "registration_confirm",
        [Recipient(form.contact_name, registration.email, form.language)],
        key=f"registration {registration.id}",
        data={"name": form.contact_name, "producer": form.name, "path": f"/register/{secret}"},
    )


def find_registration(secret: str, now: datetime) -> Registration | None:
    """The registration behind a link that still works."""
    return db.session.scalar(
        select(Registration).where(
            Registration.secret_hash == digest(secret),
            Registration.used_at.is_(None),
            Registration.expires_at > now,
        )
    )


def needs_password(registration: Registration) -> bool:
    """Whether the address belongs to nobody who can log in yet, so that the link must set a password."""
    person = people.find_person(registration.email)
    return person is None or person.password_hash is None


def confirm(secret: str, password: str | None, *, actor: Actor, now: datetime) -> Producer:
    """Use the link: make the person, the producer and the applications, and tell the coordinators.

    Whoever can log in already keeps their password. Raises LinkVoid, TaxNumberTaken or a refusal of
    rules.passwords (the link then still works).
    """
    registration = find_registration(secret, now)
    if registration is None:
        raise LinkVoid
    form = Registering(**registration.data)
    if needs_password(registration):
        check_password(password or "", email=form.email, name=form.contact_name)
    _use_up(registration, now)
    actor = Actor(actor.source, request_id=actor.request_id)
    person = people.create_person(form.email, form.contact_name, language=form.language, actor=actor, now=now)
    if person.password_hash is None and password:
        person.password_hash, person.password_set_at = hash_password(password), now
    producer = _make(form, actor=actor, now=now)
    roles.grant_role(person, Role.PRODUCER, Reach(producer_id=producer.id), actor=actor, now=now)
    for municipality_id in _active(form.municipality_ids):
        admission.apply(producer, municipality_id, actor=actor, now=now)
    return producer


def _use_up(registration: Registration, now: datetime) -> None:
    used = update(Registration).where(Registration.id == registration.id, Registration.used_at.is_(None))
    if db.session.execute(used.values(used_at=now).returning(Registration.id)).one_or_none() is None:
        raise LinkVoid


def _make(form: Registering, *, actor: Actor, now: datetime) -> Producer:
    producer = create_producer(
        ProducerData(
            name=form.name,
            kind=ProducerKind(form.kind),
            tax_type=TaxType(form.tax_type),
            tax_number=form.tax_number,
            kmg_mid=form.kmg_mid,
            village=form.village,
            postcode=form.postcode,
            town=form.town,
            latitude=form.latitude,
            longitude=form.longitude,
            email=plain_email(form.email),
            language=form.language,
            description=form.products,
        ),
        actor=actor,
        now=now,
    )
    add_farm(
        producer,
        FarmData(
            name=form.name,
            country=form.country,
            kmg_mid=form.kmg_mid,
            village=form.village,
            postcode=form.postcode,
            town=form.town,
            latitude=form.latitude,
            longitude=form.longitude,
        ),
        actor=actor,
        now=now,
    )
    for detail, value in (
        (Detail.IBAN, check_iban(form.iban)),
        (Detail.PHONE, form.phone),
        (Detail.CONTACT_NAME, form.contact_name),
    ):
        set_detail(detail, value, producer_id=producer.id, actor=actor, now=now)
    for proof in form.certificates:
        add_certificate(producer, _certificate(proof), actor=actor, now=now)
    if form.flat_rate_permit:
        begins = date.fromisoformat(form.flat_rate_from) if form.flat_rate_from else now.date()
        permit = PermitData(kind="flat_rate", number=form.flat_rate_permit, valid_from=begins)
        add_permit(producer, permit, actor=actor, now=now)
    return producer


def _certificate(proof: dict[str, str]) -> CertificateData:
    return CertificateData(
        scheme=proof["scheme"],
        number=proof["number"],
        body=proof["body"],
        valid_from=date.fromisoformat(proof["valid_from"]),
        valid_to=date.fromisoformat(proof["valid_to"]),
    )


def _active(municipality_ids: Sequence[int]) -> list[int]:
    return list(
        db.session.scalars(
            select(Municipality.id)
            .where(Municipality.id.in_(municipality_ids), Municipality.active)
            .order_by(Municipality.id)
        )
    )
