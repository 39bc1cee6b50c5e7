"""One bar for each month."""

from collections.abc import Sequence
from datetime import date

from foodorder.audit.charts.drawing import GREEN, Chart, month_axis, month_labels, spec


def standing(months: Sequence[date], values: Sequence[float], width: int, summary: str, title: str) -> Chart:
    """The values of the months under an axis with a title that names their unit."""
    rows = [{"place": place, "value": value} for place, value in enumerate(values)]
    encoding = {
        "x": month_axis(width, len(months)),
        "y": {
            "field": "value",
            "type": "quantitative",
            "axis": {"title": title, "format": ",.0f", "tickCount": 4, "minExtent": 36},
        },
    }
    drawn = spec(
        width, 220, summary, rows,
        params=month_labels(list(months)),
        encoding=encoding,
        mark={"type": "bar", "cornerRadiusEnd": 2, "color": GREEN},
    )  # fmt: skip
    return Chart(drawn, summary)
