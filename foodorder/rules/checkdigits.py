"""Numbers that carry their own proof: tax number, registration number, IBAN, GTIN, and the holding's number.

Each check answers with the number written plainly (no blanks, no prefix), or refuses. `with_check_digit…`
makes a number whole; invented data is made with it.
"""

from foodorder.rules.errors import N_, Refusal


class WrongTaxNumber(Refusal):
    """Not a Slovene tax number."""

    message = N_("A tax number has eight digits. Check it: one of the digits is not right.")
    default_field = "tax_number"


class WrongRegistrationNumber(Refusal):
    """Not a Slovene registration number."""

    message = N_("A registration number has seven or ten digits. Check it: one of the digits is not right.")
    default_field = "registration_number"


class WrongIban(Refusal):
    """Not an IBAN."""

    message = N_("This is not a valid IBAN. A Slovene one begins with SI56 and has 19 characters.")
    default_field = "iban"


class WrongHoldingNumber(Refusal):
    """Not a KMG-MID."""

    message = N_("A KMG-MID number has nine digits and begins with 100.")
    default_field = "kmg_mid"


class WrongGtin(Refusal):
    """Not a GTIN."""

    message = N_(
        "The number under a bar code has 8, 12, 13 or 14 digits. Check it: one of them is not right."
    )
    default_field = "gtin"


def plainly(text: str) -> str:
    """A number as it is typed without blanks, dots and hyphens, in capitals."""
    return "".join(character for character in text.upper() if character not in " .-\N{NO-BREAK SPACE}")


def check_tax_number(text: str) -> str:
    """Eight digits of a Slovene tax number (davčna številka), typed with or without "SI".

    Weights 8 to 2, modulo 11; no number whose sum would ask for the digit 11 is ever given out.
    Raises WrongTaxNumber.
    """
    number = plainly(text).removeprefix("SI")
    if not _digits(number, 8) or number[0] == "0" or tax_check_digit(number[:7]) != number[7]:
        raise WrongTaxNumber
    return number


def tax_check_digit(seven: str) -> str | None:
    """The eighth digit of a tax number; None when there is no number with these seven."""
    rest = 11 - sum(weight * int(digit) for weight, digit in zip(range(8, 1, -1), seven, strict=True)) % 11
    return None if rest == 11 else str(rest % 10)


def check_registration_number(text: str) -> str:
    """The seven digits of a Slovene registration number (matična številka), or ten with those of a unit.

    Weights 7 to 2, modulo 11, over the first six. Raises WrongRegistrationNumber.
    """
    number = plainly(text)
    whole = _digits(number, 7) or _digits(number, 10)
    if not whole or registration_check_digit(number[:6]) != number[6]:
        raise WrongRegistrationNumber
    return number


def registration_check_digit(six: str) -> str:
    """The seventh digit of a registration number; both rests without a digit of their own give 0."""
    rest = -sum(weight * int(digit) for weight, digit in zip(range(7, 1, -1), six, strict=True)) % 11
    return str(rest % 10)


#: Lengths of the IBANs that farms near the border have; others are judged by their check digits alone.
IBAN_LENGTHS = {"SI": 19, "AT": 20, "IT": 27, "HR": 21, "HU": 28, "DE": 22}


def check_iban(text: str) -> str:
    """An IBAN in capitals without blanks (ISO 13616: rearranged, modulo 97, it gives 1). Raises WrongIban."""
    number = plainly(text)
    shape = number[:2].isalpha() and number[2:4].isdecimal() and number.isalnum() and number.isascii()
    right_length = len(number) == IBAN_LENGTHS.get(number[:2], len(number)) and 15 <= len(number) <= 34
    if not shape or not right_length or _iban_rest(number) != 1:
        raise WrongIban
    return number


def with_iban_check_digits(country: str, account: str) -> str:
    """The IBAN of an account number in a country."""
    return f"{country}{98 - _iban_rest(f'{country}00{account}'):02d}{account}"


def _iban_rest(number: str) -> int:
    return int("".join(str(int(character, 36)) for character in number[4:] + number[:4])) % 97


def check_holding_number(text: str) -> str:
    """The nine digits of a farm's number in the national register (KMG-MID). Raises WrongHoldingNumber."""
    number = plainly(text)
    if not _digits(number, 9) or not number.startswith("100"):
        raise WrongHoldingNumber
    return number


def check_gtin(text: str) -> str:
    """A GTIN of 8, 12, 13 or 14 digits (GS1: weights 3 and 1 from the right, modulo 10). Raises WrongGtin."""
    number = plainly(text)
    if (
        not any(_digits(number, length) for length in (8, 12, 13, 14))
        or gtin_check_digit(number[:-1]) != number[-1]
    ):
        raise WrongGtin
    return number


def gtin_check_digit(rest: str) -> str:
    """The last digit of a GTIN."""
    total = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(reversed(rest)))
    return str(-total % 10)


def _digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdecimal()
