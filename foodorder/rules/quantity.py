"""Quantities: integer thousandths of a unit, and reading the numbers that people type.

Reading accepts the comma of Slovenia and the point of keyboards. One mark alone is always the decimal mark,
even before three digits: "1.234" kilograms is 1.234 kg. Whoever meant a thousand sees at once that it was
understood otherwise (the total is small, and the offer's step refuses it); read the other way, a slip of the
finger would order a thousand times too much, and nothing would stop it. A mark that repeats, or stands before
the other mark, or a space, separates groups of three.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from foodorder.rules.errors import N_, NN_, Amount, Refusal
from foodorder.rules.money import MILLI, divide

#: The largest quantity that can be typed: 999 999.999 units, in thousandths.
LARGEST_QUANTITY = 999_999_999
#: The largest sum of money that can be typed: 999 999.99 EUR, in cents.
LARGEST_MONEY = 99_999_999
#: The largest value or weight of a whole procurement: 999 999 999 EUR in cents, 9 999 999 kg in grams.
LARGEST_VALUE = 99_999_999_999
LARGEST_WEIGHT = 9_999_999_999

# No number worth reading is longer; the limit also keeps a hostile text from costing time.
_LONGEST_TEXT = 40
# What most people type, a few digits, is read without looking for signs, groups and marks.
_LONGEST_WHOLE = 9


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of trade: UN/ECE Recommendation 20 code, symbol, whether it can be divided, its words."""

    code: str
    symbol: str
    divisible: bool
    singular: str
    plural: str


def _unit(code: str, symbol: str, words: tuple[str, str], *, divisible: bool) -> Unit:
    return Unit(code, symbol, divisible, *words)


#: The units that offers may use, by UN/ECE Recommendation 20 code.
UNITS: Mapping[str, Unit] = MappingProxyType(
    {
        "KGM": _unit("KGM", "kg", NN_("%(count)s kilogram", "%(count)s kilograms"), divisible=True),
        "LTR": _unit("LTR", "l", NN_("%(count)s litre", "%(count)s litres"), divisible=True),
        "H87": _unit("H87", "pcs", NN_("%(count)s piece", "%(count)s pieces"), divisible=False),
    }
)


class NotANumber(Refusal):
    """What was typed cannot be read as a number."""

    message = N_("“%(typed)s” is not a number. Write it like 12 or 12.5.")


class Negative(Refusal):
    """A number below zero where there can be none."""

    message = N_("The number must not be below zero.")


class TooManyDecimals(Refusal):
    """More decimal places than the unit knows."""

    message, plural = NN_(
        "Write at most %(count)s decimal place.",
        "Write at most %(count)s decimal places.",
    )


class NotWhole(Refusal):
    """A part of something that is sold whole."""

    message = N_("This is sold by the piece: write a whole number.")


class TooLarge(Refusal):
    """A number beyond anything that is ever ordered or paid."""

    message = N_("The number is too large.")


class NotAMultiple(Refusal):
    """A quantity that is not a multiple of the offer's step."""

    message = N_("This is sold in steps of %(step)s. The nearest are %(lower)s and %(upper)s.")
    default_field = "quantity"

    def __init__(self, *, quantity: int, step: int, unit: str, field: str | None = None) -> None:
        #: The multiples of the step below and above, in thousandths.
        self.lower = quantity - quantity % step
        self.upper = self.lower + step
        super().__init__(
            field=field,
            step=Amount(step, unit),
            lower=Amount(self.lower, unit),
            upper=Amount(self.upper, unit),
        )


def parse_quantity(text: str, *, unit: str = "KGM", largest: int = LARGEST_QUANTITY) -> int:
    """Read a quantity that a person typed, in thousandths of the unit.

    Accepts "12", "12,5", "12.5", "1.234,5", "1,234.5", "1 234,5"; see the module's text for the decimal mark.
    Raises NotANumber, Negative, TooManyDecimals, NotWhole or TooLarge.
    """
    value = _parse(text, places=3, largest=largest)
    if not UNITS[unit].divisible and value % MILLI:
        raise NotWhole
    return value


def parse_money(text: str, *, largest: int = LARGEST_MONEY) -> int:
    """Read a sum of money that a person typed, in cents; a euro sign may stand before or after it.

    Raises NotANumber, Negative, TooManyDecimals or TooLarge.
    """
    return _parse(text.replace("€", " "), places=2, largest=largest)


def as_typed(quantity: int) -> str:
    """A quantity in thousandths as a person would type it: 12,5."""
    whole, part = divmod(quantity, 1000)
    return f"{whole},{part:03}".rstrip("0").rstrip(",")


def check_step(quantity: int, step: int, *, unit: str = "KGM") -> None:
    """Refuse a quantity that is not a multiple of the offer's step (both in thousandths).

    Raises NotAMultiple, which knows the nearest multiples.
    """
    if quantity % step:
        raise NotAMultiple(quantity=quantity, step=step, unit=unit)


def grams(quantity: int, grams_per_unit: int) -> int:
    """Weight in grams of a quantity in thousandths, by the food type's weight of one unit."""
    return divide(quantity * grams_per_unit, MILLI)


def to_next_pack(total: int, pack: int) -> int:
    """What is missing to fill the last pack, in thousandths; 0 when the packs are full."""
    return -total % pack


_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f]+")
_SIGNED = re.compile(r"(?P<sign>[-+\u2212]?) ?(?P<rest>[0-9.,].*)", re.DOTALL)

# The ways to write a number, tried in this order; `whole` may hold separators of groups.
_FORMS = (
    re.compile(r"(?P<whole>[0-9]*)[.,](?P<part>[0-9]+)"),  # 12,5  12.5  ,5  1.234
    re.compile(r"(?P<whole>[0-9]+)[.,]?"),  # 12  12,
    re.compile(r"(?P<whole>[0-9]{1,3}(?: [0-9]{3})+)(?:[.,](?P<part>[0-9]+))?"),  # 1 234  1 234,5
    re.compile(r"(?P<whole>[0-9]{1,3}(?:\.[0-9]{3})+),(?P<part>[0-9]+)"),  # 1.234,5
    re.compile(r"(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+)\.(?P<part>[0-9]+)"),  # 1,234.5
    re.compile(r"(?P<whole>[0-9]{1,3}(?:\.[0-9]{3}){2,}|[0-9]{1,3}(?:,[0-9]{3}){2,})"),  # 1.234.567
)


def _parse(text: str, *, places: int, largest: int) -> int:
    """Read a number as an integer of 10^-places units."""
    if len(text) <= _LONGEST_WHOLE and text.isascii() and text.isdigit():
        value = int(text + "0" * places)
        if value <= largest:
            return value
    tidy = _SPACES.sub(" ", text).strip()
    signed = _SIGNED.fullmatch(tidy) if len(tidy) <= _LONGEST_TEXT else None
    if signed is None:
        raise NotANumber(typed=tidy[:_LONGEST_TEXT])
    match = next((m for form in _FORMS if (m := form.fullmatch(signed["rest"]))), None)
    if match is None:
        raise NotANumber(typed=tidy)
    if signed["sign"] not in ("", "+"):
        raise Negative
    # A form without a decimal mark has no group `part`; zeros at the end say nothing.
    part = (match.groupdict().get("part") or "").rstrip("0")
    if len(part) > places:
        raise TooManyDecimals(count=places)
    value = int(re.sub("[., ]", "", match["whole"]) + part.ljust(places, "0"))
    if value > largest:
        raise TooLarge
    return value
