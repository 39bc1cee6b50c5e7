"""Every cent and gram is conserved: random weeks through the services, on the real database.

Ordered plus the recorded differences is what the records say, what the farms' lists say, and what all sums
say; and the database, which passes only some lines through the rules, decides as the pure rules do over all.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from foodorder.accounts.models import Admission
from foodorder.agreements.models import AgreementLot, Ceiling, subject_kind_food
from foodorder.catalogue.models import LegalParameter
from foodorder.ordering.models import Cycle
from foodorder.procurement.models import ProcurementRecord
from foodorder.procurement.queries import Scope, record_page, records, sums
from foodorder.procurement.record_cycle import record_cycle
from foodorder.procurement.simulate import simulate
from foodorder.procurement.supply import matrix, stops
from foodorder.rules.aggregation import Close, Line, MinimumRule, PackRounding, Settlement, settle
from foodorder.rules.agreements import Basis
from foodorder.rules.money import recapitulate
from foodorder.trail.actor import SCHEDULER
from tests.agreements import counted, counts_on, passed, recounted
from tests.factories import CLOSES, NOW
from tests.flow.random_week import RandomWeek, play, weeks
from tests.raw_sums import assert_summaries

Rooms = dict[str, tuple[int | None, int | None]]


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(week=weeks)
def test_nothing_is_lost_and_nothing_appears(
    session: Session, clock_at: Callable[[datetime], None], week: RandomWeek
) -> None:
    with session.begin_nested() as undone:
        clock_at(NOW)
        session.info.pop("law", None)
        cycles = play(week)
        clock_at(CLOSES)
        for cycle in cycles:
            close = _read_close(session, cycle)
            foreseen = simulate(cycle.id)
            expected = settle(close)
            needed, evidence = _needed(session), _with_evidence(session, cycle)
            closed = record_cycle(cycle.id, actor=SCHEDULER)
            assert (foreseen.net_cents, foreseen.recorded_grams) == (closed.net_cents, closed.recorded_grams)
            _same_as_the_rules(session, cycle, close, expected)
            _every_line_adds_up(session, cycle)
            _all_sums_agree(session, cycle)
            _packs_are_whole(session, cycle)
            _the_law_is_kept(session)
            _no_threshold_is_reached(session, evidence, needed)
        _nothing_is_oversold(session)
        assert_summaries(session)
        undone.rollback()


def _read_close(session: Session, cycle: Cycle) -> Close:
    """All lines of the cycle as the pure rules take them, read without any of the close's own statements."""
    lines = session.execute(
        text(
            "SELECT l.*, p.food_type_id, s.pack_choice, i.weekly_budget_cents, i.unapproved, o.state,"
            " o.available, o.stock_kind, EXISTS (SELECT FROM order_approval a"
            " WHERE a.submission_id = s.id AND a.state = 'waiting') AS waits"
            " FROM weekly_order w JOIN order_submission s ON s.id = w.current_submission_id"
            " JOIN order_line l ON l.submission_id = s.id JOIN institution i ON i.id = l.institution_id"
            " JOIN offer o ON o.id = l.offer_id JOIN product p ON p.id = l.product_id"
            " WHERE w.cycle_id = :cycle ORDER BY l.id"
        ),
        {"cycle": cycle.id},
    ).all()
    ordered: defaultdict[int, int] = defaultdict(int)
    for line in lines:
        ordered[line.institution_id] += line.net_cents
    minimums = {
        (line.institution_id, line.producer_id): session.get_one(
            Admission, (line.producer_id, cycle.municipality_id)
        ).minimum_cents
        for line in lines
    }
    taken = _recorded_by_offer(session)
    limits, rooms = _limits(session, lines)
    year, number, _ = cycle.week.isocalendar()
    return Close(
        lines=tuple(_line(line, limits[line.id]) for line in lines),
        seed=f"{cycle.municipality.code}-{year}-W{number:02}",
        rounding={
            line.institution_id: PackRounding(
                line.pack_choice if cycle.pack_rounding == "ask" else cycle.pack_rounding
            )
            for line in lines
        },
        minimum_rule=MinimumRule(cycle.minimum_rule),
        minimums=minimums,
        unapproved=frozenset(
            line.institution_id for line in lines if line.waits and line.unapproved == "drop"
        ),
        withdrawn=frozenset(
            line.offer_id for line in lines if line.state == "withdrawn" or line.available == 0
        ),
        available={
            line.offer_id: max(line.available - taken[line.offer_id], 0)
            for line in lines
            if line.available is not None
        },
        headroom={
            line.institution_id: line.weekly_budget_cents - ordered[line.institution_id]
            for line in lines
            if line.weekly_budget_cents is not None
        },
        rooms=rooms,
    )


