"""The close: a cycle whose deadline has passed becomes procurement records, in one transaction.

Idempotent: run twice, from three processes at once or after a month's outage, it gives the same rows.
Whether it comes late never matters, for no order is accepted after the deadline.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text

from foodorder.db import clock, db, lock_cycle
from foodorder.procurement.close import limits, lines, records, rules, tell
from foodorder.procurement.close.work import Work
from foodorder.rules.aggregation import MinimumRule, PackRounding
from foodorder.rules.cycle import Action, State, move
from foodorder.rules.errors import N_, Refusal
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

#: The steps of the close in their order, each a few set-based statements. Tests stop between them.
STEPS: tuple[Callable[[Work], None], ...] = (
    limits.lock_institutions,
    lines.lock_offers,
    lines.gather,
    lines.choose,
    rules.settle,
    records.number_records,
    records.settle_stock,
    limits.count_changes,
    records.write_records,
    records.write_vat,
    records.write_differences,
    # Summaries are held last, with the lines that they sum up: whoever waits for them holds nothing we want.
    records.write_lines,
    tell.leave_trail,
    tell.write_messages,
    lines.drop,
)


class DeadlineAhead(Refusal):
    """A close before the deadline."""

    message = N_("This cycle takes orders until %(closes_at)s and can be closed only then.")


class CycleNotFound(Refusal):
    """No such cycle."""

    message = N_("There is no such cycle.")


@dataclass(frozen=True, slots=True)
class Closed:
    """What a close made: sums in net, VAT and gross cents, weights in grams.

    `ordered_grams` = `recorded_grams` + `differences_grams`: what rules cut, cancelled or, negative, added.
    Raises ValueError when that does not hold, so that no close is committed which loses a gram.
    """

    cycle_id: int
    orders: int
    lines: int
    records: int
    producers: int
    net_cents: int
    vat_cents: int
    gross_cents: int
    ordered_grams: int
    recorded_grams: int
    differences_grams: int

    def __post_init__(self) -> None:
        if self.ordered_grams != self.recorded_grams + self.differences_grams:
            raise ValueError(
                f"cycle {self.cycle_id}: {self.ordered_grams} g ordered are not {self.recorded_grams} g"
                f" recorded and {self.differences_grams} g of differences"
            )


READ = """
SELECT c.id, c.municipality_id, c.week, c.sequence, c.state, c.closes_at, c.pack_rounding, c.minimum_rule,
       m.code, now.clock, CAST(extract(year FROM now.clock AT TIME ZONE m.zone) AS integer) AS year
FROM (SELECT foodorder_clock() AS clock OFFSET 0) now, cycle c JOIN municipality m ON m.id = c.municipality_id
WHERE c.id = :cycle
"""

CLAIM = """
UPDATE cycle
SET state = 'recorded', closed_at = coalesce(closed_at, :clock), recorded_at = :clock,
    failure = NULL, failed_at = NULL
