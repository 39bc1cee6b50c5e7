"""Past and present orders, and the receipt of each submitted version."""

from itertools import groupby
from typing import Any

from flask import abort, render_template
from sqlalchemy import select

from foodorder.accounts.models import Producer
from foodorder.blueprints.kitchen import bp
from foodorder.blueprints.kitchen.ours import our_institution
from foodorder.blueprints.shared.access import needs
from foodorder.db import clock, db
from foodorder.ordering.models import Cycle, WeeklyOrder
from foodorder.ordering.queries import lines_of, past_orders, submission_of, submissions_of
from foodorder.rules.cycle import State, accepts_orders
from foodorder.rules.permissions import Permission


@bp.get("/orders")
@needs(Permission.ORDERS_SEE)
def orders() -> Any:
    """Every order that was submitted, newest week first."""
    return render_template("kitchen/orders.html", orders=past_orders(our_institution().id, limit=120))


@bp.get("/receipts/<int:submission_id>")
@needs(Permission.ORDERS_SEE)
def receipt(submission_id: int) -> Any:
    """One submitted version: number, time to the second, what each farm brings on which day."""
    submission = submission_of(our_institution().id, submission_id) or abort(404)
    order = db.session.get_one(WeeklyOrder, submission.order_id)
    cycle = db.session.get_one(Cycle, submission.cycle_id)
    lines = lines_of(submission.id)
    brought = {number: list(of) for number, of in groupby(lines, key=lambda line: line.producer_id)}
    named = (
        select(Producer.id, Producer.name)
        .where(Producer.id.in_(brought))
        .order_by(Producer.sort_key, Producer.id)
    )
    farms = [(name, brought[number]) for number, name in db.session.execute(named)]
    return render_template(
        "kitchen/receipt.html",
        submission=submission,
        cycle=cycle,
        farms=farms,
        doors=len({line.delivery_point_id for line in lines}),
        versions=submissions_of(order.id),
        stands=order.current_submission_id == submission.id,
        open=accepts_orders(State(cycle.state), cycle.opens_at, cycle.closes_at, clock()),
    )
