"""Every cell of the weekly order is read, and what is wrong is said of the cell it is wrong in."""

from datetime import date

import pytest

from foodorder.rules import ordering
from foodorder.rules.errors import Refusal
from foodorder.rules.ordering import Cell, Terms, check_cell, read_cell, read_order
from foodorder.rules.quantity import NotAMultiple, NotANumber

MONDAY, TUESDAY, WEDNESDAY, NEXT_MONDAY = (date(2025, 12, day) for day in (1, 2, 3, 8))
WEEK = (MONDAY, date(2025, 12, 7))
CARROTS = Terms(unit="KGM", order_step=1000, minimum_quantity=5000, days=0b00101)
DOOR, FOREIGN_DOOR = 10, 99


def read(typed, terms=CARROTS):
    return read_order(typed, {1: terms}, [DOOR], WEEK)


def cell(offer=1, door=DOOR, day=MONDAY):
    return Cell(offer, door, day)


@pytest.mark.parametrize(("typed", "quantity"), [("", 0), ("  ", 0), ("0", 0), ("12,5", 12_500)])
def test_an_empty_cell_is_nothing(typed, quantity):
    assert read_cell(typed, "KGM") == quantity


@pytest.mark.parametrize(
    ("where", "typed", "terms", "refusal"),
    [
        (cell(), "many", CARROTS, NotANumber),
        (cell(), "10,5", CARROTS, NotAMultiple),
        (cell(), "4", CARROTS, ordering.BelowMinimumQuantity),
        (cell(day=TUESDAY), "10", CARROTS, ordering.NotThatDay),
        (cell(day=NEXT_MONDAY), "10", CARROTS, ordering.NotThatDay),
        (cell(door=FOREIGN_DOOR), "10", CARROTS, ordering.NotYourDeliveryPoint),
        (cell(offer=2), "10", CARROTS, ordering.OfferEnded),
        (cell(), "10", CARROTS._replace(published=False), ordering.OfferEnded),
        (cell(), "10", CARROTS._replace(left=9000), ordering.AboveWhatIsLeft),
    ],
)
def test_a_cell_that_is_not_possible_says_why(where, typed, terms, refusal):
    problem = read({where: typed}, terms).problems[where]
    assert type(problem) is refusal
    assert str(problem)


def test_cells_that_are_possible_are_read_and_empty_ones_left_out():
    reading = read({cell(): "10", cell(day=WEDNESDAY): ""})
    assert reading.quantities == {cell(): 10_000}
    assert reading.problems == {}


def test_what_can_be_read_but_is_not_possible_is_kept():
    assert read({cell(): "4"}).quantities == {cell(): 4000}


def test_one_wrong_cell_does_not_hide_the_others():
    reading = read({cell(): "x", cell(day=WEDNESDAY): "10"})
    assert set(reading.problems) == {cell()}
    assert set(reading.quantities) == {cell(day=WEDNESDAY)}


def test_what_is_left_binds_the_sum_over_days_and_doors():
    typed = {cell(): "6", cell(day=WEDNESDAY): "5"}
    assert read(typed, CARROTS._replace(left=11_000)).problems == {}
    problems = read(typed, CARROTS._replace(left=10_000)).problems
    assert {where: refusal.left for where, refusal in problems.items()} == dict.fromkeys(typed, 10_000)


def test_a_good_cell_passes():
    check_cell(10_000, MONDAY, CARROTS)
    with pytest.raises(Refusal):
        check_cell(10_000, TUESDAY, CARROTS)
