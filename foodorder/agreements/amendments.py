"""Amendments (aneksi): the only way in which an agreement in force changes; each says before and after.

Prices, suppliers and institutions change from a day on, which may lie ahead. The term, ceilings and foods
have no days of their own: such an amendment is entered on the day it takes effect, or later.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from foodorder.accounts.interests import local_day
from foodorder.agreements import suppliers
from foodorder.agreements.amending import (
    AmendmentData,
    EffectBeforeSignature,
    NothingChanges,
    Subject,
    hold_for,
    write,
)
from foodorder.agreements.ceilings import Limits, derive_limits, lot_limits
from foodorder.agreements.draft import TermBackwards, chosen_institutions
from foodorder.agreements.entitlement import change_entitled
from foodorder.agreements.force import FRAMEWORK_MONTHS, exempted_lots_problems
from foodorder.agreements.lots import chosen_foods
from foodorder.agreements.models import Agreement, AgreementLot, Amendment, Ceiling, LotSupplier
from foodorder.agreements.prices import PriceData, check_prices, prices_on, write_prices
from foodorder.agreements.states import check_impartial, legal_day
from foodorder.catalogue import law
from foodorder.catalogue.models import FoodType, Product
from foodorder.db import db
from foodorder.rules.agreements import AgreementKind
from foodorder.rules.thresholds import check_term
from foodorder.trail.actor import Actor


def amend_prices(
    agreement: Agreement,
    data: AmendmentData,
    prices: Sequence[PriceData],
    *,
    import_id: int | None = None,
    actor: Actor,
    now: datetime,
) -> Amendment:
    """Agree new prices, each from its `valid_from`, which is not before the amendment takes effect.

    Raises NotInForce, NothingChanges, EffectBeforeSignature, OutsideTerm, and what agree_prices raises.
    """
    hold_for(agreement, data)
    if any(price.valid_from < data.effective_on for price in prices):
        raise EffectBeforeSignature
    check_prices(agreement, prices)
    held = {day: prices_on(agreement.id, day) for day in {price.valid_from for price in prices}}
    was = {price: held[price.valid_from].get(price.key) for price in prices}
    changed = [price for price, row in was.items() if row is None or row.price_cents != price.price_cents]
    if not changed:
        raise NothingChanges
    before = [(price, row.price_cents if (row := was[price]) else None) for price in changed]
    after = [(price, price.price_cents) for price in changed]
    amendment = write(
        agreement, Subject.PRICES, data, {"prices": _told_prices(agreement, before)},
        {"prices": _told_prices(agreement, after)}, actor, now,
    )  # fmt: skip
    write_prices(agreement, changed, amendment_id=amendment.id, import_id=import_id, actor=actor, now=now)
    return amendment


def amend_ceilings(
    agreement: Agreement,
    data: AmendmentData,
    limits: Mapping[int, Limits],
    *,
    actor: Actor,
    now: datetime,
) -> Amendment:
    """Set the limits of ceilings by their number; those that follow from them follow.

    A limit below what is ordered already lets nothing more be called off; what is ordered stands.

    Raises NotInForce, EffectLater, NothingChanges, ExemptedLotTooLarge, ExemptedLotsTooLarge.
    """
    hold_for(agreement, data, now)
    rows = {
        row.id: row
        for row in db.session.scalars(
            select(Ceiling)
            .where(Ceiling.agreement_id == agreement.id, Ceiling.id.in_(limits))
            .order_by(Ceiling.id)
            .with_for_update(of=Ceiling)
            .execution_options(populate_existing=True)
        )
    }
    changed = {
        rows[number]: wanted
        for number, wanted in limits.items()
        if Limits(rows[number].limit_cents, rows[number].limit_grams) != wanted
    }
    if not changed:
        raise NothingChanges
    of_lots = {**lot_limits(agreement)} | {
        row.lot_id: wanted for row, wanted in changed.items() if row.lot_id is not None
    }
    for problem in exempted_lots_problems(agreement, legal_day(agreement), of_lots):
        raise problem
    before = {"ceilings": [_told_ceiling(row, agreement) for row in changed]}
    for row, wanted in changed.items():
        row.limit_cents, row.limit_grams, row.warned_bp = wanted.cents, wanted.grams, 0
    db.session.flush()
    derive_limits(agreement)
    after = {"ceilings": [_told_ceiling(row, agreement) for row in changed]}
    return write(agreement, Subject.CEILING, data, before, after, actor, now)


def amend_term(
    agreement: Agreement, data: AmendmentData, valid_to: date, *, actor: Actor, now: datetime
) -> Amendment:
    """Move the last day. Raises NotInForce, EffectLater, NothingChanges, TermBackwards, TermTooLong."""
    hold_for(agreement, data, now)
    if valid_to == agreement.valid_to:
        raise NothingChanges(field="valid_to")
    if valid_to < agreement.valid_from:
        raise TermBackwards
    if agreement.kind == AgreementKind.FRAMEWORK:
        months = law.value_on(FRAMEWORK_MONTHS, legal_day(agreement))
        check_term(AgreementKind.FRAMEWORK, agreement.valid_from, valid_to, framework_months=months)
    before = {"valid_to": agreement.valid_to.isoformat()}
    agreement.valid_to = valid_to
    return write(
        agreement, Subject.TERM, data, before, {"valid_to": valid_to.isoformat()}, actor, now
    )  # fmt: skip


def amend_institutions(
    agreement: Agreement,
    data: AmendmentData,
    institution_ids: Collection[int],
    *,
    actor: Actor,
    now: datetime,
) -> Amendment:
    """Change who may call off, from a day on.

    Raises NotInForce, OutsideTerm, NothingChanges, InstitutionUnknown, StillEntitled.
    """
    hold_for(agreement, data)
    wanted = chosen_institutions(agreement, institution_ids)
    if {one.id for one in wanted} == {one.id for one in agreement.institutions}:
        raise NothingChanges(field="institutions")
    before = {"institutions": [one.short_name for one in agreement.institutions]}
    change_entitled(agreement, wanted, data.effective_on, local_day(agreement.municipality, now))
    after = {"institutions": [one.short_name for one in wanted]}
    return write(agreement, Subject.INSTITUTIONS, data, before, after, actor, now)


def amend_foods(
    lot: AgreementLot,
    data: AmendmentData,
    cpv: Sequence[str],
    food_type_ids: Collection[int] | None,
    *,
    actor: Actor,
    now: datetime,
) -> Amendment:
    """Change what belongs to a lot. Raises NotInForce, EffectLater, NothingChanges, NoFoods."""
    agreement = lot.agreement
    hold_for(agreement, data, now)
    foods = chosen_foods(cpv, food_type_ids)
    before = _told_foods(lot)
    lot.cpv, lot.food_types = [code.strip() for code in cpv], foods
    after = _told_foods(lot)
    if before == after:
        raise NothingChanges(field="foods")
    return write(agreement, Subject.FOODS, data, before, after, actor, now)


def amend_supplier(
    lot: AgreementLot,
    data: AmendmentData,
    producer_id: int,
    *,
    rank: int | None = None,
    share_bp: int | None = None,
    actor: Actor,
    now: datetime,
) -> Amendment:
    """Let a producer supply the lot from the day on; one who does already gets another rank or share.

    Raises NotInForce, OutsideTerm, and what suppliers.add_supplier raises.
    """
    agreement = lot.agreement
    check_impartial(agreement, [producer_id], actor, now)
    hold_for(agreement, data)
    present = suppliers.supplier_of(lot, producer_id)
    before = {"suppliers": [suppliers.told(present)] if present else []}
    supplier = suppliers.replace(lot, present, producer_id, rank, share_bp, data.effective_on)
    after = {"suppliers": [suppliers.told(supplier)]}
    return write(agreement, Subject.SUPPLIERS, data, before, after, actor, now)


def amend_supplier_left(
    supplier: LotSupplier, data: AmendmentData, *, actor: Actor, now: datetime
) -> Amendment:
    """Let a supplier go: the day the amendment takes effect is the first without them.

    Raises NotInForce, OutsideTerm, OwnInterest.
    """
    agreement = supplier.lot.agreement
    check_impartial(agreement, [supplier.producer_id], actor, now)
    hold_for(agreement, data)
    before = {"suppliers": [suppliers.told(supplier)]}
    suppliers.leave(supplier, data.effective_on)
    after = {"suppliers": [suppliers.told(supplier)]}
    return write(agreement, Subject.SUPPLIERS, data, before, after, actor, now)


def _told_ceiling(row: Ceiling, agreement: Agreement) -> dict[str, Any]:
    names = {one.id: one.short_name for one in agreement.institutions}
    return {
        "id": row.id,
        "lot": row.lot.number if row.lot else None,
        "institution": names.get(row.institution_id or 0, row.institution_id),
        "cents": row.limit_cents,
        "grams": row.limit_grams,
    }


def _told_foods(lot: AgreementLot) -> dict[str, Any]:
    return {"lot": lot.number, "cpv": list(lot.cpv), "foods": [food.name_sl for food in lot.food_types]}


def _told_prices(
    agreement: Agreement, prices: Sequence[tuple[PriceData, int | None]]
) -> list[dict[str, Any]]:
    lots = {lot.id: lot for lot in agreement.lots}
    names = {one.producer_id: one.producer.name for lot in agreement.lots for one in lot.suppliers}
    foods: dict[int, FoodType] = {food.id: food for lot in agreement.lots for food in lot.food_types}
    wanted = {price.product_id for price, _ in prices if price.product_id is not None}
    products = {
        product.id: product.name
        for product in db.session.scalars(select(Product).where(Product.id.in_(wanted)))
    }
    return [
        {
            "lot": lots[price.lot_id].number if price.lot_id in lots else None,
            "producer": names.get(price.producer_id),
            "food": foods[price.food_type_id].name_sl if price.food_type_id in foods else None,
            "unit": foods[price.food_type_id].unit if price.food_type_id in foods else None,
            "product": products.get(price.product_id or 0),
            "cents": cents,
            "from": price.valid_from.isoformat(),
        }
        for price, cents in prices
    ]
