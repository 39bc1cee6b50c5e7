"""From accepted goods to invoices: lines, groups, VAT per rate, states."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foodorder.rules.money import TaxedSum, line_net, vat_of
from foodorder.rules.settlement import (
    INVOICE_KINDS,
    INVOICE_ORIGINS,
    INVOICE_STATES,
    RHYTHMS,
    TAX_TEXTS,
    Delivered,
    IllegalInvoiceMove,
    InvoiceAction,
    InvoicedLine,
    InvoiceKind,
    InvoiceOrigin,
    InvoiceState,
    Rhythm,
    TaxRow,
    draft,
    group_of,
    line_of,
    move,
    ready_on,
    totals,
)
from foodorder.rules.vat import Treatment, TreatmentCode

FOOD = Treatment(TreatmentCode.VAT, 950)
SWEET = Treatment(TreatmentCode.VAT, 2200)
FLAT = Treatment(TreatmentCode.FLAT_RATE, 800)
FREE = Treatment(TreatmentCode.EXEMPT, 0)
MONDAY = date(2026, 11, 30)
CARROTS = Delivered(
    key=1,
    seller_id=7,
    buyer_id=3,
    note_id=40,
    delivered_on=MONDAY,
    invoiceable=12_345,
    price_cents=163,
    treatment=FOOD,
)

LEGAL = {
    ("received", "hold"): "held",
    ("received", "match"): "matched",
    ("held", "match"): "matched",
    ("held", "reject"): "rejected",
    ("matched", "hold"): "held",
    ("matched", "approve"): "approved",
    ("matched", "reject"): "rejected",
    ("approved", "give_back"): "matched",
    ("rejected", "reopen"): "received",
    ("paid", "return"): "approved",
    ("received", "pay"): "paid",
    ("held", "pay"): "paid",
    ("matched", "pay"): "paid",
    ("approved", "pay"): "paid",
    ("received", "credit"): "credited",
    ("held", "credit"): "credited",
    ("matched", "credit"): "credited",
    ("approved", "credit"): "credited",
    ("rejected", "credit"): "credited",
    ("paid", "credit"): "credited",
}


@pytest.mark.parametrize(("state", "action"), list(product(InvoiceState, InvoiceAction)))
def test_every_move_is_in_the_table_or_refused(state, action):
    if (state.value, action.value) in LEGAL:
        assert move(state, action) == LEGAL[state.value, action.value]
    else:
        with pytest.raises(IllegalInvoiceMove):
            move(state, action)


@pytest.mark.parametrize(
    ("invoiceable", "invoiced", "net_invoiced", "quantity", "net"),
    [
        (12_345, 0, 0, 12_345, 2012),  # 20.12235
        (12_345, 12_345, 2012, None, None),
        (12_345, 13_000, 2119, None, None),  # a credit note, not an invoice
        (0, 0, 0, None, None),
        (12_345, 6_000, 978, 6_345, 1034),
        (1_000, 0, 0, 1_000, 163),
    ],
)
def test_a_line_is_accepted_times_price_less_what_is_invoiced(
    invoiceable, invoiced, net_invoiced, quantity, net
):
    line = line_of(replace(CARROTS, invoiceable=invoiceable, invoiced=invoiced, net_invoiced=net_invoiced))
    if quantity is None:
        assert line is None
    else:
        assert line == InvoicedLine(1, quantity, 163, net, FOOD)


@given(st.lists(st.integers(1, 9_999), min_size=1, max_size=6), st.integers(1, 5_000))
def test_however_a_line_is_parted_its_invoices_come_to_accepted_times_price(parts, price):
    invoiced = net = 0
    for part in parts:
        line = line_of(
            replace(
                CARROTS,
                invoiceable=invoiced + part,
                invoiced=invoiced,
                net_invoiced=net,
                price_cents=price,
            )
        )
        assert abs(line.net - line_net(price, part)) <= 1
        invoiced, net = invoiced + line.quantity, net + line.net
    assert (invoiced, net) == (sum(parts), line_net(price, sum(parts)))


@pytest.mark.parametrize(
    ("rhythm", "day", "first", "last", "note", "ready"),
    [
        (Rhythm.PER_DELIVERY, MONDAY, MONDAY, MONDAY, 40, date(2026, 12, 1)),
        (Rhythm.MONTHLY, MONDAY, date(2026, 11, 1), MONDAY, None, date(2026, 12, 1)),
        (Rhythm.MONTHLY, date(2026, 12, 1), date(2026, 12, 1), date(2026, 12, 31), None, date(2027, 1, 1)),
        (Rhythm.MONTHLY, date(2028, 2, 29), date(2028, 2, 1), date(2028, 2, 29), None, date(2028, 3, 1)),
        (Rhythm.MONTHLY, date(2027, 1, 31), date(2027, 1, 1), date(2027, 1, 31), None, date(2027, 2, 1)),
    ],
)
def test_one_invoice_a_delivery_or_a_month(rhythm, day, first, last, note, ready):
    group = group_of(replace(CARROTS, delivered_on=day), rhythm)
    assert (group.first, group.last, group.note_id, ready_on(group)) == (first, last, note, ready)


def test_lines_are_put_on_their_invoices():
    other_note = replace(CARROTS, key=2, note_id=41, delivered_on=date(2026, 11, 24))
    other_school = replace(CARROTS, key=3, buyer_id=4)
    exempt = replace(CARROTS, key=4, treatment=FREE)
    done = replace(CARROTS, key=5, invoiced=12_345, net_invoiced=2012)
    lines = [CARROTS, other_note, other_school, exempt, done]
    monthly = draft((line, Rhythm.MONTHLY) for line in lines)
    assert sorted([line.key for line in kept] for kept in monthly.values()) == [[1, 2], [3], [4]]
    each = draft((line, Rhythm.PER_DELIVERY) for line in lines)
    assert sorted([line.key for line in kept] for kept in each.values()) == [[1], [2], [3], [4]]
    assert next(group.first for group in each) == date(2026, 11, 24)


def test_the_order_of_what_comes_in_changes_nothing():
    lines = [replace(CARROTS, key=key, buyer_id=key % 2) for key in (5, 2, 9, 4)]
    there = draft((line, Rhythm.MONTHLY) for line in lines)
    back = draft((line, Rhythm.MONTHLY) for line in reversed(lines))
    assert list(there.items()) == list(back.items())
    assert [[line.key for line in kept] for kept in there.values()] == [[2, 4], [5, 9]]


@pytest.mark.parametrize(
    ("lines", "rows", "total", "source"),
    [
        # 0.095 × 105 = 9.975 → 10; of the lines alone it would be 3 × 3.325 → 9
        ([(FOOD, 35)] * 3, [(FOOD, 105, 10)], (105, 10, 115), "BR-S-09: once, from the base"),
        (
            [(SWEET, 1000), (FOOD, 1000)],
            [(FOOD, 1000, 95), (SWEET, 1000, 220)],
            (2000, 315, 2315),
            "BR-CO-14: the sum of the rates",
        ),
        ([(FLAT, 1000)], [(FLAT, 1000, 80)], (1000, 80, 1080), "ZDDV-1, art. 95: compensation of 8 %"),
        ([(FREE, 1000)], [(FREE, 1000, 0)], (1000, 0, 1000), "ZDDV-1, art. 94: no VAT"),
        ([], [], (0, 0, 0), "nothing"),
    ],
)
def test_vat_is_rounded_once_for_each_rate(lines, rows, total, source):
    result = totals(lines)
    assert result.rows == tuple(TaxRow(how, TaxedSum.of(net, vat)) for how, net, vat in rows), source
    assert result.total == TaxedSum(*total)


@given(st.lists(st.tuples(st.sampled_from([FOOD, SWEET, FLAT, FREE]), st.integers(0, 100_000)), max_size=8))
def test_no_cent_is_lost_between_lines_rows_and_total(lines):
    result = totals(lines)
    assert result.total.net == sum(net for _, net in lines) == sum(row.sum.net for row in result.rows)
    assert result.total.vat == sum(row.sum.vat for row in result.rows)
    assert all(row.sum.vat == vat_of(row.sum.net, row.treatment.bp) for row in result.rows)


def test_everything_has_its_words():
    assert INVOICE_KINDS.keys() == set(InvoiceKind)
    assert INVOICE_ORIGINS.keys() == set(InvoiceOrigin)
    assert INVOICE_STATES.keys() == set(InvoiceState)
    assert RHYTHMS.keys() == set(Rhythm)
    assert TAX_TEXTS.keys() == set(TreatmentCode)
    assert [code for code, text in TAX_TEXTS.items() if text is None] == [TreatmentCode.VAT]
    assert "art. 95" in TAX_TEXTS[TreatmentCode.FLAT_RATE]
    assert "art. 94" in TAX_TEXTS[TreatmentCode.EXEMPT]
