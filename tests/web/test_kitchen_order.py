"""The weekly order as a kitchen meets it without scripts: what is typed stays, what is wrong is said."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from foodorder.db import db
from foodorder.ordering.models import DraftLine, OrderLine, OrderSubmission, WeeklyOrder
from foodorder.rules.permissions import Role
from tests.factories import CLOSES, NOW, WEEK, World
from tests.kept import once
from tests.web.office import log_in

DAY = f"{WEEK:%Y%m%d}"


class Kitchen:
    """One kitchen with two doors, and three offers of three farms in an open cycle."""

    def __init__(self, app: Flask, world: World) -> None:
        self.world = world
        self.institution = world.add_institution(doors=2)
        self.doors = [door.id for door in self.institution.delivery_points]
        self.plenty = world.offer(price=200, step=500, pack=12000)
        self.scarce = world.offer(price=100, available=10000)
        self.monday_only = world.offer(price=300, days=0b00001)
        self.cycle = world.cycle()
        self.app = app
        self.client: FlaskClient
        self.log_in()

    def log_in(self) -> None:
        self.client = log_in(self.app, self.world, Role.KITCHEN_MANAGER, institution_id=self.institution.id)

    def name(self, offer: Any, door: int = 0, day: str = DAY) -> str:
        return f"q-{offer.id}-{self.doors[door]}-{day}"

    def send(self, verb: str, cells: dict[str, str], **fields: str) -> Any:
        return self.client.post(f"/kitchen/order/{self.cycle.id}/{verb}", data={**cells, **fields})

    def drafts(self) -> dict[str, str]:
        return {
            f"q-{line.offer_id}-{line.delivery_point_id}-{line.delivery_date:%Y%m%d}": line.typed
            for line in db.session.scalars(db.select(DraftLine))
        }


@once
def kitchen(app: Flask, world: World, clock_at: Callable[[datetime], None]) -> Kitchen:
    clock_at(NOW)
    return Kitchen(app, world)


def value_of(page: str, name: str) -> str | None:
    field = re.search(rf'<input inputmode="decimal" name="{name}"[^>]*>', page)
    assert field, name
    found = re.search(r' value="([^"]*)"', field[0])
    return found[1] if found else None


def test_the_page_shows_prices_as_paid_and_what_is_left(kitchen: Kitchen) -> None:
    page = kitchen.client.get("/kitchen/order").text
    assert "€2.19" in page  # 2.00 € and 9.5 % VAT, which this kitchen cannot deduct
    assert "10\xa0kg" in page
    assert page.count(f'-{DAY}"') == 3


def test_offers_of_one_food_stand_by_the_price_paid(app: Flask, world: World, kitchen: Kitchen) -> None:
    food = world.add_food_type()
    dear = world.offer(
        product=world.add_product(world.add_producer(), food), price=300, week=WEEK + timedelta(7)
    )
    cheap = world.offer(
        product=world.add_product(world.add_producer(), food), price=250, week=WEEK + timedelta(7)
    )
    cycle = world.cycle(week=WEEK + timedelta(7), closes_at=CLOSES + timedelta(7))
    page = kitchen.client.get(f"/kitchen/order?cycle={cycle.id}").text
    assert page.index(f'id="o{cheap.id}"') < page.index(f'id="o{dear.id}"')


def test_typing_is_kept_as_it_is_even_if_wrong(kitchen: Kitchen) -> None:
    answer = kitchen.send("draft", {kitchen.name(kitchen.plenty): "7,3", kitchen.name(kitchen.scarce): "abc"})
    assert answer.status_code == 303
    page = kitchen.client.get(answer.location).text
    assert value_of(page, kitchen.name(kitchen.plenty)) == "7,3"
    assert value_of(page, kitchen.name(kitchen.scarce)) == "abc"


def test_scripts_are_told_what_is_not_possible(kitchen: Kitchen) -> None:
    answer = kitchen.client.post(
        f"/kitchen/order/{kitchen.cycle.id}/draft",
        data={kitchen.name(kitchen.plenty): "7,3", "version": "0"},
        headers={"Accept": "application/json"},
    ).get_json()
    assert answer["version"] == 1
    assert not answer["stale"]
    assert "7.5" in answer["problems"][kitchen.name(kitchen.plenty)]


def test_a_page_left_open_hears_that_somebody_else_typed(kitchen: Kitchen) -> None:
    json = {"Accept": "application/json"}
    address = f"/kitchen/order/{kitchen.cycle.id}/draft"
    cell = {kitchen.name(kitchen.plenty): "5", "version": "0"}
    kitchen.client.post(address, data=cell, headers=json)
    assert kitchen.client.post(address, data=cell, headers=json).get_json()["stale"]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("-1", "below zero"),
        ("abc", "not a number"),
        ("7,3", "steps of"),
        ("1.2345", "decimal"),
        ("9999999", "too large"),
    ],
)
def test_what_is_wrong_stands_beside_the_field_and_in_the_summary(
    kitchen: Kitchen, typed: str, says: str
) -> None:
    name = kitchen.name(kitchen.plenty)
    answer = kitchen.send("submit", {name: typed, kitchen.name(kitchen.scarce): "3"})
    assert answer.status_code == 422
    assert value_of(answer.text, name) == typed
    assert f'href="#{name}"' in answer.text
    beside = re.search(rf'id="e-{name}".*?</td>', answer.text, re.DOTALL)
    assert beside
    assert says in beside[0]
    assert kitchen.drafts() == {name: typed, kitchen.name(kitchen.scarce): "3"}


def test_above_what_is_left_is_refused_and_kept(kitchen: Kitchen) -> None:
    answer = kitchen.send("submit", {kitchen.name(kitchen.scarce): "11"})
    assert answer.status_code == 422
    assert "only 10 kg left" in answer.text.replace("\xa0", " ")
    assert list(kitchen.drafts().values()) == ["11"]


def test_sums_are_of_what_is_possible(kitchen: Kitchen) -> None:
    wrong = {kitchen.name(kitchen.plenty): "7,3", kitchen.name(kitchen.plenty, door=1): "99999999"}
    kitchen.send("draft", {**wrong, kitchen.name(kitchen.scarce): "5"})
    page = kitchen.client.get("/kitchen/order").text
    assert "1 farm, 1 line" in page
    assert '<b id="bar-sum">€5.48</b>' in page  # 5.00 € and 9.5 % VAT


def test_what_is_wrong_is_told_in_the_order_of_the_page(kitchen: Kitchen) -> None:
    tuesday = f"{WEEK + timedelta(1):%Y%m%d}"
    names = [kitchen.name(kitchen.plenty, day=tuesday), kitchen.name(kitchen.plenty)]
    names += [kitchen.name(kitchen.monday_only), kitchen.name(kitchen.scarce)]
    page = kitchen.send("submit", dict.fromkeys(names, "abc")).text
    summary = page[page.index('class="error-summary"') : page.index('id="order"')]
    told = re.findall(r'<a href="#(q-[^"]+)">', summary)
    fields = [
        name for name in re.findall(r'<input inputmode="decimal" name="([^"]+)"', page) if name in names
    ]
    assert told == fields
    assert sorted(told) == sorted(names)
    # Two fields of one offer with the same fault are one sentence.
    assert summary.count("<li>") == 3
    assert "4 fields are not possible" in summary


def test_what_did_not_come_along_is_told_once_a_product(kitchen: Kitchen, world: World) -> None:
    days = [f"{WEEK + timedelta(ahead):%Y%m%d}" for ahead in range(3)]
    kitchen.send("submit", {kitchen.name(kitchen.plenty, day=day): "12" for day in days})
    order = db.session.scalars(db.select(WeeklyOrder)).one()
    world.offer(week=WEEK + timedelta(7))
    kitchen.cycle = world.cycle(week=WEEK + timedelta(7), closes_at=CLOSES + timedelta(7))
    page = kitchen.send("start", {}, week=str(order.id)).text.replace("\xa0", " ")
    assert page.count("Not offered this week.") == 1
    assert "3 quantities, together 36 kg" in page
    assert f">last time: {WEEK.day} {WEEK:%b}" in page


def test_submitting_gives_a_receipt_to_the_second(kitchen: Kitchen) -> None:
    answer = kitchen.send(
        "submit", {kitchen.name(kitchen.plenty): "12", kitchen.name(kitchen.scarce, door=1): "4,0"}, seen="0"
    )
    assert answer.status_code == 303
    receipt = kitchen.client.get(answer.location).text
    assert "10:00:00" in receipt
    submission = db.session.scalars(db.select(OrderSubmission)).one()
    assert (submission.lines, submission.net_cents) == (2, 2800)
    assert submission.number in receipt


def test_the_other_door_keeps_what_was_saved_for_it(kitchen: Kitchen) -> None:
    elsewhere = {kitchen.name(kitchen.plenty, door=1): "24"}
    kitchen.send("draft", elsewhere, point=str(kitchen.doors[1]))
    kitchen.send("submit", {kitchen.name(kitchen.plenty): "12"})
    assert sorted(db.session.scalars(db.select(OrderLine.quantity))) == [12000, 24000]


def test_switching_the_door_takes_what_is_typed_along(kitchen: Kitchen) -> None:
    answer = kitchen.send(
        "draft", {kitchen.name(kitchen.plenty): "12"}, point=str(kitchen.doors[0]), to=str(kitchen.doors[1])
    )
    assert f"point={kitchen.doors[1]}" in answer.location
    assert list(kitchen.drafts().values()) == ["12"]


def test_the_filters_of_the_form_become_the_address(kitchen: Kitchen) -> None:
    answer = kitchen.send("draft", {}, search="korenje", organic="1", without="7")
    assert "search=korenje" in answer.location
    assert "organic=1" in answer.location
    assert "without=7" in answer.location


def test_filters_hide_rows_and_lose_nothing(kitchen: Kitchen) -> None:
    page = kitchen.client.get("/kitchen/order?search=nothing-of-that-name").text
    assert page.count('<tr id="o') == 3
    assert len(re.findall(r'<tr id="o[^>]*hidden', page)) == 3
    page = kitchen.client.get("/kitchen/order?mine=1").text
    assert len(re.findall(r'<tr id="o[^>]*hidden', page)) == 3


def test_withdrawing_can_be_undone(kitchen: Kitchen) -> None:
    kitchen.send("submit", {kitchen.name(kitchen.plenty): "12"})
    answer = kitchen.send("withdraw", {})
    page = kitchen.client.get(answer.location).text
    assert 'data-undo="' in page
    assert value_of(page, kitchen.name(kitchen.plenty)) == "12"
    assert db.session.scalars(db.select(WeeklyOrder)).one().current_submission_id is None
    kitchen.send("submit", {})
    assert db.session.scalars(db.select(WeeklyOrder)).one().current_submission_id is not None


def test_a_page_older_than_the_submission_is_not_submitted(kitchen: Kitchen) -> None:
    kitchen.send("submit", {kitchen.name(kitchen.plenty): "12"}, seen="0")
    answer = kitchen.send("submit", {kitchen.name(kitchen.plenty): "24"}, seen="0")
    assert answer.status_code == 409
    assert "submitted meanwhile" in answer.text
    assert value_of(answer.text, kitchen.name(kitchen.plenty)) == "24"


def test_after_the_deadline_nothing_is_submitted_and_nothing_lost(
    kitchen: Kitchen, clock_at: Callable[[datetime], None]
) -> None:
    clock_at(CLOSES)
    kitchen.log_in()
    answer = kitchen.send("submit", {kitchen.name(kitchen.plenty): "12"})
    assert answer.status_code == 409
    assert "deadline" in answer.text
    assert value_of(answer.text, kitchen.name(kitchen.plenty)) == "12"
    assert list(kitchen.drafts().values()) == ["12"]
    assert db.session.scalars(db.select(OrderSubmission)).all() == []


def test_an_expired_login_loses_nothing(kitchen: Kitchen, clock_at: Callable[[datetime], None]) -> None:
    name = kitchen.name(kitchen.plenty)
    clock_at(NOW + timedelta(days=10))
    answer = kitchen.send("submit", {name: "12"})
    assert answer.status_code == 401
    assert ">12<" in answer.text
    json = {"Accept": "application/json"}
    address = f"/kitchen/order/{kitchen.cycle.id}/draft"
    assert kitchen.client.post(address, data={name: "12"}, headers=json).status_code == 401


def test_an_offer_that_ended_meanwhile_is_shown_with_what_was_typed(kitchen: Kitchen) -> None:
    kitchen.send("draft", {kitchen.name(kitchen.plenty): "12"})
    kitchen.plenty.state = "withdrawn"
    db.session.commit()
    answer = kitchen.send("submit", {kitchen.name(kitchen.plenty): "12"})
    assert answer.status_code == 422
    assert "has ended" in answer.text
    assert value_of(answer.text, kitchen.name(kitchen.plenty)) == "12"


def test_a_day_on_which_it_does_not_come_has_no_field(kitchen: Kitchen) -> None:
    page = kitchen.client.get("/kitchen/order").text
    tuesday = f"{WEEK + timedelta(1):%Y%m%d}"
    assert f'name="{kitchen.name(kitchen.monday_only)}"' in page
    assert f'name="{kitchen.name(kitchen.monday_only, day=tuesday)}"' not in page


def test_another_kitchens_door_is_refused(kitchen: Kitchen, world: World) -> None:
    stranger = world.add_institution()
    name = f"q-{kitchen.plenty.id}-{stranger.delivery_points[0].id}-{DAY}"
    answer = kitchen.send("submit", {name: "12"})
    assert answer.status_code == 422
    assert db.session.scalars(db.select(OrderLine)).all() == []


def test_another_municipalitys_cycle_is_not_found(kitchen: Kitchen, world: World) -> None:
    other = world.add_municipality()
    world.offer(world.add_producer(other))
    cycle = world.cycle(municipality=other)
    assert kitchen.client.get(f"/kitchen/order?cycle={cycle.id}").status_code == 404
    assert kitchen.client.post(f"/kitchen/order/{cycle.id}/submit").status_code == 404


def test_a_field_that_is_none_of_ours_is_refused(kitchen: Kitchen) -> None:
    assert kitchen.send("draft", {"q-1-2": "5"}).status_code == 400
    assert kitchen.send("draft", {f"q-{kitchen.plenty.id}-1-20269999": "5"}).status_code == 400


def test_a_post_of_five_megabytes_gets_words(kitchen: Kitchen) -> None:
    answer = kitchen.send("draft", {kitchen.name(kitchen.plenty): "1" * 5_000_000})
    assert answer.status_code == 413
    assert "too large" in answer.text


def test_starting_from_last_week_can_be_undone(kitchen: Kitchen, world: World) -> None:
    product = kitchen.plenty.product
    kitchen.send("submit", {kitchen.name(kitchen.plenty): "12"})
    later = WEEK + timedelta(7)
    offer = world.offer(product=product, price=210, week=later)
    other = world.offer(price=90, week=later)
    kitchen.cycle = world.cycle(week=later, closes_at=CLOSES + timedelta(7))
    day = f"{later:%Y%m%d}"
    page = kitchen.client.get(f"/kitchen/order?cycle={kitchen.cycle.id}").text
    assert 'placeholder="12"' in page
    kitchen.send("draft", {kitchen.name(other, day=day): "3"})
    order = db.session.scalars(db.select(WeeklyOrder).order_by(WeeklyOrder.id)).first()
    assert order is not None
    answer = kitchen.send("start", {}, week=str(order.id))
    assert value_of(answer.text, kitchen.name(offer, day=day)) == "12"
    undo = dict(re.findall(r'<input type="hidden" name="(q-[^"]+)" value="([^"]*)">', answer.text))
    assert undo == {kitchen.name(offer, day=day): "", kitchen.name(other, day=day): "3"}
    kitchen.send("draft", undo)
    assert kitchen.drafts() == {kitchen.name(other, day=day): "3"}


def test_what_was_typed_and_not_yet_saved_comes_back_too(kitchen: Kitchen) -> None:
    saved, typed = kitchen.name(kitchen.plenty), kitchen.name(kitchen.scarce)
    kitchen.send("draft", {saved: "3"})
    answer = kitchen.send("start", {typed: "4"}, week="0")
    assert kitchen.drafts() == {}
    kitchen.send(
        "draft", dict(re.findall(r'<input type="hidden" name="(q-[^"]+)" value="([^"]*)">', answer.text))
    )
    assert kitchen.drafts() == {saved: "3", typed: "4"}


def test_before_the_opening_the_page_says_when(app: Flask, world: World, clock_at: Any) -> None:
    clock_at(NOW - timedelta(days=10))
    institution = world.add_institution()
    world.offer()
    world.cycle(opened=False)
    client = log_in(app, world, Role.KITCHEN_MANAGER, institution_id=institution.id)
    assert "Ordering opens on" in client.get("/kitchen/order").text


def test_a_cycle_that_is_due_opens_without_the_scheduler(app: Flask, world: World, clock_at: Any) -> None:
    clock_at(NOW)
    institution = world.add_institution()
    offer = world.offer()
    world.cycle(opened=False)
    client = log_in(app, world, Role.KITCHEN_MANAGER, institution_id=institution.id)
    assert f'id="o{offer.id}"' in client.get("/kitchen/order").text


def test_what_is_typed_is_never_markup(kitchen: Kitchen) -> None:
    kitchen.send("draft", {kitchen.name(kitchen.plenty): '"><b>x'})
    assert "<b>x" not in kitchen.client.get("/kitchen/order").text


def test_an_approver_sees_orders_and_places_none(app: Flask, kitchen: Kitchen, world: World) -> None:
    kitchen.send("submit", {kitchen.name(kitchen.plenty): "12"})
    client = log_in(app, world, Role.APPROVER, institution_id=kitchen.institution.id)
    assert client.get("/kitchen/orders").status_code == 200
    assert client.get("/kitchen/order").status_code == 403
    assert client.post(f"/kitchen/order/{kitchen.cycle.id}/submit").status_code == 403
