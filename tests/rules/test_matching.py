"""The three-way match: what differs between order, acceptance and invoice, and by how much."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foodorder.rules.errors import Amount, Money, Price, facts_from_json, facts_to_json
from foodorder.rules.matching import (
    FINDING_KINDS,
    FINDING_STATES,
    NOTED,
    FindingKind,
    FindingState,
    Found,
    Sides,
    Tolerances,
    check_total,
    compare,
    value,
)
from foodorder.rules.vat import Treatment, TreatmentCode

K = FindingKind
EXACT = Tolerances()
FOOD = Treatment(TreatmentCode.VAT, 950)
FREE = Treatment(TreatmentCode.EXEMPT, 0)
#: 12 kg ordered, accepted and invoiced at 1.60 €.
RIGHT = Sides(
    ordered=12_000,
    accepted=12_000,
    quantity=12_000,
    agreed=1_600_000,
    price=1_600_000,
    net=1_920,
    unit="KGM",
    ordered_unit="KGM",
    tax=FOOD,
    right_tax=FOOD,
)
FEWER = {"accepted": 11_000}


@pytest.mark.parametrize(
    ("change", "found", "source"),
    [
        ({}, [], "all agrees"),
        ({"ordered": 10_000}, [], "more accepted than ordered is settled at the door"),
        ({"price": 1_700_000, "net": 2_040}, [(K.PRICE_ABOVE, 120)], "Court of Audit 2018: other prices"),
        ({"price": 1_645_000, "net": 1_974}, [(K.PRICE_ABOVE, 54)], "half cents of others"),
        ({"price": 1_600_100}, [(K.PRICE_ABOVE, 0)], "a hundredth of a cent, that makes none here"),
        ({"accepted": 11_999}, [(K.QUANTITY_ABOVE, 0)], "a gram"),
        ({"price": 1_500_000, "net": 1_800}, [(K.PRICE_BELOW, -120)], "cheaper is seen, too"),
        (FEWER, [(K.QUANTITY_ABOVE, 160)], "only what was accepted is paid"),
        ({"quantity": 11_000, "net": 1_760}, [(K.QUANTITY_BELOW, -160)], "the rest may come later"),
        ({"accepted": 0}, [(K.NOT_ACCEPTED, 1_920)], "refused at the door"),
        ({"accepted": None}, [(K.NOT_ACCEPTED, 1_920)], "never came"),
        ({"before": 12_000}, [(K.INVOICED_TWICE, 1_920)], "on another invoice already"),
        ({"before": 14_000}, [(K.INVOICED_TWICE, 1_920)], "and more than that"),
        ({"before": 4_000}, [(K.QUANTITY_ABOVE, 640)], "a part is on another invoice"),
        ({"ordered": None}, [(K.NOT_ORDERED, 1_920)], "not ordered"),
        ({"net": 1_921}, [(K.AMOUNT, 1)], "wrong arithmetic"),
        ({"net": 1_919}, [(K.AMOUNT, -1)], "wrong arithmetic"),
        ({"unit": "H87"}, [(K.UNIT, 0)], "crates for kilograms"),
        ({"unit": "H87", "accepted": 10_000}, [(K.UNIT, 320)], "and more than was accepted"),
        ({"tax": FREE}, [(K.TAX, 0)], "a rate that is not the right one"),
        ({"tax": None}, [], "nothing to compare"),
        ({"right_tax": None}, [], "nothing to compare"),
        (
            {"price": 1_700_000, "net": 2_041, "accepted": 11_000, "tax": FREE},
            [(K.AMOUNT, 1), (K.PRICE_ABOVE, 120), (K.QUANTITY_ABOVE, 160), (K.TAX, 0)],
            "everything at once",
        ),
    ],
)
def test_what_does_not_agree(change, found, source):
    result = compare(replace(RIGHT, **change), EXACT)
    assert [(one.kind, one.cents) for one in result] == found, source
    for one in result:
        assert FINDING_KINDS[one.kind] % one.facts
        assert facts_from_json(facts_to_json(one.facts)) == one.facts


@pytest.mark.parametrize(
    ("change", "tolerances", "found"),
    [
        ({"price": 1_616_000, "net": 1_939}, Tolerances(price_bp=100), []),
        ({"price": 1_616_001, "net": 1_939}, Tolerances(price_bp=100), [K.PRICE_ABOVE]),
        ({"price": 1_584_000, "net": 1_901}, Tolerances(price_bp=100), []),
        ({"price": 1_583_999, "net": 1_901}, Tolerances(price_bp=100), [K.PRICE_BELOW]),
        ({"accepted": 11_765}, Tolerances(quantity_bp=200), []),
        ({"accepted": 11_764}, Tolerances(quantity_bp=200), [K.QUANTITY_ABOVE]),
        ({"accepted": 0}, Tolerances(quantity_bp=9_999), [K.NOT_ACCEPTED]),
        ({"net": 1_921}, Tolerances(amount_cents=1), []),
        ({"net": 1_919}, Tolerances(amount_cents=1), []),
        ({"net": 1_922}, Tolerances(amount_cents=1), [K.AMOUNT]),
    ],
)
def test_within_the_tolerances_nothing_is_found(change, tolerances, found):
    assert [one.kind for one in compare(replace(RIGHT, **change), tolerances)] == found


def test_the_findings_name_what_they_saw():
    def facts(**change):
        return compare(replace(RIGHT, **change), EXACT)[0].facts

    assert facts(price=1_700_000, net=2_040) == {
        "asked": Price(1_700_000, "KGM"),
        "agreed": Price(1_600_000, "KGM"),
    }
    assert facts(before=4_000) == {"invoiced": Amount(12_000, "KGM"), "accepted": Amount(8_000, "KGM")}
    assert facts(net=1_900) == {"asked": Money(1_900), "right": Money(1_920)}
    assert facts(unit="H87") == {"invoiced": Amount(12_000, "H87"), "ordered": Amount(12_000, "KGM")}
    assert facts(ordered=None) == {"invoiced": Amount(12_000, "KGM")}
    assert facts(tax=FREE) == {"asked": 0, "right": 950}


@given(
    accepted=st.none() | st.integers(0, 20_000),
    before=st.integers(0, 20_000),
    quantity=st.integers(1, 20_000),
    agreed=st.integers(0, 5_000_000),
    price=st.integers(0, 5_000_000),
    off=st.integers(-3, 3),
    ordered=st.none() | st.just(12_000),
    unit=st.sampled_from(["KGM", "LTR"]),
)
def test_the_findings_share_out_all_that_is_asked_above_accepted_times_agreed(
    accepted, before, quantity, agreed, price, off, ordered, unit
):
    net = value(price, quantity) + off
    sides = Sides(ordered, accepted, quantity, agreed, price, net, unit, "KGM", before)
    left = 0 if ordered is None else max((accepted or 0) - before, 0)
    assert sum(one.cents for one in compare(sides, EXACT)) == net - value(agreed, left)


def test_the_value_of_a_price_below_a_cent():
    assert value(1_645_000, 12_000) == 1_974
    assert value(4_999, 1_000) == 0
    assert value(5_000, 1_000) == 1


@pytest.mark.parametrize(("stated", "cents"), [(1_920, None), (1_921, 1), (1_900, -20)])
def test_the_total_is_that_of_the_lines(stated, cents):
    found = check_total(stated, 1_920)
    if cents is None:
        assert found == ()
    else:
        assert found == (Found(K.TOTAL, cents, {"asked": Money(stated), "right": Money(1_920)}),)
        assert FINDING_KINDS[K.TOTAL] % found[0].facts


@pytest.mark.parametrize("kind", list(FindingKind))
def test_everything_holds_but_what_may_still_come(kind):
    state = Found(kind, 0, {}).state
    assert state is (FindingState.NOTED if kind is K.QUANTITY_BELOW else FindingState.HELD)
    assert (kind in NOTED) is (kind is K.QUANTITY_BELOW)


def test_a_price_is_written_with_as_many_decimals_as_it_has():
    prices = [Price(1_600_000, "KGM"), Price(1_645_000, "KGM"), Price(4, "H87"), Price(-50_000, "LTR")]
    assert [str(price) for price in prices] == [
        "1.60 EUR/kg", "1.645 EUR/kg", "0.000004 EUR/pcs", "-0.05 EUR/l",
    ]  # fmt: skip


def test_everything_has_its_words():
    assert FINDING_KINDS.keys() == set(FindingKind)
    assert FINDING_STATES.keys() == set(FindingState)
