"""Making and changing products."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from foodorder.accounts.models import Certificate
from foodorder.catalogue.products import (
    ProductData,
    ProductRefused,
    create_product,
    edit_product,
    restore_product,
    retire_product,
)
from foodorder.catalogue.queries import products_of
from foodorder.db import db
from foodorder.trail.actor import COMMAND
from foodorder.trail.models import TrailEvent
from tests.factories import NOW


@pytest.fixture
def farm(world):
    return world.add_producer()


@pytest.fixture
def data(world, farm):
    food = world.add_food_type(allergens=[7])
    return ProductData(
        food.id, farm.farms[0].id, " Skuta  domača ", 500, 5_000, 1_000, allergens=[1], traces=[7, 8]
    )


def create(farm, data):
    return create_product(farm.id, data, actor=COMMAND, now=NOW)


def problems(farm, data):
    with pytest.raises(ProductRefused) as refused:
        create(farm, data)
    return {problem.field for problem in refused.value.problems}


def test_what_the_food_always_contains_cannot_be_left_out(farm, data):
    product = create(farm, data)
    assert (product.allergens, product.traces) == ([1, 7], [8])
    assert (product.name, product.sort_key) == ("Skuta domača", "skuta domac~a")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "  "}, "name"),
        ({"order_step": 0}, "order_step"),
        ({"pack": 700}, "pack"),
        ({"minimum_quantity": 700}, "minimum_quantity"),
        ({"gtin": "3831234567891"}, "gtin"),
        ({"allergens": [15]}, "allergens"),
        ({"traces": [0]}, "traces"),
    ],
)
def test_every_problem_names_its_field(farm, data, change, field):
    assert problems(farm, replace(data, **change)) == {field}


def test_all_problems_come_at_once(farm, data):
    wrong = replace(data, name="", pack=700, gtin="1")
    assert problems(farm, wrong) == {"name", "pack", "gtin"}


def test_farm_and_certificates_must_be_ones_own(world, farm, data):
    other = world.add_producer()
    theirs = Certificate(
        producer_id=other.id, scheme="organic", number="1", body="K", valid_from=date(2026, 1, 1),
        valid_to=date(2026, 12, 31),
    )  # fmt: skip
    db.session.add(theirs)
    db.session.flush()
    stolen = replace(data, farm_id=other.farms[0].id, certificate_ids=[theirs.id])
    assert problems(farm, stolen) == {"farm_id", "certificates"}


def test_an_edit_leaves_what_differs_in_the_trail_and_nothing_when_nothing_does(farm, data):
    product = create(farm, data)
    edit_product(product, data, actor=COMMAND, now=NOW)
    edit_product(product, replace(data, pack=10_000), actor=COMMAND, now=NOW)
    bodies = db.session.scalars(
        select(TrailEvent.body).where(TrailEvent.object_type == "product", TrailEvent.object_id == product.id)
        .order_by(TrailEvent.id)
    ).all()  # fmt: skip
    assert len(bodies) == 2
    assert '"before":{"pack":5000}' in bodies[-1]


def test_a_retired_product_leaves_the_list_until_it_is_restored(farm, data):
    product = create(farm, data)
    retire_product(product, actor=COMMAND, now=NOW)
    assert products_of(farm.id) == []
    assert products_of(farm.id, retired=True) == [product]
    restore_product(product, actor=COMMAND, now=NOW)
    assert products_of(farm.id) == [product]
