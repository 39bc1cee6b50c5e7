"""What is in force changes by amendments, which keep what was before; earlier prices keep holding."""

from datetime import date, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from foodorder.agreements import amending, amendments, force, suppliers
from foodorder.agreements.amending import AmendmentData, amendments_of, growth_warning
from foodorder.agreements.ceilings import Limits, ceiling_of
from foodorder.agreements.draft import TermBackwards
from foodorder.agreements.entitlement import StillEntitled, entitled_for_a_time
from foodorder.agreements.models import LotSupplier
from foodorder.agreements.prices import agree_prices, prices_on
from foodorder.agreements.queries import uses_of
from foodorder.agreements.states import NotInForce, present_suppliers
from foodorder.db import db
from foodorder.rules import thresholds
from foodorder.rules.agreements import AwardMode, LotKind
from tests.factories import NOW
from tests.kept import once
from tests.services.agreed import ACT, EUR, FIRST, LAST, agreement_in, enact, lot_of
from tests.services.test_agreements_draft import price

TODAY = NOW.date()
AHEAD = TODAY + timedelta(days=30)


@once
def town(world):
    """In force: a ranked lot of two, a parallel lot, an exempted lot."""
    enact()
    kitchen, carrots = world.add_institution(), world.add_food_type()
    first, second = world.add_producer(), world.add_producer()
    agreement = agreement_in(world, kitchen)
    ranked = lot_of(agreement, carrots, limit_cents=600_000 * EUR)
    parallel = lot_of(agreement, carrots, number="2", mode=AwardMode.PARALLEL, limit_cents=100_000 * EUR)
    exempted = lot_of(agreement, carrots, number="3", kind=LotKind.EXEMPTED, mode=AwardMode.OPEN,
                      limit_cents=70_000 * EUR)  # fmt: skip
    for farm, share in ((first, 6_000), (second, 4_000)):
        suppliers.add_supplier(ranked, farm.id, **ACT)
        suppliers.add_supplier(parallel, farm.id, share_bp=share, **ACT)
    agree_prices(
        agreement,
        [price(lot, farm, carrots) for lot in (ranked, parallel) for farm in (first, second)],
        **ACT,
    )
    force.put_in_force(agreement, **ACT)
    return agreement, (ranked, parallel, exempted), (first, second), carrots


def amendment(effective_on=TODAY, signed_on=TODAY, reason="prices of seeds rose"):
    return AmendmentData(signed_on=signed_on, effective_on=effective_on, reason=reason)


def test_a_price_changes_from_a_day_on_and_the_old_one_stands_beside_it(town):
    agreement, (ranked, *_), (farm, _), carrots = town
    made = amendments.amend_prices(
        agreement, amendment(AHEAD), [price(ranked, farm, carrots, 165, AHEAD)], **ACT
    )
    key = (ranked.id, farm.id, carrots.id, None)
    assert prices_on(agreement.id, AHEAD - timedelta(days=1))[key].price_cents == 150
    assert prices_on(agreement.id, AHEAD)[key].price_cents == 165
    assert prices_on(agreement.id, AHEAD)[key].amendment_id == made.id
    assert (made.number, made.subject) == (1, "prices")
    before, after = made.before["prices"][0], made.after["prices"][0]
    assert (before["cents"], after["cents"], after["producer"]) == (150, 165, farm.name)


def test_amendments_are_numbered(town):
    agreement, (ranked, *_), (farm, _), carrots = town
    for cents in (165, 170):
        amendments.amend_prices(agreement, amendment(), [price(ranked, farm, carrots, cents, TODAY)], **ACT)
    assert [one.number for one in amendments_of(agreement)] == [1, 2]


@pytest.mark.parametrize(
    ("data", "first", "reason"),
    [
        (amendment(TODAY - timedelta(days=1)), TODAY, amending.EffectBeforeSignature),
        (amendment(AHEAD), TODAY, amending.EffectBeforeSignature),
        (amendment(LAST + timedelta(days=1)), LAST + timedelta(days=1), amending.OutsideTerm),
        (amendment(reason=" "), TODAY, force.NoReason),
    ],
)
def test_an_amendment_of_prices_has_its_days_and_its_reason(town, data, first, reason):
    agreement, (ranked, *_), (farm, _), carrots = town
    with pytest.raises(reason):
        amendments.amend_prices(agreement, data, [price(ranked, farm, carrots, 165, first)], **ACT)


def test_the_same_price_again_changes_nothing(town):
    agreement, (ranked, *_), (farm, _), carrots = town
    with pytest.raises(amending.NothingChanges):
        amendments.amend_prices(agreement, amendment(), [price(ranked, farm, carrots, 150, TODAY)], **ACT)


def test_a_draft_has_no_amendments(world):
    enact()
    agreement = agreement_in(world)
    with pytest.raises(NotInForce):
        amendments.amend_term(agreement, amendment(), date(2029, 1, 1), **ACT)


