"""Promise: what is frozen stays frozen, and a changed trail is named."""

from datetime import timedelta
from hashlib import sha256

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from foodorder.agreements.criteria import publish_criteria
from foodorder.audit_jobs import write_releases
from foodorder.config import Settings
from foodorder.db import clock, db, retrying, transaction
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.scoring import Criterion
from foodorder.trail import checks
from foodorder.trail import service as trail
from foodorder.trail.actor import SCHEDULER
from tests.criteria import add_settings
from tests.promises.house import AFTER, House
from tests.promises.paid_week import PaidWeek

FROZEN = (
    "trail_event", "trail_block", "trail_sealed", "offer_version", "order_submission", "order_line",
    "procurement_record", "record_line", "record_vat", "difference", "allocation",
    "trail_check", "criteria",
    "record_line_sent", "shortfall", "acceptance_line", "acceptance_photo", "cover_purchase",
    "invoice", "invoice_line", "invoice_vat", "invoice_file", "invoice_finding_decision",
    "payment", "payment_batch", "payment_batch_line", "bank_statement", "bank_entry",
    "ocds_process", "ocds_release",
)  # fmt: skip

#: Of rows that may learn what became of them: a change of what they say.
SAYS = {
    "procurement_record": "net_cents = net_cents", "invoice": "number = number || 'x'",
    "payment_batch": "message = message || 'x'", "bank_entry": "amount_cents = amount_cents + 1",
}  # fmt: skip


@pytest.fixture
def closed_house(house: House) -> House:
    """A house with a recorded cycle and a sealed trail, so that every frozen table has rows."""
    cycle = house.busy_cycle()
    house.set_clock(AFTER)
    retrying(lambda: record_cycle(cycle.id, actor=SCHEDULER))
    seal_and_check(house)
    return house


def seal_and_check(house: House) -> None:
    with transaction():
        check = checks.ask(SCHEDULER, now=clock())
        checks.take(now=clock())
        add_settings()
        municipality = db.session.merge(house.world.municipality)
        publish_criteria(
            municipality, None, AFTER.date() + timedelta(days=1), {Criterion.PRICE: 100},
            today=AFTER.date(), actor=SCHEDULER, now=clock(),
        )  # fmt: skip
        checks.finish(check.id, checks.recompute(now=clock()), actor=SCHEDULER, now=clock())
    retrying(trail.seal)
    assert write_releases(Settings.from_environment(house.environment)).done


@pytest.fixture
def paid_house(house: House) -> House:
    """The same after a week that was delivered, invoiced and paid."""
    PaidWeek(house).pass_by()
    seal_and_check(house)
    return house


def attempts(house: House, table: str) -> list[str]:
    [(column,)] = house.ask(
        "SELECT attname FROM pg_attribute WHERE attrelid = CAST(:t AS regclass) AND attnum = 1", t=table
    )
    return [
        f"UPDATE {table} SET {SAYS.get(table, f'{column} = {column}')}",
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE",
    ]


def test_the_applications_own_role_cannot_change_what_is_frozen(paid_house: House) -> None:
    for table in FROZEN:
        [(rows,)] = paid_house.ask(f"SELECT count(*) FROM {table}")
        assert rows, f"{table} is empty: nothing is proved"
        for statement in attempts(paid_house, table):
            with pytest.raises(DBAPIError, match="permission denied"), transaction():
                db.session.execute(db.text(statement))


def test_nor_can_the_owner_by_mistake(paid_house: House) -> None:
    written = {table: attempts(paid_house, table) for table in FROZEN}
    with paid_house.owner() as owner:
        for statements in written.values():
            for statement in statements:
                with pytest.raises(psycopg.errors.RestrictViolation, match="frozen"):
                    owner.execute(statement.encode())


def test_of_an_invoice_taken_in_only_what_it_counts_is_found_out_later(paid_house: House) -> None:
    lines = "FROM invoice_line WHERE counted IS NOT NULL"
    assert paid_house.ask(f"SELECT count(*) {lines}") == [(1,)]
    with transaction():
        db.session.execute(db.text("UPDATE invoice_line SET counted = counted WHERE counted IS NOT NULL"))
    with paid_house.owner() as owner:
        for statement in (
            "UPDATE invoice_line SET quantity = quantity + 1 WHERE counted IS NOT NULL",
            f"DELETE {lines}",
        ):
            with pytest.raises(psycopg.errors.RestrictViolation, match="frozen"):
                owner.execute(statement.encode())


