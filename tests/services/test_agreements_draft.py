"""Drafts: free to change, put in force when complete and lawful, with a ceiling for each thing counted."""

from datetime import date

import pytest
from sqlalchemy import select

from foodorder.agreements import ceilings, draft, force, lots, prices, states, suppliers
from foodorder.agreements.lots import LotData
from foodorder.agreements.models import AgreedPrice, Ceiling
from foodorder.agreements.prices import PriceData, agree_prices, price_of, prices_on
from foodorder.db import db
from foodorder.rules import thresholds
from foodorder.rules.agreements import AgreementKind, AgreementState, AwardMode, LotKind
from foodorder.trail.models import TrailEvent
from tests.kept import once, once_for_all
from tests.services.agreed import ACT, EUR, FIRST, LAST, agreement_in, enact, framework, lot_of


@once_for_all
def law(world):
    enact()


@once
def town(world):
    """A draft for one kitchen with a lot of carrots, awarded to a farm at 1.50 EUR."""
    kitchen, farm, carrots = world.add_institution(), world.add_producer(), world.add_food_type()
    agreement = agreement_in(world, kitchen)
    lot = lot_of(agreement, carrots, limit_cents=100_000 * EUR)
    suppliers.add_supplier(lot, farm.id, **ACT)
    agree_prices(agreement, [price(lot, farm, carrots)], **ACT)
    return agreement, lot, farm, carrots


def price(lot, farm, food, cents=150, first=FIRST, product=None):
    return PriceData(
        lot_id=lot.id, producer_id=farm.id, food_type_id=food.id, price_cents=cents, valid_from=first,
        product_id=product.id if product else None,
    )  # fmt: skip


def rows(agreement):
    found = db.session.scalars(
        select(Ceiling).where(Ceiling.agreement_id == agreement.id).execution_options(populate_existing=True)
    )
    return {
        (row.lot_id, row.producer_id, row.institution_id, row.exempted): (row.limit_cents, row.limit_grams)
        for row in found
    }


def kinds_of(problems):
    return {type(problem) for problem in problems}


def test_a_complete_draft_is_put_in_force_and_told_to_the_trail(town):
    agreement = town[0]
    assert force.missing(agreement) == []
    force.put_in_force(agreement, **ACT)
    assert agreement.state == AgreementState.IN_FORCE
    told = db.session.scalars(
        select(TrailEvent.action).where(TrailEvent.object_type == "agreement").order_by(TrailEvent.id)
    ).all()
    assert told == [
        "agreement.created", "agreement.institutions_set", "agreement.lot_added", "agreement.supplier_added",
        "agreement.prices_agreed", "agreement.put_in_force",
    ]  # fmt: skip


def test_an_empty_draft_is_told_all_that_it_lacks_and_stays_a_draft(world):
    agreement = agreement_in(world, signed_on=None)
    with pytest.raises(force.NotComplete) as refused:
        force.put_in_force(agreement, **ACT)
    lacks = {force.NotSigned, force.NoInstitutions, force.NoLots}
    assert kinds_of(refused.value.problems) == lacks
    assert agreement.state == AgreementState.DRAFT


def test_an_awarded_lot_needs_a_supplier_and_each_food_of_theirs_a_price(town, world):
    agreement, lot, farm, carrots = town
    beet = world.add_food_type()
    lots.edit_lot(lot, LotData(number="1", name="Sklop 1", food_type_ids=[carrots.id, beet.id]), **ACT)
    lot_of(agreement, beet, number="2")
    problems = [str(problem) for problem in force.missing(agreement)]
    assert problems == [
        f"Lot 1: the price of “{beet.name_sl}” of {farm.name} is missing.",
        "Lot 2 has no supplier.",
    ]


