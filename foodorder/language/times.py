"""How days and times are written for a person, in the language and zone of the present speech.

In: dates, and aware datetimes, which are told in the municipality's zone. Filters of templates by `formats`.
"""

import re
from datetime import date, datetime, time, timedelta, tzinfo

from babel.dates import format_date, format_time

from foodorder.language import get_locale, get_timezone, gettext, ngettext
from foodorder.language.figures import NBSP, NONE, number
from foodorder.rules.calendar import dates_of

# Date patterns (Unicode CLDR) per language, stated here because Babel's plain English is American.
PATTERNS: dict[str, dict[str, str]] = {
    "sl": {
        "day": "EEE, d. M.",
        "day_year": "EEE, d. M. y",
        "long": "EEEE, d. MMMM y",
        "short": "d. M.",
        "short_year": "d. M. y",
        "month": "LLLL y",
        "at": "{day} ob {time}",
    },
    "en": {
        "day": "EEE d MMM",
        "day_year": "EEE d MMM y",
        "long": "EEEE d MMMM y",
        "short": "d MMM",
        "short_year": "d MMM y",
        "month": "LLLL y",
        "at": "{day} at {time}",
    },
    "it": {
        "day": "EEE d/M",
        "day_year": "EEE d/M/y",
        "long": "EEEE d MMMM y",
        "short": "d/M",
        "short_year": "d/M/y",
        "month": "LLLL y",
        "at": "{day} alle {time}",
    },
}


def _pattern(name: str) -> str:
    return PATTERNS.get(get_locale().language, PATTERNS["en"])[name]


def zone() -> tzinfo:
    """The zone in which times are shown: the municipality's."""
    return get_timezone()


def _unbroken(text: str) -> str:
    return text.replace(" ", NBSP)


def local(instant: datetime) -> datetime:
    """An aware instant in the municipality's zone.

    Raises ValueError for a naive one: nobody could say which hour it means.
    """
    if instant.tzinfo is None:
        raise ValueError("A time without a zone cannot be shown.")
    return instant.astimezone(zone())


def _as_date(value: date | datetime) -> date:
    return local(value).date() if isinstance(value, datetime) else value


def day(value: date | datetime | None, year: bool = False) -> str:
    """The form of tables: "čet., 26. 11." (with `year`: "čet., 26. 11. 2026")."""
    if value is None:
        return NONE
    return _unbroken(
        format_date(_as_date(value), _pattern("day_year" if year else "day"), locale=get_locale())
    )


def long_day(value: date | datetime | None) -> str:
    """The form of sentences: "četrtek, 26. november 2026"."""
    return NONE if value is None else format_date(_as_date(value), _pattern("long"), locale=get_locale())


def month(value: date) -> str:
    """The name of the month and its year: "november 2026"."""
    return format_date(value, _pattern("month"), locale=get_locale())


def clock_time(value: datetime | time | None, seconds: bool = False) -> str:
    """The time of day, "12:00"; a receipt shows it to the second, "12:00:07"."""
    if value is None:
        return NONE
    shown = local(value).time() if isinstance(value, datetime) else value
    return format_time(shown, "HH:mm:ss" if seconds else "HH:mm", locale=get_locale())


def moment(value: datetime | None, seconds: bool = False, year: bool = False) -> str:
    """Day and time of a table in the municipality's zone: "čet., 26. 11. ob 12:00", or with the year."""
    if value is None:
        return NONE
    at = _pattern("at").format(day=day(value, year), time=clock_time(value, seconds))
    return _unbroken(at)


def long_moment(value: datetime | None, seconds: bool = False) -> str:
    """Day and time of a sentence: "četrtek, 26. november 2026 ob 12:00"."""
    if value is None:
        return NONE
    return _pattern("at").format(day=long_day(value), time=clock_time(value, seconds))


def days_between(first: date, last: date, year: bool = False) -> str:
    """A stretch of days: "30. 11.–4. 12."; the year is added where the two differ in it, or if asked for."""
    whole = year or first.year != last.year
    names = ("short_year" if first.year != last.year else "short", "short_year" if whole else "short")
    start, end = (
        format_date(value, _pattern(name), locale=get_locale())
        for value, name in zip((first, last), names, strict=True)
    )
    if first == last:
        return _unbroken(end)
    return _unbroken(start) if start == end else f"{_unbroken(start)}–{_unbroken(end)}"


def delivery_week(monday: date, days: int) -> str:
    """A delivery week as people name it, from its first to its last delivery day: "30. 11.–4. 12.".

    `days` are the cycle's delivery days, bit 0 = Monday; without any the whole week is named.
    """
    dates = dates_of(monday, days or 0b1111111)
    return days_between(dates[0], dates[-1])


def weekday(index: int, short: bool = True) -> str:
    """The name of a weekday, 0 = Monday: "pon." or "ponedeljek"."""
    names = get_locale().days["stand-alone"]["abbreviated" if short else "wide"]
    return str(names[index])


def weekdays(mask: int) -> str:
    """A set of weekdays (bit 0 = Monday): 0b10101 → "pon., sre., pet."."""
    chosen = [weekday(index) for index in range(7) if mask & (1 << index)]
    return ", ".join(chosen) if chosen else NONE


def until(instant: datetime, now: datetime) -> str:
    """How far `instant` is from `now`, both aware: "in 1 day 3 h", or "1 day 3 h ago" when it has passed.

    A number and its unit stay on one line.
    """
    words = _ahead(instant - now) if instant > now else _back(now - instant)
    return re.sub(r"(?<=\d) ", NBSP, words)


def _parts(span: timedelta) -> tuple[int, int, int]:
    minutes = span // timedelta(minutes=1)
    return minutes // 1440, minutes // 60 % 24, minutes % 60


# Written out twice because languages bend the words: Slovene says "čez 2 dneva" but "pred 2 dnevoma".
def _ahead(span: timedelta) -> str:
    days, hours, minutes = _parts(span)
    if days >= 7 or (days and not hours):
        return ngettext("in %(count)s day", "in %(count)s days", days, count=number(days))
    if days:
        return ngettext(
            "in %(count)s day %(hours)s h", "in %(count)s days %(hours)s h", days, count=days, hours=hours
        )
    if hours and minutes:
        return gettext("in %(hours)s h %(minutes)s min", hours=hours, minutes=minutes)
    if hours:
        return gettext("in %(hours)s h", hours=hours)
    if minutes:
        return gettext("in %(minutes)s min", minutes=minutes)
    return gettext("in less than a minute")


def _back(span: timedelta) -> str:
    days, hours, minutes = _parts(span)
    if days >= 7 or (days and not hours):
        return ngettext("%(count)s day ago", "%(count)s days ago", days, count=number(days))
    if days:
        return ngettext(
            "%(count)s day %(hours)s h ago", "%(count)s days %(hours)s h ago", days, count=days, hours=hours
        )
    if hours and minutes:
        return gettext("%(hours)s h %(minutes)s min ago", hours=hours, minutes=minutes)
    if hours:
        return gettext("%(hours)s h ago", hours=hours)
    if minutes:
        return gettext("%(minutes)s min ago", minutes=minutes)
    return gettext("just now")