def test_a_ceiling_rises_and_the_shares_of_the_parallel_lot_with_it(town):
    agreement, (_, parallel, _), (first, second), _ = town
    ceiling = ceiling_of(agreement.id, parallel.id)
    ceiling.warned_bp = 8_000
    made = amendments.amend_ceilings(
        agreement, amendment(), {ceiling.id: Limits(150_000 * EUR, 9_000_000)}, **ACT
    )
    assert (ceiling.limit_cents, ceiling.limit_grams, ceiling.warned_bp) == (150_000 * EUR, 9_000_000, 0)
    assert ceiling_of(agreement.id, parallel.id, first.id).limit_cents == 90_000 * EUR
    assert ceiling_of(agreement.id, parallel.id, second.id).limit_grams == 3_600_000
    assert (made.before["ceilings"][0]["cents"], made.after["ceilings"][0]["cents"]) == (
        100_000 * EUR,
        150_000 * EUR,
    )


def test_a_ceiling_may_go_below_what_is_ordered_and_up_again_in_steps(town):
    """What is ordered stands; nothing more can be called off."""
    agreement, (ranked, *_), *_ = town
    ceiling = ceiling_of(agreement.id, ranked.id)
    ceiling.used_cents, ceiling.used_grams = 500, 900
    db.session.flush()
    for wanted, over in (
        (Limits(500, 900), False),
        (Limits(499, None), True),
        (Limits(300, 1000), True),
        (Limits(None, 899), True),
        (Limits(0, 0), True),
        (Limits(600, None), False),
    ):
        amendments.amend_ceilings(agreement, amendment(), {ceiling.id: wanted}, **ACT)
        use = uses_of([agreement], TODAY)[agreement.id].lots[ranked.id]
        assert (use.ceiling.limit_cents, use.ceiling.limit_grams) == (wanted.cents, wanted.grams)
        assert use.over is over, wanted
    assert [one.subject for one in amendments_of(agreement)] == ["ceiling"] * 6


def test_an_exempted_lot_stays_below_its_limit_in_force_too(town):
    agreement, (*_, exempted), *_ = town
    ceiling = ceiling_of(agreement.id, exempted.id)
    with pytest.raises(thresholds.ExemptedLotTooLarge):
        amendments.amend_ceilings(agreement, amendment(), {ceiling.id: Limits(80_000 * EUR)}, **ACT)
    db.session.refresh(ceiling)
    assert ceiling.limit_cents == 70_000 * EUR


def test_growing_by_more_than_a_tenth_of_the_value_is_warned_of(town):
    agreement, (ranked, *_), *_ = town
    ceiling = ceiling_of(agreement.id, ranked.id)
    for limit, warned in ((700_000, False), (700_001, True), (690_000, False)):
        amendments.amend_ceilings(agreement, amendment(), {ceiling.id: Limits(limit * EUR)}, **ACT)
        assert bool(growth_warning(agreement)) is warned, limit
    whole = ceiling_of(agreement.id)
    amendments.amend_ceilings(agreement, amendment(), {whole.id: Limits(1_100_001 * EUR)}, **ACT)
    assert str(growth_warning(agreement)).startswith("Changes add up to 100001.00 EUR. Above 100000.00 EUR")


def test_the_term_moves_within_the_law(town):
    agreement = town[0]
    for wrong, reason in (
        (date(2030, 9, 1), thresholds.TermTooLong),
        (FIRST - timedelta(days=1), TermBackwards),
        (LAST, amending.NothingChanges),
    ):
        with pytest.raises(reason):
            amendments.amend_term(agreement, amendment(), wrong, **ACT)
    made = amendments.amend_term(agreement, amendment(), date(2029, 8, 31), **ACT)
    assert agreement.valid_to == date(2029, 8, 31)
    assert (made.before, made.after) == ({"valid_to": "2030-08-31"}, {"valid_to": "2029-08-31"})


def test_changes_without_days_of_their_own_are_entered_when_they_hold(town, world):
    agreement, (ranked, *_), *_ = town
    later = amendment(TODAY + timedelta(days=1))
    for attempt in (
        lambda: amendments.amend_term(agreement, later, date(2029, 8, 31), **ACT),
        lambda: amendments.amend_ceilings(agreement, later, {ceiling_of(agreement.id).id: Limits(1)}, **ACT),
        lambda: amendments.amend_foods(ranked, later, [], [world.add_food_type().id], **ACT),
    ):
        with pytest.raises(amending.EffectLater):
            attempt()


def entitled(agreement):
    return {one.institution: (one.valid_from, one.valid_to) for one in entitled_for_a_time(agreement)}


