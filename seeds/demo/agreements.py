"""The agreements of the invented world, made by their services: kinds of purchases, lots, suppliers, prices.

Each municipality has one: Kranj a dynamic purchasing system of its twelve institutions, the others a
framework agreement. They hold from two years before the week that the demo shows. Made once; a database from
before gets them when the demo runs again, from then on with the rules enforced.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from foodorder.agreements import amendments, force, kinds
from foodorder.agreements.amending import AmendmentData
from foodorder.agreements.draft import AgreementData, create_agreement, set_institutions
from foodorder.agreements.lots import LotData, add_lot
from foodorder.agreements.models import Agreement, AgreementLot
from foodorder.agreements.prices import PriceData, agree_prices, prices_on
from foodorder.agreements.suppliers import add_supplier
from foodorder.catalogue.models import FoodType
from foodorder.db import db
from foodorder.language.times import local
from foodorder.ordering.lots import freeze_lots
from foodorder.ordering.models import Cycle
from foodorder.rules.agreements import AgreementKind, AwardMode, Enforcement, LotKind
from foodorder.rules.cycle import State
from foodorder.rules.thresholds import last_day
from foodorder.trail.actor import Actor
from seeds.demo.load import Book
from seeds.demo.load_producers import municipality_of
from seeds.demo.shapes import Product
from seeds.demo.supply import BASE_YEAR, PRICE_DRIFT
from seeds.demo.tables import DATA, Row, rows, words
from seeds.demo.world import World

#: Years of the agreements that lie behind the week the demo shows; the whole term in months.
YEARS_BEHIND, TERM = 2, 48
#: Prices after the indexation, in thousandths of those before, and what is written about it.
INDEXED = 1032
WHY_INDEXED = (
    "Uskladitev po sporazumu: rast cen hrane (SURS) je od podpisa presegla 4 %, cene se zvišajo za 3,2 %."
)


@dataclass(frozen=True, slots=True)
class Award:
    """A producer's place in a lot: its rank, or its share in basis points."""

    producer: str
    place: int


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot as the tables have it. `ceiling_cents` is of the whole term."""

    number: str
    name: str
    kind: LotKind
    mode: AwardMode
    scheme: str | None
    ceiling_cents: int
    foods: tuple[str, ...]
    awards: tuple[Award, ...]
    reason: str | None


def lots_of(municipality: str) -> list[Lot]:
    """The lots of a municipality's agreement, in their order."""
    return [_lot(row) for row in rows(DATA / "lots.tsv") if row["municipality"] == municipality]


def title_of(municipality: str) -> str:
    """What the agreement of a municipality is called."""
    return _row(municipality)["title"]


def agreement_of(book: Book, municipality: str) -> Agreement | None:
    """The demo's agreement of a municipality, if it was made."""
    return db.session.scalar(
        select(Agreement).where(
            Agreement.municipality_id == book.municipalities[municipality],
            Agreement.title == title_of(municipality),
        )
    )


def make_all(world: World, book: Book, target: date, first_week: date, now: datetime) -> list[str]:
    """Make the agreements that are missing, for all weeks from `first_week` on; returns whose are new."""
    new = []
    for code in world.municipalities:
        if agreement_of(book, code) is None:
            _make(world, book, code, target, first_week, now)
            new.append(code)
    return new


def _make(world: World, book: Book, code: str, target: date, first_week: date, now: datetime) -> None:
    actor, municipality = book.coordinators[code], municipality_of(code)
    kinds.copy_defaults(municipality.id, actor=actor, now=now)
    there = {kind.name for kind in kinds.kinds_of(municipality.id)}
    for row in rows(DATA / "kinds.tsv"):
        if row["municipality"] == code and row["name"] not in there:
            kinds.save_kind(municipality.id, row["name"], row["cpv"].split(), actor=actor, now=now)
    agreement = _draft(world, book, code, target, first_week, now)
    for lot in lots_of(code):
        _add_lot(world, book, agreement, lot, actor, now)
    agree_prices(agreement, _prices(world, book, code, agreement), actor=actor, now=now)
    force.put_in_force(agreement, actor=actor, now=now)
    kinds.set_enforcement(municipality, Enforcement.ENFORCED, actor=actor, now=now)
    # A cycle that takes orders already knows nothing of these lots yet.
    open_now = select(Cycle.id).where(Cycle.municipality_id == municipality.id, Cycle.state == State.OPEN)
    for cycle in db.session.scalars(open_now).all():
        freeze_lots(cycle)


def _draft(world: World, book: Book, code: str, target: date, first_week: date, now: datetime) -> Agreement:
    row, actor = _row(code), book.coordinators[code]
    first = min(target.replace(year=target.year - YEARS_BEHIND, day=1), first_week.replace(day=1))
    signed = first - timedelta(days=18)
    data = AgreementData(
        kind=AgreementKind(row["kind"]),
        title=row["title"],
        portal_number=row["portal_number"].replace("%Y", str(signed.year)),
        value_cents=int(row["value_cents"]),
        valid_from=first,
        valid_to=last_day(first, TERM),
        signed_on=signed,
        indexation=row["indexation"],
        limit_cents=int(row["value_cents"]),
    )
    agreement = create_agreement(book.municipalities[code], data, actor=actor, now=now)
    entitled = [book.institutions[one.code] for one in world.kitchens(code) if one.code in book.institutions]
    set_institutions(agreement, entitled, actor=actor, now=now)
    return agreement


