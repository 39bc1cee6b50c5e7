"""The rows of the weekly order are written without the template: whatever people typed must stay text."""

import re
from html import unescape
from html.parser import HTMLParser

import pytest

from foodorder.accounts.models import Farm, Producer
from foodorder.catalogue.models import OfferState
from foodorder.db import db
from foodorder.rules.permissions import Role
from tests.agreements import enforce
from tests.factories import NOW, WEEK
from tests.kept import once
from tests.web.office import log_in

HOSTILE = """<script>alert(1)</script> "><b onclick='x'>&amp; {offer} %s"""
#: Everything that a row is made of.
TAGS = {"tr", "th", "td", "b", "span", "div", "a", "input", "svg", "use"}
DAY = f"{WEEK:%Y%m%d}"


class Reader(HTMLParser):
    """The elements of a piece of a page, with their attributes, and its text."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.text = [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


@once
def market(world, clock_at):
    """An offer whose farm, village and product have hostile names, of a farm that sells for another."""
    clock_at(NOW)
    kitchen = world.add_institution(doors=2)
    producer = world.add_producer(name=f"seller {HOSTILE}")
    farm = db.session.get_one(Farm, producer.farms[0].id)
    farm.name, farm.village = f"farm {HOSTILE}", f"village {HOSTILE}"
    product = world.add_product(producer, step=500, pack=12000)
    product.name = f"product {HOSTILE}"
    product.food_type.name_sl = product.food_type.name_en = f"food {HOSTILE}"
    db.session.flush()
    world.kitchen = kitchen
    world.sold_offer = world.offer(product=product)
    return world


def read_row(app, world, typed=None):
    """Our offer's row as a kitchen reads it; and the whole page."""
    client = log_in(app, world, Role.KITCHEN_MANAGER, institution_id=world.kitchen.id)
    name = f"q-{world.sold_offer.id}-{world.kitchen.delivery_points[0].id}-{DAY}"
    if typed is not None:
        client.post(f"/kitchen/order/{world.sold.id}/draft", data={name: typed})
    page = client.get("/kitchen/order").text
    found = re.search(rf'<tr id="o{world.sold_offer.id}".*?</tr>', page, re.DOTALL)
    assert found
    return Reader(found[0]), page


def check_row(row):
    """Nothing but a row's own elements, and the names as they were typed."""
    assert {tag for tag, _attributes in row.elements} <= TAGS
    assert not [attributes for _tag, attributes in row.elements if "onclick" in attributes]
    assert [tag for tag, _attributes in row.elements].count("b") == 1
    for what in ("seller", "farm", "village", "product"):
        assert f"{what} {HOSTILE}" in row.text, what


def test_names_stay_text(app, market):
    market.sold = market.cycle()
    row, page = read_row(app, market)
    check_row(row)
    assert "<script>alert" not in page
    assert HOSTILE in unescape(page.split("<h3", 2)[1].split("</h3>")[0])
    assert [attributes for tag, attributes in row.elements if tag == "input"]


@pytest.mark.parametrize("typed", ["7", """5"><script>alert(1)</script>"""])
def test_names_and_what_is_typed_stay_text(app, market, typed):
    market.sold = market.cycle()
    row, page = read_row(app, market, typed)
    check_row(row)
    assert "<script>alert" not in page
    fields = [attributes for tag, attributes in row.elements if tag == "input"]
    assert [field["value"] for field in fields if "value" in field] == [typed]
    assert ("to the next crate" in row.text) is (typed == "7")


def test_names_stay_text_where_an_offer_cannot_be_ordered(app, market):
    enforce(market)
    market.sold = market.cycle()
    row, page = read_row(app, market)
    check_row(row)
    assert "Why?" in row.text
    assert row.text.count(f"seller {HOSTILE}") == 2
    assert "<script>alert" not in page


def test_names_stay_text_where_an_offer_has_ended(app, market):
    market.sold = market.cycle()
    read_row(app, market, "12")
    market.sold_offer.state = OfferState.WITHDRAWN
    db.session.flush()
    row, page = read_row(app, market)
    check_row(row)
    assert row.text.count(f"product {HOSTILE}") == 2
    assert "<script>alert" not in page


def test_the_seller_alone_is_named_where_it_is_the_farm(app, market):
    db.session.get_one(Producer, market.sold_offer.producer_id).name = f"farm {HOSTILE}"
    market.sold = market.cycle()
    row, _page = read_row(app, market)
    assert row.text.count(f"farm {HOSTILE}") == 1
