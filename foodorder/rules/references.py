"""Payment references: the Slovene SI models and the international RF.

Source: rules of the Bank Association of Slovenia (ZBS) for standardised references, version 1.4; ISO 11649
for RF. A reference is kept without blanks: SI002026-42, SI1220260000428, RF18539007547034.
"""

import re

from foodorder.rules.errors import N_, Refusal

_SI = re.compile(r"SI([0-9]{2})([0-9-]*)")
_RF = re.compile(r"RF([0-9]{2})([0-9A-Z]{1,21})")
#: Where a reference may begin and end in free text; blanks stand inside as people group it.
_IN_WORDS = re.compile(r"(?<![0-9A-Z])(?:SI[ ]?[0-9]{2}[ ]?[0-9][0-9 -]*|RF[0-9]{2}[ ]?[0-9A-Z][0-9A-Z ]*)")
#: Parts of an SI reference and its length without model (ZBS rules: P1-P2-P3, two hyphens).
MOST_PARTS, LONGEST_SI = 3, 22
#: The longest part that carries a check digit at its end, of model SI12.
LONGEST_P1 = 13


class WrongReference(Refusal):
    """Not a payment reference, or a digit of it is wrong."""

    message = N_("“%(typed)s” is not a payment reference, or one of its digits is wrong.")
    default_field = "reference"


def check_digit_11(digits: str) -> str:
    """The check digit of model 11: weights 2, 3, … from the right, 11 less the rest; 10 and 11 give 0."""
    total = sum(weight * int(digit) for weight, digit in enumerate(reversed(digits), start=2))
    return str((11 - total % 11) % 11 % 10)


def si00(*parts: int | str) -> str:
    """A reference without check digits, of one to three parts of digits: si00(2026, 42) → SI002026-42.

    Raises WrongReference.
    """
    return check_reference("SI00" + "-".join(str(part) for part in parts))


def si12(digits: str) -> str:
    """A reference whose one part ends with a check digit. Raises WrongReference."""
    if not (digits.isascii() and digits.isdecimal()):
        raise WrongReference(typed=digits)
    return check_reference(f"SI12{digits}{check_digit_11(digits)}")


def rf(text: str) -> str:
    """An international creditor reference (ISO 11649) of letters and digits. Raises WrongReference."""
    base = _plain(text)
    if not re.fullmatch("[0-9A-Z]{1,21}", base):
        raise WrongReference(typed=text)
    return f"RF{98 - _rest_97(base + 'RF00'):02d}{base}"


def check_reference(text: str) -> str:
    """A reference in its plain form: no blanks, capitals.

    SI12 and RF are held to their check digits, SI99 holds nothing, other SI models are held to their shape
    (the issuer's own digits; nobody else can judge them). Raises WrongReference.
    """
    plain = _plain(text)
    if match := _RF.fullmatch(plain):
        right = _rest_97(match[2] + plain[:4]) == 1
    elif match := _SI.fullmatch(plain):
        right = _is_right_si(match[1], match[2])
    else:
        right = False
    if not right:
        raise WrongReference(typed=" ".join(text.split())[:40])
    return plain


def _is_right_si(model: str, rest: str) -> bool:
    if model == "99":
        return rest == ""
    parts = rest.split("-")
    if len(rest) > LONGEST_SI or len(parts) > MOST_PARTS or not all(parts):
        return False
    if model == "12":
        return len(parts) == 1 and 2 <= len(rest) <= LONGEST_P1 and check_digit_11(rest[:-1]) == rest[-1]
    return True


def normal(text: str | None) -> str | None:
    """A reference in the form in which two are compared; None for no reference (SI99 too) or a wrong one.

    Leading zeros of a part say nothing: banks and people leave them out.
    """
    try:
        plain = check_reference(text or "")
    except WrongReference:
        return None
    if plain == "SI99":
        return None
    if plain.startswith("RF"):
        return plain
    return plain[:4] + "-".join(part.lstrip("0") or "0" for part in plain[4:].split("-"))


def find_references(words: str) -> list[str]:
    """References (in normal form) that stand in free text, each once, in order."""
    found: list[str] = []
    for match in _IN_WORDS.finditer(words.upper()):
        reference = _longest_right(match[0])
        if reference is not None and reference not in found:
            found.append(reference)
    return found


def _longest_right(text: str) -> str | None:
    """The longest beginning of a text, by blanks, that is a reference: words after it are none of it."""
    pieces = text.split()
    for count in range(len(pieces), 0, -1):
        reference = normal("".join(pieces[:count]).rstrip("-"))
        if reference is not None:
            return reference
    return None


def spaced(reference: str) -> str:
    """A reference as it is printed: SI00 2026-42, RF18 5390 0754 7034."""
    if reference.startswith("RF"):
        return " ".join(reference[start : start + 4] for start in range(0, len(reference), 4))
    return f"{reference[:4]} {reference[4:]}".strip()


def _plain(text: str) -> str:
    return "".join(text.upper().split())


def _rest_97(text: str) -> int:
    return int("".join(str(int(character, 36)) for character in text)) % 97
