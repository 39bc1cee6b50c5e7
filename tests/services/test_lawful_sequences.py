"""No sequence of orders, withdrawals, closes and changes passes a ceiling; the counters always follow."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from foodorder.catalogue.models import StockKind
from foodorder.db import db
from foodorder.ordering.cycles import cancel_cycle
from foodorder.ordering.place import withdraw_order
from foodorder.procurement.changes import accept_change, ask_change
from foodorder.procurement.models import ChangeKind, CostBearer, ProcurementRecord
from foodorder.procurement.record_cycle import record_cycle
from foodorder.procurement.wanted import Wanted
from foodorder.rules.agreements import AwardMode
from foodorder.rules.cycle import State
from foodorder.rules.errors import Refusal
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.agreements import (
    add_agreement,
    add_ceiling,
    add_exempted,
    add_kind,
    add_lot,
    add_supplier,
    counted,
    enforce,
    passed,
    recounted,
)
from tests.factories import CLOSES, NOW, WEEK, World

KITCHENS, CYCLES, OFFERS = 3, 3, 5

VERBS = ["submit"] * 9 + ["withdraw", "withdraw", "close", "change", "change", "cancel"]
few = st.sampled_from([0, 0, 1, 2, 5, 8, 13, 21])
acts = st.tuples(
    st.sampled_from(VERBS),
    st.integers(0, CYCLES - 1),
    st.integers(0, KITCHENS - 1),
    st.lists(few, min_size=OFFERS, max_size=OFFERS),
)


class Town:
    """Kitchens, two of which share an agreement of three lots; two cycles of one week and one of the next."""

    def __init__(self, clock_at: Callable[[datetime], None]) -> None:
        clock_at(NOW)
        self.clock_at = clock_at
        world = self.world = World()
        world.municipality.pack_rounding = "up"
        enforce(world, threshold=9_000)
        self.kitchens = [world.add_institution() for _ in range(KITCHENS)]
        foods = [world.add_food_type(grams_per_unit=weight) for weight in (1000, 333, 1030, 58)]
        agreement = add_agreement(world, *self.kitchens[:2])
        farm, other = world.add_producer(), world.add_producer()
        ranked = add_lot(agreement, foods[0], cents=9_000)
        add_supplier(ranked, farm, rank=1, price=133)
        add_supplier(ranked, other, rank=2, price=141)
        parallel = add_lot(agreement, foods[1], mode=AwardMode.PARALLEL, grams=20_000)
        add_supplier(parallel, farm, rank=None, share_bp=6_000, price=97)
        add_exempted(agreement, foods[2], cents=5_000)
        add_ceiling(agreement, exempted=True, cents=4_500)
        add_ceiling(agreement, parallel, farm, cents=5_500)
        add_ceiling(agreement, institution=self.kitchens[0], cents=9_500, grams=99_000)
        add_ceiling(agreement, cents=16_000)
        add_kind(world, *foods[:3])
        add_kind(world, foods[3], name="Zelišča")
        self.cycles = []
        for week in (WEEK, WEEK + timedelta(days=7)):
            self.offers = [
                world.offer(farm, product=world.add_product(farm, foods[0], pack=5_000), available=40_000,
                            week=week),
                world.offer(other, product=world.add_product(other, foods[0]), week=week),
                world.offer(farm, product=world.add_product(farm, foods[1], pack=2_000), week=week),
                world.offer(other, product=world.add_product(other, foods[2], pack=3_000), price=210,
                            kind=StockKind.SHARE, available=25_000, week=week),
                world.offer(farm, product=world.add_product(farm, foods[3], pack=4_000), price=175,
                            week=week),
            ]  # fmt: skip
            for _ in range(2 if week == WEEK else 1):
                self.cycles.append((world.cycle(week=week), self.offers))

    def do(self, what: str, cycle: int, kitchen: int, numbers: list[int]) -> bool:
        """One act, or its refusal, which undoes it; whether it was done."""
        try:
            with db.session.begin_nested():
                getattr(self, what)(*self.cycles[cycle], self.kitchens[kitchen], numbers)
        except Refusal:
            return False
        return True

    def submit(self, cycle: Any, offers: Any, kitchen: Any, numbers: list[int]) -> None:
        asked = [(offer, str(one)) for offer, one in zip(offers, numbers, strict=True) if one]
        # Mostly the second waits for the first.
        asked = [pair for pair in asked if pair[0] is not offers[1] or numbers[0] == numbers[1]]
        self.world.submit(cycle, kitchen, asked, pack_choice="up")

    def withdraw(self, cycle: Any, _offers: Any, kitchen: Any, _numbers: list[int]) -> None:
        withdraw_order(cycle.id, kitchen.id, actor=COMMAND)

    def close(self, cycle: Any, *_more: Any) -> None:
        db.session.refresh(cycle)
        if cycle.state != State.CANCELLED:
            self.clock_at(CLOSES)
            record_cycle(cycle.id, actor=SCHEDULER)
            self.clock_at(NOW)

    def cancel(self, cycle: Any, *_more: Any) -> None:
        if cycle is self.cycles[1][0]:
            cancel_cycle(cycle.id, "snow", actor=COMMAND)

    def change(self, cycle: Any, _offers: Any, kitchen: Any, numbers: list[int]) -> None:
        """Ask for another quantity of the first line of a record, and accept it."""
        record = db.session.scalars(
            select(ProcurementRecord)
            .where(
                ProcurementRecord.cycle_id == cycle.id,
                ProcurementRecord.institution_id == kitchen.id,
                ProcurementRecord.superseded_by_id.is_(None),
                ProcurementRecord.lines > 0,
            )
            .order_by(ProcurementRecord.id)
        ).first()
        if record is None:
            return
        line, quantity = record.record_lines[0], sum(numbers[:2]) * 1000
        kind = ChangeKind.REDUCTION if quantity < line.quantity else ChangeKind.ADDITION
        change = ask_change(record.id, kind, [Wanted(quantity, line.id)], "trip", actor=COMMAND, now=NOW)
        accept_change(change.id, CostBearer.INSTITUTION, actor=COMMAND, now=NOW)


@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sequence=st.lists(acts, min_size=15, max_size=30))
def test_no_sequence_passes_a_ceiling(
    session: Session, clock_at: Callable[[datetime], None], sequence: list[Any]
) -> None:
    with session.begin_nested() as undone:
        session.info.pop("law", None)
        town = Town(clock_at)
        for act in sequence:
            town.do(*act)
            session.expire_all()
            assert not passed(), act
            assert counted() == recounted(), act
        undone.rollback()
