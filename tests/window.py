"""A municipality whose window is open: random weeks of small and large sellers, with secrets to look for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from foodorder.accounts.models import Certificate, Farm, HeadCount
from foodorder.accounts.personal import Detail, set_detail
from foodorder.db import db
from foodorder.ordering.models import Cycle
from foodorder.procurement.models import RecordLine
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.permissions import Role
from foodorder.trail.actor import COMMAND
from tests.factories import CLOSES, NOW, OPENS, WEEK, World

NEXT = WEEK + timedelta(days=7)
CODE = "952"
#: Whom the public sees by name, and whom only where the municipality says so.
FIRM, COOPERATIVE, SMALL = "Vrtnarija Javna", "Zadruga Skupna", "Kmetija Skrita"
#: What nobody may ever see in public: persons, addresses, numbers, what a person typed in their own words.
SECRETS = (
    "Oseba Jelševa", "040 765 432", "SI56 0000 1234 5678 901", "Skrita pot 7", "skrita@secret.example",
    "71902349", "Članova kmetija", "Zaupni pridelek", "kuhar@secret.example", "100478932", "Zadnja vrata 3",
)  # fmt: skip


@dataclass
class Window:
    """What was built: the world, its kitchens, the sellers by name, the cycles of two weeks."""

    world: World
    kitchens: list[Any]
    sellers: dict[str, Any]
    cycles: list[Cycle]

    @property
    def lines(self) -> list[RecordLine]:
        """The recorded lines of the municipality."""
        ids = {one.id for one in self.cycles}
        return [line for line in db.session.query(RecordLine) if line.record.cycle_id in ids]


def build_window(world: World, clock_at: Callable[[datetime], None], seed: int = 1) -> Window:
    """Two kitchens order in two weeks by chance from a firm, a cooperative and a farmer."""
    chance = Random(seed)
    clock_at(NOW)
    world.municipality.code, world.municipality.name = CODE, "Občina Odprta"
    world.municipality.region = "SI042"
    db.session.flush()
    kitchens = [
        world.add_institution(
            name=f"Osnovna šola {n}", short_name=f"OŠ {n}", kind="school", code=f"OS{n}",
            email="kuhar@secret.example", address="Zadnja vrata 3", doors=2,
        )
        for n in range(2)
    ]  # fmt: skip
    kitchens[0].delivery_points[0].head_counts.append(HeadCount(age_group="6-11", persons=210))
    _people(world, kitchens[0])
    sellers = _sellers(world)
    offers = {week: _offers(world, sellers, week, chance) for week in (WEEK, NEXT)}
    cycles = []
    for place, week in enumerate((WEEK, NEXT)):
        later = timedelta(days=7 * place)
        cycle = world.cycle(week=week, opens_at=OPENS, closes_at=CLOSES + later)
        for kitchen in kitchens:
            for_week = [
                (offer, str(chance.randint(1, 40))) for offer in offers[week] if chance.random() < 0.8
            ]
            cells: dict[Any, str] = {}
            for offer, kilos in for_week:
                cells |= world.typed(cycle, kitchen, [(offer, kilos)], day=chance.randrange(5))
            world.submit(cycle, kitchen, cells)
        cycles.append(cycle)
    for place, cycle in enumerate(cycles):
        clock_at(CLOSES + timedelta(days=7 * place))
        record_cycle(cycle.id, actor=COMMAND)
    db.session.commit()
    return Window(world, kitchens, sellers, cycles)


def _people(world: World, kitchen: Any) -> None:
    person = world.add_person(Role.KITCHEN_MANAGER, institution_id=kitchen.id)
    person.name = "Oseba Jelševa"


def _sellers(world: World) -> dict[str, Any]:
    firm = world.add_producer(name=FIRM)
    cooperative = world.add_producer(name=COOPERATIVE, kind="cooperative", village="Voglje")
    small = world.add_producer(
        name=SMALL, tax_type="exempt", tax_number="71902349", kmg_mid="100478932", village="Bašelj",
        email="skrita@secret.example", description="Zaupni pridelek z Oseba Jelševa",
    )  # fmt: skip
    member = Farm(
        producer_id=cooperative.id, name="Članova kmetija", village="Trboje", postcode="4000", town="Kranj",
        latitude=46.2, longitude=14.407,
    )  # fmt: skip
    db.session.add(member)
    small.farms[0].village, small.farms[0].latitude, small.farms[0].longitude = "Bašelj", 46.32, 14.39
    cooperative.farms.append(member)
    for kind, value in (
        (Detail.PHONE, "040 765 432"), (Detail.IBAN, "SI56 0000 1234 5678 901"),
        (Detail.ADDRESS, "Skrita pot 7"), (Detail.CONTACT_NAME, "Oseba Jelševa"),
    ):  # fmt: skip
        set_detail(kind, value, producer_id=small.id, actor=COMMAND, now=NOW)
    db.session.flush()
    return {FIRM: firm, COOPERATIVE: cooperative, SMALL: small}


def _offers(world: World, sellers: dict[str, Any], week: date, chance: Random) -> list[Any]:
    foods = world.__dict__.setdefault("window_foods", [world.add_food_type() for _ in range(3)])
    known = world.__dict__.setdefault("window_products", [])
    if not known:
        for seller in sellers.values():
            for food in foods:
                product = world.add_product(seller, food)
                product.name = f"Zaupni pridelek {product.id}"
                known.append(product)
        member = sellers[COOPERATIVE].farms[-1]
        for product in known:
            if product.producer_id == sellers[COOPERATIVE].id:
                product.farm_id = member.id
        for product, scheme in (
            (known[0], "organic"), (known[1], "organic"), (known[4], "integrated"), (known[6], "organic"),
            (known[6], "integrated"),
        ):  # fmt: skip
            product.certificates.append(_certificate(product, scheme))
        db.session.flush()
    return [world.offer(product=product, week=week, price=chance.randint(50, 400)) for product in known]


def _certificate(product: Any, scheme: str) -> Certificate:
    """Organic until the Tuesday of the first week; others go on."""
    until = WEEK + timedelta(days=1) if scheme == "organic" else date(2027, 12, 31)
    return Certificate(
        producer_id=product.producer_id, scheme=scheme, number="1", body="K", valid_from=date(2026, 1, 1),
        valid_to=until,
    )  # fmt: skip
