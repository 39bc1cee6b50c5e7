"""Bars by month that stand on each other: what of a month belongs to which kind."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from foodorder.audit.charts.drawing import AMBER, BLUE, GREEN, Chart, month_axis, month_labels, spec

#: Colours of the kinds from the bottom.
COLOURS = (AMBER, BLUE, GREEN)


def stacked(
    months: Sequence[date], kinds: Sequence[tuple[str, Sequence[int]]], width: int, summary: str
) -> Chart:
    """`kinds`: (name, net cents of each month), at most three, from the bottom up."""
    rows = [
        {"place": place, "kind": name, "order": order, "cents": cents}
        for order, (name, values) in enumerate(kinds)
        for place, cents in enumerate(values)
    ]
    names = [name for name, _ in kinds]
    encoding: dict[str, Any] = {
        "x": month_axis(width, len(months)),
        "y": {
            "field": "euros",
            "type": "quantitative",
            "axis": {"title": None, "format": "$,.0f", "tickCount": 4, "minExtent": 66},
        },
        "color": {
            "field": "kind",
            "type": "nominal",
            "scale": {"domain": names, "range": list(COLOURS[: len(names)])},
            "legend": {"columns": 1 if width < 500 else len(names), "labelLimit": width - 60},
        },
        "order": {"field": "order", "type": "quantitative"},
    }
    drawn = spec(
        width, 260, summary, rows,
        params=month_labels(list(months)),
        transform=[{"calculate": "datum.cents / 100", "as": "euros"}],
        encoding=encoding,
        mark={"type": "bar", "cornerRadiusEnd": 1},
    )  # fmt: skip
    return Chart(drawn, summary)
