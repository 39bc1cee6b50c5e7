"""What the template of the weekly order takes: sections of blocks of rows, all ready for HTML."""

from dataclasses import dataclass

from markupsafe import Markup

from foodorder.blueprints.kitchen.reasons import ReasonField


@dataclass(slots=True)
class Row:
    """One offer: its row of the table, and what stands below it."""

    html: Markup
    #: What is wrong in its fields: (name of the field, sentence).
    problems: list[tuple[str, str]]
    #: Why this offer and not the first; None where nothing is asked.
    reason: ReasonField | None
    hidden: bool


@dataclass(slots=True)
class Block:
    """A food type with its rows."""

    id: int
    name: str
    unit: str
    #: What is ordered of it at this door, in words.
    total: str
    rows: list[Row]
    hidden: bool
    mine: bool


@dataclass(slots=True)
class Section:
    """A food group with its food types."""

    code: str
    name: str
    blocks: list[Block]
    hidden: bool
