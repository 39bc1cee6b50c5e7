"""A delivery note, with what food of animal origin must be accompanied by (Regulation 931/2011, art. 3)."""

from dataclasses import dataclass
from datetime import date, datetime

from foodorder.exchange.model.faults import Incomplete, NotRepresentable, ZeroQuantity, check_lines, tidy
from foodorder.exchange.model.parties import Party, Place
from foodorder.rules.errors import Amount


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What was ordered and does not come: thousandths of the unit, and why."""

    quantity: int
    reason: str

    def __post_init__(self) -> None:
        tidy(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class DespatchLine:
    """Goods on the way.

    `quantity` in thousandths of the `unit`, nought only where something is outstanding; `net_weight` in
    grams; `use_by` after which it must not be eaten, `best_before` after which it may be worse;
    `origin_farm` who grew it, where the sender is not the farm. Of `animal_origin` it needs a lot
    (931/2011, art. 3(1)(g)). Raises ZeroQuantity, Incomplete, NotRepresentable.
    """

    id: str
    name: str
    code: str
    quantity: int
    unit: str
    order: str | None = None
    order_line: str | None = None
    outstanding: Outstanding | None = None
    lot: str | None = None
    use_by: date | None = None
    best_before: date | None = None
    origin_farm: str | None = None
    origin_country: str | None = None
    net_weight: int | None = None
    animal_origin: bool = False
    note: str | None = None

    def __post_init__(self) -> None:
        tidy(self)
        if self.quantity < 0 or (self.quantity == 0 and self.outstanding is None):
            raise ZeroQuantity(line=self.id, quantity=Amount(self.quantity, self.unit))
        if self.outstanding is not None and self.outstanding.quantity <= 0:
            raise ZeroQuantity(line=self.id, quantity=Amount(self.outstanding.quantity, self.unit))
        if self.animal_origin and self.quantity and self.lot is None:
            raise Incomplete(what=f"lot of line {self.id}")
        if self.net_weight is not None and self.net_weight < 0:
            raise NotRepresentable(value=self.net_weight, what="weight")


@dataclass(frozen=True, slots=True, kw_only=True)
class DespatchAdvice:
    """A delivery note: one stop, one day.

    `sender` and `receiver` with their addresses; `owner` and `receiving_owner` where the goods belong to
    somebody else (931/2011, art. 3(1)(c) to (f)); `despatched` is the date of despatch. `issued` is a local
    moment. Raises NoLines, RepeatedLine.
    """

    number: str
    issued: datetime
    sender: Party
    receiver: Party
    lines: tuple[DespatchLine, ...]
    despatched: date
    arrives: datetime | None = None
    owner: Party | None = None
    receiving_owner: Party | None = None
    deliver_to: Place | None = None
    order: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        tidy(self)
        check_lines([line.id for line in self.lines])
