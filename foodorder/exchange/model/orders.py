"""An order and the answer to it."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from foodorder.exchange.model.faults import Incomplete, ZeroQuantity, check_lines, tidy
from foodorder.exchange.model.invoice import Period
from foodorder.exchange.model.lines import Line, Totals, Vat, totals_of
from foodorder.exchange.model.parties import Party, Place
from foodorder.rules.errors import Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order: who buys what from whom, to be brought when and where, at which prices.

    `issued` is an aware moment in the buyer's zone, for day and hour are written as its clock shows them.
    `version_of` is the order that this one replaces. Raises NoLines, RepeatedLine, ZeroQuantity (an order
    gives nothing back), Incomplete.
    """

    number: str
    issued: datetime
    buyer: Party
    seller: Party
    lines: tuple[Line, ...]
    delivery: Period | None = None
    deliver_to: Place | None = None
    contract: str | None = None
    buyer_reference: str | None = None
    cycle: str | None = None
    note: str | None = None
    version_of: str | None = None
    valid_until: date | None = None
    totals: Totals = field(init=False)

    def __post_init__(self) -> None:
        tidy(self)
        check_lines([line.id for line in self.lines])
        for line in self.lines:
            if line.quantity < 0:
                raise ZeroQuantity(line=line.id, quantity=Amount(line.quantity, line.unit))
        object.__setattr__(self, "totals", totals_of(self.lines))


class Answer(StrEnum):
    """What the seller says to a line (UN/CEFACT 1229)."""

    ACCEPTED = "5"
    CHANGED = "3"
    REFUSED = "7"


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitute:
    """What is offered instead."""

    name: str
    code: str
    vat: Vat

    def __post_init__(self) -> None:
        tidy(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLine:
    """The answer to one line of the order: its number there, what it was, and what will come (thousandths).

    Raises ZeroQuantity when something is to come and nothing does, or the other way round; Incomplete when
    a change or a refusal has no reason.
    """

    order_line: str
    name: str
    answer: Answer
    quantity: int
    unit: str
    code: str | None = None
    reason: str | None = None
    substitute: Substitute | None = None

    def __post_init__(self) -> None:
        tidy(self)
        if (self.quantity > 0) is not (self.answer is not Answer.REFUSED):
            raise ZeroQuantity(line=self.order_line, quantity=Amount(self.quantity, self.unit))
        if self.answer is not Answer.ACCEPTED and self.reason is None:
            raise Incomplete(what=f"reason for line {self.order_line}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderResponse:
    """The seller's answer to an order; `answer` follows from the lines: all alike, or changed.

    Raises NoLines, RepeatedLine, Incomplete.
    """

    number: str
    issued: datetime
    order: str
    seller: Party
    buyer: Party
    lines: tuple[AnswerLine, ...]
    promised: Period | None = None
    buyer_reference: str | None = None
    note: str | None = None
    answer: Answer = field(init=False)

    def __post_init__(self) -> None:
        tidy(self)
        check_lines([line.order_line for line in self.lines])
        answers = {line.answer for line in self.lines}
        object.__setattr__(self, "answer", answers.pop() if len(answers) == 1 else Answer.CHANGED)
