"""JSON text of a release, and back: amounts with both decimals, and no binary fractions."""

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

Json = dict[str, Any]

_string = json.encoder.encode_basestring


def write(value: object) -> str:
    """JSON without spaces, its keys in the order they were put, its decimals as they are written."""
    return "".join(_parts(value))


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


def _parts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield _string(value)
    elif value is None or isinstance(value, bool):
        yield json.dumps(value)
    elif isinstance(value, int):
        yield str(value)
    elif isinstance(value, Decimal):
        yield format(value, "f")
    elif isinstance(value, Mapping):
        yield from _joined(((_string(key) + ":", entry) for key, entry in value.items()), "{", "}")
    elif isinstance(value, Sequence):
        yield from _joined((("", entry) for entry in value), "[", "]")
    else:
        raise TypeError(f"{type(value).__name__} has no JSON")


def _joined(entries: Iterator[tuple[str, object]], first: str, last: str) -> Iterator[str]:
    yield first
    for place, (key, entry) in enumerate(entries):
        yield f",{key}" if place else key
        yield from _parts(entry)
    yield last
