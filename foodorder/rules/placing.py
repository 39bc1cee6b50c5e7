"""Which delivered goods a line of an invoice written elsewhere means.

Others write their own names and leave out numbers. A line is placed where one delivered line fits better than
every other and well enough; where it is not sure a person chooses. The GTIN is sure by itself. What the line
says (name, price, quantity) and what the document says (order, delivery note, day) each speak for it.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

#: What speaks for a delivered line, and how loudly. A day that differs speaks against it.
GTIN, NAME, PART_OF_NAME, ORDER, NOTE, DAY, PRICE, QUANTITY = 12, 6, 4, 3, 3, 2, 2, 2
#: The least that is sure: a name with one further agreement, a part of one with two.
ENOUGH = 8
#: Units of single things that are one to people (UN/ECE Recommendation 20).
PIECES = frozenset({"H87", "C62", "EA", "PCE", "NAR"})
_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Written:
    """A line as the invoice says it: quantity in thousandths, price for a unit in millionths of a euro."""

    name: str
    unit: str
    quantity: int
    price: int
    gtin: str | None = None
    order: str | None = None
    note: str | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Brought:
    """A delivered line: its number, what of it is on no invoice (thousandths), the agreed price (millionths).

    `order` is the number of its record, `note` that of its delivery note.
    """

    key: int
    name: str
    unit: str
    left: int
    price: int
    order: str
    note: str
    day: date
    gtin: str | None = None


def unit_of(code: str) -> str:
    """A unit's code as we write it: others have more codes for one thing."""
    plain = code.strip().upper()
    return "H87" if plain in PIECES else plain


def place(lines: Sequence[Written], brought: Iterable[Brought]) -> list[int | None]:
    """For each line the key of the delivered line that it means; None where a person must choose.

    Each delivered line is meant once; a line for which no other is left that fits means it once more, and the
    match then finds that it is invoiced twice.
    """
    known = list(brought)
    scores = [{one.key: score(line, one) for one in known} for line in lines]
    placed: list[int | None] = [None] * len(lines)
    free = {one.key for one in known}
    # The surest lines choose first.
    for at in sorted(range(len(lines)), key=lambda at: -max(scores[at].values(), default=0)):
        placed[at] = _best(scores[at], free) or _best(scores[at], {one.key for one in known})
        free.discard(placed[at] or 0)
    return placed


def score(line: Written, one: Brought) -> int:
    """How well a delivered line fits; 0: not at all (another unit, or neither name nor GTIN agrees)."""
    if unit_of(line.unit) != unit_of(one.unit):
        return 0
    same = _same(line.name, one.name)
    if line.gtin and line.gtin == one.gtin:
        same = GTIN
    if not same:
        return 0
    found = same
    found += ORDER if line.order and _number(line.order) == _number(one.order) else 0
    found += NOTE if line.note and _number(line.note) == _number(one.note) else 0
    found += PRICE if line.price == one.price else 0
    found += QUANTITY if line.quantity == one.left else 0
    if line.day is not None:
        found += DAY if line.day == one.day else -DAY
    return found


def _best(scores: Mapping[int, int], among: set[int]) -> int | None:
    """The one that fits best, if it fits well enough and no other fits as well."""
    ranked = sorted(((score, key) for key, score in scores.items() if key in among), reverse=True)
    if not ranked or ranked[0][0] < ENOUGH or (len(ranked) > 1 and ranked[1][0] == ranked[0][0]):
        return None
    return ranked[0][1]


def _same(one: str, other: str) -> int:
    first, second = _words(one), _words(other)
    if not first or not second:
        return 0
    if first == second:
        return NAME
    return PART_OF_NAME if first <= second or second <= first else 0


def _words(name: str) -> frozenset[str]:
    """The words of a name without case and accents: “Korenje, rdeče” is “RDECE korenje”."""
    plain = unicodedata.normalize("NFD", name.casefold())
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return frozenset(_WORDS.findall(bare))


def _number(number: str) -> str:
    """A record's number without its version (“/2”), for others copy the first."""
    return number.strip().casefold().partition("/")[0]
