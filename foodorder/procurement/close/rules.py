"""Pass the lines that a rule may touch through the published rules, and bring their answers back."""

import json
from typing import Any

from sqlalchemy import Row

from foodorder.procurement.close.work import Work
from foodorder.rules.aggregation import Allocation, Close, Line, PackRounding, Settlement
from foodorder.rules.aggregation import settle as settle_by_the_rules
from foodorder.rules.errors import facts_to_json

LINES = """
SELECT l.id, l.institution_id, l.delivery_point_id, l.delivery_date, l.offer_id, l.product_id, l.producer_id,
       l.ordered, l.price_cents, l.order_step, l.pack, l.unit, t.minimum_cents
FROM close_touched t JOIN close_line l ON l.id = t.id
ORDER BY l.id
"""

#: What is left for the lines that go through the rules: the others keep what they ordered.
AVAILABLE = """
SELECT o.id, o.withdrawn, (o.available - o.asked + sum(t.ordered))::bigint AS available
FROM close_offer o JOIN close_touched t ON t.offer_id = o.id
GROUP BY o.id, o.withdrawn, o.available, o.asked
"""

#: Each institution's choice of rounding, and the net cents left of its week's budget after all it ordered.
INSTITUTIONS = """
WITH touched AS (SELECT DISTINCT institution_id FROM close_touched)
SELECT i.id, s.pack_choice, i.weekly_budget_cents - sum(l.net_cents)::bigint AS headroom
FROM touched t
JOIN institution i ON i.id = t.institution_id
JOIN weekly_order o ON o.institution_id = i.id AND o.cycle_id = :cycle
JOIN order_submission s ON s.id = o.current_submission_id
JOIN close_line l ON l.institution_id = i.id
GROUP BY i.id, s.pack_choice
"""

APPLY = """
UPDATE close_line l
SET quantity = x.quantity,
    net_cents = (l.price_cents * x.quantity + 500) / 1000,
    grams = (x.quantity * l.grams_per_unit + 500) / 1000
FROM unnest(CAST(:ids AS bigint[]), CAST(:quantities AS bigint[])) AS x (id, quantity)
WHERE l.id = x.id
"""


def settle(work: Work) -> None:
    """Apply the rules to the lines they may touch; `close_line` then says what is recorded of each line."""
    close = load(work)
    work.settlement = settle_by_the_rules(close)
    changed = {line.line for line in work.settlement.differences}
    if changed:
        ids = sorted(changed)
        work.run(APPLY, ids=ids, quantities=[work.settlement.final[line] for line in ids])
        work.run("ANALYZE close_line")


def load(work: Work) -> Close:
    """The part of the close that the rules must see, as they see it."""
    rows = work.run(LINES).all()
    offers = work.run(AVAILABLE).all()
    institutions = work.run(INSTITUTIONS).all()
    return Close(
        lines=tuple(_line(row) for row in rows),
        seed=work.seed,
        rounding={row.id: _rounding(work, row.pack_choice) for row in institutions},
        minimum_rule=work.minimum_rule,
        minimums={
            (row.institution_id, row.producer_id): row.minimum_cents
            for row in rows
            if row.minimum_cents is not None
        },
        withdrawn=frozenset(row.id for row in offers if row.withdrawn),
        available={row.id: row.available for row in offers},
        headroom={row.id: row.headroom for row in institutions},
    )


def _line(row: Row[Any]) -> Line:
    return Line(
        row.id, row.institution_id, row.delivery_point_id, row.delivery_date, row.offer_id, row.product_id,
        row.producer_id, row.ordered, row.price_cents, row.order_step, row.pack, row.unit,
    )  # fmt: skip


def _rounding(work: Work, choice: str) -> PackRounding:
    return PackRounding(choice) if work.pack_rounding is PackRounding.ASK else work.pack_rounding


def difference_rows(settlement: Settlement) -> dict[str, list[Any]]:
    """Differences as columns for one statement."""
    rows = settlement.differences
    return {
        "lines": [row.line for row in rows],
        "kinds": [row.kind.value for row in rows],
        "quantities": [row.quantity for row in rows],
        "befores": [row.before for row in rows],
        "reasons": [row.reason.value for row in rows],
        "facts": [json.dumps(facts_to_json(row.facts)) for row in rows],
    }


def allocation_rows(settlement: Settlement, seed: str) -> dict[str, list[Any]]:
    """Allocations as columns for one statement, each with all that is needed to recompute it."""
    rows = settlement.allocations
    return {
        "offers": [row.offer for row in rows],
        "available": [row.available for row in rows],
        "asked": [sum(row.asked.values()) for row in rows],
        "given": [sum(row.given.values()) for row in rows],
        "details": [json.dumps(_detail(row, seed)) for row in rows],
    }


def _detail(allocation: Allocation, seed: str) -> dict[str, Any]:
    return {
        "seed": f"{seed}|{allocation.offer}",
        "asked": {str(point): quantity for point, quantity in sorted(allocation.asked.items())},
        "given": {str(point): quantity for point, quantity in sorted(allocation.given.items())},
        "explanation": [
            {"code": said.code, "facts": facts_to_json(said.facts)} for said in allocation.explanation
        ],
    }
