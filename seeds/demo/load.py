"""The invented world into the database, by the services that people use: who takes part, and what they sell.

Loaded once. Later runs read it back by what does not change: official codes, tax numbers, names.
"""

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import select

from foodorder.accounts import institutions, municipalities, people, roles
from foodorder.accounts.models import (
    Farm,
    Institution,
    InstitutionKind,
    Municipality,
    Person,
    Producer,
    RoleGrant,
)
from foodorder.accounts.passwords import hash_password
from foodorder.catalogue.models import FoodType, Product
from foodorder.db import db
from foodorder.ordering.schedules import ScheduleData, save_schedule
from foodorder.rules.aggregation import MinimumRule, PackRounding
from foodorder.rules.permissions import Role
from foodorder.trail.actor import COMMAND, Actor, Source
from seeds.demo import shapes
from seeds.demo.load_producers import add_producer, municipality_of
from seeds.demo.world import World
from seeds.load import load_calendar

#: Everybody's password in the demo. Printed, so that nobody takes it for a secret.
PASSWORD = "korenje in jabolka"  # noqa: S105

#: Thursday 13:00 until the next Thursday 12:00: there is nearly always one cycle that takes orders.
THURSDAY, OPENS, CLOSES = 3, time(13), time(12)


class NotOurs(RuntimeError):
    """An installation with people or organisations that are not the demo's."""


@dataclass(frozen=True, slots=True)
class Book:
    """Which row is which: the world's codes and the database's numbers."""

    municipalities: dict[str, int]
    institutions: dict[str, int]
    #: (institution, name of the door) → delivery point of the world by its code.
    points: dict[str, int]
    producers: dict[str, int]
    products: dict[str, int]
    #: Who orders for an institution, who sells for a producer: whoever holds the role first.
    kitchens: dict[str, Actor]
    sellers: dict[str, Actor]
    #: Who decides for a municipality.
    coordinators: dict[str, Actor]


def is_there(world: World) -> bool:
    """Whether the invented world was loaded: by an invented tax number, which nobody else can have."""
    first = next(iter(world.institutions.values()))
    return (
        db.session.scalar(select(Institution.id).where(Institution.tax_number == first.tax_number))
        is not None
    )


def check_nobody_lives_here() -> None:
    """Refuse to invent a market among real people. Raises NotOurs."""
    for table in (Institution, Producer, Person):
        if db.session.scalar(select(table.id).limit(1)) is not None:
            raise NotOurs("This installation is in use: the demo wants an empty database of its own.")


def load(world: World, *, today: date, first_week: date, now: datetime) -> None:
    """Load everybody, as of `now`; cycles begin with the delivery week `first_week` (a Monday).

    `today` is the day certificates are dated around.
    """
    for code, municipality in world.municipalities.items():
        _join(municipality_of(code), municipality, first_week, now)
    for institution in world.institutions.values():
        _add_institution(institution, now)
    foods = {code: number for number, code in db.session.execute(select(FoodType.id, FoodType.code))}
    for producer in world.producers.values():
        add_producer(world, producer, foods, today, now)
    _add_people(world, now)


def read_book(world: World) -> Book:
    """Find the world again in the database; what somebody removed or renamed meanwhile is left out."""
    of_municipality = dict(db.session.execute(select(Municipality.code, Municipality.id)).all())
    found = {(one.municipality_id, one.code): one for one in db.session.scalars(select(Institution))}
    kitchens = {
        code: found[key]
        for code, one in world.institutions.items()
        if (key := (of_municipality[one.municipality], code)) in found
    }
    sellers = dict(db.session.execute(select(Producer.tax_number, Producer.id)).all())
    of_producer = {
        code: sellers[one.tax_number] for code, one in world.producers.items() if one.tax_number in sellers
    }
    points: dict[str, int] = {}
    for code, institution in kitchens.items():
        doors = {door.name: door.id for door in institution.delivery_points if door.active}
        points |= {
            door.code: doors[door.name] for door in world.institutions[code].points if door.name in doors
        }
    return Book(
        municipalities={code: of_municipality[code] for code in world.municipalities},
        institutions={code: one.id for code, one in kitchens.items()},
        points=points,
        producers=of_producer,
        products=_read_products(world, of_producer),
        kitchens=_orderers({one.id: code for code, one in kitchens.items()}),
        sellers=_sellers(world, of_producer),
        coordinators=_coordinators({of_municipality[code]: code for code in world.municipalities}),
    )


def _read_products(world: World, producers_by_code: dict[str, int]) -> dict[str, int]:
    rows = db.session.execute(
        select(Product.id, Product.producer_id, Product.name, Farm.name.label("farm"))
        .join(Product.farm)
        .where(Product.active)
    )
    there = {(row.producer_id, row.farm, row.name): row.id for row in rows}
    found = {}
    for code, product in world.products.items():
        farm = next(one for one in world.producers[product.producer].farms if one.code == product.farm)
        key = producers_by_code.get(product.producer, 0), farm.name, product.name
        if key in there:
            found[code] = there[key]
    return found


def _orderers(codes: dict[int, str]) -> dict[str, Actor]:
    rows = db.session.execute(
        select(RoleGrant.institution_id, RoleGrant.person_id)
        .where(RoleGrant.role == Role.KITCHEN_MANAGER, RoleGrant.revoked_at.is_(None))
        .order_by(RoleGrant.id.desc())
    )
    return {
        codes[institution]: Actor(Source.PERSON, person, Role.KITCHEN_MANAGER)
        for institution, person in rows
        if institution in codes
    }


