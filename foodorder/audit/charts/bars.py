"""Bars: months standing, with the year before as a mark; buyers, suppliers and foods lying, dearest first."""

from collections.abc import Sequence
from typing import Any

from foodorder.audit.charts.drawing import (
    AMBER,
    GREEN,
    INK,
    Chart,
    money_axis,
    month_axis,
    month_labels,
    names_room,
    spec,
)
from foodorder.audit.queries import Comparison, Part, Spend
from foodorder.audit.tables import name_of
from foodorder.language import formats, gettext, ngettext

#: Bars shown before the rest is added up in one.
MOST = 12


def months(spend: Spend, compared: Comparison | None, width: int) -> Chart:
    """Net spend by month as bars, the year before as a mark on each bar."""
    now, before = gettext("this year"), gettext("year before")
    known = compared.months_before if compared else {}
    rows: list[dict[str, Any]] = []
    for place, (month, sums) in enumerate(spend.months):
        rows.append({"place": place, "cents": sums.net_cents, "of": now})
        if month in known:
            rows.append({"place": place, "cents": known[month].net_cents, "of": before})
    summary = _months_summary(spend)
    colours = {"domain": [now, before], "range": [GREEN, AMBER]}
    x = month_axis(width, len(spend.months))
    y = {
        "field": "euros",
        "type": "quantitative",
        "axis": money_axis(max(row["cents"] for row in rows)),
    }
    colour: dict[str, Any] = {"field": "of", "type": "nominal", "scale": colours}
    if not known:
        colour["legend"] = None
    layers = [
        {
            "transform": [{"filter": {"field": "of", "equal": now}}],
            "mark": {"type": "bar", "cornerRadiusEnd": 2},
            "encoding": {"x": x, "y": y, "color": colour},
        },
        {
            "transform": [{"filter": {"field": "of", "equal": before}}],
            "mark": {
                "type": "tick",
                "thickness": 3,
                "size": 0.8 * width / (len(spend.months) + 2),
                "opacity": 1,
            },
            "encoding": {"x": x, "y": y, "color": colour},
        },
    ]
    drawn = spec(
        width, 260, summary, rows,
        params=month_labels([month for month, _ in spend.months]),
        transform=[{"calculate": "datum.cents / 100", "as": "euros"}],
        layer=layers,
    )  # fmt: skip
    return Chart(drawn, summary)


def _months_summary(spend: Spend) -> str:
    month, highest = max(spend.months, key=lambda one: one[1].net_cents)
    return gettext(
        "Bars: net spend by month of delivery. The highest is %(month)s with %(sum)s.",
        month=formats.month(month),
        sum=formats.money(highest.net_cents),
    )


def ranked(parts: Sequence[Part], width: int) -> Chart:
    """Net spend by buyer, supplier or food group as lying bars, dearest first.

    The rest together is told without a bar: it is no part like the others, and would dwarf them.
    """
    shown, rest = list(parts[:MOST]), parts[MOST:]
    rows: list[dict[str, Any]] = [
        {"name": name_of(part), "cents": part.sums.net_cents, "bar": part.sums.net_cents} for part in shown
    ]
    if rest:
        count = len(rest)
        others = ngettext("the remaining %(count)s", "the remaining %(count)s", count, count=count)
        cents = sum(part.sums.net_cents for part in rest)
        rows.append({"name": others, "cents": cents, "bar": 0})
    for place, row in enumerate(rows):
        # Two farms may have one name: rows are told apart by their place.
        row["place"] = place
        row["written"] = f"{formats.number((row['cents'] + 50) // 100)}\N{NO-BREAK SPACE}€"
    first = shown[0]
    summary = gettext(
        "Bars: net spend, dearest first. The first is %(name)s with %(sum)s.",
        name=name_of(first),
        sum=formats.money(first.sums.net_cents),
    )
    narrow = width < 500
    limit, letter = (132, 6.8) if narrow else (260, 7.4)
    name_axis = {
        "title": None,
        "labelExpr": "names[datum.value]",
        "labelLimit": limit * 5 // 6 if narrow else limit,
        # The fonts of a reader's device are wider than those that are measured here.
        "minExtent": names_room([row["name"] for row in rows], limit, letter),
        "labelColor": INK,
        "labelFontSize": 12 if narrow else 13,
    }
    top = max(row["bar"] for row in rows) or 1
    encoding = {
        "y": {"field": "place", "type": "ordinal", "axis": name_axis},
        "x": {
            "field": "bar",
            "type": "quantitative",
            "axis": None,
            # Room for the figure behind the longest bar.
            "scale": {"domain": [0, top * (2.0 if narrow else 1.25)]},
        },
    }
    layers = [
        {
            "mark": {"type": "bar", "cornerRadiusEnd": 2, "height": {"band": 0.72}, "color": GREEN},
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 12, "color": INK},
            "encoding": {"text": {"field": "written"}},
        },
    ]
    drawn = spec(
        width, 28 * len(rows) + 8, summary, rows,
        params=[{"name": "names", "value": [row["name"] for row in rows]}],
        encoding=encoding,
        layer=layers,
    )  # fmt: skip
    return Chart(drawn, summary)
