"""Budgets by funding source: who decides what holds, and what the trail keeps."""

import json

import pytest
from sqlalchemy import select

from foodorder.accounts.budgets import Period, budgets_of, set_approval, set_budget
from foodorder.accounts.duties import clashes_at, clashes_in
from foodorder.accounts.institutions import BelowZero
from foodorder.accounts.models import RoleGrant, Unapproved
from foodorder.db import db
from foodorder.rules.agreements import Funding
from foodorder.rules.duties import Duty
from foodorder.rules.permissions import Role
from foodorder.trail.actor import COMMAND
from foodorder.trail.models import TrailEvent
from tests.factories import NOW
from tests.kept import once

FRUIT, REGULAR = Funding.SCHOOL_SCHEME, Funding.REGULAR


@once
def kitchen(world):
    return world.add_institution(weekly_budget_cents=700)


def enter(kitchen, funding, period, cents, year=2026):
    set_budget(kitchen, funding, period, year, cents, actor=COMMAND, now=NOW)


def bodies(action):
    rows = db.session.scalars(select(TrailEvent).where(TrailEvent.action == action).order_by(TrailEvent.id))
    return [json.loads(row.body) for row in rows]


def test_the_usual_week_is_for_regular_meals_until_a_year_says_otherwise(kitchen):
    enter(kitchen, REGULAR, Period.WEEK, 900, year=2027)
    this, following = budgets_of(kitchen, 2026), budgets_of(kitchen, 2027)
    assert (this.of(REGULAR, Period.WEEK), following.of(REGULAR, Period.WEEK)) == (700, 900)
    assert this.of(REGULAR, Period.YEAR) is None
    assert this.of(FRUIT, Period.WEEK) is None


def test_nothing_may_be_spent_is_not_no_budget(kitchen):
    enter(kitchen, REGULAR, Period.WEEK, 0)
    assert budgets_of(kitchen, 2026).of(REGULAR, Period.WEEK) == 0


def test_a_budget_is_set_changed_and_taken_away_and_the_trail_knows(kitchen):
    for cents in (5000, 5000, 6000, None):
        enter(kitchen, FRUIT, Period.YEAR, cents)
    assert budgets_of(kitchen, 2026).of(FRUIT, Period.YEAR) is None
    changes = [
        (body["before"]["budget_cents"], body["after"]["budget_cents"])
        for body in bodies("institution.budget_set")
    ]
    assert changes == [(None, 5000), (5000, 6000), (6000, None)]
    assert bodies("institution.budget_set")[0]["after"]["funding"] == "school_scheme"


def test_below_zero_nothing_is_set(kitchen):
    with pytest.raises(BelowZero) as refused:
        enter(kitchen, FRUIT, Period.YEAR, -1)
    assert refused.value.field == "school_scheme_year"
    with pytest.raises(BelowZero):
        set_approval(kitchen, -1, Unapproved.DROP, actor=COMMAND, now=NOW)


def test_the_limit_of_approval_is_kept_with_its_trail(kitchen):
    for _ in range(2):
        set_approval(kitchen, 50_000, Unapproved.COUNT, actor=COMMAND, now=NOW)
    assert (kitchen.approval_limit_cents, kitchen.unapproved) == (50_000, "count")
    (body,) = bodies("institution.approval_set")
    assert body["after"] == {"approval_limit_cents": 50_000, "unapproved": "count"}


def also(world, person, role, **reach):
    db.session.add(RoleGrant(person_id=person.id, role=role, granted_at=NOW, **reach))
    db.session.flush()


def test_persons_with_clashing_roles_are_found(world, kitchen):
    other = world.add_institution()
    both = world.add_person(institution_id=kitchen.id)
    also(world, both, Role.APPROVER, institution_id=kitchen.id)
    elsewhere = world.add_person(institution_id=kitchen.id)
    also(world, elsewhere, Role.APPROVER, institution_id=other.id)
    (found,) = clashes_at(kitchen.id)
    assert (found.name, found.roles) == (both.name, (Role.KITCHEN_MANAGER, Role.APPROVER))
    assert [(clash.first, clash.second) for clash in found.clashes] == [(Duty.ORDER, Duty.APPROVE_ORDER)]
    assert clashes_at(other.id) == []
    assert [one.person_id for one in clashes_in(world.municipality.id)] == [both.id]


def test_an_auditor_who_cooks_is_found_and_a_role_that_ended_is_not(world, kitchen):
    auditor = world.add_person(Role.AUDITOR, municipality_id=world.municipality.id)
    also(world, auditor, Role.KITCHEN_MANAGER, institution_id=kitchen.id)
    assert [one.person_id for one in clashes_at(kitchen.id)] == [auditor.id]
    assert clashes_in(world.add_municipality().id) == []
    for grant in db.session.scalars(select(RoleGrant).where(RoleGrant.person_id == auditor.id)):
        grant.revoked_at = NOW
    db.session.flush()
    assert clashes_at(kitchen.id) == []
