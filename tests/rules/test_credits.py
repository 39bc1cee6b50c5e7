"""Credit notes: never more than was invoiced, and all of it to the cent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foodorder.rules.credits import Creditable, CreditedTooMuch, NothingToCredit, credit
from foodorder.rules.errors import Amount
from foodorder.rules.money import line_net
from foodorder.rules.settlement import InvoicedLine, totals
from foodorder.rules.vat import Treatment, TreatmentCode

FOOD = Treatment(TreatmentCode.VAT, 950)
SWEET = Treatment(TreatmentCode.VAT, 2200)
FREE = Treatment(TreatmentCode.EXEMPT, 0)


def invoiced(key, quantity, price, treatment=FOOD):
    return InvoicedLine(key, quantity, price, line_net(price, quantity), treatment)


def gross(lines):
    return totals((line.treatment, line.net) for line in lines).total.gross


CARROTS = invoiced(1, 12_345, 163)


@pytest.mark.parametrize(
    ("credited", "net_credited", "quantity", "net"),
    [
        (0, 0, 12_345, 2012),
        (0, 0, 1_000, 163),
        (0, 0, 500, 82),  # 81.5
        (6_000, 978, 6_345, 1034),
        (6_000, 2000, 6_000, 12),  # no more than is left of the money
    ],
)
def test_what_a_credited_line_comes_to(credited, net_credited, quantity, net):
    one = Creditable(CARROTS, "KGM", credited, net_credited)
    (line,) = credit([one], {1: quantity}, 10**6 if quantity < one.left else gross([CARROTS]) if not credited
                     else gross([invoiced(1, 1000, net)]))  # fmt: skip
    assert (line.quantity, line.net, line.price_cents, line.treatment) == (quantity, net, 163, FOOD)


@pytest.mark.parametrize(
    ("quantities", "refusal"),
    [
        ({1: 2_346}, CreditedTooMuch),
        ({1: -1}, CreditedTooMuch),
        ({1: 0}, NothingToCredit),
        ({}, NothingToCredit),
        ({2: 1_000}, NothingToCredit),
    ],
)
def test_what_cannot_be_credited(quantities, refusal):
    with pytest.raises(refusal) as refused:
        credit([Creditable(CARROTS, "KGM", 10_000, 1630)], quantities, 10**6)
    if refusal is CreditedTooMuch:
        assert refused.value.facts == {"left": Amount(2_345, "KGM")}


def test_the_whole_invoice_is_credited_as_it_stands():
    lines = [invoiced(1, 12_345, 163), invoiced(2, 7_000, 99, SWEET), invoiced(3, 500, 77, FREE)]
    taken = credit(
        [Creditable(line, "KGM") for line in lines],
        {line.key: line.quantity for line in lines},
        gross(lines),
    )
    assert list(taken) == lines


@pytest.mark.parametrize(
    ("price", "whole", "first", "last", "net", "left"),
    [
        (7, 15, 8, 7, 6, 0),  # each half alone comes to 8: the last one gives a cent
        (3, 7, 3, 4, 4, 0),  # each half alone comes to 3: the last one takes a cent
        (5, 11, 5, 5, 5, 1),  # a net value of 5 comes to 5, of 6 to 7: the cent is left
        (6, 13, 7, 5, 5, 1),  # 6 comes to 7, one more than is left
    ],
)
def test_two_halves_come_to_the_whole_as_near_as_vat_allows(price, whole, first, last, net, left):
    line = invoiced(1, 2_000, price)
    assert gross([line]) == whole
    half = credit([Creditable(line, "KGM")], {1: 1_000}, whole)
    assert (half[0].net, gross(half)) == (price, first)
    rest = credit([Creditable(line, "KGM", 1_000, price)], {1: 1_000}, whole - first)
    assert (rest[0].net, gross(rest)) == (net, last)
    assert whole - first - last == left


def test_a_part_never_takes_a_cent_more_to_fill_what_is_left():
    one, other = (
        Creditable(invoiced(1, 1_000, 100, FREE), "KGM"),
        Creditable(invoiced(2, 1_000, 1, FREE), "KGM"),
    )
    assert credit([one, other], {1: 1_000}, 101)[0].net == 100


LINES = st.lists(
    st.tuples(st.integers(1, 30), st.integers(1, 900), st.sampled_from([FOOD, SWEET, FREE])),
    min_size=1,
    max_size=3,
)


@given(LINES, st.lists(st.integers(0, 100), min_size=1, max_size=4))
def test_however_often_it_is_credited_it_is_never_more_than_was_invoiced(drawn, shares):
    invoice = [invoiced(key, units * 500, price, how) for key, (units, price, how) in enumerate(drawn)]
    left = gross(invoice)
    state = [Creditable(line, "KGM") for line in invoice]
    for share in [*shares, 100]:
        wanted = {one.line.key: one.left * share // 100 for one in state}
        if not any(wanted.values()):
            continue
        taken = {line.key: line for line in credit(state, wanted, left)}
        left -= gross(list(taken.values()))
        assert left >= 0
        for line in taken.values():
            # one cent for what was rounded before, one to fit
            assert abs(line.net - line_net(line.price_cents, line.quantity)) <= len(shares) + 2
        state = [
            Creditable(one.line, "KGM", one.credited + taken[one.line.key].quantity,
                       one.net_credited + taken[one.line.key].net)
            if one.line.key in taken else one
            for one in state
        ]  # fmt: skip
    assert all(one.left == 0 for one in state)
    assert 0 <= left <= 2
