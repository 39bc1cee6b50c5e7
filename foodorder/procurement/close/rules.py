"""Pass the lines that a rule may touch through the published rules, and bring their answers back."""

import json
from typing import Any

from sqlalchemy import Row

from foodorder.accounts.budgets import REGULAR_WEEK_SQL
from foodorder.procurement.close.limits import rooms
from foodorder.procurement.close.work import Work
from foodorder.rules.aggregation import Allocation, Close, Line, PackRounding, Settlement
from foodorder.rules.aggregation import settle as settle_by_the_rules
from foodorder.rules.errors import facts_to_json

LINES = """
SELECT l.id, l.institution_id, l.delivery_point_id, l.delivery_date, l.offer_id, l.product_id, l.producer_id,
       l.ordered, l.price_cents, l.order_step, l.pack, l.unit, l.grams_per_unit, t.minimum_cents
FROM close_touched t JOIN close_line l ON l.id = t.id
ORDER BY l.id
"""

#: What is left for the lines that go through the rules: the others keep what they ordered.
AVAILABLE = """
SELECT o.id, o.withdrawn, (o.available - o.asked + sum(t.ordered))::bigint AS available
FROM close_offer o JOIN close_touched t ON t.offer_id = o.id
GROUP BY o.id, o.withdrawn, o.available, o.asked
"""

#: Each institution's choice of rounding, whether its order waited for approval in vain and is dropped, and
#: the net cents left of its week's budget of regular meals after all it ordered for them.
INSTITUTIONS = f"""
WITH touched AS (SELECT DISTINCT institution_id FROM close_touched)
SELECT i.id, s.pack_choice, coalesce(a.state = 'waiting' AND i.unapproved = 'drop', false) AS dropped,
       {REGULAR_WEEK_SQL}
           - coalesce(sum(l.net_cents) FILTER (WHERE ordered.funding = 'regular'), 0)::bigint AS headroom
FROM touched t
JOIN cycle c ON c.id = :cycle
JOIN institution i ON i.id = t.institution_id
JOIN weekly_order o ON o.institution_id = i.id AND o.cycle_id = :cycle
JOIN order_submission s ON s.id = o.current_submission_id
JOIN close_line l ON l.institution_id = i.id
JOIN order_line ordered ON ordered.id = l.id
LEFT JOIN order_approval a ON a.submission_id = s.id
GROUP BY i.id, c.week, s.pack_choice, a.state
"""  # noqa: S608 - only constants are put together

APPLY = """
UPDATE close_line l
SET quantity = x.quantity,
    net_cents = (l.price_cents * x.quantity + 500) / 1000,
    grams = (x.quantity * l.grams_per_unit + 500) / 1000
FROM json_to_recordset(CAST(:rows AS json)) AS x (id bigint, quantity bigint)
WHERE l.id = x.id
"""


def settle(work: Work) -> None:
    """Apply the rules to the lines they may touch; `close_line` then says what is recorded of each line."""
    close = load(work)
    work.settlement = settle_by_the_rules(close)
    changed = {row.line: work.settlement.final[row.line] for row in work.settlement.differences}
    if changed:
        rows = [{"id": line, "quantity": quantity} for line, quantity in sorted(changed.items())]
        work.run(APPLY, rows=json.dumps(rows))


def load(work: Work) -> Close:
    """The part of the close that the rules must see, as they see it."""
    rows = work.run(LINES).all()
    offers = work.run(AVAILABLE).all()
    institutions = work.run(INSTITUTIONS).all()
    left, limits = rooms(work)
    return Close(
        lines=tuple(_line(row, limits.get(row.id, ())) for row in rows),
        seed=work.seed,
        rounding={row.id: _rounding(work, row.pack_choice) for row in institutions},
        minimum_rule=work.minimum_rule,
        minimums={
            (row.institution_id, row.producer_id): row.minimum_cents
            for row in rows
            if row.minimum_cents is not None
        },
        unapproved=frozenset(row.id for row in institutions if row.dropped),
        withdrawn=frozenset(row.id for row in offers if row.withdrawn),
        available={row.id: row.available for row in offers},
        headroom={row.id: row.headroom for row in institutions},
        rooms=left,
    )


def _line(row: Row[Any], limits: tuple[str, ...]) -> Line:
    return Line(
        row.id, row.institution_id, row.delivery_point_id, row.delivery_date, row.offer_id, row.product_id,
        row.producer_id, row.ordered, row.price_cents, row.order_step, row.pack, row.unit, row.grams_per_unit,
        limits,
    )  # fmt: skip


def _rounding(work: Work, choice: str) -> PackRounding:
    return PackRounding(choice) if work.pack_rounding is PackRounding.ASK else work.pack_rounding


def differences_json(settlement: Settlement) -> str:
    """Differences as one JSON text: the database unpacks it faster than we could hand over rows."""
    return json.dumps(
        [
            {
                "line": row.line,
                "kind": row.kind,
                "quantity": row.quantity,
                "before": row.before,
                "reason": row.reason,
                "facts": facts_to_json(row.facts),
            }
            for row in settlement.differences
        ]
    )


def waivers_json(settlement: Settlement) -> str:
    """Waived minimums as one JSON text."""
    return json.dumps(
        [
            {
                "institution_id": row.institution,
                "producer_id": row.producer,
                "minimum_cents": row.minimum_cents,
            }
            for row in settlement.waivers
        ]
    )


def allocations_json(settlement: Settlement, seed: str) -> str:
    """Allocations as one JSON text, each with all that is needed to recompute it."""
    return json.dumps(
        [
            {
                "offer_id": row.offer,
                "available": row.available,
                "asked": sum(row.asked.values()),
                "given": sum(row.given.values()),
                "detail": _detail(row, seed),
            }
            for row in settlement.allocations
        ]
    )


def _detail(allocation: Allocation, seed: str) -> dict[str, Any]:
    return {
        "seed": f"{seed}|{allocation.offer}",
        "asked": {str(point): quantity for point, quantity in sorted(allocation.asked.items())},
        "given": {str(point): quantity for point, quantity in sorted(allocation.given.items())},
        "explanation": [
            {"code": said.code, "facts": facts_to_json(said.facts)} for said in allocation.explanation
        ],
    }
