"""Drawings of the auditor's answers, each made of plain data in a width (`drawing.WIDTHS`)."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from foodorder.audit.charts.bars import months, ranked
from foodorder.audit.charts.drawing import WIDTHS, Chart
from foodorder.audit.charts.lines import shares
from foodorder.audit.queries import Comparison, Spend

__all__ = ["CHARTS", "WIDTHS", "Chart"]

#: Name in addresses → drawing of a spend in a width.
CHARTS: Mapping[str, Callable[[Spend, Comparison | None, int], Chart]] = MappingProxyType(
    {
        "months": months,
        "producers": lambda spend, _compared, width: ranked(spend.producers, width),
        "institutions": lambda spend, _compared, width: ranked(spend.institutions, width),
        "groups": lambda spend, _compared, width: ranked(spend.groups, width),
        "shares": lambda spend, _compared, width: shares(spend, width),
    }
)
