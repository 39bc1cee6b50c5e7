"""What the close would do now: the same statements and rules, before the deadline, without writing anything.

It takes no lock, so kitchens go on ordering meanwhile; its answer is that of one moment. The temporary tables
it works in are gone when it returns.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from foodorder.db import db
from foodorder.procurement.close import lines, records, rules
from foodorder.procurement.close.work import Work
from foodorder.procurement.differences import AllocationRow, DifferenceRow, Sentence, Share
from foodorder.procurement.record_cycle import READ, CycleNotFound, begin
from foodorder.rules.aggregation import REASONS, Allocation, Difference, Waiver
from foodorder.rules.allocation import EXPLANATIONS
from foodorder.rules.quantity import grams
from foodorder.trail.actor import SCHEDULER


@dataclass(frozen=True, slots=True)
class WaiverRow:
    """A producer's minimum that a kitchen's order would not reach and that would be waived, in net cents."""

    institution: str
    producer: str
    value_cents: int
    minimum_cents: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """What would come out: sums in cents and grams, and every decision of the rules with its reason."""

    orders: int
    lines: int
    records: int
    producers: int
    net_cents: int
    vat_cents: int
    gross_cents: int
    ordered_grams: int
    recorded_grams: int
    differences: tuple[DifferenceRow, ...]
    allocations: tuple[AllocationRow, ...]
    waivers: tuple[WaiverRow, ...]


_ORDERED = """
SELECT count(DISTINCT institution_id) AS orders, count(*) AS lines,
       coalesce(sum((ordered * grams_per_unit + 500) / 1000), 0)::bigint AS ordered_grams
FROM close_line
"""

_RECORDED = """
SELECT count(DISTINCT (institution_id, producer_id, basis, lot)) AS records,
       count(DISTINCT producer_id) AS producers,
       coalesce(sum(net_cents), 0)::bigint AS net_cents, coalesce(sum(vat_cents), 0)::bigint AS vat_cents,
       coalesce(sum(net_cents + vat_cents), 0)::bigint AS gross_cents,
       coalesce(sum(grams), 0)::bigint AS recorded_grams
FROM close_vat
"""

_LINES = """
SELECT l.id AS order_line_id, l.institution_id, i.short_name AS institution, l.producer_id,
       p.name AS producer, l.delivery_date, d.name AS delivery_point, l.name, l.unit,
       l.ordered, l.grams_per_unit
FROM close_line l
JOIN institution i ON i.id = l.institution_id
JOIN producer p ON p.id = l.producer_id
JOIN delivery_point d ON d.id = l.delivery_point_id
WHERE l.id = ANY(CAST(:lines AS bigint[]))
ORDER BY i.sort_key, i.id, p.sort_key, p.id, l.name, l.delivery_date, l.id
"""

_OFFERS = """
SELECT DISTINCT ON (l.offer_id) l.offer_id, l.name AS product, l.unit, l.producer_id, p.name AS producer
FROM close_line l JOIN producer p ON p.id = l.producer_id
WHERE l.offer_id = ANY(CAST(:offers AS integer[]))
ORDER BY l.offer_id, l.id
"""

_POINTS = """
SELECT d.id, d.name, i.short_name AS institution
FROM delivery_point d JOIN institution i ON i.id = d.institution_id
WHERE d.id = ANY(CAST(:points AS integer[]))
"""

_PAIRS = """
SELECT i.id AS institution_id, p.id AS producer_id, i.short_name AS institution, p.name AS producer
FROM unnest(CAST(:institutions AS integer[]), CAST(:producers AS integer[]))
    AS x (institution_id, producer_id)
JOIN institution i ON i.id = x.institution_id
JOIN producer p ON p.id = x.producer_id
ORDER BY i.sort_key, p.sort_key
"""


def simulate(cycle_id: int) -> Simulation:
    """What closing the cycle at this moment would give. Raises CycleNotFound.

    Runs in the caller's transaction and leaves nothing in it.
    """
    cycle = db.session.execute(text(READ), {"cycle": cycle_id}).one_or_none()
    if cycle is None:
        raise CycleNotFound
    work = begin(cycle, SCHEDULER)
    for step in (lines.gather, lines.choose, rules.settle):
        step(work)
    work.run(records.SUMS)
    settled = work.settled
    simulation = Simulation(
        **work.run(_ORDERED).one()._asdict(),
        **work.run(_RECORDED).one()._asdict(),
        differences=_differences(work, settled.differences),
        allocations=_allocations(work, settled.allocations),
        waivers=_waivers(work, settled.waivers),
    )
    lines.drop(work)
    return simulation


def _differences(work: Work, found: Iterable[Difference]) -> tuple[DifferenceRow, ...]:
    by_line: dict[int, list[Difference]] = {}
    for difference in found:
        by_line.setdefault(difference.line, []).append(difference)
    rows = []
    for line in work.run(_LINES, lines=sorted(by_line)):
        values = line._asdict()
        weight = values.pop("grams_per_unit")
        rows += [_difference(values, difference, weight) for difference in by_line[line.order_line_id]]
    return tuple(rows)


def _difference(values: dict[str, Any], found: Difference, weight: int) -> DifferenceRow:
    before, after = found.before, found.before + found.quantity
    return DifferenceRow(
        **values,
        quantity=found.quantity,
        grams=grams(after, weight) - grams(before, weight),
        kind=found.kind.value,
        allocation_id=None,
        why=Sentence(REASONS[found.reason], found.facts),
    )


def _allocations(work: Work, found: Iterable[Allocation]) -> tuple[AllocationRow, ...]:
    by_offer = {allocation.offer: allocation for allocation in found}
    asking = sorted({point for allocation in by_offer.values() for point in allocation.asked})
    points = {row.id: row for row in work.run(_POINTS, points=asking)}
    return tuple(
        AllocationRow(
            id=0,
            **row._asdict(),
            available=allocation.available,
            asked=sum(allocation.asked.values()),
            given=sum(allocation.given.values()),
            seed=f"{work.seed}|{row.offer_id}",
            shares=tuple(
                Share(points[point].institution, points[point].name, asked, allocation.given[point])
                for point, asked in allocation.asked.items()
            ),
            explanation=tuple(
                Sentence(EXPLANATIONS[said.code], said.facts) for said in allocation.explanation
            ),
        )
        for row in work.run(_OFFERS, offers=sorted(by_offer))
        for allocation in (by_offer[row.offer_id],)
    )


def _waivers(work: Work, found: Iterable[Waiver]) -> tuple[WaiverRow, ...]:
    by_pair = {(waiver.institution, waiver.producer): waiver for waiver in found}
    institutions, producers = [pair[0] for pair in by_pair], [pair[1] for pair in by_pair]
    rows = work.run(_PAIRS, institutions=institutions, producers=producers)
    return tuple(
        WaiverRow(row.institution, row.producer, waiver.value_cents, waiver.minimum_cents)
        for row in rows
        for waiver in (by_pair[row.institution_id, row.producer_id],)
    )