WHERE id = :cycle AND state = :state AND closes_at <= :clock
RETURNING id
"""

SUMMARY = """
SELECT orders.*, records.*, coalesce(differences.grams, 0) AS differences_grams
FROM (
    SELECT count(*) AS orders, coalesce(sum(s.lines), 0)::bigint AS lines,
           coalesce(sum(s.grams), 0)::bigint AS ordered_grams
    FROM weekly_order o JOIN order_submission s ON s.id = o.current_submission_id
    WHERE o.cycle_id = :cycle
) orders, (
    SELECT count(*) AS records, count(DISTINCT producer_id) AS producers,
           coalesce(sum(net_cents), 0)::bigint AS net_cents, coalesce(sum(vat_cents), 0)::bigint AS vat_cents,
           coalesce(sum(gross_cents), 0)::bigint AS gross_cents,
           coalesce(sum(grams), 0)::bigint AS recorded_grams
    FROM procurement_record WHERE cycle_id = :cycle AND version = 1
) records, (
    SELECT -sum(grams)::bigint AS grams FROM difference WHERE cycle_id = :cycle
) differences
"""


def record_cycle(cycle_id: int, *, actor: Actor) -> Closed:
    """Close a cycle and write its procurement records; returns what came out (design: the cycle, exactly).

    The caller owns the transaction and rolls it back whole on any error, then calls `mark_failed`. A cycle
    that is recorded already is left alone and only summed up.
    Raises DeadlineAhead before the deadline by the database's clock, IllegalMove in any other state than
    open (or closed, after a failure), CycleNotFound.
    """
    lock_cycle(cycle_id, exclusive=True)
    # The next statement: only what is read after the lock is true.
    cycle = db.session.execute(text(READ), {"cycle": cycle_id}).one_or_none()
    if cycle is None:
        raise CycleNotFound
    if cycle.state in (State.RECORDED, State.SETTLED):
        return summary(cycle_id)
    _claim(cycle, actor)
    work = begin(cycle, actor)
    for step in STEPS:
        step(work)
    closed = summary(cycle_id)
    _leave_trail(cycle, actor, "cycle.recorded", {"state": State.RECORDED, "records": closed.records})
    return closed


def _claim(cycle: Row[Any], actor: Actor) -> None:
    """Move the cycle through `closed` to `recorded`; each move is checked and leaves an event."""
    state = State(cycle.state)
    if state is State.OPEN:
        state = move(state, Action.CLOSE)
        if cycle.clock < cycle.closes_at:
            raise DeadlineAhead(closes_at=cycle.closes_at)
        _leave_trail(cycle, actor, "cycle.closed", {"state": State.CLOSED})
    move(state, Action.RECORD)
    # The lock keeps others from moving it: exactly one row, or the database is not what it was.
    db.session.execute(text(CLAIM), {"cycle": cycle.id, "clock": cycle.clock, "state": cycle.state}).one()


def begin(cycle: Row[Any], actor: Actor) -> Work:
    """The work of a close as the row of READ describes it."""
    year, week, _ = cycle.week.isocalendar()
    name = f"{year}-W{week:02}" + (f"/{cycle.sequence}" if cycle.sequence > 1 else "")
    return Work(
        cycle_id=cycle.id,
        municipality_id=cycle.municipality_id,
        name=name,
        clock=cycle.clock,
        year=cycle.year,
        pack_rounding=PackRounding(cycle.pack_rounding),
        minimum_rule=MinimumRule(cycle.minimum_rule),
        seed=f"{cycle.code}-{name}",
        actor=actor,
    )


def _leave_trail(cycle: Row[Any], actor: Actor, action: str, after: dict[str, Any]) -> None:
    trail.record(
        actor, action, "cycle", cycle.id,
        now=cycle.clock, municipality_id=cycle.municipality_id, after=after,
    )  # fmt: skip


def summary(cycle_id: int) -> Closed:
    """What the close of a recorded cycle made (first versions of its records)."""
    row = db.session.execute(text(SUMMARY), {"cycle": cycle_id}).one()
    return Closed(cycle_id=cycle_id, **row._asdict())


def mark_failed(cycle_id: int, error: str, *, actor: Actor) -> None:
    """Note in a transaction of its own that a close failed, and why: it waits for a person, without orders.

    Does nothing if another process recorded the cycle meanwhile. `record_cycle` may be tried again any time.
    """
    lock_cycle(cycle_id, exclusive=True)
    now = clock()
    row = db.session.execute(
        text(
            "UPDATE cycle SET state = 'closed', closed_at = coalesce(closed_at, :now),"
            " failure = :error, failed_at = :now, failures = failures + 1"
            " WHERE id = :cycle AND state IN ('open', 'closed') AND closes_at <= :now"
            " RETURNING municipality_id, failures"
        ),
        {"cycle": cycle_id, "error": error, "now": now},
    ).one_or_none()
    if row is not None:
        trail.record(
            actor, "cycle.close_failed", "cycle", cycle_id, now=now, municipality_id=row.municipality_id,
            after={"failures": row.failures, "state": State.CLOSED}, reason=error,
        )  # fmt: skip
