"""Random purchases of two towns over two years, and what raw lines come to, added up naively in Python."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from foodorder.accounts.models import Certificate, DeliveryPoint, Farm, Institution
from foodorder.audit.selection import Selection
from foodorder.catalogue.models import FoodGroup, FoodType, OfferVersion, Product
from foodorder.db import db
from foodorder.ordering.page import LOCAL_METRES
from foodorder.procurement.changes import accept_change, ask_change
from foodorder.procurement.models import ChangeKind, CostBearer, ProcurementRecord, RecordLine
from foodorder.procurement.record_cycle import record_cycle
from foodorder.procurement.wanted import Wanted
from foodorder.rules.certificates import Held, counts_as
from foodorder.rules.geography import air_metres
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.factories import CLOSES, NOW, WEEK, World

#: Weeks in November and December, at the turn of the year, and a year later.
WEEKS = [WEEK + timedelta(weeks=weeks) for weeks in (0, 1, 5, 52, 53)]
CODES = ["03221112-4", "03222321-9", "03212100-1", "15551300-8", "15540000-5"]
SCHEMES = ["organic", "pdo", "selected_quality", "dobrote"]


@dataclass(frozen=True)
class Line:
    """A line of a record in force, with everything that it can be chosen by."""

    municipality_id: int
    institution_id: int
    producer_id: int
    food_group_id: int
    food_type_id: int
    cpv: str
    day: date
    basis: str
    certificate: str
    net_cents: int
    grams: int
    local: bool

    @property
    def month(self) -> date:
        return self.day.replace(day=1)


def make_history(world: World, clock_at: Any, seed: int) -> Any:
    """Two towns; `world.town` is the other one. One farm sells to both."""
    chance = Random(seed)
    clock_at(NOW)
    world.town = world.add_municipality(region="SI042", name="Tujina pri Tujcih")
    world.municipality.region = "SI042"
    other = FoodGroup(code=f"mlk{seed}", name_sl="Mleko", name_en="Milk", position=2)
    db.session.add(other)
    db.session.flush()
    foods = [
        world.add_food_type(
            cpv=code, food_group_id=(other if code.startswith("15") else world.group).id,
            grams_per_unit=chance.choice([1000, 1030]),
        )
        for code in CODES
    ]  # fmt: skip
    both, far = world.add_producer(world.municipality, world.town), world.add_producer()
    far.farms[0].latitude = 45.5
    farms = [world.add_producer(), both, far]
    strange = world.add_producer(world.town, name="Tujkova kmetija")
    world.sellers = {
        world.municipality.id: {farm.id for farm in farms}, world.town.id: {both.id, strange.id}
    }  # fmt: skip
    world.kitchens = [world.add_institution() for _ in range(3)]
    world.strangers = [
        world.add_institution(municipality=world.town, name="Tujkova kuhinja", short_name="Tujkova kuhinja")
    ]
    products = [world.add_product(farm, chance.choice(foods)) for farm in farms for _ in range(2)]
    products.append(world.add_product(strange, foods[0]))
    for product in products:
        for scheme in chance.sample(SCHEMES, chance.randint(0, 2)):
            product.certificates.append(_certificate(product, scheme, chance))
    for week in WEEKS:
        _week(world, week, products, chance, clock_at)
    _correct(chance)
    db.session.flush()
    return world


def _certificate(product: Product, scheme: str, chance: Random) -> Certificate:
    return Certificate(
        producer_id=product.producer_id, scheme=scheme, number="1", body="KON", valid_from=date(2026, 1, 1),
        valid_to=chance.choice([WEEK + timedelta(days=1), date(2027, 12, 1), date(2030, 1, 1)]),
    )  # fmt: skip


def _week(world: Any, week: date, products: list[Product], chance: Random, clock_at: Any) -> None:
    clock_at(NOW)
    offers = [world.offer(product=one, price=chance.randint(50, 900), week=week) for one in products]
    strange = world.town.id
    cycles = [world.cycle(week=week), world.cycle(week=week, municipality=world.town)]
    for cycle, kitchens in zip(cycles, (world.kitchens, world.strangers), strict=True):
        sellers = world.sellers[cycle.municipality_id]
        here = [offer for offer in offers if offer.producer_id in sellers]
        for kitchen in kitchens:
            typed: dict[Any, str] = {}
            for offer in chance.sample(here, min(3, len(here))):
                wanted = [(offer, str(chance.randint(1, 40)))]
                typed |= world.typed(cycle, kitchen, wanted, day=chance.randint(0, 4))
            if typed and (chance.random() < 0.85 or cycle.municipality_id == strange):
                world.submit(cycle, kitchen, typed)
    clock_at(CLOSES)
    for cycle in cycles:
        record_cycle(cycle.id, actor=SCHEDULER)


def _correct(chance: Random) -> None:
    """One record becomes smaller: its second version counts, its first no more."""
    lines = db.session.scalars(select(RecordLine).where(RecordLine.quantity > 1000)).all()
    line = chance.choice(sorted(lines, key=lambda one: one.id))
    change = ask_change(
        line.record_id, ChangeKind.REDUCTION, [Wanted(1000, record_line_id=line.id)], "trip", actor=COMMAND,
        now=CLOSES + timedelta(hours=1),
    )  # fmt: skip
    accept_change(change.id, CostBearer.NOBODY, "", actor=COMMAND, now=CLOSES + timedelta(hours=2))


def raw_lines() -> list[Line]:
    """Every line of every record in force."""
    rows = db.session.execute(
        select(RecordLine, ProcurementRecord, Institution, Product, FoodType, Farm, DeliveryPoint)
        .join(ProcurementRecord, ProcurementRecord.id == RecordLine.record_id)
        .join(Institution, Institution.id == ProcurementRecord.institution_id)
        .join(Product, Product.id == RecordLine.product_id)
        .join(FoodType, FoodType.id == Product.food_type_id)
        .join(OfferVersion, OfferVersion.id == RecordLine.offer_version_id)
        .join(Farm, Farm.id == OfferVersion.farm_id)
        .join(DeliveryPoint, DeliveryPoint.id == RecordLine.delivery_point_id)
        .where(ProcurementRecord.superseded_by_id.is_(None))
        .order_by(RecordLine.id)
    )
    return [_line(*row) for row in rows]


def _line(line: Any, record: Any, kitchen: Any, product: Any, food: Any, farm: Any, door: Any) -> Line:
    held = [Held(one.scheme, one.valid_from, one.valid_to) for one in product.certificates]
    metres = air_metres(farm.latitude, farm.longitude, door.latitude, door.longitude)
    return Line(
        kitchen.municipality_id, record.institution_id, record.producer_id, food.food_group_id, food.id,
        food.cpv, line.delivery_date, record.basis, counts_as(held, line.delivery_date) or "conventional",
        line.net_cents, line.grams, metres <= LOCAL_METRES,
    )  # fmt: skip


def chosen(lines: list[Line], selection: Selection) -> list[Line]:
    """The lines of a selection."""
    return [
        line
        for line in lines
        if line.municipality_id == selection.municipality_id
        and selection.first <= line.day <= selection.last
        and selection.institution_id in (None, line.institution_id)
        and selection.producer_id in (None, line.producer_id)
        and selection.food_group_id in (None, line.food_group_id)
        and selection.food_type_id in (None, line.food_type_id)
        and line.cpv.startswith(selection.cpv or "")
        and selection.basis in (None, line.basis)
        and selection.certificate in (None, line.certificate)
        and selection.local in (None, line.local)
    ]


def selections(world: Any, seed: int, count: int = 3) -> Iterator[Selection]:
    """Whole months of our town: all of them, by certificate, by code, then `count` narrowed at random."""
    chance = Random(seed)
    lines = [line for line in raw_lines() if line.municipality_id == world.municipality.id]
    whole = Selection(world.municipality.id, date(2026, 1, 1), date(2027, 12, 31))
    yield whole
    yield from (replace(whole, certificate=certificate) for certificate in ("organic", "quality"))
    yield from (replace(whole, cpv=chance.choice(lines).cpv[:digits]) for digits in (4, 6))
    for _ in range(count):
        line = chance.choice(lines)
        narrower = {
            "institution_id": line.institution_id, "producer_id": line.producer_id, "basis": line.basis,
            "food_group_id": line.food_group_id, "food_type_id": line.food_type_id,
            "cpv": line.cpv[: chance.randint(2, 8)], "certificate": line.certificate,
        }  # fmt: skip
        picked = chance.sample(sorted(narrower), chance.randint(1, 2))
        first, last = chance.choice([(2026, 2027), (2026, 2026), (2027, 2027)])
        years = whole.between(date(first, 1, 1), date(last, 12, 31))
        yield replace(years, **{name: narrower[name] for name in picked})
