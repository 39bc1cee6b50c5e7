"""Gather the submitted lines, and choose those that a rule may touch.

Most lines of a week are touched by no rule: they go from order to record inside the database. The choice
here is the twin of `rules.aggregation.may_be_touched`; a property test holds both to the same answer.
"""

from foodorder.procurement.close.work import Work

#: The temporary tables of a close; dropped at its end, and by any rollback.
TABLES = ("close_line", "close_offer", "close_touched", "close_vat", "close_record", "close_basis")

LOCK_OFFERS = """
SELECT o.id FROM offer o
WHERE o.available IS NOT NULL AND o.id IN (SELECT offer_id FROM cycle_offer WHERE cycle_id = :cycle)
ORDER BY o.id
FOR NO KEY UPDATE
"""

GATHER = """
CREATE TEMP TABLE close_line ON COMMIT DROP AS
SELECT l.id, l.institution_id, l.producer_id, l.basis, coalesce(l.lot_id, 0) AS lot, p.food_type_id,
       l.delivery_point_id, l.delivery_date, l.offer_id, l.offer_version_id, l.product_id, l.name,
       l.unit, l.grams_per_unit, l.order_step, l.pack, l.price_cents, l.vat_treatment, l.vat_bp,
       l.quantity AS ordered, l.quantity, l.grams, l.net_cents
FROM weekly_order o
JOIN order_line l ON l.submission_id = o.current_submission_id
JOIN product p ON p.id = l.product_id
WHERE o.cycle_id = :cycle
"""

#: What is left of each limited or withdrawn offer for this cycle, in thousandths. An offer is one stock for
#: all municipalities. `share`: what the cycles closed before did not take. `reserve`: what the others still
#: open have reserved stays theirs too; if the producer reduced below what is reserved, each cycle has its
#: proportional part.
OFFERS = """
CREATE TEMP TABLE close_offer ON COMMIT DROP AS
WITH own AS (
    SELECT offer_id, sum(ordered)::bigint AS asked FROM close_line GROUP BY offer_id
), earlier AS (
    SELECT v.offer_id, sum(rl.quantity)::bigint AS recorded
    FROM cycle mine
    JOIN cycle other ON other.week = mine.week AND other.id <> mine.id
                        AND other.state IN ('recorded', 'settled')
    JOIN procurement_record r ON r.cycle_id = other.id AND r.superseded_by_id IS NULL
    JOIN record_line rl ON rl.record_id = r.id
    JOIN offer_version v ON v.id = rl.offer_version_id
    WHERE mine.id = :cycle
    GROUP BY v.offer_id
), stock AS (
    SELECT o.id, o.state, o.stock_kind, o.available, own.asked,
           greatest(o.available - coalesce(e.recorded, 0), 0) AS rest,
           greatest(o.taken - coalesce(e.recorded, 0), own.asked) AS reserved
    FROM own JOIN offer o ON o.id = own.offer_id LEFT JOIN earlier e ON e.offer_id = o.id
    WHERE o.available IS NOT NULL OR o.state = 'withdrawn'
)
SELECT id, asked, (state = 'withdrawn' OR available = 0) AS withdrawn,
       CASE WHEN state = 'withdrawn' THEN 0
            WHEN stock_kind = 'share' THEN rest
            WHEN reserved <= rest THEN rest - (reserved - asked)
            ELSE (rest::numeric * asked / reserved)::bigint
       END AS available
FROM stock
"""

#: `first`: lines that the first three rules may change, so that they are not sure to count towards a minimum.
TOUCHED = """
CREATE TEMP TABLE close_touched ON COMMIT DROP AS
WITH dropped AS (
    SELECT i.id AS institution_id
    FROM order_approval a
    JOIN weekly_order o ON o.current_submission_id = a.submission_id AND o.cycle_id = :cycle
    JOIN institution i ON i.id = o.institution_id
    WHERE a.state = 'waiting' AND i.unapproved = 'drop'
), broken AS (
    SELECT producer_id, product_id, delivery_point_id, pack FROM close_line
    WHERE pack IS NOT NULL
    GROUP BY producer_id, product_id, delivery_point_id, pack
    HAVING sum(ordered)::bigint % pack <> 0
), marked AS MATERIALIZED (
    SELECT l.id, l.institution_id, l.producer_id, l.offer_id, l.ordered, l.net_cents,
           b.pack IS NOT NULL OR o.withdrawn IS TRUE OR n.institution_id IS NOT NULL AS first,
           o.asked > o.available IS TRUE AS scarce
    FROM close_line l
    LEFT JOIN broken b USING (producer_id, product_id, delivery_point_id, pack)
    LEFT JOIN close_offer o ON o.id = l.offer_id
    LEFT JOIN dropped n USING (institution_id)
), low AS (
    SELECT m.institution_id, m.producer_id, a.minimum_cents
    FROM marked m JOIN admission a ON a.producer_id = m.producer_id AND a.municipality_id = :municipality
    WHERE a.minimum_cents > 0
    GROUP BY m.institution_id, m.producer_id, a.minimum_cents
    HAVING coalesce(sum(m.net_cents) FILTER (WHERE NOT m.first), 0) < a.minimum_cents
)
SELECT m.id, m.institution_id, m.offer_id, m.ordered, low.minimum_cents
FROM marked m LEFT JOIN low USING (institution_id, producer_id)
WHERE m.first OR m.scarce OR low.minimum_cents IS NOT NULL
"""


def lock_offers(work: Work) -> None:
    """Hold the limited offers of the cycle, in key order: another close of the same week waits."""
    work.run(LOCK_OFFERS)


def gather(work: Work) -> None:
    """Put the lines of the current submissions into `close_line`."""
    work.run(GATHER)
    # Fresh tables have no statistics, and the planner would pick nested loops. A small sample is enough.
    work.run("SET LOCAL default_statistics_target = 10")
    work.run("ANALYZE close_line")


def choose(work: Work) -> None:
    """Find what is left of limited offers, and the lines that a rule may touch."""
    work.run(OFFERS)
    work.run("ANALYZE close_offer")
    work.run(TOUCHED)


def drop(work: Work) -> None:
    """Forget the temporary tables, so that the same transaction can close another cycle."""
    work.run("DROP TABLE IF EXISTS " + ", ".join(f"pg_temp.{table}" for table in TABLES))
