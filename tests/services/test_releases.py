"""Open contracting releases: each event once, the same after an outage, frozen, and whole to the cent."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from foodorder.audit.releases import due, write
from foodorder.audit.releases.export import House, Sort, package
from foodorder.audit.releases.queries import Part, months, years
from foodorder.audit_jobs import write_releases
from foodorder.config import Settings
from foodorder.delivery.accept import Noted, accept
from foodorder.exchange.ocds.checks import Nonsense
from foodorder.exchange.ocds.merge import compiled
from foodorder.exchange.ocds.text import Json, cents, read
from foodorder.ordering.cycles import cancel_cycle, extend_cycle
from foodorder.procurement.changes import accept_change, ask_change
from foodorder.procurement.models import ChangeKind, CostBearer
from foodorder.procurement.record_cycle import record_cycle
from foodorder.procurement.wanted import Wanted
from foodorder.rules.acceptance import AcceptReason, Decision
from foodorder.trail.actor import COMMAND, SCHEDULER
from tests.deliveries import AFTER, close_week, record_of
from tests.factories import CLOSES, NOW, World
from tests.invoices import TUESDAY_MORNING
from tests.kept import once
from tests.paid import paid_week

At = Callable[[datetime], None]
HOUSE = House("https://kuhinje.example", "a key")
WHO: dict[str, Any] = {"actor": COMMAND, "now": TUESDAY_MORNING}
SOON: dict[str, Any] = {"actor": COMMAND, "now": AFTER}


def run(settings: Settings) -> None:
    """The job, with nothing that failed."""
    outcome = write_releases(settings)
    assert outcome.errors == []


def releases(session: Session, institution: Any = None) -> list[Json]:
    """All releases, or those of an institution, in the order of their dates."""
    rows = session.execute(
        text(
            "SELECT r.body FROM ocds_release r JOIN ocds_process p USING (ocid)"
            " WHERE CAST(:institution AS integer) IS NULL OR p.institution_id = :institution"
            " ORDER BY r.ocid, r.date, r.sequence"
        ),
        {"institution": institution and institution.id},
    )
    return [read(row.body) for row in rows]


def events(session: Session, institution: Any) -> list[str]:
    """What happened to an institution's part, without numbers."""
    return [
        release["id"].removeprefix(release["ocid"] + "-").rstrip("0123456789").rstrip("-")
        for release in releases(session, institution)
    ]


def all_rows(session: Session) -> list[Any]:
    """Every release as it is stored, but for the time of writing."""
    chosen = "SELECT sequence, ocid, event, date, tags, body FROM ocds_release ORDER BY ocid, event"
    return list(session.execute(text(chosen)))


@once
def paid(world: World, clock_at: At) -> Any:
    """A week from the plan to the money; what was accepted is put right, a record corrected."""
    paid_week(world, clock_at)
    line = world.note.lines[0]
    decision = Decision(9_700, AcceptReason.QUALITY, "Manj gnilega, kot je kazalo.")
    noted = Noted(line.id, decision, 1, uuid4(), TUESDAY_MORNING)
    accept(noted, institution_id=world.kitchen.id, **WHO)
    baker = record_of(world, world.kitchen, world.baker)
    asked = ask_change(baker.id, ChangeKind.REDUCTION, [Wanted(0, baker.record_lines[0].id)], "Izlet", **SOON)
    accept_change(asked.id, CostBearer.INSTITUTION, **SOON)
    return world


def test_every_event_of_a_week_is_a_release(paid: Any, session: Session, settings: Settings) -> None:
    run(settings)
    assert sorted(events(session, paid.kitchen)) == sorted(
        ["planned", "opened", "recorded", "record", "received", "accepted", "invoice", "payment"]
    )
    tags = {tag for release in releases(session, paid.kitchen) for tag in release["tag"]}
    assert tags == {
        "planning", "tender", "award", "contract", "implementation", "implementationUpdate",
        "contractAmendment",
    }  # fmt: skip
    assert due.count() == 0
    # What is due again is not written again.
    before = all_rows(session)
    session.execute(text("INSERT INTO release_due (what, object_id) SELECT 'cycle', id FROM cycle"))
    run(settings)
    assert all_rows(session) == before
    assert due.count() == 0


