"""Red flags about producers and competition, and what holds for all rules."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from foodorder.rules.errors import facts_from_json
from foodorder.rules.facts import Money
from foodorder.rules.red_flags import RULES
from foodorder.rules.red_flags.cardinal import INDICATORS
from foodorder.rules.red_flags.competition import FITS, CycleOffers, LotCase, SoldCode
from foodorder.rules.red_flags.farms import Sold, WeekSold
from foodorder.rules.red_flags.model import MOST_ITEMS, Item, Party, Raised, Subject
from foodorder.rules.red_flags.ocds import Award, AwardStatus, Bid, BidStatus, Process
from foodorder.rules.red_flags.statistics import fences, quartiles
from foodorder.rules.red_flags.ties import Bought, Tied
from tests.rules.flagged import DAY, FARM, NURSERY, OTHER, SCHOOL, found, one

# Producers


def bought(cents, producer=FARM, group=3):
    return Bought(SCHOOL, producer, group, "Zelenjava", "Vegetables", cents, DAY.replace(day=1), DAY)


def test_one_producer_has_nearly_all():
    raised = one("concentration", [bought(270_000), bought(30_000, OTHER)], sum=300_000)
    assert (raised.facts["percent"], raised.facts["index"]) == (90, 8_200)
    assert raised.subject.food_group_id == 3
    assert not found("concentration", [bought(240_000), bought(60_001, OTHER)], sum=300_000)
    assert not found("concentration", [bought(299_999)], sum=300_000), "too little to compare"
    assert not found("concentration", [bought(270_000), bought(270_000, OTHER)], sum=300_000)


def tied(cents, *, forbidden=False, institution=SCHOOL, interest=4):
    return Tied(interest, "Mayor", "mayor", institution, FARM, forbidden, 1, "S-1", DAY, cents)


def test_purchases_with_a_declared_interest():
    assert one("interest_forbidden", [tied(1, forbidden=True)]).facts["sum"] == Money(1)
    assert not found("interest_forbidden", [tied(9_000)])
    assert one("interest_declared", [tied(2_500), tied(2_500)]).facts["count"] == 2
    assert not found("interest_declared", [tied(2_500), tied(2_499)])
    assert one("interest_declared", [tied(2_500), tied(2_500, institution=NURSERY)]).key == "4:2026"
    assert (
        len(
            found(
                "interest_forbidden", [tied(1, forbidden=True), tied(1, forbidden=True, institution=NURSERY)]
            )
        )
        == 2
    )
    assert not found("interest_declared", [tied(9_000, forbidden=True)])


def sold(cents=1_000, *, food=1, group=1, months=tuple(range(1, 13)), country="SI", grown=True):
    return Sold(FARM, grown, food, "Korenje", "Carrots", group, months, country, 1, DAY, cents)


def test_signs_of_goods_that_others_grew():
    assert one("reseller", [sold(1_900), sold(100, country="AT")]).facts["abroad"] == Money(100)
    assert not found("reseller", [sold(1_901), sold(100, country="AT")])
    assert one("reseller", [sold(850), sold(150, months=(6, 7))]).facts["season"] == Money(150)
    assert not found("reseller", [sold(851), sold(150, months=(6, 7))])
    assert not found("reseller", [sold(150, months=(11,))])
    many = [sold(food=number, group=number % 5) for number in range(25)]
    assert one("reseller", many).facts["foods"] == 25
    assert not found("reseller", many[1:])
    assert not found("reseller", [replace(row, group=row.group % 4) for row in many])
    assert not found("reseller", [replace(row, grown=False) for row in many]), (
        "a cooperative sells everything"
    )


def week_sold(quantity, before, *, weeks=3, cents=20_000):
    return WeekSold(FARM, 1, "Korenje", "Carrots", "KGM", DAY, quantity, cents, weeks, before, 1)


def test_sold_many_times_what_there_ever_was():
    assert one("capacity", [week_sold(300_000, 100_000)])
    assert not found("capacity", [week_sold(299_999, 100_000)])
    assert not found("capacity", [week_sold(300_000, 100_000, weeks=2)]), "a beginner"
    assert not found("capacity", [week_sold(300_000, None)])
    assert not found("capacity", [week_sold(300_000, 100_000, cents=19_999)])


# Competition


def cycle(hours=24 * 5, prices=()):
    opens = datetime(2026, 11, 20, 8, tzinfo=UTC)
    process = Process("7", opens=opens, closes=opens + timedelta(hours=hours))
    return CycleOffers(7, "2026-W49", DAY, process, prices, {11: "Farm", 12: "Other", 13: "Third"})


def test_little_time_to_order():
    assert one("short_cycle", [cycle(hours=71)]).facts["days"] == 2
    assert not found("short_cycle", [cycle(hours=72)])


def test_the_same_prices_throughout():
    same = [(food, who, 100 + food) for food in range(5) for who in (11, 12)]
    raised = one("equal_prices", [cycle(prices=[*same, (0, 13, 90)])])
    assert (raised.facts["foods"], raised.facts["both"], raised.key) == (5, 5, "11:12:2026-11")
    assert not found("equal_prices", [cycle(prices=same[2:])]), "four foods are chance"
    other = [(food, who, 10 * who) for food in range(10, 12) for who in (11, 12)]
    assert not found("equal_prices", [cycle(prices=same + other)]), "seven in ten"


def lot(suppliers, refused=(), applied=()):
    bids = [Bid(BidStatus.VALID, (name,)) for name in suppliers]
    bids += [Bid(BidStatus.DISQUALIFIED, (name,)) for name in refused]
    awards = tuple(Award(AwardStatus.ACTIVE, (name,)) for name in suppliers)
    everybody = {*suppliers, *refused, *applied}
    process = Process("8", method="open", tenderers=len(everybody), bids=tuple(bids), awards=awards)
    return LotCase(1, 8, "Food, 1 vegetables", DAY, process, {name: f"Farm {name}" for name in everybody})


def test_a_lot_to_which_one_applied_or_all_others_were_refused():
    assert one("single_supplier", [lot(["11"])]).facts["producer"] == "Farm 11"
    assert not found("single_supplier", [lot(["11", "12"])])
    assert not found("single_supplier", [lot(["11"], applied=["12"])]), "another application waits"
    assert one("all_refused", [lot(["11"], refused=["12", "13"])]).facts["refused"] == 2
    assert not found("all_refused", [lot(["11"])])
    assert not found("all_refused", [lot(["11", "14"], refused=["12", "13"])])


def test_goods_of_unusually_many_kinds():
    def sells(producer, kinds, records=4):
        who = Party(producer, f"Farm {producer}")
        return [SoldCode(who, f"03{kind:03}000-1", records, 100, DAY, DAY) for kind in range(kinds)]

    few = [row for producer in range(6) for row in sells(producer, 2)]
    assert one("many_kinds", few + sells(9, 8)).facts["count"] == 8
    assert not found("many_kinds", few + sells(9, 7)), "many beside the others, but not many"
    assert not found("many_kinds", few + sells(9, 8, records=0))


def test_every_indicator_of_cardinal_says_what_it_is_asked_about():
    assert set(FITS) == set(INDICATORS)


# What holds for all


def test_quartiles_are_those_of_cardinal():
    assert quartiles([0, 0, *[100] * 7]) == (Fraction(200, 3), 100, 100)
    assert fences([0, 0, *[100] * 7])[0] == Fraction(50, 3)
    assert quartiles([5]) == (5, 5, 5)
    with pytest.raises(ValueError, match="no values"):
        quartiles([])


def test_evidence_survives_being_kept():
    items = [Item("record", number, "S-1", DAY, {"net": Money(number)}) for number in range(MOST_ITEMS + 3)]
    kept = Raised("k", Subject("record", 1), DAY, DAY, {"sum": Money(3)}, items).evidence({"least": 2})
    assert (len(kept["items"]), kept["all"], kept["parameters"]) == (MOST_ITEMS, MOST_ITEMS + 3, {"least": 2})
    assert facts_from_json(kept["items"][2]["values"]) == {"net": Money(2)}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_can_be_read(rule):
    assert all((rule.title, rule.why, rule.source, rule.sentence))
    assert rule.find([], rule.usual()) is not None
    assert not list(rule.find([], rule.usual())), "nothing is found in nothing"
    assert rule.sentence.endswith(".")
    assert rule.why.endswith(".")
    units = {"bp", "cents", "days", "seconds", "count", "grams", "digits"}
    assert {parameter.unit for parameter in rule.parameters.values()} <= units
