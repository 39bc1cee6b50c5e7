"""Areas as large as what was spent, in groups: a treemap drawn by Vega."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from foodorder.audit.charts.drawing import FONT, INK, WHITE, Chart

#: Pale enough that ink is read on each of them; groups take them in turn.
TINTS = (
    "#cfe3d6", "#f3e0b8", "#cfdcec", "#ecd5c6", "#dcd7ec", "#e3e7c0", "#f1d2d6", "#c8e3e4", "#e4ddd0",
    "#d5e6bd",
)  # fmt: skip

#: The fonts of a reader's device are wider than those that are measured here: so much of the room is used.
MEASURED = 0.84

#: Height of a group's title in pixels.
TITLE = 20


@dataclass(frozen=True, slots=True)
class Area:
    """A part of a group: its name, what is written under it, net cents."""

    group: str
    name: str
    figure: str
    cents: int


def treemap(areas: Sequence[Area], width: int, summary: str) -> Chart:
    """Areas within their groups. Names that do not fit are cut, or left out: the table has them all."""
    groups = list(dict.fromkeys(area.group for area in areas))
    nodes: list[dict[str, Any]] = [{"id": "all"}]
    nodes += [{"id": f"g{place}", "parent": "all", "name": group} for place, group in enumerate(groups)]
    nodes += [
        {
            "id": f"a{place}", "parent": f"g{groups.index(area.group)}", "group": groups.index(area.group),
            "name": area.name, "figure": area.figure, "cents": area.cents,
        }
        for place, area in enumerate(areas)
    ]  # fmt: skip
    height = 420 if width > 500 else 520
    spec = {
        "$schema": "https://vega.github.io/schema/vega/v5.json",
        "description": summary,
        "width": width,
        "height": height,
        "padding": 0,
        "autosize": "none",
        "background": WHITE,
        "config": {"text": {"font": FONT}},
        "data": [
            {"name": "tree", "values": nodes, "transform": [
                {"type": "stratify", "key": "id", "parentKey": "parent"},
                {"type": "treemap", "field": "cents", "sort": {"field": "value", "order": "descending"},
                 "round": True, "method": "squarify", "ratio": 1.5, "paddingInner": 2, "paddingTop": TITLE,
                 "size": [{"signal": "width"}, {"signal": f"height + {TITLE}"}]},
                # The title of all is not written, so the whole moves up by its height.
                {"type": "formula", "as": "y0", "expr": f"datum.y0 - {TITLE}"},
                {"type": "formula", "as": "y1", "expr": f"datum.y1 - {TITLE}"},
            ]},
            {"name": "groups", "source": "tree",
             "transform": [{"type": "filter", "expr": "datum.parent === 'all'"}]},
            {"name": "areas", "source": "tree",
             "transform": [{"type": "filter", "expr": "isValid(datum.group)"}]},
        ],
        "scales": [
            {"name": "tint", "type": "ordinal", "domain": list(range(len(groups))),
             "range": [TINTS[place % len(TINTS)] for place in range(len(groups))]}
        ],
        "marks": [
            _title(),
            {"type": "rect", "from": {"data": "areas"}, "encode": {"enter": {
                **_box(), "fill": {"scale": "tint", "field": "group"}}}},
            _words("name", 15, 12, "600"),
            _words("figure", 31, 12, "400"),
        ],
    }  # fmt: skip
    return Chart(spec, summary, whole=True)


def _box() -> dict[str, Any]:
    return {"x": {"field": "x0"}, "x2": {"field": "x1"}, "y": {"field": "y0"}, "y2": {"field": "y1"}}


def _title() -> dict[str, Any]:
    return {
        "type": "text",
        "from": {"data": "groups"},
        "encode": {"enter": {
            "x": {"field": "x0", "offset": 1}, "y": {"field": "y0", "offset": 14},
            "text": {"signal": "datum.x1 - datum.x0 > 40 ? datum.name : ''"},
            "fontSize": {"value": 12}, "fontWeight": {"value": "600"}, "fill": {"value": INK},
            "limit": {"signal": f"(datum.x1 - datum.x0 - 4) * {MEASURED}"},
        }},
    }  # fmt: skip


def _words(what: str, down: int, size: int, weight: str) -> dict[str, Any]:
    """A line of text in an area that has room for it."""
    room = f"datum.x1 - datum.x0 > 44 && datum.y1 - datum.y0 > {down + 5}"
    return {
        "type": "text",
        "from": {"data": "areas"},
        "encode": {"enter": {
            "x": {"field": "x0", "offset": 6}, "y": {"field": "y0", "offset": down},
            "text": {"signal": f"{room} ? datum.{what} : ''"},
            "fontSize": {"value": size}, "fontWeight": {"value": weight}, "fill": {"value": INK},
            "limit": {"signal": f"(datum.x1 - datum.x0 - 10) * {MEASURED}"},
        }},
    }  # fmt: skip
