"""Agreed prices: rows that are only ever added. The newest whose first day has come holds.

A price of one product goes before one of all the producer's products of the food type. Of two rows with the
same first day the one entered later holds: that is how a slip in a draft is put right.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from foodorder.agreements.draft import record
from foodorder.agreements.models import AgreedPrice, Agreement, AgreementLot, LotSupplier
from foodorder.agreements.states import check_impartial, hold_open
from foodorder.catalogue.models import Product
from foodorder.db import db
from foodorder.rules.agreements import AgreementKind
from foodorder.rules.errors import N_, Refusal
from foodorder.trail.actor import Actor

#: What a price is of: lot, producer, food type, product (None: all of the food type).
PriceKey = tuple[int, int, int, int | None]


class NotInLot(Refusal):
    """A price of a food type that the lot does not have."""

    message = N_("This food type does not belong to lot %(lot)s.")
    default_field = "food_type"


class NotASupplier(Refusal):
    """A price of somebody who does not supply the lot."""

    message = N_("This producer is no supplier of lot %(lot)s.")
    default_field = "producer"


class NotTheirProduct(Refusal):
    """A product of another producer or another food type."""

    message = N_("This product is not of this producer and food type.")
    default_field = "product"


class PriceNotPositive(Refusal):
    """A price of nothing."""

    message = N_("The price must be above zero.")
    default_field = "price_cents"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceData:
    """Net cents of the food type's unit, from a day on; `product_id` None: all products of the food type."""

    lot_id: int
    producer_id: int
    food_type_id: int
    price_cents: int
    valid_from: date
    product_id: int | None = None

    @property
    def key(self) -> PriceKey:
        """What the price is of."""
        return self.lot_id, self.producer_id, self.food_type_id, self.product_id


def agree_prices(
    agreement: Agreement, prices: Sequence[PriceData], *, actor: Actor, now: datetime
) -> list[AgreedPrice]:
    """Enter prices of a draft, or of calls of a dynamic purchasing system; what holds is not entered again.

    Raises NotADraft, NotInLot, NotASupplier, NotTheirProduct, PriceNotPositive, OwnInterest.
    """
    hold_open(agreement, agreement.kind == AgreementKind.DPS)
    return write_prices(agreement, prices, actor=actor, now=now)


def write_prices(
    agreement: Agreement,
    prices: Sequence[PriceData],
    *,
    amendment_id: int | None = None,
    import_id: int | None = None,
    actor: Actor,
    now: datetime,
) -> list[AgreedPrice]:
    """Add the rows that say something new; returns them. Who calls holds the agreement."""
    check_impartial(agreement, {price.producer_id for price in prices}, actor, now)
    check_prices(agreement, prices)
    present = newest_by_day(agreement)
    rows = [
        AgreedPrice(
            **asdict(price), amendment_id=amendment_id, import_id=import_id, created_at=now,
            created_by_id=actor.person_id,
        )
        for price in prices
        if present.get((price.key, price.valid_from)) != price.price_cents
    ]  # fmt: skip
    db.session.add_all(rows)
    db.session.flush()
    if rows:
        record(actor, "agreement.prices_agreed", agreement, now, after={"prices": len(rows)})
    return rows


def newest_by_day(agreement: Agreement) -> dict[tuple[PriceKey, date], int]:
    """(what, first day) → net cents: of rows with the same first day the last one."""
    return {(key_of(row), row.valid_from): row.price_cents for row in all_prices(agreement)}


def all_prices(agreement: Agreement) -> Sequence[AgreedPrice]:
    """Every price ever agreed, oldest first; of two the later one holds."""
    return db.session.scalars(
        select(AgreedPrice)
        .join(AgreementLot, AgreementLot.id == AgreedPrice.lot_id)
        .where(AgreementLot.agreement_id == agreement.id)
        .order_by(AgreedPrice.valid_from, AgreedPrice.id)
    ).all()


def prices_on(agreement_id: int, day: date) -> dict[PriceKey, AgreedPrice]:
    """What holds on a day, by what it is of; a product's price beside that of its food type."""
    columns = (
        AgreedPrice.lot_id, AgreedPrice.producer_id, AgreedPrice.food_type_id, AgreedPrice.product_id,
    )  # fmt: skip
    rows = db.session.scalars(
        select(AgreedPrice)
        .ext(distinct_on(*columns))
        .join(AgreementLot, AgreementLot.id == AgreedPrice.lot_id)
        .where(AgreementLot.agreement_id == agreement_id, AgreedPrice.valid_from <= day)
        .order_by(*columns, AgreedPrice.valid_from.desc(), AgreedPrice.id.desc())
    )
    return {key_of(row): row for row in rows}


def price_of(
    prices: Mapping[PriceKey, AgreedPrice], lot_id: int, producer_id: int, food_type_id: int, product_id: int
) -> AgreedPrice | None:
    """The price of a product among those that hold: its own, else that of all of its food type."""
    own = prices.get((lot_id, producer_id, food_type_id, product_id))
    return own or prices.get((lot_id, producer_id, food_type_id, None))


def key_of(row: AgreedPrice) -> PriceKey:
    """What a price is of."""
    return row.lot_id, row.producer_id, row.food_type_id, row.product_id


def check_prices(agreement: Agreement, prices: Sequence[PriceData]) -> None:
    """Refuse what is no price of this agreement's lots, suppliers, foods and products.

    Raises NotInLot, NotASupplier, NotTheirProduct, PriceNotPositive.
    """
    lots = {lot.id: lot for lot in agreement.lots}
    foods = {lot.id: {food.id for food in lot.food_types} for lot in agreement.lots}
    suppliers: dict[int, list[LotSupplier]] = {lot.id: list(lot.suppliers) for lot in agreement.lots}
    wanted = {price.product_id for price in prices if price.product_id is not None}
    products = {
        product.id: (product.producer_id, product.food_type_id)
        for product in db.session.scalars(select(Product).where(Product.id.in_(wanted)))
    }
    for price in prices:
        if price.lot_id not in lots:
            raise ValueError(price.lot_id)
        number = lots[price.lot_id].number
        if price.price_cents <= 0:
            raise PriceNotPositive
        if price.food_type_id not in foods[price.lot_id]:
            raise NotInLot(lot=number)
        if not any(one.producer_id == price.producer_id for one in suppliers[price.lot_id]):
            raise NotASupplier(lot=number)
        owner = (price.producer_id, price.food_type_id)
        if price.product_id is not None and products.get(price.product_id) != owner:
            raise NotTheirProduct
