"""The auditor's counter: spend, records, lines, cycles, trail. It reads, and asks for checks of the trail."""

from foodorder.blueprints.auditor import (
    agreements,
    chain,
    choices,
    claims,
    cycles,
    deviations,
    duties,
    integrity,
    invoices,
    notes,
    offers,
    records,
    reports,
    shares,
    spend,
    step_lines,
    trail,
)
from foodorder.blueprints.auditor.counter import bp

__all__ = [
    "agreements",
    "bp",
    "chain",
    "choices",
    "claims",
    "cycles",
    "deviations",
    "duties",
    "integrity",
    "invoices",
    "notes",
    "offers",
    "records",
    "reports",
    "shares",
    "spend",
    "step_lines",
    "trail",
]