def test_a_dynamic_purchasing_system_begins_without_suppliers_and_without_a_longest_term(world):
    carrots = world.add_food_type()
    dps = agreement_in(world, world.add_institution(), kind=AgreementKind.DPS, valid_to=date(2040, 1, 1))
    lot = lot_of(dps, carrots)
    force.put_in_force(dps, **ACT)
    farm = world.add_producer()
    suppliers.add_supplier(lot, farm.id, **ACT)
    agree_prices(dps, [price(lot, farm, carrots)], **ACT)
    assert prices_on(dps.id, FIRST)[lot.id, farm.id, carrots.id, None].price_cents == 150


def test_the_law_refuses_a_long_framework_and_large_exempted_lots(town, world):
    agreement, *_rest, carrots = town
    draft.edit_agreement(agreement, framework(valid_to=date(2030, 9, 1), value_cents=500_000 * EUR), **ACT)
    for number, eur in (("7", 80_000), ("8", 30_000)):
        lot_of(agreement, carrots, number=number, kind=LotKind.EXEMPTED, mode=AwardMode.OPEN,
               limit_cents=eur * EUR)  # fmt: skip
    assert kinds_of(force.missing(agreement)) == {
        thresholds.TermTooLong, thresholds.ExemptedLotTooLarge, thresholds.ExemptedLotsTooLarge,
    }  # fmt: skip


def test_the_law_is_that_of_the_day_of_signature(town):
    agreement = town[0]
    draft.edit_agreement(agreement, framework(signed_on=date(2010, 1, 1)), **ACT)
    # No number of the law is known for 2010: it is said, not guessed.
    assert [str(problem) for problem in force.missing(agreement)] == [
        "The legal number “procurement.framework_max” is not known for 2010-01-01."
        " Ask the administrator to enter it."
    ]


def test_an_exempted_lot_needs_a_ceiling_by_value(town):
    agreement, *_rest, carrots = town
    lot_of(agreement, carrots, number="9", kind=LotKind.EXEMPTED, mode=AwardMode.OPEN, limit_grams=1_000_000)
    assert kinds_of(force.missing(agreement)) == {force.NoLimit}


def test_there_is_a_ceiling_for_each_thing_that_is_counted(town, world):
    agreement, ranked, _farm, carrots = town
    left, right = world.add_producer(), world.add_producer()
    parallel = lot_of(agreement, carrots, number="2", mode=AwardMode.PARALLEL, limit_cents=1_001,
                      limit_grams=50_000)  # fmt: skip
    suppliers.add_supplier(parallel, left.id, share_bp=7_000, **ACT)
    suppliers.add_supplier(parallel, right.id, share_bp=3_000, **ACT)
    exempted = lot_of(agreement, carrots, number="3", kind=LotKind.EXEMPTED, mode=AwardMode.OPEN,
                      limit_cents=79_999 * EUR)  # fmt: skip
    agree_prices(agreement, [price(parallel, left, carrots), price(parallel, right, carrots)], **ACT)
    force.put_in_force(agreement, **ACT)
    assert rows(agreement) == {
        (None, None, None, False): (1_000_000 * EUR, None),
        (None, None, None, True): (200_000 * EUR, None),
        (ranked.id, None, None, False): (100_000 * EUR, None),
        (parallel.id, None, None, False): (1_001, 50_000),
        (parallel.id, left.id, None, False): (700, 35_000),
        (parallel.id, right.id, None, False): (300, 15_000),
        (exempted.id, None, None, False): (79_999 * EUR, None),
    }


def test_missing_ceilings_are_made_without_limits_and_present_ones_stay(town):
    agreement, lot, *_ = town
    db.session.delete(ceilings.ceiling_of(agreement.id))
    db.session.flush()
    ceilings.ensure_ceilings(agreement)
    ceilings.ensure_ceilings(agreement)
    assert rows(agreement) == {
        (None, None, None, False): (None, None),
        (lot.id, None, None, False): (100_000 * EUR, None),
    }


