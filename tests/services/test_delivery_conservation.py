"""Whatever happens before the van leaves: what travels and what was told short make what was recorded."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from foodorder.db import db
from foodorder.delivery import corrections, moves, shortfalls
from foodorder.delivery.corrections import Correction, LotOf, Packed
from foodorder.delivery.models import DeliveryNote
from foodorder.delivery.notes import make_cycle_notes
from foodorder.procurement.changes import accept_change, ask_change
from foodorder.procurement.models import ChangeKind, CostBearer
from foodorder.procurement.wanted import Wanted
from foodorder.rules.delivery import SentLot, ShortReason
from foodorder.rules.errors import Refusal
from foodorder.trail.actor import COMMAND
from tests.deliveries import AFTER, MONDAY, WEDNESDAY, close_week, farm_notes, make, record_of
from tests.factories import World

WHO: dict[str, Any] = {"actor": COMMAND, "now": AFTER}

# Each line in the version in force: recorded, what notes carry of it, what travels, what was told, weights.
LINES = text("""
SELECT coalesce(l.root_id, l.id) AS root, l.quantity AS recorded,
       coalesce(d.ordered, 0) AS ordered, coalesce(d.sent, 0) AS sent, coalesce(s.missing, 0) AS missing,
       coalesce(d.weighed, true) AS weighed
FROM procurement_record r
JOIN record_line l ON l.record_id = r.id
LEFT JOIN (
    SELECT x.root_line_id, sum(x.ordered)::bigint AS ordered,
           sum(x.quantity) FILTER (WHERE n.state <> 'cancelled')::bigint AS sent,
           bool_and(x.grams = (x.quantity * x.grams_per_unit + 500) / 1000) AS weighed
    FROM delivery_line x JOIN delivery_note n ON n.id = x.note_id GROUP BY x.root_line_id
) d ON d.root_line_id = coalesce(l.root_id, l.id)
LEFT JOIN (SELECT root_line_id, sum(missing)::bigint AS missing FROM shortfall GROUP BY root_line_id) s
    ON s.root_line_id = coalesce(l.root_id, l.id)
WHERE r.superseded_by_id IS NULL AND r.producer_id = :farm
""")


class Days:
    """One farm's days, as chance has it."""

    def __init__(self, closed: Any, seed: int) -> None:
        self.closed, self.chance = closed, random.Random(seed)
        self.farm = closed.farm.id

    def note(self) -> DeliveryNote:
        return self.chance.choice(farm_notes(self.closed))

    def tell_short(self) -> None:
        note = self.note()
        line = self.chance.choice(note.lines)
        less = shortfalls.Less(note.id, line.root_line_id, 1_000 * self.chance.randint(0, 10))
        shortfalls.tell_short(self.farm, [less], ShortReason.FROST, **WHO)

    def correct(self) -> None:
        note = self.note()
        line = self.chance.choice([line for line in note.lines if line.part == 1])
        parts = [1_000 * self.chance.randint(1, 5) for _ in range(self.chance.randint(1, 3))]
        lots = tuple(Packed(SentLot(quantity, f"L{place}")) for place, quantity in enumerate(parts))
        correction = Correction(line.root_line_id, lots, ShortReason.HAIL)
        corrections.correct_note(self.farm, note.id, [correction], **WHO)

    def write_lots(self) -> None:
        lots = {self.closed.cheese.product_id: LotOf("S", MONDAY + timedelta(days=3))}
        corrections.write_lots(self.farm, MONDAY, lots, **WHO)

    def pack(self) -> None:
        moves.prepare(self.farm, [self.note().id], **WHO)

    def reopen(self) -> None:
        moves.reopen(self.farm, self.note().id, **WHO)

    def leave(self) -> None:
        moves.leave(self.farm, [self.note().id], **WHO)

    def cancel(self) -> None:
        if self.chance.random() < 0.3:
            moves.cancel(self.farm, self.note().id, ShortReason.BREAKDOWN, **WHO)

    def change_record(self) -> None:
        record = record_of(self.closed, self.chance.choice([self.closed.kitchen, self.closed.school]))
        line = self.chance.choice(record.record_lines)
        quantity = 1_000 * self.chance.randint(0, 14)
        kind = ChangeKind.REDUCTION if quantity < line.quantity else ChangeKind.ADDITION
        asked = ask_change(record.id, kind, [Wanted(quantity, line.id)], "why", **WHO)
        accept_change(asked.id, CostBearer.INSTITUTION, **WHO)

    def add_goods(self) -> None:
        record = record_of(self.closed, self.closed.kitchen)
        wanted = Wanted(
            2_000, offer_id=self.closed.cheese.id, delivery_point_id=self.closed.doors[0],
            delivery_date=WEDNESDAY,
        )  # fmt: skip
        asked = ask_change(record.id, ChangeKind.ADDITION, [wanted], "guests", **WHO)
        accept_change(asked.id, CostBearer.NOBODY, **WHO)

    def renew(self) -> None:
        make_cycle_notes(self.closed.week.id, **WHO)

    def act(self, acts: list[Callable[[], None]]) -> str | None:
        """Do something; what is refused leaves nothing behind."""
        act = self.chance.choice(acts)
        with suppress(Refusal), db.session.begin_nested():
            act()
            return act.__name__
        db.session.expire_all()
        return None


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_lost_between_the_record_and_the_van(
    world: World, session: Session, clock_at: Callable[[datetime], None], seed: int
) -> None:
    closed = close_week(world, clock_at)
    make(closed)
    days = Days(closed, seed)
    own = [days.tell_short, days.correct, days.write_lots, days.pack, days.reopen, days.leave, days.cancel]
    after_close = [days.change_record, days.add_goods, days.renew]
    done = [days.act(own + after_close if seed % 2 else own) for _ in range(30)]
    assert len([name for name in done if name]) >= 8
    days.renew()
    for line in session.execute(LINES, {"farm": closed.farm.id}):
        assert line.ordered == line.recorded, done
        assert line.weighed, done
        # Of what was told short some may be found again, or wanted no more: never is less sent than that.
        assert line.sent <= line.recorded <= line.sent + line.missing, done
    numbers = [note.sequence for note in farm_notes(closed)]
    assert numbers == list(range(1, len(numbers) + 1))
