"""Publishing offers for a delivery week, giving less, and taking them back.

A price or a quantity is never overwritten: what changed becomes the next version. Nothing here knows of
cycles: who calls holds them before and lets them take up what is new after it, in the same transaction
(ordering/offers.py). Rows are locked in the order of their keys: first products, then offers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import joinedload, selectinload

from foodorder.catalogue import law
from foodorder.catalogue.giving_less import reduce_offer, withdraw_offer
from foodorder.catalogue.models import Offer, OfferState, OfferVersion, Product, StockKind
from foodorder.catalogue.queries import is_in_season, newest_versions
from foodorder.catalogue.versions import municipalities_of, next_version, stored, tell
from foodorder.db import db
from foodorder.rules.calendar import dates_of
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.offers import (
    DAYS_DROPPED,
    Notice,
    ProductUnknown,
    Proof,
    WithdrawnForGood,
    certificate_notices,
    check_week,
    days_in_season,
    price_notice,
    problems_of,
)
from foodorder.rules.vat import TaxType, rate_on
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

__all__ = [
    "Entry",
    "OffersRefused",
    "Problem",
    "Published",
    "publish_offers",
    "reduce_offer",
    "same_as_last_week",
    "withdraw_offer",
]


@dataclass(frozen=True, slots=True)
class Entry:
    """One card of the form: net cents of one unit, weekdays (bit 0 = Monday), thousandths of the unit.

    `available` is None exactly when the offer is unlimited.
    """

    product_id: int
    price_cents: int | None
    days: int
    stock_kind: StockKind = StockKind.UNLIMITED
    available: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one product cannot be offered so."""

    product_id: int
    refusal: Refusal


class OffersRefused(Refusal):
    """At least one entry cannot be published; nothing was."""

    message = N_("Nothing was published yet: some entries need a correction.")

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__()


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing did. `notices` are (product id, remark): nothing was stopped by them."""

    new: tuple[Offer, ...]
    changed: tuple[Offer, ...]
    unchanged: tuple[Offer, ...]
    notices: tuple[tuple[int, Notice], ...]


def publish_offers(
    producer_id: int,
    week: date,
    entries: Sequence[Entry],
    *,
    actor: Actor,
    now: datetime,
) -> Published:
    """Publish a producer's offers of one delivery week (its Monday): the whole form at once, or nothing.

    Only what changed gets a new version; products that are not among the entries stay as they are.
    Raises WeekOver, or OffersRefused with every problem of every entry.
    """
    check_week(week, now)
    products = _products(producer_id, [entry.product_id for entry in entries])
    offers = _offers(products, week)
    versions = newest_versions([offer.id for offer in offers.values()])
    problems: list[Problem] = []
    notices: list[tuple[int, Notice]] = []
    for entry in entries:
        product = products.get(entry.product_id)
        offer = offers.get(entry.product_id)
        found = _problems(entry, product, offer, week) if product else [ProductUnknown()]
        problems += [Problem(entry.product_id, refusal) for refusal in found]
        if product and not found:
            notices += [(product.id, notice) for notice in _notices(entry, product, week)]
    if problems:
        raise OffersRefused(problems)

    writing: dict[str, list[tuple[Offer, OfferVersion | None, Product, Entry]]] = {"new": [], "changed": []}
    unchanged: list[Offer] = []
    for entry in sorted(entries, key=lambda entry: entry.product_id):
        product, offer = products[entry.product_id], offers.get(entry.product_id)
        before = versions.get(offer.id) if offer else None
        if offer is None:
            offer = Offer(product_id=product.id, producer_id=producer_id, week=week, taken=0)
            db.session.add(offer)
            writing["new"].append((offer, None, product, entry))
        elif (
            offer.state == OfferState.PUBLISHED
            and before
            and terms_of(entry, product, week) == stored(before)
        ):
            unchanged.append(offer)
            continue
        else:
            writing["changed"].append((offer, before, product, entry))
        offer.state, offer.withdrawn_reason = OfferState.PUBLISHED, None
        offer.stock_kind, offer.available = entry.stock_kind, entry.available
    db.session.flush()
    written = [
        (offer, before, next_version(offer, before, terms_of(entry, product, week), actor=actor, now=now))
        for offer, before, product, entry in writing["new"] + writing["changed"]
    ]
    db.session.add_all(version for _offer, _before, version in written)
    db.session.flush()
    serving = municipalities_of(producer_id)
    told = [event for row in written for event in tell("offer.published", *row, serving)]
    trail.record_all(actor, told, now=now)
    return Published(
        tuple(offer for offer, *_ in writing["new"]),
        tuple(offer for offer, *_ in writing["changed"]),
        tuple(unchanged),
        tuple(notices),
    )


def same_as_last_week(producer_id: int, week: date) -> list[Entry]:
    """Entries like those of the last week before `week` in which each product was offered.

    Prices, days and quantities of the last version; what is retired or out of season is left out.
    """
    last = (
        select(Offer.id)
        .ext(distinct_on(Offer.product_id))
        .join(Product)
        .where(Product.producer_id == producer_id, Product.active, Offer.week < week)
        .order_by(Offer.product_id, Offer.week.desc())
    )
    rows = db.session.scalars(
        select(OfferVersion)
        .ext(distinct_on(OfferVersion.offer_id))
        .where(OfferVersion.offer_id.in_(last))
        .options(joinedload(OfferVersion.offer).joinedload(Offer.product).joinedload(Product.food_type))
        .order_by(OfferVersion.offer_id, OfferVersion.version.desc())
    ).all()
    return [
        Entry(row.offer.product_id, row.price_cents, row.days, StockKind(row.stock_kind), row.available)
        for row in rows
        if is_in_season(row.offer.product.food_type, week, row.days)
    ]


def _products(producer_id: int, ids: Sequence[int]) -> dict[int, Product]:
    """The producer's live products among `ids`, locked so that two forms sent at once follow each other."""
    rows = db.session.scalars(
        select(Product)
        .where(Product.id.in_(ids), Product.producer_id == producer_id, Product.active)
        .options(
            joinedload(Product.food_type), joinedload(Product.producer), selectinload(Product.certificates)
        )
        .order_by(Product.id)
        .with_for_update(key_share=True, of=Product)
    ).all()
    return {row.id: row for row in rows}


