"""The close, pure. (Enums are imported by the tables: keep these names and values.)"""

from enum import StrEnum


class PackRounding(StrEnum):
    """A municipality's rule for sums that are not whole packs; `ask`: each kitchen chooses up or down when it submits."""

    UP = "up"
    DOWN = "down"
    ASK = "ask"


class MinimumRule(StrEnum):
    """A municipality's rule for orders below a producer's minimum."""

    CANCEL = "cancel"
    WAIVE = "waive"


class DifferenceKind(StrEnum):
    """Why recorded is not ordered."""

    ROUNDING = "rounding"
    CANCELLED = "cancelled"
    CUT = "cut"
