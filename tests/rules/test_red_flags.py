"""Each rule of red flags fires where there is reason to look, and is silent just beside it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest

from foodorder.rules.errors import facts_from_json
from foodorder.rules.facts import Money
from foodorder.rules.red_flags import RULES
from foodorder.rules.red_flags.cardinal import INDICATORS
from foodorder.rules.red_flags.competition import FITS, CycleOffers, LotCase, SoldCode
from foodorder.rules.red_flags.farms import Sold, WeekSold
from foodorder.rules.red_flags.goods import Added, Brought, Taken, Unproved
from foodorder.rules.red_flags.limits import EvidenceOrder, LimitedOrder
from foodorder.rules.red_flags.model import MOST_ITEMS, VALUES, Item, Party, Raised, Subject
from foodorder.rules.red_flags.money import Account, Handled, InvoicedLine
from foodorder.rules.red_flags.ocds import Award, AwardStatus, Bid, BidStatus, Process
from foodorder.rules.red_flags.prices import Dearer, Priced
from foodorder.rules.red_flags.statistics import fences, quartiles
from foodorder.rules.red_flags.ties import Bought, Tied

SCHOOL, NURSERY = Party(1, "School"), Party(2, "Nursery")
FARM, OTHER = Party(11, "Farm"), Party(12, "Other farm")
VEGETABLES = Party(5, "vegetables")
DAY = date(2026, 11, 30)


def found(rule, facts, **numbers):
    return list(RULES[rule].find(list(facts), RULES[rule].usual() | numbers))


def one(rule, facts, **numbers):
    """The only flag that a rule raises; its sentence and the columns of its evidence can be written."""
    [raised] = found(rule, facts, **numbers)
    assert RULES[rule].sentence % {plain(name): "x" for name in raised.facts}
    assert {plain(name) for item in raised.items for name in item.values} <= {*VALUES, "code"}
    return raised


def plain(name):
    return name.removesuffix("_sl").removesuffix("_en")


# Thresholds and limits


def evidence(cents, *, producer="Farm", day=DAY, recent=True, kind=VEGETABLES):
    return EvidenceOrder(SCHOOL, kind, producer, 1, "S-1", day, cents, recent)


def test_evidence_orders_of_one_kind_near_the_threshold():
    parts = [evidence(1_200_000, producer=name) for name in ("Farm", "Other", "Farm")]
    raised = one("splitting", parts)
    assert raised.facts["sum"] == Money(3_600_000)
    assert (raised.facts["percent"], raised.facts["producers"]) == (90, 2)
    assert raised.key == "1:5:2026"
    assert not found("splitting", [*parts[:2], evidence(1_199_999)])
    assert not found("splitting", [evidence(1_800_000), evidence(1_800_000)]), "two orders are no parts"
    assert not found("splitting", [replace(part, recent=False) for part in parts]), "nothing of it is new"
    assert not found("splitting", [*parts[:2], evidence(1_200_000, kind=Party(6, "fruit"))])
    # The threshold of another time.
    assert found("splitting", [evidence(600_000)] * 3, threshold=2_000_000)


def limited(*cents, recent=True):
    return [LimitedOrder(SCHOOL, 1, "S/1", DAY, sum_, 100_000, recent) for sum_ in cents]


def test_orders_just_below_the_limit_for_approval():
    near = limited(90_000, 95_000, 99_999, 100_000)
    assert one("just_under", near).facts["near"] == 4
    assert not found("just_under", limited(89_999, 95_000, 99_999, 100_000))
    assert not found("just_under", limited(90_000, 95_000, 99_999, 100_001)), "above it somebody approved"
    assert not found("just_under", near + limited(*[10_000] * 10)), "few among many"
    assert not found("just_under", limited(90_000, 95_000, 99_999, 100_000, recent=False))


# Prices and choices


def dearer(cents=2_000, base=10_000, code="", words="", producer=FARM):
    return Dearer(
        SCHOOL, producer, 1, "S/1", DAY, "Korenje", "Carrots", "Other, carrots", cents, base, code, words
    )


def test_a_dearer_offer_without_a_reason():
    assert one("dearer_unreasoned", [dearer()]).facts["sum"] == Money(2_000)
    assert one("dearer_unreasoned", [dearer(code="other", words="ker tako")])
    assert not found("dearer_unreasoned", [dearer(code="season")])
    assert not found("dearer_unreasoned", [dearer(code="other", words="only they come on Tuesdays")])
    assert not found("dearer_unreasoned", [dearer(cents=1_999)]), "too little"
    assert not found("dearer_unreasoned", [dearer(cents=2_000, base=40_001)]), "hardly dearer"
    assert not found("dearer_unreasoned", [dearer(1_000), dearer(1_000, producer=OTHER)])


def test_a_reason_again_and_again_for_one_producer():
    said = [dearer(1_000, code="quality") for _ in range(6)]
    assert one("dearer_habit", said).facts["count"] == 6
    assert not found("dearer_habit", said[1:])
    assert not found("dearer_habit", [dearer(1_000) for _ in range(6)]), "no reason is the other rule's"


def priced(producer, cents, *, organic=False, unit="KGM", quantity=20_000, food=7):
    who = Party(producer, f"Farm {producer}")
    return Priced(food, "Korenje", "Carrots", unit, organic, who, cents, quantity, cents * 20, 1, 99, DAY)


def test_a_price_far_above_the_others():
    others = [priced(number, cents) for number, cents in enumerate((100, 110, 120, 130))]
    raised = one("price_outlier", [*others, priced(9, 200)])
    assert (raised.facts["median"], raised.facts["percent"]) == (Money(115), 73)
    assert raised.facts["sum"] == Money(85 * 20)
    assert not found("price_outlier", [*others, priced(9, 140)]), "inside the fence"
    assert not found("price_outlier", [*others[1:], priced(9, 200)]), "three others are too few"
    assert not found("price_outlier", [*others, priced(9, 200, organic=True)]), "organic is its own measure"
    assert not found("price_outlier", [*others, priced(9, 200, unit="H87")])
    assert not found("price_outlier", [*others, priced(9, 200, food=8)])
    assert not found("price_outlier", [*others, priced(9, 200, quantity=10)]), "a spoonful"
    same = [priced(number, 100) for number in range(4)]
    assert not found("price_outlier", [*same, priced(9, 124)]), "all the same: a quarter more is asked for"


# Orders and deliveries


def brought(recorded, accepted, name="carrots"):
    return Brought(SCHOOL, FARM, 1, name, DAY, "KGM", recorded, recorded, accepted, 1_000)


def test_accepted_otherwise_than_ordered():
    raised = one("quantity", [brought(100_000, 90_000), brought(100_000, 90_000)])
    assert (raised.facts["count"], raised.facts["percent"]) == (2, 10)
    assert not found("quantity", [brought(100_000, 90_001)])
    assert not found("quantity", [brought(50_000, 40_001)]), "less than ten kilograms"
    # More than ordered is otherwise, too, and does not make up for less.
    assert one("quantity", [brought(100_000, 85_000), brought(100_000, 115_000)]).facts["percent"] == 15


def unproved(ended, day=DAY, certificate=3):
    return Unproved(SCHOOL, FARM, certificate, "E-1", "organic", ended, 1, "carrots", day, 500)


def test_a_certificate_that_had_ended():
    raised = one("certificate", [unproved(DAY - timedelta(days=1)), unproved(DAY - timedelta(days=1))])
    assert (raised.facts["sum"], raised.facts["count"]) == (Money(1_000), 2)
    assert not found("certificate", [unproved(DAY - timedelta(days=181))]), "nobody claims it any more"


def taken(seconds, *, whole=True, producer=FARM):
    return Taken(SCHOOL, producer, 1, "D-1", DAY, seconds, whole, "Ana")


def test_always_accepted_whole_within_a_minute():
    assert one("rubber_stamp", [taken(5), taken(60), taken(-3)]).facts["count"] == 3
    assert not found("rubber_stamp", [taken(5), taken(60)])
    assert not found("rubber_stamp", [taken(5), taken(60), taken(1), taken(61)]), "not always"
    assert not found("rubber_stamp", [taken(5), taken(60), taken(1, whole=False)])
    assert not found("rubber_stamp", [taken(5), taken(60), taken(None)]), "nobody knows when it left"


def added(cents, *, outside, producer=FARM):
    return Added(SCHOOL, producer, 1, "S-1", DAY, cents, outside)


def test_ordered_outside_a_cycle():
    beside = [added(100, outside=True)] * 3
    assert one("outside_cycle", [*beside, added(900, outside=False)]).facts["percent"] == 25
    assert not found("outside_cycle", [*beside, added(901, outside=False)])
    assert not found("outside_cycle", beside[1:])


# Invoices and payments


def invoiced(above, right=10_000, invoice=1):
    return InvoicedLine(SCHOOL, FARM, invoice, "2026-1", "carrots", DAY, right + above, right)


def test_invoiced_above_what_was_agreed():
    raised = one("above_agreed", [invoiced(100), invoiced(0)])
    assert (raised.facts["sum"], raised.facts["right"], raised.facts["count"]) == (
        Money(100),
        Money(20_000),
        1,
    )
    assert not found("above_agreed", [invoiced(99)])
    assert not found("above_agreed", [invoiced(100, right=20_001)]), "half a per cent is rounding"
    assert not found("above_agreed", [invoiced(-500)]), "less is no reason"


def account(fingerprint, day, *, paid=None, recent=True, producer=FARM):
    ending = f"… {fingerprint}"
    return Account(SCHOOL, producer, day.toordinal(), "2026-1", day, fingerprint, ending, 5_000, paid, recent)


def test_another_account_before_the_payment():
    before = account("a", DAY - timedelta(days=40), recent=False)
    new = account("b", DAY)
    raised = one("account_changed", [new, before])
    assert (raised.facts["before"], raised.facts["account"], raised.facts["paid"]) == ("… a", "… b", 0)
    assert one("account_changed", [before, replace(new, paid=DAY + timedelta(days=60))]).facts["paid"] == 1
    assert not found("account_changed", [before, replace(new, paid=DAY + timedelta(days=61))])
    assert not found("account_changed", [before, account("a", DAY)])
    assert not found("account_changed", [before, account("b", DAY, producer=OTHER)])
    assert not found("account_changed", [before, replace(new, recent=False)]), "another month's"
    assert not found("account_changed", [new]), "the first account is no change"


def handled(**steps):
    by = {step: frozenset(persons) for step, persons in steps.items()}
    return Handled(SCHOOL, FARM, 1, "2026-1", DAY, 5_000, by, {1: "Ana", 2: "Bor"})


def test_one_person_from_the_order_to_the_payment():
    raised = one("one_person", [handled(ordered=[1], accepted=[1, 2], passed=[1], paid=[2])])
    assert (raised.facts["person"], raised.facts["steps"]) == ("Ana", 3)
    assert not found("one_person", [handled(ordered=[1], accepted=[1], passed=[2], paid=[2])])
    assert not found("one_person", [handled(ordered=[1], approved=[1], accepted=[1])]), (
        "nothing of it is paying"
    )
    assert not found("one_person", [handled(passed=[1], paid=[1])])


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
