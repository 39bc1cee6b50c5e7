"""Charts as SVG drawings: Vega-Lite specifications in our own colours, drawn on the server by vl-convert.

A drawing is served as a picture of its own (`<img>`), so that the strict content policy of pages holds and a
telephone loads the narrow drawing instead of a shrunken wide one. Its words for screen readers are `summary`,
and its table always stands beside it. The same data give the same drawing: it is kept by its fingerprint.
"""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock
from types import MappingProxyType
from typing import Any

import vl_convert
from babel.dates import format_date

from foodorder.audit.queries import Comparison, Part, Spend
from foodorder.audit.tables import name_of
from foodorder.language import formats, get_locale, gettext, ngettext

#: Of static/css/foodorder.css.
GREEN, BLUE, AMBER = "#1d5c3f", "#1c4a78", "#b9791a"
INK, GREY, LINE, WHITE = "#26231e", "#5c554b", "#e4dfd6", "#ffffff"
FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif"

#: Version of the grammar that the specifications are written in.
GRAMMAR = "5.20"
#: Width of the drawing in pixels: beside a table at a desk, across a telephone.
WIDTHS: Mapping[str, int] = MappingProxyType({"wide": 860, "narrow": 316})
#: Bars shown before the rest is added up in one.
MOST = 12
#: Drawings kept in memory.
KEPT = 256

_drawn: OrderedDict[str, str] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing not drawn yet: its specification, and what it shows in words."""

    spec: dict[str, Any]
    summary: str

    def svg(self) -> str:
        """The drawing. The same specification is drawn once."""
        told = json.dumps([self.spec, get_locale().language], sort_keys=True, ensure_ascii=False)
        fingerprint = hashlib.sha256(told.encode()).hexdigest()
        with _lock:
            if fingerprint in _drawn:
                _drawn.move_to_end(fingerprint)
                return _drawn[fingerprint]
        drawn: str = vl_convert.vegalite_to_svg(
            self.spec, vl_version=GRAMMAR, allowed_base_urls=[], format_locale=_figures()
        )
        with _lock:
            _drawn[fingerprint] = drawn
            while len(_drawn) > KEPT:
                _drawn.popitem(last=False)
        return drawn


def _figures() -> dict[str, Any]:
    symbols = get_locale().number_symbols["latn"]
    return {
        "decimal": symbols["decimal"],
        "thousands": symbols["group"],
        "grouping": [3],
        "currency": ["", " €"],
        "minus": "−",
    }


def _config() -> dict[str, Any]:
    words = {"labelColor": GREY, "labelFontSize": 12, "titleColor": GREY, "titleFontSize": 12}
    return {
        "font": FONT,
        "background": WHITE,
        "view": {"stroke": None},
        "axis": {**words, "titleFontWeight": "normal", "gridColor": LINE, "domain": False, "ticks": False,
                 "labelPadding": 6, "titlePadding": 10},
        "legend": {**words, "orient": "top", "title": None, "labelColor": INK, "symbolSize": 120,
                   "symbolOpacity": 1, "padding": 0, "offset": 12},
    }  # fmt: skip


def _spec(
    width: int, height: int, summary: str, rows: Sequence[Mapping[str, Any]], **rest: Any
) -> dict[str, Any]:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "description": summary,
        "width": width,
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": 4,
        "data": {"values": list(rows)},
        "config": _config(),
        **rest,
    }


def _short(month: date) -> str:
    return format_date(month, "LLL yy" if month.month == 1 else "LLL", locale=get_locale())


def _month_axis(width: int, count: int) -> dict[str, Any]:
    turned = width // max(count, 1) < 42
    return {
        "field": "place",
        "type": "ordinal",
        "axis": {
            "title": None,
            "labelExpr": "datum.value < 0 ? '' : labels[datum.value]",
            "labelAngle": -90 if turned else 0,
            "labelOverlap": False if width // max(count, 1) > 12 else "parity",
        },
    }


def _labels(months: Sequence[date]) -> list[dict[str, Any]]:
    return [{"name": "labels", "value": [_short(month) for month in months]}]


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
    x = _month_axis(width, len(spend.months))
    y = {
        "field": "euros",
        "type": "quantitative",
        "axis": {"title": None, "format": "$,.0f", "tickCount": 4, "minExtent": 66},
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
    spec = _spec(
        width, 260, summary, rows,
        params=_labels([month for month, _ in spend.months]),
        transform=[{"calculate": "datum.cents / 100", "as": "euros"}],
        layer=layers,
    )  # fmt: skip
    return Chart(spec, summary)


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
    longest = max(len(row["name"]) for row in rows)
    name_axis = {
        "title": None,
        "labelExpr": "names[datum.value]",
        "labelLimit": limit * 5 // 6 if narrow else limit,
        # The fonts of a reader's device are wider than those that are measured here.
        "minExtent": min(limit, longest * letter) + 6,
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
    spec = _spec(
        width, 28 * len(rows) + 8, summary, rows,
        params=[{"name": "names", "value": [row["name"] for row in rows]}],
        encoding=encoding,
        layer=layers,
    )  # fmt: skip
    return Chart(spec, summary)


def shares(spend: Spend, width: int) -> Chart:
    """Organic and local share by weight and month, as two lines."""
    organic, local = gettext("Organic"), gettext("Local")
    rows = []
    for place, (_, sums) in enumerate(spend.months):
        for name, points in ((organic, sums.organic_bp), (local, sums.local_bp)):
            if points is not None:
                rows.append({"place": place, "of": name, "points": points})
    total = spend.total
    summary = gettext(
        "Lines: share of the weight by month. In the whole period %(organic)s organic, %(local)s local.",
        organic=formats.share(total.organic_bp),
        local=formats.share(total.local_bp),
    )
    of = {"field": "of", "type": "nominal"}
    colours = {"domain": [organic, local], "range": [GREEN, BLUE]}
    encoding = {
        "x": _month_axis(width, len(spend.months)),
        "y": {
            "field": "part",
            "type": "quantitative",
            "scale": {"domain": [0, 1]},
            "axis": {"title": None, "format": ".0%", "tickCount": 5},
        },
        "color": {**of, "scale": colours},
        # Told apart without colours too.
        "strokeDash": {**of, "scale": {"domain": [organic, local], "range": [[1, 0], [6, 3]]}},
        "shape": {**of, "scale": {"domain": [organic, local], "range": ["circle", "square"]}},
    }
    spec = _spec(
        width, 220, summary, rows,
        params=_labels([month for month, _ in spend.months]),
        transform=[{"calculate": "datum.points / 10000", "as": "part"}],
        encoding=encoding,
        mark={"type": "line", "strokeWidth": 2.5, "point": {"size": 55, "filled": True}},
    )  # fmt: skip
    return Chart(spec, summary)


#: Name in addresses → drawing of a spend in a width.
CHARTS: Mapping[str, Callable[[Spend, Comparison | None, int], Chart]] = MappingProxyType(
    {
        "months": months,
        "producers": lambda spend, _compared, width: ranked(spend.producers, width),
        "institutions": lambda spend, _compared, width: ranked(spend.institutions, width),
        "groups": lambda spend, _compared, width: ranked(spend.groups, width),
        "shares": lambda spend, _compared, width: shares(spend, width),
    }
)