def _add_lot(world: World, book: Book, agreement: Agreement, lot: Lot, actor: Actor, now: datetime) -> None:
    foods = db.session.scalars(select(FoodType).where(FoodType.code.in_(lot.foods))).all()
    data = LotData(
        number=lot.number,
        name=lot.name,
        kind=lot.kind,
        mode=lot.mode,
        # Classes of the vocabulary, as notices name them.
        cpv=tuple(sorted({food.cpv[:5] for food in foods})),
        food_type_ids=[food.id for food in foods],
        scheme=lot.scheme,
        reason=lot.reason,
        limit_cents=lot.ceiling_cents,
    )
    row = add_lot(agreement, data, actor=actor, now=now)
    ranked = lot.mode == AwardMode.RANKED
    for award in lot.awards:
        if award.producer in book.producers:
            add_supplier(
                row,
                book.producers[award.producer],
                rank=award.place if ranked else None,
                share_bp=None if ranked else award.place,
                actor=actor,
                now=now,
            )


def _prices(world: World, book: Book, code: str, agreement: Agreement) -> list[PriceData]:
    """A price of each product in each lot of its producer; of all the food where nobody sells two sorts.

    Suppliers of a framework agreement have bid for everything in their lots, also for what they have no
    product of now.
    """
    food_ids = {food.code: food.id for food in db.session.scalars(select(FoodType))}
    lot_ids = {row.number: row.id for row in agreement.lots}
    found = []
    for lot in lots_of(code):
        for award in lot.awards:
            for food in lot.foods:
                mine = [
                    one
                    for one in world.products.values()
                    if one.producer == award.producer and one.food_type == food and one.code in book.products
                ]
                fitting: list[Product | None] = [one for one in mine if one.organic or not lot.scheme]
                if not fitting and agreement.kind == AgreementKind.FRAMEWORK:
                    fitting = [None]
                found += [
                    PriceData(
                        lot_id=lot_ids[lot.number],
                        producer_id=book.producers[award.producer],
                        food_type_id=food_ids[food],
                        product_id=book.products[one.code] if one is not None and len(mine) > 1 else None,
                        price_cents=_price(world, food, one, agreement.valid_from.year),
                        valid_from=agreement.valid_from,
                    )
                    for one in fitting
                    if award.producer in book.producers
                ]
    return found


def _price(world: World, food: str, product: Product | None, year: int) -> int:
    """What was agreed in a year: about the middle of what is usual, net cents of one unit."""
    usual = world.food_types[food]
    price = (usual.price_low + usual.price_high) * (product.price_permille if product else 1000)
    return max(1, (price * (1000 + PRICE_DRIFT * (year - BASE_YEAR)) + 10**6) // (2 * 10**6))


def index_prices(book: Book, monday: date, now: datetime) -> None:
    """All prices rise as the clause says, from the delivery week of `monday` on; once in the demo's life."""
    for code in book.municipalities:
        agreement = agreement_of(book, code)
        if agreement is None or agreement.state != "in_force" or not agreement.valid_from < monday:
            continue
        present = prices_on(agreement.id, monday)
        if any(row.amendment_id for row in present.values()) or monday > agreement.valid_to:
            continue
        prices = [
            PriceData(
                lot_id=row.lot_id,
                producer_id=row.producer_id,
                food_type_id=row.food_type_id,
                product_id=row.product_id,
                price_cents=(row.price_cents * INDEXED + 500) // 1000,
                valid_from=monday,
            )
            for row in present.values()
        ]
        data = AmendmentData(signed_on=local(now).date(), effective_on=monday, reason=WHY_INDEXED)
        amendments.amend_prices(agreement, data, prices, actor=book.coordinators[code], now=now)


def lot_of(agreement: Agreement, number: str) -> AgreementLot | None:
    """A lot by its number."""
    return next((lot for lot in agreement.lots if lot.number == number), None)


def _row(municipality: str) -> Row:
    return next(row for row in rows(DATA / "agreements.tsv") if row["municipality"] == municipality)


def _lot(row: Row) -> Lot:
    awards = [part.split(":") for part in row["suppliers"].split()]
    return Lot(
        number=row["number"],
        name=row["name"],
        kind=LotKind(row["kind"]),
        mode=AwardMode(row["mode"]),
        scheme=row["scheme"] or None,
        ceiling_cents=int(row["ceiling_cents"]),
        foods=words(row["foods"]),
        awards=tuple(Award(producer, int(place)) for producer, place in awards),
        reason=row["reason"] or None,
    )
