"""Numbers that carry their own proof, and invented ones that hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foodorder.rules import checkdigits
from foodorder.rules.checkdigits import (
    check_gtin,
    check_holding_number,
    check_iban,
    check_registration_number,
    check_tax_number,
    gtin_check_digit,
    registration_check_digit,
    tax_check_digit,
    with_iban_check_digits,
)


@pytest.mark.parametrize(
    ("check", "typed", "number"),
    [
        (check_tax_number, "SI 5022 3054", "50223054"),
        (check_tax_number, "50223054", "50223054"),
        (check_registration_number, "9331310000", "9331310000"),
        (check_registration_number, "9331310", "9331310"),
        (check_iban, "si56 1910 0000 0123 438", "SI56191000000123438"),
        (check_iban, "AT61 1904 3002 3457 3201", "AT611904300234573201"),
        (check_gtin, "4006381333931", "4006381333931"),
        (check_gtin, "73513537", "73513537"),
        (check_holding_number, "100 123 456", "100123456"),
    ],
)
def test_numbers_are_read_as_people_write_them(check, typed, number):
    assert check(typed) == number


@pytest.mark.parametrize(
    ("check", "typed", "refusal"),
    [
        (check_tax_number, "50223055", checkdigits.WrongTaxNumber),
        (check_tax_number, "05022305", checkdigits.WrongTaxNumber),
        (check_tax_number, "5022305", checkdigits.WrongTaxNumber),
        (check_tax_number, "", checkdigits.WrongTaxNumber),
        (check_tax_number, "٥0223054", checkdigits.WrongTaxNumber),
        (check_registration_number, "9331311", checkdigits.WrongRegistrationNumber),
        (check_registration_number, "933131", checkdigits.WrongRegistrationNumber),
        (check_iban, "SI56191000000123439", checkdigits.WrongIban),
        (check_iban, "SI5619100000012343", checkdigits.WrongIban),
        (check_iban, "", checkdigits.WrongIban),
        (check_iban, "5656191000000123438", checkdigits.WrongIban),
        (check_gtin, "4006381333932", checkdigits.WrongGtin),
        (check_gtin, "123", checkdigits.WrongGtin),
        (check_holding_number, "200123456", checkdigits.WrongHoldingNumber),
        (check_holding_number, "10012345", checkdigits.WrongHoldingNumber),
    ],
)
def test_a_slip_is_refused(check, typed, refusal):
    with pytest.raises(refusal):
        check(typed)


@given(st.integers(1_000_000, 9_999_999))
def test_invented_tax_numbers_hold(seven):
    if digit := tax_check_digit(str(seven)):
        assert check_tax_number(f"{seven}{digit}")


def test_some_digits_belong_to_no_tax_number():
    assert None in {tax_check_digit(str(seven)) for seven in range(1_000_000, 1_000_030)}


@given(st.integers(0, 999_999))
def test_invented_registration_numbers_hold(six):
    assert check_registration_number(f"{six:06d}{registration_check_digit(f'{six:06d}')}")


@given(st.integers(0, 10**12 - 1))
def test_invented_bar_codes_hold(twelve):
    assert check_gtin(f"{twelve:012d}{gtin_check_digit(f'{twelve:012d}')}")


@given(st.integers(0, 10**13 - 1))
def test_a_slovene_account_with_its_own_check_always_begins_with_si56(thirteen):
    account = f"{thirteen:013d}{98 - thirteen * 100 % 97:02d}"
    number = with_iban_check_digits("SI", account)
    assert number.startswith("SI56")
    assert check_iban(number) == number


@given(st.integers(10**14, 10**15 - 1), st.integers(4, 18), st.integers(1, 9))
def test_one_wrong_digit_in_an_account_is_always_noticed(account, place, slip):
    number = with_iban_check_digits("SI", str(account))
    wrong = number[:place] + str((int(number[place]) + slip) % 10) + number[place + 1 :]
    with pytest.raises(checkdigits.WrongIban):
        check_iban(wrong)
