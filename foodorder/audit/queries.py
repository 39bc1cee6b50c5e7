"""Where the money goes: spend by month, buyer, supplier and food group, with organic and local weight.

One statement adds up a selection in every direction at once. Organic, of a quality scheme: a kilogram counts
when the product had such a certificate on the day of delivery, and once. Local: air distance from the farm of
origin to the door. The base of all is the food bought through this system, nothing else.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text

from foodorder.audit.cells import CELLS, SUMS, Part, Sums, added, crossed, parts, rows, share_of, sums
from foodorder.audit.selection import Selection

__all__ = ["Comparison", "Part", "Spend", "Sums", "added", "compare", "months", "share_of", "spend"]

_SPEND = text(
    CELLS
    + """
SELECT grouping(month, institution_id, producer_id, food_group_id) AS without,
       month, institution_id, producer_id, food_group_id,
"""
    + SUMS
    + " GROUP BY GROUPING SETS ((month), (institution_id), (producer_id), (food_group_id))"
)

#: Bits of grouping() from the left: 1 where the column is not grouped by; the one that is 0 is the direction.
DIRECTIONS = {0b0111: "month", 0b1011: "institution_id", 0b1101: "producer_id", 0b1110: "food_group_id"}


@dataclass(frozen=True, slots=True)
class Spend:
    """A selection added up in four directions; each adds up to the same total. Parts: dearest first."""

    total: Sums
    months: tuple[tuple[date, Sums], ...]
    institutions: tuple[Part, ...]
    producers: tuple[Part, ...]
    groups: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same months of this and of the year before; `whole` if they are the whole selection."""

    first: date
    last: date
    now: Sums
    before: Sums
    months_before: dict[date, Sums]
    whole: bool


def spend(selection: Selection) -> Spend:
    """A selection by month, buyer, supplier and food group."""
    found: dict[str, dict[Any, Sums]] = {key: {} for key in DIRECTIONS.values()}
    for row in rows(_SPEND, selection):
        key = DIRECTIONS[row.without]
        found[key][getattr(row, key)] = sums(row)
    by_month = tuple(sorted(found["month"].items()))
    return Spend(
        added(of for _, of in by_month),
        by_month,
        parts("institution_id", found["institution_id"]),
        parts("producer_id", found["producer_id"]),
        parts("food_group_id", found["food_group_id"]),
    )


def months(selection: Selection) -> dict[date, Sums]:
    """A selection by month alone."""
    return {month: of for (month,), of in crossed(selection, "month").items()}


def compare(selection: Selection, found: Spend, span: tuple[date, date]) -> Comparison | None:
    """With the year before, like with like: only months that both years have in full.

    `span`: first and last recorded day. None when no month can be compared.
    """
    first_full = span[0] if span[0].day == 1 else _next_month(span[0])
    # The day before the month of the day after the last one.
    last_full = (span[1] + timedelta(days=1)).replace(day=1) - timedelta(days=1)
    first = max(selection.first, _year(first_full, +1))
    until = min(selection.last, last_full)
    if first > until:
        return None
    before = months(selection.between(_year(first, -1), _year(until, -1)))
    now = added(of for month, of in found.months if first <= month <= until)
    shifted = {_year(month, +1): of for month, of in before.items()}
    whole = first <= selection.first and until >= min(selection.last, span[1])
    return Comparison(first, until, now, added(before.values()), shifted, whole)


def _year(day: date, years: int) -> date:
    if (day.month, day.day) == (2, 29):
        day -= timedelta(days=1)
    return day.replace(year=day.year + years)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
