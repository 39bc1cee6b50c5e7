"""Choosing another offer than the first by the published criteria: when a reason is asked for.

The choice is the kitchen's, but it is explained. Of one food type at one door: an offer is passed over when
another with fewer points is ordered in a larger quantity, although the better one can be had on the same day
and enough of it is left. Equal points ask for nothing, for there only the lot decides.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Wanted(NamedTuple):
    """An offer of the food type as one order stands to it.

    `days` is the bitmask of weekdays on which it can be had; `left` what this order could still take beyond
    what it asks, in thousandths (None: no limit); `minimum` the least of one delivery. `asked`: weekday →
    thousandths asked at this door.
    """

    offer: int
    total: int
    days: int
    left: int | None
    minimum: int
    asked: Mapping[int, int]


def passed_over(offers: Sequence[Wanted]) -> tuple[int, int] | None:
    """The first offer that is passed over and the one chosen instead; None when nothing needs a reason.

    `offers` in the published order, best first. Of several such pairs it is the best offer, and the one with
    the fewest points that is ordered in its place.
    """
    for place, better in enumerate(offers):
        for other in reversed(offers[place + 1 :]):
            if other.total < better.total and _instead(better, other):
                return better.offer, other.offer
    return None


def _instead(better: Wanted, other: Wanted) -> bool:
    """Whether more is asked of the other although the better could bring some of it."""
    return sum(other.asked.values()) > sum(better.asked.values()) and any(
        quantity and _can_bring(better, weekday, quantity) for weekday, quantity in other.asked.items()
    )


def _can_bring(better: Wanted, weekday: int, quantity: int) -> bool:
    return bool(
        better.days >> weekday & 1
        and (better.left is None or better.left >= quantity)
        and better.asked.get(weekday, 0) + quantity >= better.minimum
    )
