"""A table as a field of squares, the darker the more: who buys from whom, who spends when."""

from collections.abc import Mapping, Sequence
from typing import Any

from foodorder.audit.charts.drawing import GREEN, INK, WHITE, Chart, names_room, spec

#: The palest square; nothing at all stays white.
PALE = "#e3efe7"


def heat(
    rows: Sequence[str],
    columns: Sequence[str],
    cents: Mapping[tuple[int, int], int],
    width: int,
    summary: str,
) -> Chart:
    """Net cents by (row, column), each by its place. Nothing has no square."""
    narrow = width < 500
    data = [{"row": row, "column": column, "cents": of} for (row, column), of in cents.items() if of]
    names: dict[str, Any] = {"title": None, "labelColor": INK, "labelFontSize": 11 if narrow else 12}
    encoding = {
        "y": {
            "field": "row",
            "type": "ordinal",
            "scale": {"domain": list(range(len(rows)))},
            "axis": {**names, "labelExpr": "rows[datum.value]", "labelLimit": 92 if narrow else 220,
                     "minExtent": names_room(rows, 110 if narrow else 260, 7)},
        },
        "x": {
            "field": "column",
            "type": "ordinal",
            "scale": {"domain": list(range(len(columns)))},
            "axis": {
                **names,
                "orient": "top",
                "labelExpr": "columns[datum.value]",
                "labelAngle": -90 if narrow else -45,
                "labelLimit": 88 if narrow else 120,
                "labelOverlap": False,
                "minExtent": 108 if narrow else 0,
            },
        },
        "color": {
            "field": "euros",
            "type": "quantitative",
            "scale": {"range": [PALE, GREEN], "zero": True},
            "legend": {"orient": "bottom", "format": "$,.0f", "gradientLength": min(width - 140, 300),
                       "tickCount": 2 if narrow else 4, "gradientThickness": 10},
        },
    }  # fmt: skip
    drawn = spec(
        width, 26 * len(rows) + (200 if narrow else 170), summary, data,
        params=[{"name": "rows", "value": list(rows)}, {"name": "columns", "value": list(columns)}],
        transform=[{"calculate": "datum.cents / 100", "as": "euros"}],
        # Names that lean to the right end beyond the last square.
        padding={"left": 4, "top": 4, "bottom": 4, "right": 4 if narrow else 72},
        mark={"type": "rect", "stroke": WHITE, "strokeWidth": 1},
        encoding=encoding,
    )  # fmt: skip
    return Chart(drawn, summary)