def test_a_record_learns_once_what_replaced_it_and_nothing_else(closed_house: House) -> None:
    [(one,), (two,), *_] = closed_house.ask("SELECT id FROM procurement_record ORDER BY id")
    with transaction():
        db.session.execute(
            db.text("UPDATE procurement_record SET superseded_by_id = :two WHERE id = :one"),
            {"one": one, "two": two},
        )
    for value in ("NULL", str(one)):
        with pytest.raises(DBAPIError, match="frozen"), transaction():
            db.session.execute(
                db.text(f"UPDATE procurement_record SET superseded_by_id = {value} WHERE id = :one"),
                {"one": one},
            )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            "UPDATE trail_event SET body = replace(body, 'order', 'ordér') WHERE id = {id}",
            "event {id} in block",
        ),
        (
            """UPDATE trail_event SET body = replace(body, '"lines":', '"lines":1') WHERE id = {id}""",
            "event {id} in block 1 was changed",
        ),
        (
            "UPDATE trail_sealed SET hash = sha256('x') WHERE event_id = {id}",
            "event {id} in block 1 was changed",
        ),
        ("UPDATE trail_event SET actor_id = 99 WHERE id = {id}", "event {id} in block 1: its columns differ"),
        (
            "UPDATE trail_event SET at = at - interval '1 day' WHERE id = {id}",
            "event {id} in block 1: its columns",
        ),
        ("DELETE FROM trail_event WHERE id = {id}", "event {id} in block 1 is missing"),
        ("UPDATE trail_block SET events = events - 1 WHERE id = 1", "block 1 holds"),
        ("UPDATE trail_block SET hash = sha256('x') WHERE id = 1", "block 1 does not fit its events"),
        ("DELETE FROM trail_sealed WHERE event_id = {id}", "has no event at position"),
        (
            "UPDATE trail_event SET municipality_id = NULL WHERE id = {id}",
            "event {id} in block 1: its columns",
        ),
        (
            "UPDATE trail_event SET role = 'auditor' WHERE id = {id}",
            "event {id} in block 1: its columns differ",
        ),
        ("DELETE FROM trail_block", "block 1 is missing"),
        (
            "UPDATE trail_block SET previous_hash = sha256('x') WHERE id = 1",
            "block 1 does not follow the block before it",
        ),
    ],
)
def test_a_changed_trail_is_named(closed_house: House, change: str, words: str) -> None:
    with transaction():
        assert trail.verify(clock()).problem is None
    [(event,)] = closed_house.ask("SELECT max(id) - 3 FROM trail_event WHERE action = 'order.submitted'")
    with closed_house.admin() as burglar:
        burglar.execute("SET session_replication_role = replica")
        burglar.execute(change.format(id=event).encode())
    with transaction():
        problem = trail.verify(clock()).problem
    assert problem is not None
    assert words.format(id=event) in problem


def test_anybody_can_recompute_the_chain_from_its_description(closed_house: House) -> None:
    with transaction():
        trail.record(SCHEDULER, "test.done", "test", 1, now=clock())
    retrying(trail.seal)
    head = bytes(32)
    blocks = closed_house.ask("SELECT id, previous_hash, hash FROM trail_block ORDER BY id")
    assert len(blocks) == 2
    for block, previous, kept in blocks:
        events = closed_house.ask(
            "SELECT e.id, e.body FROM trail_sealed s JOIN trail_event e ON e.id = s.event_id"
            " WHERE s.block_id = :block ORDER BY s.position",
            block=block,
        )
        assert bytes(previous) == head
        told = b"".join(sha256(f"{number}\n{body}".encode()).digest() for number, body in events)
        head = sha256(head + told).digest()
        assert bytes(kept) == head
    with transaction():
        assert trail.verify(clock()).head == head.hex()


def test_an_event_written_past_the_sealing_is_reported(closed_house: House) -> None:
    with closed_house.admin() as burglar:
        burglar.execute("SET session_replication_role = replica")
        burglar.execute(
            "INSERT INTO trail_event (at, action, object_type, object_id, body)"
            " VALUES (foodorder_clock() - interval '1 hour', 'x', 'y', 1, '{}')"
        )
    with transaction():
        verdict = trail.verify(clock())
    assert verdict.unsealed == verdict.overdue == 1


def test_sealing_goes_on_where_it_stopped(closed_house: House) -> None:
    with transaction():
        before = trail.verify(clock())
        trail.record(SCHEDULER, "test.done", "test", 1, now=clock())
    retrying(trail.seal)
    with transaction():
        after = trail.verify(clock())
    assert (after.blocks, after.events, after.unsealed) == (before.blocks + 1, before.events + 1, 0)
    assert after.problem is None
    assert after.head != before.head
