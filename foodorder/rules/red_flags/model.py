"""What a rule of red flags is: facts in, evidence out. A flag is a reason to look, never a verdict.

A rule takes the facts of one month, of one municipality, and its parameters as they were on the month's last
day. What it raises carries a key that stays the same however often the month is looked at again, so that a
second look finds the same flag.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from foodorder.rules.errors import N_
from foodorder.rules.facts import Fact, facts_to_json

One = TypeVar("One")
Key = TypeVar("Key")

#: Parameters are dated rows under this beginning of their keys: `flag.<rule>.<name>`.
PREFIX = "flag."
#: So many things are named as evidence; the sentence says how many there are.
MOST_ITEMS = 20


class Severity(IntEnum):
    """How soon somebody should look."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


class Family(StrEnum):
    """Where on the way from offer to payment a rule looks."""

    LIMITS = "limits"
    PRICES = "prices"
    GOODS = "goods"
    MONEY = "money"
    SELLERS = "sellers"
    COMPETITION = "competition"


SEVERITIES: Mapping[Severity, str] = MappingProxyType(
    {Severity.HIGH: N_("high"), Severity.MEDIUM: N_("medium"), Severity.LOW: N_("low")}
)
FAMILIES: Mapping[Family, str] = MappingProxyType(
    {
        Family.LIMITS: N_("Thresholds and limits"),
        Family.PRICES: N_("Prices and choices"),
        Family.GOODS: N_("Orders and deliveries"),
        Family.MONEY: N_("Invoices and payments"),
        Family.SELLERS: N_("Producers"),
        Family.COMPETITION: N_("Competition"),
    }
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number of a rule: its usual value where no dated row says another, its unit, what it means."""

    usual: int
    #: 'bp', 'cents', 'days', 'months', 'seconds', 'count', 'grams', 'digits'.
    unit: str
    words: str
    #: The key of the legal number that it is; None: a number of the rule's own.
    law: str | None = None


class Party(NamedTuple):
    """An institution or a producer: its number and its name as it was when the facts were read."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Item:
    """A thing that is evidence: where it stands, its number or name, its day and what counts of it.

    `kind` and `number` lead to its page: 'record', 'line', 'invoice', 'note', 'offer', 'order', 'cycle',
    'agreement', 'producer', 'certificate', 'interest'. `values` are named by `VALUES`.
    """

    kind: str
    number: int
    name: str
    day: date | None = None
    values: Mapping[str, Fact] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        kept: dict[str, Any] = {"kind": self.kind, "number": self.number, "name": self.name}
        if self.day:
            kept["day"] = self.day.isoformat()
        return kept | {"values": facts_to_json(self.values)}


#: What stands in the columns of evidence, in the order in which they stand.
VALUES: Mapping[str, str] = MappingProxyType(
    {
        "food": N_("Food"),
        "origin": N_("Origin"),
        "reason": N_("Reason"),
        "usual": N_("Usual"),
        "price": N_("Price"),
        "published": N_("Published"),
        "quantity": N_("Quantity"),
        "dearer": N_("Dearer by"),
        "offers": N_("Offers"),
        "ordered": N_("Ordered"),
        "delivered": N_("Sent"),
        "accepted": N_("Accepted"),
        "agreed": N_("Agreed"),
        "invoiced": N_("Invoiced"),
        "account": N_("To the account"),
        "step": N_("Step"),
        "person": N_("Person"),
        "seconds": N_("Seconds"),
        "days": N_("Days"),
        "until": N_("Valid to"),
        "net": N_("Net"),
        "gross": N_("With VAT"),
        "limit": N_("Limit"),
        "share": N_("Share"),
        "paid": N_("Paid"),
    }
)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom and what a flag is about; `kind` and `number` as of an item, where one thing stands for it."""

    kind: str
    number: int
    institution_id: int | None = None
    producer_id: int | None = None
    food_group_id: int | None = None


@dataclass(frozen=True, slots=True)
class Raised:
    """A reason to look: about whom, found under which key, on which days, with what facts and evidence."""

    key: str
    subject: Subject
    first: date
    last: date
    facts: Mapping[str, Fact]
    items: Sequence[Item] = ()

    def evidence(self, parameters: Mapping[str, int]) -> dict[str, Any]:
        """As it is kept: facts of the sentence, the things behind them, the parameters that held."""
        return {
            "facts": facts_to_json(self.facts),
            "items": [item.to_json() for item in self.items[:MOST_ITEMS]],
            "all": len(self.items),
            "parameters": dict(parameters),
        }


Find = Callable[[Sequence[Any], Mapping[str, int]], Iterator[Raised]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: how it is called, how serious, what it says, why it is asked, and the function that finds.

    `sentence` has the named placeholders that the facts of what it raises fill. `facts` is the class of the
    facts that `find` takes.
    """

    code: str
    version: int
    family: Family
    severity: Severity
    title: str
    sentence: str
    why: str
    source: str
    parameters: Mapping[str, Parameter]
    facts: type
    find: Find

    def key_of(self, name: str) -> str:
        """The key of the dated rows of one of its parameters."""
        return self.parameters[name].law or f"{PREFIX}{self.code}.{name}"

    def usual(self) -> dict[str, int]:
        """Its parameters where nobody set any."""
        return {name: parameter.usual for name, parameter in self.parameters.items()}


def grouped(facts: Iterable[One], key: Callable[[One], Key]) -> dict[Key, list[One]]:
    """Facts by what they have in common, in the order in which they came."""
    found: dict[Key, list[One]] = {}
    for fact in facts:
        found.setdefault(key(fact), []).append(fact)
    return found


def percent(part: int, whole: int) -> int:
    """A share in whole percent, rounded down: what a sentence says."""
    return part * 100 // whole if whole else 0
