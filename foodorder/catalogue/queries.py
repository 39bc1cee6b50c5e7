"""What counters read of the catalogue: products, offers of a week, and the lists to choose from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import joinedload, selectinload

from foodorder.accounts.models import Certificate, Farm
from foodorder.catalogue.models import FoodGroup, FoodType, Offer, OfferState, OfferVersion, Product
from foodorder.db import db
from foodorder.rules.calendar import dates_of
from foodorder.rules.offers import days_in_season


def newest_versions(offer_ids: Collection[int]) -> dict[int, OfferVersion]:
    """The newest version of each offer, by offer id."""
    if not offer_ids:
        return {}
    rows = db.session.scalars(
        select(OfferVersion)
        .ext(distinct_on(OfferVersion.offer_id))
        .where(OfferVersion.offer_id.in_(offer_ids))
        .order_by(OfferVersion.offer_id, OfferVersion.version.desc())
    ).all()
    return {row.offer_id: row for row in rows}


def offer_of(producer_id: int, offer_id: int) -> Offer | None:
    """An offer of this producer with its product; None for everybody else's."""
    return db.session.scalars(
        select(Offer)
        .where(Offer.id == offer_id, Offer.producer_id == producer_id)
        .options(joinedload(Offer.product).joinedload(Product.food_type))
    ).one_or_none()


def weeks_published(producer_id: int, weeks: Collection[date]) -> set[date]:
    """Those of the weeks (Mondays) for which the producer has published something."""
    return set(
        db.session.scalars(
            select(Offer.week)
            .where(
                Offer.producer_id == producer_id,
                Offer.week.in_(weeks),
                Offer.state == OfferState.PUBLISHED,
            )
            .distinct()
        )
    )


def product_of(producer_id: int, product_id: int) -> Product | None:
    """A product of this producer with what belongs to it; None for everybody else's."""
    return db.session.scalars(
        select(Product)
        .where(Product.id == product_id, Product.producer_id == producer_id)
        .options(joinedload(Product.food_type), joinedload(Product.farm), selectinload(Product.certificates))
    ).one_or_none()


def products_of(producer_id: int, *, retired: bool = False) -> Sequence[Product]:
    """A producer's products by food group and name; `retired` adds those no longer sold, last."""
    statement = (
        select(Product)
        .join(Product.food_type)
        .join(FoodType.group)
        .where(Product.producer_id == producer_id)
        .options(
            joinedload(Product.food_type).joinedload(FoodType.group),
            joinedload(Product.farm),
            selectinload(Product.certificates),
        )
        .order_by(Product.active.desc(), FoodGroup.position, Product.sort_key, Product.id)
    )
    return db.session.scalars(statement if retired else statement.where(Product.active)).all()


@dataclass(frozen=True, slots=True)
class Card:
    """A product on the page of a week: what is published for it now, and what it was when last offered."""

    product: Product
    offer: Offer | None
    version: OfferVersion | None
    last: Offer | None
    last_version: OfferVersion | None
    #: Whether any day of the week is in season.
    in_season: bool
    #: Offered this week or in one of the eight weeks before.
    usual: bool

    @property
    def published(self) -> bool:
        """Whether kitchens may order it this week."""
        return self.offer is not None and self.offer.state == OfferState.PUBLISHED

    @property
    def gone(self) -> bool:
        """Withdrawn with a reason: final for the week."""
        return self.offer is not None and bool(self.offer.withdrawn_reason)


#: How far back "last offered" looks: a product of last season begins with its last values.
ONE_YEAR = timedelta(weeks=60)
EIGHT_WEEKS = timedelta(weeks=8)


def week_cards(producer_id: int, week: date) -> list[Card]:
    """One card per product a producer sells, for one delivery week (its Monday); six queries, however many.

    First what was offered this week or in the eight weeks before, then the rest; out of season last.
    """
    products = products_of(producer_id)
    theirs = Offer.producer_id == producer_id
    now = {
        offer.product_id: offer
        for offer in db.session.scalars(select(Offer).where(theirs, Offer.week == week))
    }
    recent = (
        select(Offer)
        .ext(distinct_on(Offer.product_id))
        .where(theirs, Offer.week >= week - ONE_YEAR, Offer.week < week)
        .order_by(Offer.product_id, Offer.week.desc())
    )
    before = {offer.product_id: offer for offer in db.session.scalars(recent)}
    versions = newest_versions([offer.id for offer in (*now.values(), *before.values())])
    cards = [
        _card(product, week, now.get(product.id), before.get(product.id), versions) for product in products
    ]
    return sorted(cards, key=lambda card: (not card.in_season, not card.usual))


def _card(
    product: Product,
    week: date,
    offer: Offer | None,
    last: Offer | None,
    versions: Mapping[int, OfferVersion],
) -> Card:
    return Card(
        product,
        offer,
        versions.get(offer.id) if offer else None,
        last,
        versions.get(last.id) if last else None,
        is_in_season(product.food_type, week),
        offer is not None or (last is not None and last.week >= week - EIGHT_WEEKS),
    )


def is_in_season(food: FoodType, week: date, days: int = 0b1111111) -> bool:
    """Whether a food is in season, stored goods included, on any of the days of a week (its Monday)."""
    return bool(days_in_season(frozenset(food.months), dates_of(week, days)))


def food_types() -> Sequence[FoodType]:
    """All food types with their groups, in the order of the weekly order."""
    return db.session.scalars(
        select(FoodType)
        .join(FoodType.group)
        .options(joinedload(FoodType.group))
        .order_by(FoodGroup.position, FoodType.sort_key)
    ).all()


def farms_of(producer_id: int) -> Sequence[Farm]:
    """The farms of origin a producer may name."""
    return db.session.scalars(select(Farm).where(Farm.producer_id == producer_id).order_by(Farm.id)).all()


def certificates_of(producer_id: int) -> Sequence[Certificate]:
    """A producer's certificates, the one that ends first on top."""
    return db.session.scalars(
        select(Certificate)
        .where(Certificate.producer_id == producer_id)
        .order_by(Certificate.valid_to, Certificate.id)
    ).all()


def offers_of_week(producer_id: int, week: date) -> Sequence[Offer]:
    """A producer's published offers of one week."""
    return db.session.scalars(
        select(Offer)
        .where(Offer.producer_id == producer_id, Offer.week == week, Offer.state == OfferState.PUBLISHED)
        .order_by(Offer.id)
    ).all()
