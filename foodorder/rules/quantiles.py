"""Median and quartiles of weighted values: the price that half of all kilograms cost at most."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Quartiles:
    """Lower quartile, median and upper quartile, in the unit of the values."""

    lower: int
    median: int
    upper: int


def quantile(values: Sequence[tuple[int, int]], part: Fraction) -> int | None:
    """The smallest of (value, weight) up to which at least `part` of the weight lies; None of no weight."""
    whole = sum(weight for _, weight in values)
    if whole <= 0:
        return None
    so_far = 0
    for value, weight in sorted(values):
        so_far += weight
        if so_far >= part * whole:
            return value
    return max(value for value, _ in values)


def quartiles(values: Sequence[tuple[int, int]]) -> Quartiles | None:
    """The quartiles of (value, weight); None of no weight."""
    found = [quantile(values, Fraction(number, 4)) for number in (1, 2, 3)]
    lower, median, upper = found
    if lower is None or median is None or upper is None:
        return None
    return Quartiles(lower, median, upper)