def test_an_institution_may_have_a_ceiling_of_its_own(town):
    agreement = town[0]
    kitchen = agreement.institutions[0]
    ceilings.set_limits(agreement, ceilings.Limits(500, 600), institution_id=kitchen.id)
    assert rows(agreement)[None, None, kitchen.id, False] == (500, 600)


def test_what_is_in_force_is_no_draft(town, world):
    agreement, lot, farm, carrots = town
    force.put_in_force(agreement, **ACT)
    supplier = lot.suppliers[0]
    refused = [
        lambda: draft.edit_agreement(agreement, framework(), **ACT),
        lambda: draft.set_institutions(agreement, [], **ACT),
        lambda: lot_of(agreement, carrots, number="2"),
        lambda: lots.edit_lot(lot, LotData(number="1", name="x", food_type_ids=[carrots.id]), **ACT),
        lambda: lots.remove_lot(lot, **ACT),
        lambda: suppliers.add_supplier(lot, world.add_producer().id, **ACT),
        lambda: suppliers.edit_supplier(supplier, rank=2, **ACT),
        lambda: suppliers.remove_supplier(supplier, **ACT),
        lambda: agree_prices(agreement, [price(lot, farm, carrots, 160)], **ACT),
        lambda: force.put_in_force(agreement, **ACT),
    ]
    for attempt in refused:
        with pytest.raises(states.NotADraft):
            attempt()


def test_an_open_exempted_lot_takes_producers_while_in_force(town, world):
    agreement, *_rest, carrots = town
    lot = lot_of(
        agreement, carrots, number="2", kind=LotKind.EXEMPTED, mode=AwardMode.OPEN, limit_cents=1_000
    )
    force.put_in_force(agreement, **ACT)
    suppliers.add_supplier(lot, world.add_producer().id, **ACT)
    assert len(lot.suppliers) == 1


def test_an_agreement_ends_with_a_reason(town):
    agreement = town[0]
    with pytest.raises(states.NotInForce):
        force.end_agreement(agreement, "too early", **ACT)
    force.put_in_force(agreement, **ACT)
    with pytest.raises(force.NoReason):
        force.end_agreement(agreement, "  ", **ACT)
    force.end_agreement(agreement, "terminated", **ACT)
    assert agreement.state == AgreementState.ENDED


def test_terms_and_values_make_sense(world):
    for wrong, reason in (
        ({"valid_to": date(2026, 8, 31)}, draft.TermBackwards),
        ({"value_cents": 0}, draft.NoValue),
    ):
        with pytest.raises(reason):
            agreement_in(world, **wrong)


def test_only_own_institutions_may_call_off(world):
    stranger = world.add_institution(municipality=world.add_municipality())
    with pytest.raises(draft.InstitutionUnknown):
        agreement_in(world, stranger)


def test_foods_are_those_named_or_those_that_fit_the_codes(world):
    carrot = world.add_food_type(cpv="03221112-4")
    beet = world.add_food_type(cpv="03221111-7")
    world.add_food_type(cpv="15540000-5")
    agreement = agreement_in(world)
    by_code = lot_of(agreement, number="1", food_type_ids=None, cpv=("03220000-9",))
    assert by_code.food_types == [carrot, beet]
    named = lot_of(agreement, beet, number="2", cpv=("03220000-9",))
    assert named.food_types == [beet]
    for wrong, reason in (
        ({"food_type_ids": None, "cpv": ("33",)}, lots.NoFoods),
        ({"cpv": ("carrots",)}, lots.NoCpvCode),
        ({"number": "1"}, lots.NumberTaken),
        ({"mode": AwardMode.OPEN}, lots.OpenAwardedLot),
    ):
        with pytest.raises(reason):
            lot_of(agreement, beet, **({"number": "3"} | wrong))


