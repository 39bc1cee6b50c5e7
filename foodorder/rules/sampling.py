"""Draw a sample so that anybody can draw the same again.

Everything depends on a seed that is written down and on the population, nothing on a machine's own chance:
whoever has both gets the same lines with a few lines of any language.

* By lines: each line gets the SHA-256 of "seed:number of the line"; those with the smallest are drawn. Each
  line is as likely as every other.
* By money (monetary unit sampling, ISA 530): the lines are laid end to end in the order of their numbers,
  a line as long as its cents; the whole is cut into as many equal parts as draws are wanted, and one cent at
  the same place of each part is drawn, the place being the SHA-256 of the seed as a number, modulo the length
  of a part. A line is as likely as it is worth much; one longer than a part is drawn for certain.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from foodorder.rules.errors import N_, Refusal


class Method(StrEnum):
    """How lines are drawn."""

    RANDOM = "random"
    MONEY = "money"


class NothingToDraw(Refusal):
    """An empty population, or one that is worth nothing."""

    message = N_("There is nothing to draw from. Choose other days or remove a filter.")
    default_field = "size"


class MoreThanThereIs(Refusal):
    """More draws than lines, or cents."""

    message = N_("There are only %(count)s lines to draw from.")
    default_field = "size"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a population: its number and its worth in cents."""

    number: int
    cents: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """A line that was drawn, and how many draws fell on it."""

    number: int
    hits: int


def draw(method: Method, seed: str, population: Iterable[Item], size: int) -> tuple[Drawn, ...]:
    """The drawn lines in the order of drawing; the order of `population` does not matter.

    Raises NothingToDraw, MoreThanThereIs.
    """
    items = sorted(population, key=lambda item: item.number)
    if not items:
        raise NothingToDraw
    if size > len(items):
        raise MoreThanThereIs(count=len(items))
    return _by_lines(seed, items, size) if method is Method.RANDOM else _by_money(seed, items, size)


def fingerprint(population: Iterable[Item]) -> bytes:
    """SHA-256 of the whole population: a row "number;cents" and a newline for each, by number."""
    rows = sorted((item.number, item.cents) for item in population)
    return hashlib.sha256("".join(f"{number};{cents}\n" for number, cents in rows).encode()).digest()


def _chance(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest())


def _by_lines(seed: str, items: Sequence[Item], size: int) -> tuple[Drawn, ...]:
    lots = sorted((_chance(f"{seed}:{item.number}"), item.number) for item in items)
    return tuple(Drawn(number, 1) for _, number in lots[:size])


def _by_money(seed: str, items: Sequence[Item], size: int) -> tuple[Drawn, ...]:
    whole = sum(max(item.cents, 0) for item in items)
    if whole < size:
        raise NothingToDraw
    # The k-th part begins at floor(k * whole / size), for cents may not divide evenly.
    place = _chance(seed) % (whole // size)
    wanted = [part * whole // size + place for part in range(size)]
    hits: dict[int, int] = {}
    end, next_one = 0, 0
    for item in items:
        end += max(item.cents, 0)
        while next_one < size and wanted[next_one] < end:
            hits[item.number] = hits.get(item.number, 0) + 1
            next_one += 1
    return tuple(Drawn(number, count) for number, count in hits.items())
