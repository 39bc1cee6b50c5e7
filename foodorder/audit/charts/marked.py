"""Lying bars, each with a mark beside which it is read: use and time, a kitchen and the median of others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from foodorder.audit.charts.drawing import AMBER, GREEN, INK, Chart, spec


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar and its mark in the unit of the axis; a bar that stands out is drawn in amber."""

    name: str
    value: float
    mark: float | None
    stands_out: bool = False


def marked(
    bars: Sequence[Bar],
    width: int,
    summary: str,
    words: tuple[str, str],
    form: str,
    most: float | None = None,
) -> Chart:
    """The bars below each other. `words`: what bar and mark are; `form`: of figures (d3).

    Bars beyond `most` are cut there.
    """
    rows = [
        {
            "place": place,
            "value": bar.value if most is None else min(bar.value, most),
            "colour": AMBER if bar.stands_out else GREEN,
            **({} if bar.mark is None else {"mark": bar.mark}),
        }
        for place, bar in enumerate(bars)
    ]
    narrow = width < 500
    limit, letter = (124, 6.8) if narrow else (300, 7.4)
    longest = max(len(bar.name) for bar in bars)
    y: dict[str, Any] = {
        "field": "place",
        "type": "ordinal",
        "axis": {
            "title": None,
            "labelExpr": "names[datum.value]",
            "labelLimit": limit,
            "minExtent": min(limit, longest * letter) + 6,
            "labelColor": INK,
            "labelFontSize": 12 if narrow else 13,
        },
    }
    axis = {"title": f"▬ {words[0]}   ┃ {words[1]}", "format": form, "tickCount": 4 if narrow else 6}
    layers = [
        {
            "mark": {"type": "bar", "cornerRadiusEnd": 2, "height": {"band": 0.6}},
            "encoding": {
                "y": y,
                "x": {"field": "value", "type": "quantitative", "axis": axis},
                "color": {"field": "colour", "type": "nominal", "scale": None},
            },
        },
        {
            "transform": [{"filter": "isValid(datum.mark)"}],
            "mark": {"type": "tick", "thickness": 3, "size": 22, "color": INK, "opacity": 1},
            "encoding": {"y": y, "x": {"field": "mark", "type": "quantitative"}},
        },
    ]
    drawn = spec(
        width, 28 * len(rows) + 56, summary, rows,
        params=[{"name": "names", "value": [bar.name for bar in bars]}],
        layer=layers,
    )  # fmt: skip
    return Chart(drawn, summary)
