"""Every cent and gram is conserved: random weeks through the services, on the real database.

Ordered plus the recorded differences is what the records say, what the farms' lists say, and what all sums
say; and the database, which passes only some lines through the rules, decides as the pure rules do over all.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from foodorder.accounts.models import Admission
from foodorder.catalogue.models import StockKind
from foodorder.ordering.models import Cycle
from foodorder.procurement.models import ProcurementRecord
from foodorder.procurement.queries import Scope, record_page, records, sums
from foodorder.procurement.record_cycle import record_cycle
from foodorder.procurement.simulate import simulate
from foodorder.procurement.supply import matrix, stops
from foodorder.rules.aggregation import Close, Line, MinimumRule, PackRounding, Settlement, settle
from foodorder.rules.money import recapitulate
from foodorder.rules.ordering import Cell
from foodorder.trail.actor import SCHEDULER
from tests.factories import CLOSES, NOW, World

STEPS, DAYS = 500, 5


@dataclass(frozen=True)
class RandomOffer:
    farm: int
    price: int
    pack: int | None
    kind: StockKind
    available: int
    withdrawn: bool
    grams_per_unit: int


@dataclass(frozen=True)
class RandomKitchen:
    doors: int
    budget: int | None
    #: What becomes of the order, which nobody approved; None: it needed no approval.
    unapproved: str | None
    pack_choice: str
    #: (offer, door, day, steps)
    wants: list[tuple[int, int, int, int]]


@dataclass(frozen=True)
class RandomWeek:
    rounding: str
    minimum_rule: str
    minimums: list[int]
    offers: list[RandomOffer]
    kitchens: list[RandomKitchen]
    neighbours: list[RandomKitchen]


offers = st.builds(
    RandomOffer,
    farm=st.integers(0, 2),
    price=st.integers(1, 999),
    pack=st.sampled_from([None, None, 1000, 2500, 5000]),
    kind=st.sampled_from([StockKind.UNLIMITED, StockKind.SHARE, StockKind.SHARE, StockKind.RESERVE]),
    available=st.integers(1, 60).map(lambda steps: steps * STEPS),
    withdrawn=st.sampled_from([False] * 9 + [True]),
    grams_per_unit=st.sampled_from([1000, 1030, 58, 333]),
)
kitchens = st.builds(
    RandomKitchen,
    doors=st.integers(1, 2),
    budget=st.one_of(st.none(), st.integers(0, 20000)),
    unapproved=st.sampled_from([None, None, "count", "drop"]),
    pack_choice=st.sampled_from(["up", "down"]),
    wants=st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 1), st.integers(0, 2), st.integers(1, 30)),
        min_size=1,
        max_size=8,
    ),
)
weeks = st.builds(
    RandomWeek,
    rounding=st.sampled_from(["up", "down", "ask"]),
    minimum_rule=st.sampled_from(["cancel", "waive"]),
    minimums=st.lists(st.sampled_from([0, 500, 3000]), min_size=3, max_size=3),
    offers=st.lists(offers, min_size=6, max_size=6),
    kitchens=st.lists(kitchens, min_size=1, max_size=4),
    neighbours=st.lists(kitchens, max_size=1),
)


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
        cycles = _play(week)
        clock_at(CLOSES)
        for cycle in cycles:
            close = _read_close(session, cycle)
            foreseen = simulate(cycle.id)
            expected = settle(close)
            closed = record_cycle(cycle.id, actor=SCHEDULER)
            assert (foreseen.net_cents, foreseen.recorded_grams) == (closed.net_cents, closed.recorded_grams)
            _same_as_the_rules(session, cycle, close, expected)
            _every_line_adds_up(session, cycle)
            _all_sums_agree(session, cycle)
            _packs_are_whole(session, cycle)
        _nothing_is_oversold(session)
        undone.rollback()


def _play(week: RandomWeek) -> list[Cycle]:
    """Farms offer, kitchens of one or two municipalities order, some offers are withdrawn."""
    world = World()
    world.municipality.pack_rounding = week.rounding
    world.municipality.minimum_rule = week.minimum_rule
    towns = [world.municipality] + ([world.add_municipality()] if week.neighbours else [])
    farms = [world.add_producer(*towns, minimum_cents=minimum) for minimum in week.minimums]
    sold = []
    for offer in week.offers:
        food = world.add_food_type(grams_per_unit=offer.grams_per_unit)
        product = world.add_product(farms[offer.farm], food, step=STEPS, pack=offer.pack)
        limited = offer.kind is not StockKind.UNLIMITED
        # What is reserved is never over-asked; here there is enough, so that every order is accepted.
        available = (
            offer.available + (1_000_000 if offer.kind is StockKind.RESERVE else 0) if limited else None
        )
        sold.append(world.offer(product=product, price=offer.price, kind=offer.kind, available=available))
    cycles = []
    for town, group in zip(towns, (week.kitchens, week.neighbours), strict=False):
        cycle = world.cycle(municipality=town)
        cycles.append(cycle)
        for wish in group:
            kitchen = world.add_institution(wish.doors, town, weekly_budget_cents=wish.budget)
            typed = {
                Cell(
                    sold[offer].id,
                    kitchen.delivery_points[door % wish.doors].id,
                    cycle.week + timedelta(days=day),
                ): str(steps / 2).replace(".", ",")
                for offer, door, day, steps in wish.wants
            }
            receipt = world.submit(cycle, kitchen, typed, pack_choice=wish.pack_choice)
            if wish.unapproved:
                world.wait_for_approval(kitchen, receipt, wish.unapproved)
    for offer, row in zip(week.offers, sold, strict=True):
        if offer.withdrawn:
            row.state, row.withdrawn_reason = "withdrawn", "hail"
    return cycles


def _read_close(session: Session, cycle: Cycle) -> Close:
    """All lines of the cycle as the pure rules take them, read without any of the close's own statements."""
    lines = session.execute(
        text(
            "SELECT l.*, s.pack_choice, i.weekly_budget_cents, i.unapproved, o.state, o.available,"
            " o.stock_kind, EXISTS (SELECT FROM order_approval a"
            " WHERE a.submission_id = s.id AND a.state = 'waiting') AS waits"
            " FROM weekly_order w JOIN order_submission s ON s.id = w.current_submission_id"
            " JOIN order_line l ON l.submission_id = s.id JOIN institution i ON i.id = l.institution_id"
            " JOIN offer o ON o.id = l.offer_id WHERE w.cycle_id = :cycle ORDER BY l.id"
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
    year, number, _ = cycle.week.isocalendar()
    return Close(
        lines=tuple(_line(line) for line in lines),
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
    )


def _line(row: Any) -> Line:
    return Line(
        row.id, row.institution_id, row.delivery_point_id, row.delivery_date, row.offer_id, row.product_id,
        row.producer_id, row.quantity, row.price_cents, row.order_step, row.pack, row.unit,
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


def _nothing_is_oversold(session: Session) -> None:
    recorded = _recorded_by_offer(session)
    for row in session.execute(text("SELECT id, available, taken FROM offer WHERE available IS NOT NULL")):
        assert recorded[row.id] <= row.available
        assert row.taken == recorded[row.id]
