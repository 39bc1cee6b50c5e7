"""How figures, quantities and times are written for a person, in the reader's language.

In: integer cents, integer thousandths of a unit, integer grams, integer basis points, dates, aware datetimes.
Out: text with the separators of the language and a no-break space before the unit.
Times are shown in the zone of the present speech: the municipality's.

Everything here is a Jinja filter of the same name in pages, mails and documents: `{{ line.net_cents | money }}`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal, format_percent

from foodorder.language import get_locale, get_timezone, gettext, ngettext, pgettext
from foodorder.rules.errors import Amount, Money, Refusal, Weight
from foodorder.rules.quantity import UNITS

NBSP = "\N{NO-BREAK SPACE}"
NONE = "–"

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


def _locale() -> Locale:
    return get_locale()


def _pattern(name: str) -> str:
    return PATTERNS.get(_locale().language, PATTERNS["en"])[name]


def zone() -> tzinfo:
    """The zone in which times are shown: the municipality's."""
    return get_timezone()


# Figures


def number(value: int | Decimal | None) -> str:
    """1234 → "1.234"."""
    return NONE if value is None else format_decimal(value, locale=_locale())


def money(cents: int | None) -> str:
    """Cents as euros: 123450 → "1.234,50 €"."""
    return NONE if cents is None else format_currency(Decimal(cents).scaleb(-2), "EUR", locale=_locale())


def _thousandths(milli: int) -> str:
    return format_decimal(Decimal(milli).scaleb(-3), format="#,##0.###", locale=_locale())