def test_institutions_join_and_leave_from_a_day_on(town, world):
    agreement = town[0]
    (first,), other = agreement.institutions, world.add_institution()
    day = timedelta(days=1)
    amendments.amend_institutions(agreement, amendment(AHEAD), [other.id], **ACT)
    assert entitled(agreement) == {first.short_name: (None, AHEAD - day), other.short_name: (AHEAD, None)}
    assert agreement.institutions == [other]
    # … back without a gap: it never left
    amendments.amend_institutions(agreement, amendment(AHEAD), [first.id, other.id], **ACT)
    assert entitled(agreement) == {other.short_name: (AHEAD, None)}
    # who left on a day to come joins again only when that day is over
    amendments.amend_institutions(agreement, amendment(AHEAD), [other.id], **ACT)
    with pytest.raises(StillEntitled):
        amendments.amend_institutions(agreement, amendment(AHEAD + 2 * day), [first.id, other.id], **ACT)
    later = {**ACT, "now": NOW + 40 * day}
    again = amendment(TODAY + 40 * day)
    amendments.amend_institutions(agreement, again, [first.id, other.id], **later)
    assert entitled(agreement)[first.short_name] == (TODAY + 40 * day, None)


def test_institutions_join_and_leave(town, world):
    agreement = town[0]
    other = world.add_institution()
    made = amendments.amend_institutions(agreement, amendment(), [other.id], **ACT)
    assert [one.id for one in agreement.institutions] == [other.id]
    assert made.after == {"institutions": [other.short_name]}
    with pytest.raises(amending.NothingChanges):
        amendments.amend_institutions(agreement, amendment(), [other.id], **ACT)


def test_foods_of_a_lot_change(town, world):
    ranked, beet = town[1][0], world.add_food_type()
    made = amendments.amend_foods(ranked, amendment(), ["0322"], [beet.id], **ACT)
    assert (ranked.food_types, ranked.cpv) == ([beet], ["0322"])
    assert made.after["foods"] == [beet.name_sl]


def test_a_supplier_who_leaves_keeps_the_row_with_the_last_day(town):
    _, (ranked, *_), (first, second), _ = town
    made = amendments.amend_supplier_left(ranked.suppliers[0], amendment(AHEAD), **ACT)
    assert ranked.suppliers[0].valid_to == AHEAD - timedelta(days=1)
    assert [one.producer_id for one in present_suppliers(ranked, AHEAD)] == [second.id]
    assert [one.producer_id for one in present_suppliers(ranked, AHEAD - timedelta(days=1))] == [
        first.id,
        second.id,
    ]
    assert made.after["suppliers"][0]["valid_to"] == (AHEAD - timedelta(days=1)).isoformat()


def test_a_supplier_joins_or_gets_another_rank_from_a_day_on(town, world):
    _, (ranked, *_), (_, second), _ = town
    third = world.add_producer()
    amendments.amend_supplier(ranked, amendment(AHEAD), third.id, rank=3, **ACT)
    amendments.amend_supplier(ranked, amendment(AHEAD), second.id, rank=4, **ACT)
    db.session.refresh(ranked)
    ranks = {one.producer_id: one.rank for one in present_suppliers(ranked, AHEAD)}
    assert (ranks[second.id], ranks[third.id]) == (4, 3)
    before = {one.producer_id: one.rank for one in present_suppliers(ranked, TODAY)}
    assert before[second.id] == 2


def test_who_left_supplies_again_only_after_the_last_day(town):
    _, (ranked, *_), (first, _), _ = town
    amendments.amend_supplier_left(ranked.suppliers[0], amendment(AHEAD), **ACT)
    with pytest.raises(suppliers.StillSupplies):
        amendments.amend_supplier(ranked, amendment(AHEAD - timedelta(days=1)), first.id, rank=3, **ACT)
    amendments.amend_supplier(ranked, amendment(AHEAD), first.id, rank=3, **ACT)
    days = [AHEAD - timedelta(days=1), AHEAD]
    assert [
        [one.rank for one in present_suppliers(ranked, day) if one.producer_id == first.id] for day in days
    ] == [[1], [3]]


@pytest.mark.parametrize(
    ("first", "last", "overlaps"),
    [
        (TODAY, AHEAD, True),
        (AHEAD, None, True),
        (AHEAD + timedelta(days=1), None, False),
        (FIRST - timedelta(days=9), FIRST - timedelta(days=1), False),
        (FIRST - timedelta(days=9), FIRST, True),
        # who left before the first day never supplied
        (TODAY, TODAY - timedelta(days=1), False),
    ],
)
def test_the_database_knows_a_producer_once_on_each_day_of_a_lot(town, world, first, last, overlaps):
    ranked, farm = town[1][0], town[2][0]
    ranked.suppliers[0].valid_to = AHEAD
    db.session.flush()

    def add(lot, producer):
        db.session.add(
            LotSupplier(lot_id=lot.id, producer_id=producer.id, rank=9, valid_from=first, valid_to=last)
        )
        db.session.flush()

    add(ranked, world.add_producer())
    if overlaps:
        with pytest.raises(IntegrityError, match="ex_lot_supplier_days"), db.session.begin_nested():
            add(ranked, farm)
    else:
        add(ranked, farm)


def test_nobody_joins_a_rank_that_is_taken(town, world):
    ranked = town[1][0]
    with pytest.raises(suppliers.RankTaken):
        amendments.amend_supplier(ranked, amendment(), world.add_producer().id, rank=1, **ACT)
