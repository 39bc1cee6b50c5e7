"""CPV codes (Common Procurement Vocabulary): what a code covers, and which of several fits best.

A code has eight digits, each pair or digit narrowing the one before, zeros where it narrows no further, and a
check digit after a dash that says nothing: 03220000-9 covers 03221112-4. (Regulation (EC) 2195/2002.)
"""

from collections.abc import Iterable, Mapping
from typing import TypeVar

Key = TypeVar("Key")

DIGITS = 8


def beginning(code: str) -> str:
    """The digits of a code that say something: '03221112-4' → '03221112', '03220000-9' → '0322'."""
    digits = code.strip().partition("-")[0]
    return digits.rstrip("0") if len(digits) == DIGITS else digits


def is_code(text: str) -> bool:
    """Whether this is a code or the beginning of one: two to eight digits, with or without check digit."""
    digits, dash, check = text.strip().partition("-")
    whole = digits.isdecimal() and digits.isascii() and 2 <= len(digits) <= DIGITS
    return whole and (not dash or (len(digits) == DIGITS and check.isdecimal() and len(check) == 1))


def covered(code: str, beginnings: Iterable[str]) -> bool:
    """Whether a code is covered by one of these codes or beginnings of codes."""
    return any(code.startswith(start) for start in map(beginning, beginnings) if start)


def best(code: str, groups: Mapping[Key, Iterable[str]]) -> Key | None:
    """The group with the longest beginning that covers the code; of equals the first; None if none does."""
    lengths = {
        key: max(
            (len(start) for start in map(beginning, starts) if start and code.startswith(start)), default=0
        )
        for key, starts in groups.items()
    }
    longest = max(lengths.values(), default=0)
    return next((key for key, length in lengths.items() if length == longest), None) if longest else None