def amount(milli: int | None, unit: str = "") -> str:
    """Thousandths of a unit with its name: (12500, "KGM") → "12,5 kg", (2000, "H87") → "2 kosa".

    `unit` is a code of UN/ECE Recommendation 20; without one only the figure is written.
    """
    if milli is None:
        return NONE
    count = _thousandths(milli)
    if not unit:
        return count
    if unit == "H87":
        if milli % 1000:
            # A part of a piece takes a form of its own in some languages (Slovene: 1,5 kosa).
            return pgettext("part of a piece", "%(count)s pieces", count=count).replace(" ", NBSP)
        return ngettext("%(count)s piece", "%(count)s pieces", milli // 1000, count=count).replace(" ", NBSP)
    return f"{count}{NBSP}{unit_label(unit)}"


def unit_label(code: str) -> str:
    """The unit as it stands after "per" or at the head of a column: "KGM" → "kg", "H87" → "kos"."""
    if code == "H87":
        return pgettext("unit", "piece")
    return UNITS[code].symbol if code in UNITS else code


def weight(grams: int | None) -> str:
    """Grams as a person says them: 850 → "850 g", 12500 → "12,5 kg", 1234567 → "1.234,6 kg".

    From 100 kg one decimal is enough to read; the exact grams stand in every export.
    """
    if grams is None:
        return NONE
    if abs(grams) < 1000:
        return f"{number(grams)}{NBSP}g"
    kilograms = Decimal(grams).scaleb(-3)
    if abs(grams) >= 100_000:
        kilograms = kilograms.quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{format_decimal(kilograms, format='#,##0.###', locale=_locale())}{NBSP}kg"


def price(cents: int | None, unit: str) -> str:
    """Cents per one unit: (164, "KGM") → "1,64 €/kg"."""
    return NONE if cents is None else f"{money(cents)}/{unit_label(unit)}"


def _percent(basis_points: int, decimals: str) -> str:
    # The place of the sign is the language's, the number of decimals ours.
    pattern = str(_locale().percent_formats[None].pattern).replace("##0", f"##0.{decimals}", 1)
    return format_percent(Decimal(basis_points).scaleb(-4), format=pattern, locale=_locale())


def share(part: int | None, of: int | None = None) -> str:
    """A share with one decimal: basis points (1420 → "14,2 %") or part of a whole (share(71, of=500)).

    A whole of zero has no shares: "–".
    """
    if part is None or of == 0:
        return NONE
    basis_points = part if of is None else (2 * part * 10_000 + of) // (2 * of)
    tenths = Decimal(basis_points).scaleb(-1).quantize(Decimal(1), ROUND_HALF_UP)
    return _percent(int(tenths) * 10, "0")


def rate(basis_points: int | None) -> str:
    """A rate with as many decimals as it has: 950 → "9,5 %", 2200 → "22 %"."""
    return NONE if basis_points is None else _percent(basis_points, "##")


def distance(metres: int | None) -> str:
    """Metres as whole kilometres, "< 1 km" below the first."""
    if metres is None:
        return NONE
    kilometres = (metres + 500) // 1000
    return f"{number(kilometres)}{NBSP}km" if kilometres else f"<{NBSP}1{NBSP}km"


# Days and times


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
    return _unbroken(format_date(_as_date(value), _pattern("day_year" if year else "day"), locale=_locale()))


def long_day(value: date | datetime | None) -> str:
    """The form of sentences: "četrtek, 26. november 2026"."""
    return NONE if value is None else format_date(_as_date(value), _pattern("long"), locale=_locale())


def month(value: date) -> str:
    """The name of the month and its year: "november 2026"."""
    return format_date(value, _pattern("month"), locale=_locale())


def clock_time(value: datetime | time | None, seconds: bool = False) -> str:
    """The time of day, "12:00"; a receipt shows it to the second, "12:00:07"."""
    if value is None:
        return NONE
    shown = local(value).time() if isinstance(value, datetime) else value
    return format_time(shown, "HH:mm:ss" if seconds else "HH:mm", locale=_locale())


def moment(value: datetime | None, seconds: bool = False) -> str:
    """Day and time of a table in the municipality's zone: "čet., 26. 11. ob 12:00"."""
    if value is None:
        return NONE
    at = _pattern("at").format(day=day(value), time=clock_time(value, seconds))
    return _unbroken(at)


def long_moment(value: datetime | None, seconds: bool = False) -> str:
    """Day and time of a sentence: "četrtek, 26. november 2026 ob 12:00"."""
    if value is None:
        return NONE
    return _pattern("at").format(day=long_day(value), time=clock_time(value, seconds))


def days_between(first: date, last: date) -> str:
    """A stretch of days: "30. 11.–4. 12."; the year is added where the two differ in it."""
    name = "short" if first.year == last.year else "short_year"
    start, end = (format_date(value, _pattern(name), locale=_locale()) for value in (first, last))
    return _unbroken(start) if start == end else f"{_unbroken(start)}–{_unbroken(end)}"


def weekday(index: int, short: bool = True) -> str:
    """The name of a weekday, 0 = Monday: "pon." or "ponedeljek"."""
    names = _locale().days["stand-alone"]["abbreviated" if short else "wide"]
    return str(names[index])


def weekdays(mask: int) -> str:
    """A set of weekdays (bit 0 = Monday): 0b10101 → "pon., sre., pet."."""
    chosen = [weekday(index) for index in range(7) if mask & (1 << index)]
    return ", ".join(chosen) if chosen else NONE


def until(instant: datetime, now: datetime) -> str:
    """How far `instant` is from `now`, both aware: "in 1 day 3 h", or "1 day 3 h ago" when it has passed."""
    return _ahead(instant - now) if instant > now else _back(now - instant)


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


# Words of the rules


def fact(value: object) -> str:
    """One fact of a refusal, formatted by its type; unknown types by their plain text."""
    if isinstance(value, Money):
        return money(value.cents)
    if isinstance(value, Amount):
        return amount(value.milli, value.unit)
    if isinstance(value, Weight):
        return weight(value.grams)
    if isinstance(value, datetime):
        return long_moment(value)
    if isinstance(value, date):
        return long_day(value)
    if isinstance(value, time):
        return clock_time(value)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, (int, Decimal)):
        return number(value)
    if isinstance(value, (list, tuple)):
        return listed([fact(item) for item in value])
    return str(value)


def listed(words: Sequence[str]) -> str:
    """Words joined with commas and an "and": "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return gettext("%(words)s and %(last)s", words=", ".join(words[:-1]), last=words[-1])


def sentence(message: str, facts: Mapping[str, object], plural: str | None = None) -> str:
    """A marked sentence of the rules in the reader's language, its facts formatted by their type.

    With `plural` the fact `count` chooses the form.
    """
    words = {name: fact(value) for name, value in facts.items()}
    count = facts.get("count")
    if plural is not None and isinstance(count, int):
        return ngettext(message, plural, count, **words)
    return gettext(message, **words)


def refusal(reason: Refusal) -> str:
    """The sentence of a refusal in the reader's language."""
    return sentence(reason.message, reason.facts, reason.plural)


FILTERS: Mapping[str, Callable[..., str]] = {
    function.__name__: function
    for function in (
        number, money, amount, unit_label, weight, price, share, rate, distance,
        day, long_day, month, clock_time, moment, long_moment, days_between, weekday, weekdays, until,
        fact, listed, sentence, refusal,
    )
}  # fmt: skip
