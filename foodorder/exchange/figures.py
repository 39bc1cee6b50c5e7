"""Numbers and days as documents write them, both ways and exactly: no float on the way."""

import re
from datetime import date

from foodorder.exchange.model import NotRepresentable
from foodorder.rules.money import divide

_NUMBER = re.compile(r"(?P<sign>[+-]?)(?P<whole>[0-9]{0,15})(?:\.(?P<part>[0-9]{0,20}))?")
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")

MONEY, QUANTITY, PRICE, RATE = 2, 3, 6, 2


def decimal(value: int, places: int, least: int = 0) -> str:
    """An integer of 10^-places as a decimal number with as few decimals as it needs, but at least so many."""
    whole, part = divmod(abs(value), 10**places)
    digits = f"{part:0{places}}".rstrip("0").ljust(least, "0")
    return f"{'-' if value < 0 else ''}{whole}{'.' if digits else ''}{digits}"


def money(cents: int) -> str:
    """Cents as euros with two decimals."""
    return decimal(cents, MONEY, MONEY)


def price(millionths: int) -> str:
    """Millionths of a euro as euros with two to six decimals."""
    return decimal(millionths, PRICE, MONEY)


def quantity(thousandths: int) -> str:
    """Thousandths of a unit as units."""
    return decimal(thousandths, QUANTITY)


def percent(bp: int) -> str:
    """Basis points as per cent."""
    return decimal(bp, RATE)


def scaled(text: str, places: int, *, what: str) -> int:
    """A decimal number as an integer of 10^-places.

    Raises NotRepresentable when it is no number, or has more decimals than that.
    """
    match = _NUMBER.fullmatch(text)
    whole, part = (match["whole"], (match["part"] or "").rstrip("0")) if match else ("", "")
    if match is None or not (match["whole"] or match["part"]) or len(part) > places:
        raise NotRepresentable(value=text[:40], what=what)
    value: int = int(whole or "0") * 10**places + int(part.ljust(places, "0") or "0")
    return -value if match["sign"] == "-" else value


def unit_price(text: str, base: str | None, *, what: str) -> int:
    """The price of one unit in millionths of a euro, when the text is the price of `base` units (None: of
    one).

    Raises NotRepresentable.
    """
    value = scaled(text, 2 * PRICE, what=what)
    units = scaled(base, PRICE, what=what) if base is not None else 10**PRICE
    if units <= 0:
        raise NotRepresentable(value=str(base), what=what)
    return divide(value, units)


def day(text: str, *, what: str) -> date:
    """A day written as 2026-11-20. Raises NotRepresentable."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise NotRepresentable(value=text[:40], what=what)
