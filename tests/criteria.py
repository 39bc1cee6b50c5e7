"""A market whose offers are compared by criteria: the settings, and offers of one food to choose from."""

from datetime import date
from typing import Any

from foodorder.accounts.models import Certificate
from foodorder.agreements.models import SubjectKind, subject_kind_food
from foodorder.catalogue.models import FoodType, LegalParameter, Offer, Product
from foodorder.db import db
from tests.factories import World

#: As in seeds/reference/legal_parameters.tsv.
SETTINGS = {
    "criteria.price": 60,
    "criteria.freshness": 15,
    "criteria.quality": 10,
    "criteria.co2": 10,
    "criteria.direct": 5,
    "criteria.fresh_hours": 168,
    "criteria.co2_grams": 25_000,
    "criteria.scheme_part": 5_000,
    "criteria.cooperative_part": 5_000,
    "delivery.co2_per_km": 250,
}


def add_settings() -> None:
    """The usual criteria, and the scales that offers are measured on."""
    for key, value in SETTINGS.items():
        db.session.add(
            LegalParameter(
                country="SI", key=key, value=value, unit="points", valid_from=date(2020, 1, 1), source="test",
                certainty="E",
            )
        )  # fmt: skip
    db.session.flush()
    db.session.info.pop("law", None)


def enforce(world: World, *foods: FoodType) -> None:
    """Let the municipality ask for a lawful basis; the foods are of one kind, far below the threshold."""
    for key, value in (("procurement.threshold_goods", 4_000_000), ("procurement.estimate_window", 12)):
        db.session.add(
            LegalParameter(
                country="SI", key=key, value=value, unit="-", valid_from=date(2020, 1, 1), source="test",
                certainty="S",
            )
        )  # fmt: skip
    kind = SubjectKind(municipality_id=world.municipality.id, name="Zelenjava", cpv=[])
    db.session.add(kind)
    db.session.flush()
    for food in foods:
        db.session.execute(
            subject_kind_food.insert().values(
                municipality_id=world.municipality.id, food_type_id=food.id, kind_id=kind.id
            )
        )
    world.municipality.lawful_basis = "enforced"
    db.session.flush()


def add_product(
    world: World,
    food: FoodType,
    *,
    kind: str = "farm",
    hours: int | None = None,
    scheme: str | None = None,
    until: date = date(2027, 12, 31),
    allergens: tuple[int, ...] = (),
    **measures: Any,
) -> Product:
    """A product of a new producer, with hours from harvest, and perhaps a certificate."""
    producer = world.add_producer(kind=kind)
    product = world.add_product(producer, food, **measures)
    product.harvest_hours = hours
    product.allergens = list(allergens)
    if scheme:
        certificate = Certificate(
            producer_id=producer.id, scheme=scheme, number="1", body="B", valid_from=date(2026, 1, 1),
            valid_to=until,
        )  # fmt: skip
        db.session.add(certificate)
        product.certificates.append(certificate)
    db.session.flush()
    return product


def add_offer(world: World, food: FoodType, *, price: int = 150, **values: Any) -> Offer:
    """An offer of such a product; `days`, `available` and `kind` of stock as `World.offer` takes them."""
    selling = {key: values.pop(key) for key in ("days", "available", "week") if key in values}
    if "stock" in values:
        selling["kind"] = values.pop("stock")
    return world.offer(product=add_product(world, food, **values), price=price, **selling)
