"""Ceilings and thresholds at the close: rounding up never passes them; what is recorded counts on them."""

from foodorder.agreements.counting import ALWAYS
from foodorder.ordering.needs import needs_of
from foodorder.procurement.close.work import Work

#: In key order, before the offers, as orders take them: nobody else takes a threshold's last cents meanwhile.
LOCK_INSTITUTIONS = """
SELECT i.id FROM institution i
WHERE i.id IN (SELECT institution_id FROM weekly_order
                WHERE cycle_id = :cycle AND current_submission_id IS NOT NULL)
ORDER BY i.id
FOR NO KEY UPDATE
"""

COVERS = """
    c.agreement_id = l.agreement_id AND (c.lot_id IS NULL OR c.lot_id = l.id)
    AND (c.producer_id IS NULL OR c.producer_id = x.producer_id)
    AND (c.institution_id IS NULL OR c.institution_id = x.institution_id)
    AND (NOT c.exempted OR l.kind = 'exempted')
"""

#: The ceilings on which lines count that may be rounded up, held until the commit.
ROOMS = f"""
SELECT c.id, c.limit_cents - c.used_cents AS cents, c.limit_grams - c.used_grams AS grams
FROM ceiling c
WHERE num_nonnulls(c.limit_cents, c.limit_grams) > 0 AND EXISTS (
    SELECT FROM close_touched t JOIN close_line x ON x.id = t.id JOIN agreement_lot l ON l.id = x.lot
    WHERE x.pack IS NOT NULL AND {COVERS})
ORDER BY c.id
FOR NO KEY UPDATE
"""  # noqa: S608 - only constants are put together

LIMITS = f"""
SELECT x.id, array_agg(c.id ORDER BY c.id) AS ceilings
FROM close_touched t
JOIN close_line x ON x.id = t.id
JOIN agreement_lot l ON l.id = x.lot
JOIN ceiling c ON num_nonnulls(c.limit_cents, c.limit_grams) > 0 AND {COVERS}
GROUP BY x.id
"""  # noqa: S608 - only constants are put together

#: Of institutions that have evidence orders and of whose orders something may be rounded up: what they order
#: by evidence, and the lines that a rule may touch. A need counts all channels.
EVIDENCE = """
WITH packed AS (
    SELECT DISTINCT x.institution_id FROM close_touched t JOIN close_line x ON x.id = t.id
    WHERE x.pack IS NOT NULL
), evidence AS (
    SELECT DISTINCT institution_id, food_type_id FROM close_line JOIN packed USING (institution_id)
    WHERE basis = 'evidence'
)
SELECT e.institution_id, c.week, array_agg(DISTINCT e.food_type_id) AS foods,
       (SELECT json_agg(json_build_array(x.id, x.food_type_id) ORDER BY x.id)
          FROM close_touched t JOIN close_line x ON x.id = t.id
         WHERE x.institution_id = e.institution_id) AS lines
FROM evidence e JOIN cycle c ON c.id = :cycle
GROUP BY e.institution_id, c.week
ORDER BY e.institution_id
"""

#: What the rules took away or added.
COUNT = f"""
WITH change AS (
    SELECT x.institution_id AS institution, x.producer_id AS producer, nullif(x.lot, 0) AS lot,
           x.food_type_id AS food, c.week, x.basis,
           x.net_cents - (x.price_cents * x.ordered + 500) / 1000 AS cents,
           x.grams - (x.ordered * x.grams_per_unit + 500) / 1000 AS grams
    FROM close_line x JOIN cycle c ON c.id = :cycle
    WHERE x.quantity <> x.ordered
), {ALWAYS}
SELECT count(*) FROM under_ceiling
"""  # noqa: S608 - only constants are put together

Rooms = dict[str, tuple[int | None, int | None]]


def lock_institutions(work: Work) -> None:
    """Hold the institutions that ordered, in key order: their other orders wait for this close."""
    work.run(LOCK_INSTITUTIONS)


def rooms(work: Work) -> tuple[Rooms, dict[int, tuple[str, ...]]]:
    """What ceilings and thresholds leave (net cents, grams), and on which of them each line counts.

    Lines without packs count too: what a rule takes off them makes room for others. Where a kind of purchase
    has evidence orders, every line of the kind counts on its threshold, whatever its basis: what a call-off
    is rounded up by is not left for them, and never makes unlawful what they have.
    """
    left: Rooms = {f"ceiling {row.id}": (row.cents, row.grams) for row in work.run(ROOMS)}
    limits: dict[int, tuple[str, ...]] = {}
    for row in work.run(LIMITS):
        limits[row.id] = tuple(key for one in row.ceilings if (key := f"ceiling {one}") in left)
    for row in work.run(EVIDENCE):
        needs = needs_of(row.institution_id, work.municipality_id, row.week, work.clock.date())
        kinds = {needs[food].kind for food in row.foods if food in needs}
        for line, food in row.lines or ():
            need = needs.get(food)
            if need is not None and need.kind in kinds:
                key = f"need {row.institution_id} {need.kind}"
                left[key] = (need.left, None)
                limits[line] = (*limits.get(line, ()), key)
    return left, limits


def count_changes(work: Work) -> None:
    """Count what is recorded, instead of what was ordered, against ceilings and needs."""
    work.run(COUNT)
