"""JSON text of a release, and back: amounts with both decimals, and no binary fractions."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Json = dict[str, Any]

_string = json.encoder.encode_basestring


@dataclass(frozen=True, slots=True)
class Written:
    """JSON that is written already."""

    text: str


def write(value: object) -> str:
    """JSON without spaces, its keys in the order they were put, its decimals as they are written."""
    parts: list[str] = []
    _put(value, parts.append)
    return "".join(parts)


def read(text: str) -> Json:
    """What `write` wrote, its numbers exact. Raises ValueError for what is no JSON object."""
    found = json.loads(text, parse_float=Decimal)
    if not isinstance(found, dict):
        raise ValueError("no JSON object")
    return found


def cents(amount: int) -> Decimal:
    """Cents as euros with two decimals."""
    return Decimal(amount).scaleb(-2)


def thousandths(quantity: int) -> Decimal | int:
    """Thousandths of a unit as a number without idle zeros."""
    whole, rest = divmod(quantity, 1000)
    return whole if rest == 0 else Decimal(quantity).scaleb(-3).normalize()


def _put(value: Any, out: Callable[[str], None]) -> None:
    """By exact types and without detours: a year has millions of values."""
    kind = type(value)
    if kind is str:
        out(_string(value))
    elif kind is dict:
        before = "{"
        for key, entry in value.items():
            out(f"{before}{_string(key)}:")
            _put(entry, out)
            before = ","
        out("}" if value else "{}")
    elif kind is list or kind is tuple:
        before = "["
        for entry in value:
            out(before)
            _put(entry, out)
            before = ","
        out("]" if value else "[]")
    elif kind is int:
        out(str(value))
    elif kind is Decimal:
        out(format(value, "f"))
    elif kind is Written:
        out(value.text)
    elif value is None or kind is bool:
        out(json.dumps(value))
    else:
        raise TypeError(f"{kind.__name__} has no JSON")
