"""Promise: summaries are what raw rows say, whoever writes at the same time, and nobody waits in a circle.

Broken by a close, acceptances, corrections, certificates that come and go, and counting anew, all at once.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from foodorder import schema
from foodorder.accounts.models import Certificate
from foodorder.audit.summaries import parts, rebuild
from foodorder.catalogue.models import Product
from foodorder.db import db, transaction
from foodorder.delivery.accept import accept_as_announced
from foodorder.delivery.models import DeliveryNote
from foodorder.delivery.notes import make_cycle_notes
from foodorder.procurement import changes
from foodorder.procurement.models import ChangeKind, CostBearer, ProcurementRecord, RecordLine
from foodorder.procurement.record_cycle import record_cycle
from foodorder.procurement.wanted import Wanted
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.factories import WEEK
from tests.promises.house import AFTER, OPEN, House
from tests.promises.test_locks import Beside
from tests.promises.test_no_ceiling_passed import at_once
from tests.raw_sums import KEYS, assert_summaries

pytestmark = pytest.mark.race

KITCHENS, TIMES = 6, 12
LATER = AFTER + timedelta(days=5)
CERTIFY = text("INSERT INTO product_certificate (product_id, certificate_id) VALUES (:product, :proof)")


class Market:
    """A week with two cycles: the first is recorded, the second is due."""

    def __init__(self, house: House) -> None:
        world = house.world
        house.set_clock(OPEN)
        with transaction():
            farms = [world.add_producer() for _ in range(3)]
            offers = [world.offer(farm, price=150) for farm in farms for _ in range(3)]
            rooms = [world.add_institution() for _ in range(KITCHENS)]
            first, self.second = (self._cycle(world, offers, rooms) for _ in range(2))
            self.product = offers[0].product_id
            self._certify(farms[0].id)
        house.set_clock(AFTER)
        with transaction():
            record_cycle(first, actor=SCHEDULER)
            make_cycle_notes(first, actor=SCHEDULER, now=AFTER)
            self.notes = list(db.session.scalars(select(DeliveryNote.id).order_by(DeliveryNote.id)))
            self.rooms = [room.id for room in rooms]

    def _cycle(self, world: Any, offers: list[Any], rooms: list[Any]) -> int:
        cycle = world.cycle()
        for number, room in enumerate(rooms):
            world.submit(cycle, room, [(offer, str(5 + number)) for offer in offers])
        return int(cycle.id)

    def _certify(self, farm: int) -> None:
        proof = Certificate(
            producer_id=farm, scheme="organic", number="1", body="KON", valid_from=WEEK, valid_to=WEEK
        )
        db.session.add(proof)
        db.session.flush()
        self.proof = proof.id
        db.session.execute(CERTIFY, {"product": self.product, "proof": proof.id})

    def accept(self, room: int, *, backwards: bool) -> None:
        """A person of the kitchen, note by note; somebody beside them begins with the last."""
        with transaction():
            rows = db.session.execute(
                select(DeliveryNote).where(DeliveryNote.institution_id == room).order_by(DeliveryNote.id)
            ).scalars()
            notes = [(note.id, [line.id for line in note.lines]) for note in rows]
        for note, lines in notes[1:] if backwards else notes[:1]:
            keys = [(line, uuid4()) for line in (reversed(lines) if backwards else lines)]
            with transaction():
                accept_as_announced(note, keys, institution_id=room, actor=COMMAND, now=LATER)

    def correct(self, room: int) -> None:
        """Less of each line of each record, one after the other."""
        with transaction():
            found = db.session.execute(
                select(ProcurementRecord.id).where(
                    ProcurementRecord.institution_id == room, ProcurementRecord.superseded_by_id.is_(None)
                )
            ).scalars()
            records = list(found)
        for record in records:
            with transaction():
                line = db.session.scalars(select(RecordLine.id).where(RecordLine.record_id == record)).first()
                asked = changes.ask_change(
                    record, ChangeKind.REDUCTION, [Wanted(1_000, line)], "why", actor=COMMAND, now=AFTER
                )
                changes.accept_change(asked.id, CostBearer.INSTITUTION, actor=COMMAND, now=AFTER)

    def prove(self) -> None:
        """The certificate holds for a day more, and a day less."""
        for n in range(TIMES):
            with transaction():
                self.prolong(n % 2)

    def prolong(self, days: int) -> None:
        """The certificate holds so many days after the day of delivery; less than none: it ended before."""
        proof = db.session.get_one(Certificate, self.proof)
        proof.valid_from, proof.valid_to = WEEK - timedelta(days=9), WEEK + timedelta(days=days)
        db.session.flush()

    def count_anew(self) -> None:
        for _ in range(2):
            with transaction():
                found = parts()
            for part in found:
                with transaction():
                    rebuild(part)

    def close(self) -> None:
        with transaction():
            record_cycle(self.second, actor=SCHEDULER)


def test_whoever_writes_at_once_summaries_stay_true(house: House) -> None:
    market = Market(house)
    work: list[Callable[[], Any]] = [market.close, market.prove, market.count_anew]
    for room in market.rooms[:4]:
        work += [partial(market.accept, room, backwards=way) for way in (False, True)]
    work += [partial(market.correct, room) for room in market.rooms[4:]]

    at_once(house, work)

    with transaction():
        assert_summaries(db.session())
    [(versions, lines)] = house.ask(
        "SELECT (SELECT count(*) FROM procurement_record WHERE version = 2), sum(lines) FROM spend_cell"
    )
    assert versions >= 6
    assert lines == 2 * 9 * KITCHENS


def test_a_certificate_waits_for_a_close_that_counted_without_it(house: House) -> None:
    """The first close of all: it leaves no cell yet that the certificate would have to wait for."""
    cycle = house.busy_cycle()
    house.set_clock(AFTER)
    with transaction():
        product = db.session.execute(select(Product).order_by(Product.id)).scalars().first()
        assert product
        proof = Certificate(
            producer_id=product.producer_id, scheme="organic", number="1", body="KON",
            valid_from=WEEK, valid_to=WEEK,
        )  # fmt: skip
        db.session.add(proof)
        db.session.flush()
        link = {"product": product.id, "proof": proof.id}
    with ThreadPoolExecutor(1) as pool:
        beside = Beside(house, pool)
        with transaction():
            record_cycle(cycle.id, actor=SCHEDULER)
            begun = beside.begin(lambda: db.session.execute(CERTIFY, link))
            assert beside.waits(begun)
        begun.result()
    with transaction():
        assert_summaries(db.session())
    [(organic,)] = house.ask("SELECT sum(organic_grams) FROM spend_cell")
    assert organic > 0


def test_the_upgrade_counts_what_there_was_before(house: House) -> None:
    """An installation with history comes from the version that had no summaries."""
    cycle = house.busy_cycle()
    house.set_clock(AFTER)
    with transaction():
        record_cycle(cycle.id, actor=SCHEDULER)
    before = {table: house.ask(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4") for table in KEYS}
    db.session.remove()
    db.engine.dispose()

    owner = house.server.url("owner", house.name)
    schema.downgrade(owner, "0017")
    schema.upgrade(owner)

    assert all(before.values())
    after = {table: house.ask(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4") for table in KEYS}
    assert after == before


def test_sums_of_two_pairs_never_share_a_lock(house: House) -> None:
    """Each producer with each institution: none waits for what another pair writes, in whatever order."""
    pairs = [(institution, producer) for institution in range(1, 31) for producer in range(1, 31)]
    with house.owner() as one:
        one.execute("BEGIN")
        one.execute(
            "SELECT foodorder_spend_join(%s, %s)",
            [[first for first, _ in pairs], [last for _, last in pairs]],
        )
        held = one.execute(
            "SELECT count(*) FROM pg_locks"
            " WHERE locktype = 'advisory' AND classid = 6 AND pid = pg_backend_pid()"
        ).fetchone()
    assert held == (len(pairs),)
