"""Summaries are what raw rows come to, whatever happens and in whatever order: recorded, corrected,
delivered, accepted, invoiced, credited, paid and paid back, certified later or no more, moved on the map.
"""

import random
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from foodorder.accounts.models import Certificate, Farm
from foodorder.accounts.personal import Detail, set_detail
from foodorder.audit.summaries import first_difference, parts, rebuild
from foodorder.delivery.notes import make_cycle_notes
from foodorder.procurement.changes import accept_change, ask_change
from foodorder.procurement.models import ChangeKind, CostBearer
from foodorder.procurement.wanted import Wanted
from foodorder.rules.certificates import SCHEMES
from foodorder.trail.actor import COMMAND
from tests.camt import OWN
from tests.deliveries import AFTER, WEDNESDAY, close_week, make, record_of
from tests.factories import World
from tests.flow.random_trade import ACTS, SCHOOLS, Trade
from tests.invoices import IBAN, know_the_law
from tests.kept import once
from tests.raw_sums import KEYS, assert_summaries, kept


class History(Trade):
    """What else may happen to what summaries rest on."""

    def change_record(self) -> None:
        record = record_of(self.closed, self.one([self.closed.kitchen, self.closed.school]))
        line = self.one(record.record_lines)
        quantity = 1_000 * self.chance.randint(0, 14)
        kind = ChangeKind.REDUCTION if quantity < line.quantity else ChangeKind.ADDITION
        asked = ask_change(record.id, kind, [Wanted(quantity, line.id)], "why", **self.who)
        accept_change(asked.id, CostBearer.INSTITUTION, **self.who)
        make_cycle_notes(self.closed.week.id, **self.who)

    def add_goods(self) -> None:
        record = record_of(self.closed, self.closed.kitchen)
        wanted = Wanted(
            2_000, offer_id=self.closed.cheese.id, delivery_point_id=self.closed.doors[0],
            delivery_date=WEDNESDAY,
        )  # fmt: skip
        asked = ask_change(record.id, ChangeKind.ADDITION, [wanted], "guests", **self.who)
        accept_change(asked.id, CostBearer.NOBODY, **self.who)
        make_cycle_notes(self.closed.week.id, **self.who)

    def certify(self) -> None:
        """A certificate more, another scheme, other days, or none."""
        product = self.one([self.closed.carrots, self.closed.cheese, self.closed.bread]).product
        how = self.one(["more", "less", "other"])
        if how == "more":
            product.certificates.append(
                Certificate(
                    producer_id=product.producer_id, scheme=self.one(list(SCHEMES)), number="1", body="KON",
                    valid_from=date(2026, 11, self.one([1, 30])), valid_to=self.one([WEDNESDAY, MONDAY]),
                )
            )  # fmt: skip
        elif how == "less":
            product.certificates.remove(self.one(product.certificates))
        else:
            certificate = self.one(product.certificates)
            certificate.scheme = self.one(list(SCHEMES))
            certificate.valid_to = self.one([MONDAY, WEDNESDAY])

    def move_farm(self) -> None:
        farm = self.one(self.closed.session.scalars(select(Farm)).all())
        farm.latitude = self.one([46.22, 45.8])

    def move_door(self) -> None:
        self.one(self.one([self.closed.kitchen, self.closed.school]).delivery_points).longitude = self.one(
            [14.36, 15.2]
        )

    def rename_food(self) -> None:
        """A product that was entered under the wrong food."""
        self.closed.cheese.product.food_type_id = self.one(
            [self.closed.carrots.product.food_type_id, self.closed.dairy_id]
        )


MONDAY = date(2026, 11, 30)
FACTS = (
    "change_record",
    "change_record",
    "add_goods",
    *("certify",) * 3,
    "move_farm",
    "move_door",
    "rename_food",
)


