"""Who may bear the cost of a change after the close: Directive (EU) 2019/633, art. 2(5) and 3(1)(b)."""

from datetime import date, timedelta

import pytest

from foodorder.rules.practices import (
    BEARERS,
    GROUNDS,
    BuyerBearsTheCost,
    CostBearer,
    Goods,
    Ground,
    Initiative,
    Limits,
    check_bearer,
    ground_of,
    is_perishable,
    is_short_notice,
)

#: The numbers of the directive.
LAW = Limits(notice_days=30, shelf_life_days=30)
ASKED = date(2026, 11, 27)
MONDAY = date(2026, 11, 30)
LATER = ASKED + timedelta(days=30)
BUYER, PRODUCER = Initiative.BUYER, Initiative.PRODUCER


@pytest.mark.parametrize(
    ("keeps", "perishable", "source"),
    [
        (2, True, "minced beef"),
        (30, True, "art. 2(5): within 30 days"),
        (31, False, "one day more"),
        (None, False, "flour, honey: keeps"),
    ],
)
def test_what_is_perishable(keeps, perishable, source):
    assert is_perishable(keeps, LAW) is perishable, source


@pytest.mark.parametrize(
    ("days", "short", "source"),
    [
        (0, True, "the same day"),
        (29, True, "art. 3(1)(b): less than 30 days is always short notice"),
        (30, False, "30 days are not less than 30"),
        (90, False, "a season ahead"),
    ],
)
def test_what_is_short_notice(days, short, source):
    assert is_short_notice(ASKED, ASKED + timedelta(days=days), LAW) is short, source


@pytest.mark.parametrize(
    ("goods", "wish", "ground", "source"),
    [
        ([Goods(7, MONDAY)], BUYER, Ground.BUYER_BEARS, "art. 3(1)(b): lettuce three days before"),
        ([Goods(7, LATER)], BUYER, Ground.ENOUGH_NOTICE, "art. 3(1)(b): the notice is kept"),
        ([Goods(None, MONDAY)], BUYER, Ground.NOT_PERISHABLE, "art. 2(5): flour keeps"),
        ([Goods(31, MONDAY)], BUYER, Ground.NOT_PERISHABLE, "art. 2(5): keeps more than 30 days"),
        ([Goods(None, MONDAY), Goods(7, MONDAY)], BUYER, Ground.BUYER_BEARS, "one line decides"),
        ([Goods(None, MONDAY), Goods(7, LATER)], BUYER, Ground.ENOUGH_NOTICE, "none of it at short notice"),
        ([Goods(7, MONDAY)], PRODUCER, Ground.PRODUCERS_WISH, "no act of the buyer"),
        ([], BUYER, Ground.ADDITION, "nothing is cancelled"),
    ],
)
def test_on_what_ground_a_change_may_be_agreed(goods, wish, ground, source):
    assert ground_of(goods, wish, ASKED, LAW) is ground, source


@pytest.mark.parametrize("bearer", list(CostBearer))
@pytest.mark.parametrize("ground", list(Ground))
def test_only_a_late_reduction_of_perishables_has_its_bearer_fixed(ground, bearer):
    if ground is Ground.BUYER_BEARS and bearer is not CostBearer.INSTITUTION:
        with pytest.raises(BuyerBearsTheCost) as refused:
            check_bearer(bearer, ground, LAW)
        assert "30 days" in str(refused.value)
    else:
        check_bearer(bearer, ground, LAW)


def test_another_law_gives_another_answer():
    """The numbers are arguments: a country may set a shorter notice for a sector (art. 3(1)(b))."""
    assert ground_of([Goods(7, MONDAY)], BUYER, ASKED, Limits(3, 30)) is Ground.ENOUGH_NOTICE
    assert ground_of([Goods(7, MONDAY)], BUYER, ASKED, Limits(30, 5)) is Ground.NOT_PERISHABLE


def test_every_ground_has_its_words_and_somebody_who_may_pay():
    assert GROUNDS.keys() == BEARERS.keys() == set(Ground)
    assert all(BEARERS.values())
