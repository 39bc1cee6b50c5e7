"""Random weeks: farms offer, kitchens order under lots and without, some offers are withdrawn."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import strategies as st
from sqlalchemy import select

from foodorder.accounts.models import Producer
from foodorder.agreements.models import Agreement, Ceiling, WeeklyNeed
from foodorder.catalogue.models import FoodType, Offer, StockKind
from foodorder.db import db
from foodorder.ordering.models import Cycle
from foodorder.rules.agreements import AwardMode, Basis
from foodorder.rules.ordering import Cell
from tests.agreements import (
    add_agreement,
    add_ceiling,
    add_exempted,
    add_kind,
    add_lot,
    add_price,
    add_supplier,
    enforce,
    set_threshold,
)
from tests.factories import World

STEPS = 500
#: Of the agreement, its two lots, its exempted lots, a farm in the first lot, and the first kitchen.
CEILINGS = 6


@dataclass(frozen=True)
class RandomOffer:
    farm: int
    price: int
    pack: int | None
    kind: StockKind
    available: int
    withdrawn: bool
    grams_per_unit: int
    #: Which lot buys it; None: it is bought by evidence.
    lot: int | None


@dataclass(frozen=True)
class RandomKitchen:
    doors: int
    budget: int | None
    #: What becomes of the order, which nobody approved; None: it needed no approval.
    unapproved: str | None
    pack_choice: str
    #: (offer, door, day, steps)
    wants: list[tuple[int, int, int, int]]


@dataclass(frozen=True)
class RandomLaw:
    """What every ceiling (net cents, grams; None: no limit) and the threshold leave after all is ordered."""

    ceilings: list[tuple[int | None, int | None]]
    threshold: int


@dataclass(frozen=True)
class RandomWeek:
    rounding: str
    minimum_rule: str
    minimums: list[int]
    offers: list[RandomOffer]
    kitchens: list[RandomKitchen]
    neighbours: list[RandomKitchen]
    #: None: the municipality asks for no lawful basis.
    law: RandomLaw | None


offers = st.builds(
    RandomOffer,
    farm=st.integers(0, 2),
    price=st.integers(1, 999),
    pack=st.sampled_from([None, None, 1000, 2500, 5000]),
    kind=st.sampled_from([StockKind.UNLIMITED, StockKind.SHARE, StockKind.SHARE, StockKind.RESERVE]),
    available=st.integers(1, 60).map(lambda steps: steps * STEPS),
    withdrawn=st.sampled_from([False] * 9 + [True]),
    grams_per_unit=st.sampled_from([1000, 1030, 58, 333]),
    lot=st.sampled_from([None, None, 0, 0, 1]),
)
kitchens = st.builds(
    RandomKitchen,
    doors=st.integers(1, 2),
    budget=st.one_of(st.none(), st.integers(0, 20000)),
    unapproved=st.sampled_from([None, None, "count", "drop"]),
    pack_choice=st.sampled_from(["up", "down"]),
    wants=st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 1), st.integers(0, 2), st.integers(1, 30)),
        min_size=1,
        max_size=8,
    ),
)
slack = st.one_of(st.none(), st.integers(0, 3000))
laws = st.builds(
    RandomLaw,
    ceilings=st.lists(st.tuples(slack, slack), min_size=CEILINGS, max_size=CEILINGS),
    threshold=st.integers(0, 3000),
)
weeks = st.builds(
    RandomWeek,
    rounding=st.sampled_from(["up", "down", "ask"]),
    minimum_rule=st.sampled_from(["cancel", "waive"]),
    minimums=st.lists(st.sampled_from([0, 500, 3000]), min_size=3, max_size=3),
    offers=st.lists(offers, min_size=6, max_size=6),
    kitchens=st.lists(kitchens, min_size=1, max_size=4),
    neighbours=st.lists(kitchens, max_size=1),
    law=st.one_of(st.none(), laws, laws, laws),
)


def play(week: RandomWeek) -> list[Cycle]:
    """Farms offer, kitchens of one or two municipalities order, some offers are withdrawn."""
    world = World()
    world.municipality.pack_rounding = week.rounding
    world.municipality.minimum_rule = week.minimum_rule
    towns = [world.municipality] + ([world.add_municipality()] if week.neighbours else [])
    farms = [world.add_producer(*towns, minimum_cents=minimum) for minimum in week.minimums]
    sold = []
    for offer in week.offers:
        food = world.add_food_type(grams_per_unit=offer.grams_per_unit)
        product = world.add_product(farms[offer.farm], food, step=STEPS, pack=offer.pack)
        limited = offer.kind is not StockKind.UNLIMITED
        # What is reserved is never over-asked; here there is enough, so that every order is accepted.
        available = (
            offer.available + (1_000_000 if offer.kind is StockKind.RESERVE else 0) if limited else None
        )
        sold.append(world.offer(product=product, price=offer.price, kind=offer.kind, available=available))
    agreement = _agree(world, week, sold, farms[0]) if week.law else None
    cycles = []
    for town, group in zip(towns, (week.kitchens, week.neighbours), strict=False):
        cycle = world.cycle(municipality=town)
        cycles.append(cycle)
        for wish in group:
            kitchen = world.add_institution(wish.doors, town, weekly_budget_cents=wish.budget)
            if agreement is not None and town is world.municipality:
                agreement.institutions.append(kitchen)
                db.session.flush()
                if len(agreement.institutions) == 1:
                    add_ceiling(agreement, institution=kitchen)
            typed = {
                Cell(
                    sold[offer].id,
                    kitchen.delivery_points[door % wish.doors].id,
                    cycle.week + timedelta(days=day),
                ): str(steps / 2).replace(".", ",")
                for offer, door, day, steps in wish.wants
            }
            receipt = world.submit(cycle, kitchen, typed, pack_choice=wish.pack_choice)
            if wish.unapproved:
                world.wait_for_approval(kitchen, receipt, wish.unapproved)
    for offer, row in zip(week.offers, sold, strict=True):
        if offer.withdrawn:
            row.state, row.withdrawn_reason = "withdrawn", "hail"
    if week.law:
        _tighten(world, week.law)
    return cycles


def _agree(world: World, week: RandomWeek, sold: list[Offer], farm: Producer) -> Agreement:
    """An awarded and an exempted lot; what is in no lot is of one kind with what is in the first."""
    enforce(world)
    agreement = add_agreement(world)
    foods: dict[int | None, list[FoodType]] = {0: [], 1: [], None: []}
    for wish, offer in zip(week.offers, sold, strict=True):
        foods[wish.lot].append(offer.product.food_type)
    awarded = add_lot(agreement, *foods[0], mode=AwardMode.PARALLEL)
    add_exempted(agreement, *foods[1])
    for wish, offer in zip(week.offers, sold, strict=True):
        if wish.lot == 0:
            add_price(awarded, offer.product.producer, offer.product.food_type, wish.price + 7)
    sellers = {offer.product.producer for wish, offer in zip(week.offers, sold, strict=True) if wish.lot == 0}
    for producer in sellers:
        add_supplier(awarded, producer, rank=None, share_bp=1_000)
    add_kind(world, *foods[None], *foods[0])
    add_ceiling(agreement)
    add_ceiling(agreement, exempted=True)
    add_ceiling(agreement, awarded, farm)
    return agreement


def _tighten(world: World, law: RandomLaw) -> None:
    """Set every limit a little above what is ordered, as amendments might."""
    ceilings = db.session.scalars(
        select(Ceiling).order_by(Ceiling.id).execution_options(populate_existing=True)
    ).all()
    for ceiling, (cents, grams) in zip(ceilings, law.ceilings, strict=True):
        ceiling.limit_cents = None if cents is None else ceiling.used_cents + cents
        ceiling.limit_grams = None if grams is None else ceiling.used_grams + grams
    needs: defaultdict[int, int] = defaultdict(int)
    for need in db.session.scalars(select(WeeklyNeed).where(WeeklyNeed.basis != Basis.EXEMPTED)):
        needs[need.institution_id] += need.net_cents
    set_threshold(max(needs.values(), default=0) + law.threshold + 1)
