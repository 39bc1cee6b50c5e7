"""What may come instead of ordered lines whose offer was withdrawn or reduced, while the cycle is open."""

from dataclasses import dataclass
from typing import Any

from flask import render_template

from foodorder.blueprints.kitchen import bp
from foodorder.blueprints.kitchen.cells import field_name
from foodorder.blueprints.kitchen.ours import our_cycle, our_institution
from foodorder.blueprints.shared.access import needs
from foodorder.db import clock
from foodorder.ordering.page import whole_order
from foodorder.ordering.substitutes import Answer, Substitute, short_lines, substitutes_for
from foodorder.rules.cycle import State, accepts_orders
from foodorder.rules.errors import Refusal
from foodorder.rules.ordering import Cell, read_cell
from foodorder.rules.permissions import Permission
from foodorder.rules.quantity import as_typed


@dataclass(frozen=True, slots=True)
class Short:
    """A line that falls short, what may come instead, and the cells that put each substitute in its place."""

    line: Any
    answer: Answer
    choices: list[tuple[Substitute, dict[str, str]]]


@bp.get("/order/<int:cycle_id>/substitutes")
@needs(Permission.ORDERS_PLACE)
def substitutes(cycle_id: int) -> Any:
    """The lines of our order that cannot be delivered whole, each with its possible substitutes."""
    cycle, kitchen = our_cycle(cycle_id), our_institution().id
    typed = whole_order(cycle.id, kitchen) or {}
    return render_template(
        "kitchen/substitutes.html",
        cycle=cycle,
        open=accepts_orders(State(cycle.state), cycle.opens_at, cycle.closes_at, clock()),
        short=[_short(line, typed) for line in short_lines(cycle.id, kitchen)],
    )


def _short(line: Any, typed: dict[Cell, str]) -> Short:
    answer = substitutes_for(line.id)
    choices = [(one, _instead(line, one, typed)) for one in answer.substitutes]
    return Short(line, answer, choices)


def _instead(line: Any, other: Substitute, typed: dict[Cell, str]) -> dict[str, str]:
    """The cells of the draft: nothing of the line, and the substitute's quantity on top of what is typed."""
    gone = Cell(line.offer_id, line.delivery_point_id, line.delivery_date)
    cell = Cell(other.offer, line.delivery_point_id, line.delivery_date)
    try:
        before = read_cell(typed.get(cell, ""), other.unit)
    except Refusal:
        before = 0
    return {field_name(gone): "", field_name(cell): as_typed(before + other.quantity)}
