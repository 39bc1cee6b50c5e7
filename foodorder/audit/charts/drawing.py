"""Charts as SVG drawings: Vega-Lite specifications in our own colours, drawn on the server by vl-convert.

A drawing is served as a picture of its own (`<img>`), so that the strict content policy of pages holds and a
telephone loads the narrow drawing instead of a shrunken wide one. Its words for screen readers are `summary`,
and its table always stands beside it. The same data give the same drawing: it is kept by its fingerprint.
"""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock
from types import MappingProxyType
from typing import Any

import vl_convert
from babel.dates import format_date

from foodorder.language import get_locale

#: Of static/css/foodorder.css.
GREEN, BLUE, AMBER = "#1d5c3f", "#1c4a78", "#b9791a"
INK, GREY, LINE, WHITE = "#26231e", "#5c554b", "#e4dfd6", "#ffffff"
FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif"

#: Version of the grammar that the specifications are written in.
GRAMMAR = "5.20"
#: Width of the drawing in pixels: beside a table at a desk, across a telephone.
WIDTHS: Mapping[str, int] = MappingProxyType({"wide": 860, "narrow": 316})
#: Drawings kept in memory.
KEPT = 256

_drawn: OrderedDict[str, str] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing not drawn yet: its specification, and what it shows in words.

    `whole`: the specification is in Vega itself, for what Vega-Lite has no words for.
    """

    spec: dict[str, Any]
    summary: str
    whole: bool = False

    def svg(self) -> str:
        """The drawing. The same specification is drawn once."""
        told = json.dumps([self.spec, get_locale().language], sort_keys=True, ensure_ascii=False)
        fingerprint = hashlib.sha256(told.encode()).hexdigest()
        with _lock:
            if fingerprint in _drawn:
                _drawn.move_to_end(fingerprint)
                return _drawn[fingerprint]
        drawn = self._draw()
        with _lock:
            _drawn[fingerprint] = drawn
            while len(_drawn) > KEPT:
                _drawn.popitem(last=False)
        return drawn

    def _draw(self) -> str:
        if self.whole:
            return str(vl_convert.vega_to_svg(self.spec, allowed_base_urls=[], format_locale=_figures()))
        return str(
            vl_convert.vegalite_to_svg(
                self.spec, vl_version=GRAMMAR, allowed_base_urls=[], format_locale=_figures()
            )
        )


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
                   "symbolOpacity": 1, "padding": 0, "offset": 12, "columnPadding": 28},
    }  # fmt: skip


def spec(
    width: int, height: int, summary: str, rows: Sequence[Mapping[str, Any]], **rest: Any
) -> dict[str, Any]:
    """A specification in our colours: pixels, words for screen readers, rows of data, the rest as it is."""
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


def money_axis(highest_cents: int) -> dict[str, Any]:
    """An axis of whole euros with room for its longest figure, in the wider font of a reader's device."""
    return {
        "title": None,
        "format": "$,.0f",
        "tickCount": 4,
        "minExtent": 66 if highest_cents < 100_000_000 else 92,
    }


def names_room(names: Sequence[str], limit: int, letter: float) -> int:
    """Pixels for the longest of these names at so many pixels a letter, at most `limit`."""
    return round(min(limit, max(map(len, names), default=0) * letter)) + 6


def short(month: date) -> str:
    """A month as it stands under an axis, with its year in January."""
    return format_date(month, "LLL yy" if month.month == 1 else "LLL", locale=get_locale())


def month_axis(width: int, count: int) -> dict[str, Any]:
    """An axis of months by their place; `labels` says what stands under them."""
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


def month_labels(months: Sequence[date]) -> list[dict[str, Any]]:
    """The parameter that `month_axis` reads."""
    return [{"name": "labels", "value": [short(month) for month in months]}]
