"""Facts: the values that a refusal, a difference or an explanation names.

A rule never formats a number for a reader, for it does not know the reader's language. It hands over the
value with its unit, and the counter writes "12,5 kg" or "12.5 kg". `str()` of a fact is plain English, for
logs.

Facts survive storage: `facts_to_json` and `facts_from_json` are exact inverses, so that what was said at the
close of a cycle can be said again, in another language, years later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

#: Symbols of the units (UN/ECE Recommendation 20) as plain text; words in the reader's language come later.
_SYMBOLS = {"KGM": "kg", "LTR": "l", "H87": "pcs"}


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """A sum of money in euro cents."""

    cents: int

    def __str__(self) -> str:
        return f"{_decimal(self.cents, 2, at_least=2)} EUR"


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity in thousandths of a unit, with the unit's UN/ECE code."""

    milli: int
    unit: str

    def __str__(self) -> str:
        return f"{_decimal(self.milli, 3)} {_SYMBOLS.get(self.unit, self.unit)}"


@dataclass(frozen=True, slots=True, order=True)
class Weight:
    """A weight in grams."""

    grams: int

    def __str__(self) -> str:
        return f"{_decimal(self.grams, 3)} kg"


@dataclass(frozen=True, slots=True, order=True)
class Temperature:
    """A temperature in tenths of a degree Celsius."""

    tenths: int

    def __str__(self) -> str:
        return f"{_decimal(self.tenths, 1)} °C"


@dataclass(frozen=True, slots=True)
class Price:
    """A price for one unit in millionths of a euro (others write six decimals), with the unit's code."""

    micros: int
    unit: str

    def __str__(self) -> str:
        return f"{_decimal(self.micros, 6, at_least=2)} EUR/{_SYMBOLS.get(self.unit, self.unit)}"


Fact = Money | Amount | Weight | Temperature | Price | datetime | date | int | str
Facts = Mapping[str, Fact]

#: What JSON can hold of a fact: plain numbers and words as they are, the rest as an object with one key.
JsonFact = int | str | dict[str, int | str]


def plain(fact: Fact) -> str:
    """Write a fact in plain English, for logs and for `str()` of a refusal."""
    if isinstance(fact, datetime):
        return f"{fact.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if isinstance(fact, date):
        return fact.isoformat()
    return str(fact)


def facts_to_json(facts: Facts) -> dict[str, JsonFact]:
    """Turn facts into values that JSON can hold; `facts_from_json` gives the same facts back."""
    return {name: _to_json(fact) for name, fact in facts.items()}


def facts_from_json(stored: Mapping[str, JsonFact]) -> dict[str, Fact]:
    """Read facts that `facts_to_json` wrote.

    Raises ValueError for an object of unknown kind.
    """
    return {name: _from_json(value) for name, value in stored.items()}


def _to_json(fact: Fact) -> JsonFact:
    match fact:
        case Money(cents):
            return {"cents": cents}
        case Amount(milli, unit):
            return {"milli": milli, "unit": unit}
        case Weight(grams):
            return {"grams": grams}
        case Temperature(tenths):
            return {"tenths": tenths}
        case Price(micros, unit):
            return {"micros": micros, "unit": unit}
        case datetime():
            return {"at": fact.astimezone(UTC).isoformat()}
        case date():
            return {"day": fact.isoformat()}
        case _:
            return fact


def _from_json(value: JsonFact) -> Fact:
    match value:
        case {"cents": int(cents)}:
            return Money(cents)
        case {"milli": int(milli), "unit": str(unit)}:
            return Amount(milli, unit)
        case {"grams": int(grams)}:
            return Weight(grams)
        case {"tenths": int(tenths)}:
            return Temperature(tenths)
        case {"micros": int(micros), "unit": str(unit)}:
            return Price(micros, unit)
        case {"at": str(at)}:
            return datetime.fromisoformat(at)
        case {"day": str(day)}:
            return date.fromisoformat(day)
        case int() | str():
            return value
        case _:
            raise ValueError(f"not a stored fact: {value!r}")


def _decimal(value: int, places: int, *, at_least: int = 0) -> str:
    """Write an integer of 10^-places units with a decimal point; zeros at the end only to `at_least`."""
    whole, rest = divmod(abs(value), 10**places)
    fraction = f"{rest:0{places}d}"
    fraction = fraction[:at_least] + fraction[at_least:].rstrip("0")
    return ("-" if value < 0 else "") + str(whole) + (f".{fraction}" if fraction else "")