def test_written_at_once_or_step_by_step_it_is_the_same(
    world: World, clock_at: At, session: Session, settings: Settings
) -> None:
    """The job looks in after each step; without what it wrote, all of it is written at the end: the same."""
    close_week(world, clock_at)
    run(settings)
    baker = record_of(world, world.kitchen, world.baker)
    asked = ask_change(baker.id, ChangeKind.REDUCTION, [Wanted(0, baker.record_lines[0].id)], "Izlet", **SOON)
    run(settings)
    accept_change(asked.id, CostBearer.INSTITUTION, **SOON)
    run(settings)
    step_by_step = [row[1:] for row in all_rows(session)]
    week = [
        (release.event, write.write(release.body))
        for _ocid, found in _all_of(world.week.id)
        for release in found
    ]
    assert sorted(week) == sorted((row.event, row.body) for row in all_rows(session))
    run(settings)
    assert [row[1:] for row in all_rows(session)] == step_by_step


def _all_of(cycle_id: int) -> Iterator[tuple[str, Any]]:
    for found in write.facts.processes(
        cycle_id, due.number_cycle(cycle_id, None, "000000"), due.number_agreements([], "000000")
    ):
        yield found.ocid, write.process.releases(found)


def test_an_extension_amends_and_a_cancelled_cycle_ends(
    world: World, clock_at: At, session: Session, settings: Settings
) -> None:
    clock_at(NOW)
    kitchen = world.add_institution()
    world.offer(world.add_producer())
    cycle = world.cycle()
    clock_at(NOW + timedelta(hours=1))
    extend_cycle(cycle.id, CLOSES + timedelta(hours=3), "Dolga noč", actor=COMMAND)
    clock_at(NOW + timedelta(hours=2))
    run(settings)
    cancel_cycle(cycle.id, "Žled", actor=COMMAND)
    run(settings)
    assert events(session, kitchen) == ["planned", "opened", "extended", "cancelled"]
    planned, opened, extended, cancelled = releases(session, kitchen)
    assert planned["tender"]["status"] == "planned"
    assert opened["tender"]["tenderPeriod"]["endDate"] == "2026-11-26T11:00:00Z"
    [amendment] = extended["tender"]["amendments"]
    assert amendment["amendsReleaseID"] == opened["id"]
    assert extended["tender"]["tenderPeriod"]["endDate"] == "2026-11-26T14:00:00Z"
    assert (cancelled["tag"], cancelled["tender"]["status"]) == (["tenderCancellation"], "cancelled")


def test_without_orders_the_tender_is_unsuccessful(
    world: World, clock_at: At, session: Session, settings: Settings
) -> None:
    clock_at(NOW)
    idle = world.add_institution()
    world.offer(world.add_producer())
    cycle = world.cycle()
    clock_at(CLOSES)
    record_cycle(cycle.id, actor=SCHEDULER)
    run(settings)
    last = releases(session, idle)[-1]
    assert (last["tag"], last["tender"]["status"]) == (["tenderUpdate"], "unsuccessful")
    assert last["bids"]["statistics"] == [{"id": "bids", "measure": "bids", "value": 1}]