@once
def trading(world: World, session: Session, clock_at: Callable[[datetime], None]) -> Any:
    know_the_law()
    closed: Any = close_week(world, clock_at)
    set_detail(Detail.IBAN, IBAN, producer_id=closed.farm.id, actor=COMMAND, now=AFTER)
    make(world)
    closed.kitchen.iban, closed.school.iban = OWN, SCHOOLS
    closed.session, closed.dairy_id = session, closed.cheese.product.food_type_id
    session.flush()
    return closed


@pytest.mark.parametrize("seed", range(8))
def test_summaries_are_what_raw_rows_come_to(trading: Any, session: Session, seed: int) -> None:
    assert_summaries(session)
    history, chance = History(trading), random.Random(seed)
    done = []
    for _ in range(60):
        act = chance.choice(ACTS + FACTS * 2)
        if history.act(act, chance.randint(0, 10**6)):
            done.append(act)
            assert_summaries(session)
    assert len(done) >= 20
    assert [first_difference(part) for part in parts()] == [None] * len(parts())


def test_counted_anew_they_are_the_same(trading: Any, session: Session) -> None:
    history = History(trading)
    for place, act in enumerate(
        ("leave", "accept", "accept", "accept", "issue_all", "approve", "read", "certify") * 3
    ):
        history.act(act, place)
    before = {table: kept(session, table) for table in KEYS}
    assert all(before.values())
    for part in parts():
        rebuild(part)
    assert {table: kept(session, table) for table in KEYS} == before


def test_the_first_difference_is_named_and_mended(trading: Any, session: Session) -> None:
    """Rows changed behind the triggers' backs: an order that no longer counts, a school that moved away."""
    other = trading.add_municipality()
    session.execute(text("UPDATE weekly_order SET current_submission_id = NULL WHERE institution_id = :one"),
                    {"one": trading.school.id})  # fmt: skip
    session.execute(text("UPDATE institution SET municipality_id = :other WHERE id = :one"),
                    {"one": trading.school.id, "other": other.id})  # fmt: skip
    found = [one for part in parts() if (one := first_difference(part))]

    assert [(one.table, one.column, one.kept, one.raw) for one in found] == [
        ("spend_cell", "ordered_cents", 1_400, 0),
        ("price_cell", "grams", 17_000, 10_000),
        ("price_cell", "grams", 0, 7_000),
    ]
    assert found[0].key["institution_id"] == trading.school.id
    assert "ordered_cents is 1400, and 0 by the raw rows" in str(found[0])
    for part in parts():
        rebuild(part)
    assert [first_difference(part) for part in parts()] == [None] * len(parts())
    assert_summaries(session)


def test_what_is_written_late_counts_too(trading: Any, session: Session) -> None:
    """A line on a note that has gone; a cycle that is recorded from its first row."""
    History(trading).leave()
    session.execute(
        text(
            "INSERT INTO delivery_line (note_id, record_line_id, root_line_id, position, part, name, unit,"
            " ordered, quantity, grams, grams_per_unit, origin)"
            " SELECT l.note_id, record_line_id, root_line_id, position, 9, l.name, unit, 0, 500, 500,"
            " grams_per_unit, origin FROM delivery_line l JOIN delivery_note n ON n.id = l.note_id"
            " WHERE n.state = 'on_the_way'"
        )
    )
    assert_summaries(session)
    values = ", ".join(LATE)
    session.execute(
        text(
            f"INSERT INTO cycle (week, sequence, {values})"
            f" SELECT week + 7, 1, {values} FROM cycle WHERE id = :cycle"
        ),
        {"cycle": trading.week.id},
    )
    session.execute(
        text(
            "INSERT INTO cycle_offer SELECT (SELECT max(id) FROM cycle), offer_id, offer_version_id, days"
            " FROM cycle_offer WHERE cycle_id = :cycle"
        ),
        {"cycle": trading.week.id},
    )
    History(trading).act("add_goods", 1)
    assert len(kept(session, "offer_cell")) == 6
    assert_summaries(session)


LATE = (
    "municipality_id", "days", "school_days", "opens_at", "closes_at", "state", "pack_rounding",
    "minimum_rule", "opened_at", "closed_at", "recorded_at", "failures",
)  # fmt: skip
