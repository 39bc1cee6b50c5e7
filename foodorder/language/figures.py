"""How figures and quantities are written for a person, in the language of the present speech.

In: integer cents, integer thousandths of a unit, integer grams, integer basis points, metres. Out: text with
the separators of the language and a no-break space before the unit. Filters of templates by `formats`.
"""

from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import format_currency, format_decimal, format_percent

from foodorder.language import get_locale, ngettext, pgettext
from foodorder.rules.quantity import UNITS

NBSP = "\N{NO-BREAK SPACE}"
NONE = "–"


def number(value: int | Decimal | None) -> str:
    """1234 → "1.234"."""
    return NONE if value is None else format_decimal(value, locale=get_locale())


def money(cents: int | None) -> str:
    """Cents as euros: 123450 → "1.234,50 €"."""
    return NONE if cents is None else format_currency(Decimal(cents).scaleb(-2), "EUR", locale=get_locale())


def _thousandths(milli: int) -> str:
    return format_decimal(Decimal(milli).scaleb(-3), format="#,##0.###", locale=get_locale())


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
    return f"{format_decimal(kilograms, format='#,##0.###', locale=get_locale())}{NBSP}kg"


def price(cents: int | None, unit: str) -> str:
    """Cents per one unit: (164, "KGM") → "1,64 €/kg"."""
    return NONE if cents is None else f"{money(cents)}/{unit_label(unit)}"


def price_micros(micros: int | None, unit: str) -> str:
    """Millionths of a euro per one unit, in cents and whatever is below: (1645000, "KGM") → "1,645 €/kg"."""
    if micros is None:
        return NONE
    if micros % 10_000 == 0:
        return price(micros // 10_000, unit)
    figure = format_decimal(Decimal(micros).scaleb(-6), format="#,##0.00####", locale=get_locale())
    return f"{figure}{NBSP}€/{unit_label(unit)}"


def _percent(basis_points: int, decimals: str) -> str:
    # The place of the sign is the language's, the number of decimals ours.
    pattern = str(get_locale().percent_formats[None].pattern).replace("##0", f"##0.{decimals}", 1)
    return format_percent(Decimal(basis_points).scaleb(-4), format=pattern, locale=get_locale())


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


def temperature(tenths: int | None) -> str:
    """Tenths of a degree Celsius: 75 → "7,5 °C", -180 → "-18 °C"."""
    if tenths is None:
        return NONE
    return f"{number(Decimal(tenths).scaleb(-1))}{NBSP}°C"
