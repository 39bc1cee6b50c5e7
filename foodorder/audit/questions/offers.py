"""8. Is there a choice? How many producers offer each food, and what is bought where only one does."""

from collections import defaultdict
from datetime import date

from foodorder.audit.cells import share_of
from foodorder.audit.charts.stacked import stacked
from foodorder.audit.questions.frame import (
    Answer,
    Asked,
    Exhibit,
    Headline,
    Lead,
    Leads,
    asks,
    in_month,
)
from foodorder.audit.single_offers import (
    ENOUGH,
    Choice,
    Offered,
    by_food,
    by_month,
    by_producers,
    choice,
    offered,
    whole,
)
from foodorder.language import formats, get_locale, gettext, ngettext
from foodorder.procurement.documents.tables import Column, Figure, Row, Table


def brief(asked: Asked) -> str:
    """For how much of the money there was a single producer."""
    found = whole(asked.selection)
    return _sentence(found) if found.weeks else ""


def answer(asked: Asked) -> Answer:
    """Single offers by food, by month and by the number of producers."""
    found = offered(asked.selection)
    if not found:
        return Answer(gettext("No recorded week begins in this period"))
    everything = choice(found)
    return Answer(
        _sentence(everything),
        figures=(
            Headline(gettext("Weeks of foods with one producer alone"), formats.share(_single(everything)),
                     gettext("%(single)s of %(all)s", single=formats.number(everything.single_weeks),
                             all=formats.number(everything.weeks)), lead=_weeks(producers=1)),
            Headline(gettext("Money where one producer alone offered"),
                     formats.share(share_of(everything.single_cents, everything.net_cents)),
                     formats.money(everything.single_cents), lead=_weeks(producers=1)),
        ),
        exhibits=(_months(found), _foods(found), _producers(found)),
        notes=(
            gettext(
                "A week of a food is a delivery week in which it was offered. Offers are made to all kitchens"
                " of the municipality, so institution, producer, lawful basis and certificate do not narrow"
                " this page. A week belongs to the month of its Monday."
            ),
            gettext(
                "One producer alone is no fault by itself: it is a reason to ask whether others know of the"
                " demand."
            ),
        ),
        further=((gettext("Where kitchens chose another offer than the first"), Lead("offer_choices")),),
    )  # fmt: skip


def _sentence(found: Choice) -> str:
    return gettext(
        "For %(share)s of the money one producer alone offered the food.",
        share=formats.share(share_of(found.single_cents, found.net_cents)),
    )


def _single(found: Choice) -> int | None:
    return share_of(found.single_weeks, found.weeks)


def _name(one: Offered) -> str:
    return one.name_sl if get_locale().language == "sl" else one.name_en


def count_words(producers: int) -> str:
    """So many producers, in words."""
    if producers == 0:
        return gettext("no offer")
    if producers >= ENOUGH:
        return gettext("%(count)s producers or more", count=ENOUGH)
    return ngettext("%(count)s producer", "%(count)s producers", producers, count=producers)


def _columns() -> tuple[Column, ...]:
    return (
        Column("weeks", gettext("Weeks offered"), Figure.COUNT),
        Column("single", gettext("with one producer"), Figure.COUNT),
        Column("single_share", gettext("Share"), Figure.RATE),
        Column("net", gettext("Net"), Figure.MONEY),
        Column("single_net", gettext("Net with one producer"), Figure.MONEY),
        Column("single_net_share", gettext("Share of the money"), Figure.RATE),
    )


def _values(found: Choice) -> tuple[int | None, ...]:
    return (
        found.weeks, found.single_weeks, _single(found), found.net_cents, found.single_cents,
        share_of(found.single_cents, found.net_cents),
    )  # fmt: skip


def _weeks(**narrower: object) -> Lead:
    """The weeks of foods behind a figure."""
    return Lead("food_weeks", {name: str(value) for name, value in narrower.items()})


def _behind(**narrower: str) -> Leads:
    """Where the figures of a row lead: to all its weeks, or to those with one producer alone."""
    every, single = _weeks(**narrower), _weeks(**narrower, producers=1)
    return {
        **dict.fromkeys(("weeks", "net"), every),
        **dict.fromkeys(("single", "single_share", "single_net", "single_net_share"), single),
    }


def _months(found: list[Offered]) -> Exhibit:
    told = by_month(found)
    rows: tuple[Row, ...] = tuple((month, *_values(one)) for month, one in told)
    months = [month for month, _ in told]
    cents: dict[tuple[date, int], int] = defaultdict(int)
    for row in found:
        cents[row.month, row.producers] += row.net_cents
    kinds = [(count_words(count), [cents[month, count] for month in months]) for count in (1, 2, ENOUGH)]
    together = choice(found)
    summary = gettext(
        "Bars: net spend by month, by how many producers offered the food; for %(share)s it was one alone.",
        share=formats.share(share_of(together.single_cents, together.net_cents)),
    )
    return Exhibit(
        "months",
        Table(
            gettext("Single offers by month"),
            (Column("month", gettext("Month"), Figure.DAY), *_columns()),
            rows,
            ((gettext("Together"), *_values(together)),),
        ),
        [{"month": asks("offers", **in_month(month)), **_behind(**in_month(month))} for month in months],
        [_behind()],
        draw=lambda width: stacked(months, kinds, width, summary),
    )


def _foods(found: list[Offered]) -> Exhibit:
    told = by_food(found)
    rows: tuple[Row, ...] = tuple((_name(one), *_values(of)) for one, of in told)
    return Exhibit(
        "foods",
        Table(
            gettext("Single offers by food"), (Column("food", gettext("Food"), share=2), *_columns()), rows
        ),
        [
            {"food": asks("offers", food=one.food_type_id), **_behind(food=str(one.food_type_id))}
            for one, _ in told
        ],
        heading=gettext("Which foods have one producer alone?"),
    )


def _producers(found: list[Offered]) -> Exhibit:
    everything = choice(found)
    told = by_producers(found)
    columns = (
        Column("producers", gettext("Producers"), share=2),
        Column("weeks", gettext("Weeks of foods"), Figure.COUNT),
        Column("weeks_share", gettext("Share"), Figure.RATE),
        Column("net", gettext("Net"), Figure.MONEY),
        Column("net_share", gettext("Share of the money"), Figure.RATE),
    )
    rows: tuple[Row, ...] = tuple(
        (
            count_words(count), one.weeks, share_of(one.weeks, everything.weeks), one.net_cents,
            share_of(one.net_cents, everything.net_cents),
        )
        for count, one in told
    )  # fmt: skip
    total = (gettext("Together"), everything.weeks, None, everything.net_cents, None)
    return Exhibit(
        "producers",
        Table(gettext("By the number of producers"), columns, rows, (total,)),
        [
            dict.fromkeys(("weeks", "weeks_share", "net", "net_share"), _weeks(producers=count))
            for count, _ in told
        ],
        [dict.fromkeys(("weeks", "net"), _weeks())],
        heading=gettext("How many producers offer?"),
    )
