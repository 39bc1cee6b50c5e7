"""5. Do we pay what others pay? The price of a food type by month, beside what is paid in the region."""

from dataclasses import replace

from foodorder.audit.cells import crossed, parts, share_of
from foodorder.audit.charts.band import band
from foodorder.audit.prices import Prices
from foodorder.audit.prices import prices as prices_of
from foodorder.audit.questions.frame import Answer, Asked, Exhibit, Headline, asks, in_month, lines
from foodorder.audit.window.scope import REGIONS
from foodorder.language import formats, get_locale, gettext
from foodorder.procurement.documents.tables import Column, Figure, Table
from foodorder.rules.price_bands import ENOUGH

#: Figures of our own lines; medians and quartiles may be of others, whose lines are not shown.
_OURS = ("weight", "net", "price", "above_median")


def brief(asked: Asked) -> str:
    """The price of the dearest food."""
    found = prices_of(asked.selection)
    return _sentence(found) if found else ""


def answer(asked: Asked) -> Answer:
    """The price by month in the band of what others pay, and by producer."""
    found = prices_of(asked.selection)
    if found is None:
        return Answer(gettext("Nothing was delivered"))
    figures = [
        Headline(
            gettext("Price paid"), formats.price(found.price, found.unit), lead=lines(food=found.food_id)
        )
    ]
    if found.around:
        figures.append(Headline(
            gettext("Median: %(whose)s", whose=_whose(found)), formats.price(found.around.median, found.unit),
            gettext("half of the weight between %(lower)s and %(upper)s",
                    lower=formats.price(found.around.lower, found.unit),
                    upper=formats.price(found.around.upper, found.unit)),
        ))  # fmt: skip
    return Answer(_sentence(found), tuple(figures), (_months(found), _producers(asked, found)), _notes(found))


def _notes(found: Prices) -> tuple[str, ...]:
    unit = formats.unit_label(found.unit)
    whose = (
        gettext(
            "Around us are the municipalities of the region %(region)s. A month is told only when at least"
            " %(enough)s of them bought the food, so that nobody’s prices can be read off.",
            region=_whose(found), enough=ENOUGH,
        )
        if found.region
        else gettext(
            "Fewer than %(enough)s municipalities of the region bought this food, so the median and the"
            " quartiles are those of our own municipality.",
            enough=ENOUGH,
        )
    )  # fmt: skip
    return (
        gettext(
            "Prices are net, for one unit (%(unit)s); what is sold otherwise is told by its weight. Every"
            " kilogram counts the same in the median and the quartiles.",
            unit=unit,
        ),
        whose,
    )  # fmt: skip


def name_of(found: Prices) -> str:
    """The food in the reader's language."""
    return found.name_sl if get_locale().language == "sl" else found.name_en


def _whose(found: Prices) -> str:
    return REGIONS.get(found.region, found.region) if found.region else gettext("our municipality")


def _sentence(found: Prices) -> str:
    price = formats.price(found.price, found.unit)
    if found.around is None:
        return gettext("%(food)s: %(price)s on average.", food=name_of(found), price=price)
    return gettext(
        "%(food)s: %(price)s on average, the median (%(whose)s) is %(median)s.",
        food=name_of(found), price=price, whose=_whose(found),
        median=formats.price(found.around.median, found.unit),
    )  # fmt: skip


def _above(price: int | None, median: int | None) -> int | None:
    """How far a price lies above a median, basis points; below zero where it lies below."""
    if price is None or not median:
        return None
    far = share_of(abs(price - median), median) or 0
    return far if price >= median else -far


def _months(found: Prices) -> Exhibit:
    per = formats.unit_label(found.unit)
    columns = (
        Column("month", gettext("Month"), Figure.DAY),
        Column("weight", gettext("Weight"), Figure.WEIGHT),
        Column("net", gettext("Net"), Figure.MONEY),
        Column("price", gettext("Price paid, 1 %(unit)s", unit=per), Figure.MONEY),
        Column("lower", gettext("Lower quartile"), Figure.MONEY),
        Column("median", gettext("Median"), Figure.MONEY),
        Column("upper", gettext("Upper quartile"), Figure.MONEY),
        Column("above_median", gettext("Above the median"), Figure.RATE),
    )
    rows = tuple(
        (
            one.month, one.grams, one.net_cents, one.price, *_quartiles(one.around),
            _above(one.price, one.around.median if one.around else None),
        )
        for one in found.months
    )  # fmt: skip
    together = (
        gettext("Together"), sum(one.grams for one in found.months),
        sum(one.net_cents for one in found.months), found.price, *_quartiles(found.around),
        _above(found.price, found.around.median if found.around else None),
    )  # fmt: skip
    food = {"food": str(found.food_id)}
    leads = []
    for one in found.months:
        behind = lines(**food, **in_month(one.month))
        month = asks("prices", **food, **in_month(one.month))
        leads.append({"month": month, **dict.fromkeys(_OURS, behind)})
    behind = lines(**food)
    summary = gettext(
        "Line: price paid by month, in the band between the quartiles with the median (%(whose)s)."
        " %(sentence)s",
        whose=_whose(found), sentence=_sentence(found),
    )  # fmt: skip
    return Exhibit(
        "prices",
        Table(f"{gettext('Prices')}, {name_of(found)}", columns, rows, (together,)),
        leads,
        [dict.fromkeys(_OURS, behind)],
        draw=lambda width: band(
            [(one.month, one.price, one.around) for one in found.months], _whose(found), width, summary
        ),
    )


def _quartiles(around: object) -> tuple[int | None, int | None, int | None]:
    return (
        getattr(around, "lower", None), getattr(around, "median", None), getattr(around, "upper", None),
    )  # fmt: skip


def _producers(asked: Asked, found: Prices) -> Exhibit:
    """What each producer was paid for the food."""
    chosen = replace(asked.selection, food_type_id=found.food_id)
    sellers = parts("producer_id", {one: of for (one,), of in crossed(chosen, "producer_id").items()})
    median = found.around.median if found.around else None
    columns = (
        Column("producer", gettext("Producer"), share=2),
        Column("weight", gettext("Weight"), Figure.WEIGHT),
        Column("net", gettext("Net"), Figure.MONEY),
        Column("price", gettext("Price paid, 1 %(unit)s", unit=formats.unit_label(found.unit)), Figure.MONEY),
        Column("above_median", gettext("Above the median"), Figure.RATE),
    )
    rows, leads = [], []
    for part in sellers:
        price = found.by_weight(part.sums.net_cents, part.sums.grams)
        rows.append((part.name, part.sums.grams, part.sums.net_cents, price, _above(price, median)))
        behind = lines(food=found.food_id, producer=part.id)
        seller = asks("prices", food=found.food_id, producer=part.id)
        leads.append({"producer": seller, **dict.fromkeys(_OURS, behind)})
    table = Table(gettext("Prices by producer"), columns, tuple(rows))
    return Exhibit("producers", table, leads, heading=gettext("What is each producer paid?"))
