"""Lines by month: spend since January against the budget, shares of the weight against their targets."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from foodorder.audit.charts.drawing import (
    AMBER,
    BLUE,
    GREEN,
    Chart,
    money_axis,
    month_axis,
    month_labels,
    spec,
)
from foodorder.language import gettext

#: Of each line of a drawing: colour, dashes and mark, so that it is told apart without colours too.
LOOKS: Sequence[tuple[str, list[int], str]] = (
    (GREEN, [1, 0], "circle"),
    (AMBER, [2, 2], "diamond"),
    (BLUE, [6, 3], "square"),
)

#: A month, spend since January in net cents, the budget of the year or None.
Standing = tuple[date, int, int | None]


def against_budget(points: Sequence[Standing], width: int, summary: str) -> Chart:
    """Spend since January as a line that begins anew each year, the budget of the year as a dashed one."""
    spent, budget = gettext("Since January"), gettext("Budget of the year")
    rows: list[dict[str, Any]] = []
    for place, (month, cents, entered) in enumerate(points):
        rows.append({"place": place, "year": month.year, "cents": cents, "of": spent})
        if entered is not None:
            rows.append({"place": place, "year": month.year, "cents": entered, "of": budget})
    names = [spent, budget] if any(entered is not None for *_, entered in points) else [spent]
    drawn = spec(
        width, 240, summary, rows,
        params=month_labels([month for month, *_ in points]),
        transform=[{"calculate": "datum.cents / 100", "as": "euros"}],
        encoding={
            "x": month_axis(width, len(points)),
            "y": {
                "field": "euros",
                "type": "quantitative",
                "axis": money_axis(max(row["cents"] for row in rows)),
            },
            "detail": {"field": "year", "type": "nominal"},
            **_told_apart(names),
        },
        mark={"type": "line", "strokeWidth": 2.5, "point": {"size": 45, "filled": True}},
    )  # fmt: skip
    return Chart(drawn, summary)


#: The name of a line and its shares by month in basis points, None where there is none.
Line = tuple[str, Sequence[int | None]]


def shares(
    months: Sequence[date], lines: Sequence[Line], targets: Sequence[Line], width: int, summary: str
) -> Chart:
    """Shares of the weight as lines, and the targets of some of them as thin dashes of the same colour."""
    names = [name for name, _ in lines]
    rows: list[dict[str, Any]] = []
    for kind, given in (("share", lines), ("target", targets)):
        for name, points in given:
            rows += [
                {"place": place, "of": name, "points": one, "kind": kind}
                for place, one in enumerate(points)
                if one is not None
            ]
    x, y = month_axis(width, len(months)), _percent()
    looks = _told_apart(names)
    layers: list[dict[str, Any]] = [
        {
            "transform": [{"filter": {"field": "kind", "equal": "share"}}],
            "mark": {"type": "line", "strokeWidth": 2.5, "point": {"size": 55, "filled": True}},
            "encoding": {"x": x, "y": y, **looks},
        },
        {
            "transform": [{"filter": {"field": "kind", "equal": "target"}}],
            "mark": {"type": "tick", "thickness": 2, "size": max(0.8 * width / (len(months) + 2), 6)},
            "encoding": {"x": x, "y": y, "color": looks["color"]},
        },
    ]
    drawn = spec(
        width, 240, summary, rows,
        params=month_labels(months),
        transform=[{"calculate": "datum.points / 10000", "as": "part"}],
        layer=layers,
    )  # fmt: skip
    return Chart(drawn, summary)


def _percent() -> dict[str, Any]:
    return {
        "field": "part",
        "type": "quantitative",
        "scale": {"domain": [0, 1]},
        "axis": {"title": None, "format": ".0%", "tickCount": 5},
    }


def _told_apart(names: Sequence[str]) -> dict[str, Any]:
    of = {"field": "of", "type": "nominal"}
    looks = LOOKS[: len(names)] if len(names) != 2 else (LOOKS[0], LOOKS[2])
    return {
        channel: {**of, "scale": {"domain": list(names), "range": [look[place] for look in looks]}}
        for place, channel in enumerate(("color", "strokeDash", "shape"))
    }
