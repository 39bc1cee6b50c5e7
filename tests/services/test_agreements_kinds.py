"""Kinds of purchases by CPV, the rules enforced only when every food has one; warnings of full ceilings."""

import pytest
from sqlalchemy import select

from foodorder import jobs
from foodorder.agreements import kinds
from foodorder.agreements.ceiling_warnings import due_warnings, warn
from foodorder.agreements.ceilings import ceiling_of
from foodorder.agreements.lots import NoCpvCode
from foodorder.db import db
from foodorder.outbox.models import Message
from foodorder.rules.agreements import AgreementState, Enforcement
from foodorder.rules.cpv import best
from foodorder.rules.permissions import Role
from foodorder.trail.actor import SCHEDULER
from seeds.demo.tables import REFERENCE, rows
from seeds.load import load_reference
from tests.factories import NOW
from tests.services.agreed import ACT, agreement_in, enact, lot_of


@pytest.fixture
def here(world):
    return world.municipality


def of(municipality):
    return {
        row.food.id: row.kind.name if row.kind else None for row in kinds.foods_with_kinds(municipality.id)
    }


def test_the_longest_beginning_decides_and_a_food_may_have_no_kind(world, here):
    carrot = world.add_food_type(cpv="03221112-4")
    apple = world.add_food_type(cpv="03222321-9")
    cheese = world.add_food_type(cpv="15540000-5")
    kinds.save_kind(here.id, "Vegetables", ["0322"], **ACT)
    fruit = kinds.save_kind(here.id, "Fruit", ["03222000-3"], **ACT)
    assert of(here) == {carrot.id: "Vegetables", apple.id: "Fruit", cheese.id: None}
    assert kinds.foods_with_kinds(here.id)[0].food == cheese
    kinds.remove_kind(fruit, **ACT)
    assert of(here)[apple.id] == "Vegetables"


def test_food_types_of_new_reference_data_come_under_the_kinds_that_stand(world, here):
    other = world.add_municipality()
    kinds.save_kind(here.id, "Vegetables", ["0322"], **ACT)
    assert of(here) == {}
    loaded = load_reference(now=NOW)
    found = list(of(here).values())
    assert len(found) == loaded["food types"] == 94
    assert found.count("Vegetables") > 30
    assert set(of(other).values()) == {None}
    assert loaded["municipalities with kinds of purchases"] == 1


def test_kinds_are_changed_and_checked(world, here):
    world.add_food_type(cpv="03221112-4")
    kind = kinds.save_kind(here.id, "Vegetables", ["0322"], **ACT)
    for name, cpv, reason in (
        ("vegetables", ["15"], kinds.KindNameTaken),
        ("Fruit", [" "], kinds.NoCpv),
        ("Fruit", ["apples"], NoCpvCode),
        ("Fruit", ["03220000-9"], kinds.CpvTaken),
    ):
        with pytest.raises(reason):
            kinds.save_kind(here.id, name, cpv, **ACT)
    kinds.save_kind(here.id, "Greens", ["15", "15 "], kind=kind, **ACT)
    assert (kind.name, kind.cpv) == ("Greens", ["15"])
    assert set(of(here).values()) == {None}


def test_kinds_of_another_municipality_are_another_matter(world, here):
    other = world.add_municipality()
    carrot = world.add_food_type(cpv="03221112-4")
    kind = kinds.save_kind(here.id, "Vegetables", ["0322"], **ACT)
    assert kinds.kind_of(other.id, kind.id) is None
    assert of(other) == {carrot.id: None}


def test_the_rules_are_enforced_only_when_every_food_has_a_kind(world, here):
    world.add_food_type(cpv="03221112-4")
    with pytest.raises(kinds.FoodsWithoutKind) as refused, db.session.begin_nested():
        kinds.set_enforcement(here, Enforcement.ENFORCED, **ACT)
    assert str(refused.value) == "1 food type belongs to no kind: its needs could not be counted."
    kind = kinds.save_kind(here.id, "Vegetables", ["0322"], **ACT)
    kinds.set_enforcement(here, Enforcement.ENFORCED, **ACT)
    db.session.flush()
    with pytest.raises(kinds.FoodsWithoutKind):
        kinds.remove_kind(kind, **ACT)


