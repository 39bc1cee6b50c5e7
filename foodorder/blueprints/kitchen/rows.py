"""What the template of the weekly order takes: sections of blocks of rows, all in words."""

from dataclasses import dataclass

from markupsafe import Markup

from foodorder.blueprints.kitchen.reasons import ReasonField
from foodorder.ordering.market import Line


@dataclass(slots=True)
class Row:
    """One offer."""

    id: int
    producer: int
    farm: str
    place: str
    name: str
    details: str
    marks: list[tuple[str, str, str]]
    price: str
    left: str
    low: bool
    #: Whether `left` is a bare quantity, to which a telephone adds the word.
    counted: bool
    #: One cell of the table for each day.
    fields: Markup
    sum: str
    hint: str
    problems: list[tuple[str, str]]
    hidden: bool
    ended: bool
    #: The lawful basis in a word, of each day where they differ; empty where none is asked for.
    basis: str
    #: Why it cannot be ordered, or on which days; empty if it can.
    barred: str
    #: Points by the published criteria, in words; empty where there is nothing to compare.
    points: str
    #: What of funding and substitutes is not the usual, in words.
    option: str
    #: Why this offer and not the first; None where nothing is asked.
    reason: ReasonField | None
    has: bool
    tags: str
    line: Line
    #: See `numbers` and `prices`.
    numbers: str
    prices: str
    #: At the kitchen's other doors: net cents, grams, organic grams, lines.
    elsewhere: str
    allergens: str


@dataclass(slots=True)
class Block:
    """A food type with its rows."""

    id: int
    name: str
    unit: str
    count: int
    #: What is ordered of it at this door, in words.
    total: str
    rows: list[Row]
    hidden: bool
    mine: bool
    #: Whether several offers of it are compared by the published criteria.
    compared: bool


@dataclass(slots=True)
class Section:
    """A food group with its food types."""

    code: str
    name: str
    blocks: list[Block]
    hidden: bool
