"""A price by month as a line within the band of what others pay."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from foodorder.audit.charts.drawing import AMBER, GREEN, Chart, month_axis, month_labels, spec
from foodorder.language import gettext
from foodorder.rules.quantiles import Quartiles

#: The band between the quartiles.
BAND = "#f0dfbd"

#: A month, our price in cents and what others pay; None where nothing was bought.
Price = tuple[date, int | None, Quartiles | None]


def band(prices: Sequence[Price], others: str, width: int, summary: str) -> Chart:
    """Our price by month as a line with dots, the median of others dashed in the band of their quartiles."""
    ours, median = gettext("Price paid"), gettext("Median: %(whose)s", whose=others)
    rows: list[dict[str, Any]] = []
    for place, (_, price, quartiles) in enumerate(prices):
        if price is not None:
            rows.append({"place": place, "of": ours, "price": price / 100})
        if quartiles:
            rows.append({"place": place, "of": median, "price": quartiles.median / 100,
                         "lower": quartiles.lower / 100, "upper": quartiles.upper / 100})  # fmt: skip
    x = month_axis(width, len(prices))
    y = {"field": "price", "type": "quantitative", "scale": {"zero": False, "nice": True},
         "axis": {"title": None, "format": "$,.2f", "tickCount": 5, "minExtent": 60}}  # fmt: skip
    of = {"field": "of", "type": "nominal"}
    names = [ours, median]
    looks = {
        "color": {**of, "scale": {"domain": names, "range": [GREEN, AMBER]}},
        "strokeDash": {**of, "scale": {"domain": names, "range": [[1, 0], [5, 3]]}},
        "shape": {**of, "scale": {"domain": names, "range": ["circle", "diamond"]}},
    }
    layers = [
        {
            "transform": [{"filter": {"field": "of", "equal": median}}],
            "mark": {"type": "area", "color": BAND, "interpolate": "monotone"},
            "encoding": {"x": x, "y": {**y, "field": "lower"}, "y2": {"field": "upper"}},
        },
        {
            "mark": {"type": "line", "strokeWidth": 2.5, "point": {"size": 50, "filled": True}},
            "encoding": {"x": x, "y": y, **looks},
        },
    ]
    drawn = spec(
        width, 260, summary, rows,
        params=month_labels([month for month, *_ in prices]),
        layer=layers,
    )  # fmt: skip
    return Chart(drawn, summary)
