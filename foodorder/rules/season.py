"""Seasons: the months in which a food is available locally, from harvest or from store."""

from datetime import date

#: Available all year.
ALL_YEAR = frozenset(range(1, 13))


def parse_months(text: str) -> frozenset[int]:
    """Read months written as ranges: "7-12,1-5", "6-7", "11-2" (over the new year), "4".

    Raises ValueError for anything else.
    """
    months: set[int] = set()
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        start, end = _month(first), _month(last or first)
        months.update(1 + (start - 1 + step) % 12 for step in range((end - start) % 12 + 1))
    return frozenset(months)


def in_season(months: frozenset[int], day: date) -> bool:
    """Whether a date falls in one of the months."""
    return day.month in months


def _month(text: str) -> int:
    if not text.strip().isdecimal() or not 1 <= int(text) <= 12:
        raise ValueError(f"not a month: {text!r}")
    return int(text)