def _limits(session: Session, lines: Sequence[Any]) -> tuple[dict[int, tuple[str, ...]], Rooms]:
    """On what each line counts, and what is left of it, added up from the lines alone."""
    use, needs = recounted()
    ceilings = session.scalars(select(Ceiling)).all()
    lots = {lot.id: lot for lot in session.scalars(select(AgreementLot))}
    kinds, threshold = _kinds(session), _threshold(session)
    evidence = {
        (line.institution_id, kinds[line.food_type_id]) for line in lines if line.basis == Basis.EVIDENCE
    }
    rooms: Rooms = {}
    limits: dict[int, tuple[str, ...]] = {}
    for line in lines:
        found = []
        for ceiling in ceilings:
            if line.lot_id is not None and counts_on(ceiling, line, lots[line.lot_id]):
                cents, grams = use[ceiling.id]
                rooms[f"c{ceiling.id}"] = (
                    None if ceiling.limit_cents is None else ceiling.limit_cents - cents,
                    None if ceiling.limit_grams is None else ceiling.limit_grams - grams,
                )
                found.append(f"c{ceiling.id}")
        kind = kinds.get(line.food_type_id)
        # Whatever its basis, it takes of the threshold that evidence orders of its kind stay below.
        if (line.institution_id, kind) in evidence:
            needed = sum(
                cents
                for (institution, food, _, _), (cents, _) in needs.items()
                if institution == line.institution_id and kinds.get(food) == kind
            )
            rooms[f"n{line.institution_id}"] = (max(threshold - 1 - needed, 0), None)
            found.append(f"n{line.institution_id}")
        limits[line.id] = tuple(found)
    return limits, rooms


def _kinds(session: Session) -> dict[int, int]:
    """The kind of purchase of each food type that is of one."""
    rows = session.execute(select(subject_kind_food.c.food_type_id, subject_kind_food.c.kind_id))
    return {row.food_type_id: row.kind_id for row in rows}


def _threshold(session: Session) -> int:
    statement = select(LegalParameter.value).where(LegalParameter.key == "procurement.threshold_goods")
    return session.scalar(statement) or 0


def _needed(session: Session) -> defaultdict[tuple[int, int | None], int]:
    """Net cents by institution and kind, all channels together, added up from the lines."""
    session.expire_all()
    kinds, sums_of = _kinds(session), defaultdict[tuple[int, int | None], int](int)
    for (institution, food, _, _), (cents, _) in recounted()[1].items():
        sums_of[institution, kinds.get(food)] += cents
    return sums_of


def _with_evidence(session: Session, cycle: Cycle) -> set[tuple[int, int | None]]:
    """The institutions and kinds of the cycle's evidence orders."""
    kinds = _kinds(session)
    rows = session.execute(
        text(
            "SELECT DISTINCT l.institution_id, p.food_type_id FROM weekly_order w"
            " JOIN order_line l ON l.submission_id = w.current_submission_id"
            " JOIN product p ON p.id = l.product_id WHERE w.cycle_id = :cycle AND l.basis = 'evidence'"
        ),
        {"cycle": cycle.id},
    )
    return {(row.institution_id, kinds.get(row.food_type_id)) for row in rows}


def _no_threshold_is_reached(
    session: Session,
    evidence: set[tuple[int, int | None]],
    before: defaultdict[tuple[int, int | None], int],
) -> None:
    """No rounding, of whatever channel, brings a kind with evidence orders to the threshold."""
    after, threshold = _needed(session), _threshold(session)
    for key in evidence:
        assert after[key] <= max(before[key], threshold - 1)


def _line(row: Any, limits: tuple[str, ...]) -> Line:
    return Line(
        row.id, row.institution_id, row.delivery_point_id, row.delivery_date, row.offer_id, row.product_id,
        row.producer_id, row.quantity, row.price_cents, row.order_step, row.pack, row.unit,
        row.grams_per_unit, limits,
    )  # fmt: skip


def _recorded_by_offer(session: Session) -> defaultdict[int, int]:
    rows = session.execute(
        text(
            "SELECT v.offer_id, sum(l.quantity)::bigint AS quantity FROM record_line l"
            " JOIN offer_version v ON v.id = l.offer_version_id GROUP BY v.offer_id"
        )
    )
    return defaultdict(int, {row.offer_id: row.quantity for row in rows})


