"""The order of a day's stops: from the farm always to the nearest door not yet visited.

A list in a good order, not the shortest way there is: who drives knows the roads, and goes first where a door
closes first. Doors that open at different times are therefore taken by the hour they close.
"""

from collections.abc import Callable, Sequence
from datetime import time
from typing import TypeVar

from foodorder.rules.geography import air_metres

Stop = TypeVar("Stop")
Place = tuple[float, float]


def driving_order(
    start: Place, stops: Sequence[Stop], place: Callable[[Stop], Place], closes: Callable[[Stop], time | None]
) -> list[Stop]:
    """The stops in the order they are driven: by the hour their door closes, within it the nearest next.

    `place` gives latitude and longitude in degrees; doors without hours come last. Ties keep their order.
    """
    order: list[Stop] = []
    here = start
    for closing in sorted({closes(stop) or time.max for stop in stops}):
        left = [stop for stop in stops if (closes(stop) or time.max) == closing]
        while left:
            nearest = min(left, key=lambda stop: air_metres(*here, *place(stop)))
            left.remove(nearest)
            order.append(nearest)
            here = place(nearest)
    return order
