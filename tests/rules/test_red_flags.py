"""Each rule of red flags fires where there is reason to look, and is silent just beside it."""

from dataclasses import replace
from datetime import timedelta

from foodorder.rules.facts import Money
from foodorder.rules.red_flags.goods import Added, Brought, Taken, Unproved
from foodorder.rules.red_flags.limits import EvidenceOrder, LimitedOrder
from foodorder.rules.red_flags.model import Party
from foodorder.rules.red_flags.money import Account, Handled, InvoicedLine
from foodorder.rules.red_flags.prices import Dearer, Priced
from tests.rules.flagged import DAY, FARM, OTHER, SCHOOL, found, one

VEGETABLES = Party(5, "vegetables")


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