def _same_as_the_rules(session: Session, cycle: Cycle, close: Close, expected: Settlement) -> None:
    parameters = {"cycle": cycle.id}
    written = session.execute(
        text(
            "SELECT l.order_line_id, l.quantity FROM record_line l"
            " JOIN procurement_record r ON r.id = l.record_id WHERE r.cycle_id = :cycle"
        ),
        parameters,
    ).all()
    assert dict(tuple(row) for row in written) == {
        line: left for line, left in expected.final.items() if left
    }
    differences = session.execute(
        text("SELECT order_line_id, kind, quantity, reason FROM difference WHERE cycle_id = :cycle"),
        parameters,
    )
    assert {tuple(row) for row in differences} == {
        (row.line, row.kind, row.quantity, row.reason) for row in expected.differences
    }
    shared = session.execute(
        text("SELECT offer_id, given FROM allocation WHERE cycle_id = :cycle"), parameters
    )
    assert {row.offer_id: row.given for row in shared} == {
        row.offer: sum(row.given.values()) for row in expected.allocations
    }
    waived = session.execute(
        text(
            "SELECT institution_id, producer_id, waived_minimum_cents FROM procurement_record"
            " WHERE cycle_id = :cycle AND waived_minimum_cents IS NOT NULL"
        ),
        parameters,
    )
    assert {tuple(row) for row in waived} == {
        (row.institution, row.producer, row.minimum_cents)
        for row in expected.waivers
        if any(
            expected.final[line.id] and (line.institution, line.producer) == (row.institution, row.producer)
            for line in close.lines
        )
    }


def _every_line_adds_up(session: Session, cycle: Cycle) -> None:
    rows = session.execute(
        text(
            "SELECT l.quantity + coalesce(d.quantity, 0) AS quantity,"
            " l.grams + coalesce(d.grams, 0) AS grams,"
            " coalesce(x.quantity, 0) AS recorded, coalesce(x.grams, 0) AS recorded_grams"
            " FROM weekly_order w JOIN order_line l ON l.submission_id = w.current_submission_id"
            " LEFT JOIN (SELECT order_line_id, sum(quantity)::bigint AS quantity, sum(grams)::bigint AS grams"
            "            FROM difference GROUP BY order_line_id) d ON d.order_line_id = l.id"
            " LEFT JOIN record_line x ON x.order_line_id = l.id WHERE w.cycle_id = :cycle"
        ),
        {"cycle": cycle.id},
    )
    for row in rows:
        assert (row.quantity, row.grams) == (row.recorded, row.recorded_grams)


def _all_sums_agree(session: Session, cycle: Cycle) -> None:
    scope = Scope(cycle_id=cycle.id)
    closed = record_cycle(cycle.id, actor=SCHEDULER)
    total = sums(scope)
    assert (total.net_cents, total.gross_cents, total.grams) == (
        closed.net_cents,
        closed.gross_cents,
        closed.recorded_grams,
    )
    rows = records(scope)
    numbers: defaultdict[int, list[int]] = defaultdict(list)
    lines: list[Any] = []
    for row in rows:
        record = session.get_one(ProcurementRecord, row.id)
        page = record_page(record)
        again = recapitulate((line.vat_bp, line.net_cents) for line in page.lines).total
        assert (again.net, again.vat, again.gross) == (record.net_cents, record.vat_cents, record.gross_cents)
        assert sum(line.grams for line in page.lines) == record.grams
        numbers[record.institution_id].append(record.sequence)
        lines += page.lines
    assert sum(row.gross_cents for row in rows) == closed.gross_cents
    for given_numbers in numbers.values():
        assert sorted(given_numbers) == list(range(1, len(given_numbers) + 1))

    by_product: defaultdict[int, int] = defaultdict(int)
    for line in lines:
        by_product[line.product_id] += line.quantity
    harvested, unloaded, packed = {}, defaultdict[int, int](int), defaultdict[int, int](int)
    for producer in {row.producer_id for row in rows}:
        table = matrix(cycle.id, producer)
        harvested |= {product.product_id: product.quantity for product in table.products}
        for (product, _), quantity in table.cells.items():
            packed[product] += quantity
        for stop in stops(cycle.id, producer):
            for line in stop.lines:
                unloaded[line.product_id] += line.quantity
    assert harvested == packed == unloaded == by_product


def _packs_are_whole(session: Session, cycle: Cycle) -> None:
    broken = session.execute(
        text(
            "SELECT l.product_id FROM record_line l JOIN procurement_record r ON r.id = l.record_id"
            " JOIN offer_version v ON v.id = l.offer_version_id"
            " WHERE r.cycle_id = :cycle AND v.pack IS NOT NULL"
            " GROUP BY l.product_id, l.delivery_point_id, v.pack HAVING sum(l.quantity)::bigint % v.pack <> 0"
        ),
        {"cycle": cycle.id},
    )
    assert broken.all() == []


def _the_law_is_kept(session: Session) -> None:
    session.expire_all()
    assert counted() == recounted()
    assert not passed()


def _nothing_is_oversold(session: Session) -> None:
    recorded = _recorded_by_offer(session)
    for row in session.execute(text("SELECT id, available, taken FROM offer WHERE available IS NOT NULL")):
        assert recorded[row.id] <= row.available
        assert row.taken == recorded[row.id]
