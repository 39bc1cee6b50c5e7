"""The approver at a phone, what the kitchen reads about it, budgets, and duties in two hands."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from foodorder.accounts.models import Budget, Person, RoleGrant
from foodorder.db import db
from foodorder.ordering.models import OrderApproval, WeeklyOrder
from foodorder.ordering.receipts import Receipt
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.permissions import Role
from foodorder.trail.actor import SCHEDULER
from tests.factories import CLOSES, NOW, World
from tests.kept import once
from tests.web.office import coordinator_of, log_in

At = Callable[[datetime], None]


class Kitchen:
    """A kitchen with a limit of 10 €, and an order of 15 € that waits for its approver."""

    def __init__(self, app: Flask, world: World) -> None:
        self.app, self.world = app, world
        self.institution = world.add_institution(approval_limit_cents=1000)
        self.reach = {"institution_id": self.institution.id}
        self.cook = world.add_person(**self.reach)
        self.farm = world.add_producer()
        self.offer = world.offer(self.farm)
        self.cycle = world.cycle()
        self.receipt = self.submit()

    def submit(self, kilos: str = "10") -> Receipt:
        receipt = self.world.submit(self.cycle, self.institution, [(self.offer, kilos)], person=self.cook)
        db.session.commit()
        return receipt

    def as_role(self, role: Role) -> FlaskClient:
        return log_in(self.app, self.world, role, **self.reach)

    @property
    def path(self) -> str:
        return f"/kitchen/approvals/{self.receipt.submission_id}"

    def state(self) -> str:
        return str(db.session.get_one(OrderApproval, self.receipt.submission_id).state)


@once
def kitchen(app: Flask, world: World, clock_at: At) -> Kitchen:
    clock_at(NOW)
    return Kitchen(app, world)


@once
def approver(kitchen: Kitchen) -> FlaskClient:
    return kitchen.as_role(Role.APPROVER)


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split()).replace("\xa0", " ")


def test_the_approver_begins_with_what_waits(kitchen: Kitchen, approver: FlaskClient) -> None:
    page = approver.get("/kitchen/approvals").text
    assert "1 order waits for you." in page
    assert kitchen.path in page
    first = re.search(r'<nav class="main-nav".*?<a href="([^"]+)"', page, re.DOTALL)
    assert first
    assert first[1] == "/kitchen/approvals"


def test_the_page_says_why_what_it_costs_and_what_is_unusual(kitchen: Kitchen, approver: FlaskClient) -> None:
    db.session.add(
        Budget(institution_id=kitchen.institution.id, funding="regular", period="year", year=2026, cents=9000)
    )
    db.session.commit()
    page = text_of(approver.get(kitchen.path).text)
    assert "It comes to €15.00 net, more than the limit of €10.00." in page
    assert "Regular meals, 2026 €90.00 €0.00 €15.00 €75.00" in page
    assert f"The first order from {kitchen.farm.name}." in page
    assert "The order’s 1 line" in page


def test_one_button_approves(kitchen: Kitchen, approver: FlaskClient) -> None:
    page = approver.get(kitchen.path).text
    assert page.count('class="btn btn-primary"') == 1
    answer = approver.post(kitchen.path, data={"answer": "approve"})
    assert (answer.status_code, answer.location) == (303, "/kitchen/approvals")
    assert kitchen.state() == "approved"
    assert "is approved. The kitchen is told." in approver.get("/kitchen/approvals").text
    assert (
        "approved"
        in kitchen.as_role(Role.KITCHEN_MANAGER).get(f"/kitchen/order?cycle={kitchen.cycle.id}").text
    )


def test_sent_back_with_a_word_the_kitchen_reads_it(kitchen: Kitchen, approver: FlaskClient) -> None:
    answer = approver.post(kitchen.path, data={"answer": "back", "words": "Less <b>carrots</b>"})
    assert answer.status_code == 303
    assert kitchen.state() == "sent_back"
    order = db.session.get_one(WeeklyOrder, kitchen.receipt.order_id)
    assert order.current_submission_id is None
    cook = kitchen.as_role(Role.KITCHEN_MANAGER)
    for path in (
        f"/kitchen/order?cycle={kitchen.cycle.id}",
        f"/kitchen/receipts/{kitchen.receipt.submission_id}",
    ):
        page = cook.get(path).text
        assert "<q>Less &lt;b&gt;carrots&lt;/b&gt;</q>" in page
        # The cook did not withdraw it: one note says what happened.
        assert "was withdrawn" not in page


def test_without_a_word_nothing_is_sent_back(kitchen: Kitchen, approver: FlaskClient) -> None:
    answer = approver.post(kitchen.path, data={"answer": "back", "words": " "})
    assert answer.status_code == 422
    assert "Write what the kitchen should change." in answer.text
    assert kitchen.state() == "waiting"


def test_after_the_deadline_the_page_says_so_and_keeps_the_word(kitchen: Kitchen, clock_at: At) -> None:
    clock_at(CLOSES)
    approver = kitchen.as_role(Role.APPROVER)
    answer = approver.post(kitchen.path, data={"answer": "back", "words": "Less"})
    assert answer.status_code == 409
    assert "cannot be approved or sent back any more" in answer.text
    assert "The order does not count." in answer.text
    assert "<q>Less</q>" in answer.text
    assert 'value="approve"' not in answer.text


def test_who_ordered_is_offered_no_button(kitchen: Kitchen, approver: FlaskClient) -> None:
    theirs = db.select(RoleGrant.person_id).where(
        RoleGrant.role == Role.APPROVER, RoleGrant.institution_id == kitchen.institution.id
    )
    kitchen.cook = db.session.get_one(Person, db.session.scalars(theirs).one())
    kitchen.receipt = kitchen.submit("11")
    page = approver.get(kitchen.path).text
    assert "You submitted this order yourself" in page
    assert 'value="approve"' not in page
    answer = approver.post(kitchen.path, data={"answer": "approve"})
    assert answer.status_code == 409
    assert "You submitted this order yourself. Somebody else must approve it." in answer.text


def test_another_kitchens_order_is_not_there(kitchen: Kitchen, app: Flask, world: World) -> None:
    stranger = log_in(app, world, Role.APPROVER, institution_id=world.add_institution().id)
    assert stranger.get(kitchen.path).status_code == 404
    assert stranger.post(kitchen.path, data={"answer": "approve"}).status_code == 404
    assert kitchen.state() == "waiting"


@pytest.mark.parametrize(
    ("unapproved", "says"),
    [("drop", "the order will not count"), ("count", "the order will count all the same")],
)
def test_the_kitchen_knows_in_advance(
    kitchen: Kitchen, approver: FlaskClient, unapproved: str, says: str
) -> None:
    kitchen.institution.unapproved = unapproved
    db.session.commit()
    cook = kitchen.as_role(Role.KITCHEN_MANAGER)
    for path in (
        f"/kitchen/order?cycle={kitchen.cycle.id}",
        f"/kitchen/receipts/{kitchen.receipt.submission_id}",
    ):
        page = cook.get(path).text
        assert "needs the approval of" in page
        assert says in page


def test_where_nobody_may_approve_the_kitchen_is_told_whom_to_ask(kitchen: Kitchen) -> None:
    page = kitchen.as_role(Role.KITCHEN_MANAGER).get(f"/kitchen/order?cycle={kitchen.cycle.id}").text
    assert "Ask the coordinator for another approver." in page


def test_before_anything_is_submitted_the_limit_is_told(kitchen: Kitchen, app: Flask, world: World) -> None:
    fresh = world.add_institution(approval_limit_cents=5000)
    cook = log_in(app, world, Role.KITCHEN_MANAGER, institution_id=fresh.id)
    assert "Orders above €50.00 net" in cook.get(f"/kitchen/order?cycle={kitchen.cycle.id}").text.replace(
        "\xa0", " "
    )
    without = world.add_institution()
    cook = log_in(app, world, Role.KITCHEN_MANAGER, institution_id=without.id)
    assert "second person" not in cook.get(f"/kitchen/order?cycle={kitchen.cycle.id}").text


# Budgets


def test_the_accountant_sets_budgets_and_the_limit(kitchen: Kitchen) -> None:
    accountant = kitchen.as_role(Role.ACCOUNTANT)
    typed = {
        "regular_year": "1.234,50",
        "school_scheme_week": "70",
        "approval_limit_cents": "500",
        "unapproved": "count",
    }
    assert accountant.post("/kitchen/budgets?year=2026", data=typed).status_code == 303
    page = accountant.get("/kitchen/budgets?year=2026").text
    assert 'value="1234.50"' in page
    words = text_of(page)
    assert "€0.00 spent, €15.00 ordered, €1,219.50 left" in words
    assert "Regular meals – €1,234.50 €0.00 €15.00 €1,219.50" in words
    db.session.refresh(kitchen.institution)
    assert (kitchen.institution.approval_limit_cents, kitchen.institution.unapproved) == (50_000, "count")


def test_what_is_wrong_stands_beside_its_field(kitchen: Kitchen) -> None:
    accountant = kitchen.as_role(Role.ACCOUNTANT)
    typed = {"regular_year": "a lot", "other_week": "12", "unapproved": "drop"}
    answer = accountant.post("/kitchen/budgets?year=2026", data=typed)
    assert answer.status_code == 422
    assert 'value="a lot"' in answer.text
    assert 'href="#regular_year"' in answer.text
    assert db.session.scalars(db.select(Budget)).all() == []


def test_the_kitchen_sees_its_budgets_and_sets_none(kitchen: Kitchen) -> None:
    cook = kitchen.as_role(Role.KITCHEN_MANAGER)
    page = cook.get("/kitchen/budgets")
    assert page.status_code == 200
    assert "€10.00" in page.text.replace("\xa0", " ")
    assert 'method="post" action="/kitchen/budgets' not in page.text
    assert cook.post("/kitchen/budgets", data={"regular_year": "1"}).status_code == 403


def test_the_coordinator_sets_budgets_of_a_kitchen(kitchen: Kitchen, app: Flask, world: World) -> None:
    office = coordinator_of(app, world)
    path = f"/coordinator/institutions/{kitchen.institution.id}/budgets"
    assert path in office.get(f"/coordinator/institutions/{kitchen.institution.id}").text
    answer = office.post(f"{path}?year=2027", data={"other_year": "10", "unapproved": "drop"})
    assert answer.location == f"{path}?year=2027"
    budget = db.session.scalars(db.select(Budget)).one()
    assert (budget.funding, budget.year, budget.cents) == ("other", 2027, 1000)
    assert kitchen.institution.approval_limit_cents is None
    assert coordinator_of(app, world, world.add_municipality()).get(path).status_code == 404


def test_the_limit_stands_on_the_institutions_form_too(kitchen: Kitchen, app: Flask, world: World) -> None:
    office = coordinator_of(app, world)
    path = f"/coordinator/institutions/{kitchen.institution.id}/edit"
    page = office.get(path).text
    assert re.search(r'name="approval_limit_cents"[^>]* value="10.00"', page)
    fields = dict(re.findall(r'<input[^>]* name="([a-z_]+)"[^>]* type="text" value="([^"]*)"', page))
    fields |= {
        "kind": "kindergarten",
        "pack_choice": "down",
        "unapproved": "count",
        "approval_limit_cents": "12,30",
    }
    answer = office.post(path, data=fields)
    assert answer.status_code == 303, text_of(answer.text)
    db.session.refresh(kitchen.institution)
    assert (kitchen.institution.approval_limit_cents, kitchen.institution.unapproved) == (1230, "count")


# Duties


def test_clashing_roles_are_shown_to_kitchen_coordinator_and_auditor(
    kitchen: Kitchen, app: Flask, world: World
) -> None:
    auditor = log_in(app, world, Role.AUDITOR, municipality_id=world.municipality.id)
    office = coordinator_of(app, world)
    cook = kitchen.as_role(Role.KITCHEN_MANAGER)
    paths = [
        (cook, "/kitchen/institution"),
        (office, "/coordinator/institutions"),
        (auditor, "/auditor/duties"),
    ]
    paths.append((office, f"/coordinator/institutions/{kitchen.institution.id}"))
    why = "Who orders must not approve the invoice for it."
    said = "Nobody holds roles that must be in two hands."
    assert said in auditor.get("/auditor/duties").text
    assert why not in cook.get("/kitchen/institution").text
    grant = RoleGrant(person_id=kitchen.cook.id, role=Role.ACCOUNTANT, granted_at=NOW, **kitchen.reach)
    db.session.add(grant)
    db.session.commit()
    for client, path in paths:
        page = client.get(path).text
        assert why in page, path
        assert kitchen.cook.name in page, path


@pytest.mark.parametrize(("unapproved", "word"), [("drop", "did not count"), ("count", "counted")])
def test_the_auditor_sees_large_orders_that_nobody_approved(
    kitchen: Kitchen, app: Flask, world: World, clock_at: At, unapproved: str, word: str
) -> None:
    kitchen.institution.unapproved = unapproved
    db.session.commit()
    clock_at(CLOSES)
    record_cycle(kitchen.cycle.id, actor=SCHEDULER)
    db.session.commit()
    auditor = log_in(app, world, Role.AUDITOR, municipality_id=world.municipality.id)
    page = auditor.get("/auditor/duties").text
    assert kitchen.receipt.number in page
    assert word in page
    elsewhere = log_in(app, world, Role.AUDITOR, municipality_id=world.add_municipality().id)
    assert kitchen.receipt.number not in elsewhere.get("/auditor/duties").text


def test_the_order_page_measures_against_the_budget_of_the_year(kitchen: Kitchen) -> None:
    kitchen.institution.weekly_budget_cents = 70_000
    year = Budget(
        institution_id=kitchen.institution.id, funding="regular", period="week", year=2026, cents=1600
    )
    db.session.add(year)
    db.session.commit()
    page = kitchen.as_role(Role.KITCHEN_MANAGER).get(f"/kitchen/order?cycle={kitchen.cycle.id}").text
    assert 'data-budget="1600"' in page


@pytest.mark.parametrize(
    ("role", "path", "part"),
    [
        (Role.KITCHEN_MANAGER, "/kitchen/agreements", "/kitchen/institution"),
        (Role.KITCHEN_MANAGER, "/kitchen/purchases", "/kitchen/shares"),
        (Role.KITCHEN_MANAGER, "/kitchen/budgets", "/kitchen/institution"),
        (Role.ACCOUNTANT, "/kitchen/budgets", "/kitchen/institution"),
    ],
)
def test_pages_beside_the_navigation_mark_one_part_that_leads_to_them(
    kitchen: Kitchen, role: Role, path: str, part: str
) -> None:
    client = kitchen.as_role(role)
    nav = re.search(r'<nav class="main-nav".*?</nav>', client.get(path).text, re.DOTALL)
    assert nav
    assert re.findall(r'href="([^"]+)"[^>]*aria-current', nav[0]) == [part]
    if part != path:
        assert f'href="{path}' in client.get(part).text
