"""The words of the close: what goes into it, what comes out, and the reasons that it gives.

The rules that lead from one to the other are in `aggregation`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from foodorder.rules.allocation import Explained
from foodorder.rules.errors import N_, Fact


class PackRounding(StrEnum):
    """A municipality's rule for sums that are not whole packs.

    `ask`: each kitchen chooses up or down when it submits.
    """

    UP = "up"
    DOWN = "down"
    ASK = "ask"


class MinimumRule(StrEnum):
    """A municipality's rule for orders below a producer's minimum."""

    CANCEL = "cancel"
    WAIVE = "waive"


class DifferenceKind(StrEnum):
    """Why recorded is not ordered; a line has at most one difference of each kind."""

    ROUNDING = "rounding"
    CANCELLED = "cancelled"
    CUT = "cut"


class Reason(StrEnum):
    """Why exactly a quantity changed."""

    NOT_APPROVED = "not_approved"
    WITHDRAWN = "withdrawn"
    PACK_UP = "pack_up"
    PACK_DOWN = "pack_down"
    PACK_DOWN_STOCK = "pack_down_stock"
    PACK_DOWN_BUDGET = "pack_down_budget"
    PACK_DOWN_CEILING = "pack_down_ceiling"
    BELOW_MINIMUM = "below_minimum"
    SCARCE = "scarce"


#: What each reason says; the facts of the difference fill the placeholders.
REASONS: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.NOT_APPROVED: N_("Cancelled: nobody approved the order before the deadline."),
        Reason.WITHDRAWN: N_("The producer withdrew this offer."),
        Reason.PACK_UP: N_("Rounded up from %(ordered)s to whole packs of %(pack)s."),
        Reason.PACK_DOWN: N_("Rounded down from %(ordered)s to whole packs of %(pack)s."),
        Reason.PACK_DOWN_STOCK: N_(
            "Rounded down from %(ordered)s to whole packs of %(pack)s: there was too little left to round up."
        ),
        Reason.PACK_DOWN_BUDGET: N_(
            "Rounded down from %(ordered)s to whole packs of %(pack)s: "
            "rounding up would have passed this week's budget."
        ),
        Reason.PACK_DOWN_CEILING: N_(
            "Rounded down from %(ordered)s to whole packs of %(pack)s: "
            "rounding up would have passed a ceiling or threshold of procurement law."
        ),
        Reason.BELOW_MINIMUM: N_(
            "Cancelled: the order from this producer came to %(value)s, their minimum is %(minimum)s."
        ),
        Reason.SCARCE: N_(
            "Scarce supply was shared: this delivery point asked for %(asked)s and was given %(given)s."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """A submitted order line. Quantity, step and pack in thousandths of the unit, price in net cents per
    unit.

    An offer has one product, a product one producer, a delivery point one institution. The quantity and the
    pack (None: sold without packs) are multiples of the step. `limits` names what it counts on (`rooms`).
    """

    id: int
    institution: int
    delivery_point: int
    delivery_date: date
    offer: int
    product: int
    producer: int
    quantity: int
    price_cents: int
    step: int
    pack: int | None = None
    unit: str = "KGM"
    grams_per_unit: int = 1000
    limits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Close:
    """All that the close depends on.

    `rounding`: up or down per institution that orders in packs (`ask` is resolved to the kitchen's choice
    before). `unapproved`: institutions whose order waited for approval in vain and does not count then.
    `minimums`: net cents per (institution, producer), only for pairs all of whose lines are given.
    `withdrawn`: the offers that their producer took back.
    `available`: thousandths per offer *for the lines given*; absent or None: unlimited.
    `headroom`: net cents left in each institution's week after everything it ordered; absent or None: no
    limit. `rooms`: net cents and grams left under each ceiling and threshold, after everything that is
    ordered; None: no limit of this sort. `seed`: what the lots are drawn from, with the offer's key.
    Raises ValueError when two lines have one id or a rounding is still `ask`.
    """

    lines: tuple[Line, ...]
    seed: str
    rounding: Mapping[int, PackRounding] = field(default_factory=dict)
    minimum_rule: MinimumRule = MinimumRule.CANCEL
    minimums: Mapping[tuple[int, int], int] = field(default_factory=dict)
    unapproved: frozenset[int] = frozenset()
    withdrawn: frozenset[int] = frozenset()
    available: Mapping[int, int | None] = field(default_factory=dict)
    headroom: Mapping[int, int | None] = field(default_factory=dict)
    rooms: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len({line.id for line in self.lines}) != len(self.lines):
            raise ValueError("two lines have one id")
        if PackRounding.ASK in self.rounding.values():
            raise ValueError("`ask` must be resolved to the kitchen's choice first")


@dataclass(frozen=True, slots=True)
class Difference:
    """A change of one line: `quantity` signed thousandths, `before` what stood there, and why."""

    line: int
    kind: DifferenceKind
    quantity: int
    before: int
    reason: Reason
    facts: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Allocation:
    """How one scarce offer was shared: what there was, what each delivery point asked and got, and why."""

    offer: int
    available: int
    asked: Mapping[int, int]
    given: Mapping[int, int]
    explanation: tuple[Explained, ...]


@dataclass(frozen=True, slots=True)
class Waiver:
    """A minimum that was not reached and not insisted on, in net cents."""

    institution: int
    producer: int
    value_cents: int
    minimum_cents: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """The result: the recorded quantity of every line given (0: cancelled), and how it came about."""

    final: Mapping[int, int]
    differences: tuple[Difference, ...]
    allocations: tuple[Allocation, ...]
    waivers: tuple[Waiver, ...]
