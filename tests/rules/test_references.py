"""Payment references: the rules of ZBS (version 1.4) and ISO 11649."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foodorder.rules.references import (
    WrongReference,
    check_digit_11,
    check_reference,
    find_references,
    normal,
    rf,
    si00,
    si12,
    spaced,
)


@pytest.mark.parametrize(
    ("digits", "check", "source"),
    [
        ("12345678", "9", "2×8 + 3×7 + … + 9×1 = 156, rest 2"),
        ("1", "9", "2, rest 2"),
        ("6", "0", "12, rest 1: the difference is 10"),
        ("0", "0", "rest 0: the difference is 11"),
        ("123456789012", "0", "352 = 32 × 11: SI12 1234567890120, the form's example"),
    ],
)
def test_the_check_digit_of_model_11(digits, check, source):
    assert check_digit_11(digits) == check, source


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("SI00 2026-42", "SI002026-42"),
        ("si00 2026 - 42 - 7", "SI002026-42-7"),
        ("SI99", "SI99"),
        ("SI12 123456789", "SI12123456789"),
        ("SI081236-17-34565", "SI081236-17-34565"),  # another model: only its shape is ours to judge
        ("RF18 5390 0754 7034", "RF18539007547034"),  # the example of ISO 11649
        ("rf18539007547034", "RF18539007547034"),
    ],
)
def test_references_in_their_plain_form(typed, plain):
    assert check_reference(typed) == plain


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "2026-42",
        "SI00",
        "SI00-42",
        "SI0042-",
        "SI0042--7",
        "SI001-2-3-4",
        "SI00" + "1" * 23,
        "SI99 1",
        "SI12 123456784",
        "SI12 5",
        "SI12 12345-6789",
        "SI12" + "0" * 14,
        "SI0012A",
        "RF19539007547034",
        "RF18",
        "RF18" + "1" * 22,
        "XX00 42",
    ],
)
def test_what_is_no_reference(typed):
    with pytest.raises(WrongReference):
        check_reference(typed)
    assert normal(typed) is None


def test_the_longest_that_there_may_be():
    assert check_reference("SI00" + "1" * 22)
    assert len(si12("9" * 12)) == 4 + 13
    with pytest.raises(WrongReference):
        si12("9" * 13)


@given(st.text("0123456789", min_size=1, max_size=12), st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_of_a_model_12_is_mostly_found(digits, place, change):
    """Modulo 11 finds all but those that swap the two rests that share the digit 0."""
    reference = si12(digits)
    assert check_reference(reference) == reference
    where = 4 + place % len(digits)
    wrong = reference[:where] + str((int(reference[where]) + change) % 10) + reference[where + 1 :]
    if check_digit_11(wrong[4:-1]) != reference[-1]:
        with pytest.raises(WrongReference):
            check_reference(wrong)
    else:
        assert reference[-1] == "0"


@given(st.text("0123456789ABCXYZ", min_size=1, max_size=21))
def test_rf_is_written_and_read_back_and_one_wrong_sign_is_found(text):
    reference = rf(text)
    assert check_reference(reference) == reference == f"RF{reference[2:4]}{text}"
    swapped = reference[:-1] + ("1" if reference[-1] != "1" else "2")
    with pytest.raises(WrongReference):
        check_reference(swapped)


def test_references_are_made():
    assert si00(2026, 42) == "SI002026-42"
    assert si12("12345678") == "SI12123456789"
    assert rf("5390 0754 7034") == "RF18539007547034"


@pytest.mark.parametrize("text", ["", "ČŠŽ", "1" * 22, "12-3"])
def test_what_cannot_stand_in_an_rf(text):
    with pytest.raises(WrongReference):
        rf(text)


@pytest.mark.parametrize("digits", ["", "12a", "1-2", "٤"])
def test_what_cannot_stand_in_a_model_12(digits):
    with pytest.raises(WrongReference):
        si12(digits)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SI00 2026-0042", "SI002026-42"),
        ("SI12 000123456789", "SI12123456789"),
        ("SI00 0-0", "SI000-0"),
        ("RF18 5390 0754 7034", "RF18539007547034"),
    ],
)
def test_references_are_compared_without_leading_zeros(one, other):
    assert normal(one) == normal(other) == other


@pytest.mark.parametrize("nothing", [None, "", "SI99", "NOTPROVIDED"])
def test_no_reference_is_like_no_other(nothing):
    assert normal(nothing) is None


def test_a_number_is_not_joined_over_the_parts():
    assert normal("SI00 2026-42") != normal("SI00 202642")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Račun R-2026-0042, sklic SI00 2026-42 hvala", ["SI002026-42"]),
        ("placilo SI002026-42/SI002026-43", ["SI002026-42", "SI002026-43"]),
        ("RF18 5390 0754 7034", ["RF18539007547034"]),
        ("RF18539007547034 DOBAVA NOVEMBER", ["RF18539007547034"]),
        ("SI00 2026-42 in SI00 2026-0042", ["SI002026-42"]),
        ("SI00 2026-42-", ["SI002026-42"]),
        ("ŠOLA:SI002026-42", ["SI002026-42"]),
        ("XSI002026-42", []),
        ("SI99, brez sklica", []),
        ("racun 42", []),
    ],
)
def test_references_in_free_text(words, found):
    assert find_references(words) == found


@pytest.mark.parametrize(
    ("plain", "printed"),
    [
        ("SI002026-42", "SI00 2026-42"),
        ("SI99", "SI99"),
        ("RF18539007547034", "RF18 5390 0754 7034"),
    ],
)
def test_references_are_printed_in_groups(plain, printed):
    assert spaced(plain) == printed
