"""A waterfall: steps as bars from nothing, and between them what each lost or gained."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from foodorder.audit.charts.drawing import AMBER, BLUE, GREEN, INK, Chart, spec
from foodorder.language import formats


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: a step from nothing to `after`, or a change from `before` to `after`. Net cents."""

    name: str
    before: int
    after: int
    is_step: bool

    @property
    def change(self) -> int:
        """What is written beside it."""
        return self.after if self.is_step else self.after - self.before


def falling(bars: Sequence[Bar], width: int, summary: str) -> Chart:
    """The rows below each other: steps green, what is lost amber, what is gained blue, each with a figure."""
    rows: list[dict[str, Any]] = [
        {
            "place": place,
            "from": 0 if bar.is_step else min(bar.before, bar.after),
            "to": bar.after if bar.is_step else max(bar.before, bar.after),
            "colour": GREEN if bar.is_step else BLUE if bar.change > 0 else AMBER,
            "written": _written(bar),
        }
        for place, bar in enumerate(bars)
    ]
    narrow = width < 500
    limit, letter = (124, 6.8) if narrow else (260, 7.4)
    longest = max(len(bar.name) for bar in bars)
    lowest = min([0, *(row["from"] for row in rows)])
    highest = max([1, *(row["to"] for row in rows)])
    encoding: dict[str, Any] = {
        "y": {
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
        },
        "x": {
            "field": "from",
            "type": "quantitative",
            "axis": None,
            # Room for the figure behind the longest bar.
            "scale": {"domain": [lowest, highest * (1.9 if narrow else 1.2)]},
        },
        "x2": {"field": "to"},
    }
    layers = [
        {
            "mark": {"type": "bar", "height": {"band": 0.68}},
            "encoding": {"color": {"field": "colour", "type": "nominal", "scale": None}},
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 12, "color": INK},
            "encoding": {"text": {"field": "written"}, "x": {**encoding["x"], "field": "to"}, "x2": None},
        },
    ]
    drawn = spec(
        width, 28 * len(rows) + 8, summary, rows,
        params=[{"name": "names", "value": [bar.name for bar in bars]}],
        encoding=encoding,
        layer=layers,
    )  # fmt: skip
    return Chart(drawn, summary)


def _written(bar: Bar) -> str:
    cents = bar.change
    sign = "−" if cents < 0 else "" if bar.is_step else "+"
    return f"{sign}{formats.number((abs(cents) + 50) // 100)}\N{NO-BREAK SPACE}€"
