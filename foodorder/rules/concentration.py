"""How concentrated spending is: the Herfindahl–Hirschman index, in points from 0 to 10,000.

The sum of the squares of all shares in percent. Limits between loose, moderate and high are dated parameters:
those of the European Commission's guidelines on the assessment of horizontal mergers (OJ C 31, 5.2.2004,
p. 5, points 19 to 21).
"""

from collections.abc import Sequence
from enum import StrEnum

#: The index of a single supplier: one share of 100 percent, squared.
ONE_ALONE = 10_000


class Concentration(StrEnum):
    """How an index stands to the limits."""

    LOOSE = "loose"
    MODERATE = "moderate"
    HIGH = "high"


def index(parts: Sequence[int]) -> int | None:
    """Points of the index of net cents by supplier, half up; None when they come to nothing."""
    whole = sum(parts) ** 2
    return (2 * ONE_ALONE * sum(part**2 for part in parts) + whole) // (2 * whole) if whole else None


def concentration(points: int, moderate: int, high: int) -> Concentration:
    """Above `high` high, above `moderate` moderate, else loose."""
    if points > high:
        return Concentration.HIGH
    return Concentration.MODERATE if points > moderate else Concentration.LOOSE
