"""Making, changing and retiring what a producer sells. Offers already published keep the terms they had."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from foodorder.accounts.models import Certificate, Farm
from foodorder.accounts.producers import record
from foodorder.accounts.sorting import sort_key
from foodorder.catalogue.models import FoodType, Product
from foodorder.db import db
from foodorder.rules.checkdigits import WrongGtin, check_gtin
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.products import (
    CertificateUnknown,
    FarmUnknown,
    NameMissing,
    all_allergens,
    all_traces,
    check_measures,
)
from foodorder.trail.actor import Actor


@dataclass(frozen=True, slots=True)
class ProductData:
    """What a product is; quantities in thousandths of the food type's unit, allergens by Annex II number."""

    food_type_id: int
    farm_id: int
    name: str
    order_step: int
    pack: int | None = None
    minimum_quantity: int = 0
    gtin: str | None = None
    allergens: Collection[int] = ()
    traces: Collection[int] = ()
    certificate_ids: Collection[int] = ()
    #: Hours from harvest to delivery that the producer promises; None: says nothing of it.
    harvest_hours: int | None = None


class ProductRefused(Refusal):
    """A product with at least one thing wrong; `problems` are the refusals, each with its field."""

    message = N_("The product was not saved: some entries need a correction.")

    def __init__(self, problems: Sequence[Refusal]) -> None:
        self.problems = tuple(problems)
        super().__init__()


def create_product(producer_id: int, data: ProductData, *, actor: Actor, now: datetime) -> Product:
    """Add a product to a producer's list. Raises ProductRefused with everything that is wrong."""
    values, certificates = _checked(producer_id, data)
    product = Product(producer_id=producer_id, active=True, **values)
    product.certificates = certificates
    db.session.add(product)
    db.session.flush()
    after = {**values, "certificates": sorted(data.certificate_ids), "producer": producer_id}
    record(actor, "product.created", "product", product.id, producer_id, now=now, after=after)
    return product


def edit_product(product: Product, data: ProductData, *, actor: Actor, now: datetime) -> None:
    """Change a product; what is already published keeps its terms until it is published again.

    Raises ProductRefused. The food type stays: what is counted in another unit is another product.
    """
    values, certificates = _checked(product.producer_id, data, food_type_id=product.food_type_id)
    old: dict[str, Any] = {name: getattr(product, name) for name in values}
    old["certificates"] = sorted(proof.id for proof in product.certificates)
    new = {**values, "certificates": sorted(data.certificate_ids)}
    differing = [name for name in new if new[name] != old[name]]
    if not differing:
        return
    for name, value in values.items():
        setattr(product, name, value)
    product.certificates = certificates
    db.session.flush()
    record(
        actor,
        "product.changed",
        "product",
        product.id,
        product.producer_id,
        now=now,
        before={name: old[name] for name in differing},
        after={name: new[name] for name in differing},
    )


def retire_product(product: Product, *, actor: Actor, now: datetime) -> None:
    """Stop selling a product: it leaves the page of the week, its past stays."""
    _set_active(product, False, "product.retired", actor=actor, now=now)


def restore_product(product: Product, *, actor: Actor, now: datetime) -> None:
    """Sell a retired product again."""
    _set_active(product, True, "product.restored", actor=actor, now=now)


def _set_active(product: Product, active: bool, action: str, *, actor: Actor, now: datetime) -> None:
    if product.active is active:
        return
    product.active = active
    db.session.flush()
    record(actor, action, "product", product.id, product.producer_id, now=now)


def _checked(
    producer_id: int, data: ProductData, *, food_type_id: int | None = None
) -> tuple[dict[str, Any], list[Certificate]]:
    """The columns and certificates of a product, or ProductRefused with everything that is wrong at once."""
    food = db.session.get_one(FoodType, food_type_id or data.food_type_id)
    name = " ".join(data.name.split())
    problems = check_measures(data.order_step, data.pack, data.minimum_quantity, unit=food.unit)
    if not name:
        problems.append(NameMissing())
    gtin = None
    try:
        gtin = check_gtin(data.gtin) if data.gtin else None
    except WrongGtin as reason:
        problems.append(reason)
    farm = db.session.scalars(
        select(Farm).where(Farm.id == data.farm_id, Farm.producer_id == producer_id)
    ).one_or_none()
    if farm is None:
        problems.append(FarmUnknown())
    certificates = _certificates(producer_id, data)
    if len(certificates) != len(set(data.certificate_ids)):
        problems.append(CertificateUnknown())
    allergens: tuple[int, ...] = ()
    traces: tuple[int, ...] = ()
    try:
        allergens = all_allergens(food.allergens, data.allergens)
        traces = all_traces(allergens, data.traces)
    except Refusal as reason:
        problems.append(reason)
    if problems:
        raise ProductRefused(problems)
    values = {
        "food_type_id": food.id,
        "farm_id": data.farm_id,
        "name": name,
        "sort_key": sort_key(name),
        "gtin": gtin,
        "order_step": data.order_step,
        "pack": data.pack,
        "minimum_quantity": data.minimum_quantity,
        "allergens": list(allergens),
        "traces": list(traces),
        "harvest_hours": data.harvest_hours,
    }
    return values, certificates


def _certificates(producer_id: int, data: ProductData) -> list[Certificate]:
    """Those of the producer's certificates named that hold for the product's farm."""
    if not data.certificate_ids:
        return []
    rows = db.session.scalars(
        select(Certificate)
        .where(
            Certificate.id.in_(data.certificate_ids),
            Certificate.producer_id == producer_id,
            (Certificate.farm_id.is_(None)) | (Certificate.farm_id == data.farm_id),
        )
        .order_by(Certificate.id)
    )
    return list(rows)
