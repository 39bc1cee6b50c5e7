"""What everybody sets for themselves: published criteria, budgets, a second person, hours from harvest."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import exists, select

from foodorder.accounts import budgets, roles
from foodorder.accounts.budgets import Period
from foodorder.accounts.models import Budget, Institution, Person, RoleGrant, Unapproved
from foodorder.agreements.criteria import publish_criteria
from foodorder.agreements.models import Criteria
from foodorder.catalogue import law
from foodorder.catalogue.models import Product
from foodorder.catalogue.products import ProductData, edit_product
from foodorder.db import db
from foodorder.language.times import local
from foodorder.rules.agreements import Funding
from foodorder.rules.permissions import Role
from foodorder.rules.scoring import Criterion
from seeds.demo import shapes
from seeds.demo.agreements import agreement_of
from seeds.demo.load import Book
from seeds.demo.load_producers import municipality_of
from seeds.demo.world import World

#: Points by which offers are compared: of everything in a municipality, and of Kranj's exempted lots.
USUAL = {
    Criterion.PRICE: 60,
    Criterion.FRESHNESS: 15,
    Criterion.QUALITY: 10,
    Criterion.CO2: 10,
    Criterion.DIRECT: 5,
}
EXEMPTED = USUAL | {Criterion.PRICE: 50, Criterion.FRESHNESS: 20, Criterion.QUALITY: 15}

#: Hours from harvest to delivery that two farms promise for all they sell.
HOURS = {"F12": 20, "F16": 12}

#: The kitchen whose orders a second person approves, above this net sum (cents); and that person.
APPROVED, ABOVE, APPROVER = "OSSJ", 400_000, "odobritev@demo.example"

#: A year has so many weeks in which schools cook; a breakfast costs so many cents a head.
WEEKS_OF_SCHOOL, BREAKFAST = 40, 90
PUPILS = ("6-11", "11-15")


def make_all(world: World, book: Book, years: Iterable[int], now: datetime) -> None:
    """Set what nobody has set yet."""
    for code in book.municipalities:
        _publish_criteria(book, code, now)
    for code, number in book.institutions.items():
        institution = db.session.get_one(Institution, number)
        for year in years:
            _set_budgets(world.institutions[code], institution, year, book, now)
    _ask_for_approval(book, now)
    for code, hours in HOURS.items():
        _promise_hours(book, code, hours, now)


def _publish_criteria(book: Book, code: str, now: datetime) -> None:
    municipality, agreement = municipality_of(code), agreement_of(book, code)
    if db.session.scalar(select(exists().where(Criteria.municipality_id == municipality.id))):
        return
    today = local(now).date()
    for of, weights in {None: USUAL, agreement: EXEMPTED}.items() if agreement else ():
        publish_criteria(
            municipality,
            of,
            today + timedelta(days=1),
            weights,
            today=today,
            actor=book.coordinators[code],
            now=now,
        )


def _set_budgets(one: shapes.Institution, row: Institution, year: int, book: Book, now: datetime) -> None:
    """Of a year: regular meals; for schools the EU's fruit and milk, and the traditional breakfast."""
    if db.session.scalar(select(exists().where(Budget.institution_id == row.id, Budget.year == year))):
        return
    heads = {age: sum(point.heads.get(age, 0) for point in one.points) for age in shapes.AGE_GROUPS}
    pupils = sum(heads[age] for age in PUPILS)
    first = date(year, 1, 1)
    scheme = pupils * (
        law.value_on("school_scheme.fruit_per_pupil", first)
        + law.value_on("school_scheme.milk_per_pupil", first)
    )
    sums = {
        Funding.REGULAR: one.weekly_budget_cents * WEEKS_OF_SCHOOL,
        Funding.SCHOOL_SCHEME: scheme,
        Funding.BREAKFAST: sum(heads.values()) * BREAKFAST,
    }
    for funding, cents in sums.items():
        if cents:
            actor = book.coordinators[one.municipality]
            budgets.set_budget(row, funding, Period.YEAR, year, cents, actor=actor, now=now)


def _ask_for_approval(book: Book, now: datetime) -> None:
    """One institution has its large orders approved, by the approver whose log-in the demo shows."""
    number = book.institutions.get(APPROVED)
    institution = db.session.get(Institution, number) if number else None
    if institution is None or institution.approval_limit_cents is not None:
        return
    actor = book.coordinators["052"]
    approver = db.session.scalar(select(Person).where(Person.email == APPROVER))
    reach = roles.reach_for(Role.APPROVER, institution.id)
    held = exists().where(
        RoleGrant.person_id == (approver.id if approver else None),
        RoleGrant.institution_id == institution.id,
        RoleGrant.role == Role.APPROVER,
    )
    if approver is not None and not db.session.scalar(select(held)):
        roles.grant_role(approver, Role.APPROVER, reach, actor=actor, now=now)
    budgets.set_approval(institution, ABOVE, Unapproved.COUNT, actor=actor, now=now)


def _promise_hours(book: Book, code: str, hours: int, now: datetime) -> None:
    if code not in book.sellers:
        return
    products = db.session.scalars(
        select(Product).where(Product.producer_id == book.producers[code], Product.active)
    ).all()
    if any(product.harvest_hours is not None for product in products):
        return
    for product in products:
        edit_product(product, _as_it_is(product, hours), actor=book.sellers[code], now=now)


def _as_it_is(product: Product, hours: int) -> ProductData:
    return ProductData(
        food_type_id=product.food_type_id,
        farm_id=product.farm_id,
        name=product.name,
        order_step=product.order_step,
        pack=product.pack,
        minimum_quantity=product.minimum_quantity,
        gtin=product.gtin,
        allergens=product.allergens,
        traces=product.traces,
        certificate_ids=[proof.id for proof in product.certificates],
        harvest_hours=hours,
    )
