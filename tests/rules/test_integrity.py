"""Conflict of interest: ZIntPK, art. 14(6) and 35; kpk-rs.si/ufaqs/420; ZJN-3, art. 91."""

from dataclasses import replace
from datetime import date

import pytest

from foodorder.rules.integrity import (
    RELATIONS,
    Declared,
    Relation,
    bars_orders,
    days_late,
    must_withdraw,
    needs_statement,
)

DAY = date(2026, 11, 30)
SCHOOL, OTHER_SCHOOL, FARM, HEAD = 1, 2, 10, 100
#: ZIntPK, art. 35: more than 5 %.
LIMIT = 500
TIE = Declared(FARM, SCHOOL, HEAD, Relation.SELF, None, date(2026, 1, 1), None)


@pytest.mark.parametrize(
    ("change", "barred", "source"),
    [
        ({}, True, "art. 35: a natural person is a supplier too"),
        ({"relation": Relation.FAMILY}, True, "art. 35: a family member's farm"),
        ({"relation": Relation.MANAGER}, True, "art. 35: manager or legal representative"),
        ({"relation": Relation.MANAGER, "share_bp": 0}, True, "art. 35: whoever manages need own nothing"),
        ({"relation": Relation.OWNER, "share_bp": 501}, True, "art. 35: more than 5 %"),
        ({"relation": Relation.OWNER, "share_bp": 500}, False, "art. 35: exactly 5 % is not more"),
        ({"relation": Relation.OWNER, "share_bp": 1}, False, "art. 35: a hundredth of a per cent"),
        ({"relation": Relation.OWNER, "share_bp": None}, True, "a part that was not told may be above"),
        ({"institution_id": OTHER_SCHOOL}, False, "art. 35: functionaries of its own only"),
        ({"institution_id": None}, False, "kpk ufaqs/420: a councillor's farm may sell to the school"),
        ({"valid_from": date(2026, 12, 1)}, False, "the tie begins on the next day"),
        ({"valid_from": DAY}, True, "the tie begins on this day"),
        ({"valid_to": date(2026, 11, 29)}, False, "the tie ended the day before"),
        ({"valid_to": DAY}, True, "the last day of the tie"),
    ],
)
def test_from_whom_an_institution_may_not_order(change, barred, source):
    assert bars_orders(replace(TIE, **change), SCHOOL, DAY, LIMIT) is barred, source


def test_the_share_is_an_argument():
    owner = replace(TIE, relation=Relation.OWNER, share_bp=600)
    assert bars_orders(owner, SCHOOL, DAY, 500)
    assert not bars_orders(owner, SCHOOL, DAY, 600)


@pytest.mark.parametrize(
    ("change", "kept_out", "source"),
    [
        ({}, True, "ZJN-3, art. 91"),
        ({"institution_id": None}, True, "kpk ufaqs/420: the councillor withdraws from decisions"),
        ({"relation": Relation.OWNER, "share_bp": 1}, True, "however small: it is to look impartial"),
        ({"person_id": 101}, False, "somebody else's tie"),
        ({"person_id": None}, False, "a functionary who does not use the system"),
        ({"producer_id": 11}, False, "another producer"),
        ({"valid_to": date(2026, 11, 29)}, False, "the tie has ended"),
    ],
)
def test_who_is_kept_out_of_decisions(change, kept_out, source):
    assert must_withdraw([replace(TIE, **change)], HEAD, FARM, DAY) is kept_out, source


def test_one_tie_among_several_is_enough():
    assert must_withdraw([replace(TIE, producer_id=11), TIE], HEAD, FARM, DAY)
    assert not must_withdraw([], HEAD, FARM, DAY)


@pytest.mark.parametrize(
    ("declared", "limit", "late"),
    [
        (date(2026, 1, 1), 30, 0),
        (date(2026, 1, 31), 30, 0),
        (date(2026, 2, 1), 30, 1),
        (date(2026, 1, 9), 8, 0),
        (date(2026, 1, 10), 8, 1),
    ],
)
def test_how_late_a_tie_of_the_first_of_january_was_declared(declared, limit, late):
    assert days_late(declared, date(2026, 1, 1), limit) == late


@pytest.mark.parametrize(("cents", "asked"), [(1_000_000, False), (1_000_001, True), (0, False)])
def test_above_which_deals_owners_must_be_told(cents, asked):
    """ZIntPK, art. 14(6): above 10,000 EUR without VAT."""
    assert needs_statement(cents, 1_000_000) is asked


def test_every_relation_has_its_words():
    assert RELATIONS.keys() == set(Relation)
