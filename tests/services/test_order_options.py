"""Which money pays an offer of an order, and what may come instead: kept with the draft."""

from datetime import timedelta

import pytest

from foodorder.catalogue.models import FoodGroup
from foodorder.db import db
from foodorder.ordering.drafts import options_changed
from foodorder.ordering.models import OrderLine, WeeklyOrder
from foodorder.ordering.options import (
    Option,
    OptionsRefused,
    carry_options,
    options_of,
    ordered_offers,
    save_options,
)
from foodorder.ordering.substitutes import substitutes_for
from foodorder.ordering.terms import NoSuchCycle, hold_order
from foodorder.rules.agreements import Funding, Substitution
from foodorder.rules.funding import SchemeFoodsOnly, SchoolsOnly
from foodorder.rules.substitution import NoSubstitute
from foodorder.trail.actor import COMMAND
from tests.factories import CLOSES, NOW, OPENS, WEEK
from tests.kept import once

SEVEN = timedelta(days=7)
NEVER = Option(Funding.REGULAR, Substitution.NEVER)
SCHEME = Option(Funding.SCHOOL_SCHEME, Substitution.ASK)


@once
def week(world, clock_at):
    """A school and a kindergarten with the same order: a fruit and a meat."""
    clock_at(NOW)
    groups = [FoodGroup(code=code, name_sl=code, name_en=code, position=2) for code in ("fruit", "meat")]
    db.session.add_all(groups)
    db.session.flush()
    world.fruit, world.meat = (
        world.offer(
            product=world.add_product(world.add_producer(), world.add_food_type(food_group_id=one.id))
        )
        for one in groups
    )
    world.unordered = world.offer()
    world.sold = world.cycle()
    world.school, world.kindergarten = world.add_institution(kind="school"), world.add_institution()
    for kitchen in (world.school, world.kindergarten):
        world.receipt = world.submit(world.sold, kitchen, [(world.fruit, "5"), (world.meat, "5")])
    return world


def save(week, options, kitchen=None):
    save_options(week.sold.id, (kitchen or week.school).id, options, actor=COMMAND, now=NOW)


def order(week, kitchen=None):
    return hold_order(week.sold.id, (kitchen or week.school).id)


def test_only_what_is_not_the_usual_is_told(week):
    save(week, {week.fruit.id: SCHEME, week.meat.id: Option()})
    assert options_of(order(week)) == {week.fruit.id: SCHEME}
    save(week, {week.fruit.id: Option()})
    assert options_of(order(week)) == {}


def test_options_make_a_draft_beside_the_submitted_order(week):
    assert not options_changed(order(week))
    save(week, {week.meat.id: NEVER})
    row = db.session.get_one(WeeklyOrder, order(week))
    db.session.refresh(row)
    assert row.has_draft
    assert {one.offer_id for one in ordered_offers(week.sold.id, week.school.id)} == {
        week.fruit.id,
        week.meat.id,
    }
    assert options_changed(order(week))
    for line in db.session.scalars(db.select(OrderLine)):
        assert (line.funding, line.substitution) == ("regular", "ask")


def test_the_same_again_changes_nothing(week):
    save(week, {week.meat.id: Option(), week.fruit.id: Option()})
    row = db.session.get_one(WeeklyOrder, order(week))
    db.session.refresh(row)
    assert not row.has_draft


def test_what_is_not_ordered_has_no_options(week):
    save(week, {week.unordered.id: NEVER})
    assert options_of(order(week)) == {}


def test_the_school_scheme_is_for_schools_and_its_foods_all_at_once(week):
    with pytest.raises(OptionsRefused) as refused:
        save(week, {week.fruit.id: NEVER, week.meat.id: SCHEME})
    assert isinstance(refused.value.problems[week.meat.id], SchemeFoodsOnly)
    assert week.fruit.id not in refused.value.problems
    assert options_of(order(week)) == {}, "all or nothing"
    with pytest.raises(OptionsRefused) as other:
        save(week, {week.fruit.id: SCHEME}, week.kindergarten)
    assert isinstance(other.value.problems[week.fruit.id], SchoolsOnly)


def test_another_municipalitys_cycle_is_not_ours(week):
    stranger = week.add_institution(municipality=week.add_municipality())
    with pytest.raises(NoSuchCycle):
        save(week, {week.fruit.id: NEVER}, stranger)


def submit_again(week):
    return week.submit(week.sold, week.school, [(week.fruit, "5"), (week.meat, "5")])


def test_the_next_submission_copies_them_to_its_lines(week):
    save(week, {week.fruit.id: SCHEME, week.meat.id: NEVER})
    receipt = submit_again(week)
    assert not receipt.repeated, "other options make another order of the same quantities"
    lines = db.session.scalars(db.select(OrderLine).where(OrderLine.submission_id == receipt.submission_id))
    assert {line.offer_id: (line.funding, line.substitution) for line in lines} == {
        week.fruit.id: ("school_scheme", "ask"),
        week.meat.id: ("regular", "never"),
    }
    assert not options_changed(order(week))
    assert submit_again(week).repeated


def test_nothing_comes_instead_where_the_kitchen_said_never(week):
    save(week, {week.meat.id: NEVER})
    receipt = submit_again(week)
    lines = db.session.scalars(db.select(OrderLine).where(OrderLine.submission_id == receipt.submission_id))
    answers = {line.offer_id: substitutes_for(line.id) for line in lines}
    assert isinstance(answers[week.meat.id].never, NoSubstitute)
    assert answers[week.fruit.id].never is None


def test_last_weeks_options_come_along_with_the_same_product(week):
    save(week, {week.fruit.id: SCHEME})
    source = submit_again(week).order_id
    fruit = week.offer(product=week.fruit.product, week=WEEK + SEVEN)
    later = week.cycle(week=WEEK + SEVEN, opens_at=OPENS, closes_at=CLOSES + SEVEN)
    new = hold_order(later.id, week.school.id)
    carry_options(new, source)
    assert options_of(new) == {fruit.id: SCHEME}
    stranger = hold_order(later.id, week.kindergarten.id)
    carry_options(stranger, source)
    assert options_of(stranger) == {}, "another kitchen's order says nothing to us"
