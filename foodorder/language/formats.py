"""Every format that pages, mails and documents share, and the words of the rules.

Each is a Jinja filter of the same name: `{{ line.net_cents | money }}`. Figures live in `figures`, days and
times in `times`; here are the facts that a rule names, written by their type.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal

from foodorder.language import gettext, ngettext
from foodorder.language.figures import (
    amount,
    distance,
    money,
    number,
    price,
    price_micros,
    rate,
    share,
    temperature,
    unit_label,
    weight,
)
from foodorder.language.times import (
    clock_time,
    day,
    days_between,
    delivery_week,
    local,
    long_day,
    long_moment,
    moment,
    month,
    until,
    weekday,
    weekdays,
    zone,
)
from foodorder.rules.errors import Amount, Money, Price, Refusal, Temperature, Weight

__all__ = [
    "FILTERS", "amount", "clock_time", "day", "days_between", "delivery_week", "distance", "fact", "listed",
    "local", "long_day", "long_moment", "moment", "money", "month", "number", "price", "price_micros", "rate",
    "refusal", "sentence", "share", "temperature", "unit_label", "until", "weekday", "weekdays", "weight",
    "zone",
]  # fmt: skip


def fact(value: object) -> str:
    """One fact of a refusal, formatted by its type; unknown types by their plain text."""
    if isinstance(value, Money):
        return money(value.cents)
    if isinstance(value, Amount):
        return amount(value.milli, value.unit)
    if isinstance(value, Weight):
        return weight(value.grams)
    if isinstance(value, Temperature):
        return temperature(value.tenths)
    if isinstance(value, Price):
        return price_micros(value.micros, value.unit)
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
        number, money, amount, unit_label, weight, price, price_micros, share, rate, distance, temperature,
        day, long_day, month, clock_time, moment, long_moment, days_between, delivery_week, weekday,
        weekdays, until,
        fact, listed, sentence, refusal,
    )
}  # fmt: skip