def _offers(products: dict[int, Product], week: date) -> dict[int, Offer]:
    rows = db.session.scalars(
        select(Offer)
        .where(Offer.product_id.in_(products), Offer.week == week)
        .order_by(Offer.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    return {row.product_id: row for row in rows}


def _problems(entry: Entry, product: Product, offer: Offer | None, week: date) -> list[Refusal]:
    if offer and offer.state == OfferState.WITHDRAWN and offer.withdrawn_reason:
        return [WithdrawnForGood()]
    food, dates = product.food_type, dates_of(week, entry.days)
    found = problems_of(
        food=product.name,
        week=week,
        price_cents=entry.price_cents,
        days=entry.days,
        limited=entry.stock_kind is not StockKind.UNLIMITED,
        available=entry.available,
        step=product.order_step,
        unit=food.unit,
        months=frozenset(food.months),
        dates=dates,
        taken=offer.taken if offer else 0,
    )
    if product.producer.tax_type == TaxType.VAT_PAYER:
        try:
            for day in dates:
                rate_on(law.vat_rates(), food.vat_class, day)
        except Refusal as reason:
            found.append(reason)
    return found


def _notices(entry: Entry, product: Product, week: date) -> list[Notice]:
    food, dates = product.food_type, dates_of(week, entry.days)
    remarks = [price_notice(entry.price_cents or 0, food.price_low_cents, food.price_high_cents)]
    if days_in_season(frozenset(food.months), dates) != entry.days:
        remarks.append(Notice(DAYS_DROPPED, {"food": product.name}))
    proofs = [Proof(one.scheme, one.number, one.valid_from, one.valid_to) for one in product.certificates]
    remarks += certificate_notices(proofs, dates)
    return [remark for remark in remarks if remark]


def same(entry: Entry, product: Product, week: date, before: OfferVersion) -> bool:
    """Whether the entry would only repeat what stands."""
    return terms_of(entry, product, week) == stored(before)


def terms_of(entry: Entry, product: Product, week: date) -> dict[str, object]:
    """What a version of this entry would hold, without days out of season: nobody could order them."""
    food = product.food_type
    return {
        "price_cents": entry.price_cents,
        "days": days_in_season(frozenset(food.months), dates_of(week, entry.days)),
        "stock_kind": str(entry.stock_kind),
        "available": entry.available,
        "farm_id": product.farm_id,
        "name": product.name,
        "unit": food.unit,
        "grams_per_unit": food.grams_per_unit,
        "order_step": product.order_step,
        "pack": product.pack,
        "minimum_quantity": product.minimum_quantity,
        "allergens": list(product.allergens),
        "traces": list(product.traces),
        "harvest_hours": product.harvest_hours,
    }