def _coordinators(codes: dict[int, str]) -> dict[str, Actor]:
    rows = db.session.execute(
        select(RoleGrant.municipality_id, RoleGrant.person_id)
        .where(RoleGrant.role == Role.COORDINATOR, RoleGrant.revoked_at.is_(None))
        .order_by(RoleGrant.id.desc())
    )
    return {
        codes[number]: Actor(Source.PERSON, person, Role.COORDINATOR)
        for number, person in rows
        if number in codes
    }


def _sellers(world: World, producers_by_code: dict[str, int]) -> dict[str, Actor]:
    """The producer's own people; for a farm without e-mail a coordinator of where it sells."""
    rows = db.session.execute(
        select(RoleGrant.producer_id, RoleGrant.municipality_id, RoleGrant.person_id, RoleGrant.role)
        .where(RoleGrant.role.in_([Role.PRODUCER, Role.COORDINATOR]), RoleGrant.revoked_at.is_(None))
        .order_by(RoleGrant.id.desc())
    ).all()
    own = {row.producer_id: row.person_id for row in rows if row.role == Role.PRODUCER}
    coordinator = next(row.person_id for row in reversed(rows) if row.role == Role.COORDINATOR)
    found = {}
    for code, number in producers_by_code.items():
        if number in own:
            found[code] = Actor(Source.PERSON, own[number], Role.PRODUCER)
        else:
            found[code] = Actor(
                Source.PERSON, coordinator, Role.COORDINATOR, on_behalf_of=f"producer {number}"
            )
    return found


def _join(municipality: Municipality, one: shapes.Municipality, first_week: date, now: datetime) -> None:
    municipalities.activate(municipality, actor=COMMAND, now=now)
    settings = municipalities.MunicipalitySettings(
        contact_email=one.contact_email,
        pack_rounding=PackRounding(one.pack_rounding),
        minimum_rule=MinimumRule(one.minimum_rule),
    )
    municipalities.save_settings(municipality, settings, actor=COMMAND, now=now)
    load_calendar(municipality, now=now)
    rhythm = ScheduleData(
        name="Tedensko naročanje",
        opens_weekday=THURSDAY,
        opens_time=OPENS,
        closes_weekday=THURSDAY,
        closes_time=CLOSES,
        starts_on=first_week,
    )
    save_schedule(municipality.id, rhythm, actor=COMMAND, now=now)


def _add_institution(one: shapes.Institution, now: datetime) -> None:
    data = institutions.InstitutionData(
        code=one.code,
        name=one.name,
        short_name=one.short_name,
        kind=InstitutionKind(one.kind),
        address=one.address,
        postcode=one.postcode,
        town=one.town,
        tax_number=one.tax_number,
        registration_number=one.registration_number,
        vat_payer=one.vat_payer,
        email=one.email,
        phone=one.phone,
        weekly_budget_cents=one.weekly_budget_cents,
    )
    row = institutions.create_institution(municipality_of(one.municipality).id, data, actor=COMMAND, now=now)
    for door in one.points:
        point = institutions.PointData(
            name=door.name,
            address=door.address,
            postcode=door.postcode,
            town=door.town,
            latitude=float(door.latitude),
            longitude=float(door.longitude),
            instructions=door.note or None,
            windows=[institutions.Window(31, door.opens, door.closes)],
            head_counts=door.heads,
        )
        institutions.add_point(row, point, actor=COMMAND, now=now)


def _add_people(world: World, now: datetime) -> None:
    password_hash = hash_password(PASSWORD)
    book = read_book_of_organisations(world)
    for one in world.persons:
        person = people.create_person(
            one.email, one.name, language=one.language, password_hash=password_hash, actor=COMMAND, now=now
        )
        for grant in one.grants:
            role = Role(grant.role)
            reach = roles.reach_for(role, book.get((role, grant.scope)))
            roles.grant_role(person, role, reach, actor=COMMAND, now=now)


def read_book_of_organisations(world: World) -> dict[tuple[Role, str], int]:
    """(role, code) → the organisation that such a grant is about."""
    of_municipality = dict(db.session.execute(select(Municipality.code, Municipality.id)).all())
    own = dict(db.session.execute(select(Producer.tax_number, Producer.id)).all())
    kitchens = {(one.municipality_id, one.code): one.id for one in db.session.scalars(select(Institution))}
    found: dict[tuple[Role, str], int] = {}
    for role in (Role.COORDINATOR, Role.AUDITOR):
        found |= {(role, code): of_municipality[code] for code in world.municipalities}
    for role in (Role.KITCHEN_MANAGER, Role.APPROVER, Role.ACCOUNTANT):
        for code, institution in world.institutions.items():
            found[role, code] = kitchens[of_municipality[institution.municipality], code]
    found |= {(Role.PRODUCER, code): own[one.tax_number] for code, one in world.producers.items()}
    return found


def people_of(world: World) -> list[tuple[shapes.Person, Person]]:
    """The log-ins that the demo shows, with their rows."""
    rows = {person.email: person for person in db.session.scalars(select(Person))}
    return [(one, rows[one.email]) for one in world.persons if one.featured and one.email in rows]