def test_awards_are_the_records_and_contracts_those_in_force_and_all_that_was_paid(
    paid: Any, session: Session, settings: Settings
) -> None:
    run(settings)
    for kitchen in (paid.kitchen, paid.school):
        process = compiled(releases(session, kitchen))
        first, now = (
            dict(
                tuple(row)
                for row in session.execute(
                    text(
                        f"SELECT split_part(number, '/', 1), net_cents FROM procurement_record"
                        f" WHERE institution_id = :kitchen AND {which}"
                    ),
                    {"kitchen": kitchen.id},
                )
            )
            for which in ("version = 1", "superseded_by_id IS NULL")
        )
        awards = {award["id"][2:]: award["value"]["amount"] for award in process["awards"]}
        contracts = {one["id"]: one["value"]["amount"] for one in process["contracts"]}
        assert awards == {number: cents(amount) for number, amount in first.items()}
        assert contracts == {number: cents(amount) for number, amount in now.items()}

    every_cent_that_was_paid_is_in_a_transaction(paid, session)
    since_leaves_out_what_is_older(paid)


def every_cent_that_was_paid_is_in_a_transaction(paid: Any, session: Session) -> None:
    process = compiled(releases(session, paid.school))
    moved = Decimal(0)
    for contract in process["contracts"]:
        for one in contract["implementation"]["transactions"]:
            back = one["payee"]["id"].startswith("institution")
            moved += -one["value"]["amount"] if back else one["value"]["amount"]
    noted = session.scalar(
        text(
            "SELECT sum(amount_cents)::bigint FROM payment JOIN invoice i ON i.id = invoice_id"
            " WHERE i.institution_id = :school"
        ),
        {"school": paid.school.id},
    )
    assert noted
    assert moved == cents(noted)


def test_a_payment_for_goods_of_many_contracts_is_divided_to_the_cent() -> None:
    lines = [
        type("Line", (), {"weight": weight, "record_id": record})
        for weight, record in ((333, 1), (333, 2), (334, None), (1, 1))
    ]
    numbers = {1: "A", 2: "B"}
    parts = write.facts.moneys.shares(1001, lines, numbers)
    elsewhere = write.facts.moneys.shares(1001, lines, {None: "C"})
    assert set(parts) == {"A", "B"}
    assert sum(parts.values()) + sum(elsewhere.values()) == 1001


def test_nonsense_is_not_written_and_is_told(
    closed_week: Any, session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_releases: Any) -> None:
        raise Nonsense("two and two are five")

    monkeypatch.setattr(write.checks, "check", refuse)
    outcome = write_releases(settings)
    assert outcome.failed
    assert "two and two are five" in outcome.errors[0]
    assert all_rows(session) == []
    assert due.count() > 0
    monkeypatch.undo()
    run(settings)
    assert due.count() == 0


@pytest.fixture
def closed_week(world: World, clock_at: At) -> Any:
    """A week that was ordered and recorded."""
    return close_week(world, clock_at)


def since_leaves_out_what_is_older(paid: Any) -> None:
    of = paid.municipality
    assert years(of) == [2026]
    assert months(of) == [(2026, 12)]
    whole = taken(Part(of, 2026), Sort.RELEASES)
    late = taken(Part(of, 2026, since=TUESDAY_MORNING.date()), Sort.RELEASES)
    assert {one["id"] for one in late["releases"]} == {
        one["id"] for one in whole["releases"] if one["date"] >= "2026-11-30T23:00:00Z"
    }
    assert 0 < len(late["releases"]) < len(whole["releases"])
    dates = [one["date"] for one in whole["releases"]]
    assert dates == sorted(dates)
    # Of a process that had something new its record holds everything.
    records = taken(Part(of, 2026, 12, since=TUESDAY_MORNING.date()), Sort.RECORDS)["records"]
    assert {len(one["releases"]) for one in records if one["ocid"].endswith("W49")} >= {8}
    assert (
        package(Part(of, 2026, since=AFTER.date().replace(year=2027)), Sort.RELEASES, HOUSE, public=False)
        is None
    )


def taken(part: Part, sort: Sort, *, public: bool = False) -> Json:
    """A package as its reader has it."""
    pieces = package(part, sort, HOUSE, public=public)
    assert pieces is not None
    return read("".join(pieces))