def test_a_municipality_begins_with_the_usual_kinds_and_the_rules(world, here):
    world.add_food_type(cpv="03221112-4")
    kinds.begin_lawfully(here, **ACT)
    assert [kind.name for kind in kinds.kinds_of(here.id)][:3] == [
        "Zelenjava", "Sadje", "Mleko in mlečni izdelki",
    ]  # fmt: skip
    assert here.lawful_basis == Enforcement.ENFORCED
    kept = [kind.id for kind in kinds.kinds_of(here.id)]
    assert [kind.id for kind in kinds.copy_defaults(here.id, **ACT)] == kept


def test_a_food_outside_all_kinds_keeps_the_rules_off(world, here):
    world.add_food_type(cpv="33000000-0")
    kinds.begin_lawfully(here, **ACT)
    assert here.lawful_basis == Enforcement.OFF


@pytest.mark.parametrize(
    ("group", "kind"),
    [
        ("vegetables", "Vegetables"), ("fruit", "Fruit"), ("dairy", "Dairy"), ("eggs", "Eggs"),
        ("meat", "Meat"), ("fish", "Fish"), ("cereals", "Cereals and bread"),
        ("drinks", "Other"), ("other", "Other"),
    ],
)  # fmt: skip
def test_the_usual_kinds_fit_every_food_of_the_reference(group, kind):
    groups = {row["name_en"]: row["cpv"].split() for row in kinds.default_kinds()}
    foods = [row for row in rows(REFERENCE / "food_types.tsv") if row["group"] == group]
    assert foods
    assert {best(row["cpv"], groups) for row in foods} == {kind}


@pytest.fixture
def nearly_full(world, here):
    """A lot in force with a ceiling of 1000.00 EUR and 100 kg, and a coordinator to tell."""
    enact()
    agreement = agreement_in(world)
    lot = lot_of(agreement, world.add_food_type(), limit_cents=100_000, limit_grams=100_000)
    agreement.state = AgreementState.IN_FORCE
    world.add_person(Role.COORDINATOR, municipality_id=here.id)
    db.session.flush()
    return ceiling_of(agreement.id, lot.id)


def told():
    return [
        (message.data["level"], message.data["share_bp"])
        for message in db.session.scalars(
            select(Message).where(Message.template == "ceiling_warning").order_by(Message.id)
        )
    ]


def use(ceiling, cents, grams=0):
    ceiling.used_cents, ceiling.used_grams = cents, grams
    db.session.flush()
    for number in due_warnings(NOW):
        warn(number, actor=SCHEDULER, now=NOW)


def test_each_level_is_told_once_by_value_or_by_quantity(nearly_full):
    use(nearly_full, 79_999)
    assert told() == []
    use(nearly_full, 80_000)
    use(nearly_full, 81_000)
    assert told() == [("warn", 8_000)]
    use(nearly_full, 81_000, grams=95_500)
    assert told() == [("warn", 8_000), ("urgent", 9_550)]
    use(nearly_full, 100_000)
    use(nearly_full, 100_000)
    assert told() == [("warn", 8_000), ("urgent", 9_550), ("full", 10_000)]
    assert nearly_full.warned_bp == 10_000


def test_a_level_that_was_jumped_over_is_not_told(nearly_full):
    use(nearly_full, 96_000)
    assert told() == [("urgent", 9_600)]
    use(nearly_full, 81_000)
    assert len(told()) == 1


def test_a_draft_warns_nobody(nearly_full):
    nearly_full.agreement.state = AgreementState.DRAFT
    use(nearly_full, 100_000)
    assert told() == []


def test_warning_twice_at_once_tells_once(nearly_full):
    use(nearly_full, 80_000)
    assert warn(nearly_full.id, actor=SCHEDULER, now=NOW) is False


def test_the_job_warns_of_all_that_is_due(nearly_full, settings):
    nearly_full.used_cents = 80_000
    db.session.flush()
    outcomes = [jobs.warn_of_ceilings(settings) for _ in range(2)]
    assert [(outcome.done, outcome.errors) for outcome in outcomes] == [(1, []), (0, [])]
    assert told() == [("warn", 8_000)]
