"""Lines: shares of the weight by month."""

from foodorder.audit.charts.drawing import BLUE, GREEN, Chart, month_axis, month_labels, spec
from foodorder.audit.queries import Spend
from foodorder.language import formats, gettext


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
        "x": month_axis(width, len(spend.months)),
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
    drawn = spec(
        width, 220, summary, rows,
        params=month_labels([month for month, _ in spend.months]),
        transform=[{"calculate": "datum.points / 10000", "as": "part"}],
        encoding=encoding,
        mark={"type": "line", "strokeWidth": 2.5, "point": {"size": 55, "filled": True}},
    )  # fmt: skip
    return Chart(drawn, summary)
