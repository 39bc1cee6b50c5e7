"""How every edit of these tables is made: only what differs is written, and the trail learns just that."""

from collections.abc import Mapping
from typing import Any

Changed = tuple[dict[str, Any], dict[str, Any]]


def change(row: object, values: Mapping[str, Any]) -> Changed:
    """Set the columns whose value differs; returns before and after of those alone, both empty if none."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for name, value in values.items():
        present = getattr(row, name)
        if present != value:
            before[name], after[name] = present, value
            setattr(row, name, value)
    return before, after
