"""What a kitchen finds on the page of its order: offers by food type and food group."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from foodorder.ordering.comparison import compared_on, is_compared
from foodorder.rules.calendar import days_mask
from foodorder.rules.errors import Refusal
from foodorder.rules.ordering import Terms
from foodorder.rules.sourcing import Choice


@dataclass(slots=True)
class Point:
    """A door of the kitchen; degrees."""

    id: int
    name: str
    latitude: float
    longitude: float


class Mark(NamedTuple):
    """A certificate of a product: the scheme's code and the weekdays of this week on which it is valid."""

    scheme: str
    days: int


class OnDay(NamedTuple):
    """What holds on one weekday: the basis, or why there is none; net and paid cents of one unit."""

    basis: Choice | None
    refusal: Refusal | None
    price_cents: int
    paid_cents: int


@dataclass(slots=True)
class Line:
    """One offer: units as everywhere (cents of one unit, thousandths, grams, metres, bitmask of weekdays)."""

    offer: int
    product: int
    producer: int
    name: str
    farm: str
    village: str
    metres: int
    unit: str
    price_cents: int
    #: What the kitchen really pays for one unit, tax counted as it stands for it.
    paid_cents: int
    vat_bp: int
    vat_class: str
    days: int
    step: int
    pack: int | None
    minimum: int
    grams_per_unit: int
    allergens: tuple[int, ...]
    traces: tuple[int, ...]
    marks: tuple[Mark, ...]
    #: Weekdays on which it counts as organic, and as of another quality scheme (no kilogram counts for both).
    organic: int
    quality: int
    stock_kind: str
    available: int | None
    taken: int
    #: What this kitchen may have at most, its own submitted quantities counted in; None: no limit now.
    left: int | None
    in_season: bool
    published: bool
    draw: str
    food_type_id: int
    #: The lawful basis on which this kitchen buys it, or why it cannot. Of one that is not the same all week,
    #: that of the first day that has one, with its price.
    basis: Choice | None
    refusal: Refusal | None
    #: Hours from harvest that the producer promises, and the kind of producer: criteria (rules/scoring.py).
    hours: int | None
    kind: str
    #: Points by the published criteria, hundredths; None for what is not compared.
    score: int | None = None
    #: What holds by weekday where it is not the same all week.
    by_day: Mapping[int, OnDay] | None = None

    @property
    def closed(self) -> int:
        """Weekdays on which it is delivered but cannot be ordered, for there is no lawful basis (bitmask)."""
        if self.by_day is None:
            return self.days if self.refusal else 0
        return days_mask(weekday for weekday, one in self.by_day.items() if one.refusal)

    @property
    def compared(self) -> int:
        """Weekdays on which it is compared by the published criteria (bitmask)."""
        if self.by_day is None:
            return self.days if is_compared(self.basis) else 0
        return compared_on({weekday: one.basis for weekday, one in self.by_day.items()})

    def on(self, weekday: int) -> OnDay:
        """What holds on a weekday."""
        if self.by_day is not None and weekday in self.by_day:
            return self.by_day[weekday]
        return OnDay(self.basis, self.refusal, self.price_cents, self.paid_cents)

    def price_on(self, weekday: int) -> int:
        """Net cents of one unit delivered on a weekday."""
        return self.price_cents if self.by_day is None else self.on(weekday).price_cents

    @property
    def terms(self) -> Terms:
        """What the rules of a cell need to know."""
        return Terms(self.unit, self.step, self.minimum, self.days, self.published, self.left)


@dataclass(slots=True)
class Food:
    """A food type with its offers, best first by the published criteria."""

    id: int
    name_sl: str
    name_en: str
    unit: str
    months: frozenset[int]
    vat_class: str
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class Group:
    """A food group with its food types."""

    code: str
    name_sl: str
    name_en: str
    foods: list[Food] = field(default_factory=list)
