"""Rates by day, tax types, and the price that a kitchen really pays."""

from datetime import date

import pytest

from foodorder.rules.vat import (
    EXEMPT,
    DatedRate,
    RateUnknown,
    TaxType,
    Treatment,
    TreatmentCode,
    price_paid_cents,
    rate_on,
    treatment,
)

RATES = (
    DatedRate("food", 950, date(2013, 7, 1)),
    DatedRate("sugar_drink", 950, date(2013, 7, 1), date(2024, 12, 31)),
    DatedRate("sugar_drink", 2200, date(2025, 1, 1)),
    DatedRate("flat_rate", 800, date(2010, 1, 1)),
)
DAY = date(2025, 11, 26)
VAT_ON_FOOD = Treatment(TreatmentCode.VAT, 950)
COMPENSATION = Treatment(TreatmentCode.FLAT_RATE, 800)


@pytest.mark.parametrize(
    ("vat_class", "day", "bp"),
    [
        ("food", DAY, 950),
        ("sugar_drink", date(2024, 12, 31), 950),
        ("sugar_drink", date(2025, 1, 1), 2200),
    ],
)
def test_the_rate_is_that_of_the_day(vat_class, day, bp):
    assert rate_on(RATES, vat_class, day) == bp


def test_a_class_or_day_without_a_rate_is_refused():
    for vat_class, day in (("books", DAY), ("food", date(2013, 6, 30))):
        with pytest.raises(RateUnknown):
            rate_on(RATES, vat_class, day)


def test_two_rates_on_one_day_are_refused_for_nobody_knows_which():
    with pytest.raises(RateUnknown):
        rate_on((*RATES, DatedRate("food", 500, DAY)), "food", DAY)


@pytest.mark.parametrize(
    ("tax_type", "permit", "charges", "expected"),
    [
        (TaxType.VAT_PAYER, False, False, VAT_ON_FOOD),
        (TaxType.VAT_PAYER, True, True, VAT_ON_FOOD),
        (TaxType.FLAT_RATE, True, True, COMPENSATION),
        (TaxType.FLAT_RATE, True, False, EXEMPT),  # a school that charges no VAT
        (TaxType.FLAT_RATE, False, True, EXEMPT),  # the permit has run out
        (TaxType.EXEMPT, True, True, EXEMPT),
    ],
)
def test_the_compensation_needs_a_permit_and_a_buyer_who_charges_vat(tax_type, permit, charges, expected):
    assert treatment(tax_type, "food", DAY, RATES, permit_valid=permit, buyer_charges_vat=charges) == expected


@pytest.mark.parametrize(
    ("price", "bp", "deducts", "paid"),
    [(150, 950, False, 164), (150, 950, True, 150), (150, 800, True, 150), (150, 0, False, 150)],
)
def test_a_kitchen_pays_the_tax_unless_it_deducts_it(price, bp, deducts, paid):
    assert price_paid_cents(price, bp, buyer_deducts=deducts) == paid
