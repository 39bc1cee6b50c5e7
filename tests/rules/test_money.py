"""Cents are never lost between lines, rates and totals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foodorder.rules.money import NOTHING, TaxedSum, divide, line_net, recapitulate, vat_of


@pytest.mark.parametrize(
    ("price", "quantity", "net"),
    [
        (164, 12_000, 1968),  # 12 kg at 1.64
        (164, 12_500, 2050),  # 12.5 kg
        (125, 500, 63),  # half a cent goes up
        (125, 498, 62),
        (25, 30_000, 750),  # 30 eggs at 0.25
        (164, 0, 0),
        (164, -12_000, -1968),  # a credit mirrors its debit
        (125, -500, -63),
    ],
)
def test_line_net_is_price_times_quantity_rounded_half_up(price, quantity, net):
    assert line_net(price, quantity) == net


@pytest.mark.parametrize(
    ("net", "bp", "vat"),
    [(10_000, 950, 950), (10_000, 2200, 2200), (100, 950, 10), (94, 950, 9), (95, 0, 0), (-100, 950, -10)],
)
def test_vat_is_a_share_of_the_net_sum(net, bp, vat):
    assert vat_of(net, bp) == vat


def test_division_agrees_with_the_formula_of_the_database_for_what_is_not_negative():
    assert all(divide(n, 1000) == (n + 500) // 1000 for n in range(0, 5000, 7))
    with pytest.raises(ValueError, match="positive"):
        divide(1, 0)


def test_a_taxed_sum_that_does_not_add_up_cannot_be_built():
    with pytest.raises(ValueError, match="is not gross"):
        TaxedSum(100, 10, 111)


def test_vat_is_computed_once_per_rate_not_on_lines():
    # Ten lines of 5 cents: VAT line by line would be 10 × round(0.475) = 0.
    result = recapitulate([(950, 5)] * 10)
    assert result.total == TaxedSum(50, 5, 55)


def test_a_recapitulation_has_a_row_per_rate_lowest_first():
    result = recapitulate([(2200, 1000), (950, 2000), (2200, 500)])
    assert [(row.bp, row.sum.net, row.sum.vat) for row in result.rows] == [
        (950, 2000, 190),
        (2200, 1500, 330),
    ]
    assert result.total == TaxedSum(3500, 520, 4020)


def test_the_recapitulation_of_nothing_is_nothing():
    assert recapitulate([]).total == NOTHING


@given(st.lists(st.tuples(st.sampled_from([0, 800, 950, 2200]), st.integers(-10_000, 1_000_000))))
def test_every_cent_of_the_lines_is_in_the_totals(lines):
    result = recapitulate(lines)
    assert result.total.net == sum(net for _, net in lines)
    assert result.total.vat == sum(row.sum.vat for row in result.rows)
