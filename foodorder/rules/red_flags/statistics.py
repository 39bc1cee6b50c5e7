"""Quartiles and fences, in whole numbers and exact fractions.

Quantiles are those that Cardinal uses (type 8 of Hyndman and Fan, 1996: nearly unbiased in the median,
whatever the distribution), so that our fences are its fences.
"""

from collections.abc import Sequence
from fractions import Fraction

#: What a whole is in basis points.
WHOLE = 10_000
#: How far beyond the quartiles an outlier lies, in distances between them (Tukey).
REACH = Fraction(3, 2)


def quantile(values: Sequence[Fraction | int], part: Fraction) -> Fraction:
    """The value below which a part of the values lies; raises ValueError where there are none."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values")
    place = (len(ordered) + Fraction(1, 3)) * part + Fraction(1, 3)
    below = int(place)
    if below < 1:
        return Fraction(ordered[0])
    if below >= len(ordered):
        return Fraction(ordered[-1])
    low, high = ordered[below - 1], ordered[below]
    return low + (place - below) * Fraction(high - low)


def quartiles(values: Sequence[Fraction | int]) -> tuple[Fraction, Fraction, Fraction]:
    """First quartile, median and third quartile."""
    first, median, third = (quantile(values, Fraction(part, 4)) for part in (1, 2, 3))
    return first, median, third


def fences(values: Sequence[Fraction | int]) -> tuple[Fraction, Fraction]:
    """Below the first and above the second value lies what is unusual."""
    first, _median, third = quartiles(values)
    return first - REACH * (third - first), third + REACH * (third - first)


def part_of(part: int, whole: int) -> int:
    """A share in basis points, rounded down; nothing of nothing is 0."""
    return part * WHOLE // whole if whole else 0
