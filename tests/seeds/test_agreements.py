"""The tables of agreements fit the invented world: everything that is sold can be bought lawfully."""

from collections import Counter

import pytest

from foodorder.rules.agreements import AwardMode, LotKind
from foodorder.rules.cpv import best
from foodorder.rules.thresholds import ExemptedLot, check_shares, exempted_problems
from seeds.demo.agreements import Lot, lots_of
from seeds.demo.ceilings import AWARDED_BP, EXEMPTED_BP, NEAR_BP, ROUND, round_ceiling
from seeds.demo.demand import load_world
from seeds.demo.tables import DATA, REFERENCE, rows

WORLD = load_world()
MUNICIPALITIES = list(WORLD.municipalities)
#: Farms that ask to be admitted to a lot: their product waits for the answer.
APPLY = {("052", "F42", "fizol-suh")}


def producers_of(municipality: str) -> set[str]:
    return {
        one.code
        for one in WORLD.producers.values()
        if any(admission.municipality == municipality for admission in one.admissions)
    }


def law(key: str) -> int:
    return next(
        int(row["value"])
        for row in rows(REFERENCE / "legal_parameters.tsv")
        if row["key"] == key and not row["valid_to"]
    )


def kinds_of(municipality: str) -> dict[str, list[str]]:
    usual = {row["name_sl"]: row["cpv"].split() for row in rows(REFERENCE / "subject_kinds.tsv")}
    own = {
        row["name"]: row["cpv"].split()
        for row in rows(DATA / "kinds.tsv")
        if row["municipality"] == municipality
    }
    return usual | own


def covers(lot: Lot, producer: str, food: str, *, organic: bool) -> bool:
    if food not in lot.foods or (lot.scheme and not organic):
        return False
    return lot.mode == AwardMode.OPEN or producer in {award.producer for award in lot.awards}


@pytest.mark.parametrize("municipality", MUNICIPALITIES)
def test_lots_name_foods_and_suppliers_that_are_there(municipality: str) -> None:
    lots = lots_of(municipality)
    assert [one for one, count in Counter(lot.number for lot in lots).items() if count > 1] == []
    for lot in lots:
        assert lot.foods, lot.number
        assert set(lot.foods) <= WORLD.food_types.keys(), lot.number
        assert {award.producer for award in lot.awards} <= producers_of(municipality), lot.number
        for award in lot.awards:
            assert any(
                one.producer == award.producer
                and covers(lot, one.producer, one.food_type, organic=one.organic)
                for one in WORLD.products.values()
            ), (lot.number, award.producer)


@pytest.mark.parametrize("municipality", MUNICIPALITIES)
def test_ranks_follow_each_other_and_shares_are_no_more_than_the_lot(municipality: str) -> None:
    for lot in lots_of(municipality):
        places = [award.place for award in lot.awards]
        if lot.mode == AwardMode.RANKED:
            assert places == list(range(1, len(places) + 1)), lot.number
        elif lot.mode == AwardMode.PARALLEL:
            check_shares(lot.number, places)
        else:
            assert places == [], lot.number
        assert (lot.mode == AwardMode.OPEN) == (lot.kind == LotKind.EXEMPTED) == bool(lot.reason), lot.number


@pytest.mark.parametrize("municipality", MUNICIPALITIES)
def test_exempted_lots_stay_below_the_limit_and_all_lots_within_the_value(municipality: str) -> None:
    value = next(
        int(row["value_cents"])
        for row in rows(DATA / "agreements.tsv")
        if row["municipality"] == municipality
    )
    lots = lots_of(municipality)
    exempted = [ExemptedLot(lot.number, lot.ceiling_cents) for lot in lots if lot.kind == LotKind.EXEMPTED]
    assert not exempted_problems(
        exempted,
        value,
        lot_limit_cents=law("procurement.exempted_lot_limit"),
        share_bp=law("procurement.exempted_lots_share"),
    )
    assert sum(lot.ceiling_cents for lot in lots) <= value


@pytest.mark.parametrize("municipality", MUNICIPALITIES)
def test_what_no_lot_covers_is_of_a_kind_without_any_lot(municipality: str) -> None:
    """Else an evidence order beside the lot would split one purchase."""
    lots, kinds = lots_of(municipality), kinds_of(municipality)
    codes = {row["code"]: row["cpv"] for row in rows(REFERENCE / "food_types.tsv")}
    awarded = {best(codes[food], kinds) for lot in lots if lot.kind == LotKind.AWARDED for food in lot.foods}
    bare = [
        one
        for one in WORLD.products.values()
        if one.producer in producers_of(municipality)
        and (municipality, one.producer, one.food_type) not in APPLY
        and not any(covers(lot, one.producer, one.food_type, organic=one.organic) for lot in lots)
    ]
    assert bare
    assert [one.code for one in bare if best(codes[one.food_type], kinds) in awarded] == []


@pytest.mark.parametrize("municipality", MUNICIPALITIES)
def test_the_wholesaler_sells_most_of_the_food_and_nothing_of_the_kinds_without_a_lot(
    municipality: str,
) -> None:
    kinds = kinds_of(municipality)
    codes = {row["code"]: row["cpv"] for row in rows(REFERENCE / "food_types.tsv")}
    lots = lots_of(municipality)
    awarded = {best(codes[food], kinds) for lot in lots if lot.kind == LotKind.AWARDED for food in lot.foods}
    elsewhere = rows(DATA / "elsewhere.tsv")
    assert {best(codes[row["food_type"]], kinds) for row in elsewhere} <= awarded
    # Thousandths of the weight that is bought here.
    assert 1_200 <= sum(int(row["permille"]) for row in elsewhere if not row["when"]) <= 2_000


@pytest.mark.parametrize("used", [1, 99_999, 332_400, 6_413_322, 18_600_000, 123_456_789])
@pytest.mark.parametrize("share", [AWARDED_BP, EXEMPTED_BP])
def test_a_ceiling_is_set_so_that_its_share_is_used_and_nothing_passes_it(used: int, share: int) -> None:
    ceiling = round_ceiling(used, share)
    assert used <= ceiling
    assert abs(used * 10_000 - share * ceiling) <= NEAR_BP * ceiling or ceiling == used
    if used > 10_000_000:
        assert ceiling % ROUND == 0


@pytest.mark.parametrize("code", MUNICIPALITIES)
def test_who_has_a_tie_is_never_the_only_one_with_a_food(code: str) -> None:
    for row in rows(DATA / "interests.tsv"):
        if row["municipality"] != code or row["relation"] == "owner" or not row["institution"]:
            continue
        theirs = {one.food_type for one in WORLD.products.values() if one.producer == row["producer"]}
        others = {
            one.food_type
            for one in WORLD.products.values()
            if one.producer != row["producer"] and one.producer in producers_of(code)
        }
        assert theirs <= others
