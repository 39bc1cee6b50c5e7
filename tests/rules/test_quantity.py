"""What people type, and steps, packs and grams."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foodorder.rules import quantity
from foodorder.rules.quantity import check_step, grams, parse_money, parse_quantity, to_next_pack


@pytest.mark.parametrize(
    ("typed", "milli"),
    [
        ("12", 12_000),
        (" 12 ", 12_000),
        ("12,5", 12_500),
        ("12.5", 12_500),
        ("12,", 12_000),
        (",5", 500),
        ("+3", 3_000),
        ("0", 0),
        ("007", 7_000),
        ("1.234,5", 1_234_500),
        ("1,234.5", 1_234_500),
        ("1234.5", 1_234_500),
        ("1 234,5", 1_234_500),
        ("1\u00a0234,5", 1_234_500),
        ("1\u202f234", 1_234_000),
        ("1.234", 1_234),  # one mark alone is the decimal mark, see the module
        ("1,234", 1_234),
        ("1.234.567", None),  # a million and more
        ("123.456", 123_456),
        ("1.234.56", None),
        ("12,5000", 12_500),
        ("999999,999", 999_999_999),
    ],
)
def test_numbers_are_read_with_comma_and_point(typed, milli):
    if milli is None:
        with pytest.raises((quantity.NotANumber, quantity.TooLarge)):
            parse_quantity(typed)
    else:
        assert parse_quantity(typed) == milli


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "abc",
        "12 kg",
        "1 2",
        "1..2",
        "1,2,3",
        ".",
        ",",
        "1e3",
        "٣",
        "1_000",
        "--5",
        "9" * 5000,
        "1.23.456",
    ],
)
def test_what_is_no_number_is_refused_as_such(typed):
    with pytest.raises(quantity.NotANumber):
        parse_quantity(typed)


@pytest.mark.parametrize("typed", ["-5", "\u22125", "- 5", "-0,5"])
def test_numbers_below_zero_are_refused(typed):
    with pytest.raises(quantity.Negative):
        parse_quantity(typed)


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ("1,2345", quantity.TooManyDecimals),
        ("1000000", quantity.TooLarge),
        ("1.000.000", quantity.TooLarge),
        ("99999999999999999999", quantity.TooLarge),
    ],
)
def test_numbers_beyond_what_is_ordered_are_refused(typed, refusal):
    with pytest.raises(refusal):
        parse_quantity(typed)


def test_pieces_are_whole():
    assert parse_quantity("30,0", unit="H87") == 30_000
    with pytest.raises(quantity.NotWhole):
        parse_quantity("2,5", unit="H87")


@pytest.mark.parametrize(
    ("typed", "cents"),
    [("1,64", 164), ("1.64 €", 164), ("€ 3", 300), ("1.234,50", 123_450), ("1234.5", 123_450), ("0", 0)],
)
def test_money_is_read_in_cents(typed, cents):
    assert parse_money(typed) == cents


def test_money_with_a_third_decimal_is_refused_rather_than_guessed():
    with pytest.raises(quantity.TooManyDecimals) as refused:
        parse_money("1.234")
    assert str(refused.value) == "Write at most 2 decimal places."


@pytest.mark.parametrize(
    ("ordered", "step", "lower", "upper"),
    [(11_000, 4_000, 8_000, 12_000), (300, 500, 0, 500), (1, 1_000, 0, 1_000)],
)
def test_a_refused_step_names_the_nearest_multiples(ordered, step, lower, upper):
    with pytest.raises(quantity.NotAMultiple) as refused:
        check_step(ordered, step, unit="KGM")
    assert (refused.value.lower, refused.value.upper) == (lower, upper)


def test_multiples_of_the_step_pass():
    check_step(12_000, 4_000)
    check_step(0, 4_000)


def test_the_refusal_of_a_step_reads_well():
    with pytest.raises(quantity.NotAMultiple, match=r"steps of 5 kg\. The nearest are 10 kg and 15 kg"):
        check_step(12_000, 5_000)


def test_grams_follow_the_weight_of_one_unit():
    assert grams(30_000, 58) == 1740  # 30 eggs
    assert grams(2_500, 1030) == 2575  # 2.5 l of milk


@pytest.mark.parametrize(("total", "missing"), [(9_500, 2_500), (12_000, 0), (0, 0), (12_001, 11_999)])
def test_what_is_missing_to_the_next_crate_of_12_kg(total, missing):
    assert to_next_pack(total, 12_000) == missing


@given(st.integers(0, quantity.LARGEST_QUANTITY), st.sampled_from(",."))
def test_every_quantity_that_is_written_is_read_back(milli, mark):
    assert parse_quantity(f"{milli // 1000}{mark}{milli % 1000:03d}") == milli


@given(st.text(alphabet="0123456789., \u00a0-+x", max_size=60))
def test_whatever_is_typed_gives_a_number_or_a_refusal(text):
    with suppress(quantity.Refusal):
        assert 0 <= parse_quantity(text) <= quantity.LARGEST_QUANTITY


@given(st.text(alphabet="0123456789", max_size=12), st.sampled_from(["KGM", "H87"]))
def test_plain_digits_are_read_like_any_other_number(digits, unit):
    def read(text):
        try:
            return parse_quantity(text, unit=unit)
        except quantity.Refusal as refusal:
            return type(refusal)

    assert read(digits) == read(f" {digits}")