def test_a_lot_without_prices_can_be_removed_with_its_ceiling(town, world):
    agreement, lot, _farm, carrots = town
    spare = lot_of(agreement, carrots, number="2")
    suppliers.add_supplier(spare, world.add_producer().id, **ACT)
    lots.remove_lot(spare, **ACT)
    assert [one.number for one in agreement.lots] == ["1"]
    with pytest.raises(lots.LotHasPrices):
        lots.remove_lot(lot, **ACT)


def test_suppliers_stand_by_rank_or_by_shares(town, world):
    agreement, ranked, farm, carrots = town
    second, third = world.add_producer(), world.add_producer()
    assert suppliers.add_supplier(ranked, second.id, **ACT).rank == 2
    with pytest.raises(suppliers.RankTaken):
        suppliers.add_supplier(ranked, third.id, rank=2, **ACT)
    with pytest.raises(suppliers.SupplierTwice):
        suppliers.add_supplier(ranked, farm.id, **ACT)
    parallel = lot_of(agreement, carrots, number="2", mode=AwardMode.PARALLEL)
    with pytest.raises(suppliers.ShareMissing):
        suppliers.add_supplier(parallel, farm.id, **ACT)
    suppliers.add_supplier(parallel, farm.id, share_bp=6_000, **ACT)
    with pytest.raises(thresholds.SharesAboveWhole):
        suppliers.add_supplier(parallel, second.id, share_bp=4_001, **ACT)
    suppliers.edit_supplier(ranked.suppliers[1], rank=3, **ACT)
    assert [one.rank for one in ranked.suppliers] == [1, 3]
    suppliers.remove_supplier(ranked.suppliers[1], **ACT)
    assert [one.producer_id for one in ranked.suppliers] == [farm.id]


def test_a_supplier_is_admitted_by_the_municipality(town, world):
    stranger = world.add_producer(world.add_municipality())
    with pytest.raises(suppliers.NotAdmittedHere):
        suppliers.add_supplier(town[1], stranger.id, **ACT)


def test_the_newest_price_that_has_come_holds_and_a_product_goes_before_its_food(town, world):
    agreement, lot, farm, carrots = town
    product = world.add_product(farm, carrots)
    agree_prices(
        agreement,
        [
            price(lot, farm, carrots, 160, date(2027, 1, 1)),
            price(lot, farm, carrots, 210, date(2026, 10, 1), product),
        ],
        **ACT,
    )

    def on(day, product_id):
        held = price_of(prices_on(agreement.id, day), lot.id, farm.id, carrots.id, product_id)
        return held.price_cents if held else None

    assert on(date(2026, 8, 31), product.id) is None
    assert on(FIRST, product.id) == 150
    assert on(date(2026, 10, 1), product.id) == 210
    assert on(date(2026, 12, 31), 0) == 150
    assert on(date(2027, 1, 1), 0) == 160
    # A slip is put right by a later row of the same day.
    agree_prices(agreement, [price(lot, farm, carrots, 155)], **ACT)
    assert on(FIRST, product.id) == 155


def test_what_holds_already_is_not_entered_again(town):
    agreement, lot, farm, carrots = town
    assert agree_prices(agreement, [price(lot, farm, carrots)], **ACT) == []
    assert len(db.session.scalars(select(AgreedPrice)).all()) == 1


def test_prices_are_of_the_lots_suppliers_foods_and_products(town, world):
    agreement, lot, farm, carrots = town
    other = world.add_producer()
    strange = world.add_product(other, carrots)
    for wrong, reason in (
        (price(lot, farm, world.add_food_type()), prices.NotInLot),
        (price(lot, other, carrots), prices.NotASupplier),
        (price(lot, farm, carrots, product=strange), prices.NotTheirProduct),
        (price(lot, farm, carrots, 0), prices.PriceNotPositive),
    ):
        with pytest.raises(reason):
            agree_prices(agreement, [wrong], **ACT)


def test_the_last_day_of_a_framework_of_48_months_is_allowed(town):
    assert town[0].valid_to == LAST
